/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/faults.h"

struct faults *faults;
static bool apply_here;

void faults_init(void)
{
	faults = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(faults != MAP_FAILED);
}

void faults_apply_here(void)
{
	apply_here = true;
	faults->live = 0;
}

void faults_arm(unsigned int at, bool stays)
{
	faults->at = at;
	faults->stays = stays;
	faults->calls = 0;
	faults->armed = true;
}

bool faults_disarm(void)
{
	faults->armed = false;

	return faults->calls > faults->at;
}

bool faults_fail(const char *name)
{
	unsigned int call;

	if (!apply_here || !faults->armed)
		return false;

	call = faults->calls++;

	if (call == faults->at)
		faults->name = name;

	return faults->stays ? call >= faults->at : call == faults->at;
}

void faults_count(int n)
{
	if (apply_here)
		faults->live += n;
}

static void *count(void *p)
{
	faults_count(p != NULL);

	return p;
}

/* A function that fails with @error, and returns @failed then. */
#define WRAP(type, name, parameters, arguments, error, failed) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (faults_fail(#name)) { \
			errno = error; \
			return failed; \
		} \
		return __real_##name arguments; \
	}

/* One that allocates. */
#define WRAP_ALLOC(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (faults_fail(#name)) { \
			errno = ENOMEM; \
			return NULL; \
		} \
		return count(__real_##name arguments); \
	}

WRAP_ALLOC(void *, malloc, (size_t size), (size))
WRAP_ALLOC(void *, calloc, (size_t n, size_t size), (n, size))
WRAP_ALLOC(char *, strdup, (const char *s), (s))
WRAP_ALLOC(char *, strndup, (const char *s, size_t n), (s, n))

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	if (faults_fail("realloc")) {
		errno = ENOMEM;
		return NULL;
	}

	return p ? __real_realloc(p, size) : count(__real_realloc(p, size));
}

void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return __wrap_realloc(p, n * size);
}

__attribute__((format(printf, 2, 3))) int
__wrap_asprintf(char **ret, const char *format, ...);
int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	if (faults_fail("asprintf"))
		return -1;
	va_start(args, format);
	n = vasprintf(ret, format, args);
	va_end(args);
	count(*ret);

	return n;
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
	faults_count(-(p != NULL));
	__real_free(p);
}

WRAP(int, epoll_create1, (int flags), (flags), EMFILE, -1)
WRAP(int, eventfd, (unsigned int initial, int flags), (initial, flags), EMFILE,
     -1)
WRAP(int, timerfd_create, (int clock, int flags), (clock, flags), EMFILE, -1)
WRAP(int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags),
     EMFILE, -1)
WRAP(int, socket, (int domain, int type, int protocol),
     (domain, type, protocol), EMFILE, -1)
WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t len),
     (fd, address, len), EACCES, -1)
WRAP(int, listen, (int fd, int backlog), (fd, backlog), ENOMEM, -1)
WRAP(int, accept4,
     (int fd, struct sockaddr *address, socklen_t *len, int flags),
     (fd, address, len, flags), EMFILE, -1)
WRAP(int, getsockopt,
     (int fd, int level, int option, void *value, socklen_t *len),
     (fd, level, option, value, len), ENOBUFS, -1)
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags),
     (fd, message, flags), ENOMEM, -1)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
     (fd, message, flags), ENOBUFS, -1)
WRAP(void *, mmap,
     (void *at, size_t len, int prot, int flags, int fd, off_t offset),
     (at, len, prot, flags, fd, offset), ENOMEM, MAP_FAILED)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), ENOMEM, -1)
WRAP(int, epoll_wait, (int fd, struct epoll_event *events, int n, int timeout),
     (fd, events, n, timeout), EINTR, -1)

WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t len),
     (fd, address, len), ENOBUFS, -1)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), EMFILE,
     NULL)

/* Whether a file is still ours cannot be told without it, at the end. */
int __real_statx(int fd, const char *path, int flags, unsigned int mask,
		 struct statx *stx);
int __wrap_statx(int fd, const char *path, int flags, unsigned int mask,
		 struct statx *stx);
int __wrap_statx(int fd, const char *path, int flags, unsigned int mask,
		 struct statx *stx)
{
	if (faults && !faults->stays && faults_fail("statx")) {
		errno = ENOMEM;
		return -1;
	}

	return __real_statx(fd, path, flags, mask, stx);
}

/* To change or remove what is there takes no memory. */
int __real_epoll_ctl(int fd, int op, int what, struct epoll_event *event);
int __wrap_epoll_ctl(int fd, int op, int what, struct epoll_event *event);
int __wrap_epoll_ctl(int fd, int op, int what, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && faults_fail("epoll_ctl")) {
		errno = ENOSPC;
		return -1;
	}

	return __real_epoll_ctl(fd, op, what, event);
}

/*
 * Nothing fails here.  But what is closed twice may be somebody else's by then,
 * and that is no less a defect than what is never closed.
 */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int r = __real_close(fd);

	if (apply_here && r < 0 && errno == EBADF) {
		fprintf(stderr, "descriptor %d was closed twice\n", fd);
		abort();
	}

	return r;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *context), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *context), void *context);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *context), void *context)
{
	return faults_fail("pthread_create")
		       ? EAGAIN
		       : __real_pthread_create(thread, attr, start, context);
}
