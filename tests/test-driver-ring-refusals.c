/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of rings: used entries that the device's side of this
 * project does not write, right and wrong ones.
 */

#include "tests/driver-ring-test.h"

/* A used entry that the device's side of this project would not write. */
static void write_used(bool packed, uint32_t id, uint32_t len)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(ring);
	struct vring_packed_desc *desc = layout->desc.at;
	struct vring_used *used = layout->device.at;

	if (packed) {
		desc->id = htole16((uint16_t)id);
		desc->len = htole32(len);
		desc->flags = htole16(1U << VRING_PACKED_DESC_F_AVAIL |
				      1U << VRING_PACKED_DESC_F_USED);
	} else {
		used->ring[0].id = htole32(id);
		used->ring[0].len = htole32(len);
		used->idx = htole16(3);
	}
}

ParameterizedTestParameters(driver_ring, takes_one_entry_for_a_batch_in_order)
{
	KINDS({ "split", IN_ORDER, 8, 0 },
	      { "packed", IN_ORDER | PACKED, 8, PACKED_BASE });
}

ParameterizedTest(struct kind *kind, driver_ring,
		  takes_one_entry_for_a_batch_in_order)
{
	struct vhu_driver_used used;

	open_ring(kind->features, kind->size, kind->base);
	for (size_t i = 0; i < 3; i++)
		add_small(token(i));
	vhu_driver_ring_publish(ring);
	write_used(kind->features & PACKED, 2, 5);

	cr_assert_eq(get().token, token(0));
	cr_assert(vhu_driver_ring_ready(ring));
	used = get();
	cr_assert_eq(used.token, token(1));
	cr_assert_eq(used.len, 8, "skipped ones count as full");
	used = get();
	cr_assert_eq(used.token, token(2));
	cr_assert_eq(used.len, 5);
	cr_assert_not(vhu_driver_ring_ready(ring));
	cr_assert_eq(vhu_driver_ring_get(ring, &used), 0);
	close_ring();
}

struct bad_used {
	char why[32];
	bool packed;
	uint32_t id;
	uint32_t len;
};

ParameterizedTestParameters(driver_ring, refuses_what_the_device_did_not_have)
{
	static struct bad_used cases[] = {
		{ "never given out", false, 3, 8 },
		{ "beyond the ring", false, 8, 8 },
		{ "far beyond it", false, 0x10000, 8 },
		{ "too long", false, 0, 9 },
		{ "never given out", true, 3, 8 },
		{ "beyond the ring", true, 8, 8 },
		{ "too long", true, 0, UINT32_MAX },
	};

	return cr_make_param_array(struct bad_used, cases,
				   VD_ARRAY_SIZE(cases));
}

ParameterizedTest(struct bad_used *bad, driver_ring,
		  refuses_what_the_device_did_not_have)
{
	struct vhu_driver_used used = { .len = 77 };

	open_ring(bad->packed ? PACKED : 0, 8, bad->packed ? PACKED_BASE : 0);
	add_small(NULL);
	vhu_driver_ring_publish(ring);
	write_used(bad->packed, bad->id, bad->len);

	cr_assert_eq(vhu_driver_ring_get(ring, &used), -EPROTO, "%s", bad->why);
	cr_assert_eq(used.len, 77, "result touched on failure");
	close_ring();
}

ParameterizedTestParameters(driver_ring, refuses_impossible_rings)
{
	KINDS({ "no entries", 0, 0, 0 }, { "no power of two", 0, 6, 0 },
	      { "too large", 0, 65536, 0 },
	      { "packed, too large", PACKED, 32769, PACKED_BASE },
	      { "base beyond 16 bits", 0, 8, 0x10000 },
	      { "packed, base beyond the ring", PACKED, 8, 0x80088008 },
	      { "packed, chains already out", PACKED, 8, 0x80008001 });
}

ParameterizedTest(struct kind *kind, driver_ring, refuses_impossible_rings)
{
	struct vhu_driver_ring *none = (void *)0x1;
	struct vhu_driver_ring_config config = {
		.features = kind->features,
		.size = kind->size,
		.base = kind->base,
	};

	cr_assert_eq(vhu_driver_ring_new(&config, &none), -EINVAL, "%s",
		     kind->why);
	cr_assert_eq(none, (void *)0x1);
}
