/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Tests of the event loop: things write their letter into a diary when they are
 * called.
 */

#ifndef TESTS_LOOP_TEST_H
#define TESTS_LOOP_TEST_H

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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

static inline void called(struct thing *thing)
{
	size_t n = strlen(diary);

	cr_assert_lt(n, sizeof(diary) - 1, "called for ever");
	diary[n] = thing->letter;
	if (thing->then)
		thing->then(thing);
}

static inline void source_ready(struct vb_source *source, uint32_t events)
{
	struct thing *thing = container_of(source, struct thing, source);

	thing->events = events;
	called(thing);
}

static inline void timer_fire(struct vb_timer *timer)
{
	called(container_of(timer, struct thing, timer));
}

static inline void deferred_call(struct vb_deferred *deferred)
{
	called(container_of(deferred, struct thing, deferred));
}

static inline bool poller_poll(struct vb_poller *poller)
{
	struct thing *thing = container_of(poller, struct thing, poller);

	if (thing->finds == 0)
		return false;
	thing->finds--;
	called(thing);

	return true;
}

static inline void poller_idle(struct vb_poller *poller)
{
	(void)poller;
	strcat(diary, ".");
	vb_loop_stop(loop);
}

static inline struct thing thing_of(char letter)
{
	return (struct thing){
		.letter = letter,
		.source = { .fd = -1, .ready = source_ready },
		.timer.fire = timer_fire,
		.deferred.call = deferred_call,
		.poller = { .poll = poller_poll, .idle = poller_idle },
	};
}

static inline void setup(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
	a = thing_of('a');
	b = thing_of('b');
	c = thing_of('c');
}

static inline void close_fd(const struct thing *thing)
{
	if (thing->source.fd >= 0)
		close(thing->source.fd);
}

static inline void teardown(void)
{
	vb_loop_free(loop);
	close_fd(&a);
	close_fd(&b);
	close_fd(&c);
}

static inline void watch(struct thing *thing, uint32_t events)
{
	thing->source.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cr_assert_eq(vb_loop_watch(loop, &thing->source, events), 0);
}

static inline void signal_it(const struct thing *thing)
{
	cr_assert_eq(eventfd_write(thing->source.fd, 1), 0);
}

/* What the diary says of one step. */
static inline const char *step(void)
{
	memset(diary, 0, sizeof(diary));
	cr_assert_eq(vb_loop_step(loop), 0);

	return diary;
}

static inline const char *run(void)
{
	memset(diary, 0, sizeof(diary));
	cr_assert_eq(vb_loop_run(loop), 0);

	return diary;
}

static inline void stop(struct thing *thing)
{
	(void)thing;
	vb_loop_stop(loop);
}

/* Is a step due?  This is what the loop of somebody else sees. */
static inline bool is_due(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

#endif
