/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From a stream to the guest.
 */

#include <errno.h>
#include <linux/virtio_vsock.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-packet.h"
#include "virtio-devices/vsock-read.h"
#include "virtio-devices/vsock-rx.h"

/*
 * With so much, a connection has had its turn if others wait: 128 KiB in buffers
 * of any usual size, less their headers.
 */
#define TURN 120000

/*
 * Add the pieces of one buffer.  Returns false if it is of no use here; only
 * the first one may be small.
 */
static bool add_chain(struct vd_vsock *vsock, struct vd_batch *batch,
		      struct vd_chain *chain, size_t most)
{
	size_t n;

	if (batch->n_chains > 0 && chain->room <= VD_PACKET_HEADER)
		return false;

	vsock->chains[batch->n_chains] = chain;
	vsock->starts[batch->n_chains++] = chain->writable;
	vd_stream_skip(&chain->writable, VD_PACKET_HEADER);

	if (most > batch->room) {
		batch->room += vd_stream_borrow(
			&chain->writable, vsock->iov + batch->n_iov,
			VD_VSOCK_PIECES - batch->n_iov, most - batch->room, &n);
		batch->n_iov += n;
	}

	return true;
}

struct vd_batch vd_batch_gather(struct vd_vsock *vsock, size_t most,
				size_t enough, size_t limit)
{
	struct vd_queue *queue = vsock->device.queues[VD_VSOCK_RX];
	struct vd_batch batch = { 0 };
	struct vd_chain *chain = vd_rx_take(vsock);

	while (chain) {
		if (!add_chain(vsock, &batch, chain, most)) {
			vd_queue_unpop(queue, chain);
			break;
		}
		if (batch.room >= enough || batch.n_chains >= limit ||
		    batch.n_iov == VD_VSOCK_PIECES)
			break;
		if (vd_queue_pop(queue, &chain) <= 0)
			break;
	}

	return batch;
}

static void give_back_from(struct vd_vsock *vsock, const struct vd_batch *batch,
			   size_t first)
{
	struct vd_queue *queue = vsock->device.queues[VD_VSOCK_RX];

	for (size_t i = batch->n_chains; i > first; i--)
		vd_queue_unpop(queue, vsock->chains[i - 1]);
}

void vd_batch_give_back(struct vd_vsock *vsock, const struct vd_batch *batch)
{
	give_back_from(vsock, batch, 0);
}

void vd_batch_send(struct vd_vsock_connection *connection,
		   const struct vd_batch *batch, size_t len, unsigned int flags)
{
	struct vd_vsock *vsock = connection->vsock;
	size_t i = 0;

	do {
		struct vd_chain *chain = vsock->chains[i];
		size_t n = VD_MIN(len, chain->room - VD_PACKET_HEADER);

		vd_stream_skip(&chain->writable, n);
		len -= n;
		vd_rx_send_data(connection, chain, &vsock->starts[i++],
				(uint32_t)n, len ? 0 : flags);
	} while (len > 0);

	give_back_from(vsock, batch, i);
}

void vd_read_failed(struct vd_vsock_connection *connection, int error)
{
	if (error == 0)
		vd_connection_shut(connection, VIRTIO_VSOCK_SHUTDOWN_SEND);
	else if (error != -EAGAIN)
		vd_connection_end(connection, error);
}

/*
 * A message that fills all of the guest's buffer and goes on can never be read
 * there, and so will never make room.
 */
static bool is_too_long(struct vd_vsock_connection *connection, size_t n,
			unsigned int flags)
{
	if (connection->flow.type == VD_VSOCK_STREAM)
		return false;

	connection->unfinished += (uint32_t)n;
	if (flags & VD_VSOCK_EOM)
		connection->unfinished = 0;

	return connection->unfinished >= connection->credit.peer_buf_alloc &&
	       connection->unfinished > 0;
}

/*
 * The next read gets as many buffers as it is likely to fill.  One too many
 * costs much less than one more read.  So when all were filled, there will be
 * twice as many, and when some were not, that only slowly makes them fewer.
 */
static void learn(struct vd_vsock_connection *connection,
		  const struct vd_batch *batch, size_t n)
{
	size_t burst = connection->burst;

	if (n == batch->room)
		burst = VD_MAX(burst, 2 * batch->n_chains);
	else
		burst = VD_MAX(batch->n_chains * n / batch->room + 1,
			       burst * 3 / 4);

	connection->burst = (uint8_t)VD_MIN(burst, (size_t)VD_VSOCK_CHAINS);
}

static void send_what_came(struct vd_vsock_connection *connection,
			   const struct vd_batch *batch, size_t n,
			   unsigned int flags)
{
	learn(connection, batch, n);
	if (connection->flow.type == VD_VSOCK_SEQPACKET || n == batch->room ||
	    flags & VD_VSOCK_MORE)
		connection->readable = true;

	vd_batch_send(connection, batch, n, flags);
	if (is_too_long(connection, n, flags))
		vd_connection_end(connection, -EMSGSIZE);
}

/* How much one read may bring, credit apart. */
static size_t turn_of(const struct vd_vsock *vsock)
{
	return vd_list_empty(&vsock->ready)
		       ? vsock->budget
		       : VD_MIN(vsock->budget, (size_t)TURN);
}

bool vd_read_stream(struct vd_vsock_connection *connection)
{
	struct vd_vsock *vsock = connection->vsock;
	size_t credit = vd_credit_to_send(&connection->credit);
	unsigned int flags = 0;
	struct vd_batch batch;
	ssize_t n;

	batch = vd_batch_gather(vsock, credit, VD_MIN(credit, turn_of(vsock)),
				connection->burst);
	if (!batch.n_chains)
		return false;
	/* Room for a header and nothing else: let it have that. */
	if (!batch.room) {
		vd_batch_send(connection, &batch, 0, 0);
		return true;
	}

	/* What is told while it is under way comes on top. */
	connection->readable = false;
	n = connection->stream->ops->readv(connection->stream, vsock->iov,
					   batch.n_iov, &flags);
	if (connection->flow.type == VD_VSOCK_STREAM)
		flags &= VD_VSOCK_MORE;

	if (n > 0 || (n == 0 && flags & VD_VSOCK_EOM)) {
		send_what_came(connection, &batch, (size_t)n, flags);
	} else {
		vd_batch_give_back(vsock, &batch);
		vd_read_failed(connection, (int)n);
	}

	return true;
}
