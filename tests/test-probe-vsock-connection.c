/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The guest's end of a vsock connection, as the probe has it: states, and who
 * may send how much.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_vsock.h>

#include "daemons/probe-vsock-connection.h"

#define ROOM 1000
#define PEER_ROOM 500

#define REQUEST VIRTIO_VSOCK_OP_REQUEST
#define RESPONSE VIRTIO_VSOCK_OP_RESPONSE
#define RST VIRTIO_VSOCK_OP_RST
#define SHUTDOWN VIRTIO_VSOCK_OP_SHUTDOWN
#define RW VIRTIO_VSOCK_OP_RW
#define CREDIT_UPDATE VIRTIO_VSOCK_OP_CREDIT_UPDATE
#define CREDIT_REQUEST VIRTIO_VSOCK_OP_CREDIT_REQUEST

static struct probe_vsock_connection connection;

static void request(void)
{
	connection = (struct probe_vsock_connection){
		.cid = 3,
		.port = 10,
		.peer_cid = 2,
		.peer_port = 20,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.buf_alloc = ROOM,
	};
}

TestSuite(probe_vsock_connection, .init = request);

/* What the peer sends. */
static struct probe_vsock_header packet(uint16_t op, uint32_t flags,
					uint32_t len)
{
	return (struct probe_vsock_header){
		.src_cid = 2,
		.dst_cid = 3,
		.src_port = 20,
		.dst_port = 10,
		.len = len,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.op = op,
		.flags = flags,
		.buf_alloc = PEER_ROOM,
	};
}

static int take(uint16_t op, uint32_t flags, uint32_t len)
{
	const struct probe_vsock_header header = packet(op, flags, len);

	return probe_vsock_take(&connection, &header);
}

static void establish(void)
{
	cr_assert_eq(take(RESPONSE, 0, 0), 0);
}

/* The peer has taken @fwd_cnt bytes in all, and now has @buf_alloc of room. */
static void update(uint32_t buf_alloc, uint32_t fwd_cnt)
{
	struct probe_vsock_header header = packet(CREDIT_UPDATE, 0, 0);

	header.buf_alloc = buf_alloc;
	header.fwd_cnt = fwd_cnt;
	cr_assert_eq(probe_vsock_take(&connection, &header), 0);
}

Test(probe_vsock_connection, is_established_by_a_response)
{
	establish();

	cr_assert_eq(connection.state, PROBE_VSOCK_ESTABLISHED);
	cr_assert_eq(probe_vsock_credit(&connection), PEER_ROOM);
}

Test(probe_vsock_connection, is_closed_by_a_reset)
{
	cr_assert_eq(take(RST, 0, 0), 0);

	cr_assert_eq(connection.state, PROBE_VSOCK_CLOSED);
}

Test(probe_vsock_connection, is_closed_by_sending_a_reset)
{
	establish();
	probe_vsock_make(&connection, RST, 0, 0);

	cr_assert_eq(connection.state, PROBE_VSOCK_CLOSED);
	cr_assert_eq(probe_vsock_credit(&connection), 0);
}

Test(probe_vsock_connection, is_what_a_request_asks_for)
{
	const struct probe_vsock_header header = packet(REQUEST, 0, 0);

	probe_vsock_accept(&connection, &header, ROOM);

	cr_assert_eq(connection.state, PROBE_VSOCK_ESTABLISHED);
	cr_assert(probe_vsock_owns(&connection, &header));
	cr_assert_eq(probe_vsock_credit(&connection), PEER_ROOM);
}

struct bad_packet {
	char why[32];
	bool established;
	uint32_t heard;
	uint16_t op;
	uint32_t len;
};

ParameterizedTestParameters(probe_vsock_connection, does_not_take)
{
	static struct bad_packet packets[] = {
		{ "data without a response", false, 0, RW, 1 },
		{ "a shutdown without one", false, 0, SHUTDOWN, 0 },
		{ "credit without one", false, 0, CREDIT_UPDATE, 0 },
		{ "a second response", true, 0, RESPONSE, 0 },
		{ "a second request", true, 0, REQUEST, 0 },
		{ "no operation", true, 0, VIRTIO_VSOCK_OP_INVALID, 0 },
		{ "an unknown operation", true, 0, 8, 0 },
		{ "more than there is room for", true, 0, RW, ROOM + 1 },
		{ "data after their end", true, VIRTIO_VSOCK_SHUTDOWN_SEND, RW,
		  1 },
	};

	return cr_make_param_array(struct bad_packet, packets,
				   sizeof(packets) / sizeof(packets[0]));
}

ParameterizedTest(struct bad_packet *bad, probe_vsock_connection, does_not_take)
{
	request();
	if (bad->established)
		establish();
	connection.heard = bad->heard;

	cr_assert_eq(take(bad->op, 0, bad->len), -EPROTO, "%s", bad->why);
}

struct stranger {
	char why[16];
	struct probe_vsock_header header;
};

ParameterizedTestParameters(probe_vsock_connection, does_not_own)
{
	static struct stranger strangers[5];

	for (int i = 0; i < 5; i++)
		strangers[i].header = packet(RW, 0, 0);
	strangers[0].header.src_cid++;
	strangers[1].header.dst_cid++;
	strangers[2].header.src_port++;
	strangers[3].header.dst_port++;
	strangers[4].header.type = VIRTIO_VSOCK_TYPE_SEQPACKET;

	return cr_make_param_array(struct stranger, strangers, 5);
}

ParameterizedTest(struct stranger *stranger, probe_vsock_connection,
		  does_not_own)
{
	request();

	cr_assert_not(probe_vsock_owns(&connection, &stranger->header));
}

Test(probe_vsock_connection, owns_what_comes_from_its_peer)
{
	const struct probe_vsock_header header = packet(RW, 0, 0);

	cr_assert(probe_vsock_owns(&connection, &header));
}

Test(probe_vsock_connection, owns_nothing_once_it_is_closed)
{
	const struct probe_vsock_header header = packet(RW, 0, 0);

	take(RST, 0, 0);

	cr_assert_not(probe_vsock_owns(&connection, &header));
}

Test(probe_vsock_connection, has_less_credit_for_each_byte_sent)
{
	establish();
	probe_vsock_make(&connection, RW, 0, 499);
	cr_assert_eq(probe_vsock_credit(&connection), 1);
	probe_vsock_make(&connection, RW, 0, 1);
	cr_assert_eq(probe_vsock_credit(&connection), 0);

	update(PEER_ROOM, 300);
	cr_assert_eq(probe_vsock_credit(&connection), 300);
}

Test(probe_vsock_connection, has_no_credit_if_room_was_taken_back)
{
	establish();
	probe_vsock_make(&connection, RW, 0, 400);
	update(399, 0);

	cr_assert_eq(probe_vsock_credit(&connection), 0);
}

Test(probe_vsock_connection, has_no_credit_if_nobody_reads)
{
	establish();
	take(SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_RCV, 0);

	cr_assert_eq(probe_vsock_credit(&connection), 0);
}

Test(probe_vsock_connection, counts_past_the_largest_number)
{
	establish();
	connection.tx_cnt = UINT32_MAX - 10;
	update(PEER_ROOM, UINT32_MAX - 10);

	probe_vsock_make(&connection, RW, 0, 100);
	cr_assert_eq(connection.tx_cnt, 89);
	cr_assert_eq(probe_vsock_credit(&connection), PEER_ROOM - 100);
	update(PEER_ROOM, 9);
	cr_assert_eq(probe_vsock_credit(&connection), PEER_ROOM - 80);
}

Test(probe_vsock_connection, tells_how_much_was_consumed)
{
	establish();
	take(RW, 0, 600);
	probe_vsock_consume(&connection, 250);

	cr_assert_eq(probe_vsock_make(&connection, RW, 0, 0).fwd_cnt, 250);
	cr_assert_eq(probe_vsock_make(&connection, RW, 0, 0).buf_alloc, ROOM);
}

Test(probe_vsock_connection, has_room_for_what_was_consumed)
{
	establish();
	take(RW, 0, ROOM);
	cr_assert_eq(take(RW, 0, 1), -EPROTO);
	probe_vsock_consume(&connection, 1);

	cr_assert_eq(take(RW, 0, 1), 0);
}

Test(probe_vsock_connection, owes_credit_once_the_peer_knows_of_too_little)
{
	establish();
	take(RW, 0, 501);
	cr_assert_not(probe_vsock_owes_credit(&connection), "nothing is new");
	probe_vsock_consume(&connection, 1);
	cr_assert(probe_vsock_owes_credit(&connection));
}

Test(probe_vsock_connection, owes_no_credit_while_there_is_enough)
{
	establish();
	take(RW, 0, 500);
	probe_vsock_consume(&connection, 500);

	cr_assert_not(probe_vsock_owes_credit(&connection));
}

Test(probe_vsock_connection, owes_no_credit_that_was_told_with_data)
{
	establish();
	take(RW, 0, 900);
	probe_vsock_consume(&connection, 800);
	probe_vsock_make(&connection, RW, 0, 1);

	cr_assert_not(probe_vsock_owes_credit(&connection));
}

Test(probe_vsock_connection, remembers_each_half_of_a_shutdown)
{
	establish();
	take(SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_RCV, 0);
	take(SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_SEND, 0);
	probe_vsock_make(&connection, SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_RCV, 0);
	probe_vsock_make(&connection, SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_SEND, 0);

	cr_assert_eq(connection.heard, 3);
	cr_assert_eq(connection.said, 3);
}

Test(probe_vsock_header, of_a_reset_goes_back_to_where_the_packet_came_from)
{
	const struct probe_vsock_header header = packet(RW, 0, 7);
	const struct probe_vsock_header reset =
		probe_vsock_reset_header(&header);

	cr_assert_eq(reset.op, RST);
	cr_assert_eq(reset.src_cid, 3);
	cr_assert_eq(reset.dst_cid, 2);
	cr_assert_eq(reset.src_port, 10);
	cr_assert_eq(reset.dst_port, 20);
	cr_assert_eq(reset.type, VIRTIO_VSOCK_TYPE_STREAM);
	cr_assert_eq(reset.len, 0);
}

Test(probe_vsock_header, is_little_endian)
{
	static const uint8_t wire[PROBE_VSOCK_HEADER_SIZE] = {
		2,  0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0,	   0, 0,
		0,  1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0,	   1, 0,
		RW, 0, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x10, 0,
	};
	struct virtio_vsock_hdr encoded;
	struct probe_vsock_header header;

	probe_vsock_decode((const void *)wire, &header);
	cr_assert_eq(header.src_cid, 2);
	cr_assert_eq(header.dst_cid, 3);
	cr_assert_eq(header.src_port, 0x04030201);
	cr_assert_eq(header.dst_port, 0x08070605);
	cr_assert_eq(header.len, 9);
	cr_assert_eq(header.type, VIRTIO_VSOCK_TYPE_STREAM);
	cr_assert_eq(header.op, RW);
	cr_assert_eq(header.flags, VIRTIO_VSOCK_SEQ_EOM);
	cr_assert_eq(header.buf_alloc, 0x400);
	cr_assert_eq(header.fwd_cnt, 0x100000);

	probe_vsock_encode(&header, &encoded);
	cr_assert_arr_eq(&encoded, wire, sizeof(wire));
}
