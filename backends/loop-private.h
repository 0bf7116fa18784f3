/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the parts of the event loop share.
 */

#ifndef BACKENDS_LOOP_PRIVATE_H
#define BACKENDS_LOOP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "backends/loop.h"

/* Events that are fetched at once; more than a guest's queues. */
#define MAX_EVENTS 32

/**
 * struct vb_loop - an event loop
 * @fd:       the epoll descriptor
 * @timer:    a timerfd, set to the first of @timers
 * @armed:    what it is set to
 * @stop:     an eventfd
 * @stopping: vb_loop_stop() was called
 * @now:      the time, or 0 if nobody asked since the last wake-up
 * @events:   what epoll_wait() returned
 * @n_events: how many
 * @timers:   sorted by time
 * @deferred: in order
 * @deferred_end: where the next one goes
 * @n_deferred: how many
 * @running:  vb_loop_run() is on, which looks at @deferred by itself
 * @pollers:  in any order
 * @poll_next: the one that is looked at next
 */
struct vb_loop {
	int fd;
	struct vb_source timer;
	uint64_t armed;
	struct vb_source stop;
	bool stopping;
	uint64_t now;
	struct epoll_event events[MAX_EVENTS];
	int n_events;
	struct vb_timer *timers;
	struct vb_deferred *deferred;
	struct vb_deferred **deferred_end;
	size_t n_deferred;
	bool running;
	struct vb_poller *pollers;
	struct vb_poller *poll_next;
};

/*
 * Look at the pollers without sleeping; returns when it is time to see what
 * else there is.
 */
void vb_loop_spin(struct vb_loop *loop);

#endif
