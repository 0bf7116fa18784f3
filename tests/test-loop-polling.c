/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The event loop: polling.
 */

#include <stdlib.h>

#include "tests/loop-test.h"

TestSuite(loop_polling, .init = setup, .fini = teardown);

Test(loop_polling, polls_until_nothing_was_found_for_a_while)
{
	a.finds = 5;
	vb_poller_start(loop, &a.poller, 100);
	cr_assert_str_eq(run(), "aaaaa.");
	cr_assert_null(a.poller.loop);
}

Test(loop_polling, polls_for_as_long_as_it_was_told)
{
	uint64_t from = vb_loop_now(loop);

	vb_poller_start(loop, &a.poller, 3000);
	cr_assert_str_eq(run(), ".");
	cr_assert_geq(vb_loop_now(loop), from + 3 * VD_NSEC_PER_MSEC);
}

Test(loop_polling, has_several_pollers_take_turns)
{
	a.finds = 2;
	b.finds = 3;
	vb_poller_start(loop, &b.poller, 1000);
	vb_poller_start(loop, &a.poller, 1000);
	vb_poller_start(loop, &a.poller, 1000);
	cr_assert_eq(strncmp(run(), "ababb", 5), 0);
	vb_poller_stop(&a.poller);
	vb_poller_stop(&b.poller);
}

static void stop_other(struct thing *thing)
{
	(void)thing;
	vb_poller_stop(&b.poller);
	vb_loop_stop(loop);
}

Test(loop_polling, lets_a_poller_stop_the_next_one)
{
	a.finds = 1;
	b.finds = UINT32_MAX;
	a.then = stop_other;
	vb_poller_start(loop, &b.poller, 1000);
	vb_poller_start(loop, &a.poller, 1000);
	cr_assert_eq(run()[0], 'a');
	cr_assert_null(b.poller.loop);
	vb_poller_stop(&a.poller);
}

Test(loop_polling, looks_at_everything_else_while_it_polls)
{
	watch(&b, EPOLLIN);
	signal_it(&b);
	b.then = stop;
	vb_poller_start(loop, &a.poller, 1000000);
	cr_assert_eq(run()[0], 'b');
	vb_poller_stop(&a.poller);
}

static void stop_polling(struct thing *thing)
{
	vb_poller_stop(&thing->poller);
	vb_loop_stop(loop);
}

Test(loop_polling, does_not_say_that_it_is_idle_if_the_poller_is_stopped)
{
	a.finds = UINT32_MAX;
	a.then = stop_polling;
	vb_poller_start(loop, &a.poller, 1000);
	cr_assert_str_eq(run(), "a");
	vb_poller_stop(&a.poller);
}

static void start_polling_anew(struct thing *thing)
{
	vb_poller_start(loop, &thing->poller, 100);
}

Test(loop_polling, lets_the_time_of_a_poller_begin_anew)
{
	a.finds = 1;
	a.then = start_polling_anew;
	vb_poller_start(loop, &a.poller, 1000000000);
	cr_assert_str_eq(run(), "a.");
}

static void set_again(struct thing *thing)
{
	vb_timer_set(loop, &thing->timer, 1);
}

Test(loop_polling, fires_a_timer_that_is_due_again_in_the_next_round)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	a.then = set_again;
	cr_assert_str_eq(step(), "ab");
	cr_assert(is_due());
	cr_assert_str_eq(step(), "a");
	vb_timer_cancel(&a.timer);
}

static void free_poller(struct thing *thing)
{
	vb_poller_stop(&thing->poller);
	vb_loop_stop(loop);
	free(thing);
}

Test(loop_polling, lets_a_poller_be_freed_when_it_has_found_something)
{
	struct thing *mortal = malloc(sizeof(*mortal));

	*mortal = thing_of('m');
	mortal->finds = 1;
	mortal->then = free_poller;
	vb_poller_start(loop, &mortal->poller, 1000);
	cr_assert_str_eq(run(), "m");
}
