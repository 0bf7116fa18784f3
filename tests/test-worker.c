/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A thread with a loop, and what other threads have it do.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "backends/loop.h"
#include "daemons/log.h"
#include "daemons/worker.h"

static struct worker *worker;
static pthread_t caller;
static int ends;

static void ended(void *context)
{
	*(int *)context += 1;
}

static void start(void)
{
	cr_assert_eq(worker_new(ended, &ends, &worker), 0);
	cr_assert_eq(worker_start(worker), 0);
	worker_go(worker);
}

static void note_thread(void *context)
{
	(void)context;
	caller = pthread_self();
}

Test(worker, does_what_it_is_asked_for_in_its_own_thread)
{
	start();
	caller = pthread_self();
	worker_call(worker, note_thread, NULL);
	cr_assert_not(pthread_equal(caller, pthread_self()));
	worker_free(worker);
}

Test(worker, has_the_caller_do_it_before_there_is_a_thread)
{
	cr_assert_eq(worker_new(ended, &ends, &worker), 0);
	worker_call(worker, note_thread, NULL);
	cr_assert(pthread_equal(caller, pthread_self()));
	worker_free(worker);
}

Test(worker, has_the_caller_do_it_when_the_thread_has_ended)
{
	start();
	worker_stop(worker);
	worker_call(worker, note_thread, NULL);
	cr_assert(pthread_equal(caller, pthread_self()));
	worker_free(worker);
}

static void count(void *context)
{
	*(int *)context += 1;
}

Test(worker, does_one_call_after_the_other)
{
	int calls = 0;

	start();
	for (int i = 0; i < 1000; i++)
		worker_call(worker, count, &calls);
	cr_assert_eq(calls, 1000);
	worker_free(worker);
}

Test(worker, answers_pings)
{
	start();
	worker_ping(worker);
	worker_ping(worker);
	while (!worker_answered(worker))
		sched_yield();
	worker_free(worker);
}

Test(worker, has_not_answered_while_it_does_not_run)
{
	cr_assert_eq(worker_new(ended, &ends, &worker), 0);
	cr_assert(worker_answered(worker));
	worker_ping(worker);
	cr_assert_not(worker_answered(worker));
	worker_free(worker);
}

/* What no loop can go on without. */
static void close_loop(void *context)
{
	close(vb_loop_fd(context));
}

static void start_and_fail(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	start();
	worker_call(worker, close_loop, worker_loop(worker));
	while (!worker_has_failed(worker))
		sched_yield();
}

Test(worker, tells_that_its_loop_has_failed)
{
	int calls = 0;

	start_and_fail();
	worker_call(worker, count, &calls);
	cr_assert_eq(calls, 1);
	worker_stop(worker);
	cr_assert_eq(ends, 1);
}

/* A thread that hangs does so between these two. */
static sem_t hanging, released;

static void hang(struct vb_deferred *deferred)
{
	(void)deferred;
	sem_post(&hanging);
	sem_wait(&released);
}

/* The first thing that the thread does. */
static struct vb_deferred hang_first = { .call = hang };

static void start_to_hang(void)
{
	sem_init(&hanging, 0, 0);
	sem_init(&released, 0, 0);
	cr_assert_eq(worker_new(ended, &ends, &worker), 0);
	vb_defer(worker_loop(worker), &hang_first);
	cr_assert_eq(worker_start(worker), 0);
	worker_go(worker);
	sem_wait(&hanging);
}

Test(worker, is_not_waited_for_without_end_when_it_shall_stop, .timeout = 60)
{
	start_to_hang();
	cr_assert_eq(worker_stop(worker), -ETIMEDOUT);
	sem_post(&released);
	cr_assert_eq(worker_stop(worker), 0);
	worker_free(worker);
}

Test(worker, is_not_waited_for_without_end_when_it_is_called, .timeout = 60)
{
	int calls = 0;

	start_to_hang();
	cr_assert_eq(worker_call(worker, count, &calls), -ETIMEDOUT);
	cr_assert_eq(calls, 0);
	sem_post(&released);
	worker_free(worker);
}

Test(worker, can_be_called_again_once_it_has_done_the_late_call, .timeout = 60)
{
	int calls = 0;

	start_to_hang();
	cr_assert_eq(worker_call(worker, count, &calls), -ETIMEDOUT);
	sem_post(&released);
	cr_assert_eq(worker_call(worker, count, &calls), 0);
	cr_assert_eq(calls, 2);
	worker_free(worker);
}

Test(worker, that_hangs_is_not_called_while_it_has_yet_to_do_the_late_call,
     .timeout = 60)
{
	int late = 0, never = 0;

	start_to_hang();
	cr_assert_eq(worker_call(worker, count, &late), -ETIMEDOUT);
	cr_assert_eq(worker_call(worker, count, &never), -ETIMEDOUT);
	sem_post(&released);
	cr_assert_eq(worker_stop(worker), 0);
	cr_assert_eq(never, 0);
	worker_free(worker);
}

Test(worker, that_hangs_stays_as_it_is, .timeout = 60)
{
	start_to_hang();
	worker_free(worker);
	worker_ping(worker);
	sem_post(&released);
	worker_free(worker);
}

Test(worker, does_the_last_in_its_thread)
{
	start();
	caller = pthread_self();
	worker_end(worker, note_thread, NULL);
	cr_assert_eq(worker_join(worker), 0);
	cr_assert_not(pthread_equal(caller, pthread_self()));
	worker_free(worker);
}

Test(worker, does_the_last_once)
{
	int calls = 0;

	start();
	worker_end(worker, count, &calls);
	cr_assert_eq(worker_join(worker), 0);
	worker_free(worker);
	cr_assert_eq(calls, 1);
}

Test(worker, has_the_last_done_without_a_thread)
{
	int calls = 0;

	cr_assert_eq(worker_new(ended, &ends, &worker), 0);
	worker_end(worker, count, &calls);
	cr_assert_eq(worker_join(worker), 0);
	cr_assert_eq(calls, 1);
	worker_free(worker);
}

Test(worker, has_the_last_done_when_its_loop_has_failed)
{
	int calls = 0;

	start_and_fail();
	worker_end(worker, count, &calls);
	cr_assert_eq(worker_join(worker), 0);
	cr_assert_eq(calls, 1);
}
