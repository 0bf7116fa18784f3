/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Every device behind every kind of ring, with guest memory that the fuzzer has
 * written.  The first bytes of the input choose; the rest is the memory, rings
 * included.
 */

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz-types.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* Two regions that touch, so that borders are crossed. */
#define REGION 4096
#define N_REGIONS 2
#define RING_SIZE 8

/* Rings of all queues are at the beginning of the first region. */
#define QUEUE_BYTES 512

struct world {
	struct vd_virtqueue_host host;
	uint8_t *regions[N_REGIONS];
};

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	struct world *world = container_of(host, struct world, host);

	if (gpa >= (uint64_t)N_REGIONS * REGION)
		return NULL;

	*len = VD_MIN(*len, REGION - gpa % REGION);

	return world->regions[gpa / REGION] + gpa % REGION;
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
};

static struct vd_virtqueue *start_queue(struct world *world,
					struct vd_device *device,
					unsigned int index, uint64_t features)
{
	uint8_t *at = world->regions[0] + (size_t)index * QUEUE_BYTES;
	const struct vd_virtqueue_config config = {
		.features = features,
		.size = RING_SIZE,
		.desc = at,
		.driver = at + 128,
		.device = at + 256,
		.base = features & VD_BIT(VIRTIO_F_RING_PACKED)
				? VD_VIRTQUEUE_PACKED_BASE
				: VD_VIRTQUEUE_SPLIT_BASE,
	};
	struct vd_virtqueue *vq;

	if (vd_virtqueue_new(&world->host, &vq) < 0)
		return NULL;
	if (vd_virtqueue_start(vq, &config) < 0) {
		vd_virtqueue_free(vq);
		return NULL;
	}
	vd_device_start_queue(device, index, vd_virtqueue_queue(vq));

	return vq;
}

static void run(struct world *world, struct vd_device *device,
		uint64_t features, const struct fuzz_type *type)
{
	struct vd_virtqueue *vqs[VD_MAX_QUEUES] = { NULL };
	unsigned int n = device->ops->n_queues;

	(void)vd_device_set_features(device, ~0ULL);
	for (unsigned int i = 0; i < n; i++)
		vqs[i] = start_queue(world, device, i, features);
	for (unsigned int turn = 0; turn < 4; turn++) {
		for (unsigned int i = 0; i < n; i++)
			vd_device_kick(device, i, turn * VD_NSEC_PER_SEC);
		if (type->poke)
			type->poke(turn, turn * VD_NSEC_PER_SEC);
		if (device->ops->tick)
			vd_device_tick(device, turn * VD_NSEC_PER_SEC);
	}
	for (unsigned int i = 0; i < n; i++) {
		vd_device_stop_queue(device, i);
		if (vqs[i])
			vd_virtqueue_stop(vqs[i]);
		vd_virtqueue_free(vqs[i]);
	}
	vd_device_reset(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .host.ops = &host_ops };
	struct vd_device *device;
	uint64_t features = 0;
	const struct fuzz_type *type;

	if (size < 2)
		return 0;

	type = &fuzz_types[data[0] % FUZZ_N_TYPES];
	device = type->make();
	if (data[1] & 1)
		features |= VD_BIT(VIRTIO_F_RING_PACKED);
	if (data[1] & 2)
		features |= VD_BIT(VIRTIO_RING_F_INDIRECT_DESC);
	if (data[1] & 4)
		features |= VD_BIT(VIRTIO_RING_F_EVENT_IDX);
	data += 2;
	size -= 2;

	/* Each in an allocation of its own, for AddressSanitizer. */
	for (size_t i = 0; i < N_REGIONS; i++) {
		size_t n = VD_MIN(size, (size_t)REGION);

		world.regions[i] = aligned_alloc(16, REGION);
		memset(world.regions[i], 0, REGION);
		memcpy(world.regions[i], data, n);
		data += n;
		size -= n;
	}

	if (device)
		run(&world, device, features, type);
	vd_device_free(device);
	for (size_t i = 0; i < N_REGIONS; i++)
		free(world.regions[i]);

	return 0;
}
