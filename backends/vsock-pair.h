/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A connection from one guest to another: two streams back to back, each of
 * which is the other's far end.
 */

#ifndef BACKENDS_VSOCK_PAIR_H
#define BACKENDS_VSOCK_PAIR_H

#include "virtio-devices/vsock-host.h"

/**
 * vb_vsock_pair_connect() - connect two guests
 * @flow: as the one that connects sees it
 * @from: the device of that one, an operation of which is under way
 * @to:   the device of the other
 * @ret:  the stream of the one that connects
 *
 * Return: 1 if the other has accepted, 0 if vd_vsock_connected() will tell, or
 *         a negative errno.
 */
int vb_vsock_pair_connect(const struct vd_vsock_flow *flow,
			  struct vd_vsock *from, struct vd_vsock *to,
			  struct vd_vsock_stream **ret);

#endif
