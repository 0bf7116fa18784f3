/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Headers of vsock packets, to and from the wire.
 */

#include <linux/virtio_vsock.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-packet.h"

_Static_assert(sizeof(struct virtio_vsock_hdr) == VD_PACKET_HEADER,
	       "the header is packed");

int vd_packet_read(struct vd_chain *chain, struct vd_packet *ret)
{
	struct virtio_vsock_hdr wire;
	int r;

	r = vd_chain_read(chain, &wire, sizeof(wire));
	if (r < 0)
		return r;

	*ret = (struct vd_packet){
		.src_cid = le64toh(wire.src_cid),
		.dst_cid = le64toh(wire.dst_cid),
		.src_port = le32toh(wire.src_port),
		.dst_port = le32toh(wire.dst_port),
		.len = le32toh(wire.len),
		.type = le16toh(wire.type),
		.op = le16toh(wire.op),
		.flags = le32toh(wire.flags),
		.buf_alloc = le32toh(wire.buf_alloc),
		.fwd_cnt = le32toh(wire.fwd_cnt),
	};

	return 0;
}

void vd_packet_write(struct vd_chain *chain, const struct vd_packet *packet)
{
	const struct virtio_vsock_hdr wire = {
		.src_cid = htole64(packet->src_cid),
		.dst_cid = htole64(packet->dst_cid),
		.src_port = htole32(packet->src_port),
		.dst_port = htole32(packet->dst_port),
		.len = htole32(packet->len),
		.type = htole16(packet->type),
		.op = htole16(packet->op),
		.flags = htole32(packet->flags),
		.buf_alloc = htole32(packet->buf_alloc),
		.fwd_cnt = htole32(packet->fwd_cnt),
	};

	(void)vd_chain_write(chain, &wire, sizeof(wire));
}
