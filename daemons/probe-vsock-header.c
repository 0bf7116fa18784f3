/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The header of a vsock packet (virtio 1.3, section 5.10.6).
 */

#include "daemons/probe-vsock-header.h"

#include <assert.h>
#include <endian.h>
#include <linux/virtio_vsock.h>
#include <string.h>

_Static_assert(sizeof(struct virtio_vsock_hdr) == PROBE_VSOCK_HEADER_SIZE,
	       "the header of a packet");

void probe_vsock_encode(const struct probe_vsock_header *header,
			struct virtio_vsock_hdr *ret)
{
	*ret = (struct virtio_vsock_hdr){
		.src_cid = htole64(header->src_cid),
		.dst_cid = htole64(header->dst_cid),
		.src_port = htole32(header->src_port),
		.dst_port = htole32(header->dst_port),
		.len = htole32(header->len),
		.type = htole16(header->type),
		.op = htole16(header->op),
		.flags = htole32(header->flags),
		.buf_alloc = htole32(header->buf_alloc),
		.fwd_cnt = htole32(header->fwd_cnt),
	};
}

void probe_vsock_decode(const struct virtio_vsock_hdr *wire,
			struct probe_vsock_header *ret)
{
	struct virtio_vsock_hdr hdr;

	memcpy(&hdr, wire, sizeof(hdr));
	*ret = (struct probe_vsock_header){
		.src_cid = le64toh(hdr.src_cid),
		.dst_cid = le64toh(hdr.dst_cid),
		.src_port = le32toh(hdr.src_port),
		.dst_port = le32toh(hdr.dst_port),
		.len = le32toh(hdr.len),
		.type = le16toh(hdr.type),
		.op = le16toh(hdr.op),
		.flags = le32toh(hdr.flags),
		.buf_alloc = le32toh(hdr.buf_alloc),
		.fwd_cnt = le32toh(hdr.fwd_cnt),
	};
}

struct probe_vsock_header
probe_vsock_reset_header(const struct probe_vsock_header *header)
{
	assert(header->op != VIRTIO_VSOCK_OP_RST);

	return (struct probe_vsock_header){
		.src_cid = header->dst_cid,
		.dst_cid = header->src_cid,
		.src_port = header->dst_port,
		.dst_port = header->src_port,
		.type = header->type,
		.op = VIRTIO_VSOCK_OP_RST,
	};
}
