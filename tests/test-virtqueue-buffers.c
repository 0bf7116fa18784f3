/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, of both formats: where buffers and tables of a chain can lie.
 */

#include "tests/ring-test.h"

RingTest(follows_a_buffer_across_a_border)
{
	char text[16] = "across a border";

	for (uint32_t before = 0; before <= 16; before++) {
		const struct fake_desc desc = { FAKE_NEXT - before, 16, 0 };
		struct vd_chain *chain;
		char got[16];

		fake_driver_poke(desc.addr, text, 16);
		fake_driver_offer(&driver, &desc, 1);
		chain = pop();
		cr_assert_eq(vd_chain_read(chain, got, 16), 0);
		cr_assert_arr_eq(got, text, 16, "%u before", before);
		vd_chain_complete(chain, 0);
		flush();
	}
}

RingTest(skips_descriptors_of_no_length_wherever_they_point)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 0, 0 },
					   { FAKE_LOW, 1, 0 },
					   { FAKE_HOLE, 0, 0 },
					   { UINT64_MAX, 0, WRITE },
					   { FAKE_LOW, 1, WRITE } };
	struct vd_chain *chain;

	fake_driver_offer(&driver, descs, 5);
	chain = pop();
	cr_assert_eq(chain->readable.left, 1);
	cr_assert_eq(chain->room, 1);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 0);
}

RingTest(reaches_the_last_byte_there_can_be)
{
	offer_room(UINT64_MAX, 1);
	offer_room(FAKE_TOP, 4096);
	cr_assert_eq(pop()->room, 1);
	cr_assert_eq(pop()->room, 4096);
}

RingTest(takes_a_chain_of_all_but_4_gib)
{
	const struct fake_desc descs[] = {
		{ FAKE_HUGE, FAKE_HUGE_SIZE, 0 },
		{ FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
		{ FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
		{ FAKE_HUGE, FAKE_HUGE_SIZE - 1, WRITE },
	};

	fake_driver_offer(&driver, descs, 4);
	cr_assert_eq(pop()->room, 3 * FAKE_HUGE_SIZE - 1);
}

RingTest(takes_indirect_chains_that_are_longer_than_the_ring)
{
	struct fake_desc ref = table_of(VD_VIRTQUEUE_MAX_CHAIN);
	uint8_t bytes[VD_VIRTQUEUE_MAX_CHAIN];
	struct vd_chain *chain;

	memset(bytes, 0x5a, sizeof(bytes));
	fake_driver_offer(&driver, &ref, 1);
	chain = pop();
	cr_assert_eq(chain->room, VD_VIRTQUEUE_MAX_CHAIN);
	cr_assert_eq(vd_chain_write(chain, bytes, sizeof(bytes)), 0);
	vd_chain_complete(chain, sizeof(bytes));
	flush();
	cr_assert_arr_eq(fake_driver_at(FAKE_NEXT), bytes, sizeof(bytes));
}

RingTest(takes_direct_chains_of_the_greatest_length)
{
	static struct fake_desc descs[VD_VIRTQUEUE_MAX_CHAIN];

	reopen(0, VD_VIRTQUEUE_MAX_CHAIN);
	for (size_t i = 0; i < VD_ARRAY_SIZE(descs); i++)
		descs[i] = (struct fake_desc){ FAKE_LOW + i, 1, WRITE };
	fake_driver_offer(&driver, descs, VD_VIRTQUEUE_MAX_CHAIN);
	cr_assert_eq(pop()->room, VD_VIRTQUEUE_MAX_CHAIN);
}

RingTest(finds_tables_anywhere)
{
	const struct fake_desc table[] = { { FAKE_LOW, 1, 0 },
					   { FAKE_LOW, 2, WRITE },
					   { FAKE_LOW, 4, WRITE } };

	/* Across the border, at each byte of it, and so unaligned. */
	for (uint64_t before = 0; before <= sizeof(table); before++) {
		struct fake_desc ref = fake_driver_table(
			&driver, FAKE_NEXT - before, table, 3);
		struct vd_chain *chain;

		fake_driver_offer(&driver, &ref, 1);
		chain = pop();
		cr_assert_eq(chain->readable.left, 1);
		cr_assert_eq(chain->room, 6);
		vd_chain_complete(chain, 0);
		flush();
	}
}

RingTest(finds_a_table_in_the_last_bytes_there_can_be)
{
	const struct fake_desc table[] = { { FAKE_LOW, 1, 0 },
					   { FAKE_LOW, 2, WRITE } };
	struct fake_desc ref =
		fake_driver_table(&driver, UINT64_MAX - 31, table, 2);
	struct vd_chain *chain;

	fake_driver_offer(&driver, &ref, 1);
	chain = pop();
	cr_assert_eq(chain->readable.left, 1);
	cr_assert_eq(chain->room, 2);
	vd_chain_complete(chain, 0);
	flush();
}

RingTest(finds_tables_in_the_smallest_pieces)
{
	const struct fake_desc table[] = { { FAKE_LOW, 3, WRITE },
					   { FAKE_LOW, 4, WRITE } };
	struct fake_desc ref = fake_driver_table(&driver, FAKE_NEXT, table, 2);

	driver.max_piece = 1;
	fake_driver_offer(&driver, &ref, 1);
	cr_assert_eq(pop()->room, 7);
}
