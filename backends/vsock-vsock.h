/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef BACKENDS_VSOCK_VSOCK_H
#define BACKENDS_VSOCK_VSOCK_H

/**
 * DOC: The host's end of vsock as AF_VSOCK
 *
 * When the guest connects to a port of the host, a connection is made to that
 * port of another context ID: of this machine (1, with the module
 * vsock_loopback), of the host of this machine (2), or of another guest.
 *
 * Who connects to certain ports of this machine, from wherever it is, is
 * connected to the same port of the guest, for which it is the host that does
 * so.
 */

#include <stddef.h>
#include <stdint.h>

#include "backends/vsock-policy.h"

struct vb_loop;
struct vd_vsock_host;

/**
 * struct vb_vsock_vsock_config - where to
 * @cid:     whom the guest is connected to
 * @ports:   where to listen for those who want to be connected to the guest
 * @n_ports: how many
 * @policy:  what the guest may do; must outlive the host
 */
struct vb_vsock_vsock_config {
	uint32_t cid;
	const uint32_t *ports;
	size_t n_ports;
	const struct vb_vsock_policy *policy;
};

/**
 * vb_vsock_vsock_new() - have the host's end in AF_VSOCK
 * @loop:   all is done in its thread
 * @config: copied, but for the policy
 * @port:   for an error: which port cannot be listened at
 * @ret:    the host
 *
 * Return: 0, -ENOMEM, -EAFNOSUPPORT if this kernel has no AF_VSOCK, -EADDRINUSE
 *         if somebody else has the port, or another negative errno.
 */
int vb_vsock_vsock_new(struct vb_loop *loop,
		       const struct vb_vsock_vsock_config *config,
		       uint32_t *port, struct vd_vsock_host **ret);

#endif
