/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which system calls all daemons need, and the filter that forbids the others.
 * Each group is named after the code that makes its calls.
 */

#include "config.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "virtio-devices/util.h"

const struct sandbox_call sandbox_common_calls[] = {
/* The event loop: backends/loop.c. */
#ifdef __NR_epoll_wait
	{ "epoll_wait", 0, 0, 0 },
#else
	{ "epoll_pwait", 0, 0, 0 },
#endif
	{ "epoll_ctl", 0, 0, 0 },
	{ "timerfd_settime", 0, 0, 0 },
	{ "read", 0, 0, 0 },
	/* Mostly answered without the kernel, but not on every machine. */
	{ "clock_gettime", SANDBOX_ELSEWHERE, 0, 0 },

	/* The protocol: vhost-user/. */
	{ "accept4", 0, 0, 0 },
	{ "recvmsg", 0, 0, 0 },
	{ "sendmsg", 0, 0, 0 },
	{ "shutdown", 0, 0, 0 },
	{ "fcntl", 0, 0, 0 },
	{ "close", 0, 0, 0 },

	/* Guest memory, and when it is taken away: vhost-user/mapping.c. */
	{ "statx", 0, 0, 0 },
	{ "mmap", SANDBOX_IF_CLEAR, 2, PROT_EXEC },
	{ "munmap", 0, 0, 0 },
	{ "madvise", 0, 0, 0 },
	{ "rt_sigreturn", 0, 0, 0 },

	/* Records and states of sessions: vhost-user/sealed-file.c. */
	{ "memfd_create", 0, 0, 0 },

	/* Notifications of drivers, messages, threads: vring.c, log.c. */
	{ "write", 0, 0, 0 },
	{ "futex", 0, 0, 0 },

	/* malloc(). */
	{ "brk", 0, 0, 0 },
	{ "mremap", SANDBOX_MISSING, 0, 0 },

	/* The end. */
	{ "rt_sigprocmask", 0, 0, 0 },
#ifdef __NR_unlink
	{ "unlink", 0, 0, 0 },
#else
	{ "unlinkat", SANDBOX_IF_CLEAR, 2, AT_REMOVEDIR },
#endif
	{ "exit", 0, 0, 0 },
	{ "exit_group", 0, 0, 0 },
	{ 0 },
};

/*
 * On processors of 32 bits, other calls do the same with times, lengths or numbers
 * of users that are longer, and C libraries prefer them.  There, and on s390x, what
 * has no address is sent with another.
 */
static const struct twin {
	const char *name;
	const char *twin;
} twins[] = {
	{ "clock_gettime", "clock_gettime64" },
	{ "clock_nanosleep", "clock_nanosleep_time64" },
	{ "fcntl", "fcntl64" },
	{ "fstat", "fstat64" },
	{ "ftruncate", "ftruncate64" },
	{ "futex", "futex_time64" },
	{ "getgid", "getgid32" },
	{ "getuid", "getuid32" },
	{ "lseek", "_llseek" },
	{ "mmap", "mmap2" },
	{ "newfstatat", "fstatat64" },
	{ "sendto", "send" },
	{ "timerfd_settime", "timerfd_settime64" },
};

const char *sandbox_twin(const char *name)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(twins); i++) {
		if (!strcmp(twins[i].name, name))
			return twins[i].twin;
	}

	return NULL;
}

/* See sandbox_allow(). */
static const struct sandbox_call *more_calls;

void sandbox_allow(const struct sandbox_call *calls)
{
	more_calls = calls;
}

#ifdef HAVE_SECCOMP

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Linux 5.1: from here on, calls have the same number on all processors. */
#define FIRST_NEW 424

/*
 * Where libseccomp begins to number, downwards, what this processor does not
 * have.  Other negative numbers are functions of socketcall(), on i386: it sees to
 * both, but an argument cannot be looked at there.
 */
#define NO_SUCH_CALL (-10000)

static bool exists(int number)
{
	assert(number != __NR_SCMP_ERROR);

	return number > NO_SUCH_CALL;
}

static int allow_number(scmp_filter_ctx filter, int number,
			const struct sandbox_call *call)
{
	switch (call->rule) {
	case SANDBOX_ALWAYS:
	case SANDBOX_ELSEWHERE:
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	case SANDBOX_IF_EQUAL:
		return seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, number, 1,
			SCMP_CMP64(call->arg, SCMP_CMP_EQ, call->value, 0));
	case SANDBOX_IF_CLEAR:
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
					SCMP_CMP64(call->arg,
						   SCMP_CMP_MASKED_EQ,
						   call->value, 0));
	case SANDBOX_MISSING:
		/* What happens to all that there is no rule about. */
		break;
	}

	return 0;
}

/* Arguments of an old mmap() are in memory, so its twin has to do. */
static int allow_call(scmp_filter_ctx filter, const struct sandbox_call *call)
{
	const char *twin = sandbox_twin(call->name);
	int old = seccomp_syscall_resolve_name(call->name);
	int number = twin ? seccomp_syscall_resolve_name(twin) : NO_SUCH_CALL;
	int r = 0;

	if (exists(number))
		r = allow_number(filter, number, call);
	if (r == 0 && exists(old) &&
	    (!exists(number) || call->rule != SANDBOX_IF_CLEAR))
		r = allow_number(filter, old, call);

	return r;
}

static int allow(scmp_filter_ctx filter, const struct sandbox_call *calls)
{
	int r = 0;

	for (; r == 0 && calls && calls->name; calls++)
		r = allow_call(filter, calls);

	return r;
}

static bool is_in(const struct sandbox_call *calls, const char *name)
{
	for (; calls && calls->name; calls++) {
		const char *twin = sandbox_twin(calls->name);

		if (!strcmp(calls->name, name) || (twin && !strcmp(twin, name)))
			return true;
	}

	return false;
}

/* Of socketcall(), some functions are allowed. */
static bool is_known(const struct sandbox_call *calls, const char *name)
{
	return is_in(sandbox_common_calls, name) || is_in(calls, name) ||
	       is_in(more_calls, name) || !strcmp(name, "socketcall");
}

/*
 * Those that we know and do not need are the work of an intruder, or a mistake
 * of ours.  Whether those that we do not know are there is for us to say.
 */
static int forbid_others(scmp_filter_ctx filter,
			 const struct sandbox_call *calls)
{
	int r = 0;

	for (int i = 0; r == 0 && i < FIRST_NEW; i++) {
		char *name =
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

		if (name && !is_known(calls, name))
			r = seccomp_rule_add(filter, SCMP_ACT_TRAP, i, 0);
		free(name);
	}

	return r;
}

static int set_attributes(scmp_filter_ctx filter, enum sandbox_mode mode)
{
	int r;

	/*
	 * A search tree instead of a list, no slower CPU where older kernels
	 * think of scripts in browsers, and errors as the kernel has them.
	 */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);

	r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (r < 0)
		return r;

	/* Numbers of another processor that ours can play. */
	return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				mode == SANDBOX_ON ? SCMP_ACT_KILL_PROCESS
						   : SCMP_ACT_LOG);
}

static int load(scmp_filter_ctx filter, enum sandbox_mode mode,
		const struct sandbox_call *calls)
{
	int r;

	r = set_attributes(filter, mode);
	if (r == 0)
		r = allow(filter, sandbox_common_calls);
	if (r == 0)
		r = allow(filter, calls);
	if (r == 0)
		r = allow(filter, more_calls);
	if (r == 0 && mode == SANDBOX_ON)
		r = forbid_others(filter, calls);

	return r < 0 ? r : seccomp_load(filter);
}

/*
 * The signal is blocked while its handler runs, so that the call, once more,
 * ends the process.  There is no other way left.  If somebody has sent the
 * signal, there was no call, and any that is forbidden will do.
 */
static void forbidden(int signal, siginfo_t *info, void *context)
{
	long call = SYS_ptrace;

	(void)signal;
	(void)context;

	if (info->si_code > 0) {
		call = info->si_syscall;
		log_error(NULL,
			  "system call %ld is not allowed here, see "
			  "'--sandbox'; this is a bug, or an attack",
			  call);
	}
	(void)syscall(call, 0, 0, 0, 0, 0, 0);
	_exit(128 + SIGSYS);
}

static int watch_forbidden(void)
{
	const struct sigaction action = {
		.sa_sigaction = forbidden,
		.sa_flags = SA_SIGINFO,
	};

	return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

int sandbox_filter(enum sandbox_mode mode, const struct sandbox_call *calls)
{
	const struct rlimit no_more = { 0, 0 };
	scmp_filter_ctx filter;
	int r;

	if (mode == SANDBOX_OFF)
		return 0;

	/* The filter is for those threads that there are. */
	(void)setrlimit(RLIMIT_NPROC, &no_more);

	filter = seccomp_init(mode == SANDBOX_ON ? SCMP_ACT_ERRNO(ENOSYS)
						 : SCMP_ACT_LOG);
	if (!filter)
		return -ENOMEM;
	r = watch_forbidden();
	if (r == 0)
		r = load(filter, mode, calls);
	seccomp_release(filter);
	/* It took more memory than all the rest. */
	(void)malloc_trim(0);

	if (r == -EINVAL || r == -EOPNOTSUPP || r == -ENOSYS) {
		log_warning(NULL, "this kernel cannot restrict system calls; "
				  "going on without");
		return 0;
	}
	if (r < 0)
		log_error(NULL,
			  "cannot restrict system calls: %s; '--sandbox=off' "
			  "goes without",
			  strerror(-r));

	return r;
}

#else

int sandbox_filter(enum sandbox_mode mode, const struct sandbox_call *calls)
{
	(void)mode;
	(void)calls;

	return 0;
}

#endif
