/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets that follow each other on one connection go to its stream together.
 */

#ifndef VIRTIO_DEVICES_VSOCK_GATHER_H
#define VIRTIO_DEVICES_VSOCK_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vd_chain;
struct vd_vsock;
struct vd_vsock_connection;

/**
 * struct vd_gather - packets that are held for one write
 * @connection: whose they are
 * @n_chains:   in vsock->chains; @tag[0] of each is the length of its payload
 * @n_iov:      pieces of payload in vsock->iov
 * @len:        bytes in these
 */
struct vd_gather {
	struct vd_vsock_connection *connection;
	size_t n_chains;
	size_t n_iov;
	size_t len;
};

/**
 * vd_gather_add() - hold a packet, to be written with those before it
 * @connection: a stream; established, and it has taken all so far
 * @chain:      has the payload next
 * @len:        of the payload; not 0
 *
 * Return: false if it does not fit to those that are held.
 */
bool vd_gather_add(struct vd_vsock_connection *connection,
		   struct vd_chain *chain, uint32_t len);

/**
 * vd_gather_flush() - write what is held, and complete its chains
 *
 * What the stream does not take is kept.  The connection may end, if the stream
 * fails.
 */
void vd_gather_flush(struct vd_vsock *vsock);

#endif
