/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How far a stream should have got.
 */

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

/*
 * Whoever was not on the processor for longer than this has been suspended, and
 * need not make up for it.  It also keeps the products below within 64 bits.
 */
#define MAX_ELAPSED (2 * VD_NSEC_PER_SEC)

void vd_snd_clock_advance(struct vd_snd_clock *clock, uint64_t speed,
			  uint64_t cap, uint64_t now)
{
	uint64_t parts;

	if (clock->at == VD_NEVER)
		clock->at = now;
	if (now > clock->at) {
		parts = VD_MIN(now - clock->at, MAX_ELAPSED) * speed +
			clock->fraction;
		clock->position += parts / VD_NSEC_PER_SEC;
		clock->fraction = parts % VD_NSEC_PER_SEC;
		clock->at = now;
	}

	if (clock->position >= cap) {
		clock->position = cap;
		clock->fraction = 0;
	}
}

uint64_t vd_snd_clock_when(const struct vd_snd_clock *clock, uint64_t speed,
			   uint64_t position)
{
	uint64_t parts;

	if (position <= clock->position)
		return clock->at;

	parts = (position - clock->position) * VD_NSEC_PER_SEC -
		clock->fraction;

	return clock->at + (parts + speed - 1) / speed;
}
