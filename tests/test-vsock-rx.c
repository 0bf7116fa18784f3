/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From a stream to the guest: credit, buffers of every size and none at all,
 * and turns.
 */

#include "tests/vsock-test.h"

#define KIB 1024

static struct fake_stream *stream;

/* No buffer is left over from the start. */
static void setup_bare(void)
{
	begin((struct vd_vsock_config){ 0 }, 1);
	stream = establish(STREAM);
}

static void setup_full(void)
{
	setup();
	stream = establish(STREAM);
}

TestSuite(vsock_rx, .init = setup_full, .fini = end);
TestSuite(vsock_rx_bare, .init = setup_bare, .fini = end);

Test(vsock_rx, brings_what_the_host_says)
{
	struct vd_packet packet;

	say(stream, bytes, 100);
	packet = expect(OP(RW));
	cr_assert_eq(packet.len, 100);
	cr_assert_eq(packet.src_port, HOST_PORT);
	cr_assert_eq(packet.dst_port, GUEST_PORT);
	cr_assert_eq(packet.type, STREAM);
	cr_assert_eq(packet.flags, 0);
	cr_assert_eq(packet.buf_alloc, BUF_ALLOC);
}

Test(vsock_rx, reads_into_the_guests_own_memory)
{
	const struct fake_ring *rx = &guest.rings[VD_VSOCK_RX];

	say(stream, bytes, 100);
	cr_assert_eq(stream->memory, rx->slots[rx->used - 1].buf + HEADER);
}

Test(vsock_rx, tells_credit_with_every_packet)
{
	send_data(bytes, 100);
	say(stream, bytes, 1);
	cr_assert_eq(expect(OP(RW)).fwd_cnt, 100);
}

Test(vsock_rx, reads_once_for_a_few_bytes)
{
	say(stream, bytes, 1);
	cr_assert_eq(stream->n_reads, 1);
	say(stream, bytes, 1);
	cr_assert_eq(stream->n_reads, 2);
}

/* Too late for this read, but not for the next. */
static void say_more(struct fake_stream *self)
{
	self->on_read = NULL;
	self->out.at = 0;
	readable(self);
}

Test(vsock_rx, hears_of_more_while_it_reads)
{
	fake_stream_put(stream, bytes, 10, 0);
	stream->out.at = 10;
	stream->on_read = say_more;
	readable(stream);
	expect_data(bytes, 10);
}

Test(vsock_rx, fills_many_buffers_with_one_read)
{
	unsigned int n;

	/* At first it does not know how much there will be. */
	say(stream, bytes, 60 * KIB);
	expect_data(bytes, 60 * KIB);
	send_credit(GUEST_BUF, 60 * KIB);
	for (unsigned int i = 0; i < 16; i++)
		fake_guest_post(&guest, ROOM);

	n = stream->n_reads;
	say(stream, bytes, 60 * KIB);
	expect_data(bytes, 60 * KIB);
	cr_assert_leq(stream->n_reads - n, 6);
}

/* All buffers of a size that the first read fills, as in a bulk transfer. */
static void post_large(uint32_t fwd_cnt)
{
	fake_guest_stop(&guest);
	fake_guest_start(&guest, device, 0, 0);
	send_credit(1U << 20, fwd_cnt);
	fake_guest_fill(&guest, 8, 65536);
}

Test(vsock_rx, reads_as_much_as_there_is_at_once_if_nobody_else_waits)
{
	size_t room = 4 * (65536 - HEADER), len = room - 1000;
	uint32_t fwd_cnt = 0;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int n = stream->n_reads;

		post_large(fwd_cnt);
		fake_stream_put(stream, bytes, sizeof(bytes), 0);
		fake_stream_put(stream, bytes, len - sizeof(bytes), 0);
		readable(stream);
		cr_assert_eq(stream->out.at, stream->out.len);
		/* Once it has learned how much there is. */
		if (i > 1)
			cr_assert_eq(stream->n_reads - n, 1);
		fwd_cnt += (uint32_t)len;
	}
}

Test(vsock_rx, fills_large_buffers)
{
	static uint8_t payload[65536];
	struct vd_packet packet;

	fake_guest_stop(&guest);
	fake_guest_start(&guest, device, 1, 20000);
	say(stream, bytes, 30000);
	cr_assert(fake_guest_receive(&guest, &packet, payload));
	cr_assert_eq(packet.len, 20000 - HEADER);
	cr_assert_arr_eq(payload, bytes, packet.len);
}

Test(vsock_rx_bare, gives_back_buffers_without_room_for_a_header)
{
	say(stream, bytes, 10);
	for (size_t room = 1; room < HEADER; room++)
		fake_guest_post(&guest, room);

	cr_assert_eq(guest.rings[VD_VSOCK_RX].used, HEADER);
	for (size_t i = 1; i < HEADER; i++)
		cr_assert_eq(guest.rings[VD_VSOCK_RX].slots[i].written, 0);
	guest.rings[VD_VSOCK_RX].taken = HEADER;
	fake_guest_post(&guest, ROOM);
	expect_data(bytes, 10);
}

Test(vsock_rx_bare, uses_buffers_of_any_size)
{
	size_t at = 0;

	say(stream, bytes, 60000);
	for (size_t room = HEADER; at < 60000; room += 7) {
		struct vd_packet packet;
		uint8_t payload[8192];

		fake_guest_post(&guest, room);
		cr_assert(fake_guest_receive(&guest, &packet, payload));
		cr_assert_eq(packet.op, OP(RW));
		cr_assert_eq(packet.len, VD_MIN(room - HEADER, 60000 - at));
		cr_assert_arr_eq(payload, bytes + at, packet.len);
		at += packet.len;
	}
}

Test(vsock_rx_bare, uses_buffers_however_they_are_cut)
{
	say(stream, bytes, 5000);
	for (guest.piece = 1; guest.piece <= 50; guest.piece++)
		fake_guest_post(&guest, HEADER + 100);
	expect_data(bytes, 5000);
}

/* Small ones among large ones must not come back before their turn. */
Test(vsock_rx_bare, keeps_the_order_of_buffers)
{
	static const size_t rooms[] = { 100, 43, 100, 44, 1, 100, 4096 };
	struct fake_ring *rx = &guest.rings[VD_VSOCK_RX];
	uint8_t payload[4096];
	struct vd_packet packet;
	size_t got = 0;

	/* As if it had learned to expect a lot. */
	stream->stream.connection->burst = 100;
	for (size_t i = 0; i < VD_ARRAY_SIZE(rooms); i++)
		fake_guest_post(&guest, rooms[i]);

	say(stream, bytes, 500);
	while (rx->taken < rx->used) {
		if (rx->slots[rx->taken].written == 0)
			rx->taken++;
		else if (fake_guest_receive(&guest, &packet, payload))
			got += packet.len;
	}
	cr_assert_eq(got, 500);
	cr_assert_eq(rx->used, rx->added);
}

Test(vsock_rx_bare, lets_those_go_first_who_have_waited)
{
	fake_guest_post(&guest, ROOM);
	send_packet(from_port(1, OP(REQUEST)));
	expect(OP(RESPONSE));
	say(stream, bytes, 10);
	say(last_stream(), bytes, 10);
	fake_guest_post(&guest, ROOM);
	cr_assert_eq(expect(OP(RW)).dst_port, GUEST_PORT);
	say(stream, bytes, 10);
	fake_guest_post(&guest, ROOM);
	cr_assert_eq(expect(OP(RW)).dst_port, 1);
}

Test(vsock_rx_bare, waits_for_buffers)
{
	say(stream, bytes, 100);
	cr_assert_eq(stream->n_reads, 0);
	cr_assert_eq(guest.kicks, 0, "nothing is to be done");
	fake_guest_post(&guest, ROOM);
	expect_data(bytes, 100);
}

Test(vsock_rx_bare, remembers_what_the_guest_is_owed)
{
	send_op(OP(CREDIT_REQUEST));
	send_op(OP(CREDIT_REQUEST));
	fake_guest_post(&guest, ROOM);
	fake_guest_post(&guest, ROOM);
	expect(OP(CREDIT_UPDATE));
	expect_nothing();
}

Test(vsock_rx, sends_no_more_than_the_guest_can_hold)
{
	say(stream, bytes, sizeof(bytes));
	expect_data(bytes, GUEST_BUF);
	expect(OP(CREDIT_REQUEST));
	expect_nothing();
	cr_assert_eq(guest.kicks, 0, "nothing is to be done");

	send_credit(GUEST_BUF, 1000);
	expect_data(bytes + GUEST_BUF, 1000);
	expect(OP(CREDIT_REQUEST));
	expect_nothing();
}

Test(vsock_rx, asks_for_credit_once)
{
	say(stream, bytes, sizeof(bytes));
	expect_data(bytes, GUEST_BUF);
	expect(OP(CREDIT_REQUEST));
	send_credit(GUEST_BUF, 0);
	readable(stream);
	expect_nothing();
}

Test(vsock_rx, sends_nothing_if_the_guest_makes_its_buffer_smaller)
{
	say(stream, bytes, 1000);
	expect_data(bytes, 1000);
	send_credit(999, 0);
	say(stream, bytes, 1000);
	expect(OP(CREDIT_REQUEST));
	expect_nothing();
	send_credit(1001, 0);
	expect_data(bytes, 1);
}

Test(vsock_rx, sends_nothing_if_the_guest_got_more_than_was_sent)
{
	send_credit(GUEST_BUF, 1);
	say(stream, bytes, 100);
	expect(OP(CREDIT_REQUEST));
	expect_nothing();
}

/* One that is flooded does not keep the others from their turn. */
Test(vsock_rx, gives_each_connection_its_turn)
{
	struct vd_packet request = from_port(1, OP(REQUEST));
	unsigned int n_other = 0;
	struct vd_packet packet;

	request.buf_alloc = 1U << 30;
	send_packet(request);
	expect(OP(RESPONSE));

	send_credit(1U << 30, 0);
	fake_guest_stop(&guest);
	fake_stream_put(stream, bytes, sizeof(bytes), 0);
	readable(stream);
	fake_stream_put(last_stream(), bytes, sizeof(bytes), 0);
	readable(last_stream());

	/* The more it has to say, the longer its turns get, up to a limit. */
	fake_guest_start(&guest, device, 40, ROOM);
	while (fake_guest_receive(&guest, &packet, NULL))
		n_other += packet.dst_port == 1;
	cr_assert_geq(n_other, 14);
	cr_assert_leq(n_other, 26);
}

Test(vsock_rx, ends_a_turn_after_128_kib_if_another_connection_waits)
{
	struct vd_packet request = from_port(1, OP(REQUEST)), packet;
	static const uint32_t ports[] = { GUEST_PORT, GUEST_PORT, 1, 1 };

	request.buf_alloc = 1U << 30;
	send_packet(request);
	expect(OP(RESPONSE));
	send_credit(1U << 30, 0);
	fake_guest_stop(&guest);
	for (unsigned int i = 0; i < 2; i++) {
		struct fake_stream *one = i ? last_stream() : stream;

		/* As if it had learned to expect a lot. */
		one->stream.connection->burst = 100;
		fake_stream_put(one, bytes, sizeof(bytes), 0);
		fake_stream_put(one, bytes, sizeof(bytes), 0);
		readable(one);
	}

	fake_guest_start(&guest, device, 0, 0);
	fake_guest_fill(&guest, 4, 65536);
	for (size_t i = 0; i < VD_ARRAY_SIZE(ports); i++) {
		cr_assert(fake_guest_receive(&guest, &packet, NULL));
		cr_assert_eq(packet.dst_port, ports[i]);
	}
}

/* A host that has as much as the guest can take, and then some. */
Test(vsock_rx, stops_for_others_on_the_same_thread)
{
	struct fake_ring *rx = &guest.rings[VD_VSOCK_RX];

	send_credit(1U << 30, 0);
	for (unsigned int i = 0; i < 8; i++)
		fake_stream_put(stream, bytes, sizeof(bytes), 0);
	fake_guest_stop(&guest);
	readable(stream);
	fake_guest_start(&guest, device, 0, 0);
	fake_guest_fill(&guest, 16, 65536);
	cr_assert_geq(rx->used, 4);
	cr_assert_leq(rx->used, 5);

	fake_guest_run(&guest);
	cr_assert_eq(rx->used, 16);
	cr_assert_eq(guest.kicks, 0);
}

static void send_many(unsigned int n)
{
	for (uint32_t port = 0; port < n; port++)
		send_packet(from_port(10000 + port, OP(RW)));
}

Test(vsock_rx_bare, stops_to_listen_when_too_many_resets_are_owed)
{
	struct fake_ring *tx = &guest.rings[VD_VSOCK_TX];

	send_many(VD_VSOCK_RESETS + 10);
	cr_assert_eq(tx->added - tx->used, 10);

	/* With each buffer, it listens to one more. */
	fake_guest_post(&guest, ROOM);
	cr_assert_eq(expect(OP(RST)).dst_port, 10000);
	fake_guest_run(&guest);
	cr_assert_eq(tx->added - tx->used, 9);

	for (uint32_t i = 1; i < VD_VSOCK_RESETS + 10; i++) {
		fake_guest_post(&guest, ROOM);
		fake_guest_run(&guest);
		cr_assert_eq(expect(OP(RST)).dst_port, 10000 + i);
	}
	cr_assert_eq(tx->added, tx->used);
	expect_nothing();
}
