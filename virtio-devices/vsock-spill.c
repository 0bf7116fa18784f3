/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A ring of bytes, or of records, between a guest and its slow host.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock-spill.h"

#define HEAD sizeof(uint32_t)

/* A record's head: its length, and these. */
#define HEAD_EOM (1U << 31)
#define HEAD_EOR (1U << 30)

struct vd_spill *vd_spill_new(size_t size)
{
	struct vd_spill *spill = malloc(sizeof(*spill) + size);

	if (spill)
		*spill = (struct vd_spill){ .size = size };

	return spill;
}

/* Up to @len bytes from @position on, as far as they are in one piece. */
static struct iovec piece_at(struct vd_spill *spill, uint64_t position,
			     size_t len)
{
	size_t at = (size_t)(position % spill->size);

	return (struct iovec){ spill->data + at,
			       VD_MIN(len, spill->size - at) };
}

static size_t pieces_at(struct vd_spill *spill, uint64_t position, size_t len,
			struct iovec *iov)
{
	size_t n = 0;

	while (len > 0) {
		iov[n] = piece_at(spill, position, len);
		position += iov[n].iov_len;
		len -= iov[n++].iov_len;
	}

	return n;
}

static void poke(struct vd_spill *spill, uint64_t position, uint32_t head)
{
	for (size_t i = 0; i < HEAD; i++)
		spill->data[(position + i) % spill->size] =
			(uint8_t)(head >> 8 * i);
}

static uint32_t peek(const struct vd_spill *spill, uint64_t position)
{
	uint32_t head = 0;

	for (size_t i = 0; i < HEAD; i++)
		head |= (uint32_t)spill->data[(position + i) % spill->size]
			<< 8 * i;

	return head;
}

static uint32_t pack(struct vd_record record)
{
	return record.len | (record.flags & VD_VSOCK_EOM ? HEAD_EOM : 0) |
	       (record.flags & VD_VSOCK_EOR ? HEAD_EOR : 0);
}

static struct vd_record unpack(uint32_t head)
{
	return (struct vd_record){
		.len = head & ~(HEAD_EOM | HEAD_EOR),
		.flags = (head & HEAD_EOM ? VD_VSOCK_EOM : 0) |
			 (head & HEAD_EOR ? VD_VSOCK_EOR : 0),
	};
}

static size_t room(const struct vd_spill *spill)
{
	return spill->size - (size_t)(spill->tail - spill->head);
}

static void copy_in(struct vd_spill *spill, struct vd_stream *from, size_t len)
{
	while (len > 0) {
		struct iovec to = piece_at(spill, spill->tail, len), piece;
		size_t n;

		(void)vd_stream_borrow(from, &piece, 1, to.iov_len, &n);
		memcpy(to.iov_base, piece.iov_base, piece.iov_len);
		vd_stream_skip(from, piece.iov_len);
		spill->tail += piece.iov_len;
		len -= piece.iov_len;
	}
}

int vd_spill_put(struct vd_spill *spill, struct vd_stream *from, size_t len)
{
	if (len > room(spill))
		return -ENOBUFS;

	copy_in(spill, from, len);

	return 0;
}

size_t vd_spill_peek(struct vd_spill *spill, struct iovec *iov)
{
	return pieces_at(spill, spill->head,
			 (size_t)(spill->tail - spill->head), iov);
}

void vd_spill_skip(struct vd_spill *spill, size_t len)
{
	spill->head += len;
}

static bool is_open(const struct vd_spill *spill)
{
	return !vd_spill_empty(spill) && !(peek(spill, spill->last) & HEAD_EOM);
}

static int join_record(struct vd_spill *spill, struct vd_stream *from,
		       struct vd_record record)
{
	struct vd_record whole = unpack(peek(spill, spill->last));

	if (record.len > room(spill))
		return -ENOBUFS;

	whole.len += record.len;
	whole.flags = record.flags;
	poke(spill, spill->last, pack(whole));
	copy_in(spill, from, record.len);

	return 0;
}

int vd_spill_put_record(struct vd_spill *spill, struct vd_stream *from,
			struct vd_record record)
{
	if (is_open(spill))
		return join_record(spill, from, record);
	if (HEAD + record.len > room(spill))
		return -ENOBUFS;

	spill->last = spill->tail;
	poke(spill, spill->tail, pack(record));
	spill->tail += HEAD;
	copy_in(spill, from, record.len);

	return 0;
}

struct vd_record vd_spill_peek_record(struct vd_spill *spill, struct iovec *iov,
				      size_t *n_iov)
{
	struct vd_record record = unpack(peek(spill, spill->head));

	*n_iov = pieces_at(spill, spill->head + HEAD, record.len, iov);

	return record;
}

void vd_spill_skip_record(struct vd_spill *spill, size_t len)
{
	struct vd_record record = unpack(peek(spill, spill->head));
	bool is_last = spill->head == spill->last;

	spill->head += len;
	if (len == record.len) {
		spill->head += HEAD;
		return;
	}

	/* The head of what is left takes the place of what is gone. */
	record.len -= (uint32_t)len;
	poke(spill, spill->head, pack(record));
	if (is_last)
		spill->last = spill->head;
}

size_t vd_spill_open(const struct vd_spill *spill)
{
	return is_open(spill) ? unpack(peek(spill, spill->last)).len : 0;
}

void vd_spill_drop_open(struct vd_spill *spill)
{
	if (is_open(spill))
		spill->tail = spill->last;
}
