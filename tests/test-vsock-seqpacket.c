/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages: through streams that deal in whole ones, and through streams that
 * pass fragments on.
 */

#include "tests/vsock-test.h"

static struct fake_stream *stream;

static void begin_with(bool whole, unsigned int n_buffers)
{
	struct vd_packet request = packet_of(OP(REQUEST));

	begin((struct vd_vsock_config){ 0 }, n_buffers + 1);
	host.whole = whole;
	request.type = SEQPACKET;
	send_packet(request);
	cr_assert_eq(expect(OP(RESPONSE)).type, SEQPACKET);
	stream = last_stream();
}

static void setup_whole(void)
{
	begin_with(true, N_BUFFERS - 1);
}

static void setup_few(void)
{
	begin_with(true, 0);
}

static void setup_fragments(void)
{
	begin_with(false, N_BUFFERS - 1);
}

TestSuite(vsock_message, .init = setup_whole, .fini = end);
TestSuite(vsock_message_few, .init = setup_few, .fini = end);
TestSuite(vsock_fragment, .init = setup_fragments, .fini = end);

static void say_message(const void *data, size_t len, unsigned int flags)
{
	fake_stream_put(stream, data, len, EOM | flags);
	readable(stream);
}

static void send_seqpacket_credit(uint32_t buf_alloc, uint32_t fwd_cnt)
{
	struct vd_packet packet = packet_of(OP(CREDIT_UPDATE));

	packet.type = SEQPACKET;
	packet.buf_alloc = buf_alloc;
	packet.fwd_cnt = fwd_cnt;
	send_packet(packet);
}

/* Receive a message, which has to be this one. */
static void expect_message(const uint8_t *data, size_t len, uint32_t flags)
{
	static uint8_t payload[65536];
	struct vd_packet packet = { 0 };

	do {
		cr_assert(fake_guest_receive(&guest, &packet, payload));
		cr_assert_eq(packet.op, OP(RW));
		cr_assert_eq(packet.type, SEQPACKET);
		cr_assert_leq(packet.len, len);
		cr_assert_arr_eq(payload, data, packet.len);
		data += packet.len;
		len -= packet.len;
		cr_assert_eq(packet.flags, len ? 0 : EOM | flags);
	} while (len > 0);
}

static void expect_messages(unsigned int n)
{
	cr_assert_eq(stream->in.n_ends, n);
}

Test(vsock_message, is_written_in_one_call)
{
	send_fragment(bytes, 1000, EOM);
	send_fragment(bytes + 1000, 500, EOM | EOR);
	expect_written(stream, bytes, 1500);
	expect_messages(2);
	cr_assert_eq(stream->in.ends[0], 1000);
	cr_assert_eq(stream->in.flags[0], EOM);
	cr_assert_eq(stream->in.flags[1], EOM | EOR);
	cr_assert_eq(stream->n_writes, 2);
}

Test(vsock_message, may_be_empty)
{
	send_fragment(bytes, 0, EOM);
	expect_messages(1);
	stream->room = 0;
	send_fragment(bytes, 0, EOM);
	expect_messages(1);
	stream->room = SIZE_MAX;
	writable(stream);
	expect_messages(2);
	expect_written(stream, bytes, 0);
}

Test(vsock_message, is_put_together)
{
	for (uint32_t i = 0; i < 4; i++) {
		expect_written(stream, bytes, 0);
		send_fragment(bytes + i * 1000, 1000, i == 3 ? EOM | EOR : 0);
	}
	expect_written(stream, bytes, 4000);
	expect_messages(1);
	cr_assert_eq(stream->n_writes, 1);
	cr_assert_eq(stream->in.flags[0], EOM | EOR);
}

Test(vsock_message, is_put_together_of_more_pieces_than_fit_into_a_call)
{
	guest.piece = 7;
	send_fragment(bytes, 8000, EOM);
	expect_written(stream, bytes, 8000);
	cr_assert_eq(stream->n_writes, 1);
}

Test(vsock_message, waits_until_it_fits)
{
	stream->room = 999;
	send_fragment(bytes, 1000, EOM);
	send_fragment(bytes + 1000, 500, EOM);
	expect_written(stream, bytes, 0);

	stream->room = 1200;
	writable(stream);
	expect_written(stream, bytes, 1000);
	stream->room = SIZE_MAX;
	writable(stream);
	expect_written(stream, bytes, 1500);
	expect_messages(2);
}

Test(vsock_message, goes_through_a_ring_that_wraps)
{
	uint32_t sent = 0;

	stream->room = 0;
	for (uint32_t i = 0; i < 60; i++) {
		uint32_t n = 100 + 33 * i;

		send_fragment(bytes + sent, n / 2, 0);
		send_fragment(bytes + sent + n / 2, n - n / 2, EOM);
		sent += n;
		stream->room = i % 4 ? n : 3 * n;
		writable(stream);
		while (!fake_guest_hears_nothing(&guest))
			expect(OP(CREDIT_UPDATE));
	}
	stream->room = SIZE_MAX;
	writable(stream);
	expect_written(stream, bytes, sent);
	expect_messages(60);
}

Test(vsock_message, is_refused_if_it_does_not_fit_into_our_buffer)
{
	send_fragment(bytes, BUF_ALLOC - 1, 0);
	cr_assert_not(stream->closed);
	send_fragment(bytes, 1, 0);
	expect(OP(RST));
	cr_assert_eq(stream->error, -EMSGSIZE);
}

Test(vsock_message, may_be_as_long_as_our_buffer)
{
	send_fragment(bytes, BUF_ALLOC, EOM);
	expect_written(stream, bytes, BUF_ALLOC);
}

Test(vsock_message, of_no_length_may_not_be_sent_without_end)
{
	stream->room = 0;
	for (unsigned int i = 0; i < 2 * BUF_ALLOC / 4; i++)
		send_fragment(bytes, 0, EOM);
	cr_assert_not(stream->closed);
	send_fragment(bytes, 0, EOM);
	expect(OP(RST));
	cr_assert_eq(stream->error, -ENOBUFS);
}

Test(vsock_message, is_lost_if_the_guest_stops_in_the_middle)
{
	struct vd_packet packet = packet_of(OP(SHUTDOWN));

	send_fragment(bytes, 100, 0);
	packet.type = SEQPACKET;
	packet.flags = SEND;
	send_packet(packet);
	expect_written(stream, bytes, 0);
	cr_assert_eq(stream->shut, VD_VSOCK_NO_WRITE);
}

Test(vsock_message, before_one_that_is_lost_arrives)
{
	struct vd_packet packet = packet_of(OP(SHUTDOWN));

	stream->room = 0;
	send_fragment(bytes, 100, EOM);
	send_fragment(bytes, 100, 0);
	packet.type = SEQPACKET;
	packet.flags = RCV | SEND;
	send_packet(packet);
	expect(OP(RST));
	stream->room = 1000;
	writable(stream);
	expect_written(stream, bytes, 100);
	cr_assert(stream->closed);
}

Test(vsock_message, is_read_into_as_many_buffers_as_it_takes)
{
	say_message(bytes, 30000, EOR);
	cr_assert_eq(stream->n_reads, 1);
	expect_message(bytes, 30000, EOR);
	say_message(bytes, 10, 0);
	expect_message(bytes, 10, 0);
	expect_nothing();
}

Test(vsock_message, of_no_length_is_read_too)
{
	say_message(bytes, 0, 0);
	expect_message(bytes, 0, 0);
	say_message(bytes, 1, 0);
	expect_message(bytes, 1, 0);
}

Test(vsock_message, follows_another_in_a_buffer_of_its_own)
{
	fake_stream_put(stream, bytes, 10, EOM);
	fake_stream_put(stream, bytes + 10, 20, EOM);
	hang_up_gently(stream);
	expect_message(bytes, 10, 0);
	expect_message(bytes + 10, 20, 0);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, SEND);
}

Test(vsock_message, waits_for_enough_credit)
{
	say_message(bytes, 40000, 0);
	expect_message(bytes, 40000, 0);
	say_message(bytes, 40000, 0);
	expect(OP(CREDIT_REQUEST));
	send_seqpacket_credit(GUEST_BUF, 10000);
	expect_nothing();
	cr_assert_eq(guest.kicks, 0);
	send_seqpacket_credit(GUEST_BUF, 20000);
	expect_message(bytes, 40000, 0);
}

Test(vsock_message, is_refused_if_the_guest_has_no_room_for_it)
{
	say_message(bytes, GUEST_BUF, 0);
	expect_message(bytes, GUEST_BUF, 0);
	say_message(bytes, GUEST_BUF + 1, 0);
	expect(OP(RST));
	cr_assert_eq(stream->error, -EMSGSIZE);
}

Test(vsock_message_few, is_put_by_if_there_are_not_enough_buffers)
{
	static uint8_t payload[ROOM];
	struct vd_packet packet;
	size_t at = 0;

	say_message(bytes, 10000, EOR);
	expect_nothing();
	while (at < 10000) {
		fake_guest_post(&guest, ROOM);
		cr_assert(fake_guest_receive(&guest, &packet, payload));
		cr_assert_arr_eq(payload, bytes + at, packet.len);
		at += packet.len;
		cr_assert_eq(packet.flags, at < 10000 ? 0 : EOM | EOR);
	}
	cr_assert_eq(stream->n_reads, 1);

	fake_guest_post(&guest, ROOM);
	hang_up_gently(stream);
	expect(OP(SHUTDOWN));
}

Test(vsock_message_few, that_was_put_by_keeps_to_the_credit)
{
	say_message(bytes, 10000, 0);
	fake_guest_post(&guest, ROOM);
	cr_assert_eq(expect(OP(RW)).len, ROOM - HEADER);
	send_seqpacket_credit(ROOM - HEADER + 5, 0);
	fake_guest_post(&guest, ROOM);
	cr_assert_eq(expect(OP(RW)).len, 5);
	fake_guest_post(&guest, ROOM);
	expect(OP(CREDIT_REQUEST));
	fake_guest_post(&guest, ROOM);
	expect_nothing();
	send_seqpacket_credit(ROOM - HEADER + 10, 0);
	cr_assert_eq(expect(OP(RW)).len, 5);
	fake_guest_post(&guest, ROOM);
	expect(OP(CREDIT_REQUEST));
}

Test(vsock_message_few, that_was_put_by_goes_with_its_connection)
{
	struct vd_packet packet = packet_of(OP(RST));

	say_message(bytes, 10000, 0);
	fake_guest_post(&guest, ROOM);
	expect(OP(RW));
	packet.type = SEQPACKET;
	send_packet(packet);
	fake_guest_post(&guest, ROOM);
	expect_nothing();
	cr_assert(stream->closed);
}

Test(vsock_fragment, is_passed_on_as_it_comes)
{
	send_fragment(bytes, 100, 0);
	expect_written(stream, bytes, 100);
	expect_messages(0);
	send_fragment(bytes + 100, 100, EOM | EOR);
	expect_written(stream, bytes, 200);
	expect_messages(1);
	send_fragment(bytes, 0, EOM);
	expect_messages(2);
}

Test(vsock_fragment, may_be_written_in_parts)
{
	stream->room = 30;
	send_fragment(bytes, 100, EOM);
	send_fragment(bytes + 100, 100, 0);
	send_fragment(bytes + 200, 100, EOM);
	expect_written(stream, bytes, 30);
	for (unsigned int i = 0; i < 9; i++) {
		size_t len = 30 + 30 * i;

		expect_messages((len >= 100) + (len >= 300));
		stream->room = 30;
		writable(stream);
	}
	expect_written(stream, bytes, 300);
	expect_messages(2);
	cr_assert_eq(stream->in.ends[0], 100);
}

Test(vsock_fragment, keeps_the_end_of_a_message_to_itself)
{
	stream->room = 0;
	send_fragment(bytes, 100, 0);
	send_fragment(bytes, 0, EOM);
	stream->room = SIZE_MAX;
	writable(stream);
	expect_messages(1);
	cr_assert_eq(stream->in.ends[0], 100);
}

Test(vsock_fragment, is_read_as_it_comes)
{
	fake_stream_put(stream, bytes, 5000, 0);
	readable(stream);
	fake_stream_put(stream, bytes + 5000, 5000, EOM);
	readable(stream);
	expect_message(bytes, 10000, 0);
	say_message(bytes, 0, EOR);
	expect_message(bytes, 0, EOR);
}

Test(vsock_fragment, is_refused_if_the_message_gets_longer_than_the_guest_holds)
{
	fake_stream_put(stream, bytes, GUEST_BUF, 0);
	readable(stream);
	for (size_t len = 0; len < GUEST_BUF;)
		len += expect(OP(RW)).len;
	expect(OP(RST));
	cr_assert_eq(stream->error, -EMSGSIZE);
}
