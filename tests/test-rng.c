/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The entropy device, with a source that counts (1, 2, 3 ...), at times that
 * the test makes up.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake-entropy.h"
#include "tests/fake-malloc.h"
#include "tests/fake-queue.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/token-bucket.h"
#include "virtio-devices/util.h"

#define KIB 1024
#define MSEC VD_NSEC_PER_MSEC

/* As in rng.c: what one chain and what one kick can ask for. */
#define MAX_ANSWER (64 * KIB)
#define MAX_KICK (256 * KIB)

#define START (1000ULL * VD_NSEC_PER_SEC)

static struct vd_device *rng;
static struct fake_queue queue;
static struct fake_entropy entropy;
static uint8_t buf[2 * MAX_ANSWER];

/* What the host was told last. */
static struct vd_device_host host;
static uint32_t again;
static uint64_t deadline;

static void schedule(struct vd_device_host *self, uint32_t kick, uint64_t at)
{
	(void)self;
	again = kick;
	deadline = at;
}

static void start(const struct vd_rng_limit *limit)
{
	fake_queue_init(&queue);
	fake_entropy_init(&entropy);
	cr_assert_eq(vd_rng_new(&entropy.backend, limit, &rng), 0);
	host.schedule = schedule;
	rng->host = &host;
	vd_device_start_queue(rng, 0, &queue.queue);
	deadline = VD_NEVER;
}

static void setup(void)
{
	start(NULL);
}

static void teardown(void)
{
	vd_device_stop_queue(rng, 0);
	vd_device_free(rng);
	cr_assert(entropy.destroyed);
}

TestSuite(rng, .init = setup, .fini = teardown);

static void kick_at(uint64_t now)
{
	again = 0;
	vd_device_kick(rng, 0, now);
}

static void kick(void)
{
	kick_at(START);
}

/* Is it @len bytes that count from @first? */
static bool counts(const uint8_t *p, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != (uint8_t)(first + i))
			return false;
	}

	return true;
}

Test(rng, fills_the_whole_buffer)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	kick();
	cr_assert(request->done);
	cr_assert_eq(request->written, 64);
	cr_assert(counts(buf, 64, 1));
	cr_assert_eq(buf[64], 0);
}

Test(rng, fills_buffers_in_pieces_of_any_size)
{
	struct fake_request *request = fake_queue_add(&queue);

	fake_queue_room(request, buf, 1);
	fake_queue_room(request, buf + 1, 0);
	fake_queue_room(request, buf + 1, 5);
	fake_queue_room(request, buf + 6, 4096);
	kick();
	cr_assert_eq(request->written, 4102);
	cr_assert(counts(buf, 4102, 1));
}

/* So many pieces of @len bytes that no iovec of the device can hold them. */
static struct fake_request *ask_in_many_pieces(size_t len)
{
	static struct vd_segments links[10];
	struct fake_request *request = fake_queue_add(&queue);
	struct vd_stream *room = &request->chain.writable;

	for (size_t i = 0; i < VD_ARRAY_SIZE(links); i++) {
		links[i].next =
			i + 1 < VD_ARRAY_SIZE(links) ? &links[i + 1] : NULL;
		links[i].n = VD_SEGMENTS_PER_LINK;
		for (size_t j = 0; j < VD_SEGMENTS_PER_LINK; j++) {
			links[i].iov[j] =
				(struct iovec){ buf + room->left, len };
			room->left += len;
		}
	}
	room->link = &links[0];
	request->chain.room = room->left;

	return request;
}

Test(rng, fills_more_pieces_than_fit_into_one_call_of_the_source)
{
	struct fake_request *request = ask_in_many_pieces(3);

	kick();
	cr_assert_eq(request->written, 210);
	cr_assert(counts(buf, 210, 1));
	cr_assert_gt(entropy.n_calls, 1);
}

Test(rng, ignores_what_the_driver_says)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 8);

	fake_queue_say(request, "please", 6);
	kick();
	cr_assert_eq(request->written, 8);
}

Test(rng, goes_on_where_the_source_gave_less_than_asked)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.at_once = 7;
	kick();
	cr_assert_eq(request->written, 64);
	cr_assert(counts(buf, 64, 1));
}

Test(rng, gives_what_there_is_rather_than_wait_for_more)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.supply = 1;
	kick();
	cr_assert_eq(request->written, 1);
	cr_assert_eq(buf[0], 1);
}

Test(rng, keeps_the_chain_until_there_is_a_byte)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.supply = 0;
	kick();
	kick();
	cr_assert_not(request->done);
	cr_assert_eq(queue.n_popped, 1);
}

Test(rng, answers_when_the_source_is_ready_again)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.supply = 0;
	kick();
	entropy.supply = 3;
	vd_rng_ready(entropy.rng);
	cr_assert_eq(request->written, 3);
	cr_assert_eq(queue.n_flushed, 1, "the driver is told at once");
}

Test(rng, answers_at_a_kick_if_nobody_said_that_the_source_is_ready)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.supply = 0;
	kick();
	entropy.supply = 64;
	kick();
	cr_assert_eq(request->written, 64);
}

Test(rng, keeps_waiting_after_a_false_alarm)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 64);

	entropy.supply = 0;
	kick();
	vd_rng_ready(entropy.rng);
	cr_assert_not(request->done);
}

/* Its owner can take the memory away in the middle of a request. */
Test(rng, returns_a_buffer_that_is_not_there_any_more_and_goes_on)
{
	struct fake_request *lost = fake_queue_ask(&queue, buf, 64);
	struct fake_request *next;

	entropy.supply = 0;
	entropy.error = -EFAULT;
	kick();
	cr_assert(lost->done);
	cr_assert_eq(lost->written, 0);

	entropy.supply = 64;
	next = fake_queue_ask(&queue, buf, 64);
	kick();
	cr_assert_eq(next->written, 64);
}

Test(rng, takes_no_notice_of_a_ready_source_if_nobody_waits)
{
	unsigned int n = queue.n_flushes;

	fake_queue_ask(&queue, buf, 64);
	vd_rng_ready(entropy.rng);
	cr_assert_eq(queue.n_popped, 0);
	cr_assert_eq(queue.n_flushes, n);
}

Test(rng, serves_those_behind_the_one_that_waited)
{
	for (int i = 0; i < 5; i++)
		fake_queue_ask(&queue, buf, 10);

	entropy.supply = 25;
	kick();
	cr_assert_eq(queue.n_completed, 3);
	entropy.supply = 100;
	vd_rng_ready(entropy.rng);
	cr_assert_eq(queue.n_completed, 5);
}

Test(rng, answers_in_order)
{
	for (int i = 0; i < 10; i++)
		fake_queue_ask(&queue, buf + 10 * i, 10);

	entropy.supply = 55;
	kick();
	entropy.supply = 100;
	vd_rng_ready(entropy.rng);
	for (unsigned int i = 0; i < 10; i++)
		cr_assert_eq(queue.requests[i].rank, i + 1);
	cr_assert(counts(buf, 55, 1));
	/* What follows the short answer went into the buffer behind it. */
	cr_assert(counts(buf + 60, 40, 56));
}

Test(rng, promises_to_keep_the_order)
{
	cr_assert_eq(rng->features, VD_BIT(35 /* VIRTIO_F_IN_ORDER */));
}

Test(rng, can_be_asked_the_same_twice)
{
	cr_assert_eq(rng->ops->replayable, 1U << 0);
}

Test(rng, returns_a_chain_that_has_no_room)
{
	struct fake_request *empty = fake_queue_add(&queue);
	struct fake_request *next = fake_queue_ask(&queue, buf, 8);

	kick();
	cr_assert(empty->done);
	cr_assert_eq(empty->written, 0);
	cr_assert_eq(next->written, 8);
}

Test(rng, returns_a_chain_that_has_no_room_even_if_the_source_is_dry)
{
	struct fake_request *empty = fake_queue_add(&queue);

	entropy.supply = 0;
	kick();
	cr_assert(empty->done);
	cr_assert_eq(empty->written, 0);
}

Test(rng, bounds_the_answer_to_one_chain)
{
	struct fake_request *request =
		fake_queue_ask(&queue, buf, MAX_ANSWER + 1);

	kick();
	cr_assert_eq(request->written, MAX_ANSWER);
	cr_assert_eq(buf[MAX_ANSWER], 0);
}

Test(rng, bounds_the_work_of_one_kick)
{
	for (int i = 0; i < 10; i++)
		fake_queue_ask(&queue, buf, MAX_ANSWER);

	kick();
	cr_assert_eq(queue.n_completed, MAX_KICK / MAX_ANSWER);
	cr_assert_eq(again, 1U << 0, "it asks for another kick");
	kick();
	kick();
	cr_assert_eq(queue.n_completed, 10);
	cr_assert_eq(again, 0);
}

Test(rng, bounds_the_work_of_one_wake_up_by_the_source)
{
	for (int i = 0; i < 10; i++)
		fake_queue_ask(&queue, buf, MAX_ANSWER);

	entropy.supply = 0;
	kick();
	entropy.supply = SIZE_MAX;
	vd_rng_ready(entropy.rng);
	cr_assert_eq(queue.n_completed, MAX_KICK / MAX_ANSWER);
	cr_assert_leq(deadline, START, "it asks to be called again");
	vd_device_tick(rng, START);
	vd_device_tick(rng, START);
	cr_assert_eq(queue.n_completed, 10);
}

Test(rng, asks_to_be_kicked_again_when_its_ringful_is_used_up)
{
	queue.budget = queue.n_left = 2;
	for (int i = 0; i < 3; i++)
		fake_queue_ask(&queue, buf, 8);

	kick();
	cr_assert_eq(queue.n_completed, 2);
	cr_assert_eq(again, 1U << 0);
	kick();
	cr_assert_eq(queue.n_completed, 3);
}

Test(rng, publishes_all_answers_of_a_kick_at_once)
{
	for (int i = 0; i < 10; i++)
		fake_queue_ask(&queue, buf, 8);

	kick();
	cr_assert_eq(queue.n_flushes, 1);
	cr_assert_eq(queue.n_flushed, 10);
}

Test(rng, leaves_a_broken_ring_alone)
{
	fake_queue_ask(&queue, buf, 8);
	queue.broken = true;
	kick();
	cr_assert_eq(queue.n_popped, 0);
	cr_assert_eq(again, 0);
}

Test(rng, gives_back_the_chain_that_waits_when_the_queue_stops)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 8);

	entropy.supply = 0;
	kick();
	vd_device_stop_queue(rng, 0);
	cr_assert_not(request->done);
	cr_assert_eq(queue.n_popped, 0);
}

Test(rng, goes_on_when_the_queue_starts_again)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 8);

	entropy.supply = 0;
	kick();
	vd_device_stop_queue(rng, 0);
	entropy.supply = 8;
	vd_rng_ready(entropy.rng);
	vd_device_start_queue(rng, 0, &queue.queue);
	kick();
	cr_assert_eq(request->written, 8);
}

/* 100 bytes in 100 ms, all of which have been used up at START. */
static void setup_limited(void)
{
	start(&(struct vd_rng_limit){ .bytes = 100, .period = 100 });
	fake_queue_ask(&queue, buf, 100);
	kick();
	cr_assert_eq(queue.n_completed, 1);
}

TestSuite(limited_rng, .init = setup_limited, .fini = teardown);

Test(limited_rng, waits_until_the_whole_answer_is_allowed)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 10);

	kick();
	cr_assert_eq(deadline, START + 10 * MSEC);
	vd_device_tick(rng, START + 10 * MSEC - 1);
	cr_assert_not(request->done);
	vd_device_tick(rng, START + 10 * MSEC);
	cr_assert_eq(request->written, 10);
	cr_assert_eq(queue.n_flushed, 2);
}

Test(limited_rng, does_not_answer_sooner_because_it_is_kicked)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 10);

	for (int msec = 0; msec < 10; msec++)
		kick_at(START + msec * MSEC);
	cr_assert_not(request->done);
	kick_at(START + 10 * MSEC);
	cr_assert(request->done);
}

Test(limited_rng, does_not_answer_sooner_because_the_source_is_ready)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 10);

	kick();
	vd_rng_ready(entropy.rng);
	cr_assert_not(request->done);
	cr_assert_eq(deadline, START + 10 * MSEC);
}

Test(limited_rng, answers_with_one_period_at_most)
{
	struct fake_request *request = fake_queue_ask(&queue, buf, 1000);

	kick();
	cr_assert_eq(deadline, START + 100 * MSEC);
	vd_device_tick(rng, START + 100 * MSEC);
	cr_assert_eq(request->written, 100);
}

/* Ask for @len bytes at @now, and wait for them; returns when they came. */
static uint64_t wait_for(size_t len, uint64_t now)
{
	struct fake_request *request;

	fake_queue_init(&queue);
	request = fake_queue_ask(&queue, buf, len);
	kick_at(now);
	if (!request->done) {
		now = deadline;
		vd_device_tick(rng, now);
	}
	cr_assert_eq(request->written, len);

	return now;
}

Test(limited_rng, gives_exactly_the_rate_to_a_greedy_guest)
{
	uint64_t now = START;
	size_t sum = 0;

	while (sum < 10000 && (now = wait_for(7, now)) <= START + 2000 * MSEC)
		sum += 7;

	/* Two seconds are 2000 bytes, and 1995 is what sevens make of them. */
	cr_assert_eq(sum, 1995);
}

Test(limited_rng, pays_for_no_more_than_it_gave)
{
	struct fake_request *small = fake_queue_ask(&queue, buf, 10);
	struct fake_request *next = fake_queue_ask(&queue, buf, 7);

	entropy.supply = 3;
	kick_at(START + 10 * MSEC);
	cr_assert_eq(small->written, 3);
	entropy.supply = 7;
	vd_rng_ready(entropy.rng);
	cr_assert_eq(next->written, 7);
}

Test(limited_rng, waits_for_a_source_with_no_deadline)
{
	fake_queue_ask(&queue, buf, 10);
	entropy.supply = 0;
	kick_at(START + 10 * MSEC);
	cr_assert_eq(deadline, VD_NEVER);
	entropy.supply = 10;
	vd_rng_ready(entropy.rng);
	cr_assert_eq(queue.n_completed, 2);
}

Test(limited_rng, returns_a_chain_that_has_no_room_at_once)
{
	struct fake_request *empty = fake_queue_add(&queue);

	kick();
	cr_assert(empty->done);
}

Test(limited_rng, forgets_its_deadline_when_the_queue_stops)
{
	fake_queue_ask(&queue, buf, 10);
	kick();
	vd_device_stop_queue(rng, 0);
	cr_assert_eq(deadline, VD_NEVER);
	cr_assert_eq(queue.n_popped, 1);
}

Test(rng, refuses_a_limit_with_too_long_a_period)
{
	const struct vd_rng_limit limit = {
		.bytes = 1,
		.period = VD_TOKEN_BUCKET_MAX_PERIOD + 1,
	};
	struct vd_device *other = NULL;

	cr_assert_eq(vd_rng_new(&entropy.backend, &limit, &other), -EINVAL);
	cr_assert_null(other);
}

Test(rng, refuses_a_limit_of_nothing)
{
	const struct vd_rng_limit no_bytes = { .bytes = 0, .period = 1 };
	const struct vd_rng_limit no_time = { .bytes = 1, .period = 0 };
	struct vd_device *other = rng;

	cr_assert_eq(vd_rng_new(&entropy.backend, &no_bytes, &other), -EINVAL);
	cr_assert_eq(vd_rng_new(&entropy.backend, &no_time, &other), -EINVAL);
	cr_assert_eq(other, rng, "result touched on failure");
	cr_assert_not(entropy.destroyed, "still the caller's");
}

Test(rng, leaves_the_source_to_the_caller_if_memory_is_short)
{
	struct vd_device *other = rng;

	fake_malloc_lasts = 0;
	cr_assert_eq(vd_rng_new(&entropy.backend, NULL, &other), -ENOMEM);
	fake_malloc_lasts = UINT_MAX;
	cr_assert_eq(other, rng, "result touched on failure");
	cr_assert_not(entropy.destroyed);
}

Test(rng, gives_back_all_memory_when_it_is_freed)
{
	struct vd_device *other;
	int before = fake_malloc_live;

	cr_assert_eq(vd_rng_new(&entropy.backend, NULL, &other), 0);
	vd_device_free(other);
	cr_assert_eq(fake_malloc_live, before);
}

Test(rng, takes_no_memory_for_a_request)
{
	fake_malloc_calls = 0;
	for (int round = 0; round < 100; round++) {
		fake_queue_init(&queue);
		fake_queue_ask(&queue, buf, 64);
		fake_queue_ask(&queue, buf, MAX_ANSWER);
		kick();
		cr_assert_eq(queue.n_completed, 2);
	}
	cr_assert_eq(fake_malloc_calls, 0);
}
