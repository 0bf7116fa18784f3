/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Connections by their ports.  Both are often the guest's choice, so they are
 * hashed with a key (SipHash-1-3) that the guest does not know.
 */

#ifndef VIRTIO_DEVICES_VSOCK_FLOWS_H
#define VIRTIO_DEVICES_VSOCK_FLOWS_H

#include <stddef.h>
#include <stdint.h>

struct vd_vsock_connection;
struct vd_vsock_flow;

/**
 * struct vd_flows - the table
 * @buckets: lists of connections
 * @mask:    one less than how many lists
 * @seed:    the key
 */
struct vd_flows {
	struct vd_vsock_connection **buckets;
	size_t mask;
	uint64_t seed[2];
};

/**
 * vd_flows_init() - make an empty table
 * @n:    entries that it should have room for
 *
 * Return: 0 or -ENOMEM.
 */
int vd_flows_init(struct vd_flows *flows, size_t n, const uint64_t seed[2]);

/**
 * vd_flows_fini() - the opposite
 */
void vd_flows_fini(struct vd_flows *flows);

/**
 * vd_flows_find() - who has these ports, and this peer?
 *
 * Return: NULL if nobody has.  The type is not looked at.
 */
struct vd_vsock_connection *vd_flows_find(const struct vd_flows *flows,
					  const struct vd_vsock_flow *flow);

/**
 * vd_flows_add() - enter a connection, whose flow is not in the table
 */
void vd_flows_add(struct vd_flows *flows,
		  struct vd_vsock_connection *connection);

/**
 * vd_flows_remove() - take one out that is in the table
 */
void vd_flows_remove(struct vd_flows *flows,
		     struct vd_vsock_connection *connection);

#endif
