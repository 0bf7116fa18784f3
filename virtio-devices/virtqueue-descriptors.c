/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a driver's descriptors say becomes buffers that a device can use: this
 * is where addresses and lengths are checked, in both ring formats.
 */

#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

/*
 * A buffer that crosses a border of memory regions takes two segments.  More
 * than two for each descriptor is a driver that tries something.
 */
#define MAX_SEGMENTS (2 * VD_VIRTQUEUE_MAX_CHAIN)

int vd_slot_add(struct vd_virtqueue *vq, struct vd_slot *slot, uint64_t addr,
		uint32_t len, bool write)
{
	struct vd_chain *chain = &slot->chain;
	struct vd_stream *stream = write ? &chain->writable : &chain->readable;
	uint64_t left = len;

	if (++slot->n_entries > VD_VIRTQUEUE_MAX_CHAIN)
		return -EBADMSG;
	if (!write && chain->writable.left)
		return -EBADMSG;

	/* Lengths add up to what used.len can say, and addresses do not wrap. */
	if (chain->readable.left + chain->writable.left + left > UINT32_MAX)
		return -EBADMSG;
	if (left && addr > UINT64_MAX - (left - 1))
		return -EBADMSG;

	while (left > 0) {
		uint64_t piece = left;
		void *base = vq->host->ops->translate(vq->host, addr, &piece);
		int r;

		if (!base)
			return -EBADMSG;
		if (++slot->n_segments > MAX_SEGMENTS)
			return -EBADMSG;
		r = vd_slot_append(&vq->pool, slot, stream, base, piece);
		if (r < 0)
			return r;

		addr += piece;
		left -= piece;
	}

	return 0;
}

int vd_table_read(struct vd_virtqueue *vq, uint64_t table, uint32_t index,
		  void *dst)
{
	uint64_t addr = table + index * sizeof(struct vring_desc);
	uint64_t left = sizeof(struct vring_desc);
	char *p = dst;

	if (addr < table || addr > UINT64_MAX - (left - 1))
		return -EBADMSG;

	/* An entry may lie across a border: drivers need not align tables. */
	while (left > 0) {
		uint64_t piece = left;
		void *src = vq->host->ops->translate(vq->host, addr, &piece);

		if (!src)
			return -EBADMSG;
		vd_copy_once(p, src, piece);
		p += piece;
		addr += piece;
		left -= piece;
	}

	return 0;
}

int vd_table_length(const struct vd_virtqueue *vq, uint32_t len, uint16_t flags)
{
	uint32_t n = len / sizeof(struct vring_desc);

	if (!vq->indirect || flags & VRING_DESC_F_NEXT)
		return -EBADMSG;
	if (!n || len % sizeof(struct vring_desc))
		return -EBADMSG;

	/* Longer ones are no use to a driver, but the entries may be few. */
	return (int)VD_MIN(n, VD_VIRTQUEUE_MAX_CHAIN + 1U);
}
