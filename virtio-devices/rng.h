/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Entropy device (virtio 1.3, section 5.4).
 */

#ifndef VIRTIO_DEVICES_RNG_H
#define VIRTIO_DEVICES_RNG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_device;
struct vd_rng_backend;

/**
 * struct vd_rng_limit - how much entropy a guest may take
 * @bytes:  how many bytes in each period; not 0
 * @period: length of the period, in milliseconds; not 0, and at most
 *          VD_TOKEN_BUCKET_MAX_PERIOD
 *
 * The allowance builds up evenly and is never more than @bytes.  What is left of
 * it is part of the device's state, so that a guest has no more of it because it
 * was migrated, or its device restarted.
 */
struct vd_rng_limit {
	uint64_t bytes;
	uint32_t period;
};

/**
 * vd_rng_new() - make an entropy device
 * @backend: where the entropy comes from; owned by the device on success
 * @limit:   NULL for no limit; copied
 * @ret:     the device
 *
 * Each chain is answered with at least one byte, or kept until there is one:
 * a driver that is given none spins.  The chains are used in order.
 *
 * Return: 0, -EINVAL for a limit with a zero or too long a period in it, or
 *         -ENOMEM.
 */
int vd_rng_new(struct vd_rng_backend *backend, const struct vd_rng_limit *limit,
	       struct vd_device **ret);

#ifdef __cplusplus
}
#endif

#endif
