/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How the host ends a connection, one half or both, and how the guest hears of
 * it: after all that was said before.
 */

#include "tests/vsock-test.h"

#define SEC VD_NSEC_PER_SEC

static struct fake_stream *stream;

static void setup_stream(void)
{
	setup();
	stream = establish(STREAM);
}

TestSuite(vsock_end, .init = setup_stream, .fini = end);

Test(vsock_end, tells_that_the_host_sends_no_more)
{
	fake_stream_put(stream, bytes, 100, 0);
	hang_up_gently(stream);
	expect_data(bytes, 100);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, SEND);
	expect_nothing();

	send_data(bytes, 100);
	expect_written(stream, bytes, 100);
}

Test(vsock_end, ends_when_both_sides_have_sent_all)
{
	hang_up_gently(stream);
	expect(OP(SHUTDOWN));
	send_shutdown(SEND);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV | SEND);
	send_op(OP(RST));
	cr_assert(stream->closed);
	cr_assert_eq(stream->error, 0);
}

Test(vsock_end, ends_so_in_the_other_order_too)
{
	send_shutdown(SEND);
	hang_up_gently(stream);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV | SEND);
	send_op(OP(RST));
	cr_assert_eq(stream->error, 0);
}

Test(vsock_end, ends_when_the_guest_hears_nothing_and_the_host_neither)
{
	send_shutdown(RCV);
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV | SEND);
}

Test(vsock_end, brings_all_that_was_said_before_the_host_hung_up)
{
	stream->room = 0;
	send_data(bytes, 100);
	stream->ended = true;
	fake_stream_put(stream, bytes, 30000, 0);
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	expect_data(bytes, 30000);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV | SEND);
	expect_nothing();
}

Test(vsock_end, resets_a_guest_that_does_not_answer_a_shutdown)
{
	stream->ended = true;
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	expect(OP(SHUTDOWN));
	fake_guest_wait(&guest, 8 * SEC - 1);
	expect_nothing();
	fake_guest_wait(&guest, 1);
	expect(OP(RST));
	cr_assert_eq(stream->error, -ETIMEDOUT);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_end, brings_all_that_was_said_before_an_error)
{
	fake_stream_put(stream, bytes, 100, 0);
	stream->read_error = -ECONNRESET;
	readable(stream);
	expect_data(bytes, 100);
	expect(OP(RST));
	cr_assert_eq(stream->error, -ECONNRESET);
}

Test(vsock_end, remembers_a_host_that_hung_up_before_it_was_accepted)
{
	host.answer = 0;
	send_packet(from_port(7, OP(REQUEST)));
	stream = last_stream();
	fake_stream_put(stream, bytes, 10, 0);
	stream->ended = true;
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	expect_nothing();
	vd_vsock_connected(stream->stream.connection, 0, guest.now);
	expect(OP(RESPONSE));
	expect_data(bytes, 10);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV | SEND);
}

Test(vsock_end, tells_that_nobody_reads_though_nothing_can_be_read_yet)
{
	struct vd_packet request = from_port(7, OP(REQUEST));

	host.answer = 0;
	request.buf_alloc = 0;
	send_packet(request);
	stream = last_stream();
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	vd_vsock_connected(stream->stream.connection, 0, guest.now);
	expect(OP(RESPONSE));
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV);
}

Test(vsock_end, keeps_a_place_for_a_minute_when_the_host_does_not_read)
{
	stream->room = 0;
	send_data(bytes, 100);
	send_shutdown(RCV | SEND);
	expect(OP(RST));
	fake_guest_wait(&guest, 60 * SEC - 1);
	cr_assert_not(stream->closed);
	fake_guest_wait(&guest, 1);
	cr_assert(stream->closed);
	cr_assert_eq(stream->error, -ETIMEDOUT);
}
