/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, of both formats: the same request in all the shapes that it can
 * have.
 */

#include "tests/ring-test.h"

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
