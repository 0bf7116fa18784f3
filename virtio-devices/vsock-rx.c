/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets to the guest: what is owed to it, and data.
 */

#include <errno.h>
#include <linux/virtio_vsock.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-message.h"
#include "virtio-devices/vsock-packet.h"
#include "virtio-devices/vsock-read.h"
#include "virtio-devices/vsock-rx.h"

/* In the order in which they are sent.  SHUTDOWN comes after all data. */
static const struct owed_packet {
	unsigned int owed;
	uint16_t op;
} owed_packets[] = {
	{ VD_OWE_REQUEST, VIRTIO_VSOCK_OP_REQUEST },
	{ VD_OWE_RESPONSE, VIRTIO_VSOCK_OP_RESPONSE },
	{ VD_OWE_CREDIT_UPDATE, VIRTIO_VSOCK_OP_CREDIT_UPDATE },
	{ VD_OWE_CREDIT_REQUEST, VIRTIO_VSOCK_OP_CREDIT_REQUEST },
};

bool vd_rx_may_reset(const struct vd_vsock *vsock)
{
	return vsock->resets.n < VD_VSOCK_RESETS;
}

void vd_rx_reset(struct vd_vsock *vsock, const struct vd_vsock_flow *flow)
{
	struct vd_resets *resets = &vsock->resets;

	resets->flows[(resets->head + resets->n++) % VD_VSOCK_RESETS] = *flow;
}

struct vd_chain *vd_rx_take(struct vd_vsock *vsock)
{
	struct vd_queue *queue = vsock->device.queues[VD_VSOCK_RX];
	struct vd_chain *chain;

	while (vd_queue_pop(queue, &chain) > 0) {
		if (chain->room >= VD_PACKET_HEADER)
			return chain;
		vd_chain_complete(chain, 0);
	}

	return NULL;
}

static struct vd_packet packet_to(const struct vd_vsock *vsock,
				  const struct vd_vsock_flow *flow, uint16_t op)
{
	return (struct vd_packet){
		.src_cid = flow->peer_cid,
		.dst_cid = vsock->config.guest_cid,
		.src_port = flow->peer_port,
		.dst_port = flow->guest_port,
		.type = (uint16_t)flow->type,
		.op = op,
	};
}

/* Every packet tells the guest how much it may send. */
static void tell_credit(struct vd_vsock_connection *connection,
			struct vd_packet *packet)
{
	struct vd_credit *credit = &connection->credit;

	packet->buf_alloc = credit->buf_alloc;
	packet->fwd_cnt = credit->fwd_cnt;
	credit->told_fwd_cnt = credit->fwd_cnt;
	connection->owed &= (uint8_t)~VD_OWE_CREDIT_UPDATE;
}

void vd_rx_send_data(struct vd_vsock_connection *connection,
		     struct vd_chain *chain, const struct vd_stream *start,
		     uint32_t len, unsigned int flags)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_packet packet =
		packet_to(vsock, &connection->flow, VIRTIO_VSOCK_OP_RW);
	struct vd_stream end = chain->writable;

	packet.len = len;
	packet.flags = flags & (VD_VSOCK_EOM | VD_VSOCK_EOR);
	connection->credit.tx_cnt += len;
	connection->starved = false;
	connection->needed = 0;
	tell_credit(connection, &packet);

	chain->writable = *start;
	vd_packet_write(chain, &packet);
	/* How far the buffer was written says its stream. */
	chain->writable = end;
	vd_chain_complete(chain, VD_PACKET_HEADER + len);

	vsock->budget -= VD_MIN(vsock->budget, len);
}

/* Returns false if there is no buffer. */
static bool send_control(struct vd_vsock_connection *connection, uint16_t op,
			 uint32_t flags)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_packet packet = packet_to(vsock, &connection->flow, op);
	struct vd_chain *chain = vd_rx_take(vsock);

	if (!chain)
		return false;

	packet.flags = flags;
	tell_credit(connection, &packet);
	vd_packet_write(chain, &packet);
	vd_chain_complete(chain, VD_PACKET_HEADER);

	return true;
}

static bool send_resets(struct vd_vsock *vsock)
{
	struct vd_resets *resets = &vsock->resets;

	for (; resets->n > 0; resets->n--) {
		struct vd_packet packet =
			packet_to(vsock, &resets->flows[resets->head],
				  VIRTIO_VSOCK_OP_RST);
		struct vd_chain *chain = vd_rx_take(vsock);

		if (!chain)
			return false;

		vd_packet_write(chain, &packet);
		vd_chain_complete(chain, VD_PACKET_HEADER);
		resets->head = (resets->head + 1) % VD_VSOCK_RESETS;
	}

	return true;
}

static bool send_owed(struct vd_vsock_connection *connection)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(owed_packets); i++) {
		const struct owed_packet *packet = &owed_packets[i];

		if (!(connection->owed & packet->owed))
			continue;
		if (!send_control(connection, packet->op, 0))
			return false;
		/* Only now does the guest know of it. */
		if (packet->owed == VD_OWE_REQUEST)
			connection->vsock->device.changed = true;
		connection->owed &= (uint8_t)~packet->owed;
	}

	return true;
}

/* Not enough credit: ask once, and look again when some comes. */
static void starve(struct vd_vsock_connection *connection)
{
	if (!vd_connection_has_data(connection) ||
	    !vd_connection_lacks_credit(connection))
		return;

	connection->starved = true;
	connection->owed |= VD_OWE_CREDIT_REQUEST;
}

static bool send_data(struct vd_vsock_connection *connection)
{
	bool done = true;

	if (!vd_connection_has_data(connection))
		return true;

	if (connection->message)
		done = vd_message_send(connection);
	else if (vd_connection_is_whole(connection))
		done = vd_message_read(connection);
	else if (!vd_connection_lacks_credit(connection))
		done = vd_read_stream(connection);

	starve(connection);

	return done;
}

static bool send_shutdown(struct vd_vsock_connection *connection)
{
	if (!(connection->owed & VD_OWE_SHUTDOWN) ||
	    vd_connection_has_data(connection))
		return true;
	if (!send_control(connection, VIRTIO_VSOCK_OP_SHUTDOWN,
			  connection->host_shut))
		return false;

	connection->owed &= (uint8_t)~VD_OWE_SHUTDOWN;

	return true;
}

static bool send_reset(struct vd_vsock_connection *connection)
{
	if (!send_control(connection, VIRTIO_VSOCK_OP_RST, 0))
		return false;

	vd_connection_forget(connection, 0);

	return true;
}

/* A connection's turn.  Returns false if it has to wait for buffers. */
static bool serve(struct vd_vsock_connection *connection)
{
	if (connection->owed & VD_OWE_RST)
		return send_reset(connection);

	if (!send_owed(connection) || !send_data(connection) ||
	    !send_shutdown(connection))
		return false;
	/* If it starves now, the guest is woken once for that and the data. */
	if (!(connection->owed & VD_OWE_RST) && !send_owed(connection))
		return false;

	vd_connection_wake(connection);

	return true;
}

void vd_rx_serve(struct vd_vsock *vsock)
{
	if (!vsock->device.queues[VD_VSOCK_RX] || !send_resets(vsock))
		return;

	while (!vd_list_empty(&vsock->ready)) {
		struct vd_vsock_connection *connection = container_of(
			vsock->ready.next, struct vd_vsock_connection, ready);

		if (!vsock->budget) {
			vsock->device.again |= 1U << VD_VSOCK_RX;
			return;
		}

		vd_link_remove(&connection->ready);
		if (!serve(connection)) {
			/* First come, first served when there are some. */
			vd_link_remove(&connection->ready);
			vd_list_prepend(&vsock->ready, &connection->ready);
			return;
		}
	}
}
