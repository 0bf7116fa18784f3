/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the sandbox allows on processors that the tests do not run on.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <seccomp.h>
#include <stdio.h>

#include "daemons/sandbox.h"
#include "virtio-devices/util.h"

/* Calls of daemons; those of all of them are in sandbox_common_calls. */
static const struct sandbox_call daemons_calls[] = {
	{ "getrandom", 0, 0, 0 },
	{ "kcmp", 0, 0, 0 },
	{ "ioctl", 0, 0, 0 },
	{ "clock_nanosleep", 0, 0, 0 },
	{ "socket", 0, 0, 0 },
	{ "connect", 0, 0, 0 },
	{ "setsockopt", 0, 0, 0 },
	{ "getsockopt", 0, 0, 0 },
	{ "getpeername", 0, 0, 0 },
	{ "openat", 0, 0, 0 },
	{ "bind", 0, 0, 0 },
	{ "listen", 0, 0, 0 },
	{ "newfstatat", 0, 0, 0 },
	{ "fstat", 0, 0, 0 },
	{ "getdents64", 0, 0, 0 },
	{ "uname", 0, 0, 0 },
	{ "getpid", 0, 0, 0 },
	{ "getuid", 0, 0, 0 },
	{ "getgid", 0, 0, 0 },
	{ "gettimeofday", 0, 0, 0 },
	{ "getsockname", 0, 0, 0 },
	{ "sendto", 0, 0, 0 },
	{ "ftruncate", 0, 0, 0 },
	{ "lseek", 0, 0, 0 },
	{ 0 },
};

static bool exists_on(uint32_t processor, const char *name)
{
	/* Below -10000, libseccomp numbers what is not there. */
	return seccomp_syscall_resolve_name_arch(processor, name) > -10000;
}

/* Do its longer names exist on 32 bits alone, and are they the one that we know? */
static void expect_twins(uint32_t processor, const char *name)
{
	static const char *const endings[] = { "64", "_time64", "32", "2" };
	const char *twin = sandbox_twin(name);

	cr_assert(exists_on(processor, name) ||
			  (twin && exists_on(processor, twin)),
		  "there is no %s", name);
	for (size_t i = 0; i < VD_ARRAY_SIZE(endings); i++) {
		char longer[40];

		snprintf(longer, sizeof(longer), "%s%s", name, endings[i]);
		if (exists_on(SCMP_ARCH_X86_64, longer) ||
		    !exists_on(processor, longer))
			continue;
		cr_assert(twin, "%s can be %s", name, longer);
		cr_assert_str_eq(twin, longer);
	}
}

/* It is no call of its own on i386 and s390x, but a function of socketcall(). */
Test(sandbox, knows_how_else_libpulse_sends)
{
	cr_assert_str_eq(sandbox_twin("sendto"), "send");
	cr_assert(exists_on(SCMP_ARCH_X86, "send"));
	cr_assert(exists_on(SCMP_ARCH_S390X, "send"));
}

struct processor {
	uint32_t number;
};

ParameterizedTestParameters(sandbox, knows_the_calls_of_processors_of_32_bits)
{
	static struct processor processors[] = { { SCMP_ARCH_X86 },
						 { SCMP_ARCH_ARM } };

	return cr_make_param_array(struct processor, processors, 2);
}

ParameterizedTest(struct processor *t, sandbox,
		  knows_the_calls_of_processors_of_32_bits)
{
	for (size_t i = 0; sandbox_common_calls[i].name; i++)
		expect_twins(t->number, sandbox_common_calls[i].name);
	for (size_t i = 0; daemons_calls[i].name; i++)
		expect_twins(t->number, daemons_calls[i].name);
}
