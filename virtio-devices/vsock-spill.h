/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Bytes that the guest has sent and its host does not take yet: a ring of fixed
 * size.  The guest's buffers go back to it at once, so that a slow reader holds
 * up nobody else.
 *
 * Of a SEQPACKET connection, it holds records: a message, or as much of it as
 * has come and has not gone.  Each has a head of four bytes.
 */

#ifndef VIRTIO_DEVICES_VSOCK_SPILL_H
#define VIRTIO_DEVICES_VSOCK_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct vd_stream;

/* The most pieces that bytes in a ring are in. */
#define VD_SPILL_PIECES 2

/**
 * struct vd_spill - the ring
 * @size: bytes it has room for
 * @head: position of the first byte in it; positions are not reduced to @size
 * @tail: position after the last byte
 * @last: position of the last record's head
 * @data: the bytes
 */
struct vd_spill {
	size_t size;
	uint64_t head;
	uint64_t tail;
	uint64_t last;
	uint8_t data[];
};

/**
 * struct vd_record - a message, or a part of it
 * @len:   bytes
 * @flags: VD_VSOCK_EOM and VD_VSOCK_EOR, of its end; 0 if the rest is to come
 */
struct vd_record {
	uint32_t len;
	unsigned int flags;
};

/**
 * vd_spill_new() - an empty ring
 *
 * Return: NULL if there is no memory.
 */
struct vd_spill *vd_spill_new(size_t size);

static inline bool vd_spill_empty(const struct vd_spill *spill)
{
	return spill->head == spill->tail;
}

/**
 * vd_spill_put() - append bytes
 * @from: has as many; is stepped on
 *
 * Return: 0, or -ENOBUFS if there is no room for them all.
 */
int vd_spill_put(struct vd_spill *spill, struct vd_stream *from, size_t len);

/**
 * vd_spill_peek() - the first bytes
 * @iov: receives them, in up to VD_SPILL_PIECES pieces
 *
 * Return: how many pieces.
 */
size_t vd_spill_peek(struct vd_spill *spill, struct iovec *iov);

/**
 * vd_spill_skip() - take the first bytes out
 */
void vd_spill_skip(struct vd_spill *spill, size_t len);

/**
 * vd_spill_put_record() - append a fragment of a message
 * @from:   has as many bytes; is stepped on
 * @record: of the fragment; less than 2^30 bytes long.  It becomes one with the
 *          last record if that misses its end
 *
 * Return: 0, or -ENOBUFS if there is no room for them all.
 */
int vd_spill_put_record(struct vd_spill *spill, struct vd_stream *from,
			struct vd_record record);

/**
 * vd_spill_peek_record() - the first record
 * @spill: not empty
 * @iov:   receives its bytes, in up to VD_SPILL_PIECES pieces
 * @n_iov: receives how many pieces
 */
struct vd_record vd_spill_peek_record(struct vd_spill *spill, struct iovec *iov,
				      size_t *n_iov);

/**
 * vd_spill_skip_record() - take the first record out, or a part of it
 * @len: bytes of it; it is gone if these are all
 */
void vd_spill_skip_record(struct vd_spill *spill, size_t len);

/**
 * vd_spill_open() - how much has come of a message that misses its end?
 */
size_t vd_spill_open(const struct vd_spill *spill);

/**
 * vd_spill_drop_open() - take the last record out if it misses its end
 */
void vd_spill_drop_open(struct vd_spill *spill);

#endif
