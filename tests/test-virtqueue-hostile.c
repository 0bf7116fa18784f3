/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, with drivers that try something: chains that cannot be, and
 * chains that change while one looks.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>

#include "tests/ring-test.h"

#define F_INDIRECT VRING_DESC_F_INDIRECT
#define TABLE FAKE_NEXT
#define LINK_NOTHING UINT16_MAX

/**
 * struct bad_chain - a chain that cannot be used
 * @why:     what is wrong with it
 * @descs:   its descriptors, those with an @addr or a @len
 * @table:   what lies at TABLE, likewise
 * @from:    split: this descriptor ...
 * @to:      ... gets this successor, if @relink says where
 * @relink:  'r' in the ring, 't' in the table
 * @refused: tables were not negotiated
 */
struct bad_chain {
	char why[40];
	struct fake_desc descs[4];
	struct fake_desc table[3];
	char relink;
	uint16_t from, to;
	bool refused;
};

static struct bad_chain bad_chains[] = {
	{ "nowhere", .descs = { { FAKE_HOLE, 1, 0 } } },
	{ "a tail that is nowhere", .descs = { { FAKE_HOLE - 4, 5, WRITE } } },
	{ "a long tail that is nowhere",
	  .descs = { { FAKE_LOW, 3 * FAKE_PART, WRITE } } },
	{ "as long as can be", .descs = { { FAKE_LOW, UINT32_MAX, WRITE } } },
	{ "wrapping by one byte", .descs = { { UINT64_MAX, 2, WRITE } } },
	{ "wrapping with the last page",
	  .descs = { { FAKE_TOP, 4097, WRITE } } },
	{ "wrapping by far", .descs = { { FAKE_TOP, UINT32_MAX, WRITE } } },
	{ "bad behind good",
	  .descs = { { FAKE_LOW, 1, 0 }, { FAKE_HOLE, 1, 0 } } },
	{ "room that is nowhere",
	  .descs = { { FAKE_LOW, 1, 0 }, { FAKE_HOLE, 1, WRITE } } },
	{ "4 GiB of room", .descs = { { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
				      { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
				      { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
				      { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE } } },
	{ "4 GiB both ways",
	  .descs = { { FAKE_HUGE, FAKE_HUGE_SIZE, 0 },
		     { FAKE_HUGE, FAKE_HUGE_SIZE, 0 },
		     { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
		     { FAKE_HUGE, FAKE_HUGE_SIZE, WRITE } } },
	{ "readable after writable",
	  .descs = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 1, 0 } } },
	{ "readable table after writable",
	  .descs = { { FAKE_LOW, 1, WRITE }, { TABLE, 16, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, 0 } } },
	{ "a table in a table", .descs = { { TABLE, 16, F_INDIRECT } },
	  .table = { { TABLE, 16, F_INDIRECT } } },
	{ "a table in a table, later", .descs = { { TABLE, 32, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE }, { TABLE, 16, F_INDIRECT } } },
	{ "something after a table",
	  .descs = { { TABLE, 16, F_INDIRECT }, { FAKE_LOW, 1, WRITE } },
	  .table = { { FAKE_LOW, 1, WRITE } } },
	{ "a table after a table",
	  .descs = { { TABLE, 16, F_INDIRECT }, { TABLE, 16, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE } } },
	{ "an empty table", .descs = { { TABLE, 0, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE } } },
	{ "a table that is no whole entry",
	  .descs = { { TABLE, 15, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE } } },
	{ "a table with a bit more", .descs = { { TABLE, 17, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE } } },
	{ "a table that was not negotiated",
	  .descs = { { TABLE, 16, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE } }, .refused = true },
	{ "a table that is nowhere",
	  .descs = { { FAKE_HOLE, 16, F_INDIRECT } } },
	{ "a table that ends nowhere",
	  .descs = { { FAKE_HOLE - 8, 16, F_INDIRECT } } },
	{ "a table that wraps",
	  .descs = { { UINT64_MAX - 14, 16, F_INDIRECT } } },
	{ "bad in a table", .descs = { { TABLE, 16, F_INDIRECT } },
	  .table = { { FAKE_HOLE, 1, WRITE } } },
	{ "bad in a table after good",
	  .descs = { { FAKE_LOW, 1, 0 }, { TABLE, 32, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE }, { FAKE_HOLE, 1, WRITE } } },
};

/* Links are only in split rings. */
static struct bad_chain bad_links[] = {
	{ "a loop", .descs = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 1, WRITE } },
	  .relink = 'r', .from = 1, .to = 0 },
	{ "a loop of one", .descs = { { FAKE_LOW, 1, WRITE } }, .relink = 'r',
	  .from = 0, .to = 0 },
	{ "a loop of no bytes",
	  .descs = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 0, WRITE } },
	  .relink = 'r', .from = 1, .to = 1 },
	{ "just beyond the ring", .descs = { { FAKE_LOW, 1, WRITE } },
	  .relink = 'r', .from = 0, .to = RING_SIZE },
	{ "far beyond the ring", .descs = { { FAKE_LOW, 1, WRITE } },
	  .relink = 'r', .from = 0, .to = UINT16_MAX },
	{ "a loop in a table", .descs = { { TABLE, 32, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 1, WRITE } },
	  .relink = 't', .from = 1, .to = 0 },
	{ "just beyond the table", .descs = { { TABLE, 32, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 1, WRITE } },
	  .relink = 't', .from = 1, .to = 2 },
	{ "far beyond the table", .descs = { { TABLE, 32, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, WRITE }, { FAKE_LOW, 1, WRITE } },
	  .relink = 't', .from = 0, .to = UINT16_MAX },
	{ "beyond the longest table",
	  .descs = { { TABLE, 16 * 2000, F_INDIRECT } },
	  .table = { { FAKE_LOW, 1, 0 } }, .relink = 't', .from = 0,
	  .to = VD_VIRTQUEUE_MAX_CHAIN + 1 },
};

static size_t count(const struct fake_desc *descs, size_t max)
{
	size_t n = 0;

	while (n < max && (descs[n].addr || descs[n].len))
		n++;

	return n;
}

static void relink(const struct bad_chain *bad, struct vring_desc *descs)
{
	descs[bad->from].flags |= htole16(VRING_DESC_F_NEXT);
	descs[bad->from].next = htole16(bad->to);
}

static uint16_t offer_bad(const struct bad_chain *bad)
{
	size_t n_table = count(bad->table, VD_ARRAY_SIZE(bad->table));
	size_t n = count(bad->descs, VD_ARRAY_SIZE(bad->descs));
	uint16_t id;

	if (bad->refused)
		reopen(0, RING_SIZE);
	fake_driver_table(&driver, TABLE, bad->table, n_table);
	if (bad->relink == 't')
		relink(bad, fake_driver_at(TABLE));
	id = fake_driver_offer(&driver, bad->descs, n);
	if (bad->relink == 'r')
		relink(bad, fake_split_desc(&driver));

	return id;
}

/* It comes back empty, one fault is counted, and the next one is served. */
static void check_bad_chain(const struct bad_chain *bad)
{
	uint16_t bad_id = offer_bad(bad);
	uint16_t good_id = offer_room(FAKE_LOW, 5);
	struct vd_chain *chain = pop();
	struct fake_used used;

	cr_assert_eq(chain->readable.left, 0, "%s", bad->why);
	cr_assert_eq(chain->writable.left, 0, "%s", bad->why);
	cr_assert_eq(chain->room, 0, "%s", bad->why);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 1, "%s",
		     bad->why);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 0, "%s", bad->why);
	vd_chain_complete(chain, 0);

	chain = pop();
	cr_assert_eq(chain->room, 5, "after %s", bad->why);
	vd_chain_complete(chain, 5);
	flush();
	used = take();
	cr_assert(used.id == bad_id && used.len == 0, "%s", bad->why);
	cr_assert_eq(take().id, good_id, "after %s", bad->why);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 1, "%s",
		     bad->why);
}

static struct criterion_test_params all_bad_chains(void)
{
	return cr_make_param_array(struct bad_chain, bad_chains,
				   VD_ARRAY_SIZE(bad_chains));
}

ParameterizedTestParameters(split_ring, returns_a_bad_chain_and_serves_the_next)
{
	return all_bad_chains();
}

ParameterizedTest(struct bad_chain *bad, split_ring,
		  returns_a_bad_chain_and_serves_the_next, .init = open_split)
{
	check_bad_chain(bad);
}

ParameterizedTestParameters(packed_ring,
			    returns_a_bad_chain_and_serves_the_next)
{
	return all_bad_chains();
}

ParameterizedTest(struct bad_chain *bad, packed_ring,
		  returns_a_bad_chain_and_serves_the_next, .init = open_packed)
{
	check_bad_chain(bad);
}

ParameterizedTestParameters(split_ring, returns_a_chain_with_a_bad_link)
{
	return cr_make_param_array(struct bad_chain, bad_links,
				   VD_ARRAY_SIZE(bad_links));
}

ParameterizedTest(struct bad_chain *bad, split_ring,
		  returns_a_chain_with_a_bad_link, .init = open_split)
{
	check_bad_chain(bad);
}

/* One descriptor more than a chain may have. */
static void offer_too_long(uint32_t len, bool indirect)
{
	static struct fake_desc descs[VD_VIRTQUEUE_MAX_CHAIN + 1];
	size_t n = VD_ARRAY_SIZE(descs);
	struct fake_desc ref;

	for (size_t i = 0; i < n; i++)
		descs[i] = (struct fake_desc){ FAKE_LOW, len, WRITE };
	if (!indirect) {
		fake_driver_offer(&driver, descs, n);
		return;
	}
	ref = fake_driver_table(&driver, TABLE, descs, n);
	fake_driver_offer(&driver, &ref, 1);
}

static void check_too_long(void)
{
	offer_room(FAKE_LOW, 5);
	cr_assert_eq(pop()->room, 0);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 1);
	cr_assert_eq(pop()->room, 5);
}

RingTest(returns_a_chain_that_is_too_long)
{
	reopen(0, 2048);
	offer_too_long(1, false);
	check_too_long();
}

RingTest(returns_a_table_that_is_too_long)
{
	offer_too_long(1, true);
	check_too_long();
}

RingTest(returns_a_table_that_is_too_long_and_has_no_bytes)
{
	offer_too_long(0, true);
	check_too_long();
}

RingTest(returns_a_table_that_is_too_long_with_what_precedes_it)
{
	static struct fake_desc table[VD_VIRTQUEUE_MAX_CHAIN];
	struct fake_desc descs[2] = { { FAKE_LOW, 1, 0 } };

	for (size_t i = 0; i < VD_ARRAY_SIZE(table); i++)
		table[i] = (struct fake_desc){ FAKE_LOW, 1, WRITE };
	descs[1] = fake_driver_table(&driver, TABLE, table,
				     VD_VIRTQUEUE_MAX_CHAIN);
	fake_driver_offer(&driver, descs, 2);
	check_too_long();
}

RingTest(returns_a_buffer_that_lies_in_too_many_pieces)
{
	driver.max_piece = 1;
	offer_room(FAKE_LOW, 2 * VD_VIRTQUEUE_MAX_CHAIN + 1);
	check_too_long();
}

RingTest(takes_a_buffer_that_lies_in_many_pieces)
{
	driver.max_piece = 1;
	offer_room(FAKE_LOW, 2 * VD_VIRTQUEUE_MAX_CHAIN);
	cr_assert_eq(pop()->room, 2 * VD_VIRTQUEUE_MAX_CHAIN);
}

RingTest(waits_if_more_is_offered_than_can_be_in_flight)
{
	struct vd_chain *first;

	for (int i = 0; i < RING_SIZE; i++)
		offer();
	first = pop();
	for (int i = 1; i < RING_SIZE; i++)
		pop();
	flush();
	offer();
	cr_assert_eq(pop_nothing(), -EAGAIN);
	cr_assert_not(flush(), "nothing can be done yet");
	vd_chain_complete(first, 1);
	cr_assert(flush(), "but now");
}

RingTest(serves_good_chains_among_many_bad_ones)
{
	const struct fake_desc bad[] = { { FAKE_LOW, 1, WRITE },
					 { FAKE_HOLE, 1, WRITE } };

	for (unsigned int i = 1; i <= 1000; i++) {
		fake_driver_offer(&driver, bad, 2);
		offer_room(FAKE_LOW, 5);
		vd_chain_complete(pop(), 0);
		vd_chain_complete(pop(), 5);
		flush();
		take();
		cr_assert_eq(take().len, 5);
		cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], i);
	}
}

RingTest(takes_back_a_bad_chain_like_any_other)
{
	struct vd_chain *chain;

	offer_room(FAKE_HOLE, 1);
	chain = pop();
	unpop(chain);
	cr_assert_eq(pop()->room, 0);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 2);
}

RingTest(lets_buffers_lie_anywhere_even_in_one_another)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 8, 0 },
					   { FAKE_LOW + 1, 8, WRITE },
					   { FAKE_LOW, 8, WRITE } };
	struct vd_chain *chain;
	char got[8];

	fake_driver_poke(FAKE_LOW, "overlaps", 8);
	fake_driver_offer(&driver, descs, 3);
	chain = pop();
	cr_assert_eq(vd_chain_read(chain, got, 8), 0);
	cr_assert_eq(vd_chain_write(chain, "1234567812345678", 16), 0);
	cr_assert_arr_eq(got, "overlaps", 8);
	cr_assert_arr_eq(fake_driver_at(FAKE_LOW), "123456788", 9);
}

/* While its buffer is looked up, the descriptor changes. */
static void enlarge_first_desc(struct fake_driver *self)
{
	struct vring_desc *desc = self->desc;

	/* Address and length are in the same place in both formats. */
	desc->addr = htole64(FAKE_HOLE);
	desc->len = htole32(UINT32_MAX);
}

RingTest(uses_the_descriptor_that_it_has_checked)
{
	uint16_t id = offer_room(FAKE_LOW, 5);
	struct vd_chain *chain;

	driver.on_translate = enlarge_first_desc;
	chain = pop();
	cr_assert_eq(chain->room, 5);
	cr_assert_eq(vd_chain_write(chain, "12345", 5), 0);
	cr_assert_arr_eq(fake_driver_at(FAKE_LOW), "12345", 5);
	vd_chain_complete(chain, 5);
	flush();
	cr_assert_eq(take().id, id);
}
