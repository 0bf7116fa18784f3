/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An eventfd wakes the loop, for a ping as for a call.  The thread that calls
 * waits on a semaphore, so that there is one call at a time.
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
 * @called:   posted when it was, and when the thread has begun
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
	sem_t called;
};

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
		sem_post(&worker->called);
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

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		assert(errno == EINTR);
}

/*
 * The thread says that it has failed and then looks for a call; we do it the
 * other way round, so that one of us finds the call.
 */
void worker_call(struct worker *worker, void (*call)(void *context),
		 void *context)
{
	worker->call_context = context;
	atomic_store(&worker->call, call);
	if ((!worker->started || worker_has_failed(worker)) && do_call(worker))
		return;

	wake(worker);
	wait_for(&worker->called);
}

static void *run(void *context)
{
	struct worker *worker = context;
	int r;

	sem_post(&worker->called);
	wait_for(&worker->go);
	r = vb_loop_run(worker->loop);
	if (r < 0) {
		log_error(NULL, "an event loop has failed: %s", strerror(-r));
		atomic_store(&worker->failed, true);
		answer_call(worker);
		worker->ended(worker->context);
	}

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
	wait_for(&worker->called);

	return 0;
}

void worker_go(struct worker *worker)
{
	sem_post(&worker->go);
}

void worker_stop(struct worker *worker)
{
	if (!worker->started)
		return;

	vb_loop_stop(worker->loop);
	worker_go(worker);
	pthread_join(worker->thread, NULL);
	worker->started = false;
}

static int watch_wake(struct worker *worker)
{
	worker->wake.ready = woken;
	worker->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake.fd < 0)
		return -errno;

	return vb_loop_watch(worker->loop, &worker->wake, EPOLLIN);
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
	sem_init(&worker->called, 0, 0);
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
	if (!worker)
		return;

	worker_stop(worker);
	vb_source_remove(&worker->wake);
	if (worker->wake.fd >= 0)
		close(worker->wake.fd);
	vb_loop_free(worker->loop);
	sem_destroy(&worker->called);
	sem_destroy(&worker->go);
	free(worker);
}
