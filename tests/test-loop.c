/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The event loop.  Things write their letter into a diary when they are called.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "backends/loop.h"
#include "virtio-devices/util.h"

/**
 * struct thing - something for the loop to call
 * @letter:   for the diary
 * @source:   an eventfd, if it is watched
 * @timer:    a timer
 * @deferred: a deferred call
 * @poller:   finds something as often as @finds says
 * @finds:    counts down
 * @events:   of @source, the last time
 * @then:     what to do when called, or NULL
 */
struct thing {
	char letter;
	struct vb_source source;
	struct vb_timer timer;
	struct vb_deferred deferred;
	struct vb_poller poller;
	unsigned int finds;
	uint32_t events;
	void (*then)(struct thing *thing);
};

static struct vb_loop *loop;
static struct thing a, b, c;
static char diary[64];

static void called(struct thing *thing)
{
	size_t n = strlen(diary);

	cr_assert_lt(n, sizeof(diary) - 1, "called for ever");
	diary[n] = thing->letter;
	if (thing->then)
		thing->then(thing);
}

static void source_ready(struct vb_source *source, uint32_t events)
{
	struct thing *thing = container_of(source, struct thing, source);

	thing->events = events;
	called(thing);
}

static void timer_fire(struct vb_timer *timer)
{
	called(container_of(timer, struct thing, timer));
}

static void deferred_call(struct vb_deferred *deferred)
{
	called(container_of(deferred, struct thing, deferred));
}

static bool poller_poll(struct vb_poller *poller)
{
	struct thing *thing = container_of(poller, struct thing, poller);

	if (thing->finds == 0)
		return false;
	thing->finds--;
	called(thing);

	return true;
}

static void poller_idle(struct vb_poller *poller)
{
	(void)poller;
	strcat(diary, ".");
	vb_loop_stop(loop);
}

static struct thing thing_of(char letter)
{
	return (struct thing){
		.letter = letter,
		.source = { .fd = -1, .ready = source_ready },
		.timer.fire = timer_fire,
		.deferred.call = deferred_call,
		.poller = { .poll = poller_poll, .idle = poller_idle },
	};
}

static void setup(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
	a = thing_of('a');
	b = thing_of('b');
	c = thing_of('c');
}

static void close_fd(const struct thing *thing)
{
	if (thing->source.fd >= 0)
		close(thing->source.fd);
}

static void teardown(void)
{
	vb_loop_free(loop);
	close_fd(&a);
	close_fd(&b);
	close_fd(&c);
}

TestSuite(loop, .init = setup, .fini = teardown);

static void watch(struct thing *thing, uint32_t events)
{
	thing->source.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cr_assert_eq(vb_loop_watch(loop, &thing->source, events), 0);
}

static void signal_it(const struct thing *thing)
{
	cr_assert_eq(eventfd_write(thing->source.fd, 1), 0);
}

/* What the diary says of one step. */
static const char *step(void)
{
	memset(diary, 0, sizeof(diary));
	cr_assert_eq(vb_loop_step(loop), 0);

	return diary;
}

static const char *run(void)
{
	memset(diary, 0, sizeof(diary));
	cr_assert_eq(vb_loop_run(loop), 0);

	return diary;
}

static void stop(struct thing *thing)
{
	(void)thing;
	vb_loop_stop(loop);
}

/* Is a step due?  This is what the loop of somebody else sees. */
static bool is_due(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

/* --- sources -------------------------------------------------------------- */

Test(loop, calls_a_source_that_is_ready_and_no_other)
{
	watch(&a, EPOLLIN);
	watch(&b, EPOLLIN);
	cr_assert_str_eq(step(), "");
	signal_it(&b);
	cr_assert_str_eq(step(), "b");
	cr_assert_eq(b.events, EPOLLIN);
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

/* --- timers --------------------------------------------------------------- */

Test(loop, fires_timers_in_order_of_their_time)
{
	vb_timer_set(loop, &c.timer, 3);
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	cr_assert_str_eq(step(), "abc");
	cr_assert_str_eq(step(), "", "and once only");
}

Test(loop, fires_timers_of_the_same_time_in_the_order_they_were_set)
{
	vb_timer_set(loop, &b.timer, 7);
	vb_timer_set(loop, &c.timer, 7);
	vb_timer_set(loop, &a.timer, 7);
	cr_assert_str_eq(step(), "bca");
}

Test(loop, fires_no_timer_before_its_time)
{
	vb_timer_set(loop, &a.timer,
		     vb_loop_now(loop) + 3600 * VD_NSEC_PER_SEC);
	cr_assert_str_eq(step(), "");
	cr_assert_not(is_due());
	vb_timer_cancel(&a.timer);
}

Test(loop, sleeps_until_the_time_of_the_first_timer)
{
	uint64_t at = vb_loop_now(loop) + 2 * VD_NSEC_PER_MSEC;

	vb_timer_set(loop, &b.timer, at + 3600 * VD_NSEC_PER_SEC);
	vb_timer_set(loop, &a.timer, at);
	a.then = stop;
	cr_assert_str_eq(run(), "a");
	cr_assert_geq(vb_loop_now(loop), at);
}

Test(loop, wakes_up_for_a_timer_that_was_set_to_an_earlier_time)
{
	uint64_t now = vb_loop_now(loop);

	vb_timer_set(loop, &a.timer, now + 3600 * VD_NSEC_PER_SEC);
	vb_timer_set(loop, &a.timer, now + VD_NSEC_PER_MSEC);
	a.then = stop;
	cr_assert_str_eq(run(), "a");
}

Test(loop, wakes_up_for_the_later_timer_after_the_earlier_one_is_cancelled)
{
	uint64_t now = vb_loop_now(loop);

	vb_timer_set(loop, &a.timer, now + VD_NSEC_PER_MSEC);
	vb_timer_set(loop, &b.timer, now + 2 * VD_NSEC_PER_MSEC);
	vb_timer_cancel(&a.timer);
	b.then = stop;
	cr_assert_str_eq(run(), "b");
}

Test(loop, heeds_the_last_time_that_a_timer_was_set_to)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	vb_timer_set(loop, &a.timer, 3);
	cr_assert_str_eq(step(), "ba");
}

Test(loop, does_not_fire_a_timer_that_was_cancelled)
{
	vb_timer_set(loop, &a.timer, 1);
	vb_timer_set(loop, &b.timer, 2);
	vb_timer_set(loop, &c.timer, 3);
	vb_timer_cancel(&b.timer);
	vb_timer_cancel(&b.timer);
	cr_assert_str_eq(step(), "ac");
}

Test(loop, takes_a_time_that_never_comes_for_a_cancellation)
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

Test(loop, does_not_fire_a_timer_that_another_one_has_cancelled)
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

Test(loop, lets_a_timer_be_set_again_in_its_own_call)
{
	vb_timer_set(loop, &a.timer, 1);
	a.then = set_for_later;
	cr_assert_str_eq(run(), "aaa");
}

/* --- deferred calls ------------------------------------------------------- */

Test(loop, makes_deferred_calls_once_and_in_order)
{
	vb_defer(loop, &b.deferred);
	vb_defer(loop, &a.deferred);
	vb_defer(loop, &b.deferred);
	cr_assert_str_eq(step(), "ba");
	cr_assert_str_eq(step(), "");
}

Test(loop, does_not_make_a_deferred_call_that_was_cancelled)
{
	vb_defer(loop, &a.deferred);
	vb_defer(loop, &b.deferred);
	vb_deferred_cancel(&b.deferred);
	vb_deferred_cancel(&b.deferred);
	vb_defer(loop, &c.deferred);
	cr_assert_str_eq(step(), "ac");
}

Test(loop, does_not_make_a_deferred_call_that_another_one_has_cancelled)
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

Test(loop, makes_a_call_that_is_deferred_again_in_the_next_round)
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

Test(loop, makes_deferred_calls_after_sources_and_timers)
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

Test(loop, looks_at_its_sources_while_something_is_deferred_all_the_time)
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

Test(loop, lets_things_be_freed_in_their_timer_or_deferred_call)
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

/* --- stopping, and other loops -------------------------------------------- */

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

/* --- polling -------------------------------------------------------------- */

Test(loop, polls_until_nothing_was_found_for_a_while)
{
	a.finds = 5;
	vb_poller_start(loop, &a.poller, 100);
	cr_assert_str_eq(run(), "aaaaa.");
	cr_assert_null(a.poller.loop);
}

Test(loop, polls_for_as_long_as_it_was_told)
{
	uint64_t from = vb_loop_now(loop);

	vb_poller_start(loop, &a.poller, 3000);
	cr_assert_str_eq(run(), ".");
	cr_assert_geq(vb_loop_now(loop), from + 3 * VD_NSEC_PER_MSEC);
}

Test(loop, has_several_pollers_take_turns)
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

Test(loop, lets_a_poller_stop_the_next_one)
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

Test(loop, looks_at_everything_else_while_it_polls)
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

Test(loop, does_not_say_that_it_is_idle_if_the_poller_is_stopped)
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

Test(loop, lets_the_time_of_a_poller_begin_anew)
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

Test(loop, fires_a_timer_that_is_due_again_in_the_next_round)
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

Test(loop, lets_a_poller_be_freed_when_it_has_found_something)
{
	struct thing *mortal = malloc(sizeof(*mortal));

	*mortal = thing_of('m');
	mortal->finds = 1;
	mortal->then = free_poller;
	vb_poller_start(loop, &mortal->poller, 1000);
	cr_assert_str_eq(run(), "m");
}
