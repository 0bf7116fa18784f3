/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sandbox from inside: a child enters it, and tries what an intruder would.
 */

#ifndef TESTS_SANDBOX_TEST_H
#define TESTS_SANDBOX_TEST_H

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemons/sandbox.h"

/* What the child's exit status is when nothing was wrong. */
#define FINE 42

/* A sanitizer makes system calls of its own. */
static inline void skip_if_instrumented(void)
{
#ifndef COUNT_COVERAGE
	if (strcmp(SANDBOX_DEFAULT, "off") == 0)
		cr_skip_test("an instrumented program has no sandbox");
#endif
}

static char said[512];

/* Run @body in a child; returns what waitpid() says, and fills in @said. */
static inline int in_child(void (*body)(void))
{
	int status, fds[2];
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe(fds), 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		body();
		_exit(FINE);
	}
	close(fds[1]);
	n = read(fds[0], said, sizeof(said) - 1);
	said[n < 0 ? 0 : n] = '\0';
	close(fds[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);

	return status;
}

static inline void expect_fine(void (*body)(void))
{
	int status = in_child(body);

	cr_assert(WIFEXITED(status), "signal %d: %s", WTERMSIG(status), said);
	cr_assert_eq(WEXITSTATUS(status), FINE, "line %d: %s",
		     WEXITSTATUS(status), said);
}

/* Criterion's own assertions cannot be used in the child. */
#define CHECK(condition) \
	do { \
		if (!(condition)) \
			_exit(__LINE__ % 256 == FINE ? 1 : __LINE__ % 256); \
	} while (0)

#endif
