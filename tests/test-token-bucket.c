/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The rate limit, at times that the test makes up.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "virtio-devices/token-bucket.h"
#include "virtio-devices/util.h"

#define MSEC VD_NSEC_PER_MSEC
#define USEC VD_NSEC_PER_USEC

/* Any time will do to begin with; this is a month after the host's boot. */
#define START (30ULL * 86400 * VD_NSEC_PER_SEC)

/* At START, and empty. */
static struct vd_token_bucket empty(uint64_t capacity, uint32_t period)
{
	struct vd_token_bucket bucket;

	vd_token_bucket_init(&bucket, capacity, period);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), capacity);
	vd_token_bucket_take(&bucket, capacity);

	return bucket;
}

struct moment {
	uint64_t capacity;
	uint32_t period;
	uint64_t after;
	uint64_t holds;
};

ParameterizedTestParameters(token_bucket, fills_evenly)
{
	static struct moment moments[] = {
		/* A thousand in a second: one a millisecond. */
		{ 1000, 1000, 0, 0 },
		{ 1000, 1000, 1 * MSEC - 1, 0 },
		{ 1000, 1000, 1 * MSEC, 1 },
		{ 1000, 1000, 500 * MSEC, 500 },
		{ 1000, 1000, 999 * MSEC, 999 },
		{ 1000, 1000, 1000 * MSEC, 1000 },
		{ 1000, 1000, 1001 * MSEC, 1000 },
		{ 1000, 1000, UINT64_MAX - START, 1000 },
		/* A token takes longer than the clock's unit, or is not whole. */
		{ 3, 1, 333 * USEC, 0 },
		{ 3, 1, 334 * USEC, 1 },
		{ 3, 1, 667 * USEC, 2 },
		{ 1, 60000, 60000 * MSEC - 1, 0 },
		{ 1, 60000, 60000 * MSEC, 1 },
		/* Many of them come in one unit. */
		{ 1ULL << 32, 1, 500 * USEC, 1ULL << 31 },
		{ VD_TOKEN_BUCKET_MAX, 65536, 32768 * MSEC,
		  VD_TOKEN_BUCKET_MAX / 2 },
	};

	return cr_make_param_array(struct moment, moments,
				   VD_ARRAY_SIZE(moments));
}

ParameterizedTest(struct moment *m, token_bucket, fills_evenly)
{
	struct vd_token_bucket bucket = empty(m->capacity, m->period);
	uint64_t holds = vd_token_bucket_available(&bucket, START + m->after);

	cr_assert_eq(holds, m->holds,
		     "%llu in %u ms: %llu after %llu ns, not %llu",
		     (unsigned long long)m->capacity, m->period,
		     (unsigned long long)holds, (unsigned long long)m->after,
		     (unsigned long long)m->holds);
}

Test(token_bucket, is_full_at_first)
{
	struct vd_token_bucket bucket;

	vd_token_bucket_init(&bucket, 5, 1000);
	cr_assert_eq(vd_token_bucket_available(&bucket, 0), 5);
}

Test(token_bucket, holds_less_after_some_were_taken)
{
	struct vd_token_bucket bucket;

	vd_token_bucket_init(&bucket, 5, 1000);
	vd_token_bucket_available(&bucket, START);
	vd_token_bucket_take(&bucket, 3);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), 2);
	vd_token_bucket_take(&bucket, 2);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), 0);
}

Test(token_bucket, gives_no_more_than_one_bucket_after_a_long_rest)
{
	struct vd_token_bucket bucket = empty(7, 10);

	cr_assert_eq(vd_token_bucket_available(&bucket, START + 100 * MSEC), 7);
	vd_token_bucket_take(&bucket, 7);
	cr_assert_eq(vd_token_bucket_available(&bucket, START + 105 * MSEC), 3);
}

/* Looked at every @step, how many come in a hundred periods? */
static uint64_t gained(uint64_t capacity, uint32_t period, uint64_t step)
{
	struct vd_token_bucket bucket = empty(capacity, period);
	uint64_t end = START + period * MSEC * 100;
	uint64_t sum = 0;

	for (uint64_t now = START; now < end; now = VD_MIN(now + step, end)) {
		uint64_t n = vd_token_bucket_available(&bucket, now);

		vd_token_bucket_take(&bucket, n);
		sum += n;
	}

	return sum + vd_token_bucket_available(&bucket, end);
}

Test(token_bucket, loses_nothing_by_being_looked_at_often)
{
	cr_assert_eq(gained(1000, 10, 1 * USEC), 100000);
	cr_assert_eq(gained(1000, 10, 333), 100000);
	cr_assert_eq(gained(1000, 10, 9999), 100000);
	cr_assert_eq(gained(10, 10, 777777), 1000);
}

Test(token_bucket, loses_nothing_where_tokens_are_no_whole_microseconds)
{
	cr_assert_eq(gained(3000, 10, 1 * USEC), 300000);
	cr_assert_eq(gained(7, 1, 1 * USEC), 700);
	cr_assert_eq(gained(7, 1, 12345), 700);
	cr_assert_eq(gained(65537, 13, 1777), 6553700);
}

Test(token_bucket, stands_still_while_the_clock_goes_backwards)
{
	struct vd_token_bucket bucket = empty(1000, 1000);

	cr_assert_eq(vd_token_bucket_available(&bucket, START + 10 * MSEC), 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, 0), 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, START + 10 * MSEC), 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, START + 11 * MSEC), 11);
}

Test(token_bucket, says_when_there_will_be_enough_and_not_a_moment_late)
{
	struct vd_token_bucket bucket = empty(7, 1);

	for (uint64_t tokens = 1; tokens <= 7; tokens++) {
		struct vd_token_bucket then = bucket;
		uint64_t when = vd_token_bucket_when(&bucket, tokens);

		cr_assert_lt(vd_token_bucket_available(&then, when - 1),
			     tokens);
		cr_assert_geq(vd_token_bucket_available(&then, when), tokens);
	}
}

Test(token_bucket, says_when_also_between_two_tokens)
{
	struct vd_token_bucket bucket = empty(7, 1);
	uint64_t when;

	/* One token and a bit have come. */
	cr_assert_eq(vd_token_bucket_available(&bucket, START + 200 * USEC), 1);
	when = vd_token_bucket_when(&bucket, 2);
	cr_assert_eq(when, START + 286 * USEC);
	cr_assert_eq(vd_token_bucket_available(&bucket, when), 2);
}

Test(token_bucket, says_that_there_is_enough_already)
{
	struct vd_token_bucket bucket = empty(1000, 1000);

	vd_token_bucket_available(&bucket, START + 10 * MSEC);
	cr_assert_leq(vd_token_bucket_when(&bucket, 10), START + 10 * MSEC);
}

Test(token_bucket, takes_the_largest_numbers)
{
	struct vd_token_bucket bucket;
	uint64_t full;

	vd_token_bucket_init(&bucket, UINT64_MAX, VD_TOKEN_BUCKET_MAX_PERIOD);
	full = vd_token_bucket_available(&bucket, START);
	cr_assert_eq(full, VD_TOKEN_BUCKET_MAX);
	vd_token_bucket_take(&bucket, full);
	cr_assert_lt(vd_token_bucket_available(&bucket, START + 1 * MSEC),
		     full / 1000);
	cr_assert_eq(vd_token_bucket_when(&bucket, full),
		     START + VD_TOKEN_BUCKET_MAX_PERIOD * MSEC);
	cr_assert_eq(vd_token_bucket_available(&bucket, UINT64_MAX), full);
}

/* What it held in another process, whose clock was another one. */
Test(token_bucket, goes_on_with_what_was_left)
{
	struct vd_token_bucket bucket;

	vd_token_bucket_init(&bucket, 1000, 1000);
	vd_token_bucket_restore(&bucket, 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), 10);
	cr_assert_eq(vd_token_bucket_available(&bucket, START + 5 * MSEC), 15);
	cr_assert_eq(vd_token_bucket_when(&bucket, 20), START + 10 * MSEC);
}

Test(token_bucket, never_holds_more_than_before)
{
	struct vd_token_bucket bucket = empty(1000, 1000);

	vd_token_bucket_restore(&bucket, UINT64_MAX);
	cr_assert_eq(vd_token_bucket_available(&bucket, START + MSEC), 0);

	vd_token_bucket_init(&bucket, 1000, 1000);
	vd_token_bucket_restore(&bucket, UINT64_MAX);
	cr_assert_eq(vd_token_bucket_available(&bucket, START), 1000);
}
