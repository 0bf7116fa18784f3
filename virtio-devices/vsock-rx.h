/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packets to the guest.
 */

#ifndef VIRTIO_DEVICES_VSOCK_RX_H
#define VIRTIO_DEVICES_VSOCK_RX_H

#include <stdbool.h>
#include <stdint.h>

struct vd_chain;
struct vd_packet;
struct vd_stream;
struct vd_vsock;
struct vd_vsock_connection;
struct vd_vsock_flow;

/**
 * vd_rx_serve() - send what is owed, and data, as long as there are buffers
 *
 * Connections take turns.
 */
void vd_rx_serve(struct vd_vsock *vsock);

/**
 * vd_rx_take() - take a buffer that has room for a header
 *
 * Smaller ones go back empty.
 *
 * Return: NULL if there is none.
 */
struct vd_chain *vd_rx_take(struct vd_vsock *vsock);

/**
 * vd_rx_send_data() - complete a buffer with data in it
 * @chain: as much of it was used as there is to be sent
 * @start: where its device-writable part begins, and the header goes
 * @len:   bytes behind the header
 * @flags: VD_VSOCK_EOM and VD_VSOCK_EOR
 */
void vd_rx_send_data(struct vd_vsock_connection *connection,
		     struct vd_chain *chain, const struct vd_stream *start,
		     uint32_t len, unsigned int flags);

/**
 * vd_rx_may_reset() - is there room for one more RST to nobody?
 */
bool vd_rx_may_reset(const struct vd_vsock *vsock);

/**
 * vd_rx_reset() - answer a packet of a flow that there is not with a RST
 */
void vd_rx_reset(struct vd_vsock *vsock, const struct vd_vsock_flow *flow);

#endif
