/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The record of a packed ring.  What the device uses overwrites the ring, so
 * that the record has a copy of each descriptor that is under way; entries that
 * are not needed are in a list.
 *
 * Where the ring is used next is there twice.  The old one moves when a batch
 * has been published and taken off the record; if both differ, the flags of the
 * descriptor at the old one tell whether it was published.
 *
 * Not installed.
 */

#ifndef VIRTIO_DEVICES_INFLIGHT_PACKED_H
#define VIRTIO_DEVICES_INFLIGHT_PACKED_H

#include <linux/virtio_ring.h>
#include <stdint.h>
#include <string.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

#define F_AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define F_USED (1U << VRING_PACKED_DESC_F_USED)

/**
 * struct entry - a descriptor of a request
 * @inflight: first entry: 1 while the request is under way
 * @padding:  0
 * @next:     the entry that follows, in a request or in the list of free ones
 * @last:     first entry: the last one
 * @num:      first entry: how many there are
 * @counter:  first entry: when it was taken
 * @id:       and the rest, as in the ring
 * @flags:    likewise
 * @len:      likewise
 * @addr:     likewise
 */
struct entry {
	uint8_t inflight;
	uint8_t padding;
	uint16_t next;
	uint16_t last;
	uint16_t num;
	uint64_t counter;
	uint16_t id;
	uint16_t flags;
	uint32_t len;
	uint64_t addr;
};

/**
 * struct position - where the ring is used next; one store moves all of it
 * @idx:      the position
 * @old_idx:  the position as of the last batch that is done with
 * @wrap:     wrap counter of @idx
 * @old_wrap: wrap counter of @old_idx
 * @padding:  0
 */
struct position {
	uint16_t idx;
	uint16_t old_idx;
	uint8_t wrap;
	uint8_t old_wrap;
	uint8_t padding[2];
};

/**
 * struct record - the whole of it
 * @features:  none
 * @version:   VD_INFLIGHT_VERSION
 * @desc_num:  entries
 * @free_head: the first free entry
 * @old_free_head: likewise, as of the last batch that is done with
 * @used:      where the ring is used next
 * @padding:   0
 * @entries:   @desc_num of them
 */
struct record {
	uint64_t features;
	uint16_t version;
	uint16_t desc_num;
	uint16_t free_head;
	uint16_t old_free_head;
	struct position used;
	uint8_t padding[8];
	struct entry entries[];
};

_Static_assert(sizeof(struct entry) == 32, "as in vhost-user.rst");
_Static_assert(sizeof(struct record) == 32, "as in vhost-user.rst");

static inline struct record *record_of(const struct vd_virtqueue *vq)
{
	return vq->inflight.record;
}

static inline struct position load_used(const struct record *record)
{
	struct position used;

	vd_copy_once(&used, &record->used, sizeof(used));

	return used;
}

/* Torn in two it would say something else. */
static inline void store_used(struct record *record, struct position used)
{
	uint64_t word;

	memcpy(&word, &used, sizeof(word));
	__atomic_store_n((vd_aligned_u64 *)(void *)&record->used, word,
			 __ATOMIC_RELEASE);
}

static inline void advance(const struct vd_virtqueue *vq, struct position *at,
			   uint32_t n)
{
	uint32_t to = at->idx + n;

	if (to >= vq->size) {
		to -= vq->size;
		at->wrap = !at->wrap;
	}
	at->idx = (uint16_t)to;
}

/* See struct vd_inflight_ops, @recover. */
int vd_packed_recover(struct vd_virtqueue *vq);

#endif
