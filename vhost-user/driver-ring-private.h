/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Between driver-ring.c, which keeps account of chains and free descriptors,
 * and the two ring formats below it.  Not installed.
 */

#ifndef VHOST_USER_DRIVER_RING_PRIVATE_H
#define VHOST_USER_DRIVER_RING_PRIVATE_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "vhost-user/driver-ring.h"

/**
 * struct vhu_driver_slot - what the device must not change
 * @token:   the caller's
 * @room:    bytes that the device may write
 * @n_descs: descriptors of the ring that the chain takes; 0: none is out
 * @next:    split: next descriptor of the chain; both: next free slot
 * @last:    of the slots of the chain
 * @later:   the chain that was added after this one
 *
 * A split ring has a slot for each descriptor, a packed one for each id.
 */
struct vhu_driver_slot {
	void *token;
	uint64_t room;
	uint16_t n_descs;
	uint16_t next;
	uint16_t last;
	uint16_t later;
};

/**
 * struct vhu_driver_desc - a descriptor, whatever the format
 * @addr:  guest-physical address
 * @len:   bytes
 * @flags: VRING_DESC_F_*
 */
struct vhu_driver_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
};

/**
 * struct vhu_driver_ring_ops - a ring format
 * @init:     write an empty ring into its memory
 * @add:      write a chain of @n descriptors, the first of which has slot @id
 * @publish:  make what was added visible
 * @kickable: does the device want to know of it?
 * @peek:     is there a used entry?  Its id and length
 * @consume:  step over the used entry of a chain of @n_descs
 * @enable_interrupts: from the next entry on
 * @disable_interrupts: the opposite
 */
struct vhu_driver_ring_ops {
	void (*init)(struct vhu_driver_ring *ring);
	void (*add)(struct vhu_driver_ring *ring,
		    const struct vhu_driver_chain *chain, uint16_t id,
		    uint32_t n);
	void (*publish)(struct vhu_driver_ring *ring);
	bool (*kickable)(const struct vhu_driver_ring *ring);
	bool (*peek)(const struct vhu_driver_ring *ring, uint32_t *ret_id,
		     uint32_t *ret_len);
	void (*consume)(struct vhu_driver_ring *ring, uint32_t n_descs);
	void (*enable_interrupts)(struct vhu_driver_ring *ring);
	void (*disable_interrupts)(struct vhu_driver_ring *ring);
};

extern const struct vhu_driver_ring_ops vhu_driver_split_ring;
extern const struct vhu_driver_ring_ops vhu_driver_packed_ring;

/**
 * struct vhu_driver_ring - a ring
 * @ops:        its format
 * @layout:     where it lies
 * @size:       entries
 * @packed:     VIRTIO_F_RING_PACKED was negotiated
 * @event_idx:  VIRTIO_RING_F_EVENT_IDX was negotiated
 * @in_order:   VIRTIO_F_IN_ORDER was negotiated
 * @interrupts: the device is to notify us
 * @avail:      where the next chain goes; in a split ring, without those that
 *              are not published
 * @avail_wrap: packed: wrap counter of @avail
 * @n_added:    positions that are not published
 * @first_added: packed: the first of them
 * @first_flags: packed: the flags that will publish it
 * @used:       where the next used entry will be
 * @used_wrap:  packed: wrap counter of @used
 * @n_free:     descriptors that are free
 * @n_slots:    slots that are free: a list, oldest first
 * @first_slot: its begin
 * @last_slot:  its end
 * @n_out:      chains that the device has, or will have
 * @oldest:     the first of them, in the order of @later
 * @newest:     the last of them
 * @in_batch:   IN_ORDER: one used entry stood for several chains, and they have
 *              not all been got
 * @batch_end:  the last chain of those
 * @batch_len:  what was written to that one
 * @slots:      @size of them
 */
struct vhu_driver_ring {
	const struct vhu_driver_ring_ops *ops;
	struct vhu_driver_layout layout;
	uint32_t size;
	bool packed;
	bool event_idx;
	bool in_order;
	bool interrupts;
	uint16_t avail;
	bool avail_wrap;
	uint16_t n_added;
	uint16_t first_added;
	uint16_t first_flags;
	uint16_t used;
	bool used_wrap;
	uint32_t n_free;
	uint32_t n_slots;
	uint16_t first_slot;
	uint16_t last_slot;
	uint32_t n_out;
	uint16_t oldest;
	uint16_t newest;
	bool in_batch;
	uint16_t batch_end;
	uint32_t batch_len;
	struct vhu_driver_slot slots[];
};

/* Descriptor for buffer @k. */
static inline struct vhu_driver_desc
vhu_driver_buffer_desc(const struct vhu_driver_chain *chain, size_t k)
{
	return (struct vhu_driver_desc){
		.addr = chain->buffers[k].gpa,
		.len = chain->buffers[k].len,
		.flags = k < chain->n_readable ? 0 : VRING_DESC_F_WRITE,
	};
}

/**
 * vhu_driver_table_length() - entries in its indirect table; 0 without one
 */
static inline size_t
vhu_driver_table_length(const struct vhu_driver_chain *chain)
{
	if (!chain->table)
		return 0;

	return chain->n_readable + chain->n_writable - chain->n_direct;
}

/**
 * vhu_driver_table_desc() - what entry @k of its indirect table says
 */
static inline struct vhu_driver_desc
vhu_driver_table_desc(const struct vhu_driver_chain *chain, size_t k)
{
	return vhu_driver_buffer_desc(chain, chain->n_direct + k);
}

/**
 * vhu_driver_chain_desc() - what descriptor @k of a chain says
 * @chain: the chain
 * @k:     below @n
 * @n:     descriptors that the chain has in the ring itself
 */
static inline struct vhu_driver_desc
vhu_driver_chain_desc(const struct vhu_driver_chain *chain, size_t k, size_t n)
{
	struct vhu_driver_desc desc;

	if (!chain->table || k < chain->n_direct) {
		desc = vhu_driver_buffer_desc(chain, k);
	} else {
		desc.addr = chain->table_gpa;
		desc.len = (uint32_t)(vhu_driver_table_length(chain) *
				      sizeof(struct vring_desc));
		desc.flags = VRING_DESC_F_INDIRECT;
	}
	if (k + 1 < n)
		desc.flags |= VRING_DESC_F_NEXT;

	return desc;
}

/**
 * vhu_driver_take_slot() - take the oldest free slot; there is one
 */
static inline uint16_t vhu_driver_take_slot(struct vhu_driver_ring *ring)
{
	uint16_t id = ring->first_slot;

	ring->first_slot = ring->slots[id].next;
	ring->n_slots--;

	return id;
}

#endif
