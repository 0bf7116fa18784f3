/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * One epoll descriptor for everything: the sources, a timerfd for the nearest
 * timer, and an eventfd that ends the loop.  Deferred calls keep it from
 * sleeping.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "backends/loop-private.h"
#include "virtio-devices/util.h"

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * VD_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The count says nothing that is not known; reading it silences the source. */
static void drain(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;
}

/* Nobody reads its count: it is watched for edges, and setting it resets it. */
static void timer_ready(struct vb_source *source, uint32_t events)
{
	struct vb_loop *loop = container_of(source, struct vb_loop, timer);

	(void)events;
	loop->armed = VD_NEVER;
}

static void stop_ready(struct vb_source *source, uint32_t events)
{
	struct vb_loop *loop = container_of(source, struct vb_loop, stop);

	(void)events;
	drain(source->fd);
	loop->stopping = true;
}

int vb_loop_new(struct vb_loop **ret)
{
	struct vb_loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return -ENOMEM;

	loop->armed = VD_NEVER;
	loop->deferred_end = &loop->deferred;
	loop->timer.ready = timer_ready;
	loop->stop.ready = stop_ready;
	loop->fd = epoll_create1(EPOLL_CLOEXEC);
	loop->timer.fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	loop->stop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->fd < 0 || loop->timer.fd < 0 || loop->stop.fd < 0)
		r = -errno;
	else
		r = vb_loop_watch(loop, &loop->timer, EPOLLIN | EPOLLET);
	if (r == 0)
		r = vb_loop_watch(loop, &loop->stop, EPOLLIN);
	if (r < 0) {
		vb_loop_free(loop);
		return r;
	}

	*ret = loop;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void vb_loop_free(struct vb_loop *loop)
{
	if (!loop)
		return;

	close_fd(loop->stop.fd);
	close_fd(loop->timer.fd);
	close_fd(loop->fd);
	free(loop);
}

void vb_loop_stop(struct vb_loop *loop)
{
	const uint64_t one = 1;
	ssize_t n = write(loop->stop.fd, &one, sizeof(one));

	(void)n;
}

int vb_loop_fd(const struct vb_loop *loop)
{
	return loop->fd;
}

uint64_t vb_loop_now(struct vb_loop *loop)
{
	if (!loop->now)
		loop->now = clock_now();

	return loop->now;
}

int vb_loop_watch(struct vb_loop *loop, struct vb_source *source,
		  uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (epoll_ctl(loop->fd, EPOLL_CTL_ADD, source->fd, &event) < 0)
		return -errno;

	source->loop = loop;

	return 0;
}

void vb_source_change(struct vb_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	int r;

	r = epoll_ctl(source->loop->fd, EPOLL_CTL_MOD, source->fd, &event);
	assert(r == 0);
	(void)r;
}

/* Its event may have been fetched already, with its address. */
static void forget(struct vb_source *source)
{
	struct vb_loop *loop = VD_STEAL(source->loop);

	for (int i = 0; i < loop->n_events; i++) {
		if (loop->events[i].data.ptr == source)
			loop->events[i].data.ptr = NULL;
	}
}

void vb_source_remove(struct vb_source *source)
{
	if (!source->loop)
		return;

	epoll_ctl(source->loop->fd, EPOLL_CTL_DEL, source->fd, NULL);
	forget(source);
}

/* Closing it is all that the kernel needs. */
void vb_source_close(struct vb_source *source)
{
	if (source->loop)
		forget(source);
	close_fd(source->fd);
	source->fd = -1;
}

/* Be woken at a certain time, unless the timerfd is set to an earlier one. */
static void arm(struct vb_loop *loop, uint64_t at)
{
	struct itimerspec spec = { 0 };

	if (at >= loop->armed)
		return;

	/* Zero would disarm it; any time in the past means now. */
	at = VD_MAX(at, 1U);
	spec.it_value.tv_sec = (time_t)(at / VD_NSEC_PER_SEC);
	spec.it_value.tv_nsec = (long)(at % VD_NSEC_PER_SEC);
	timerfd_settime(loop->timer.fd, TFD_TIMER_ABSTIME, &spec, NULL);
	loop->armed = at;
}

void vb_timer_cancel(struct vb_timer *timer)
{
	struct vb_timer **at;

	if (!timer->loop)
		return;

	at = &timer->loop->timers;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->loop = NULL;
}

void vb_timer_set(struct vb_loop *loop, struct vb_timer *timer, uint64_t when)
{
	struct vb_timer **at;

	vb_timer_cancel(timer);
	if (when == VD_NEVER)
		return;

	/* Behind those that are due already, for they were there before. */
	when = VD_MAX(when, loop->now);
	timer->at = when;
	timer->loop = loop;
	at = &loop->timers;
	while (*at && (*at)->at <= when)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	arm(loop, when);
}

void vb_defer(struct vb_loop *loop, struct vb_deferred *deferred)
{
	if (deferred->loop)
		return;

	deferred->loop = loop;
	deferred->next = NULL;
	*loop->deferred_end = deferred;
	loop->deferred_end = &deferred->next;
	loop->n_deferred++;

	/* Whoever waits for vb_loop_fd() has to learn of it. */
	if (!loop->running)
		arm(loop, 0);
}

void vb_deferred_cancel(struct vb_deferred *deferred)
{
	struct vb_deferred **at;

	if (!deferred->loop)
		return;

	at = &deferred->loop->deferred;
	while (*at != deferred)
		at = &(*at)->next;
	*at = deferred->next;
	if (!*at)
		deferred->loop->deferred_end = at;
	deferred->loop->n_deferred--;
	deferred->loop = NULL;
}

/* Those that are set again meanwhile have to wait for the next round. */
static void run_timers(struct vb_loop *loop)
{
	uint64_t now = vb_loop_now(loop);
	size_t n = 0;

	for (struct vb_timer *at = loop->timers; at && at->at <= now;
	     at = at->next)
		n++;

	for (; n > 0 && loop->timers && loop->timers->at <= now; n--) {
		struct vb_timer *timer = loop->timers;

		loop->timers = timer->next;
		timer->loop = NULL;
		timer->fire(timer);
	}

	if (loop->timers)
		arm(loop, loop->timers->at);
}

/* Those that are deferred meanwhile have to wait for the next round. */
static void run_deferred(struct vb_loop *loop)
{
	for (size_t n = loop->n_deferred; n > 0 && loop->deferred; n--) {
		struct vb_deferred *deferred = loop->deferred;

		vb_deferred_cancel(deferred);
		deferred->call(deferred);
	}
}

static void call_sources(struct vb_loop *loop, bool first)
{
	for (int i = 0; i < loop->n_events; i++) {
		struct vb_source *source = loop->events[i].data.ptr;

		if (source && source->first == first)
			source->ready(source, loop->events[i].events);
	}
}

static int dispatch(struct vb_loop *loop, int timeout)
{
	int n;

	n = epoll_wait(loop->fd, loop->events, MAX_EVENTS, timeout);
	if (n < 0 && errno != EINTR)
		return -errno;

	loop->now = 0;
	loop->n_events = VD_MAX(n, 0);
	call_sources(loop, true);
	call_sources(loop, false);
	loop->n_events = 0;

	if (loop->timers)
		run_timers(loop);
	if (loop->deferred)
		run_deferred(loop);

	return 0;
}

static int run(struct vb_loop *loop)
{
	while (!loop->stopping) {
		bool busy = loop->deferred || loop->pollers;
		int r;

		r = dispatch(loop, busy ? 0 : -1);
		if (r < 0)
			return r;
		if (loop->pollers)
			vb_loop_spin(loop);
	}

	return 0;
}

int vb_loop_run(struct vb_loop *loop)
{
	int r;

	loop->running = true;
	r = run(loop);
	loop->running = false;
	loop->stopping = false;

	return r;
}

int vb_loop_step(struct vb_loop *loop)
{
	int r = dispatch(loop, 0);

	if (loop->deferred)
		arm(loop, 0);

	return r;
}
