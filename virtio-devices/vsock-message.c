/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Whole messages from a stream to the guest.
 */

#include <errno.h>
#include <stdlib.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-message.h"
#include "virtio-devices/vsock-packet.h"
#include "virtio-devices/vsock-read.h"
#include "virtio-devices/vsock-rx.h"

void vd_message_release(struct vd_vsock_connection *connection)
{
	free(VD_STEAL(connection->message));
}

static void send_part(struct vd_vsock_connection *connection,
		      struct vd_message *message, struct vd_chain *chain)
{
	struct vd_stream start = chain->writable;
	size_t n = VD_MIN(message->len - message->at,
			  vd_credit_to_send(&connection->credit));

	vd_stream_skip(&chain->writable, VD_PACKET_HEADER);
	n = VD_MIN(n, chain->writable.left);
	(void)vd_chain_write(chain, message->data + message->at, n);
	message->at += (uint32_t)n;
	vd_rx_send_data(connection, chain, &start, (uint32_t)n,
			message->at == message->len ? message->flags : 0);
}

bool vd_message_send(struct vd_vsock_connection *connection)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_message *message = connection->message;

	do {
		struct vd_chain *chain;

		/* There was enough, but guests may change their mind. */
		if (!vd_credit_to_send(&connection->credit) && message->len)
			return true;
		chain = vd_rx_take(vsock);
		if (!chain)
			return false;
		send_part(connection, message, chain);
	} while (message->at < message->len);

	vd_message_release(connection);

	return true;
}

/* After one message, there may be another. */
static ssize_t read_into(struct vd_vsock_connection *connection,
			 const struct iovec *iov, size_t n_iov,
			 unsigned int *flags)
{
	struct vd_vsock_stream *stream = connection->stream;
	ssize_t n;

	connection->readable = false;
	n = stream->ops->readv(stream, iov, n_iov, flags);
	if (n >= 0)
		connection->readable = true;

	return n;
}

/* There are not enough buffers: make room here. */
static bool put_by(struct vd_vsock_connection *connection, size_t len)
{
	struct vd_message *message = malloc(sizeof(*message) + len);
	struct iovec iov;
	ssize_t n;

	if (!message) {
		vd_connection_end(connection, -ENOMEM);
		return true;
	}

	*message = (struct vd_message){ 0 };
	iov = (struct iovec){ message->data, len };
	n = read_into(connection, &iov, 1, &message->flags);
	if (n < 0) {
		free(message);
		vd_read_failed(connection, (int)n);
		return true;
	}

	message->len = (uint32_t)n;
	message->flags |= VD_VSOCK_EOM;
	connection->message = message;

	return vd_message_send(connection);
}

/* A message of known length: into the guest's buffers, if there are enough. */
static bool read_message(struct vd_vsock_connection *connection, size_t len)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_batch batch;
	unsigned int flags = 0;
	ssize_t n;

	batch = vd_batch_gather(vsock, len, len, VD_VSOCK_CHAINS);
	if (!batch.n_chains)
		return false;
	if (batch.room < len) {
		vd_batch_give_back(vsock, &batch);
		return put_by(connection, len);
	}

	n = read_into(connection, vsock->iov, batch.n_iov, &flags);
	if (n >= 0) {
		vd_batch_send(connection, &batch, (size_t)n,
			      flags | VD_VSOCK_EOM);
	} else {
		vd_batch_give_back(vsock, &batch);
		vd_read_failed(connection, (int)n);
	}

	return true;
}

/* What the guest can hold; but it may become what we have to hold for it. */
static size_t longest(const struct vd_vsock_connection *connection)
{
	const struct vd_credit *credit = &connection->credit;

	return VD_MIN(credit->peer_buf_alloc,
		      VD_MAX(credit->buf_alloc, VD_VSOCK_BUF_ALLOC));
}

bool vd_message_read(struct vd_vsock_connection *connection)
{
	struct vd_vsock_stream *stream = connection->stream;
	ssize_t len;

	/* What is told while it is under way comes on top. */
	connection->readable = false;
	len = stream->ops->next_message(stream);
	if (len < 0) {
		vd_read_failed(connection, len == -ENODATA ? 0 : (int)len);
		return true;
	}

	connection->readable = true;
	if ((size_t)len > longest(connection)) {
		vd_connection_end(connection, -EMSGSIZE);
		return true;
	}
	if ((size_t)len > vd_credit_to_send(&connection->credit)) {
		connection->needed = (uint32_t)len;
		return true;
	}

	return read_message(connection, (size_t)len);
}
