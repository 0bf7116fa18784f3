/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From the guest to a stream.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-spill.h"
#include "virtio-devices/vsock-write.h"

/*
 * What can be kept is what the guest was promised.  The heads of records come
 * on top: a flood of messages of less than four bytes each, to a host that does
 * not read, ends the connection.
 */
static size_t spill_size(const struct vd_vsock_connection *connection)
{
	size_t size = connection->credit.buf_alloc;

	return connection->flow.type == VD_VSOCK_SEQPACKET ? 2 * size : size;
}

/* A connection that stalls again and again shall not allocate each time. */
static struct vd_spill *take_spill(const struct vd_vsock_connection *connection)
{
	struct vd_vsock *vsock = connection->vsock;
	size_t size = spill_size(connection);

	if (vsock->spare && vsock->spare->size == size)
		return VD_STEAL(vsock->spare);

	return vd_spill_new(size);
}

void vd_write_release(struct vd_vsock_connection *connection)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_spill *spill = VD_STEAL(connection->spill);

	if (!spill)
		return;

	spill->head = spill->tail = spill->last = 0;
	free(vsock->spare);
	vsock->spare = spill;
}

/*
 * Returns how many bytes the stream took, -EAGAIN if none, or another error if
 * it failed and the connection has ended.
 */
static ssize_t offer(struct vd_vsock_connection *connection,
		     const struct iovec *iov, size_t n_iov, size_t len,
		     unsigned int flags)
{
	struct vd_vsock_stream *stream = connection->stream;
	ssize_t n = -EPIPE;

	if (!(connection->host_shut & VIRTIO_VSOCK_SHUTDOWN_RCV))
		n = stream->ops->writev(stream, iov, n_iov, flags);

	/* Nobody reads: whatever is under way goes nowhere. */
	if (n == -EPIPE) {
		vd_connection_shut(connection, VIRTIO_VSOCK_SHUTDOWN_RCV);
		n = (ssize_t)len;
	}
	if (n < 0 && n != -EAGAIN) {
		vd_connection_end(connection, (int)n);
		return n;
	}

	connection->stalled = n == -EAGAIN || (size_t)n < len;
	if (n > 0)
		connection->credit.fwd_cnt += (uint32_t)n;

	return n;
}

static void keep(struct vd_vsock_connection *connection, struct vd_stream *from,
		 struct vd_record record)
{
	int r = -ENOMEM;

	if (!connection->spill)
		connection->spill = take_spill(connection);
	if (connection->spill && connection->flow.type == VD_VSOCK_STREAM)
		r = vd_spill_put(connection->spill, from, record.len);
	else if (connection->spill)
		r = vd_spill_put_record(connection->spill, from, record);

	if (r < 0)
		vd_connection_end(connection, r);
}

size_t vd_write_pieces(struct vd_vsock_connection *connection,
		       const struct iovec *iov, size_t n_iov, size_t len)
{
	ssize_t n = offer(connection, iov, n_iov, len, 0);

	return n < 0 ? 0 : (size_t)n;
}

void vd_write_keep(struct vd_vsock_connection *connection,
		   struct vd_stream *from, uint32_t len)
{
	if (len > 0 && connection->stream)
		keep(connection, from, (struct vd_record){ .len = len });
}

/*
 * Straight from the guest's memory, in as many calls as there are pieces for.
 * The flags belong to the end.  Returns how much is left, or -EPROTO if the
 * connection has ended.
 */
static ssize_t pass(struct vd_vsock_connection *connection,
		    struct vd_stream *from, struct vd_record record)
{
	struct iovec *iov = connection->vsock->iov;
	size_t left = record.len;

	do {
		size_t n_iov, len;
		ssize_t n;

		len = vd_stream_borrow(from, iov, VD_VSOCK_PIECES, left,
				       &n_iov);
		n = offer(connection, iov, n_iov, len,
			  len == left ? record.flags : 0);
		if (n == -EAGAIN)
			break;
		if (n < 0)
			return -EPROTO;

		vd_stream_skip(from, (size_t)n);
		left -= (size_t)n;
	} while (left > 0 && !connection->stalled);

	return (ssize_t)left;
}

/* Has the message as many pieces as go into one call? */
static bool is_in_one(struct vd_vsock *vsock, const struct vd_stream *from,
		      size_t len)
{
	size_t n_iov;

	return vd_stream_borrow(from, vsock->iov, VD_VSOCK_PIECES, len,
				&n_iov) == len;
}

static bool can_pass(struct vd_vsock_connection *connection,
		     const struct vd_stream *from, struct vd_record record)
{
	if (connection->spill)
		return false;
	if (!vd_connection_is_whole(connection))
		return true;

	return record.flags & VD_VSOCK_EOM &&
	       is_in_one(connection->vsock, from, record.len);
}

void vd_write_tell_credit(struct vd_vsock_connection *connection)
{
	if (connection->state == VD_CONNECTION_ESTABLISHED &&
	    vd_credit_is_news(&connection->credit))
		vd_connection_owe(connection, VD_OWE_CREDIT_UPDATE);
}

/*
 * A message that fills the whole buffer and goes on will never be whole, and
 * the guest can send no more of it.
 */
static bool is_too_long(const struct vd_vsock_connection *connection)
{
	return connection->spill &&
	       connection->flow.type == VD_VSOCK_SEQPACKET &&
	       vd_spill_open(connection->spill) >=
		       connection->credit.buf_alloc &&
	       vd_connection_is_whole(connection);
}

void vd_write_payload(struct vd_vsock_connection *connection,
		      struct vd_stream *from, uint32_t len, unsigned int flags)
{
	struct vd_record record = { len, flags };
	bool passed = can_pass(connection, from, record);
	ssize_t left = len;

	if (!len && !(flags & VD_VSOCK_EOM))
		return;

	if (passed)
		left = pass(connection, from, record);
	if (left < 0)
		return;

	record.len = (uint32_t)left;
	if (!passed || connection->stalled)
		keep(connection, from, record);
	/* The end of a message that was put together. */
	if (!passed && !connection->stalled)
		vd_write_kept(connection);
	if (is_too_long(connection))
		vd_connection_end(connection, -EMSGSIZE);
}

static ssize_t offer_bytes(struct vd_vsock_connection *connection)
{
	struct iovec iov[VD_SPILL_PIECES];
	size_t n_iov = vd_spill_peek(connection->spill, iov);
	size_t len = 0;
	ssize_t n;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;

	n = offer(connection, iov, n_iov, len, 0);
	if (n > 0)
		vd_spill_skip(connection->spill, (size_t)n);

	return n;
}

static ssize_t offer_record(struct vd_vsock_connection *connection)
{
	struct iovec iov[VD_SPILL_PIECES];
	struct vd_record record;
	size_t n_iov;
	ssize_t n;

	record = vd_spill_peek_record(connection->spill, iov, &n_iov);
	if (!(record.flags & VD_VSOCK_EOM) &&
	    vd_connection_is_whole(connection))
		return -EAGAIN;

	n = offer(connection, iov, n_iov, record.len, record.flags);
	assert(n < 0 || (size_t)n == record.len ||
	       !vd_connection_is_whole(connection));
	if (n >= 0)
		vd_spill_skip_record(connection->spill, (size_t)n);

	return n;
}

/* Everything has been taken. */
static void emptied(struct vd_vsock_connection *connection)
{
	vd_write_release(connection);

	switch (connection->state) {
	case VD_CONNECTION_ORPHAN:
		vd_connection_drop(connection, 0);
		break;
	case VD_CONNECTION_DOOMED:
		vd_connection_close(connection, 0);
		break;
	default:
		vd_connection_settle(connection);
	}
}

void vd_write_kept(struct vd_vsock_connection *connection)
{
	ssize_t n = 0;

	connection->stalled = false;
	if (!connection->spill)
		return;

	while (!vd_spill_empty(connection->spill) && !connection->stalled) {
		if (connection->flow.type == VD_VSOCK_STREAM)
			n = offer_bytes(connection);
		else
			n = offer_record(connection);
		if (n < 0)
			break;
	}

	/* Another error has ended the connection, which may be gone. */
	if (n < 0 && n != -EAGAIN)
		return;

	vd_write_tell_credit(connection);
	if (vd_spill_empty(connection->spill))
		emptied(connection);
}

void vd_write_no_more(struct vd_vsock_connection *connection)
{
	if (!connection->spill || connection->flow.type == VD_VSOCK_STREAM)
		return;

	vd_spill_drop_open(connection->spill);
	if (vd_spill_empty(connection->spill))
		vd_write_release(connection);
}
