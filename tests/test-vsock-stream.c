/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From the guest to a stream: data, hosts that read slowly or not at all, the
 * order in which the two halves of a connection end, and packets that lie.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/vsock-test.h"

static struct fake_stream *stream;

static void setup_stream(void)
{
	setup();
	stream = establish(STREAM);
}

TestSuite(vsock_stream, .init = setup_stream, .fini = end);

Test(vsock_stream, gets_what_the_guest_sends)
{
	send_data(bytes, 1000);
	send_data(bytes + 1000, 3000);
	expect_written(stream, bytes, 4000);
	cr_assert_eq(stream->n_writes, 2);
	expect_nothing();
}

Test(vsock_stream, is_given_the_guests_own_memory)
{
	const struct fake_ring *tx = &guest.rings[VD_VSOCK_TX];

	send_data(bytes, 1000);
	cr_assert_eq(stream->memory, tx->slots[tx->added - 1].buf + HEADER);
}

Test(vsock_stream, ignores_what_comes_behind_the_payload)
{
	struct vd_packet packet = packet_of(OP(RW));

	packet.len = 10;
	fake_guest_send(&guest, &packet, bytes, 1000);
	expect_written(stream, bytes, 10);
}

Test(vsock_stream, is_not_asked_to_write_nothing)
{
	send_data(NULL, 0);
	cr_assert_eq(stream->n_writes, 0);
	expect_nothing();
}

Test(vsock_stream, gets_packets_however_they_are_cut)
{
	for (guest.piece = 1; guest.piece < 50; guest.piece++)
		send_data(bytes + guest.piece * 100, 100);

	expect_written(stream, bytes + 100, 4900);
}

Test(vsock_stream, gets_packets_of_more_pieces_than_fit_into_a_call)
{
	guest.piece = 7;
	send_data(bytes, 8000);
	expect_written(stream, bytes, 8000);
	cr_assert_gt(stream->n_writes, 1);
}

Test(vsock_stream, gets_the_rest_when_it_takes_bytes_again)
{
	stream->room = 100;
	send_data(bytes, 1000);
	send_data(bytes + 1000, 1000);
	expect_written(stream, bytes, 100);
	cr_assert_eq(stream->n_writes, 1, "it is full, and said so");

	stream->room = 1500;
	writable(stream);
	expect_written(stream, bytes, 1600);

	stream->room = SIZE_MAX;
	writable(stream);
	expect_written(stream, bytes, 2000);
	send_data(bytes + 2000, 10);
	expect_written(stream, bytes, 2010);
}

/* Whatever the ring's position is, and however it is cut. */
Test(vsock_stream, gets_everything_through_a_ring_that_wraps)
{
	uint32_t sent = 0;

	stream->room = 0;
	while (sent < sizeof(bytes)) {
		uint32_t n = VD_MIN(1000U, sizeof(bytes) - sent);

		send_data(bytes + sent, n);
		sent += n;
		stream->room = 999;
		writable(stream);
		if (!fake_guest_hears_nothing(&guest)) {
			expect(OP(CREDIT_UPDATE));
			fake_guest_post(&guest, ROOM);
		}
		/* Every now and then it catches up. */
		if (sent - stream->in.len > 10000) {
			stream->room = 9500;
			writable(stream);
		}
	}
	stream->room = SIZE_MAX;
	writable(stream);
	expect_written(stream, bytes, sizeof(bytes));
}

Test(vsock_stream, holds_up_nobody_else)
{
	struct vd_packet packet = from_port(1, OP(REQUEST));

	stream->room = 0;
	send_data(bytes, BUF_ALLOC);
	cr_assert_eq(guest.rings[VD_VSOCK_TX].used,
		     guest.rings[VD_VSOCK_TX].added);

	send_packet(packet);
	expect(OP(RESPONSE));
	packet.op = OP(RW);
	packet.len = 10;
	fake_guest_send(&guest, &packet, bytes, 10);
	expect_written(last_stream(), bytes, 10);
}

Test(vsock_stream, counts_as_forwarded_what_it_took)
{
	stream->room = 1000;
	send_data(bytes, 2000);
	send_op(OP(CREDIT_REQUEST));
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 1000);

	stream->room = 500;
	writable(stream);
	send_op(OP(CREDIT_REQUEST));
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 1500);
}

Test(vsock_stream, makes_news_when_half_of_the_buffer_is_used)
{
	send_data(bytes, BUF_ALLOC / 2);
	expect_nothing();
	send_data(bytes, 1);
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, BUF_ALLOC / 2 + 1);
	send_data(bytes, 1);
	expect_nothing();
}

Test(vsock_stream, makes_news_when_it_takes_what_was_kept)
{
	stream->room = 0;
	send_data(bytes, BUF_ALLOC);
	expect_nothing();
	stream->room = 100;
	writable(stream);
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 100);
}

Test(vsock_stream, is_closed_if_the_guest_sends_more_than_was_promised)
{
	stream->room = 0;
	send_data(bytes, BUF_ALLOC);
	cr_assert_not(stream->closed);
	send_data(bytes, 1);
	cr_assert_eq(stream->error, -EPROTO);
	expect(OP(RST));
}

Test(vsock_stream, is_closed_if_it_fails)
{
	stream->write_error = -EIO;
	send_data(bytes, 1);
	expect(OP(RST));
	cr_assert_eq(stream->error, -EIO);
}

Test(vsock_stream, tells_that_nobody_reads)
{
	stream->write_error = -EPIPE;
	send_data(bytes, 100);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV);

	/* What is under way is lost, but makes no trouble. */
	send_data(bytes, 100);
	cr_assert_eq(stream->n_writes, 1);
	send_op(OP(CREDIT_REQUEST));
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 200);

	/* The other half is alive. */
	say(stream, bytes, 100);
	expect_data(bytes, 100);
}

Test(vsock_stream, forgets_what_was_kept_if_nobody_reads)
{
	stream->room = 10;
	send_data(bytes, 100);
	stream->write_error = -EPIPE;
	writable(stream);
	cr_assert_eq(expect(OP(SHUTDOWN)).flags, RCV);
	send_op(OP(CREDIT_REQUEST));
	cr_assert_eq(expect(OP(CREDIT_UPDATE)).fwd_cnt, 100);
}

Test(vsock_stream, is_told_when_the_guest_sends_no_more)
{
	send_shutdown(SEND);
	cr_assert_eq(stream->shut, VD_VSOCK_NO_WRITE);
	say(stream, bytes, 100);
	expect_data(bytes, 100);
}

Test(vsock_stream, is_told_so_after_all_was_written)
{
	stream->room = 0;
	send_data(bytes, 100);
	send_shutdown(SEND);
	cr_assert_eq(stream->shut, 0);
	stream->room = 100;
	writable(stream);
	expect_written(stream, bytes, 100);
	cr_assert_eq(stream->shut, VD_VSOCK_NO_WRITE);
}

Test(vsock_stream, is_told_when_the_guest_receives_no_more)
{
	send_shutdown(RCV);
	cr_assert_eq(stream->shut, VD_VSOCK_NO_READ);
	say(stream, bytes, 100);
	expect_nothing();
	cr_assert_eq(stream->n_reads, 0);
	send_data(bytes, 100);
	expect_written(stream, bytes, 100);
}

Test(vsock_stream, is_told_of_each_half_once)
{
	send_shutdown(SEND);
	send_shutdown(SEND);
	send_shutdown(0);
	cr_assert_eq(stream->n_shuts, 1);
}

Test(vsock_stream, is_closed_when_the_guest_has_closed_both_halves)
{
	send_shutdown(RCV);
	send_shutdown(SEND);
	expect(OP(RST));
	cr_assert(stream->closed);
	cr_assert_eq(stream->error, 0);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_stream, gets_everything_though_the_guest_has_closed)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	/* The guest need not wait for the host. */
	expect(OP(RST));
	send_op(OP(RST));
	cr_assert_not(stream->closed);

	stream->room = 600;
	writable(stream);
	cr_assert_not(stream->closed);
	stream->room = 600;
	writable(stream);
	expect_written(stream, bytes, 1000);
	cr_assert(stream->closed);
	cr_assert_eq(stream->error, 0);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_stream, gets_everything_though_the_guest_has_closed_and_gone)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	expect(OP(RST));
	vd_device_reset(device);
	cr_assert_not(stream->closed);
	vd_device_reset(device);
	cr_assert_not(stream->closed);

	stream->room = 1000;
	writable(stream);
	expect_written(stream, bytes, 1000);
	cr_assert(stream->closed);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

/* A connection whose end is confirmed, with data that the host has to take. */
static void go_and_leave_data(void)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	expect(OP(RST));
	vd_device_reset(device);
	cr_assert_not(stream->closed);
}

Test(vsock_stream, lingers_no_longer_because_of_a_reset)
{
	go_and_leave_data();
	vd_device_reset(device);
	fake_guest_wait(&guest, 60 * VD_NSEC_PER_SEC);
	cr_assert_eq(stream->error, -ETIMEDOUT);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

static void abort_the_other(struct fake_stream *closed)
{
	(void)closed;
	vd_vsock_abort(stream->stream.connection, -EPIPE, guest.now);
}

Test(vsock_stream, can_be_aborted_while_a_reset_ends_another_one)
{
	go_and_leave_data();
	establish(STREAM)->on_close = abort_the_other;
	vd_device_reset(device);
	cr_assert_eq(stream->error, -EPIPE);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_stream, gets_everything_before_a_reset_that_follows_a_shutdown)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(SEND);
	send_op(OP(RST));
	stream->room = 1000;
	writable(stream);
	expect_written(stream, bytes, 1000);
	cr_assert(stream->closed);
}

Test(vsock_stream, is_closed_at_once_if_the_guest_breaks_off)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_op(OP(RST));
	cr_assert_eq(stream->error, -ECONNRESET);
}

Test(vsock_stream, is_closed_if_it_fails_after_the_guest_has_closed)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	stream->write_error = -EIO;
	writable(stream);
	cr_assert_eq(stream->error, -EIO);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_stream, is_closed_if_nobody_is_left_to_take_the_rest)
{
	stream->room = 0;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	cr_assert(stream->closed);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_stream, may_be_aborted)
{
	vd_vsock_abort(stream->stream.connection, -ENETUNREACH, guest.now);
	expect(OP(RST));
	cr_assert_eq(stream->error, -ENETUNREACH);
}

static void abort_while_writing(struct fake_stream *self)
{
	vd_vsock_abort(self->stream.connection, -EBADF, guest.now);
	vd_vsock_writable(self->stream.connection, guest.now);
	vd_vsock_readable(self->stream.connection, guest.now);
	cr_assert_not(self->closed);
}

Test(vsock_stream, may_be_aborted_while_it_is_written_to)
{
	stream->on_write = abort_while_writing;
	send_data(bytes, 100);
	expect(OP(RST));
	cr_assert_eq(stream->error, -EBADF);
}

struct lie {
	char why[32];
	struct vd_packet packet;
	bool answered;
};

ParameterizedTestParameters(vsock_lies, are_answered_or_ignored)
{
	static struct lie lies[] = {
		{ "more than there is", { .len = 1 }, true },
		{ "far more", { .len = UINT32_MAX }, true },
		{ "another guest", { .src_cid = 0x4 ^ FAKE_GUEST_CID }, false },
		{ "the host", { .src_cid = 0x2 ^ FAKE_GUEST_CID }, false },
		{ "a long source", { .src_cid = 1ULL << 32 }, false },
		{ "a long destination", { .dst_cid = 1ULL << 32 }, false },
		{ "another type", { .type = STREAM ^ SEQPACKET }, true },
		{ "no type", { .type = STREAM }, true },
	};

	return cr_make_param_array(struct lie, lies, VD_ARRAY_SIZE(lies));
}

/* The fields of a lie are what is changed about a good packet. */
ParameterizedTest(struct lie *lie, vsock_lies, are_answered_or_ignored)
{
	struct vd_packet packet = packet_of(OP(RW));

	setup_stream();
	packet.len = 10 ^ lie->packet.len;
	packet.src_cid ^= lie->packet.src_cid;
	packet.dst_cid ^= lie->packet.dst_cid;
	packet.type ^= lie->packet.type;
	fake_guest_send(&guest, &packet, bytes, 10);

	cr_assert_eq(stream->n_writes, 0, "%s", lie->why);
	cr_assert_eq(stream->closed, lie->answered, "%s", lie->why);
	if (lie->answered)
		expect(OP(RST));
	expect_nothing();
	end();
}

Test(vsock_stream, ignores_packets_without_a_header)
{
	for (size_t len = 0; len < HEADER; len++)
		fake_guest_send_raw(&guest, bytes, len);

	cr_assert_eq(guest.rings[VD_VSOCK_TX].used,
		     guest.rings[VD_VSOCK_TX].added);
	expect_nothing();
	send_data(bytes, 10);
	expect_written(stream, bytes, 10);
}
