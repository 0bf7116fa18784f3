/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon's end does not depend on what a guest's thread is doing.  Here that is
 * nothing at all, for we are a debugger that has stopped it.  What a signal ought to
 * do has been done when fixture_stop() finds status 0, and no socket.
 */

#include "config.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured.h"
#include "fixture-daemon.h"

#define MAX_THREADS 8

static struct fixture fixture;
static pid_t threads[MAX_THREADS];
static size_t n_threads;

TestSuite(hung_thread, .timeout = 120);

/* Its sockets are there before its threads are, so we have these answer. */
static void wait_for_answers(void)
{
	struct guest guest;

	for (int i = 0; i < 2; i++) {
		guest_connect(&guest, fixture.path[i]);
		guest_free(&guest);
	}
}

/* All of the daemon's threads but the first one. */
static void find_threads(void)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	wait_for_answers();
	snprintf(path, sizeof(path), "/proc/%d/task", fixture.pid);
	dir = opendir(path);
	cr_assert(dir);
	while ((entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid <= 0 || tid == fixture.pid)
			continue;
		cr_assert(n_threads < MAX_THREADS);
		threads[n_threads++] = tid;
	}
	closedir(dir);
}

static void stop_thread(pid_t tid)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
	cr_assert_eq(waitpid(tid, &status, __WALL), tid);
	cr_assert(WIFSTOPPED(status));
}

static void wait_for_threads(void)
{
	int status;

	for (size_t i = 0; i < n_threads; i++)
		cr_assert_eq(waitpid(threads[i], &status, __WALL), threads[i]);
}

static void stop_all_threads(size_t n)
{
	find_threads();
	cr_assert_eq(n_threads, n);
	for (size_t i = 0; i < n_threads; i++)
		stop_thread(threads[i]);
}

/* And see its threads end. */
static void send_signal(int signal)
{
	cr_assert_eq(kill(fixture.pid, signal), 0);
	wait_for_threads();
}

Test(hung_thread, does_not_keep_a_daemon_from_ending)
{
	static const char *const args[] = { "--sandbox=off", NULL };
	char expected[512];

	capture_stderr();
	fixture_start(&fixture, "rng", args);
	stop_all_threads(2);
	send_signal(SIGTERM);
	fixture_stop(&fixture);
	snprintf(expected, sizeof(expected),
		 "vhost-device-rng: error: %s: the thread of this guest does "
		 "not answer\n"
		 "vhost-device-rng: error: %s: the thread of this guest does "
		 "not answer\n",
		 fixture.path[0], fixture.path[1]);
	cr_assert_str_eq(captured(), expected);
}

Test(hung_thread, of_one_guest_is_the_only_one_that_is_named)
{
	static const char *const args[] = { "--sandbox=off", NULL };
	const char *text;

	capture_stderr();
	fixture_start(&fixture, "rng", args);
	find_threads();
	n_threads = 1;
	stop_thread(threads[0]);
	send_signal(SIGTERM);
	fixture_stop(&fixture);
	text = captured();
	cr_assert(strstr(text, "does not answer\n"));
	cr_assert_eq(!strstr(text, fixture.path[0]),
		     !!strstr(text, fixture.path[1]));
}

/* The thread owns those that programs of the host connect to. */
static void remove_sockets_of_host(void)
{
	char path[96];

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/u%d%s", fixture.dir, i / 2,
			 i % 2 ? "_seqpacket" : "");
		cr_assert_eq(remove(path), 0);
	}
}

Test(hung_thread, of_all_guests_does_not_keep_a_daemon_from_ending)
{
	char vms[2][256];
	const char *const args[] = { "--sandbox=off",
				     "--log-level=error",
				     "--vm",
				     vms[0],
				     "--vm",
				     vms[1],
				     NULL };

	capture_stderr();
	fixture_init(&fixture);
	for (int i = 0; i < 2; i++)
		snprintf(vms[i], sizeof(vms[i]),
			 "guest-cid=%d,socket=%s,uds-path=%s/u%d", 3 + i,
			 fixture.path[i], fixture.dir, i);
	fixture_run(&fixture, "vsock", args);
	stop_all_threads(1);
	send_signal(SIGTERM);
	remove_sockets_of_host();
	fixture_stop(&fixture);
	cr_assert_str_eq(captured(),
			 "vhost-device-vsock: error: the thread of all guests "
			 "does not answer\n");
}

#ifdef HAVE_CYAML

/* A file with the first @n of two guests. */
static void configure(const char *path, int n)
{
	FILE *file = fopen(path, "we");

	cr_assert(file);
	fprintf(file, "vms:\n");
	for (int i = 0; i < n; i++)
		fprintf(file,
			"  - guest_cid: %d\n"
			"    socket: %s\n"
			"    uds_path: %s/u%d\n",
			3 + i, fixture.path[i], fixture.dir, i);
	cr_assert_eq(fclose(file), 0);
}

/* There is nothing that it could go on with, so it ends, leaving no socket. */
Test(hung_thread, of_all_guests_ends_a_daemon_that_is_to_change_them)
{
	char path[96];
	const char *const args[] = { "--sandbox=off", "--log-level=error",
				     "--config", path, NULL };
	int status;

	capture_stderr();
	fixture_init(&fixture);
	snprintf(path, sizeof(path), "%s/config", fixture.dir);
	configure(path, 2);
	fixture_run(&fixture, "vsock", args);
	stop_all_threads(1);
	configure(path, 1);
	send_signal(SIGHUP);
	cr_assert_eq(waitpid(fixture.pid, &status, 0), fixture.pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	cr_assert_eq(access(fixture.path[0], F_OK), -1);
	cr_assert_eq(access(fixture.path[1], F_OK), -1);
	cr_assert_eq(remove(path), 0);
	remove_sockets_of_host();
	cr_assert_eq(rmdir(fixture.dir), 0);
	cr_assert_str_eq(captured(),
			 "vhost-device-vsock: error: the thread of all guests "
			 "does not answer; ending\n");
}

#endif
