/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a virtqueue: how it starts, stops, and waits.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-kicks.h"
#include "virtio-devices/virtqueue-ring.h"

int vd_virtqueue_new(struct vd_virtqueue_host *host, struct vd_virtqueue **ret)
{
	struct vd_virtqueue *vq;

	assert(host->ops->translate && host->ops->notify);

	vq = calloc(1, sizeof(*vq));
	if (!vq)
		return -ENOMEM;

	vq->queue.ops = &vd_ring_queue_ops;
	vq->host = host;

	*ret = vq;
	return 0;
}

void vd_virtqueue_free(struct vd_virtqueue *vq)
{
	if (!vq)
		return;

	assert(!vq->ring);
	free(vq);
}

static bool is_aligned(const void *p, uintptr_t to)
{
	return (uintptr_t)p % to == 0;
}

static bool config_is_possible(const struct vd_virtqueue_config *config)
{
	uint32_t size = config->size;
	bool packed = config->features & VD_BIT(VIRTIO_F_RING_PACKED);

	if (!size || size > VD_VIRTQUEUE_MAX_SIZE)
		return false;
	if (!config->desc || !config->driver || !config->device)
		return false;
	if (!is_aligned(config->desc, 16) || !is_aligned(config->device, 4))
		return false;

	if (config->inflight &&
	    (config->inflight_size < size ||
	     config->inflight_size > VD_VIRTQUEUE_MAX_SIZE ||
	     !is_aligned(config->inflight, 8)))
		return false;

	if (packed)
		return (config->base & 0x7fff) < size &&
		       (config->base >> 16 & 0x7fff) < size &&
		       is_aligned(config->driver, 4);

	return (size & (size - 1)) == 0 && config->base <= UINT16_MAX &&
	       is_aligned(config->driver, 2);
}

/* The opposite of what vd_virtqueue_stop() returns. */
static void begin_packed(struct vd_virtqueue *vq, uint32_t base)
{
	vq->ring = &vd_packed_ring;
	vq->avail = base & 0x7fff;
	vq->avail_wrap = base >> 15 & 1;
	vq->used = base >> 16 & 0x7fff;
	vq->used_wrap = base >> 31;
}

/* Of the used index it says nothing; that is read here, and never again. */
static void begin_split(struct vd_virtqueue *vq, uint32_t base)
{
	const struct vring_used *used = vq->device;

	vq->ring = &vd_split_ring;
	vq->avail = (uint16_t)base;
	vq->avail_end = vq->avail;
	vq->used = le16toh(__atomic_load_n(&used->idx, __ATOMIC_RELAXED));
}

int vd_virtqueue_start(struct vd_virtqueue *vq,
		       const struct vd_virtqueue_config *config)
{
	struct vd_virtqueue fresh = { .queue = vq->queue, .host = vq->host };
	int r;

	assert(!vq->ring);

	if (!config_is_possible(config))
		return -EINVAL;
	r = vd_pool_init(&fresh.pool, &vq->queue, config->size);
	if (r < 0)
		return r;

	fresh.size = config->size;
	fresh.budget = config->size;
	fresh.event_idx = config->features & VD_BIT(VIRTIO_RING_F_EVENT_IDX);
	fresh.indirect = config->features & VD_BIT(VIRTIO_RING_F_INDIRECT_DESC);
	fresh.desc = config->desc;
	fresh.driver = config->driver;
	fresh.device = config->device;
	fresh.kicks = true;
	if (config->features & VD_BIT(VIRTIO_F_RING_PACKED))
		begin_packed(&fresh, config->base);
	else
		begin_split(&fresh, config->base);

	r = vd_inflight_start(&fresh, config->inflight, config->inflight_size);
	if (r < 0) {
		vd_pool_fini(&fresh.pool);
		return r;
	}

	*vq = fresh;

	return 0;
}

uint32_t vd_virtqueue_stop(struct vd_virtqueue *vq)
{
	uint32_t base = vq->avail;

	assert(vq->ring && !vq->n_busy && !vq->n_pending);

	if (vq->ring == &vd_packed_ring)
		base |= (uint32_t)vq->avail_wrap << 15 |
			(uint32_t)vq->used << 16 |
			(uint32_t)vq->used_wrap << 31;

	vd_inflight_stop(vq);
	vd_pool_fini(&vq->pool);
	vq->ring = NULL;

	return base;
}

struct vd_queue *vd_virtqueue_queue(struct vd_virtqueue *vq)
{
	return &vq->queue;
}

bool vd_virtqueue_ready(const struct vd_virtqueue *vq)
{
	return !vq->broken &&
	       (vd_inflight_has_parked(&vq->inflight) || vq->ring->ready(vq));
}

bool vd_virtqueue_set_polling(struct vd_virtqueue *vq, bool polling)
{
	vq->polling = polling;

	return vd_kicks_update(vq);
}
