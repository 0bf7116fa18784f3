/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the sound systems of the host need while there are guests.
 */

#ifndef DAEMONS_SOUND_SANDBOX_H
#define DAEMONS_SOUND_SANDBOX_H

#include "daemons/sandbox.h"

struct sound_host;

/* System calls, whichever sound system it is. */
extern const struct sandbox_call sound_sandbox_calls[];

/**
 * sound_sandbox_check() - see whether the sound system can be had in a sandbox
 * @host: checked by sound_host_check()
 *
 * Return: 0, or -EINVAL, which has been logged.
 */
int sound_sandbox_check(const struct sound_host *host);

/**
 * sound_sandbox_keep() - keep the files that the sound system needs
 * @host: likewise; the first guest's streams have been made, which makes some
 *        directories of libpulse's
 */
void sound_sandbox_keep(const struct sound_host *host);

#endif
