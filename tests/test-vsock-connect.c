/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How connections of the vsock device begin, from either side, and what happens
 * if nobody answers.
 */

#include "tests/vsock-test.h"

#define SEC VD_NSEC_PER_SEC

TestSuite(vsock_connect, .init = setup, .fini = end);

static void request(uint32_t port, uint16_t type)
{
	struct vd_packet packet = from_port(port, OP(REQUEST));

	packet.type = type;
	send_packet(packet);
}

Test(vsock_connect, connects_where_the_guest_wants_to)
{
	struct vd_packet response;

	request(1234, STREAM);
	response = expect(OP(RESPONSE));

	cr_assert_eq(host.last.guest_port, 1234);
	cr_assert_eq(host.last.peer_cid, VD_VSOCK_HOST_CID);
	cr_assert_eq(host.last.peer_port, HOST_PORT);
	cr_assert_eq(host.last.type, STREAM);
	cr_assert_eq(response.src_cid, VD_VSOCK_HOST_CID);
	cr_assert_eq(response.src_port, HOST_PORT);
	cr_assert_eq(response.dst_port, 1234);
	cr_assert_eq(response.type, STREAM);
	cr_assert_eq(response.buf_alloc, BUF_ALLOC);
	cr_assert_eq(response.fwd_cnt, 0);
}

Test(vsock_connect, leaves_it_to_the_host_which_peers_there_are)
{
	struct vd_packet packet = packet_of(OP(REQUEST));

	packet.dst_cid = 42;
	send_packet(packet);
	cr_assert_eq(expect(OP(RESPONSE)).src_cid, 42);
	cr_assert_eq(host.last.peer_cid, 42);
}

Test(vsock_connect, tells_apart_peers_with_the_same_ports)
{
	struct vd_packet packet = packet_of(OP(REQUEST));

	establish(STREAM);
	packet.dst_cid = 42;
	send_packet(packet);
	expect(OP(RESPONSE));
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 2);
}

Test(vsock_connect, resets_what_the_host_refuses)
{
	host.answer = -ECONNREFUSED;
	request(1234, STREAM);
	cr_assert_eq(expect(OP(RST)).dst_port, 1234);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock_connect, waits_for_the_host_to_connect)
{
	host.answer = 0;
	request(1, STREAM);
	expect_nothing();

	vd_vsock_connected(last_stream()->stream.connection, 0, guest.now);
	expect(OP(RESPONSE));
}

Test(vsock_connect, resets_what_the_host_fails_to_connect)
{
	host.answer = 0;
	request(1, STREAM);
	vd_vsock_connected(last_stream()->stream.connection, -ECONNREFUSED,
			   guest.now);
	expect(OP(RST));
	cr_assert_eq(last_stream()->error, -ECONNREFUSED);
}

Test(vsock_connect, gives_up_a_host_that_does_not_connect)
{
	host.answer = 0;
	request(1, STREAM);
	fake_guest_wait(&guest, 2 * SEC - 1);
	expect_nothing();
	fake_guest_wait(&guest, 1);
	expect(OP(RST));
	cr_assert_eq(last_stream()->error, -ETIMEDOUT);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

static int host_connects(uint32_t port, struct fake_stream **ret)
{
	return fake_host_connect(&host, port, STREAM, guest.now, ret);
}

Test(vsock_connect, asks_the_guest_for_the_host)
{
	struct fake_stream *stream;
	struct vd_packet packet;

	cr_assert_eq(host_connects(22, &stream), 0);
	packet = expect(OP(REQUEST));
	cr_assert_eq(packet.dst_port, 22);
	cr_assert_eq(packet.src_cid, VD_VSOCK_HOST_CID);
	cr_assert_eq(packet.type, STREAM);
	cr_assert_eq(packet.buf_alloc, BUF_ALLOC);
	cr_assert_eq(
		packet.src_port,
		vd_vsock_connection_flow(stream->stream.connection)->peer_port);
	cr_assert_not(stream->accepted);

	send_packet((struct vd_packet){ .src_cid = FAKE_GUEST_CID,
					.dst_cid = VD_VSOCK_HOST_CID,
					.src_port = 22,
					.dst_port = packet.src_port,
					.type = STREAM,
					.op = OP(RESPONSE) });
	cr_assert(stream->accepted);
	expect_nothing();
}

Test(vsock_connect, chooses_another_port_for_each_connect)
{
	struct fake_stream *stream;
	uint32_t first;

	cr_assert_eq(host_connects(22, &stream), 0);
	first = expect(OP(REQUEST)).src_port;
	cr_assert_eq(host_connects(22, &stream), 0);
	cr_assert_neq(expect(OP(REQUEST)).src_port, first);

	/* When it has been through all of them, too. */
	host.vsock->next_port = 0;
	cr_assert_eq(host_connects(22, &stream), 0);
	cr_assert_eq(expect(OP(REQUEST)).src_port, first + 2);
}

Test(vsock_connect, refuses_a_flow_that_there_is)
{
	struct vd_vsock_flow flow = { .guest_port = GUEST_PORT,
				      .peer_cid = VD_VSOCK_HOST_CID,
				      .peer_port = HOST_PORT,
				      .type = STREAM };
	struct vd_vsock_stream other;

	establish(STREAM);
	cr_assert_eq(vd_vsock_accept(host.vsock, &flow, &other, guest.now),
		     -EADDRINUSE);
	flow.type = 7;
	cr_assert_eq(vd_vsock_accept(host.vsock, &flow, &other, guest.now),
		     -EPROTONOSUPPORT);
}

Test(vsock_connect, gives_up_a_guest_that_does_not_answer)
{
	struct fake_stream *stream;

	cr_assert_eq(host_connects(22, &stream), 0);
	expect(OP(REQUEST));
	fake_guest_wait(&guest, 2 * SEC);
	expect(OP(RST));
	cr_assert_eq(stream->error, -ETIMEDOUT);
}

Test(vsock_connect, forgets_a_question_that_was_not_asked)
{
	struct fake_stream *stream;

	end();
	begin((struct vd_vsock_config){ 0 }, 0);
	cr_assert_eq(host_connects(22, &stream), 0);
	fake_guest_wait(&guest, 2 * SEC);
	cr_assert_eq(stream->error, -ETIMEDOUT);
	fake_guest_post(&guest, ROOM);
	expect_nothing();
}

Test(vsock_connect, refuses_the_host_while_there_is_no_guest)
{
	struct fake_stream *stream;

	fake_guest_stop(&guest);
	cr_assert_eq(host_connects(22, &stream), -ENETDOWN);
}
