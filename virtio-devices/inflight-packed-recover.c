/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a former process has left of the record of a packed ring: checked, settled,
 * and taken over.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/inflight-packed.h"

/*
 * While a record is recovered: the entry belongs to a request, and this is not a
 * link of the list.  There are no more than 2^15 entries.
 */
#define BUSY 0x8000U

/* Make the list of all entries that are not busy. */
static void link_free(struct vd_virtqueue *vq)
{
	struct vd_inflight *inflight = &vq->inflight;
	struct record *record = record_of(vq);
	uint16_t first = (uint16_t)inflight->size;

	inflight->n_free = 0;
	for (uint32_t i = inflight->size; i-- > 0;) {
		if (inflight->next[i] & BUSY) {
			inflight->next[i] =
				(uint16_t)(inflight->next[i] & ~BUSY);
			continue;
		}
		inflight->next[i] = first;
		record->entries[i].next = first;
		first = (uint16_t)i;
		inflight->n_free++;
	}

	inflight->free = first;
	record->free_head = first;
	record->old_free_head = first;
}

static void make_new(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);
	uint32_t size = vq->inflight.size;
	bool wrap = vq->used_wrap;

	memset(record->entries, 0, size * sizeof(record->entries[0]));
	record->features = 0;
	record->desc_num = (uint16_t)size;
	link_free(vq);
	store_used(record,
		   (struct position){ vq->used, vq->used, wrap, wrap, { 0 } });
	vd_inflight_step();
	record->version = VD_INFLIGHT_VERSION;
}

/* Does the driver still see what it made available there in that lap? */
static bool is_available(const struct vd_virtqueue *vq, uint16_t at, bool wrap)
{
	const struct vring_packed_desc *ring = vq->desc;
	uint16_t flags =
		le16toh(__atomic_load_n(&ring[at].flags, __ATOMIC_RELAXED));
	bool avail = flags & F_AVAIL, used = flags & F_USED;

	return avail == wrap && used != wrap;
}

/* Finish what the last batch, which was published, has left undone. */
static int take_batch_off(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);
	uint16_t at = record->free_head, end = record->old_free_head;

	for (uint32_t n = 0; at != end; n++) {
		uint16_t last;

		if (at >= vq->inflight.size || n == vq->inflight.size)
			return -EBADMSG;
		record->entries[at].inflight = 0;
		last = record->entries[at].last;
		if (last >= vq->inflight.size)
			return -EBADMSG;
		at = record->entries[last].next;
	}

	return 0;
}

/*
 * Of the last batch all but the first used descriptor may have been written.
 * The driver has not seen them, and must not, when it gets there.
 */
static void unwrite_batch(struct vd_virtqueue *vq, struct position used)
{
	struct vring_packed_desc *ring = vq->desc;
	struct position at = { .idx = used.old_idx, .wrap = used.old_wrap };

	for (uint32_t n = 0; n < vq->size; n++) {
		uint32_t flags = at.wrap ? F_AVAIL : F_USED;

		if (at.idx == used.idx && at.wrap == used.wrap)
			break;
		__atomic_store_n(&ring[at.idx].flags, htole16((uint16_t)flags),
				 __ATOMIC_RELAXED);
		vd_ring_dirty(vq, &ring[at.idx], sizeof(ring[0]));
		advance(vq, &at, 1);
	}
}

/*
 * Whatever was under way is followed by what the driver made available after
 * it, and nobody has written there since.  If a driver has other flags there, it
 * has begun anew meanwhile.
 */
static bool is_driver_of(const struct vd_virtqueue *vq, struct position at,
			 uint32_t n)
{
	while (n-- > 0) {
		if (!is_available(vq, at.idx, at.wrap))
			return false;
		advance(vq, &at, 1);
	}

	return true;
}

static bool is_impossible(const struct vd_virtqueue *vq, struct position used)
{
	return used.idx >= vq->size || used.old_idx >= vq->size ||
	       used.wrap > 1 || used.old_wrap > 1;
}

/* How many descriptors the last batch has, which was not taken off. */
static uint32_t batch_length(const struct vd_virtqueue *vq,
			     struct position used)
{
	if (used.wrap == used.old_wrap)
		return used.idx >= used.old_idx
			       ? (uint32_t)used.idx - used.old_idx
			       : vq->size;

	return vq->size + used.idx - used.old_idx;
}

/*
 * Follow a request's entries, none of which may be another one's.  Others may
 * change the links later: we go by what they are now.
 */
static int park(struct vd_virtqueue *vq, uint16_t first)
{
	struct vd_inflight *inflight = &vq->inflight;
	const struct entry *entries = record_of(vq)->entries;
	uint16_t num = entries[first].num, at = first, last = first;

	if (num == 0 || num > vq->size - inflight->n_parked_descs)
		return -EBADMSG;

	for (uint16_t i = 0; i < num; i++) {
		if (at >= inflight->size || inflight->next[at] & BUSY)
			return -EBADMSG;
		last = at;
		at = entries[last].next;
		inflight->next[last] = (uint16_t)(BUSY | at);
	}

	inflight->n_parked_descs += num;
	vd_inflight_park(inflight,
			 (struct vd_inflight_span){ first, last, num });

	return 0;
}

static int park_all(struct vd_virtqueue *vq)
{
	const struct vd_inflight *inflight = &vq->inflight;
	const struct record *record = inflight->record;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < inflight->size; i++) {
		if (record->entries[i].inflight == 1)
			r = park(vq, (uint16_t)i);
	}

	return r;
}

static uint64_t counter_of(const struct vd_inflight *inflight, uint16_t entry)
{
	const struct record *record = inflight->record;

	return record->entries[entry].counter;
}

/* The driver knows nothing of what is on record. */
static void begin_anew(struct vd_virtqueue *vq)
{
	struct vd_inflight *inflight = &vq->inflight;

	memset(inflight->next, 0, inflight->size * sizeof(inflight->next[0]));
	inflight->n_parked = 0;
	inflight->n_parked_descs = 0;
	record_of(vq)->version = 0;
	vd_inflight_step();
	make_new(vq);
}

/* The last batch is done with, or was never used. */
static void settle_batch(struct vd_virtqueue *vq, struct position used,
			 bool published)
{
	if (used.idx != used.old_idx || used.wrap != used.old_wrap) {
		if (published) {
			used.old_idx = used.idx;
			used.old_wrap = used.wrap;
		} else {
			unwrite_batch(vq, used);
			used.idx = used.old_idx;
			used.wrap = used.old_wrap;
		}
		vd_inflight_step();
		store_used(record_of(vq), used);
	}

	vq->used = used.idx;
	vq->used_wrap = used.wrap;
}

static void go_on(struct vd_virtqueue *vq)
{
	struct position at;

	link_free(vq);
	vd_inflight_sort(vq, counter_of);

	at = (struct position){ .idx = vq->used, .wrap = vq->used_wrap };
	advance(vq, &at, vq->inflight.n_parked_descs);
	vq->avail = at.idx;
	vq->avail_wrap = at.wrap;
}

int vd_packed_recover(struct vd_virtqueue *vq)
{
	const struct record *record = record_of(vq);
	struct vd_inflight *inflight = &vq->inflight;
	struct position used = load_used(record);
	bool published;
	uint32_t n;
	int r = 0;

	if (record->version == 0) {
		make_new(vq);
		return 0;
	}
	if (record->version != VD_INFLIGHT_VERSION ||
	    record->desc_num != (uint16_t)inflight->size ||
	    is_impossible(vq, used))
		return -EBADMSG;

	n = batch_length(vq, used);
	published = n == 0 || !is_available(vq, used.old_idx, used.old_wrap);
	if (n > 0 && published)
		r = take_batch_off(vq);
	if (r == 0)
		r = park_all(vq);
	if (r < 0)
		return r;

	/* A batch that was not published is still among the parked ones. */
	n = published ? 0 : VD_MIN(n, inflight->n_parked_descs);
	if (!is_driver_of(vq, used, inflight->n_parked_descs - n)) {
		begin_anew(vq);
		return 0;
	}

	settle_batch(vq, used, published);
	go_on(vq);

	return 0;
}
