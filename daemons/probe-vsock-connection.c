/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The guest's end of a vsock connection.  All counters wrap at 2^32, so that
 * only differences of them mean anything.
 */

#include "daemons/probe-vsock-connection.h"

#include <assert.h>
#include <errno.h>
#include <linux/virtio_vsock.h>

void probe_vsock_accept(struct probe_vsock_connection *connection,
			const struct probe_vsock_header *request,
			uint32_t buf_alloc)
{
	*connection = (struct probe_vsock_connection){
		.cid = request->dst_cid,
		.port = request->dst_port,
		.peer_cid = request->src_cid,
		.peer_port = request->src_port,
		.type = request->type,
		.state = PROBE_VSOCK_ESTABLISHED,
		.buf_alloc = buf_alloc,
		.peer_buf_alloc = request->buf_alloc,
		.peer_fwd_cnt = request->fwd_cnt,
	};
}

bool probe_vsock_owns(const struct probe_vsock_connection *connection,
		      const struct probe_vsock_header *header)
{
	return header->dst_port == connection->port &&
	       header->src_port == connection->peer_port &&
	       header->dst_cid == connection->cid &&
	       header->src_cid == connection->peer_cid &&
	       header->type == connection->type &&
	       connection->state != PROBE_VSOCK_CLOSED;
}

static uint32_t room(const struct probe_vsock_connection *connection)
{
	return connection->buf_alloc -
	       (connection->rx_cnt - connection->fwd_cnt);
}

static int take_data(struct probe_vsock_connection *connection,
		     const struct probe_vsock_header *header)
{
	if (connection->state != PROBE_VSOCK_ESTABLISHED ||
	    connection->heard & VIRTIO_VSOCK_SHUTDOWN_SEND ||
	    header->len > room(connection))
		return -EPROTO;
	connection->rx_cnt += header->len;

	return 0;
}

int probe_vsock_take(struct probe_vsock_connection *connection,
		     const struct probe_vsock_header *header)
{
	bool requested = connection->state == PROBE_VSOCK_REQUESTED;

	connection->peer_buf_alloc = header->buf_alloc;
	connection->peer_fwd_cnt = header->fwd_cnt;

	switch (header->op) {
	case VIRTIO_VSOCK_OP_RESPONSE:
		connection->state = PROBE_VSOCK_ESTABLISHED;
		return requested ? 0 : -EPROTO;
	case VIRTIO_VSOCK_OP_RST:
		connection->state = PROBE_VSOCK_CLOSED;
		return 0;
	case VIRTIO_VSOCK_OP_RW:
		return take_data(connection, header);
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		connection->heard |= header->flags;
		return requested ? -EPROTO : 0;
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		return requested ? -EPROTO : 0;
	default:
		return -EPROTO;
	}
}

static void account(struct probe_vsock_connection *connection,
		    const struct probe_vsock_header *header)
{
	switch (header->op) {
	case VIRTIO_VSOCK_OP_RW:
		assert(header->len <= probe_vsock_credit(connection));
		connection->tx_cnt += header->len;
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		connection->said |= header->flags;
		break;
	case VIRTIO_VSOCK_OP_RST:
		connection->state = PROBE_VSOCK_CLOSED;
		break;
	default:
		break;
	}
	connection->told = connection->fwd_cnt;
}

struct probe_vsock_header
probe_vsock_make(struct probe_vsock_connection *connection, uint16_t op,
		 uint32_t flags, uint32_t len)
{
	const struct probe_vsock_header header = {
		.src_cid = connection->cid,
		.dst_cid = connection->peer_cid,
		.src_port = connection->port,
		.dst_port = connection->peer_port,
		.len = len,
		.type = connection->type,
		.op = op,
		.flags = flags,
		.buf_alloc = connection->buf_alloc,
		.fwd_cnt = connection->fwd_cnt,
	};

	account(connection, &header);

	return header;
}

/* A peer may take back room that we have used already. */
uint32_t probe_vsock_credit(const struct probe_vsock_connection *connection)
{
	uint32_t in_flight = connection->tx_cnt - connection->peer_fwd_cnt;

	if (connection->heard & VIRTIO_VSOCK_SHUTDOWN_RCV ||
	    connection->state != PROBE_VSOCK_ESTABLISHED ||
	    in_flight > connection->peer_buf_alloc)
		return 0;

	return connection->peer_buf_alloc - in_flight;
}

void probe_vsock_consume(struct probe_vsock_connection *connection,
			 uint32_t len)
{
	assert(len <= connection->rx_cnt - connection->fwd_cnt);

	connection->fwd_cnt += len;
}

bool probe_vsock_owes_credit(const struct probe_vsock_connection *connection)
{
	uint32_t unknown = connection->fwd_cnt - connection->told;
	uint32_t known_room =
		connection->buf_alloc - (connection->rx_cnt - connection->told);

	return connection->state == PROBE_VSOCK_ESTABLISHED && unknown > 0 &&
	       known_room < connection->buf_alloc / 2;
}
