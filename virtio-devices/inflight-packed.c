/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The record of a packed ring while the ring is worked.
 */

#include <errno.h>

#include "virtio-devices/inflight-packed.h"

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
	.recover = vd_packed_recover,
	.again = packed_again,
	.take = packed_take,
	.untake = packed_untake,
	.use = packed_use,
	.before = packed_before,
	.after = packed_after,
};
