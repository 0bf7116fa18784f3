/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The record of a split ring: an entry for each head.
 *
 * A batch is linked, newest first, before the used index moves.  If the record
 * has another used index than the ring, that is how many requests of the last
 * batch were not yet taken off the record.
 */

#include <errno.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

/**
 * struct entry - a request
 * @inflight: 1 while it is under way
 * @padding:  0
 * @next:     the one of the same batch that was used before
 * @counter:  when it was taken
 */
struct entry {
	uint8_t inflight;
	uint8_t padding[5];
	uint16_t next;
	uint64_t counter;
};

/**
 * struct record - the whole of it
 * @features:  none
 * @version:   VD_INFLIGHT_VERSION
 * @desc_num:  entries
 * @last_batch_head: the request that was used last
 * @used_idx:  of the ring, when the record was last in agreement with it
 * @entries:   @desc_num of them
 */
struct record {
	uint64_t features;
	uint16_t version;
	uint16_t desc_num;
	uint16_t last_batch_head;
	uint16_t used_idx;
	struct entry entries[];
};

static struct record *record_of(const struct vd_virtqueue *vq)
{
	return vq->inflight.record;
}

static void make_new(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);
	uint32_t size = vq->inflight.size;

	record->version = 0;
	vd_inflight_step();
	memset(record->entries, 0, size * sizeof(record->entries[0]));
	record->features = 0;
	record->desc_num = (uint16_t)size;
	record->last_batch_head = 0;
	record->used_idx = vq->used;
	vd_inflight_step();
	record->version = VD_INFLIGHT_VERSION;
}

static bool is_batch(const struct vd_virtqueue *vq, uint16_t n)
{
	const struct record *record = record_of(vq);
	uint16_t at = record->last_batch_head;

	for (; n > 0; n--) {
		if (at >= vq->size)
			return false;
		at = record->entries[at].next;
	}

	return true;
}

/*
 * Finish what the last batch has left undone, once it is known to make sense.
 * Others may change the links meanwhile.
 */
static int take_batch_off(struct vd_virtqueue *vq, uint16_t n)
{
	struct record *record = record_of(vq);
	uint16_t at = record->last_batch_head;

	if (!is_batch(vq, n))
		return -EBADMSG;

	while (n-- > 0) {
		if (at >= vq->size)
			return -EBADMSG;
		record->entries[at].inflight = 0;
		at = record->entries[at].next;
	}
	vd_inflight_step();
	record->used_idx = vq->used;

	return 0;
}

static int park_all(struct vd_virtqueue *vq)
{
	const struct record *record = record_of(vq);

	for (uint32_t i = 0; i < vq->inflight.size; i++) {
		const uint16_t head = (uint16_t)i;

		if (record->entries[head].inflight != 1)
			continue;
		if (head >= vq->size)
			return -EBADMSG;
		vd_inflight_park(&vq->inflight,
				 (struct vd_inflight_span){ head, head, 1 });
	}

	return 0;
}

static uint64_t counter_of(const struct vd_inflight *inflight, uint16_t entry)
{
	const struct record *record = inflight->record;

	return record->entries[entry].counter;
}

/* How many requests can be under way at all? */
static uint16_t count_available(const struct vd_virtqueue *vq)
{
	const struct vring_avail *avail = vq->driver;
	uint16_t end = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_RELAXED));

	return (uint16_t)(end - vq->used);
}

static int split_recover(struct vd_virtqueue *vq)
{
	const struct record *record = record_of(vq);
	struct vd_inflight *inflight = &vq->inflight;
	uint16_t n_done;
	int r;

	if (record->version == 0) {
		make_new(vq);
		return 0;
	}
	if (record->version != VD_INFLIGHT_VERSION ||
	    record->desc_num != (uint16_t)inflight->size)
		return -EBADMSG;

	n_done = (uint16_t)(vq->used - record->used_idx);
	r = n_done > vq->size ? 0 : take_batch_off(vq, n_done);
	if (r == 0)
		r = park_all(vq);
	if (r < 0)
		return r;

	/* The driver has begun anew meanwhile: nothing is under way. */
	if (n_done > vq->size || inflight->n_parked > count_available(vq)) {
		inflight->n_parked = 0;
		make_new(vq);
		return 0;
	}

	vd_inflight_sort(vq, counter_of);
	vq->avail = (uint16_t)(vq->used + inflight->n_parked);
	vq->avail_end = vq->avail;

	return 0;
}

static int split_again(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r = vd_split_collect(vq, slot, slot->span.first);

	if (r == -ENOBUFS)
		return r;

	slot->id = slot->span.first;
	vq->n_busy++;

	return r < 0 ? r : 1;
}

static int split_take(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct entry *entry = &record_of(vq)->entries[slot->id];

	slot->span = (struct vd_inflight_span){ slot->id, slot->id, 1 };
	entry->counter = vq->inflight.counter++;
	vd_inflight_step();
	entry->inflight = 1;

	return 0;
}

static void split_untake(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	record_of(vq)->entries[slot->id].inflight = 0;
}

static void split_before(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);
	uint16_t last = record->last_batch_head;

	for (uint32_t i = 0; i < vq->inflight.n_batch; i++) {
		uint16_t head = vq->inflight.batch[i].first;

		record->entries[head].next = last;
		last = head;
	}
	record->last_batch_head = last;
}

static void split_after(struct vd_virtqueue *vq)
{
	struct record *record = record_of(vq);

	for (uint32_t i = 0; i < vq->inflight.n_batch; i++)
		record->entries[vq->inflight.batch[i].first].inflight = 0;
	vd_inflight_step();
	record->used_idx = vq->used;
}

const struct vd_inflight_ops vd_inflight_split = {
	.recover = split_recover,
	.again = split_again,
	.take = split_take,
	.untake = split_untake,
	.before = split_before,
	.after = split_after,
};
