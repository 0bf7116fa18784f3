/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packed rings (virtio 1.3, section 2.8), the driver's side.
 *
 * Descriptors are written into the ring at once, all but the flags of the
 * first of a batch.  The device stops there until those are written, which
 * publishes the whole batch.
 */

#include "vhost-user/driver-ring-private.h"
#include "virtio-devices/util.h"

#define F_AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define F_USED (1U << VRING_PACKED_DESC_F_USED)

static struct vring_packed_desc *desc_at(const struct vhu_driver_ring *ring,
					 uint32_t position)
{
	struct vring_packed_desc *descs = ring->layout.desc.at;

	return &descs[position];
}

static void store_flags(struct vring_packed_desc *desc, uint32_t flags)
{
	__atomic_store_n(&desc->flags, htole16((uint16_t)flags),
			 __ATOMIC_RELEASE);
}

static void advance(const struct vhu_driver_ring *ring, uint16_t *position,
		    bool *wrap, uint32_t n)
{
	uint32_t to = *position + n;

	if (to >= ring->size) {
		to -= ring->size;
		*wrap = !*wrap;
	}
	*position = (uint16_t)to;
}

/* As if the lap so far were over, and each descriptor of it used. */
static void packed_init(struct vhu_driver_ring *ring)
{
	for (uint32_t i = 0; i < ring->size; i++) {
		bool wrap = ring->avail_wrap == (i < ring->avail);

		store_flags(desc_at(ring, i), wrap ? F_AVAIL | F_USED : 0);
	}
}

static void write_desc(struct vring_packed_desc *at,
		       struct vhu_driver_desc desc, uint16_t id)
{
	at->addr = htole64(desc.addr);
	at->len = htole32(desc.len);
	at->id = htole16(id);
}

/* In a table the entries follow one another, and NEXT means nothing. */
static void write_table(const struct vhu_driver_chain *chain)
{
	struct vring_packed_desc *table = chain->table;
	size_t n = vhu_driver_table_length(chain);

	for (size_t k = 0; k < n; k++) {
		struct vhu_driver_desc desc = vhu_driver_table_desc(chain, k);

		write_desc(&table[k], desc, 0);
		table[k].flags = htole16(desc.flags);
	}
}

static void add_desc(struct vhu_driver_ring *ring, struct vhu_driver_desc desc,
		     uint16_t id)
{
	struct vring_packed_desc *at = desc_at(ring, ring->avail);
	uint32_t flags = desc.flags | (ring->avail_wrap ? F_AVAIL : F_USED);

	write_desc(at, desc, id);
	if (ring->n_added++ == 0) {
		ring->first_added = ring->avail;
		ring->first_flags = (uint16_t)flags;
	} else {
		store_flags(at, flags);
	}

	advance(ring, &ring->avail, &ring->avail_wrap, 1);
}

static void packed_add(struct vhu_driver_ring *ring,
		       const struct vhu_driver_chain *chain, uint16_t id,
		       uint32_t n)
{
	write_table(chain);

	for (uint32_t k = 0; k < n; k++)
		add_desc(ring, vhu_driver_chain_desc(chain, k, n), id);
}

static void packed_publish(struct vhu_driver_ring *ring)
{
	store_flags(desc_at(ring, ring->first_added), ring->first_flags);
}

static bool packed_kickable(const struct vhu_driver_ring *ring)
{
	struct vring_packed_desc_event event;
	uint32_t word = __atomic_load_n((uint32_t *)ring->layout.device.at,
					__ATOMIC_RELAXED);
	uint16_t off_wrap, off;

	/* Offset and flags belong together, so they are read in one piece. */
	__builtin_memcpy(&event, &word, sizeof(event));
	off_wrap = le16toh(event.off_wrap);
	off = off_wrap & INT16_MAX;

	if (le16toh(event.flags) == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (!ring->event_idx ||
	    le16toh(event.flags) != VRING_PACKED_EVENT_FLAG_DESC)
		return true;

	/* A position of the other lap lies behind us, not ahead. */
	if (off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR != ring->avail_wrap)
		off = (uint16_t)(off - ring->size);

	return vring_need_event(off, ring->avail,
				(uint16_t)(ring->avail - ring->n_added));
}

static bool packed_peek(const struct vhu_driver_ring *ring, uint32_t *ret_id,
			uint32_t *ret_len)
{
	const struct vring_packed_desc *desc = desc_at(ring, ring->used);
	uint16_t flags =
		le16toh(__atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE));
	bool avail = flags & F_AVAIL, used = flags & F_USED;

	if (avail != ring->used_wrap || used != ring->used_wrap)
		return false;

	*ret_id = le16toh(__atomic_load_n(&desc->id, __ATOMIC_RELAXED));
	*ret_len = le32toh(__atomic_load_n(&desc->len, __ATOMIC_RELAXED));

	return true;
}

static void packed_consume(struct vhu_driver_ring *ring, uint32_t n_descs)
{
	advance(ring, &ring->used, &ring->used_wrap, n_descs);
}

static void store_event(struct vhu_driver_ring *ring, uint32_t off_wrap,
			uint16_t flags)
{
	struct vring_packed_desc_event event = {
		.off_wrap = htole16((uint16_t)off_wrap),
		.flags = htole16(flags),
	};
	uint32_t word;

	__builtin_memcpy(&word, &event, sizeof(word));
	__atomic_store_n((uint32_t *)ring->layout.driver.at, word,
			 __ATOMIC_RELAXED);
}

static void packed_enable_interrupts(struct vhu_driver_ring *ring)
{
	store_event(ring, ring->used | (uint32_t)ring->used_wrap << 15,
		    ring->event_idx ? VRING_PACKED_EVENT_FLAG_DESC
				    : VRING_PACKED_EVENT_FLAG_ENABLE);
}

static void packed_disable_interrupts(struct vhu_driver_ring *ring)
{
	store_event(ring, 0, VRING_PACKED_EVENT_FLAG_DISABLE);
}

const struct vhu_driver_ring_ops vhu_driver_packed_ring = {
	.init = packed_init,
	.add = packed_add,
	.publish = packed_publish,
	.kickable = packed_kickable,
	.peek = packed_peek,
	.consume = packed_consume,
	.enable_interrupts = packed_enable_interrupts,
	.disable_interrupts = packed_disable_interrupts,
};
