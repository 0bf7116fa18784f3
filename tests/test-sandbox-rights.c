/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the process may do to others: its privileges, and files.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "tests/sandbox-test.h"

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	CHECK(syscall(SYS_capget, &header, data) == 0);

	return data[0].effective | data[0].permitted |
	       (uint64_t)(data[1].effective | data[1].permitted) << 32;
}

static void look_at_privileges(void)
{
	struct rlimit limit;

	sandbox_restrict(SANDBOX_ON);
	CHECK(capabilities() == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_DUMPABLE) == 0);
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0);
}

Test(sandbox, has_no_privileges)
{
	expect_fine(look_at_privileges);
}

static bool have_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static char dir[64], ours[80], others[] = "/tmp/test-sandbox.XXXXXX";

/* A file in a directory, and one that is elsewhere. */
static void make_files(void)
{
	skip_if_instrumented();
	snprintf(dir, sizeof(dir), "/tmp/test-sandbox-dir.XXXXXX");
	cr_assert(mkdtemp(dir));
	snprintf(ours, sizeof(ours), "%s/socket", dir);
	close(open(ours, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(mkstemp(others));
}

static void remove_files(void)
{
	unlink(ours);
	unlink(others);
	rmdir(dir);
}

static void use_files(void)
{
	sandbox_keep_file(ours);
	sandbox_restrict(SANDBOX_ON);
	CHECK(open(others, O_RDONLY) < 0 && errno == EACCES);
	CHECK(open(ours, O_RDONLY) < 0 && errno == EACCES);
	CHECK(open("/proc/self/mem", O_RDWR) < 0);
	CHECK(unlink(others) < 0);
	CHECK(mkdir(ours, 0700) < 0);
	CHECK(unlink(ours) == 0);
}

Test(sandbox, has_no_files_but_those_that_it_removes, .init = make_files,
     .fini = remove_files)
{
	if (!have_landlock())
		cr_skip_test("this kernel has no Landlock");
	expect_fine(use_files);
	cr_assert_eq(access(ours, F_OK), -1);
	cr_assert_eq(access(others, F_OK), 0);
}

static void remove_where_others_own(void)
{
	sandbox_keep_file(ours);
	sandbox_restrict(SANDBOX_ON);
	CHECK(unlink(others) < 0);
	CHECK(unlink(ours) == 0);
}

/* "sudo vhost-device-gpio" in a home directory. */
Test(sandbox, lets_root_remove_its_socket_from_the_directory_of_a_user,
     .init = make_files, .fini = remove_files)
{
	if (geteuid() != 0 || !have_landlock())
		cr_skip_test(
			"only root can try this, on a kernel with Landlock");
	cr_assert_eq(chown(dir, 65534, 65534), 0);
	expect_fine(remove_where_others_own);
}

static void signal_parent(void)
{
	sandbox_restrict(SANDBOX_ON);
	CHECK(kill(getppid(), 0) < 0 && errno == EPERM);
}

/* Landlock knows about signals since its version 6. */
Test(sandbox, has_no_processes_outside)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		    LANDLOCK_CREATE_RULESET_VERSION) < 6)
		cr_skip_test("this kernel's Landlock is too old");
	expect_fine(signal_parent);
}
