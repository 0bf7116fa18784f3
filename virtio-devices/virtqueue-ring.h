/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A virtqueue from inside, and what it asks of a ring format.  Not installed.
 *
 *	virtqueue.c		how it starts, stops, and waits
 *	virtqueue-queue.c	chains out of the ring and back, as a device asks
 *	virtqueue-split.c	the two formats of a ring
 *	virtqueue-packed.c
 *	virtqueue-descriptors.c	descriptors, checked, become buffers
 *	virtqueue-pool.c	where chains are kept
 *	inflight.c		a record of them that outlives the process
 */

#ifndef VIRTIO_DEVICES_VIRTQUEUE_RING_H
#define VIRTIO_DEVICES_VIRTQUEUE_RING_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/inflight.h"
#include "virtio-devices/virtqueue-pool.h"
#include "virtio-devices/virtqueue.h"

/**
 * struct vd_ring_ops - a ring format
 * @next:         copy the next chain's descriptors into @slot.  1; 0 if the
 *                ring is empty; -EBADMSG if the chain is bad (it has been
 *                consumed); -ENOBUFS if there is no room to hold it now (it
 *                has not); -EPROTO if the ring makes no sense
 * @rewind:       @slot was not popped after all
 * @use:          write a used entry, not visible to the driver yet
 * @publish:      make all of them visible
 * @notifiable:   does the driver want to know of the last @n positions?
 * @ready:        does a chain wait?
 * @enable_kicks: ask to be kicked for the next chain
 * @disable_kicks: the opposite
 */
struct vd_ring_ops {
	int (*next)(struct vd_virtqueue *vq, struct vd_slot *slot);
	void (*rewind)(struct vd_virtqueue *vq, const struct vd_slot *slot);
	void (*use)(struct vd_virtqueue *vq, const struct vd_slot *slot,
		    uint32_t written);
	void (*publish)(struct vd_virtqueue *vq);
	bool (*notifiable)(const struct vd_virtqueue *vq, uint16_t n);
	bool (*ready)(const struct vd_virtqueue *vq);
	void (*enable_kicks)(struct vd_virtqueue *vq);
	void (*disable_kicks)(struct vd_virtqueue *vq);
};

extern const struct vd_ring_ops vd_split_ring;
extern const struct vd_ring_ops vd_packed_ring;

/* What vd_queue_pop() and the like come to. */
extern const struct vd_queue_ops vd_ring_queue_ops;

struct vring_packed_desc;

/**
 * vd_split_collect() - copy a chain's descriptors
 * @vq:   the virtqueue
 * @slot: takes them
 * @head: in the ring
 *
 * Return: 0, -EBADMSG or -ENOBUFS.
 */
int vd_split_collect(struct vd_virtqueue *vq, struct vd_slot *slot,
		     uint16_t head);

/**
 * vd_packed_collect() - add one descriptor to a chain
 * @vq:   the virtqueue
 * @slot: takes it
 * @desc: was copied
 *
 * Return: 0, -EBADMSG or -ENOBUFS.
 */
int vd_packed_collect(struct vd_virtqueue *vq, struct vd_slot *slot,
		      const struct vring_packed_desc *desc);

/**
 * struct vd_virtqueue - a ring being worked
 * @queue:     what the device sees
 * @host:      the surroundings
 * @ring:      its format; NULL while it does not run
 * @size:      entries
 * @event_idx: VIRTIO_RING_F_EVENT_IDX was negotiated
 * @indirect:  VIRTIO_RING_F_INDIRECT_DESC was negotiated
 * @desc:      descriptor area
 * @driver:    driver area
 * @device:    device area
 * @avail:     next position to pop
 * @avail_end: split: where the available chains end, as last read
 * @used:      next position to use, pending ones not counted in a split ring
 * @avail_wrap: packed: wrap counter of @avail
 * @used_wrap: packed: wrap counter of @used
 * @n_pending: positions used, and not published
 * @first_pending: packed: position of the first of them
 * @first_flags: packed: the flags that will publish it
 * @n_busy:    descriptors (packed) or heads (split) popped and not used
 * @budget:    chains that may be popped before the next flush
 * @held_back: chains may wait that were not given out
 * @starved:   for want of memory
 * @broken:    the ring rests
 * @told:      the driver's wish to be notified has been asked once
 * @polling:   the host wants no kicks
 * @quiet:     the device wants no kicks
 * @kicks:     and the driver knows what we want: they are enabled
 * @inflight:  a record of what is under way, if there is to be one
 * @pool:      keeps the chains
 */
struct vd_virtqueue {
	struct vd_queue queue;
	struct vd_virtqueue_host *host;
	const struct vd_ring_ops *ring;
	uint32_t size;
	bool event_idx;
	bool indirect;
	void *desc;
	void *driver;
	void *device;
	uint16_t avail;
	uint16_t avail_end;
	uint16_t used;
	bool avail_wrap;
	bool used_wrap;
	uint16_t n_pending;
	uint16_t first_pending;
	uint16_t first_flags;
	uint32_t n_busy;
	uint32_t budget;
	bool held_back;
	bool starved;
	bool broken;
	bool told;
	bool polling;
	bool quiet;
	bool kicks;
	struct vd_inflight inflight;
	struct vd_pool pool;
};

/**
 * vd_slot_add() - add a descriptor's buffer to a chain
 * @vq:   the virtqueue
 * @slot: the chain being collected
 * @addr: guest-physical address
 * @len:  bytes; 0 is skipped, wherever @addr points
 * @write: device-writable
 *
 * Return: 0, -EBADMSG if the chain cannot be used, or -ENOBUFS if there is no
 *         room to hold it now.
 */
int vd_slot_add(struct vd_virtqueue *vq, struct vd_slot *slot, uint64_t addr,
		uint32_t len, bool write);

/**
 * vd_table_read() - copy an entry of an indirect table
 * @vq:    the virtqueue
 * @table: guest-physical address of the table
 * @index: which entry
 * @dst:   receives its 16 bytes
 *
 * Return: 0, or -EBADMSG if it is not in guest memory.
 */
int vd_table_read(struct vd_virtqueue *vq, uint64_t table, uint32_t index,
		  void *dst);

/**
 * vd_table_length() - check a descriptor that refers to an indirect table
 * @vq:    the virtqueue
 * @len:   its length, in bytes
 * @flags: its flags
 *
 * Return: entries in the table, or -EBADMSG.
 */
int vd_table_length(const struct vd_virtqueue *vq, uint32_t len,
		    uint16_t flags);

/**
 * vd_ring_dirty() - log a write to the ring itself
 */
static inline void vd_ring_dirty(const struct vd_virtqueue *vq,
				 const void *addr, size_t len)
{
	if (vq->host->logging)
		vq->host->ops->dirty(vq->host, addr, len);
}

/* Copy once: the driver may rewrite the original at any moment. */
static inline void vd_copy_once(void *dst, const void *src, size_t len)
{
	__builtin_memcpy(dst, src, len);
	__asm__ volatile("" ::: "memory");
}

#endif
