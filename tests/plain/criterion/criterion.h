/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * As much of Criterion's interface as the tests need, for processors that it has
 * not been ported to: each test is a child process, one after the other, and the
 * result is TAP.  See HACKING.md.
 *
 * There is no library: what has to be there once is weak.
 */

#ifndef CRITERION_CRITERION_H
#define CRITERION_CRITERION_H

#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLAIN_WEAK __attribute__((weak))

/* As of a skipped test of automake. */
#define PLAIN_SKIPPED 77

struct criterion_test_params {
	size_t size;
	void *params;
	size_t length;
};

/* What tests and suites have in common; @timeout is for "timeout 300" to see to. */
struct plain_options {
	void (*init)(void);
	void (*fini)(void);
	double timeout;
	int signal;
	int exit_code;
};

struct plain_test {
	const char *suite;
	const char *name;
	struct plain_options options;
	void (*run)(void *param);
	struct criterion_test_params (*params)(void);
	struct plain_test *next;
};

struct plain_suite {
	const char *name;
	struct plain_options options;
	struct plain_suite *next;
};

extern struct plain_test *plain_tests;
extern struct plain_suite *plain_suites;
void plain_fail(const char *file, int line, const char *what,
		const char *format, ...)
	__attribute__((noreturn, format(printf, 4, 5)));
void plain_skip(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
bool plain_run(const struct plain_test *test, void *param);
size_t plain_run_all(const char *filter, bool count);
int main(int argc, char **argv);

PLAIN_WEAK struct plain_test *plain_tests;
PLAIN_WEAK struct plain_suite *plain_suites;

/* --- definitions of tests -------------------------------------------------- */

#define PLAIN_DEFINE(Suite, Name, Params, ...) \
	static struct plain_test Suite##_##Name##_test = { \
		.suite = #Suite, \
		.name = #Name, \
		.options = { __VA_ARGS__ }, \
		.run = Suite##_##Name##_call, \
		.params = (Params), \
	}; \
	__attribute__((constructor)) static void Suite##_##Name##_add(void) \
	{ \
		Suite##_##Name##_test.next = plain_tests; \
		plain_tests = &Suite##_##Name##_test; \
	}

#define Test(Suite, Name, ...) \
	static void Suite##_##Name##_run(void); \
	static void Suite##_##Name##_call(void *param) \
	{ \
		(void)param; \
		Suite##_##Name##_run(); \
	} \
	PLAIN_DEFINE(Suite, Name, NULL, __VA_ARGS__) \
	static void Suite##_##Name##_run(void)

#define ParameterizedTestParameters(Suite, Name) \
	static struct criterion_test_params Suite##_##Name##_params(void)

#define ParameterizedTest(Param, Suite, Name, ...) \
	static void Suite##_##Name##_run(Param); \
	static void Suite##_##Name##_call(void *param) \
	{ \
		Suite##_##Name##_run(param); \
	} \
	PLAIN_DEFINE(Suite, Name, Suite##_##Name##_params, __VA_ARGS__) \
	static void Suite##_##Name##_run(Param)

#define cr_make_param_array(Type, Array, Length) \
	((struct criterion_test_params){ sizeof(Type), (void *)(Array), \
					 (Length) })

#define TestSuite(Name, ...) \
	static struct plain_suite Name##_suite = { \
		.name = #Name, \
		.options = { __VA_ARGS__ }, \
	}; \
	__attribute__((constructor)) static void Name##_suite_add(void) \
	{ \
		Name##_suite.next = plain_suites; \
		plain_suites = &Name##_suite; \
	} \
	struct plain_suite

/* --- assertions ------------------------------------------------------------ */

#define cr_assert_fail(...) plain_fail(__FILE__, __LINE__, "", " " __VA_ARGS__)
#define cr_skip cr_skip_test
#define cr_skip_test(...) plain_skip(" " __VA_ARGS__)

#define PLAIN_CHECK(Condition, What, ...) \
	((Condition) ? (void)0 \
		     : plain_fail(__FILE__, __LINE__, What, " " __VA_ARGS__))

#define cr_assert(A, ...) PLAIN_CHECK((A), #A, __VA_ARGS__)
#define cr_assert_not(A, ...) PLAIN_CHECK(!(A), "!" #A, __VA_ARGS__)
#define cr_assert_null(A, ...) PLAIN_CHECK((A) == NULL, #A, __VA_ARGS__)
#define cr_assert_not_null(A, ...) PLAIN_CHECK((A) != NULL, #A, __VA_ARGS__)
#define cr_assert_eq(A, B, ...) \
	PLAIN_CHECK((A) == (B), #A " == " #B, __VA_ARGS__)
#define cr_assert_neq(A, B, ...) \
	PLAIN_CHECK((A) != (B), #A " != " #B, __VA_ARGS__)
#define cr_assert_lt(A, B, ...) PLAIN_CHECK((A) < (B), #A " < " #B, __VA_ARGS__)
#define cr_assert_leq(A, B, ...) \
	PLAIN_CHECK((A) <= (B), #A " <= " #B, __VA_ARGS__)
#define cr_assert_gt(A, B, ...) PLAIN_CHECK((A) > (B), #A " > " #B, __VA_ARGS__)
#define cr_assert_geq(A, B, ...) \
	PLAIN_CHECK((A) >= (B), #A " >= " #B, __VA_ARGS__)
#define cr_assert_str_eq(A, B, ...) \
	PLAIN_CHECK(strcmp((A), (B)) == 0, #A " is " #B, __VA_ARGS__)
#define cr_assert_str_neq(A, B, ...) \
	PLAIN_CHECK(strcmp((A), (B)) != 0, #A " is not " #B, __VA_ARGS__)
#define cr_assert_str_empty(A, ...) \
	PLAIN_CHECK((A)[0] == '\0', #A " is empty", __VA_ARGS__)
#define cr_assert_arr_eq(A, B, Size, ...) \
	PLAIN_CHECK(memcmp((A), (B), (Size)) == 0, #A " is " #B, __VA_ARGS__)
#define cr_expect_eq cr_assert_eq

PLAIN_WEAK void plain_fail(const char *file, int line, const char *what,
			   const char *format, ...)
{
	va_list args;

	printf("# %s:%d: %s:", file, line, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

PLAIN_WEAK void plain_skip(const char *format, ...)
{
	va_list args;

	printf("#");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(PLAIN_SKIPPED);
}

/* --- running them ---------------------------------------------------------- */

static inline void plain_call(void (*function)(void))
{
	if (function)
		function();
}

/* In the child; its process group is ended with it. */
__attribute__((noreturn)) static inline void
plain_child(const struct plain_test *test, void *param)
{
	static const struct plain_options none;
	const struct plain_options *common = &none;

	setpgid(0, 0);
	for (struct plain_suite *suite = plain_suites; suite;
	     suite = suite->next) {
		if (!strcmp(suite->name, test->suite))
			common = &suite->options;
	}
	plain_call(common->init);
	plain_call(test->options.init);
	test->run(param);
	plain_call(test->options.fini);
	plain_call(common->fini);
	exit(EXIT_SUCCESS);
}

static inline bool plain_is_expected(const struct plain_test *test, int status)
{
	if (test->options.signal)
		return WIFSIGNALED(status) &&
		       WTERMSIG(status) == test->options.signal;

	return WIFEXITED(status) &&
	       WEXITSTATUS(status) == test->options.exit_code;
}

PLAIN_WEAK bool plain_run(const struct plain_test *test, void *param)
{
	bool passed, skipped;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		plain_child(test, param);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	kill(-pid, SIGKILL);

	passed = plain_is_expected(test, status);
	skipped = WIFEXITED(status) && WEXITSTATUS(status) == PLAIN_SKIPPED;
	if (!passed && WIFSIGNALED(status))
		printf("# ended by signal %d\n", WTERMSIG(status));
	printf("%s - %s::%s%s\n", passed || skipped ? "ok" : "not ok",
	       test->suite, test->name, skipped ? " # SKIP" : "");

	return passed || skipped;
}

static inline bool plain_matches(const struct plain_test *test,
				 const char *filter)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", test->suite, test->name);

	return fnmatch(filter, name, FNM_EXTMATCH) == 0;
}

/* How many there are, or how many fail. */
PLAIN_WEAK size_t plain_run_all(const char *filter, bool count)
{
	size_t n = 0;

	for (struct plain_test *test = plain_tests; test; test = test->next) {
		struct criterion_test_params params = { .length = 1 };

		if (!plain_matches(test, filter))
			continue;
		if (test->params)
			params = test->params();
		for (size_t i = 0; i < params.length; i++) {
			char *at = params.params;

			if (count || !plain_run(test, at + i * params.size))
				n++;
		}
	}

	return n;
}

/* Other options of Criterion's mean nothing here. */
PLAIN_WEAK int main(int argc, char **argv)
{
	const char *filter = "*";

	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--filter=", strlen("--filter=")))
			filter = argv[i] + strlen("--filter=");
		else if (!strcmp(argv[i], "--filter") && i + 1 < argc)
			filter = argv[++i];
	}
	printf("TAP version 13\n1..%zu\n", plain_run_all(filter, true));

	return plain_run_all(filter, false) ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
