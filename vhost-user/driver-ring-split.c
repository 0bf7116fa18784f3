/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Split rings (virtio 1.3, section 2.7), the driver's side.
 */

#include "vhost-user/driver-ring-private.h"
#include "virtio-devices/util.h"

static struct vring_avail *avail_ring(const struct vhu_driver_ring *ring)
{
	return ring->layout.driver.at;
}

static struct vring_used *used_ring(const struct vhu_driver_ring *ring)
{
	return ring->layout.device.at;
}

/* Where the driver says which used entry it wants to hear of. */
static __virtio16 *used_event(const struct vhu_driver_ring *ring)
{
	return &avail_ring(ring)->ring[ring->size];
}

/* Where the device says which available chain it wants to be kicked for. */
static __virtio16 *avail_event(const struct vhu_driver_ring *ring)
{
	return (__virtio16 *)(void *)&used_ring(ring)->ring[ring->size];
}

static uint16_t load(const __virtio16 *field)
{
	return le16toh(__atomic_load_n(field, __ATOMIC_RELAXED));
}

static void store(__virtio16 *field, uint16_t value)
{
	__atomic_store_n(field, htole16(value), __ATOMIC_RELAXED);
}

static void split_init(struct vhu_driver_ring *ring)
{
	store(&avail_ring(ring)->idx, ring->avail);
	store(&used_ring(ring)->idx, ring->used);
}

static void write_desc(struct vring_desc *at, struct vhu_driver_desc desc,
		       uint16_t next)
{
	at->addr = htole64(desc.addr);
	at->len = htole32(desc.len);
	at->flags = htole16(desc.flags);
	at->next = htole16(next);
}

static void write_table(const struct vhu_driver_chain *chain)
{
	struct vring_desc *table = chain->table;
	size_t n = vhu_driver_table_length(chain);

	for (size_t k = 0; k < n; k++) {
		struct vhu_driver_desc desc = vhu_driver_table_desc(chain, k);

		if (k + 1 < n)
			desc.flags |= VRING_DESC_F_NEXT;
		write_desc(&table[k], desc, (uint16_t)(k + 1));
	}
}

static void split_add(struct vhu_driver_ring *ring,
		      const struct vhu_driver_chain *chain, uint16_t id,
		      uint32_t n)
{
	struct vring_desc *table = ring->layout.desc.at;
	uint16_t position = (uint16_t)(ring->avail + ring->n_added++);
	uint16_t at = id;

	write_table(chain);

	for (uint32_t k = 0; k < n; k++) {
		uint16_t next = k + 1 < n ? vhu_driver_take_slot(ring) : 0;

		write_desc(&table[at], vhu_driver_chain_desc(chain, k, n),
			   next);
		ring->slots[id].last = at;
		ring->slots[at].next = next;
		at = next;
	}

	store(&avail_ring(ring)->ring[position & (ring->size - 1)], id);
}

static void split_publish(struct vhu_driver_ring *ring)
{
	ring->avail = (uint16_t)(ring->avail + ring->n_added);
	__atomic_store_n(&avail_ring(ring)->idx, htole16(ring->avail),
			 __ATOMIC_RELEASE);
}

static bool split_kickable(const struct vhu_driver_ring *ring)
{
	if (ring->event_idx)
		return vring_need_event(
			load(avail_event(ring)), ring->avail,
			(uint16_t)(ring->avail - ring->n_added));

	return !(load(&used_ring(ring)->flags) & VRING_USED_F_NO_NOTIFY);
}

static bool split_peek(const struct vhu_driver_ring *ring, uint32_t *ret_id,
		       uint32_t *ret_len)
{
	const struct vring_used *used = used_ring(ring);
	const vring_used_elem_t *elem =
		&used->ring[ring->used & (ring->size - 1)];

	if (le16toh(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE)) ==
	    ring->used)
		return false;

	*ret_id = le32toh(__atomic_load_n(&elem->id, __ATOMIC_RELAXED));
	*ret_len = le32toh(__atomic_load_n(&elem->len, __ATOMIC_RELAXED));

	return true;
}

static void split_consume(struct vhu_driver_ring *ring, uint32_t n_descs)
{
	(void)n_descs;
	ring->used++;
}

/* With EVENT_IDX the flags stay 0, and an old index means: do not. */
static void split_enable_interrupts(struct vhu_driver_ring *ring)
{
	if (ring->event_idx)
		store(used_event(ring), ring->used);
	else
		store(&avail_ring(ring)->flags, 0);
}

static void split_disable_interrupts(struct vhu_driver_ring *ring)
{
	if (ring->event_idx)
		store(used_event(ring), (uint16_t)(ring->used - 1));
	else
		store(&avail_ring(ring)->flags, VRING_AVAIL_F_NO_INTERRUPT);
}

const struct vhu_driver_ring_ops vhu_driver_split_ring = {
	.init = split_init,
	.add = split_add,
	.publish = split_publish,
	.kickable = split_kickable,
	.peek = split_peek,
	.consume = split_consume,
	.enable_interrupts = split_enable_interrupts,
	.disable_interrupts = split_disable_interrupts,
};
