/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Each event of libpulse embeds the one of our loop that does its work.
 *
 * An event that cannot be had must not be NULL: libpulse would not survive it.
 * So a descriptor that cannot be watched is reported as one that has failed.
 */

#include "backends/pulse-mainloop.h"

#include <pulse/xmalloc.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "backends/loop.h"
#include "virtio-devices/util.h"

#define USEC_PER_SEC INT64_C(1000000)

/**
 * struct pa_io_event - a descriptor that libpulse watches
 * @api:      as libpulse has it
 * @source:   watches it for us; not in the loop if that was not possible
 * @failed:   reports that it was not
 * @callback: libpulse's
 * @destroy:  called when the event is freed, or NULL
 * @context:  for both
 */
struct pa_io_event {
	pa_mainloop_api *api;
	struct vb_source source;
	struct vb_deferred failed;
	pa_io_event_cb_t callback;
	pa_io_event_destroy_cb_t destroy;
	void *context;
};

/**
 * struct pa_time_event - a time that libpulse waits for
 * @api:      as libpulse has it
 * @timer:    waits for us
 * @tv:       the time, as libpulse gave it
 * @callback: libpulse's
 * @destroy:  called when the event is freed, or NULL
 * @context:  for both
 */
struct pa_time_event {
	pa_mainloop_api *api;
	struct vb_timer timer;
	struct timeval tv;
	pa_time_event_cb_t callback;
	pa_time_event_destroy_cb_t destroy;
	void *context;
};

/**
 * struct pa_defer_event - something to be done again and again
 * @api:      as libpulse has it
 * @deferred: does it; pending as long as the event is enabled
 * @callback: libpulse's
 * @destroy:  called when the event is freed, or NULL
 * @context:  for both
 */
struct pa_defer_event {
	pa_mainloop_api *api;
	struct vb_deferred deferred;
	pa_defer_event_cb_t callback;
	pa_defer_event_destroy_cb_t destroy;
	void *context;
};

static struct vb_loop *to_loop(const pa_mainloop_api *api)
{
	return container_of(api, struct vb_pulse_mainloop, api)->loop;
}

static uint32_t to_epoll(pa_io_event_flags_t flags)
{
	return (flags & PA_IO_EVENT_INPUT ? EPOLLIN : 0U) |
	       (flags & PA_IO_EVENT_OUTPUT ? EPOLLOUT : 0U);
}

static pa_io_event_flags_t from_epoll(uint32_t events)
{
	unsigned int flags = 0;

	if (events & EPOLLIN)
		flags |= PA_IO_EVENT_INPUT;
	if (events & EPOLLOUT)
		flags |= PA_IO_EVENT_OUTPUT;
	if (events & EPOLLHUP)
		flags |= PA_IO_EVENT_HANGUP;
	if (events & EPOLLERR)
		flags |= PA_IO_EVENT_ERROR;

	return (pa_io_event_flags_t)flags;
}

/*
 * What a server said before it went is of no use any more.  And libpulse, up to
 * 17.0 at least, loops for ever if it is told of memory for messages, and cannot
 * answer that it has it.
 */
static void discard(int fd)
{
	uint8_t bytes[1024];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static void io_ready(struct vb_source *source, uint32_t events)
{
	pa_io_event *event = container_of(source, pa_io_event, source);

	if (events & EPOLLHUP)
		discard(source->fd);
	event->callback(event->api, event, source->fd, from_epoll(events),
			event->context);
}

static void io_failed(struct vb_deferred *deferred)
{
	pa_io_event *event = container_of(deferred, pa_io_event, failed);

	event->callback(event->api, event, event->source.fd, PA_IO_EVENT_ERROR,
			event->context);
}

static pa_io_event *io_new(pa_mainloop_api *api, int fd,
			   pa_io_event_flags_t flags, pa_io_event_cb_t callback,
			   void *context)
{
	pa_io_event *event = pa_xnew0(pa_io_event, 1);
	struct vb_loop *loop = to_loop(api);

	event->api = api;
	event->callback = callback;
	event->context = context;
	event->source.fd = fd;
	event->source.ready = io_ready;
	event->failed.call = io_failed;
	if (vb_loop_watch(loop, &event->source, to_epoll(flags)) < 0)
		vb_defer(loop, &event->failed);

	return event;
}

static void io_enable(pa_io_event *event, pa_io_event_flags_t flags)
{
	if (event->source.loop)
		vb_source_change(&event->source, to_epoll(flags));
}

static void io_free(pa_io_event *event)
{
	vb_source_remove(&event->source);
	vb_deferred_cancel(&event->failed);
	if (event->destroy)
		event->destroy(event->api, event, event->context);
	pa_xfree(event);
}

static void io_set_destroy(pa_io_event *event, pa_io_event_destroy_cb_t destroy)
{
	event->destroy = destroy;
}

static int64_t clock_usec(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);

	return ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

/*
 * libpulse speaks of the wall clock to loops that are not its own.  It means a
 * duration, so the time is converted when it is set, and a clock that is put
 * right later does no harm.
 */
static uint64_t deadline(const struct timeval *tv)
{
	int64_t usec = tv->tv_sec * USEC_PER_SEC + tv->tv_usec;

	usec += clock_usec(CLOCK_MONOTONIC) - clock_usec(CLOCK_REALTIME);

	return usec > 0 ? (uint64_t)usec * VD_NSEC_PER_USEC : 0;
}

static void time_fire(struct vb_timer *timer)
{
	pa_time_event *event = container_of(timer, pa_time_event, timer);

	event->callback(event->api, event, &event->tv, event->context);
}

static void time_restart(pa_time_event *event, const struct timeval *tv)
{
	if (tv)
		event->tv = *tv;
	vb_timer_set(to_loop(event->api), &event->timer,
		     tv ? deadline(tv) : VD_NEVER);
}

static pa_time_event *time_new(pa_mainloop_api *api, const struct timeval *tv,
			       pa_time_event_cb_t callback, void *context)
{
	pa_time_event *event = pa_xnew0(pa_time_event, 1);

	event->api = api;
	event->callback = callback;
	event->context = context;
	event->timer.fire = time_fire;
	time_restart(event, tv);

	return event;
}

static void time_free(pa_time_event *event)
{
	vb_timer_cancel(&event->timer);
	if (event->destroy)
		event->destroy(event->api, event, event->context);
	pa_xfree(event);
}

static void time_set_destroy(pa_time_event *event,
			     pa_time_event_destroy_cb_t destroy)
{
	event->destroy = destroy;
}

/* It stays pending until it is disabled, which the callback may do. */
static void defer_call(struct vb_deferred *deferred)
{
	pa_defer_event *event =
		container_of(deferred, pa_defer_event, deferred);

	vb_defer(to_loop(event->api), deferred);
	event->callback(event->api, event, event->context);
}

static pa_defer_event *defer_new(pa_mainloop_api *api,
				 pa_defer_event_cb_t callback, void *context)
{
	pa_defer_event *event = pa_xnew0(pa_defer_event, 1);

	event->api = api;
	event->callback = callback;
	event->context = context;
	event->deferred.call = defer_call;
	vb_defer(to_loop(api), &event->deferred);

	return event;
}

static void defer_enable(pa_defer_event *event, int enabled)
{
	if (enabled)
		vb_defer(to_loop(event->api), &event->deferred);
	else
		vb_deferred_cancel(&event->deferred);
}

static void defer_free(pa_defer_event *event)
{
	vb_deferred_cancel(&event->deferred);
	if (event->destroy)
		event->destroy(event->api, event, event->context);
	pa_xfree(event);
}

static void defer_set_destroy(pa_defer_event *event,
			      pa_defer_event_destroy_cb_t destroy)
{
	event->destroy = destroy;
}

/* The loop has more to do than sound, and libpulse itself never asks. */
static void quit(pa_mainloop_api *api, int status)
{
	(void)api;
	(void)status;
}

void vb_pulse_mainloop_init(struct vb_pulse_mainloop *mainloop,
			    struct vb_loop *loop)
{
	mainloop->loop = loop;
	mainloop->api = (pa_mainloop_api){
		.userdata = mainloop,
		.io_new = io_new,
		.io_enable = io_enable,
		.io_free = io_free,
		.io_set_destroy = io_set_destroy,
		.time_new = time_new,
		.time_restart = time_restart,
		.time_free = time_free,
		.time_set_destroy = time_set_destroy,
		.defer_new = defer_new,
		.defer_enable = defer_enable,
		.defer_free = defer_free,
		.defer_set_destroy = defer_set_destroy,
		.quit = quit,
	};
}
