/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a source of entropy must do for the entropy device (virtio 1.3, section
 * 5.4).  Requests go down through these
 * operations; that a source has something again comes back up through
 * vd_rng_ready().
 */

#ifndef VIRTIO_DEVICES_RNG_BACKEND_H
#define VIRTIO_DEVICES_RNG_BACKEND_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_rng;
struct vd_rng_backend;

/**
 * struct vd_rng_backend_ops - a kind of source
 * @name:    for messages, e.g. "getrandom"
 * @attach:  a device uses this source from now on, and wants vd_rng_ready()
 *           calls; NULL if @fill never returns -EAGAIN
 * @fill:    put random bytes into @iov, which holds at least one.  Returns how
 *           many, from the start; fewer than asked for is all right.  -EAGAIN
 *           if there are none now: the device then waits for vd_rng_ready().
 *           -EFAULT if @iov is not there any more.  Never blocks and never
 *           returns 0: a source that failed says so to its user, tries to
 *           recover, and has none until it did
 * @destroy: release everything, @backend included
 */
struct vd_rng_backend_ops {
	const char *name;
	void (*attach)(struct vd_rng_backend *backend, struct vd_rng *rng);
	ssize_t (*fill)(struct vd_rng_backend *backend, const struct iovec *iov,
			size_t n_iov);
	void (*destroy)(struct vd_rng_backend *backend);
};

/**
 * struct vd_rng_backend - the part of a source that the device can see
 * @ops: its kind
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_rng_backend {
	const struct vd_rng_backend_ops *ops;
};

/**
 * vd_rng_ready() - a source that had nothing has something again
 * @rng: the device, as it was given to @attach
 */
void vd_rng_ready(struct vd_rng *rng);

#ifdef __cplusplus
}
#endif

#endif
