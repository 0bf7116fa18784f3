/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A device of each type, with a host that fuzzing can do something with.
 */

#ifndef TESTS_FUZZ_TYPES_H
#define TESTS_FUZZ_TYPES_H

#include <stdint.h>

struct vd_device;

/* Numbers of inputs in the corpora: new ones come last. */
enum fuzz_type_number {
	FUZZ_RNG,
	FUZZ_I2C,
	FUZZ_GPIO,
	FUZZ_VSOCK,
	FUZZ_SOUND,
	FUZZ_CLOCKLESS_SOUND,
	FUZZ_N_TYPES,
};

/**
 * struct fuzz_type - a type of device
 * @make: one of it; there is no second one at the same time.  NULL if there is
 *        no memory
 * @poke: something happens at the host's side, and @turn says what; NULL if
 *        nothing ever does
 */
struct fuzz_type {
	struct vd_device *(*make)(void);
	void (*poke)(unsigned int turn, uint64_t now);
};

extern const struct fuzz_type fuzz_types[FUZZ_N_TYPES];

#endif
