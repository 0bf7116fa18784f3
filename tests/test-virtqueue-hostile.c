/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, with drivers that try something: chains that cannot be, chains
 * that change while one looks, and all the shapes that are allowed.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <pthread.h>
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

/* --- all shapes of one request -------------------------------------------- */

#define ASK 8
#define ANSWER 3
#define MAX_PIECES (ASK + ANSWER)

/* Where each byte of a request lies, in as many pieces as its shape says. */
struct shape {
	struct fake_desc descs[MAX_PIECES];
	size_t n;
};

/* Pieces lie in both parts of memory, unaligned, and apart from each other. */
static void add_piece(struct shape *shape, uint32_t len, uint16_t flags)
{
	uint64_t part = shape->n % 2 ? FAKE_NEXT : FAKE_LOW;

	shape->descs[shape->n] =
		(struct fake_desc){ part + 0x1001 + 0x20 * shape->n, len,
				    flags };
	shape->n++;
}

/* @cuts has a bit for each place between two of the @len bytes. */
static void add_pieces(struct shape *shape, uint32_t len, unsigned int cuts,
		       uint16_t flags)
{
	uint32_t from = 0;

	for (uint32_t i = 1; i <= len; i++) {
		if (i == len || cuts & 1U << (i - 1)) {
			add_piece(shape, i - from, flags);
			from = i;
		}
	}
}

/* Move @buf to or from the pieces with these flags. */
static void move(const struct shape *shape, uint16_t flags, uint8_t *buf,
		 bool in)
{
	for (size_t i = 0; i < shape->n; i++) {
		const struct fake_desc *desc = &shape->descs[i];

		if (desc->flags != flags)
			continue;
		if (in)
			fake_driver_poke(desc->addr, buf, desc->len);
		else
			fake_driver_peek(desc->addr, buf, desc->len);
		buf += desc->len;
	}
}

/* A device whose answer depends on each byte of the request. */
static void answer(void)
{
	struct vd_chain *chain = pop();
	uint8_t ask[ASK], sum = 0, exor = 0;

	cr_assert_eq(chain->readable.left, ASK);
	cr_assert_eq(chain->room, ANSWER);
	cr_assert_eq(vd_chain_read(chain, ask, 3), 0);
	cr_assert_eq(vd_chain_read(chain, ask + 3, 5), 0);
	for (size_t i = 0; i < ASK; i++) {
		sum = (uint8_t)(sum + ask[i] * (i + 1));
		exor ^= ask[i];
	}
	cr_assert_eq(vd_chain_write(chain, &sum, 1), 0);
	cr_assert_eq(vd_chain_write(chain, (uint8_t[]){ exor, ask[7] }, 2), 0);
	vd_chain_complete(chain, ANSWER);
	flush();
}

/* The first @n_direct descriptors go into the ring, the others into a table. */
static void check_shape(const struct shape *shape, size_t n_direct)
{
	uint8_t ask[ASK] = { 1, 2, 3, 5, 7, 11, 13, 0xff }, got[ANSWER] = { 0 };
	struct fake_desc descs[MAX_PIECES + 1];
	size_t n = n_direct;
	struct fake_used used;
	uint16_t id;

	memcpy(descs, shape->descs, n * sizeof(descs[0]));
	if (n < shape->n)
		descs[n++] = fake_driver_table(&driver, FAKE_LOW + 0x8003,
					       shape->descs + n_direct,
					       shape->n - n_direct);
	move(shape, 0, ask, true);
	move(shape, WRITE, (uint8_t[ANSWER]){ 0 }, true);
	id = fake_driver_offer(&driver, descs, n);
	answer();
	used = take();
	cr_assert(used.id == id && used.len == ANSWER);
	move(shape, WRITE, got, false);
	cr_assert_arr_eq(got, ((uint8_t[]){ 0xda, 0xfb, 0xff }), ANSWER);
}

RingTest(gives_the_same_answer_to_a_request_of_any_shape)
{
	reopen(INDIRECT, 16);
	for (unsigned int ask = 0; ask < 1U << (ASK - 1); ask++) {
		for (unsigned int room = 0; room < 1U << (ANSWER - 1); room++) {
			struct shape shape = { .n = 0 };

			add_pieces(&shape, ASK, ask, 0);
			add_pieces(&shape, ANSWER, room, WRITE);
			for (size_t n = 0; n <= shape.n; n++)
				check_shape(&shape, n);
		}
	}
}

/* --- a driver that never holds still -------------------------------------- */

static bool over;

/* Values that may pass, and others that ought not to. */
static struct vring_desc any_desc(unsigned int *seed)
{
	static const uint64_t addrs[] = { FAKE_LOW, FAKE_NEXT - 100, FAKE_HOLE,
					  TABLE,    UINT64_MAX - 50, FAKE_LOW };
	static const uint32_t lens[] = { 0, 1, 16, 100, 1600, UINT32_MAX };
	struct vring_desc desc;

	desc.addr = htole64(addrs[rand_r(seed) % 6] + rand_r(seed) % 64);
	desc.len = htole32(lens[rand_r(seed) % 6]);
	/* In a packed ring this is the id, and the flags say what is there. */
	desc.flags = htole16((uint16_t)rand_r(seed));
	desc.next = htole16((uint16_t)(rand_r(seed) % (RING_SIZE + 1)));
	if (format && rand_r(seed) % 2)
		desc.next = htole16((rand_r(seed) % 2 ? 0x80 : 0x8000) |
				    (rand_r(seed) % 8));

	return desc;
}

/* Split: at times the index makes sense. */
static bool there_is_room(void)
{
	const uint16_t *avail = &fake_split_avail(&driver)->idx;
	const uint16_t *used = &fake_split_used(&driver)->idx;
	uint16_t n = (uint16_t)(__atomic_load_n(avail, __ATOMIC_RELAXED) -
				__atomic_load_n(used, __ATOMIC_RELAXED));

	return n < RING_SIZE;
}

static void *mutate(void *arg)
{
	unsigned int seed = 1;

	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		struct vring_desc desc = any_desc(&seed);
		uint64_t at = TABLE + 16 * (uint64_t)(rand_r(&seed) % 100);
		uint16_t i = (uint16_t)(rand_r(&seed) % RING_SIZE);

		memcpy((char *)driver.desc + 16 * i, &desc, 16);
		desc = any_desc(&seed);
		fake_driver_poke(at, &desc, 16);
		if (!format && (there_is_room() || rand_r(&seed) % 1000 == 0))
			fake_driver_offer_head(&driver, i);
	}

	return NULL;
}

/* Whatever it is, the bytes are there; use the first and the last. */
static void touch(struct vd_chain *chain)
{
	char buf[64];
	size_t len = VD_MIN(chain->readable.left, sizeof(buf));

	cr_assert_eq(vd_chain_read(chain, buf, len), 0);
	vd_stream_skip(&chain->readable, chain->readable.left);
	len = VD_MIN(chain->room, sizeof(buf));
	cr_assert_eq(vd_chain_write(chain, buf, len), 0);
	vd_stream_skip(&chain->writable, chain->writable.left);
	vd_chain_complete(chain, chain->room);
}

/* As after a reset; the other thread may get in the way again. */
static void start_again(void)
{
	uint32_t base = vd_virtqueue_stop(driver.vq);

	if (!format)
		__atomic_store_n(&fake_split_avail(&driver)->idx,
				 fake_split_used(&driver)->idx,
				 __ATOMIC_RELAXED);
	if (!format)
		base = le16toh(fake_split_used(&driver)->idx);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
}

static void serve_whatever_comes(void)
{
	struct vd_chain *chain;
	int r;

	while ((r = vd_queue_pop(driver.queue, &chain)) == 1)
		touch(chain);
	flush();
	if (r == -EPROTO)
		start_again();
}

RingTest(survives_a_driver_that_never_holds_still)
{
	pthread_t mutator;

	driver.host.logging = false;
	cr_assert_eq(pthread_create(&mutator, NULL, mutate, NULL), 0);
	/* The other thread may take its time to begin. */
	for (int i = 0; i < 100000 || driver.n_notified < 100; i++)
		serve_whatever_comes();
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(mutator, NULL);
}
