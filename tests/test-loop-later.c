/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The event loop: timers, and calls that are deferred.
 */

#include <stdlib.h>

#include "tests/loop-test.h"

TestSuite(loop_later, .init = setup, .fini = teardown);

Test(loop_later, fires_timers_in_order_of_their_time)
{
	vb_timer_set(loop, &c.timer, 3);
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	cr_assert_str_eq(step(), "abc");
	cr_assert_str_eq(step(), "", "and once only");
}

Test(loop_later, fires_timers_of_the_same_time_in_the_order_they_were_set)
{
	vb_timer_set(loop, &b.timer, 7);
	vb_timer_set(loop, &c.timer, 7);
	vb_timer_set(loop, &a.timer, 7);
	cr_assert_str_eq(step(), "bca");
}

Test(loop_later, fires_no_timer_before_its_time)
{
	vb_timer_set(loop, &a.timer,
		     vb_loop_now(loop) + 3600 * VD_NSEC_PER_SEC);
	cr_assert_str_eq(step(), "");
	cr_assert_not(is_due());
	vb_timer_cancel(&a.timer);
}

Test(loop_later, sleeps_until_the_time_of_the_first_timer)
{
	uint64_t at = vb_loop_now(loop) + 2 * VD_NSEC_PER_MSEC;

	vb_timer_set(loop, &b.timer, at + 3600 * VD_NSEC_PER_SEC);
	vb_timer_set(loop, &a.timer, at);
	a.then = stop;
	cr_assert_str_eq(run(), "a");
	cr_assert_geq(vb_loop_now(loop), at);
}

Test(loop_later, wakes_up_for_a_timer_that_was_set_to_an_earlier_time)
{
	uint64_t now = vb_loop_now(loop);

	vb_timer_set(loop, &a.timer, now + 3600 * VD_NSEC_PER_SEC);
	vb_timer_set(loop, &a.timer, now + VD_NSEC_PER_MSEC);
	a.then = stop;
	cr_assert_str_eq(run(), "a");
}

Test(loop_later,
     wakes_up_for_the_later_timer_after_the_earlier_one_is_cancelled)
{
	uint64_t now = vb_loop_now(loop);

	vb_timer_set(loop, &a.timer, now + VD_NSEC_PER_MSEC);
	vb_timer_set(loop, &b.timer, now + 2 * VD_NSEC_PER_MSEC);
	vb_timer_cancel(&a.timer);
	b.then = stop;
	cr_assert_str_eq(run(), "b");
}

Test(loop_later, heeds_the_last_time_that_a_timer_was_set_to)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	vb_timer_set(loop, &a.timer, 3);
	cr_assert_str_eq(step(), "ba");
}

Test(loop_later, does_not_fire_a_timer_that_was_cancelled)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	vb_timer_set(loop, &c.timer, 3);
	vb_timer_cancel(&b.timer);
	vb_timer_cancel(&b.timer);
	cr_assert_str_eq(step(), "ac");
}

Test(loop_later, takes_a_time_that_never_comes_for_a_cancellation)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &a.timer, VD_NEVER);
	cr_assert_str_eq(step(), "");
	cr_assert_null(a.timer.loop);
}

static void cancel_b(struct thing *thing)
{
	(void)thing;
	vb_timer_cancel(&b.timer);
	vb_deferred_cancel(&b.deferred);
}

Test(loop_later, does_not_fire_a_timer_that_another_one_has_cancelled)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	vb_timer_set(loop, &c.timer, 3);
	a.then = cancel_b;
	cr_assert_str_eq(step(), "ac");
}

static void set_for_later(struct thing *thing)
{
	vb_timer_set(loop, &thing->timer,
		     vb_loop_now(loop) + VD_NSEC_PER_MSEC / 10);
	if (strlen(diary) == 3) {
		vb_timer_cancel(&thing->timer);
		vb_loop_stop(loop);
	}
}

Test(loop_later, lets_a_timer_be_set_again_in_its_own_call)
{
	vb_timer_set(loop, &a.timer, 1);
	a.then = set_for_later;
	cr_assert_str_eq(run(), "aaa");
}

Test(loop_later, makes_deferred_calls_once_and_in_order)
{
	vb_defer(loop, &b.deferred);
	vb_defer(loop, &a.deferred);
	vb_defer(loop, &b.deferred);
	cr_assert_str_eq(step(), "ba");
	cr_assert_str_eq(step(), "");
}

Test(loop_later, does_not_make_a_deferred_call_that_was_cancelled)
{
	vb_defer(loop, &a.deferred);
	vb_defer(loop, &b.deferred);
	vb_deferred_cancel(&b.deferred);
	vb_deferred_cancel(&b.deferred);
	vb_defer(loop, &c.deferred);
	cr_assert_str_eq(step(), "ac");
}

Test(loop_later, does_not_make_a_deferred_call_that_another_one_has_cancelled)
{
	vb_defer(loop, &a.deferred);
	vb_defer(loop, &b.deferred);
	vb_defer(loop, &c.deferred);
	a.then = cancel_b;
	cr_assert_str_eq(step(), "ac");
}

static void defer_again(struct thing *thing)
{
	vb_defer(loop, &thing->deferred);
}

Test(loop_later, makes_a_call_that_is_deferred_again_in_the_next_round)
{
	vb_defer(loop, &a.deferred);
	a.then = defer_again;
	cr_assert_str_eq(step(), "a");
	cr_assert(is_due());
	cr_assert_str_eq(step(), "a");
	vb_deferred_cancel(&a.deferred);
}

static void defer_c(struct thing *thing)
{
	(void)thing;
	vb_defer(loop, &c.deferred);
}

Test(loop_later, makes_deferred_calls_after_sources_and_timers)
{
	watch(&a, EPOLLIN);
	signal_it(&a);
	a.then = defer_c;
	vb_timer_set(loop, &b.timer, 1);
	cr_assert_str_eq(step(), "abc");
}

static void defer_again_or_stop(struct thing *thing)
{
	vb_defer(loop, &thing->deferred);
	if (strlen(diary) == 10)
		vb_loop_stop(loop);
}

Test(loop_later, looks_at_its_sources_while_something_is_deferred_all_the_time)
{
	watch(&a, EPOLLIN | EPOLLET);
	signal_it(&a);
	vb_defer(loop, &b.deferred);
	b.then = defer_again_or_stop;
	cr_assert(strchr(run(), 'a'));
	vb_deferred_cancel(&b.deferred);
}

static void free_deferred(struct thing *thing)
{
	free(thing);
}

Test(loop_later, lets_things_be_freed_in_their_timer_or_deferred_call)
{
	struct thing *first = malloc(sizeof(*first));
	struct thing *second = malloc(sizeof(*second));

	*first = thing_of('1');
	*second = thing_of('2');
	first->then = second->then = free_deferred;
	vb_timer_set(loop, &first->timer, 1);
	vb_defer(loop, &second->deferred);
	cr_assert_str_eq(step(), "12");
}
