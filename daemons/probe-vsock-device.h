/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the vsock commands have in common: a device that works, a connection,
 * and an explanation for the user if there is none.
 */

#ifndef DAEMONS_PROBE_VSOCK_DEVICE_H
#define DAEMONS_PROBE_VSOCK_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/probe-vsock-connection.h"

struct probe;
struct probe_vsock_guest;

/* What our end of a connection has room for. */
#define PROBE_VSOCK_ROOM (256U << 10)

/**
 * probe_vsock_open() - make a vsock device ready for packets
 * @probe:     opened
 * @rx_size:   bytes in each buffer for packets to the guest
 * @seqpacket: connections of messages are wanted
 * @ret:       the guest, to be freed with probe_vsock_free()
 *
 * Return: 0, or a negative errno after having said why.
 */
int probe_vsock_open(struct probe *probe, uint32_t rx_size, bool seqpacket,
		     struct probe_vsock_guest **ret);

/**
 * probe_vsock_connect() - ask for a connection, and get it
 * @guest:      has no other one that anything could come for
 * @connection: with CIDs, ports, type and buf_alloc
 * @timeout:    milliseconds
 *
 * Return: 0, -ECONNREFUSED, -ETIMEDOUT, or as the functions of
 *         probe-vsock-guest.h.
 */
int probe_vsock_connect(struct probe_vsock_guest *guest,
			struct probe_vsock_connection *connection, int timeout);

/**
 * probe_vsock_listen() - wait for a connection, however long
 * @guest: has none
 * @type:  VIRTIO_VSOCK_TYPE_*
 * @port:  where to
 * @ret:   the connection
 *
 * Whoever wants something else is refused.
 *
 * Return: 0, or as the functions of probe-vsock-guest.h.
 */
int probe_vsock_listen(struct probe_vsock_guest *guest, uint16_t type,
		       uint32_t port, struct probe_vsock_connection *ret);

/**
 * probe_vsock_refuse() - answer a packet that belongs to no connection
 * @guest:  the guest
 * @header: of the packet
 *
 * Return: 0, or as probe_vsock_send().
 */
int probe_vsock_refuse(struct probe_vsock_guest *guest,
		       const struct probe_vsock_header *header);

/**
 * probe_vsock_failed() - say what went wrong, and what may help
 * @probe: the back-end
 * @error: what one of these functions has returned
 *
 * Return: @error.
 */
int probe_vsock_failed(const struct probe *probe, int error);

#endif
