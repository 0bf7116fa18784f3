/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef BACKENDS_VSOCK_SIBLING_H
#define BACKENDS_VSOCK_SIBLING_H

#include <stddef.h>
#include <stdint.h>

/**
 * DOC: Guests that talk to each other
 *
 * Guests of one switch reach each other by their context IDs, if there is a
 * group that both are in.  Bytes are copied once, from the buffers of the one
 * straight to those of the other; what the receiver has no room for waits in
 * the sender's device, and its credit bounds how much that is.
 *
 * All guests of a switch belong to one loop.
 *
 * A guest's kernel sends a connection this way only if it has no nearer idea of
 * where the context ID is: with VMADDR_FLAG_TO_HOST in the address, or if it
 * hosts no guests itself, see vsock(7).
 */

struct vb_vsock_policy;
struct vb_vsock_switch;
struct vd_vsock_host;

/**
 * vb_vsock_switch_new() - make a switch
 * @ret: the switch
 *
 * Return: 0 or -ENOMEM.
 */
int vb_vsock_switch_new(struct vb_vsock_switch **ret);

/**
 * vb_vsock_switch_free() - the opposite
 * @switch_: no guest is connected to it any more; may be NULL
 */
void vb_vsock_switch_free(struct vb_vsock_switch *switch_);

/**
 * vb_vsock_sibling_new() - connect a guest to a switch
 * @switch_:  must outlive the host
 * @uplink:   the host's own end, for all that is not for siblings; the new
 *            host's on success
 * @groups:   names of groups; must outlive the host
 * @n_groups: how many
 * @policy:   what the guest may do; must outlive the host
 * @ret:      the host: what goes to siblings, and what goes to @uplink
 *
 * Return: 0 or -ENOMEM.
 */
int vb_vsock_sibling_new(struct vb_vsock_switch *switch_,
			 struct vd_vsock_host *uplink,
			 const char *const *groups, size_t n_groups,
			 const struct vb_vsock_policy *policy,
			 struct vd_vsock_host **ret);

#endif
