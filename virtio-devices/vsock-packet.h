/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The header of a vsock packet (virtio 1.3, section 5.10.6), in the order of
 * bytes of this machine.
 */

#ifndef VIRTIO_DEVICES_VSOCK_PACKET_H
#define VIRTIO_DEVICES_VSOCK_PACKET_H

#include <stdint.h>

struct vd_chain;

/* Its length in a chain. */
#define VD_PACKET_HEADER 44

/**
 * struct vd_packet - what it says
 * @src_cid:   context ID of the sender
 * @dst_cid:   context ID of the receiver
 * @src_port:  port of the sender
 * @dst_port:  port of the receiver
 * @len:       bytes of payload
 * @type:      VIRTIO_VSOCK_TYPE_*
 * @op:        VIRTIO_VSOCK_OP_*
 * @flags:     depends on @op
 * @buf_alloc: see struct vd_credit
 * @fwd_cnt:   see struct vd_credit
 */
struct vd_packet {
	uint64_t src_cid;
	uint64_t dst_cid;
	uint32_t src_port;
	uint32_t dst_port;
	uint32_t len;
	uint16_t type;
	uint16_t op;
	uint32_t flags;
	uint32_t buf_alloc;
	uint32_t fwd_cnt;
};

/**
 * vd_packet_read() - take a packet's header off a chain
 *
 * Return: 0, or -ENODATA if the chain is shorter.
 */
int vd_packet_read(struct vd_chain *chain, struct vd_packet *ret);

/**
 * vd_packet_write() - put a packet's header into a chain
 * @chain: has room for it
 */
void vd_packet_write(struct vd_chain *chain, const struct vd_packet *packet);

#endif
