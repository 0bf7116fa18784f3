/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VIRTIO_DEVICES_CHAIN_H
#define VIRTIO_DEVICES_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_queue;

/**
 * DOC: Descriptor chains
 *
 * "Buffers" in virtio 1.3, section 2.6, here called after what they are made of.
 *
 * A queue gives a device one chain at a time.  By then each descriptor has
 * been copied once, bounds-checked and translated, so all that is left is two
 * byte streams: what the driver said (device-readable), and room for the
 * answer (device-writable).  A device never sees a guest address.
 *
 * A chain that cannot be used (a bad address, a loop, an impossible length)
 * still reaches the device, as one with nothing to read and no room to write:
 * a device has to answer such chains anyway, and the order of completion
 * stays the device's own affair.
 *
 * The bytes belong to the driver, which may rewrite them at any moment.  A
 * field that decides anything is therefore copied out, with vd_chain_read(),
 * and what was checked is what gets used.  Only payload, which is moved and
 * never looked at, may be borrowed for scatter-gather I/O.
 *
 * A chain is a slot of its queue's pool.  It is the device's from
 * vd_queue_pop() until vd_chain_complete() or vd_queue_unpop().
 */

/* How many segments one link of a chain's list holds: 128 bytes in all. */
#define VD_SEGMENTS_PER_LINK 7

/**
 * struct vd_segments - a link in a list of scattered buffers
 * @iov:  the buffers, @n of them; not owned
 * @next: the link after this one, or NULL
 * @n:    entries of @iov in use
 */
struct vd_segments {
	struct iovec iov[VD_SEGMENTS_PER_LINK];
	struct vd_segments *next;
	size_t n;
};

/**
 * struct vd_stream - bytes scattered over segments, and a position in them
 * @link:  link that holds the next byte; not owned
 * @index: entry of @link that holds it
 * @off:   offset of that byte within the entry
 * @left:  bytes remaining; never more than the segments hold
 */
struct vd_stream {
	struct vd_segments *link;
	size_t index;
	size_t off;
	size_t left;
};

/**
 * struct vd_chain - a request that the device holds
 * @queue:    where it came from and has to go back to
 * @readable: what the driver said; read with vd_chain_read()
 * @writable: room for the answer; written with vd_chain_write()
 * @room:     size of @writable when the chain was popped
 * @recovered: it was under way in a process that has ended since: whether it
 *            was served is not known, only that the driver has no answer
 * @next:     for the device: a chain it holds can be in one list of its own
 * @tag:      for the device: what it wants to remember of a chain it holds
 */
struct vd_chain {
	struct vd_queue *queue;
	struct vd_stream readable;
	struct vd_stream writable;
	size_t room;
	bool recovered;
	struct vd_chain *next;
	uint64_t tag[2];
};

/**
 * vd_stream_borrow() - the next @len bytes of a stream, as an iovec
 * @stream: left where it is; step on with vd_stream_skip() once the bytes have
 *          been moved
 * @iov:    receives the pieces
 * @n_iov:  entries in @iov; not 0
 * @len:    how much is wanted
 * @ret:    receives how many entries of @iov were filled
 *
 * Return: how many bytes @iov now describes: @len, or less if the stream or
 *         @iov ends before.
 */
size_t vd_stream_borrow(const struct vd_stream *stream, struct iovec *iov,
			size_t n_iov, size_t len, size_t *ret);

/**
 * vd_stream_skip() - step over bytes
 * @stream: must have @len bytes left
 * @len:    how many
 */
void vd_stream_skip(struct vd_stream *stream, size_t len);

/**
 * vd_chain_read() - copy the next @len bytes out of a request
 * @chain: steps on in its device-readable part
 * @dst:   receives them; the driver cannot change these any more
 * @len:   how many
 *
 * Return: 0, or -ENODATA if fewer than @len bytes are left, in which case
 *         nothing is consumed and @dst is untouched.
 */
int vd_chain_read(struct vd_chain *chain, void *dst, size_t len);

/**
 * vd_chain_write() - put the next @len bytes into the answer
 * @chain: steps on in its device-writable part
 * @src:   the bytes
 * @len:   how many
 *
 * Return: 0, or -ENOSPC if there is room for fewer than @len bytes, in which
 *         case nothing is written.
 */
int vd_chain_write(struct vd_chain *chain, const void *src, size_t len);

/**
 * vd_chain_fill() - put @len zero bytes into the answer
 * @chain: steps on in its device-writable part
 * @len:   how many
 *
 * Return: 0, or -ENOSPC as vd_chain_write() does.
 */
int vd_chain_fill(struct vd_chain *chain, size_t len);

/**
 * vd_chain_complete() - give a chain back to the driver
 * @chain:   gone after this call
 * @written: bytes written from the start of the device-writable part, for the
 *           driver to see (used.len); at most @chain->room
 *
 * The driver is told when the queue is flushed, see vd_device_flush().
 */
void vd_chain_complete(struct vd_chain *chain, size_t written);

#ifdef __cplusplus
}
#endif

#endif
