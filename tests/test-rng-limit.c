/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The entropy device, with a limit to what it gives.
 */

#include <errno.h>

#include "tests/rng-test.h"
#include "virtio-devices/token-bucket.h"

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

Test(limited_rng, refuses_a_limit_with_too_long_a_period)
{
	const struct vd_rng_limit limit = {
		.bytes = 1,
		.period = VD_TOKEN_BUCKET_MAX_PERIOD + 1,
	};
	struct vd_device *other = NULL;

	cr_assert_eq(vd_rng_new(&entropy.backend, &limit, &other), -EINVAL);
	cr_assert_null(other);
}

Test(limited_rng, refuses_a_limit_of_nothing)
{
	const struct vd_rng_limit no_bytes = { .bytes = 0, .period = 1 };
	const struct vd_rng_limit no_time = { .bytes = 1, .period = 0 };
	struct vd_device *other = rng;

	cr_assert_eq(vd_rng_new(&entropy.backend, &no_bytes, &other), -EINVAL);
	cr_assert_eq(vd_rng_new(&entropy.backend, &no_time, &other), -EINVAL);
	cr_assert_eq(other, rng, "result touched on failure");
	cr_assert_not(entropy.destroyed, "still the caller's");
}
