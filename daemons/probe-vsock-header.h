/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_HEADER_H
#define DAEMONS_PROBE_VSOCK_HEADER_H

#include <stdint.h>

struct virtio_vsock_hdr;

/* Bytes that it takes. */
#define PROBE_VSOCK_HEADER_SIZE 44

/**
 * struct probe_vsock_header - what stands before each packet
 *
 * As struct virtio_vsock_hdr has it, in the byte order of the host.
 */
struct probe_vsock_header {
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
 * probe_vsock_encode() - write a header
 * @header: the header
 * @ret:    in memory of the guest
 */
void probe_vsock_encode(const struct probe_vsock_header *header,
			struct virtio_vsock_hdr *ret);

/**
 * probe_vsock_decode() - read a header, once
 * @wire: in memory of the guest, which the device can still change
 * @ret:  the header
 */
void probe_vsock_decode(const struct virtio_vsock_hdr *wire,
			struct probe_vsock_header *ret);

/**
 * probe_vsock_reset_header() - the RST that answers a packet
 * @header: of a packet that belongs to no connection; not a RST
 *
 * Return: the header of the answer.
 */
struct probe_vsock_header
probe_vsock_reset_header(const struct probe_vsock_header *header);

#endif
