/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sandbox from inside: a child enters it, and tries what an intruder would.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <seccomp.h>
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
#include <sys/wait.h>
#include <unistd.h>

#include "daemons/sandbox.h"
#include "vhost-user/session.h"
#include "virtio-devices/util.h"

/* What the child's exit status is when nothing was wrong. */
#define FINE 42

/* A sanitizer makes system calls of its own. */
static void skip_if_instrumented(void)
{
#ifndef COUNT_COVERAGE
	if (strcmp(SANDBOX_DEFAULT, "off") == 0)
		cr_skip_test("an instrumented program has no sandbox");
#endif
}

TestSuite(sandbox, .init = skip_if_instrumented);

static const struct sandbox_call own_calls[] = {
	{ "getpriority", SANDBOX_IF_EQUAL, 0, PRIO_PROCESS },
	{ 0 },
};

static char said[512];

/* Run @body in a child; returns what waitpid() says, and fills in @said. */
static int in_child(void (*body)(void))
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

static void expect_fine(void (*body)(void))
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

/* --- other processors ------------------------------------------------------- */

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

/* --- privileges and files -------------------------------------------------- */

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
