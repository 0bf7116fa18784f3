/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Moving bytes between a device and the scattered buffers of a driver.
 */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

/* Go to the next byte, behind buffers that hold none any more. */
static void stream_settle(struct vd_stream *stream)
{
	while (stream->off == stream->link->iov[stream->index].iov_len) {
		stream->off = 0;
		if (++stream->index == stream->link->n) {
			stream->link = stream->link->next;
			stream->index = 0;
		}
	}
}

/* Step over at most @want bytes, and return the piece stepped over. */
static inline struct iovec stream_take(struct vd_stream *stream, size_t want)
{
	struct iovec piece;

	stream_settle(stream);

	piece = stream->link->iov[stream->index];
	piece.iov_base = (char *)piece.iov_base + stream->off;
	piece.iov_len = VD_MIN(want, piece.iov_len - stream->off);

	stream->off += piece.iov_len;
	stream->left -= piece.iov_len;

	return piece;
}

size_t vd_stream_borrow(const struct vd_stream *stream, struct iovec *iov,
			size_t n_iov, size_t len, size_t *ret)
{
	struct vd_stream at = *stream;
	size_t n = 0, total = 0;

	len = VD_MIN(len, at.left);

	while (total < len && n < n_iov) {
		iov[n] = stream_take(&at, len - total);
		total += iov[n++].iov_len;
	}

	*ret = n;
	return total;
}

void vd_stream_skip(struct vd_stream *stream, size_t len)
{
	assert(len <= stream->left);

	while (len > 0)
		len -= stream_take(stream, len).iov_len;
}

int vd_chain_read(struct vd_chain *chain, void *dst, size_t len)
{
	char *p = dst;

	if (len > chain->readable.left)
		return -ENODATA;

	while (len > 0) {
		struct iovec piece = stream_take(&chain->readable, len);

		memcpy(p, piece.iov_base, piece.iov_len);
		p += piece.iov_len;
		len -= piece.iov_len;
	}

	/* The driver can change its copy from now on, and nobody will look. */
	__asm__ volatile("" ::: "memory");

	return 0;
}

int vd_chain_write(struct vd_chain *chain, const void *src, size_t len)
{
	const char *p = src;

	if (len > chain->writable.left)
		return -ENOSPC;

	while (len > 0) {
		struct iovec piece = stream_take(&chain->writable, len);

		memcpy(piece.iov_base, p, piece.iov_len);
		p += piece.iov_len;
		len -= piece.iov_len;
	}

	return 0;
}

int vd_chain_fill(struct vd_chain *chain, size_t len)
{
	if (len > chain->writable.left)
		return -ENOSPC;

	while (len > 0) {
		struct iovec piece = stream_take(&chain->writable, len);

		memset(piece.iov_base, 0, piece.iov_len);
		len -= piece.iov_len;
	}

	return 0;
}

void vd_chain_complete(struct vd_chain *chain, size_t written)
{
	assert(written <= chain->room);
	chain->queue->ops->complete(chain, written);
}
