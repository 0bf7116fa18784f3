/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Privileges and resources; see sandbox-calls.c and sandbox-paths.c for the
 * rest.  Where we are not allowed to give something up, the service manager has
 * seen to it already.
 */

#include <linux/capability.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemons/sandbox.h"
#include "virtio-devices/util.h"

const char *const sandbox_mode_names[] = { "on", "log", "off", NULL };

static void drop_capabilities(uint32_t keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { {
		.effective = keep,
		.permitted = keep,
	} };

	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	(void)syscall(SYS_capset, &header, data);
}

static void limit(__rlimit_resource_t resource)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(resource, &none);
}

void sandbox_restrict(enum sandbox_mode mode)
{
	if (mode == SANDBOX_OFF)
		return;

	/*
	 * Threads allocate when front-ends come and go, and rarely then.  With
	 * one arena, malloc() needs fewer system calls, and less memory.
	 */
	(void)mallopt(M_ARENA_MAX, 1);

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	/* A privilege that is good for the sockets' directory, and no other. */
	if (sandbox_seal_paths() && sandbox_needs_override())
		drop_capabilities(CAP_TO_MASK(CAP_DAC_OVERRIDE));
	else
		drop_capabilities(0);
	(void)prctl(PR_SET_DUMPABLE, 0);
	limit(RLIMIT_CORE);
	limit(RLIMIT_MSGQUEUE);
}
