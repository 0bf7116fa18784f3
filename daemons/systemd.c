/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "config.h"

#include <stddef.h>

#include "daemons/systemd.h"

#ifdef HAVE_SYSTEMD

#include <systemd/sd-daemon.h>

int systemd_listen_fds(char ***names)
{
	return sd_listen_fds_with_names(1, names);
}

uint64_t systemd_watchdog(void)
{
	uint64_t usec;

	return sd_watchdog_enabled(0, &usec) > 0 ? usec : 0;
}

#else

int systemd_listen_fds(char ***names)
{
	*names = NULL;
	return 0;
}

uint64_t systemd_watchdog(void)
{
	return 0;
}

#endif
