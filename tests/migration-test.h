/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest whose device is busy, and which is to be migrated.
 */

#ifndef TESTS_MIGRATION_TEST_H
#define TESTS_MIGRATION_TEST_H

#include <criterion/criterion.h>
#include <linux/virtio_config.h>

#include "fixture-daemon.h"
#include "traffic.h"
#include "virtio-devices/util.h"

#define PAGE 4096
#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

static struct fixture fixture;
static struct guest guest;
static struct traffic traffic;

static inline void begin(enum traffic_kind kind)
{
	traffic = (struct traffic){ .guest = &guest, .kind = kind };
	traffic_start_daemon(&fixture, kind);
}

static inline void boot(uint64_t features)
{
	guest_connect(&guest, fixture.path[0]);
	cr_assert_eq(vhu_frontend_set_features(guest.frontend, features), 0);
	cr_assert_eq(vhu_frontend_set_memory(guest.frontend, guest.memory), 0);
	traffic_start(&traffic, 256);
}

#endif
