/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets of the guest that come together, and go to a stream in one write.
 */

#include <criterion/criterion.h>

#include "tests/vsock-test.h"

static struct fake_stream *stream;

static void setup_stream(void)
{
	setup();
	stream = establish(STREAM);
}

TestSuite(vsock_gather, .init = setup_stream, .fini = end);

static void queue_data(const void *data, uint32_t len)
{
	struct vd_packet packet = packet_of(OP(RW));

	packet.len = len;
	fake_guest_queue(&guest, &packet, data, len);
}

Test(vsock_gather, puts_packets_that_came_together_in_one_write)
{
	for (uint32_t i = 0; i < 7; i++)
		queue_data(bytes + i * 1000, 1000);
	send_data(bytes + 7000, 1000);
	expect_written(stream, bytes, 8000);
	cr_assert_eq(stream->n_writes, 1);
	cr_assert_eq(guest.rings[VD_VSOCK_TX].used,
		     guest.rings[VD_VSOCK_TX].added);
}

Test(vsock_gather, keeps_the_order_though_others_come_between)
{
	struct vd_packet request = from_port(1, OP(REQUEST));
	struct vd_packet other = from_port(1, OP(RW));
	struct fake_stream *second;

	send_packet(request);
	expect(OP(RESPONSE));
	second = last_stream();
	other.len = 10;
	for (uint32_t i = 0; i < 10; i++) {
		queue_data(bytes + i * 10, 10);
		fake_guest_queue(&guest, &other, bytes + i * 10, 10);
	}
	send_op(OP(CREDIT_REQUEST));
	expect_written(stream, bytes, 100);
	expect_written(second, bytes, 100);
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 100);
}

/* However much of them it takes at first: the rest is kept, in order. */
Test(vsock_gather, keeps_the_rest_wherever_the_stream_stops)
{
	for (size_t room = 0; room <= 50; room++) {
		size_t before = stream->in.len;

		stream->room = room;
		for (uint32_t i = 0; i < 4; i++)
			queue_data(bytes + i * 10, 10);
		send_data(bytes + 40, 10);
		cr_assert_eq(stream->in.len - before, room);
		stream->room = SIZE_MAX;
		writable(stream);
		cr_assert_eq(stream->in.len - before, 50);
		cr_assert_arr_eq(stream->in.data + before, bytes, 50);
		cr_assert_null(stream->stream.connection->spill);
		while (!fake_guest_hears_nothing(&guest))
			expect(OP(CREDIT_UPDATE));
	}
}

Test(vsock_gather, writes_what_was_sent_before_a_shutdown)
{
	struct vd_packet shutdown = packet_of(OP(SHUTDOWN));

	shutdown.flags = RCV | SEND;
	queue_data(bytes, 10);
	send_packet(shutdown);
	expect_written(stream, bytes, 10);
	cr_assert(stream->closed);
	expect(OP(RST));
}

Test(vsock_gather, writes_what_was_sent_before_a_lie)
{
	stream->room = 5;
	queue_data(bytes, 10);
	send_data(bytes, BUF_ALLOC);
	expect_written(stream, bytes, 5);
	cr_assert_eq(stream->error, -EPROTO);
	expect(OP(RST));
}

Test(vsock_gather, writes_nothing_more_if_the_stream_fails)
{
	stream->write_error = -EIO;
	queue_data(bytes, 10);
	queue_data(bytes, 10);
	send_data(bytes, 10);
	cr_assert_eq(stream->n_writes, 1);
	cr_assert_eq(stream->error, -EIO);
	expect(OP(RST));
	expect_nothing();
}

Test(vsock_gather, takes_more_pieces_than_fit_into_a_call)
{
	guest.piece = 7;
	for (uint32_t i = 0; i < 50; i++)
		queue_data(bytes + i * 100, 100);
	send_data(bytes + 5000, 100);
	expect_written(stream, bytes, 5100);
	cr_assert_lt(stream->n_writes, 10);
}
