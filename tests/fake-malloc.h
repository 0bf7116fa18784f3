/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An allocator that counts, and that fails when it is told to.  The program is
 * linked with --wrap for each function (see virtio-devices.mk), so that only
 * calls from our own objects come here.
 */

#ifndef TESTS_FAKE_MALLOC_H
#define TESTS_FAKE_MALLOC_H

#include <limits.h>

/* How often memory was asked for; may be set. */
extern unsigned int fake_malloc_calls;

/* How many pieces are in use. */
extern int fake_malloc_live;

/* So many more calls succeed; never changes while it is UINT_MAX. */
extern unsigned int fake_malloc_lasts;

#endif
