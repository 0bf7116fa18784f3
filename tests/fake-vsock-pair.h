/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A host of a vsock device that is another vsock device: their streams come in
 * pairs, and bytes are copied once, from the one guest to the other, while both
 * devices are entered.
 */

#ifndef TESTS_FAKE_VSOCK_PAIR_H
#define TESTS_FAKE_VSOCK_PAIR_H

#include "virtio-devices/vsock-host.h"

/**
 * struct fake_pair - a device's host
 * @host:  what the device sees
 * @vsock: the device
 * @to:    where connects lead to
 */
struct fake_pair {
	struct vd_vsock_host host;
	struct vd_vsock *vsock;
	struct fake_pair *to;
};

/* Ends of streams that were not closed. */
extern unsigned int fake_pair_ends;

/**
 * fake_pair_init() - make a host
 */
void fake_pair_init(struct fake_pair *pair, struct fake_pair *to);

#endif
