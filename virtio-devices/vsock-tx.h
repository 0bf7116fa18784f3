/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets from the guest.
 */

#ifndef VIRTIO_DEVICES_VSOCK_TX_H
#define VIRTIO_DEVICES_VSOCK_TX_H

#include <stdbool.h>

struct vd_vsock;

/**
 * vd_tx_serve() - take the packets that wait
 *
 * Return: true if it stopped for fairness, with some left.  If it stopped
 *         because too many answers are owed, @vsock->held_back is set.
 */
bool vd_tx_serve(struct vd_vsock *vsock);

#endif
