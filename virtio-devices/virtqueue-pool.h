/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Where the chains of a virtqueue are kept while a device has them.  All of
 * the memory is taken when the ring starts.  Not installed.
 */

#ifndef VIRTIO_DEVICES_VIRTQUEUE_POOL_H
#define VIRTIO_DEVICES_VIRTQUEUE_POOL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/inflight.h"

/**
 * struct vd_slot - a chain, and what its ring has to remember of it
 * @chain:    what the device sees
 * @segments: the first link of its buffers
 * @tail:     the last link
 * @n_segments: how many buffers there are
 * @n_entries: descriptors that were walked, with or without bytes
 * @writable_at: where the device-writable part begins, to find what was written
 * @position: where in the ring it was popped from
 * @n_descs:  descriptors of a packed ring that it occupies
 * @id:       head of a split chain, buffer id of a packed one
 * @span:     where it is recorded, if it is
 * @next:     in the list of free slots
 */
struct vd_slot {
	struct vd_chain chain;
	struct vd_segments segments;
	struct vd_segments *tail;
	uint32_t n_segments;
	uint32_t n_entries;
	struct vd_stream writable_at;
	uint16_t position;
	uint16_t n_descs;
	uint16_t id;
	struct vd_inflight_span span;
	struct vd_slot *next;
};

/**
 * struct vd_pool - slots, and room for the segments of their chains
 * @queue:        whose chains they are
 * @slots:        @n_slots of them; those beyond @n_slots_used were never used
 * @free_slots:   those that were, and are free
 * @links:        more room for segments; likewise
 * @free_links:   likewise
 */
struct vd_pool {
	struct vd_queue *queue;
	struct vd_slot *slots;
	struct vd_slot *free_slots;
	uint32_t n_slots;
	uint32_t n_slots_used;
	struct vd_segments *links;
	struct vd_segments *free_links;
	uint32_t n_links;
	uint32_t n_links_used;
};

/**
 * vd_pool_init() - take all the memory that there will ever be
 * @pool:    the pool
 * @queue:   gives its chains to a device
 * @n_slots: chains that can be out at the same time
 *
 * Return: 0 or -ENOMEM.
 */
int vd_pool_init(struct vd_pool *pool, struct vd_queue *queue,
		 uint32_t n_slots);

/**
 * vd_pool_fini() - the opposite
 * @pool: none of its chains is out
 */
void vd_pool_fini(struct vd_pool *pool);

/**
 * vd_slot_extend() - make room for more segments
 * @pool: has the room
 * @slot: its last link is full
 *
 * Return: 0, or -ENOBUFS if none is left.
 */
int vd_slot_extend(struct vd_pool *pool, struct vd_slot *slot);

/* Append one contiguous buffer to a stream of the chain; 0 or -ENOBUFS. */
static inline int vd_slot_append(struct vd_pool *pool, struct vd_slot *slot,
				 struct vd_stream *stream, void *base,
				 size_t len)
{
	struct vd_segments *tail;

	if (slot->tail->n == VD_SEGMENTS_PER_LINK &&
	    vd_slot_extend(pool, slot) < 0)
		return -ENOBUFS;

	tail = slot->tail;
	if (!stream->link) {
		stream->link = tail;
		stream->index = tail->n;
	}
	stream->left += len;
	tail->iov[tail->n++] = (struct iovec){ base, len };

	return 0;
}

/* Part by part, which is quicker than the whole of it. */
static inline void vd_slot_clear_chain(struct vd_slot *slot)
{
	struct vd_chain *chain = &slot->chain;

	chain->readable = (struct vd_stream){ 0 };
	chain->writable = (struct vd_stream){ 0 };
	chain->room = 0;
	chain->recovered = false;
	chain->next = NULL;
	chain->tag[0] = 0;
	chain->tag[1] = 0;
}

/* Forget the chain, and give the links back; the slot's own one stays. */
static inline void vd_slot_clear(struct vd_pool *pool, struct vd_slot *slot)
{
	struct vd_segments *more = slot->segments.next;

	if (more) {
		slot->tail->next = pool->free_links;
		pool->free_links = more;
		slot->segments.next = NULL;
	}

	slot->tail = &slot->segments;
	slot->segments.n = 0;
	slot->n_segments = 0;
	slot->n_entries = 0;
	vd_slot_clear_chain(slot);
}

/* A free slot holds nothing, so that a chain can be collected at once. */
static inline void vd_pool_put(struct vd_pool *pool, struct vd_slot *slot)
{
	vd_slot_clear(pool, slot);
	slot->next = pool->free_slots;
	pool->free_slots = slot;
}

/* The first free slot, or NULL.  It stays free until vd_pool_take(). */
static inline struct vd_slot *vd_pool_first(struct vd_pool *pool)
{
	if (!pool->free_slots && pool->n_slots_used < pool->n_slots) {
		struct vd_slot *slot = &pool->slots[pool->n_slots_used++];

		slot->chain.queue = pool->queue;
		vd_pool_put(pool, slot);
	}

	return pool->free_slots;
}

static inline void vd_pool_take(struct vd_pool *pool,
				const struct vd_slot *slot)
{
	pool->free_slots = slot->next;
}

#endif
