/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/rng-getrandom.h"
#include "backends/rng-retry.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/util.h"

/**
 * struct getrandom_source - the kernel's generator, for one guest
 * @backend: what the device sees
 * @retry:   for when the generator is not ready, early after the host's boot
 */
struct getrandom_source {
	struct vd_rng_backend backend;
	struct vb_rng_retry retry;
};

static struct getrandom_source *source_of(struct vd_rng_backend *backend)
{
	return container_of(backend, struct getrandom_source, backend);
}

static void getrandom_attach(struct vd_rng_backend *backend, struct vd_rng *rng)
{
	source_of(backend)->retry.rng = rng;
}

/*
 * Not by way of getrandom(): newer C libraries answer that in user space, where
 * guest memory that its owner has truncated would kill us.  The kernel says
 * EFAULT.
 */
static ssize_t ask_kernel(void *buf, size_t len)
{
	return syscall(SYS_getrandom, buf, len, GRND_NONBLOCK);
}

/* What was filled counts, even if a later piece cannot be. */
static ssize_t fill(const struct iovec *iov, size_t n_iov)
{
	ssize_t done = 0;

	for (size_t i = 0; i < n_iov; i++) {
		ssize_t n = ask_kernel(iov[i].iov_base, iov[i].iov_len);

		if (n < 0)
			return done ? done : -errno;
		done += n;
		if ((size_t)n < iov[i].iov_len)
			break;
	}

	return done;
}

static ssize_t getrandom_fill(struct vd_rng_backend *backend,
			      const struct iovec *iov, size_t n_iov)
{
	return vb_rng_retry_filter(&source_of(backend)->retry,
				   fill(iov, n_iov));
}

static void getrandom_destroy(struct vd_rng_backend *backend)
{
	struct getrandom_source *source = source_of(backend);

	vb_rng_retry_fini(&source->retry);
	free(source);
}

static const struct vd_rng_backend_ops getrandom_ops = {
	.name = "getrandom",
	.attach = getrandom_attach,
	.fill = getrandom_fill,
	.destroy = getrandom_destroy,
};

int vb_rng_getrandom_new(struct vb_loop *loop,
			 const struct vb_rng_events *events,
			 struct vd_rng_backend **ret)
{
	struct getrandom_source *source = calloc(1, sizeof(*source));

	if (!source)
		return -ENOMEM;

	source->backend.ops = &getrandom_ops;
	vb_rng_retry_init(&source->retry, loop, events);

	*ret = &source->backend;
	return 0;
}
