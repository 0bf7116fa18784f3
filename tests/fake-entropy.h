/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A source of entropy that counts instead of rolling dice.
 */

#ifndef TESTS_FAKE_ENTROPY_H
#define TESTS_FAKE_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/rng-backend.h"

/**
 * struct fake_entropy - the source
 * @backend:   what the device sees
 * @rng:       the device, for vd_rng_ready()
 * @supply:    bytes that are left
 * @error:     what comes after that, if it is not -EAGAIN
 * @at_once:   gives no more than so many in one call
 * @next:      the byte to come
 * @n_calls:   how often it was asked
 * @destroyed: the device let go of it
 */
struct fake_entropy {
	struct vd_rng_backend backend;
	struct vd_rng *rng;
	size_t supply;
	int error;
	size_t at_once;
	uint8_t next;
	unsigned int n_calls;
	bool destroyed;
};

/**
 * fake_entropy_init() - a source that never runs dry, and begins with byte 1
 */
void fake_entropy_init(struct fake_entropy *fake);

#endif
