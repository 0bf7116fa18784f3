/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets from the guest, and what they do in each state of a connection.
 */

#include <errno.h>
#include <linux/virtio_vsock.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-gather.h"
#include "virtio-devices/vsock-packet.h"
#include "virtio-devices/vsock-rx.h"
#include "virtio-devices/vsock-tx.h"
#include "virtio-devices/vsock-write.h"

#define BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)

/*
 * With more than that, a kick leaves the rest until whatever else waits on the
 * same thread had its turn.  What one connection may send by default is not
 * more.
 */
#define MAX_KICK 262144

static struct vd_vsock_flow flow_of(const struct vd_packet *packet)
{
	return (struct vd_vsock_flow){
		.guest_port = packet->src_port,
		.peer_cid = (uint32_t)packet->dst_cid,
		.peer_port = packet->dst_port,
		.type = packet->type,
	};
}

static void hear_credit(struct vd_vsock_connection *connection,
			const struct vd_packet *packet)
{
	connection->credit.peer_buf_alloc = packet->buf_alloc;
	connection->credit.peer_fwd_cnt = packet->fwd_cnt;
	vd_connection_wake(connection);
}

static void receive_data(struct vd_vsock_connection *connection,
			 const struct vd_packet *packet, struct vd_chain *chain)
{
	struct vd_credit *credit = &connection->credit;

	if (connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_SEND ||
	    packet->len > vd_credit_promised(credit)) {
		vd_connection_end(connection, -EPROTO);
		return;
	}

	credit->rx_cnt += packet->len;
	vd_write_payload(connection, &chain->readable, packet->len,
			 connection->flow.type == VD_VSOCK_SEQPACKET
				 ? packet->flags & (VD_VSOCK_EOM | VD_VSOCK_EOR)
				 : 0);
	vd_write_tell_credit(connection);
}

static void receive_shutdown(struct vd_vsock_connection *connection,
			     const struct vd_packet *packet)
{
	connection->guest_shut |= (uint8_t)(packet->flags & BOTH);
	if (connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_SEND)
		vd_write_no_more(connection);

	if (connection->guest_shut == BOTH)
		vd_connection_finish(connection);
	else
		vd_connection_settle(connection);
}

static void in_connecting(struct vd_vsock_connection *connection,
			  const struct vd_packet *packet)
{
	switch (packet->op) {
	case VIRTIO_VSOCK_OP_RST:
		vd_connection_forget(connection, -ECONNRESET);
		break;
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		/* The answer, if it is one, will tell. */
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		vd_connection_end(connection, -ECONNRESET);
		break;
	default:
		vd_connection_end(connection, -EPROTO);
	}
}

static void in_requested(struct vd_vsock_connection *connection,
			 const struct vd_packet *packet)
{
	struct vd_vsock_stream *stream = connection->stream;

	switch (packet->op) {
	case VIRTIO_VSOCK_OP_RST:
		vd_connection_forget(connection, -ECONNREFUSED);
		break;
	case VIRTIO_VSOCK_OP_RESPONSE:
		vd_connection_establish(connection);
		if (stream->ops->accepted)
			stream->ops->accepted(stream);
		break;
	default:
		vd_connection_end(connection, -EPROTO);
	}
}

static void in_established(struct vd_vsock_connection *connection,
			   const struct vd_packet *packet,
			   struct vd_chain *chain)
{
	switch (packet->op) {
	case VIRTIO_VSOCK_OP_RW:
		receive_data(connection, packet, chain);
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		receive_shutdown(connection, packet);
		break;
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
		break;
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		vd_connection_owe(connection, VD_OWE_CREDIT_UPDATE);
		break;
	case VIRTIO_VSOCK_OP_RST:
		vd_connection_forget(connection, connection->host_shut == BOTH
							 ? 0
							 : -ECONNRESET);
		break;
	default:
		vd_connection_end(connection, -EPROTO);
	}
}

/* Our RST is under way, and answers whatever comes; but a RST needs none. */
static void in_doomed(struct vd_vsock_connection *connection,
		      const struct vd_packet *packet)
{
	if (packet->op == VIRTIO_VSOCK_OP_RST)
		vd_connection_forget(connection, 0);
}

static void receive(struct vd_vsock_connection *connection,
		    const struct vd_packet *packet, struct vd_chain *chain)
{
	switch (connection->state) {
	case VD_CONNECTION_CONNECTING:
		in_connecting(connection, packet);
		break;
	case VD_CONNECTION_REQUESTED:
		in_requested(connection, packet);
		break;
	case VD_CONNECTION_ESTABLISHED:
		in_established(connection, packet, chain);
		break;
	default:
		in_doomed(connection, packet);
	}
}

static bool knows_type(const struct vd_vsock *vsock, uint32_t type)
{
	return type < 64 && vsock->types & VD_BIT(type);
}

/* The guest wants to connect: 0, or a negative errno. */
static int connect_to(struct vd_vsock *vsock, const struct vd_vsock_flow *flow,
		      const struct vd_packet *packet)
{
	struct vd_vsock_connection *connection;
	int r;

	if (!knows_type(vsock, flow->type))
		return -EPROTONOSUPPORT;

	connection = vd_connection_new(vsock, flow, VD_CONNECTION_CONNECTING);
	if (!connection)
		return -EMFILE;

	connection->credit.peer_buf_alloc = packet->buf_alloc;
	connection->credit.peer_fwd_cnt = packet->fwd_cnt;
	r = vsock->host->ops->connect(vsock->host, &connection->flow,
				      &connection->stream);
	if (r < 0) {
		vd_connection_drop(connection, r);
		return r;
	}

	connection->stream->connection = connection;
	if (r > 0) {
		vd_connection_establish(connection);
		vd_connection_owe(connection, VD_OWE_RESPONSE);
	}

	return 0;
}

static void receive_unknown(struct vd_vsock *vsock,
			    const struct vd_vsock_flow *flow,
			    const struct vd_packet *packet, bool sound)
{
	if (packet->op == VIRTIO_VSOCK_OP_RST)
		return;
	if (sound && packet->op == VIRTIO_VSOCK_OP_REQUEST &&
	    connect_to(vsock, flow, packet) == 0)
		return;

	vd_rx_reset(vsock, flow);
}

static void receive_known(struct vd_vsock_connection *connection,
			  const struct vd_packet *packet,
			  struct vd_chain *chain, bool sound)
{
	bool fits = packet->type == connection->flow.type;

	/* The guest has not been asked yet, so it cannot mean this one. */
	if (connection->owed & VD_OWE_REQUEST) {
		if (packet->op != VIRTIO_VSOCK_OP_RST)
			vd_rx_reset(connection->vsock, &connection->flow);
		return;
	}

	if ((!sound || !fits) && packet->op != VIRTIO_VSOCK_OP_RST &&
	    connection->state != VD_CONNECTION_DOOMED) {
		vd_connection_end(connection, -EPROTO);
		return;
	}

	hear_credit(connection, packet);
	receive(connection, packet, chain);
}

/*
 * Payload that nothing speaks against, of a stream that has taken all so far,
 * can wait for what comes behind it.
 */
static bool gather(struct vd_vsock_connection *connection,
		   const struct vd_packet *packet, struct vd_chain *chain)
{
	struct vd_credit *credit = &connection->credit;

	if (packet->op != VIRTIO_VSOCK_OP_RW || packet->len == 0 ||
	    packet->type != VD_VSOCK_STREAM ||
	    connection->flow.type != VD_VSOCK_STREAM ||
	    connection->state != VD_CONNECTION_ESTABLISHED ||
	    connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_SEND ||
	    connection->spill || packet->len > vd_credit_promised(credit) ||
	    !vd_gather_add(connection, chain, packet->len))
		return false;

	hear_credit(connection, packet);
	credit->rx_cnt += packet->len;

	return true;
}

/* A guest that knows a connection where there never was one had it before. */
static bool is_of_another_process(const struct vd_vsock *vsock,
				  const struct vd_packet *packet,
				  const struct vd_chain *chain)
{
	return chain->recovered ||
	       (!vsock->n_touched && packet->op != VIRTIO_VSOCK_OP_REQUEST &&
		packet->op != VIRTIO_VSOCK_OP_RST);
}

/*
 * What was under way when a former process ended may have reached the host, and
 * must not reach it again: it is answered like any packet of a connection that
 * ended with that process.
 */
static void take_alone(struct vd_vsock *vsock, const struct vd_vsock_flow *flow,
		       const struct vd_packet *packet, struct vd_chain *chain,
		       bool sound)
{
	struct vd_vsock_connection *connection;

	vd_gather_flush(vsock);
	connection = vd_flows_find(&vsock->flows, flow);
	if (is_of_another_process(vsock, packet, chain))
		vd_vsock_owe_event(vsock);
	if (!connection)
		receive_unknown(vsock, flow, packet,
				sound && !chain->recovered);
	else if (!chain->recovered)
		receive_known(connection, packet, chain, sound);
	vd_chain_complete(chain, 0);
}

/* Returns how much payload it had; the chain is completed now or later. */
static size_t take_packet(struct vd_vsock *vsock, struct vd_chain *chain)
{
	struct vd_vsock_connection *connection;
	struct vd_packet packet;
	struct vd_vsock_flow flow;
	bool sound;

	/* Neither may anybody speak for others, nor is it worth an answer. */
	if (vd_packet_read(chain, &packet) < 0 ||
	    packet.src_cid != vsock->config.guest_cid ||
	    packet.dst_cid > UINT32_MAX) {
		vd_gather_flush(vsock);
		vd_chain_complete(chain, 0);
		return 0;
	}

	/* Does it have the payload that it says? */
	sound = packet.len <= chain->readable.left;
	flow = flow_of(&packet);
	connection = vd_flows_find(&vsock->flows, &flow);
	if (!connection || !sound || chain->recovered ||
	    !gather(connection, &packet, chain))
		take_alone(vsock, &flow, &packet, chain, sound);

	return sound ? packet.len : 0;
}

bool vd_tx_serve(struct vd_vsock *vsock)
{
	struct vd_queue *queue = vsock->device.queues[VD_VSOCK_TX];
	struct vd_chain *chain;
	size_t done = 0;

	while (done <= MAX_KICK) {
		vsock->held_back = !vd_rx_may_reset(vsock);
		if (vsock->held_back || vd_queue_pop(queue, &chain) <= 0)
			break;

		done += take_packet(vsock, chain);
	}
	vd_gather_flush(vsock);

	return done > MAX_KICK;
}
