/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What can still be called, and what comes of all else.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sandbox-test.h"
#include "vhost-user/session.h"

TestSuite(sandbox, .init = skip_if_instrumented);

static const struct sandbox_call own_calls[] = {
	{ "getpriority", SANDBOX_IF_EQUAL, 0, PRIO_PROCESS },
	{ 0 },
};

static void enter(void)
{
	sandbox_restrict(SANDBOX_ON);
	CHECK(sandbox_filter(SANDBOX_ON, own_calls) == 0);
}

/* --- system calls ---------------------------------------------------------- */

struct forbidden {
	long number;
};

#define CALL(name) \
	{ \
		SYS_##name \
	}

ParameterizedTestParameters(sandbox, ends_a_process_that_calls)
{
	static struct forbidden calls[] = {
		/* Programs, processes and threads. */
		CALL(execve),
		CALL(execveat),
		CALL(clone),
		CALL(kill),
		CALL(tgkill),
		CALL(ptrace),
		CALL(process_vm_readv),
		CALL(process_vm_writev),
		CALL(prctl),
		CALL(rt_sigaction),
		/* Files. */
		CALL(openat),
		CALL(open_by_handle_at),
		CALL(renameat2),
		CALL(linkat),
		CALL(fchmodat),
		CALL(mkdirat),
		CALL(chdir),
		CALL(getdents64),
		/* Sockets. */
		CALL(socket),
		CALL(connect),
		CALL(bind),
		CALL(sendto),
		/* Privileges and the system. */
		CALL(setuid),
		CALL(capset),
		CALL(unshare),
		CALL(setns),
		CALL(mount),
		CALL(chroot),
		CALL(init_module),
		CALL(bpf),
		CALL(keyctl),
		CALL(perf_event_open),
		/* Memory that can be executed, and others' descriptors. */
		CALL(mprotect),
		CALL(userfaultfd),
		CALL(dup3),
		CALL(ioctl),
	};

	return cr_make_param_array(struct forbidden, calls,
				   sizeof(calls) / sizeof(calls[0]));
}

static long number;

static void make_call(void)
{
	enter();
	(void)syscall(number, 0, 0, 0, 0, 0, 0);
}

ParameterizedTest(struct forbidden *t, sandbox, ends_a_process_that_calls)
{
	char text[40];
	int status;

	number = t->number;
	status = in_child(make_call);
	cr_assert(WIFSIGNALED(status), "call %ld, exit %d", number,
		  WEXITSTATUS(status));
	cr_assert_eq(WTERMSIG(status), SIGSYS);
	snprintf(text, sizeof(text), "system call %ld is not allowed", number);
	cr_assert(strstr(said, text), "%s", said);
}

/* --- and what else a call may be --------------------------------------------- */

static void call_what_is_new(void)
{
	enter();
	/* clone3, openat2, io_uring_setup; and one that is not there yet. */
	CHECK(syscall(435, 0, 0) == -1 && errno == ENOSYS);
	CHECK(syscall(437, 0, 0, 0, 0) == -1 && errno == ENOSYS);
	CHECK(syscall(425, 0, 0) == -1 && errno == ENOSYS);
	CHECK(syscall(900) == -1 && errno == ENOSYS);
}

Test(sandbox, has_no_calls_that_are_newer_than_it_knows)
{
	expect_fine(call_what_is_new);
}

static void map_memory(void)
{
	char *p;

	enter();
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK(munmap(p, 4096) == 0);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	CHECK(errno == ENOSYS);
}

Test(sandbox, has_no_new_code)
{
	expect_fine(map_memory);
}

static void use_arguments(void)
{
	enter();
	CHECK(syscall(SYS_getpriority, PRIO_PROCESS, 0) > 0);
	CHECK(syscall(SYS_getpriority, PRIO_USER, 0) == -1 && errno == ENOSYS);
}

Test(sandbox, allows_a_call_for_the_sake_of_an_argument)
{
	expect_fine(use_arguments);
}

/* Large blocks grow in another way where mremap() is missing. */
static void use_memory(void)
{
	char *p = malloc(1 << 20);

	enter();
	p = realloc(p, 8 << 20);
	CHECK(p);
	memset(p, 1, 8 << 20);
	free(p);
	for (size_t size = 1; size < 1 << 22; size *= 2) {
		p = malloc(size);
		CHECK(p);
		free(p);
	}
}

Test(sandbox, allows_malloc_to_work)
{
	expect_fine(use_memory);
}

static pthread_barrier_t barrier;

static void *intrude(void *context)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	(void)syscall(SYS_setuid, 0);

	return context;
}

static void intrude_in_thread(void)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	sandbox_restrict(SANDBOX_ON);
	CHECK(pthread_create(&thread, NULL, intrude, NULL) == 0);
	pthread_barrier_wait(&barrier);
	CHECK(sandbox_filter(SANDBOX_ON, NULL) == 0);
	pthread_barrier_wait(&barrier);
	(void)pthread_join(thread, NULL);
}

Test(sandbox, is_for_threads_that_were_there_before)
{
	int status = in_child(intrude_in_thread);

	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGSYS);
}

/* A bus error that is a bug of ours, with the handler that looks for others. */
static void touch_what_is_missing(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	volatile char *p;

	CHECK(fd >= 0 && vhu_catch_bus_errors() == 0);
	p = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	enter();
	(void)p[0];
}

Test(sandbox, lets_a_bus_error_be_a_bus_error)
{
	int status = in_child(touch_what_is_missing);

	cr_assert(WIFSIGNALED(status), "exit %d: %s", WEXITSTATUS(status),
		  said);
	cr_assert_eq(WTERMSIG(status), SIGBUS);
	cr_assert_str_empty(said);
}

/* By a process of its own, which is there before the sandbox is entered. */
static void be_signalled(int sent)
{
	pid_t self = getpid();
	int sockets[2];
	char byte = 0;

	CHECK(vhu_catch_bus_errors() == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	if (fork() == 0) {
		close(sockets[0]);
		(void)!read(sockets[1], &byte, 1);
		kill(self, sent);
		_exit(0);
	}
	close(sockets[1]);
	enter();
	CHECK(write(sockets[0], &byte, 1) == 1);
	(void)!read(sockets[0], &byte, 1);
}

static void be_sent_a_bus_error(void)
{
	be_signalled(SIGBUS);
}

static void be_sent_a_forbidden_call(void)
{
	be_signalled(SIGSYS);
}

Test(sandbox, blames_no_call_for_a_bus_error_that_was_sent)
{
	int status = in_child(be_sent_a_bus_error);

	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGBUS);
	cr_assert_str_empty(said);
}

Test(sandbox, blames_no_call_that_was_not_made)
{
	int status = in_child(be_sent_a_forbidden_call);

	cr_assert(WIFSIGNALED(status));
	cr_assert_eq(WTERMSIG(status), SIGSYS);
	cr_assert_str_empty(said);
}

static void log_calls(void)
{
	sandbox_restrict(SANDBOX_LOG);
	CHECK(sandbox_filter(SANDBOX_LOG, NULL) == 0);
	CHECK(prctl(PR_GET_SECCOMP) == 2);
	CHECK(getppid() > 0);
}

Test(sandbox, forbids_no_call_if_it_is_to_log_them)
{
	expect_fine(log_calls);
}

static void do_without(void)
{
	int before = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	sandbox_restrict(SANDBOX_OFF);
	CHECK(sandbox_filter(SANDBOX_OFF, NULL) == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == before);
	CHECK(prctl(PR_GET_DUMPABLE) == 1);
	CHECK(open("/", O_RDONLY) >= 0);
}

Test(sandbox, is_nothing_at_all_if_it_is_off)
{
	expect_fine(do_without);
}
