/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>

#include "tests/fake-entropy.h"
#include "virtio-devices/util.h"

static void fake_attach(struct vd_rng_backend *backend, struct vd_rng *rng)
{
	container_of(backend, struct fake_entropy, backend)->rng = rng;
}

static ssize_t fake_fill(struct vd_rng_backend *backend,
			 const struct iovec *iov, size_t n_iov)
{
	struct fake_entropy *fake =
		container_of(backend, struct fake_entropy, backend);
	size_t done = 0;

	fake->n_calls++;
	if (fake->supply == 0)
		return fake->error ? fake->error : -EAGAIN;

	for (size_t i = 0; i < n_iov; i++) {
		uint8_t *p = iov[i].iov_base;

		assert(iov[i].iov_len > 0);
		for (size_t j = 0; j < iov[i].iov_len; j++) {
			if (fake->supply == 0 || done == fake->at_once)
				return (ssize_t)done;
			p[j] = fake->next++;
			fake->supply--;
			done++;
		}
	}

	assert(done > 0);

	return (ssize_t)done;
}

static void fake_destroy(struct vd_rng_backend *backend)
{
	container_of(backend, struct fake_entropy, backend)->destroyed = true;
}

static const struct vd_rng_backend_ops fake_ops = {
	.name = "fake",
	.attach = fake_attach,
	.fill = fake_fill,
	.destroy = fake_destroy,
};

void fake_entropy_init(struct fake_entropy *fake)
{
	*fake = (struct fake_entropy){
		.backend.ops = &fake_ops,
		.supply = SIZE_MAX,
		.at_once = SIZE_MAX,
		.next = 1,
	};
}
