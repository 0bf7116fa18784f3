/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The event loop: its sources, how it stops, and how it lives with others.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/loop-test.h"

TestSuite(loop, .init = setup, .fini = teardown);

Test(loop, calls_a_source_that_is_ready_and_no_other)
{
	watch(&a, EPOLLIN);
	watch(&b, EPOLLIN);
	cr_assert_str_eq(step(), "");
	signal_it(&b);
	cr_assert_str_eq(step(), "b");
	cr_assert_eq(b.events, EPOLLIN);
}

Test(loop, calls_those_first_that_come_first_whichever_was_ready_before)
{
	b.source.first = true;
	watch(&a, EPOLLIN);
	watch(&b, EPOLLIN);
	signal_it(&a);
	signal_it(&b);
	cr_assert_str_eq(step(), "ba");
}

Test(loop, calls_a_source_until_it_is_not_ready_any_more)
{
	uint64_t count;

	watch(&a, EPOLLIN);
	signal_it(&a);
	cr_assert_str_eq(step(), "a");
	cr_assert_str_eq(step(), "a");
	eventfd_read(a.source.fd, &count);
	cr_assert_str_eq(step(), "");
}

Test(loop, calls_an_edge_triggered_source_once_for_each_edge)
{
	watch(&a, EPOLLIN | EPOLLET);
	signal_it(&a);
	cr_assert_str_eq(step(), "a");
	cr_assert_str_eq(step(), "");
	signal_it(&a);
	cr_assert_str_eq(step(), "a");
}

Test(loop, watches_for_something_else_when_told_to)
{
	watch(&a, EPOLLIN);
	signal_it(&a);
	vb_source_change(&a.source, 0);
	cr_assert_str_eq(step(), "");
	vb_source_change(&a.source, EPOLLOUT);
	cr_assert_str_eq(step(), "a");
	cr_assert_eq(a.events, EPOLLOUT);
}

Test(loop, does_not_call_a_source_that_was_removed)
{
	watch(&a, EPOLLIN);
	signal_it(&a);
	vb_source_remove(&a.source);
	vb_source_remove(&a.source);
	cr_assert_str_eq(step(), "");
}

Test(loop, leaves_the_descriptor_of_a_source_open)
{
	watch(&a, EPOLLIN);
	vb_source_remove(&a.source);
	signal_it(&a);
	cr_assert_eq(vb_loop_watch(loop, &a.source, EPOLLIN), 0);
	cr_assert_str_eq(step(), "a");
}

Test(loop, says_so_if_a_file_cannot_be_watched)
{
	char path[] = "/tmp/test-loop.XXXXXX";

	a.source.fd = mkstemp(path);
	cr_assert(a.source.fd >= 0);
	unlink(path);
	cr_assert_eq(vb_loop_watch(loop, &a.source, EPOLLIN), -EPERM);
	vb_source_remove(&a.source);
}

Test(loop, calls_more_sources_than_it_fetches_at_once)
{
	static struct thing things[50];

	for (size_t i = 0; i < VD_ARRAY_SIZE(things); i++) {
		things[i] = thing_of('x');
		watch(&things[i], EPOLLIN | EPOLLET);
		signal_it(&things[i]);
	}
	cr_assert_eq(strlen(step()) + strlen(step()), 50);
	for (size_t i = 0; i < VD_ARRAY_SIZE(things); i++)
		close_fd(&things[i]);
}

/* Of two that are ready, whichever is called first removes the other one. */
static void remove_other(struct thing *thing)
{
	vb_source_remove(thing == &a ? &b.source : &a.source);
}

Test(loop, does_not_call_a_source_that_another_one_has_removed)
{
	watch(&a, EPOLLIN);
	watch(&b, EPOLLIN);
	a.then = b.then = remove_other;
	signal_it(&a);
	signal_it(&b);
	cr_assert_eq(strlen(step()), 1);
	cr_assert_eq(strlen(step()), 1);
}

static void free_source(struct thing *thing)
{
	vb_source_remove(&thing->source);
	close_fd(thing);
	free(thing);
}

Test(loop, lets_a_source_be_freed_in_its_own_call)
{
	struct thing *mortal = malloc(sizeof(*mortal));

	*mortal = thing_of('m');
	mortal->then = free_source;
	watch(mortal, EPOLLIN);
	signal_it(mortal);
	cr_assert_str_eq(step(), "m");
	cr_assert_str_eq(step(), "");
}

static void *stop_from_elsewhere(void *arg)
{
	vb_loop_stop(arg);

	return NULL;
}

Test(loop, can_be_stopped_by_another_thread)
{
	pthread_t other;

	cr_assert_eq(pthread_create(&other, NULL, stop_from_elsewhere, loop),
		     0);
	cr_assert_str_eq(run(), "");
	pthread_join(other, NULL);
}

Test(loop, stops_if_it_was_told_to_before_it_ran)
{
	vb_loop_stop(loop);
	cr_assert_str_eq(run(), "");
}

Test(loop, stops_if_it_was_told_to_while_it_was_stepped)
{
	vb_loop_stop(loop);
	cr_assert_eq(vb_loop_step(loop), 0);
	cr_assert_eq(vb_loop_run(loop), 0);
}

Test(loop, can_run_again_after_it_was_stopped)
{
	vb_loop_stop(loop);
	run();
	vb_defer(loop, &a.deferred);
	a.then = stop;
	cr_assert_str_eq(run(), "a");
}

Test(loop, is_due_for_those_who_watch_its_descriptor)
{
	cr_assert_not(is_due());
	watch(&a, EPOLLIN);
	cr_assert_not(is_due());
	signal_it(&a);
	cr_assert(is_due());
}

Test(loop, is_due_for_a_timer_whose_time_has_come)
{
	vb_timer_set(loop, &a.timer, 1);
	cr_assert(is_due());
	step();
	cr_assert_not(is_due());
}

Test(loop, is_due_for_a_deferred_call)
{
	vb_defer(loop, &a.deferred);
	cr_assert(is_due());
	step();
	cr_assert_not(is_due());
}

/* A loop, as the source of another one. */
static void step_the_inner(struct vb_source *source, uint32_t events)
{
	(void)source;
	(void)events;
	cr_assert_eq(vb_loop_step(loop), 0);
}

Test(loop, can_be_nested_in_another_loop)
{
	struct vb_source inner = { .fd = vb_loop_fd(loop),
				   .ready = step_the_inner };
	struct vb_loop *outer;

	cr_assert_eq(vb_loop_new(&outer), 0);
	cr_assert_eq(vb_loop_watch(outer, &inner, EPOLLIN), 0);
	watch(&a, EPOLLIN | EPOLLET);
	signal_it(&a);
	vb_timer_set(loop, &b.timer, 1);
	vb_defer(loop, &c.deferred);
	cr_assert_eq(vb_loop_step(outer), 0);
	cr_assert_str_eq(diary, "abc");
	vb_loop_free(outer);
}

Test(loop, tells_one_time_for_all_that_happens_at_a_wake_up)
{
	uint64_t now = vb_loop_now(loop);
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	cr_assert_leq(now, (uint64_t)ts.tv_sec * VD_NSEC_PER_SEC +
				   (uint64_t)ts.tv_nsec);
	cr_assert_eq(vb_loop_now(loop), now);
	step();
	cr_assert_gt(vb_loop_now(loop), now);
}

Test(loop, may_be_nothing_when_it_is_freed)
{
	vb_loop_free(NULL);
}
