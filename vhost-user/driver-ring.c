/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The part of a driver's ring that both formats share: which descriptors are
 * free, and which chains are out.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>

#include "vhost-user/driver-ring-private.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* Put slots at the end of the free ones: those are used in ring order. */
static void give_slots(struct vhu_driver_ring *ring, uint16_t first,
		       uint16_t last, uint32_t n)
{
	if (ring->n_slots == 0)
		ring->first_slot = first;
	else
		ring->slots[ring->last_slot].next = first;
	ring->last_slot = last;
	ring->n_slots += n;
}

size_t vhu_driver_ring_bytes(uint32_t size, bool packed)
{
	size_t desc = size * sizeof(struct vring_desc);

	if (packed)
		return desc + 2 * sizeof(struct vring_packed_desc_event);

	/* Flags, index and event index; then the same with wider entries. */
	return desc + (6 + 2 * (size_t)size + 3) / 4 * 4 + 6 + 8 * (size_t)size;
}

static bool config_is_possible(const struct vhu_driver_ring_config *config,
			       bool packed)
{
	uint32_t avail = config->base & UINT16_MAX;

	if (!config->size || config->size > VD_VIRTQUEUE_MAX_SIZE)
		return false;
	if ((uintptr_t)config->memory % 16 || config->gpa % 16)
		return false;

	/* Nothing is out at first, so both positions are the same. */
	if (packed)
		return (avail & INT16_MAX) < config->size &&
		       config->base >> 16 == avail;

	return (config->size & (config->size - 1)) == 0 &&
	       config->base == avail;
}

/* The parts follow one another, each aligned as it has to be. */
static struct vhu_driver_layout
lay_out(const struct vhu_driver_ring_config *config, bool packed)
{
	struct vhu_driver_area areas[3];
	size_t desc = config->size * sizeof(struct vring_desc);
	size_t driver = packed ? sizeof(struct vring_packed_desc_event)
			       : (6 + 2 * (size_t)config->size + 3) / 4 * 4;
	size_t offsets[3] = { 0, desc, desc + driver };

	for (size_t i = 0; i < VD_ARRAY_SIZE(areas); i++) {
		areas[i].at = (char *)config->memory + offsets[i];
		areas[i].gpa = config->gpa + offsets[i];
	}

	return (struct vhu_driver_layout){ areas[0], areas[1], areas[2] };
}

int vhu_driver_ring_new(const struct vhu_driver_ring_config *config,
			struct vhu_driver_ring **ret)
{
	bool packed = config->features & VD_BIT(VIRTIO_F_RING_PACKED);
	struct vhu_driver_ring *ring;

	if (!config_is_possible(config, packed))
		return -EINVAL;

	ring = calloc(1, sizeof(*ring) + config->size * sizeof(*ring->slots));
	if (!ring)
		return -ENOMEM;

	ring->ops = packed ? &vhu_driver_packed_ring : &vhu_driver_split_ring;
	ring->layout = lay_out(config, packed);
	ring->size = config->size;
	ring->packed = packed;
	ring->event_idx = config->features & VD_BIT(VIRTIO_RING_F_EVENT_IDX);
	ring->in_order = config->features & VD_BIT(VIRTIO_F_IN_ORDER);
	ring->interrupts = true;

	ring->n_free = config->size;
	for (uint32_t i = 0; i < config->size; i++)
		give_slots(ring, (uint16_t)i, (uint16_t)i, 1);

	ring->avail = (uint16_t)config->base;
	if (packed) {
		ring->avail = config->base & INT16_MAX;
		ring->avail_wrap = config->base >> 15 & 1;
		ring->used_wrap = ring->avail_wrap;
	}
	ring->used = ring->avail;

	memset(config->memory, 0, vhu_driver_ring_bytes(config->size, packed));
	ring->ops->init(ring);
	ring->ops->enable_interrupts(ring);

	*ret = ring;
	return 0;
}

void vhu_driver_ring_free(struct vhu_driver_ring *ring)
{
	free(ring);
}

const struct vhu_driver_layout *
vhu_driver_ring_layout(const struct vhu_driver_ring *ring)
{
	return &ring->layout;
}

uint32_t vhu_driver_ring_free_descs(const struct vhu_driver_ring *ring)
{
	return ring->n_free;
}

static uint64_t writable_bytes(const struct vhu_driver_chain *chain)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < chain->n_writable; i++)
		sum += chain->buffers[chain->n_readable + i].len;

	return sum;
}

/* Remember the order, for a device that answers in it. */
static void chain_goes_out(struct vhu_driver_ring *ring, uint16_t id)
{
	if (ring->n_out++ == 0)
		ring->oldest = id;
	else
		ring->slots[ring->newest].later = id;
	ring->newest = id;
}

int vhu_driver_ring_add(struct vhu_driver_ring *ring,
			const struct vhu_driver_chain *chain)
{
	size_t n_buffers = chain->n_readable + chain->n_writable;
	size_t n = chain->table ? chain->n_direct + 1 : n_buffers;
	struct vhu_driver_slot *slot;
	uint16_t id;

	if (n_buffers == 0 || n > n_buffers)
		return -EINVAL;
	if (n > ring->n_free)
		return -ENOSPC;

	id = vhu_driver_take_slot(ring);
	slot = &ring->slots[id];
	slot->token = chain->token;
	slot->room = writable_bytes(chain);
	slot->n_descs = (uint16_t)n;
	slot->last = id;

	ring->ops->add(ring, chain, id, (uint32_t)n);
	ring->n_free -= (uint32_t)n;
	chain_goes_out(ring, id);

	return 0;
}

bool vhu_driver_ring_publish(struct vhu_driver_ring *ring)
{
	bool kick;

	if (ring->n_added == 0)
		return false;

	ring->ops->publish(ring);
	/* The device sees our chains, or we see its wish. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	kick = ring->ops->kickable(ring);
	ring->n_added = 0;

	return kick;
}

bool vhu_driver_ring_ready(const struct vhu_driver_ring *ring)
{
	uint32_t id, len;

	return ring->in_batch || ring->ops->peek(ring, &id, &len);
}

/*
 * In order, one used entry may stand for all chains up to its own.  Those
 * before it count as written to the full.
 */
static void next_in_order(struct vhu_driver_ring *ring,
			  struct vhu_driver_used *used)
{
	if (!ring->in_batch) {
		ring->in_batch = true;
		ring->batch_end = used->id;
		ring->batch_len = used->len;
	}

	used->id = ring->oldest;
	if (used->id == ring->batch_end) {
		ring->in_batch = false;
		used->len = ring->batch_len;
	} else {
		used->len = (uint32_t)ring->slots[used->id].room;
	}
	ring->oldest = ring->slots[used->id].later;
}

/* Read the next used entry; the device may have written anything there. */
static int next_used(struct vhu_driver_ring *ring, struct vhu_driver_used *ret)
{
	uint32_t id, len;

	if (!ring->ops->peek(ring, &id, &len))
		return 0;
	if (id >= ring->size || ring->slots[id].n_descs == 0)
		return -EPROTO;
	if (len > ring->slots[id].room)
		return -EPROTO;

	ret->id = (uint16_t)id;
	ret->len = len;

	return 1;
}

/* All its slots are free again: one a descriptor if the ring is split. */
static void chain_comes_back(struct vhu_driver_ring *ring, uint16_t id)
{
	struct vhu_driver_slot *slot = &ring->slots[id];
	uint32_t n_descs = slot->n_descs;

	ring->ops->consume(ring, n_descs);
	slot->n_descs = 0;
	ring->n_free += n_descs;
	ring->n_out--;
	give_slots(ring, id, slot->last, ring->packed ? 1 : n_descs);
}

int vhu_driver_ring_get(struct vhu_driver_ring *ring,
			struct vhu_driver_used *ret)
{
	struct vhu_driver_used used = { 0 };
	int r;

	if (!ring->in_batch) {
		r = next_used(ring, &used);
		if (r <= 0)
			return r;
	}
	if (ring->in_order)
		next_in_order(ring, &used);

	used.token = ring->slots[used.id].token;
	chain_comes_back(ring, used.id);
	/* Whoever stops before the ring is empty needs no interrupt. */
	if (ring->interrupts && ring->event_idx &&
	    !vhu_driver_ring_ready(ring)) {
		ring->ops->enable_interrupts(ring);
		/* The device sees our wish, or we see its next entry. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}

	*ret = used;
	return 1;
}

bool vhu_driver_ring_enable_interrupts(struct vhu_driver_ring *ring)
{
	ring->interrupts = true;
	ring->ops->enable_interrupts(ring);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	return vhu_driver_ring_ready(ring);
}

void vhu_driver_ring_disable_interrupts(struct vhu_driver_ring *ring)
{
	ring->interrupts = false;
	ring->ops->disable_interrupts(ring);
}
