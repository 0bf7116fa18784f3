/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest and a host that do anything they may, in any order, and a model that
 * counts along with 64 bits, and so knows nothing of wrapping.  The counters of
 * the device begin just below 2^32.
 */

#include <stdlib.h>

#include "tests/vsock-test.h"

#define STEPS 3000
#define START 0xffff8000U

/**
 * struct model - a connection, as an accountant sees it
 * @random:     state of the generator
 * @sent:       bytes that the guest sent
 * @forwarded:  as the guest was told last
 * @received:   bytes that the guest got
 * @consumed:   how many of these it has read
 * @told:       how many of these it has told
 * @buf_alloc:  its buffer, as it has told
 * @limit:      how many bytes it may get before it tells more
 */
struct model {
	uint64_t random;
	uint64_t sent;
	uint64_t forwarded;
	uint64_t received;
	uint64_t consumed;
	uint64_t told;
	uint64_t buf_alloc;
	uint64_t limit;
};

static struct model model;
static struct fake_stream *stream;

static uint64_t pick(uint64_t n)
{
	model.random = model.random * 6364136223846793005 + 1442695040888963407;

	return (model.random >> 33) % n;
}

/* Byte @i of either direction. */
static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13);
}

static void fill(uint8_t *buf, uint64_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = byte_at(from + i);
}

static void pretend(uint64_t seed)
{
	struct vd_credit *credit;

	begin((struct vd_vsock_config){ 0 }, 0);
	fake_guest_post(&guest, ROOM);
	stream = establish(STREAM);
	model = (struct model){ .random = seed,
				.buf_alloc = GUEST_BUF,
				.limit = GUEST_BUF };

	credit = &stream->stream.connection->credit;
	credit->tx_cnt = credit->peer_fwd_cnt = START;
	credit->rx_cnt = credit->fwd_cnt = credit->told_fwd_cnt = START;
}

static void take_data(const struct vd_packet *packet, const uint8_t *payload)
{
	for (uint32_t i = 0; i < packet->len; i++)
		cr_assert_eq(payload[i], byte_at(model.received + i));
	model.received += packet->len;
	cr_assert_leq(model.received, model.limit);
}

/* Nothing that was said is wrong, and nothing is forgotten. */
static void guest_listens(void)
{
	uint8_t payload[2 * ROOM];
	struct vd_packet packet;

	while (fake_guest_receive(&guest, &packet, payload)) {
		uint64_t ahead = (uint32_t)(packet.fwd_cnt - START -
					    (uint32_t)model.forwarded);

		cr_assert_neq(packet.op, OP(RST));
		cr_assert_eq(packet.buf_alloc, BUF_ALLOC);
		model.forwarded += ahead;
		cr_assert_leq(model.forwarded, stream->in.len);
		if (packet.op == OP(RW))
			take_data(&packet, payload);
	}
}

static struct vd_packet with_credit(uint16_t op)
{
	struct vd_packet packet = packet_of(op);

	/* What came before counts as allowed; from now on this does. */
	guest_listens();
	model.told = model.consumed;
	model.limit = VD_MAX(model.received, model.told + model.buf_alloc);
	packet.buf_alloc = (uint32_t)model.buf_alloc;
	packet.fwd_cnt = START + (uint32_t)model.told;

	return packet;
}

static void guest_sends(void)
{
	struct vd_packet packet = with_credit(OP(RW));
	uint64_t may = BUF_ALLOC - (model.sent - model.forwarded);
	uint8_t buf[BUF_ALLOC];

	packet.len = (uint32_t)pick(may + 1);
	fill(buf, model.sent, packet.len);
	model.sent += packet.len;
	fake_guest_send(&guest, &packet, buf, packet.len);
}

static void guest_tells(void)
{
	struct vd_packet packet =
		with_credit(pick(2) ? OP(CREDIT_UPDATE) : OP(CREDIT_REQUEST));

	send_packet(packet);
}

/* Any size, smaller than what is under way, too. */
static void guest_changes_its_buffer(void)
{
	model.buf_alloc = pick(GUEST_BUF);
	guest_tells();
}

static void guest_reads(void)
{
	model.consumed += pick(model.received - model.consumed + 1);
}

static void host_takes(void)
{
	stream->room = pick(5000);
	writable(stream);
}

static void host_says(void)
{
	size_t len = pick(20000);
	uint8_t *buf = malloc(len + 1);

	cr_assert(buf);
	fill(buf, stream->out.len, len);
	say(stream, buf, len);
	free(buf);
}

static void guest_posts(void)
{
	struct fake_ring *rx = &guest.rings[VD_VSOCK_RX];

	if (rx->added - rx->taken < FAKE_RING / 2)
		fake_guest_fill(&guest, 1 + (unsigned int)pick(8),
				HEADER + pick(ROOM));
}

static void (*const actions[])(void) = {
	guest_sends,
	guest_tells,
	guest_reads,
	guest_posts,
	guest_changes_its_buffer,
	host_takes,
	host_says,
};

/* What was sent must arrive when both sides do all they can. */
static void settle(void)
{
	stream->room = SIZE_MAX;
	model.buf_alloc = GUEST_BUF;
	do {
		writable(stream);
		model.consumed = model.received;
		guest_tells();
		fake_guest_fill(&guest, 4, ROOM);
		fake_guest_run(&guest);
		guest_listens();
	} while (model.received < stream->out.len);
}

static void check_stream(void)
{
	cr_assert_eq(stream->in.len, model.sent);
	for (size_t i = 0; i < stream->in.len; i++)
		cr_assert_eq(stream->in.data[i], byte_at(i));
	cr_assert_null(stream->stream.connection->spill);
}

static void live(uint64_t seed)
{
	pretend(seed);
	for (unsigned int i = 0; i < STEPS; i++) {
		actions[pick(VD_ARRAY_SIZE(actions))]();
		fake_guest_run(&guest);
		/* It need not look at once. */
		if (pick(3))
			guest_listens();
	}
	settle();
	check_stream();
	end();
}

Test(vsock_model, agrees_with_the_device)
{
	for (uint64_t seed = 1; seed <= 8; seed++)
		live(seed);
}

/* The same in words of the two counters alone, over all of their borders. */
Test(vsock_credit, saturates_and_wraps)
{
	static const uint32_t at[] = { 0,	   1,	       2,
				       0x7fffffff, 0x80000000, 0xfffffffe,
				       0xffffffff };

	for (size_t i = 0; i < VD_ARRAY_SIZE(at); i++) {
		for (int64_t under_way = -2; under_way <= 4; under_way++) {
			const struct vd_credit credit = {
				.peer_buf_alloc = 3,
				.peer_fwd_cnt = at[i],
				.tx_cnt = (uint32_t)(at[i] + under_way),
			};
			bool sane = under_way >= 0 && under_way <= 3;

			cr_assert_eq(vd_credit_to_send(&credit),
				     sane ? 3 - under_way : 0);
		}
	}
}

Test(vsock_credit, is_promised_as_it_was_told)
{
	struct vd_credit credit = { .buf_alloc = 100,
				    .rx_cnt = 20,
				    .told_fwd_cnt = 0xfffffff0,
				    .fwd_cnt = 0xfffffff0 };

	cr_assert_eq(vd_credit_promised(&credit), 64);
	cr_assert_not(vd_credit_is_news(&credit));
	credit.rx_cnt = 40;
	cr_assert_not(vd_credit_is_news(&credit), "there is no more to tell");
	credit.fwd_cnt = 0;
	cr_assert(vd_credit_is_news(&credit));
	cr_assert_eq(vd_credit_promised(&credit), 44);
}
