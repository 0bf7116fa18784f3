/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A thread with an event loop, in which the work for one guest is done, or for
 * several that have to do with each other.
 *
 * The functions here are for the thread that makes the worker.  All that is
 * done with the loop beside them is done before worker_start(), after
 * worker_stop(), or through worker_call(), which is not for between
 * worker_start() and worker_go(); or last of all, see worker_end().
 *
 * Nobody here waits for longer than five seconds.  A thread that has not
 * answered by then hangs: what it works with must not be touched any more, and
 * is left as it is.
 */

#ifndef DAEMONS_WORKER_H
#define DAEMONS_WORKER_H

#include <stdbool.h>

struct vb_loop;
struct worker;

/**
 * worker_new() - make a loop, and no thread yet
 * @ended:   the loop has failed, which has been logged; called in the thread,
 *           the last thing that it does
 * @context: for @ended
 * @ret:     the worker
 *
 * Return: 0, or a negative errno.
 */
int worker_new(void (*ended)(void *context), void *context,
	       struct worker **ret);

/**
 * worker_free() - stop the thread, and free the loop
 * @worker: may be NULL; stays, with its loop, if the thread hangs
 */
void worker_free(struct worker *worker);

/**
 * worker_loop() - the loop
 * @worker: keeps it
 */
struct vb_loop *worker_loop(const struct worker *worker);

/**
 * worker_start() - make a thread, which waits for worker_go()
 * @worker: was not started
 *
 * Return: 0, or a negative errno.
 */
int worker_start(struct worker *worker);

/**
 * worker_go() - run the loop in the thread
 * @worker: was started
 */
void worker_go(struct worker *worker);

/**
 * worker_end() - have the thread end, and do not wait for it
 * @worker:  no harm if it was not started
 * @last:    what is to be done when the loop has ended, in the thread; if it
 *           has none, or none any more, worker_join() does it.  Or NULL
 * @context: for @last
 */
void worker_end(struct worker *worker, void (*last)(void *context),
		void *context);

/**
 * worker_join() - wait until the thread has ended
 * @worker: was told to, with worker_end()
 *
 * Return: 0, or -ETIMEDOUT: it hangs.
 */
int worker_join(struct worker *worker);

/**
 * worker_stop() - end the thread, and wait
 * @worker: no harm if it was not started
 *
 * Return: 0, or -ETIMEDOUT: it hangs.
 */
int worker_stop(struct worker *worker);

/**
 * worker_call() - have something done in the thread, and wait for it
 * @worker:  if it has no thread, or none any more, the caller does it
 * @call:    what is to be done
 * @context: for @call
 *
 * Return: 0, or -ETIMEDOUT: it hangs.  @call may have begun, or begin at any
 *         time; if it has been done when the next one is asked for, all is well.
 */
int worker_call(struct worker *worker, void (*call)(void *context),
		void *context);

/**
 * worker_has_failed() - has the loop ended by itself?
 * @worker: the worker; any thread may ask
 */
bool worker_has_failed(const struct worker *worker);

/**
 * worker_ping() - have the loop answer
 * @worker: does so by itself, as soon as it is done with what it is doing
 */
void worker_ping(struct worker *worker);

/**
 * worker_answered() - has it?
 * @worker: the worker
 *
 * Return: true if every worker_ping() was answered.
 */
bool worker_answered(const struct worker *worker);

#endif
