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
 */

#include <errno.h>
#include <linux/virtio_ring.h>
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

static struct record *record_of(const struct vd_virtqueue *vq)
{
	return vq->inflight.record;
}

static struct position load_used(const struct record *record)
{
	struct position used;

	vd_copy_once(&used, &record->used, sizeof(used));

	return used;
}

/* Torn in two it would say something else. */
static void store_used(struct record *record, struct position used)
{
	uint64_t word;

	memcpy(&word, &used, sizeof(word));
	__atomic_store_n((uint64_t *)(void *)&record->used, word,
			 __ATOMIC_RELEASE);
}

static void advance(const struct vd_virtqueue *vq, struct position *at,
		    uint32_t n)
{
	uint32_t to = at->idx + n;

	if (to >= vq->size) {
		to -= vq->size;
		at->wrap = !at->wrap;
	}
	at->idx = (uint16_t)to;
}

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

static int packed_recover(struct vd_virtqueue *vq)
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

static int packed_again(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	const struct entry *entries = record_of(vq)->entries;
	struct vd_inflight *inflight = &vq->inflight;
	uint16_t at = slot->span.first;
	int result = 1;

	for (uint16_t i = 0; i < slot->span.n; i++) {
		const struct vring_packed_desc desc = {
			.addr = entries[at].addr,
			.len = entries[at].len,
			.flags = entries[at].flags,
		};
		int r = result == 1 ? vd_packed_collect(vq, slot, &desc) : 0;

		if (r == -ENOBUFS)
			return r;
		if (r < 0)
			result = r;
		at = inflight->next[at];
	}

	slot->id = le16toh(entries[slot->span.last].id);
	slot->n_descs = slot->span.n;
	inflight->n_parked_descs -= slot->n_descs;
	vq->n_busy += slot->n_descs;

	return result;
}

static int packed_take(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct vd_inflight *inflight = &vq->inflight;
	struct record *record = record_of(vq);
	const struct vring_packed_desc *ring = vq->desc;
	uint16_t first = inflight->free, last = first, at = first;
	uint32_t position = slot->position & 0x7fff;

	/* More than the ring has: some of it was made available twice. */
	if (slot->n_descs > inflight->n_free)
		return -EPROTO;

	for (uint32_t i = 0; i < slot->n_descs; i++) {
		struct vring_packed_desc desc;
		struct entry *entry = &record->entries[at];

		vd_copy_once(&desc, &ring[position], sizeof(desc));
		position = position + 1 < vq->size ? position + 1 : 0;
		entry->addr = desc.addr;
		entry->len = desc.len;
		entry->id = desc.id;
		entry->flags = desc.flags;
		last = at;
		at = inflight->next[at];
	}
	record->entries[first].num = slot->n_descs;
	record->entries[first].last = last;
	record->entries[first].counter = inflight->counter++;
	record->free_head = at;
	vd_inflight_step();
	record->entries[first].inflight = 1;
	vd_inflight_step();
	record->old_free_head = at;

	slot->span = (struct vd_inflight_span){ first, last, slot->n_descs };
	inflight->free = at;
	inflight->n_free -= slot->n_descs;

	return 0;
}

/* Put a request's entries at the front of the list. */
static void give_back(struct vd_virtqueue *vq, struct vd_inflight_span span)
{
	struct vd_inflight *inflight = &vq->inflight;

	inflight->next[span.last] = inflight->free;
	record_of(vq)->entries[span.last].next = inflight->free;
	inflight->free = span.first;
	inflight->n_free += span.n;
}

static void packed_untake(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	struct record *record = record_of(vq);

	record->entries[slot->span.first].inflight = 0;
	vd_inflight_step();
	give_back(vq, slot->span);
	record->free_head = vq->inflight.free;
	record->old_free_head = vq->inflight.free;
}

/* From here on the ring may hold what the driver has not been told about. */
static void packed_use(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	struct record *record = record_of(vq);
	struct position used = load_used(record);
	struct position at = { .idx = vq->used, .wrap = vq->used_wrap };

	advance(vq, &at, slot->n_descs);
	used.idx = at.idx;
	used.wrap = at.wrap;
	store_used(record, used);
	vd_inflight_step();
}

static void packed_before(struct vd_virtqueue *vq)
{
	for (uint32_t i = 0; i < vq->inflight.n_batch; i++)
		give_back(vq, vq->inflight.batch[i]);
	vd_inflight_step();
	record_of(vq)->free_head = vq->inflight.free;
}

static void packed_after(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);
	bool wrap = vq->used_wrap;

	for (uint32_t i = 0; i < vq->inflight.n_batch; i++)
		record->entries[vq->inflight.batch[i].first].inflight = 0;
	vd_inflight_step();
	record->old_free_head = vq->inflight.free;
	vd_inflight_step();
	store_used(record,
		   (struct position){ vq->used, vq->used, wrap, wrap, { 0 } });
}

const struct vd_inflight_ops vd_inflight_packed = {
	.recover = packed_recover,
	.again = packed_again,
	.take = packed_take,
	.untake = packed_untake,
	.use = packed_use,
	.before = packed_before,
	.after = packed_after,
};
