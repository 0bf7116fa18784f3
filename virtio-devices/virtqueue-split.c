/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Split rings (virtio 1.3, section 2.7).
 *
 * A used entry is written into the ring at once; the driver does not look
 * before the index moves, which happens once for a batch.
 */

#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

static uint16_t load_avail_idx(const struct vd_virtqueue *vq)
{
	const struct vring_avail *avail = vq->driver;

	return le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));
}

static void read_desc(const struct vd_virtqueue *vq, uint16_t index,
		      struct vring_desc *ret)
{
	const struct vring_desc *table = vq->desc;

	vd_copy_once(ret, &table[index], sizeof(*ret));
}

/* Follow a table from entry 0; its own chain must end within it. */
static int add_table(struct vd_virtqueue *vq, struct vd_slot *slot,
		     uint64_t table, uint32_t len, uint16_t flags)
{
	int n = vd_table_length(vq, len, flags);
	uint16_t i = 0;

	if (n < 0)
		return n;

	for (;;) {
		struct vring_desc desc;
		int r;

		if (vd_table_read(vq, table, i, &desc) < 0)
			return -EBADMSG;
		flags = le16toh(desc.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return -EBADMSG;

		r = vd_slot_add(vq, slot, le64toh(desc.addr), le32toh(desc.len),
				flags & VRING_DESC_F_WRITE);
		if (r < 0)
			return r;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;

		i = le16toh(desc.next);
		if (i >= n)
			return -EBADMSG;
	}
}

/* A loop ends when vd_slot_add() finds the chain too long. */
int vd_split_collect(struct vd_virtqueue *vq, struct vd_slot *slot,
		     uint16_t head)
{
	uint16_t i = head;

	for (;;) {
		struct vring_desc desc;
		uint16_t flags;
		int r;

		read_desc(vq, i, &desc);
		flags = le16toh(desc.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return add_table(vq, slot, le64toh(desc.addr),
					 le32toh(desc.len), flags);

		r = vd_slot_add(vq, slot, le64toh(desc.addr), le32toh(desc.len),
				flags & VRING_DESC_F_WRITE);
		if (r < 0)
			return r;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;

		i = le16toh(desc.next);
		if (i >= vq->size)
			return -EBADMSG;
	}
}

/* How many chains are available that have not been seen yet? */
static int refresh(struct vd_virtqueue *vq)
{
	uint16_t end = load_avail_idx(vq);

	if ((uint16_t)(end - vq->avail) > vq->size)
		return -EPROTO;

	vq->avail_end = end;

	return end != vq->avail;
}

static int split_next(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	const struct vring_avail *avail = vq->driver;
	uint16_t head;
	int r;

	if (vq->avail == vq->avail_end) {
		r = refresh(vq);
		if (r <= 0)
			return r;
	}

	slot->position = vq->avail;
	head = le16toh(__atomic_load_n(&avail->ring[vq->avail & (vq->size - 1)],
				       __ATOMIC_RELAXED));
	if (head >= vq->size) {
		vq->avail++;
		return -ERANGE;
	}

	r = vd_split_collect(vq, slot, head);
	if (r == -ENOBUFS)
		return r;

	slot->id = head;
	vq->avail++;
	vq->n_busy++;

	return r < 0 ? r : 1;
}

static void split_rewind(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	vq->avail = slot->position;
	vq->n_busy--;
}

static void split_use(struct vd_virtqueue *vq, const struct vd_slot *slot,
		      uint32_t written)
{
	struct vring_used *used = vq->device;
	uint16_t at = (uint16_t)(vq->used + vq->n_pending++);
	vring_used_elem_t *elem = &used->ring[at & (vq->size - 1)];

	elem->id = htole32(slot->id);
	elem->len = htole32(written);
	vd_ring_dirty(vq, elem, sizeof(*elem));
	vq->n_busy--;
}

static void split_publish(struct vd_virtqueue *vq)
{
	struct vring_used *used = vq->device;

	vq->used = (uint16_t)(vq->used + vq->n_pending);
	__atomic_store_n(&used->idx, htole16(vq->used), __ATOMIC_RELEASE);
	vd_ring_dirty(vq, &used->idx, sizeof(used->idx));
}

static bool split_notifiable(const struct vd_virtqueue *vq, uint16_t n)
{
	const struct vring_avail *avail = vq->driver;
	uint16_t event;

	if (!vq->event_idx)
		return !(le16toh(__atomic_load_n(&avail->flags,
						 __ATOMIC_RELAXED)) &
			 VRING_AVAIL_F_NO_INTERRUPT);

	event = le16toh(
		__atomic_load_n(&avail->ring[vq->size], __ATOMIC_RELAXED));

	return vring_need_event(event, vq->used, (uint16_t)(vq->used - n));
}

static bool split_ready(const struct vd_virtqueue *vq)
{
	return load_avail_idx(vq) != vq->avail;
}

/* With EVENT_IDX the flags stay 0, and an old index means: do not kick. */
static void split_enable_kicks(struct vd_virtqueue *vq)
{
	struct vring_used *used = vq->device;
	__virtio16 *event = (__virtio16 *)(void *)&used->ring[vq->size];

	if (vq->event_idx) {
		__atomic_store_n(event, htole16(vq->avail), __ATOMIC_RELAXED);
		vd_ring_dirty(vq, event, sizeof(*event));
	} else {
		__atomic_store_n(&used->flags, 0, __ATOMIC_RELAXED);
		vd_ring_dirty(vq, &used->flags, sizeof(used->flags));
	}
}

static void split_disable_kicks(struct vd_virtqueue *vq)
{
	struct vring_used *used = vq->device;

	__atomic_store_n(&used->flags, htole16(VRING_USED_F_NO_NOTIFY),
			 __ATOMIC_RELAXED);
	vd_ring_dirty(vq, &used->flags, sizeof(used->flags));
}

const struct vd_ring_ops vd_split_ring = {
	.next = split_next,
	.rewind = split_rewind,
	.use = split_use,
	.publish = split_publish,
	.notifiable = split_notifiable,
	.ready = split_ready,
	.enable_kicks = split_enable_kicks,
	.disable_kicks = split_disable_kicks,
};
