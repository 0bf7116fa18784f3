/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef BACKENDS_LOOP_H
#define BACKENDS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: The event loop
 *
 * File descriptors, timers and deferred calls of one thread, on epoll.  It is
 * on the path of every request, so it does one system call for a wake-up and
 * no look-up: the structures below are embedded in the objects that they
 * serve, and the kernel hands back their address.
 *
 * A loop belongs to one thread.  Only vb_loop_stop() may be called from others
 * and from signal handlers.  Its descriptor can be watched by any other loop,
 * which then calls vb_loop_step().
 *
 * Objects may be removed and freed in any callback, their own included.
 */

struct vb_loop;

/**
 * struct vb_source - a file descriptor being watched
 * @fd:    which; stays the caller's
 * @first: it comes before others that are ready at the same time
 * @ready: called with the EPOLL* events that have come
 * @loop:  for the loop
 */
struct vb_source {
	int fd;
	bool first;
	void (*ready)(struct vb_source *source, uint32_t events);
	struct vb_loop *loop;
};

/**
 * struct vb_timer - something to be done at a certain time
 * @fire: called once, when the time has come
 * @at:   for the loop
 * @next: for the loop
 * @loop: for the loop; NULL while the timer is not set
 */
struct vb_timer {
	void (*fire)(struct vb_timer *timer);
	uint64_t at;
	struct vb_timer *next;
	struct vb_loop *loop;
};

/**
 * struct vb_deferred - something to be done after what is going on now
 * @call: called once, when the events that have come were looked after
 * @next: for the loop
 * @loop: for the loop; NULL while it is not pending
 */
struct vb_deferred {
	void (*call)(struct vb_deferred *deferred);
	struct vb_deferred *next;
	struct vb_loop *loop;
};

/**
 * struct vb_poller - something that is looked at all the time, for a while
 * @poll:  look; true if there was something to do
 * @idle:  the time is over: from now on the loop sleeps, unless others poll
 * @nsec:  for the loop
 * @until: for the loop
 * @next:  for the loop
 * @loop:  for the loop; NULL while it does not poll
 */
struct vb_poller {
	bool (*poll)(struct vb_poller *poller);
	void (*idle)(struct vb_poller *poller);
	uint64_t nsec;
	uint64_t until;
	struct vb_poller *next;
	struct vb_loop *loop;
};

/**
 * vb_loop_new() - make a loop
 * @ret: the loop
 *
 * Return: 0, -ENOMEM, or the error of epoll_create1() or eventfd().
 */
int vb_loop_new(struct vb_loop **ret);

/**
 * vb_loop_free() - the opposite
 * @loop: nothing of it is in use any more; may be NULL
 */
void vb_loop_free(struct vb_loop *loop);

/**
 * vb_loop_run() - look after everything until vb_loop_stop()
 * @loop: the loop
 *
 * Return: 0 after vb_loop_stop(), or the error of epoll_wait().
 */
int vb_loop_run(struct vb_loop *loop);

/**
 * vb_loop_step() - look after what is due now, without waiting
 * @loop: the loop
 *
 * For those who watch vb_loop_fd() with a loop of their own.
 *
 * Return: 0, or the error of epoll_wait().
 */
int vb_loop_step(struct vb_loop *loop);

/**
 * vb_loop_stop() - have vb_loop_run() return
 * @loop: the loop; if vb_loop_run() is not on, the next one returns at once
 */
void vb_loop_stop(struct vb_loop *loop);

/**
 * vb_loop_fd() - a descriptor that is readable when vb_loop_step() is due
 * @loop: keeps it
 *
 * Return: the descriptor.
 */
int vb_loop_fd(const struct vb_loop *loop);

/**
 * vb_loop_now() - the time, as of the last wake-up
 * @loop: the loop
 *
 * Return: nanoseconds of CLOCK_MONOTONIC.
 */
uint64_t vb_loop_now(struct vb_loop *loop);

/**
 * vb_loop_watch() - call @source->ready() when something happens
 * @loop:   the loop
 * @source: with @fd and @ready filled in; not being watched
 * @events: EPOLLIN and others; EPOLLET is possible
 *
 * Return: 0, or the error of epoll_ctl(): -EPERM if the file cannot be watched.
 */
int vb_loop_watch(struct vb_loop *loop, struct vb_source *source,
		  uint32_t events);

/**
 * vb_source_change() - watch for something else
 * @source: being watched
 * @events: may be 0
 */
void vb_source_change(struct vb_source *source, uint32_t events);

/**
 * vb_source_remove() - stop watching
 * @source: no harm if it is not being watched; the descriptor stays open
 */
void vb_source_remove(struct vb_source *source);

/**
 * vb_source_close() - stop watching, and close the descriptor
 * @source: no harm if it is not being watched; @fd becomes -1.  Nobody has a
 *          copy of it, or the loop will go on to watch that
 */
void vb_source_close(struct vb_source *source);

/**
 * vb_timer_set() - call @timer->fire() at a certain time
 * @loop:  the loop
 * @timer: with @fire filled in; if it is set already, the new time counts
 * @at:    nanoseconds of CLOCK_MONOTONIC; VD_NEVER cancels the timer
 */
void vb_timer_set(struct vb_loop *loop, struct vb_timer *timer, uint64_t at);

/**
 * vb_timer_cancel() - do not
 * @timer: no harm if it is not set
 */
void vb_timer_cancel(struct vb_timer *timer);

/**
 * vb_defer() - call @deferred->call() soon
 * @loop:     the loop
 * @deferred: with @call filled in; no harm if it is pending already
 */
void vb_defer(struct vb_loop *loop, struct vb_deferred *deferred);

/**
 * vb_deferred_cancel() - do not
 * @deferred: no harm if it is not pending
 */
void vb_deferred_cancel(struct vb_deferred *deferred);

/**
 * vb_poller_start() - keep looking, without sleeping
 * @loop:   the loop
 * @poller: with @poll and @idle filled in; polls already, or not
 * @usec:   for how long from now on; begins anew each time @poll finds
 *          something
 */
void vb_poller_start(struct vb_loop *loop, struct vb_poller *poller,
		     uint32_t usec);

/**
 * vb_poller_stop() - look no more; @idle is not called
 * @poller: no harm if it does not poll
 */
void vb_poller_stop(struct vb_poller *poller);

#ifdef __cplusplus
}
#endif

#endif
