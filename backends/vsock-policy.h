/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a guest may do with its vsock device, and where on the host its ports
 * lead.
 */

#ifndef BACKENDS_VSOCK_POLICY_H
#define BACKENDS_VSOCK_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who may begin a connection. */
enum vb_vsock_direction {
	VB_VSOCK_BOTH,
	VB_VSOCK_CONNECT_ONLY, /* the guest alone */
	VB_VSOCK_LISTEN_ONLY, /* never the guest */
};

/**
 * struct vb_vsock_port_range - ports in a row
 * @first: the first one
 * @last:  the last one, not below @first
 */
struct vb_vsock_port_range {
	uint32_t first;
	uint32_t last;
};

/**
 * struct vb_vsock_policy - what a guest may do
 * @direction: who may begin a connection
 * @limited:   the guest may reach the host's ports in @ranges, and no others
 * @ranges:    the ports
 * @n_ranges:  how many ranges
 */
struct vb_vsock_policy {
	enum vb_vsock_direction direction;
	bool limited;
	struct vb_vsock_port_range *ranges;
	size_t n_ranges;
};

/**
 * struct vb_vsock_port_socket - where a port leads
 * @port: the host's port
 * @path: the socket
 */
struct vb_vsock_port_socket {
	uint32_t port;
	char *path;
};

/**
 * struct vb_vsock_port_map - where some ports lead
 * @items: in any order; no port is there twice
 * @n:     how many
 */
struct vb_vsock_port_map {
	struct vb_vsock_port_socket *items;
	size_t n;
};

/**
 * vb_vsock_may_connect() - may the guest connect to the host's port?
 * @policy: what it may do
 * @port:   the port
 */
bool vb_vsock_may_connect(const struct vb_vsock_policy *policy, uint32_t port);

/**
 * vb_vsock_may_be_reached() - may others connect to the guest?
 * @policy: what it may do
 */
bool vb_vsock_may_be_reached(const struct vb_vsock_policy *policy);

/**
 * vb_vsock_port_path() - the socket that a port leads to
 * @map:  the map
 * @port: the host's port
 *
 * Return: the path, or NULL if the port is not in the map.
 */
const char *vb_vsock_port_path(const struct vb_vsock_port_map *map,
			       uint32_t port);

#endif
