/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The entropy device, with a source that counts (1, 2, 3 ...), at times that
 * the test makes up.
 */

#include <errno.h>
#include <stdlib.h>

#include "tests/fake-malloc.h"
#include "tests/rng-test.h"

TestSuite(rng, .init = setup, .fini = teardown);

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
