/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Every packet in every state of a connection: what the guest gets for it, and
 * what becomes of the stream.
 */

#include "tests/vsock-test.h"

/* States that a guest can bring about. */
enum state {
	NONE,
	CONNECTING,
	REQUEST_OWED,
	REQUESTED,
	ESTABLISHED,
	GUEST_SENDS_NO_MORE,
	GUEST_RECEIVES_NO_MORE,
	HOST_SENDS_NO_MORE,
	HOST_CLOSING,
	RST_OWED,
	DRAINING,
	N_STATES,
};

#define N_OPS 10
#define NO_OP 0xff /* nothing comes */
#define OPEN 1 /* the stream stays */

/**
 * struct outcome - what has to happen
 * @answer: what the guest gets, or NO_OP
 * @error:  what the stream is closed with, or OPEN
 */
struct outcome {
	uint8_t answer;
	int error;
};

#define QUIET \
	{ \
		NO_OP, OPEN \
	}
#define RST_OF(error) \
	{ \
		OP(RST), error \
	}
#define ENDS_WITH(error) \
	{ \
		NO_OP, error \
	}

/* In the order of ops: INVALID, REQUEST, RESPONSE, RST, SHUTDOWN (both), RW,
 * CREDIT_UPDATE, CREDIT_REQUEST, and two that there are not.  A stream that is
 * closed already shows that as ENDS_WITH. */
static const struct outcome outcomes[N_STATES][N_OPS] = {
	[NONE] = {
		RST_OF(OPEN), { OP(RESPONSE), OPEN }, RST_OF(OPEN), QUIET,
		RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN),
		RST_OF(OPEN), RST_OF(OPEN),
	},
	[CONNECTING] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		ENDS_WITH(-ECONNRESET), RST_OF(-ECONNRESET), RST_OF(-EPROTO),
		QUIET, QUIET, RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[REQUEST_OWED] = {
		RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN), { OP(REQUEST), OPEN }, RST_OF(OPEN),
		RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN),
		RST_OF(OPEN),
	},
	[REQUESTED] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), QUIET,
		ENDS_WITH(-ECONNREFUSED), RST_OF(-EPROTO), RST_OF(-EPROTO),
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		RST_OF(-EPROTO),
	},
	[ESTABLISHED] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		ENDS_WITH(-ECONNRESET), RST_OF(0), QUIET, QUIET,
		{ OP(CREDIT_UPDATE), OPEN }, RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[GUEST_SENDS_NO_MORE] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		ENDS_WITH(-ECONNRESET), RST_OF(0), RST_OF(-EPROTO), QUIET,
		{ OP(CREDIT_UPDATE), OPEN }, RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[GUEST_RECEIVES_NO_MORE] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		ENDS_WITH(-ECONNRESET), RST_OF(0), QUIET, QUIET,
		{ OP(CREDIT_UPDATE), OPEN }, RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[HOST_SENDS_NO_MORE] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO),
		ENDS_WITH(-ECONNRESET), RST_OF(0), QUIET, QUIET,
		{ OP(CREDIT_UPDATE), OPEN }, RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[HOST_CLOSING] = {
		RST_OF(-EPROTO), RST_OF(-EPROTO), RST_OF(-EPROTO), ENDS_WITH(0),
		RST_OF(0), QUIET, QUIET, { OP(CREDIT_UPDATE), OPEN },
		RST_OF(-EPROTO), RST_OF(-EPROTO),
	},
	[RST_OWED] = {
		RST_OF(-EBADF), RST_OF(-EBADF), RST_OF(-EBADF),
		ENDS_WITH(-EBADF), RST_OF(-EBADF), RST_OF(-EBADF),
		RST_OF(-EBADF), RST_OF(-EBADF), RST_OF(-EBADF), RST_OF(-EBADF),
	},
	/* The guest has closed and knows it; the host still has to read. */
	[DRAINING] = {
		RST_OF(OPEN), { OP(RESPONSE), OPEN }, RST_OF(OPEN), QUIET,
		RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN), RST_OF(OPEN),
		RST_OF(OPEN), RST_OF(OPEN),
	},
};

static struct fake_stream *stream;
static struct vd_packet flow;

/* From now on, packets are those of a connection that the host began. */
static void follow_request(void)
{
	struct vd_packet request = expect(OP(REQUEST));

	flow.src_port = request.dst_port;
	flow.dst_port = request.src_port;
}

static void connecting(void)
{
	host.answer = 0;
	send_op(OP(REQUEST));
	stream = last_stream();
	host.answer = 1;
}

static void requested(void)
{
	cr_assert_eq(fake_host_connect(&host, GUEST_PORT, STREAM, guest.now,
				       &stream),
		     0);
}

static void draining(void)
{
	stream->room = 0;
	send_data(bytes, 10);
	send_shutdown(RCV | SEND);
	expect(OP(RST));
}

static void host_closing(void)
{
	vd_vsock_hung_up(stream->stream.connection, guest.now);
	hang_up_gently(stream);
	while (!fake_guest_hears_nothing(&guest))
		expect(OP(SHUTDOWN));
}

static void enter_established(enum state state)
{
	stream = establish(STREAM);

	switch (state) {
	case GUEST_SENDS_NO_MORE:
		send_shutdown(SEND);
		break;
	case GUEST_RECEIVES_NO_MORE:
		send_shutdown(RCV);
		break;
	case HOST_SENDS_NO_MORE:
		hang_up_gently(stream);
		expect(OP(SHUTDOWN));
		break;
	case HOST_CLOSING:
		host_closing();
		break;
	case DRAINING:
		draining();
		break;
	default:
		break;
	}
}

/* Those in which something is owed need a guest without buffers. */
static void enter(enum state state)
{
	begin((struct vd_vsock_config){ 0 }, state == REQUEST_OWED ? 0
					     : state == RST_OWED   ? 1
								   : N_BUFFERS);
	flow = packet_of(0);
	stream = NULL;

	switch (state) {
	case NONE:
		break;
	case CONNECTING:
		connecting();
		break;
	case REQUEST_OWED:
		requested();
		flow.dst_port =
			vd_vsock_connection_flow(stream->stream.connection)
				->peer_port;
		break;
	case REQUESTED:
		requested();
		follow_request();
		break;
	case RST_OWED:
		stream = establish(STREAM);
		vd_vsock_abort(stream->stream.connection, -EBADF, guest.now);
		break;
	default:
		enter_established(state);
	}
}

static void send_in(enum state state, unsigned int op)
{
	flow.op = (uint16_t)op;
	flow.len = op == OP(RW) ? 4 : 0;
	flow.flags = op == OP(SHUTDOWN) ? RCV | SEND : 0;
	fake_guest_send(&guest, &flow, bytes, flow.len);

	/* Now it gets what it is owed. */
	if (state == REQUEST_OWED || state == RST_OWED)
		fake_guest_post(&guest, ROOM);
}

static void check(enum state state, unsigned int op)
{
	const struct outcome *outcome = &outcomes[state][op];
	struct vd_packet answer = { .op = NO_OP };

	(void)fake_guest_receive(&guest, &answer, NULL);
	cr_assert_eq(answer.op, outcome->answer,
		     "state %u, op %u: %u came, not %u", state, op, answer.op,
		     outcome->answer);

	if (!stream)
		return;
	cr_assert_eq(stream->closed, outcome->error != OPEN,
		     "state %u, op %u: closed is %d", state, op,
		     stream->closed);
	if (stream->closed)
		cr_assert_eq(stream->error, outcome->error,
			     "state %u, op %u: error %d", state, op,
			     stream->error);
}

static void try_all_ops(enum state state)
{
	for (unsigned int op = 0; op < N_OPS; op++) {
		enter(state);
		send_in(state, op);
		check(state, op);
		end();
	}
}

Test(vsock_states, without_a_connection)
{
	try_all_ops(NONE);
}

Test(vsock_states, while_the_host_connects)
{
	try_all_ops(CONNECTING);
}

Test(vsock_states, before_the_guest_is_asked)
{
	try_all_ops(REQUEST_OWED);
}

Test(vsock_states, while_the_guest_is_asked)
{
	try_all_ops(REQUESTED);
}

Test(vsock_states, while_it_is_established)
{
	try_all_ops(ESTABLISHED);
}

Test(vsock_states, after_the_guest_closed_its_sending_half)
{
	try_all_ops(GUEST_SENDS_NO_MORE);
}

Test(vsock_states, after_the_guest_closed_its_receiving_half)
{
	try_all_ops(GUEST_RECEIVES_NO_MORE);
}

Test(vsock_states, after_the_host_closed_its_sending_half)
{
	try_all_ops(HOST_SENDS_NO_MORE);
}

Test(vsock_states, after_the_host_closed)
{
	try_all_ops(HOST_CLOSING);
}

Test(vsock_states, while_a_reset_is_owed)
{
	try_all_ops(RST_OWED);
}

Test(vsock_states, while_the_host_still_reads)
{
	try_all_ops(DRAINING);
}
