/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packed rings (virtio 1.3, section 2.8).
 *
 * Used descriptors are written into the ring at once, all but the flags of the
 * first of a batch.  The driver stops there until those are written, which
 * publishes the whole batch.
 */

#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

#define F_AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define F_USED (1U << VRING_PACKED_DESC_F_USED)

static struct vring_packed_desc *desc_at(const struct vd_virtqueue *vq,
					 uint16_t position)
{
	struct vring_packed_desc *ring = vq->desc;

	return &ring[position];
}

static void advance(const struct vd_virtqueue *vq, uint16_t *position,
		    bool *wrap, uint32_t n)
{
	uint32_t to = *position + n;

	if (to >= vq->size) {
		to -= vq->size;
		*wrap = !*wrap;
	}
	*position = (uint16_t)to;
}

static bool packed_ready(const struct vd_virtqueue *vq)
{
	uint16_t flags = le16toh(__atomic_load_n(&desc_at(vq, vq->avail)->flags,
						 __ATOMIC_ACQUIRE));
	bool avail = flags & F_AVAIL, used = flags & F_USED;

	return avail == vq->avail_wrap && used != vq->avail_wrap;
}

/* In a table the entries follow one another, and NEXT means nothing. */
static int add_table(struct vd_virtqueue *vq, struct vd_slot *slot,
		     uint64_t table, uint32_t len, uint16_t flags)
{
	int n = vd_table_length(vq, len, flags);

	if (n < 0)
		return n;

	for (int i = 0; i < n; i++) {
		struct vring_packed_desc desc;
		int r;

		if (vd_table_read(vq, table, (uint32_t)i, &desc) < 0)
			return -EBADMSG;
		flags = le16toh(desc.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return -EBADMSG;

		r = vd_slot_add(vq, slot, le64toh(desc.addr), le32toh(desc.len),
				flags & VRING_DESC_F_WRITE);
		if (r < 0)
			return r;
	}

	return 0;
}

int vd_packed_collect(struct vd_virtqueue *vq, struct vd_slot *slot,
		      const struct vring_packed_desc *desc)
{
	uint16_t flags = le16toh(desc->flags);

	if (flags & VRING_DESC_F_INDIRECT)
		return add_table(vq, slot, le64toh(desc->addr),
				 le32toh(desc->len), flags);

	return vd_slot_add(vq, slot, le64toh(desc->addr), le32toh(desc->len),
			   flags & VRING_DESC_F_WRITE);
}

/*
 * Collect the chain at the front.  Even a bad one is followed to its end,
 * because the next one begins there.
 */
static int add_chain(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	uint16_t at = vq->avail;
	bool wrap = vq->avail_wrap;
	uint32_t free = vq->size - vq->n_busy - vq->inflight.n_parked_descs;
	uint32_t n = 0;
	int result = 1;

	for (;;) {
		struct vring_packed_desc desc;

		if (++n > free)
			return -EPROTO;

		vd_copy_once(&desc, desc_at(vq, at), sizeof(desc));
		advance(vq, &at, &wrap, 1);

		if (result == 1) {
			int r = vd_packed_collect(vq, slot, &desc);

			if (r == -ENOBUFS)
				return r;
			if (r < 0)
				result = r;
		}

		if (!(le16toh(desc.flags) & VRING_DESC_F_NEXT)) {
			slot->id = le16toh(desc.id);
			slot->n_descs = (uint16_t)n;
			return result;
		}
	}
}

static int packed_next(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r;

	if (!packed_ready(vq))
		return 0;

	r = add_chain(vq, slot);
	if (r == -ENOBUFS || r == -EPROTO)
		return r;

	slot->position = (uint16_t)(vq->avail | vq->avail_wrap << 15);
	advance(vq, &vq->avail, &vq->avail_wrap, slot->n_descs);
	vq->n_busy += slot->n_descs;

	return r;
}

static void packed_rewind(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	vq->avail = slot->position & 0x7fff;
	vq->avail_wrap = slot->position >> 15;
	vq->n_busy -= slot->n_descs;
}

static void packed_use(struct vd_virtqueue *vq, const struct vd_slot *slot,
		       uint32_t written)
{
	struct vring_packed_desc *desc = desc_at(vq, vq->used);
	uint16_t flags = vq->used_wrap ? F_AVAIL | F_USED : 0;

	if (written)
		flags |= VRING_DESC_F_WRITE;

	desc->id = htole16(slot->id);
	desc->len = htole32(written);

	if (vq->n_pending == 0) {
		vq->first_pending = vq->used;
		vq->first_flags = flags;
	} else {
		__atomic_store_n(&desc->flags, htole16(flags),
				 __ATOMIC_RELEASE);
	}
	vd_ring_dirty(vq, desc, sizeof(*desc));

	advance(vq, &vq->used, &vq->used_wrap, slot->n_descs);
	vq->n_pending = (uint16_t)(vq->n_pending + slot->n_descs);
	vq->n_busy -= slot->n_descs;
}

static void packed_publish(struct vd_virtqueue *vq)
{
	struct vring_packed_desc *desc = desc_at(vq, vq->first_pending);

	__atomic_store_n(&desc->flags, htole16(vq->first_flags),
			 __ATOMIC_RELEASE);
	vd_ring_dirty(vq, desc, sizeof(*desc));
}

/* Offset and flags belong together, so they are moved in one piece. */
static struct vring_packed_desc_event load_event(const void *area)
{
	struct vring_packed_desc_event event;
	uint32_t word =
		__atomic_load_n((const uint32_t *)area, __ATOMIC_RELAXED);

	__builtin_memcpy(&event, &word, sizeof(event));

	return event;
}

static void store_event(struct vd_virtqueue *vq, uint16_t off_wrap,
			uint16_t flags)
{
	struct vring_packed_desc_event event = {
		.off_wrap = htole16(off_wrap),
		.flags = htole16(flags),
	};
	uint32_t word;

	__builtin_memcpy(&word, &event, sizeof(word));
	__atomic_store_n((uint32_t *)vq->device, word, __ATOMIC_RELAXED);
	vd_ring_dirty(vq, vq->device, sizeof(word));
}

static bool packed_notifiable(const struct vd_virtqueue *vq, uint16_t n)
{
	struct vring_packed_desc_event event = load_event(vq->driver);
	uint16_t flags = le16toh(event.flags);
	uint16_t off_wrap = le16toh(event.off_wrap);
	uint16_t off = off_wrap & 0x7fff;

	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (!vq->event_idx || flags != VRING_PACKED_EVENT_FLAG_DESC)
		return true;

	/* A position of the other lap lies behind us, not ahead. */
	if ((off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR) != vq->used_wrap)
		off = (uint16_t)(off - vq->size);

	return vring_need_event(off, vq->used, (uint16_t)(vq->used - n));
}

static void packed_enable_kicks(struct vd_virtqueue *vq)
{
	store_event(vq, (uint16_t)(vq->avail | vq->avail_wrap << 15),
		    vq->event_idx ? VRING_PACKED_EVENT_FLAG_DESC
				  : VRING_PACKED_EVENT_FLAG_ENABLE);
}

static void packed_disable_kicks(struct vd_virtqueue *vq)
{
	store_event(vq, 0, VRING_PACKED_EVENT_FLAG_DISABLE);
}

const struct vd_ring_ops vd_packed_ring = {
	.next = packed_next,
	.rewind = packed_rewind,
	.use = packed_use,
	.publish = packed_publish,
	.notifiable = packed_notifiable,
	.ready = packed_ready,
	.enable_kicks = packed_enable_kicks,
	.disable_kicks = packed_disable_kicks,
};
