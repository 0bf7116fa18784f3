/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An eventfd wakes the loop, for a ping as for a call.  The thread that calls
 * waits until it is done, so that there is one call at a time.
 *
 * It never waits for ever: what is done for a guest calls libraries and closes
 * descriptors of others, and any of these may hang.  Nothing can be done about
 * such a thread, but the process has to end in spite of it.
 */

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "backends/loop.h"
#include "daemons/log.h"
#include "daemons/worker.h"
#include "virtio-devices/util.h"

/*
 * The deepest path needs a tenth of this.  With the usual 8 MiB, a thousand
 * guests would claim 8 GiB of address space, and of memory under mlockall().
 */
#define STACK_SIZE (128 * 1024UL)

/*
 * A thread that has not answered for so many seconds hangs.  Slow buses and busy
 * machines answer sooner; those who stop a daemon would not wait for longer.
 */
#define PATIENCE 5

/**
 * struct worker - a thread with a loop
 * @ended:    see worker_new()
 * @context:  for @ended
 * @loop:     belongs to @thread while that runs
 * @thread:   runs it
 * @started:  @thread exists
 * @go:       posted when it may begin
 * @failed:   and has ended by itself
 * @wake:     an eventfd in @loop
 * @asked:    pings so far
 * @answered: how many of them the loop has seen
 * @call:     what is to be done, or NULL
 * @call_context: for @call
 * @last:     what is to be done when the loop has ended, or NULL
 * @last_context: for @last
 * @deadline: when the thread has to have ended
 * @late:     the thread has not yet done what it was asked for too long ago
 * @lock:     for what follows
 * @changed:  so has one of these
 * @called:   the thread has begun, or has done a call
 * @over:     it has done all that it will do
 */
struct worker {
	void (*ended)(void *context);
	void *context;
	struct vb_loop *loop;
	pthread_t thread;
	bool started;
	sem_t go;
	_Atomic(bool) failed;
	struct vb_source wake;
	_Atomic(uint64_t) asked;
	_Atomic(uint64_t) answered;
	void (*_Atomic call)(void *context);
	void *call_context;
	void (*_Atomic last)(void *context);
	void *last_context;
	struct timespec deadline;
	bool late;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool called;
	bool over;
};

static struct timespec end_of_patience(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += PATIENCE;

	return ts;
}

static void note(struct worker *worker, bool *what)
{
	pthread_mutex_lock(&worker->lock);
	*what = true;
	pthread_cond_signal(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

/* Wait until it was noted, and forget that; false if @deadline comes first. */
static bool await(struct worker *worker, bool *what,
		  const struct timespec *deadline)
{
	bool noted;
	int r = 0;

	pthread_mutex_lock(&worker->lock);
	while (!*what && r != ETIMEDOUT)
		r = deadline ? pthread_cond_timedwait(&worker->changed,
						      &worker->lock, deadline)
			     : pthread_cond_wait(&worker->changed,
						 &worker->lock);
	noted = *what;
	*what = false;
	pthread_mutex_unlock(&worker->lock);

	return noted;
}

/* Returns whether there was anything to do. */
static bool do_call(struct worker *worker)
{
	void (*call)(void *) = atomic_exchange(&worker->call, NULL);

	if (call)
		call(worker->call_context);

	return call;
}

static void answer_call(struct worker *worker)
{
	if (do_call(worker))
		note(worker, &worker->called);
}

static void woken(struct vb_source *source, uint32_t events)
{
	struct worker *worker = container_of(source, struct worker, wake);
	uint64_t count;
	ssize_t n = read(source->fd, &count, sizeof(count));

	(void)n;
	(void)events;

	atomic_store(&worker->answered, atomic_load(&worker->asked));
	answer_call(worker);
}

static void wake(struct worker *worker)
{
	const uint64_t one = 1;
	ssize_t n = write(worker->wake.fd, &one, sizeof(one));

	(void)n;
}

struct vb_loop *worker_loop(const struct worker *worker)
{
	return worker->loop;
}

void worker_ping(struct worker *worker)
{
	atomic_fetch_add(&worker->asked, 1);
	wake(worker);
}

bool worker_answered(const struct worker *worker)
{
	return atomic_load(&worker->answered) == atomic_load(&worker->asked);
}

bool worker_has_failed(const struct worker *worker)
{
	return atomic_load(&worker->failed);
}

/*
 * The thread says that it has failed and then looks for a call; we do it the
 * other way round, so that one of us finds the call.
 */
static void post_call(struct worker *worker, void (*call)(void *context),
		      void *context)
{
	worker->call_context = context;
	atomic_store(&worker->call, call);
	if ((!worker->started || worker_has_failed(worker)) && do_call(worker))
		note(worker, &worker->called);
	else
		wake(worker);
}

int worker_call(struct worker *worker, void (*call)(void *context),
		void *context)
{
	const struct timespec deadline = end_of_patience();

	if (worker->late && !await(worker, &worker->called, &deadline))
		return -ETIMEDOUT;

	post_call(worker, call, context);
	worker->late = !await(worker, &worker->called, &deadline);

	return worker->late ? -ETIMEDOUT : 0;
}

/* The last is done once: in the thread, or by who finds that there is none. */
static void do_last(struct worker *worker)
{
	void (*last)(void *) = atomic_exchange(&worker->last, NULL);

	if (last)
		last(worker->last_context);
}

static void wait_for_go(struct worker *worker)
{
	while (sem_wait(&worker->go) < 0)
		assert(errno == EINTR);
}

static void *run(void *context)
{
	struct worker *worker = context;
	int r;

	note(worker, &worker->called);
	wait_for_go(worker);
	r = vb_loop_run(worker->loop);
	if (r < 0) {
		log_error(NULL, "an event loop has failed: %s", strerror(-r));
		atomic_store(&worker->failed, true);
		answer_call(worker);
		worker->ended(worker->context);
	}
	do_last(worker);
	note(worker, &worker->over);

	return NULL;
}

/*
 * Signals are the main thread's affair, but for those that tell a thread what it
 * has just done itself.
 */
static void thread_signals(sigset_t *ret)
{
	static const int own[] = { SIGBUS, SIGSYS, SIGSEGV, SIGILL, SIGFPE };

	sigfillset(ret);
	for (size_t i = 0; i < VD_ARRAY_SIZE(own); i++)
		sigdelset(ret, own[i]);
}

int worker_start(struct worker *worker)
{
	pthread_attr_t attr;
	sigset_t set, old;
	int r;

	r = pthread_attr_init(&attr);
	if (r != 0)
		return -r;

	thread_signals(&set);
	pthread_sigmask(SIG_SETMASK, &set, &old);
	r = pthread_attr_setstacksize(&attr, STACK_SIZE);
	assert(r == 0);
	r = pthread_create(&worker->thread, &attr, run, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (r != 0)
		return -r;

	/* A thread that begins makes system calls that are forbidden later. */
	worker->started = true;
	(void)await(worker, &worker->called, NULL);

	return 0;
}

void worker_go(struct worker *worker)
{
	sem_post(&worker->go);
}

void worker_end(struct worker *worker, void (*last)(void *context),
		void *context)
{
	worker->last_context = context;
	atomic_store(&worker->last, last);
	worker->deadline = end_of_patience();
	if (!worker->started)
		return;

	vb_loop_stop(worker->loop);
	worker_go(worker);
}

/* Who is called last may free all that the thread has ever used but itself. */
int worker_join(struct worker *worker)
{
	if (worker->started) {
		if (!await(worker, &worker->over, &worker->deadline))
			return -ETIMEDOUT;
		pthread_join(worker->thread, NULL);
		worker->started = false;
	}
	do_last(worker);

	return 0;
}

int worker_stop(struct worker *worker)
{
	worker_end(worker, NULL, NULL);

	return worker_join(worker);
}

static int watch_wake(struct worker *worker)
{
	worker->wake.ready = woken;
	worker->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake.fd < 0)
		return -errno;

	return vb_loop_watch(worker->loop, &worker->wake, EPOLLIN);
}

/* The time of day may be set while somebody waits. */
static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
}

int worker_new(void (*ended)(void *context), void *context, struct worker **ret)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;

	worker->ended = ended;
	worker->context = context;
	worker->wake.fd = -1;
	sem_init(&worker->go, 0, 0);
	pthread_mutex_init(&worker->lock, NULL);
	init_condition(&worker->changed);
	r = vb_loop_new(&worker->loop);
	if (r == 0)
		r = watch_wake(worker);
	if (r < 0) {
		worker_free(worker);
		return r;
	}

	*ret = worker;
	return 0;
}

void worker_free(struct worker *worker)
{
	if (!worker || worker_stop(worker) < 0)
		return;

	vb_source_remove(&worker->wake);
	if (worker->wake.fd >= 0)
		close(worker->wake.fd);
	vb_loop_free(worker->loop);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	sem_destroy(&worker->go);
	free(worker);
}
