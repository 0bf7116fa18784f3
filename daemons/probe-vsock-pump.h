/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_PUMP_H
#define DAEMONS_PROBE_VSOCK_PUMP_H

struct probe;
struct probe_vsock_connection;
struct probe_vsock_guest;

/**
 * probe_vsock_pump() - connect a connection with standard input and output
 * @probe:      whose time-out is how long to wait until the peer agrees to the
 *              end
 * @guest:      has the connection, and no other one
 * @connection: established, with room for PROBE_VSOCK_ROOM
 *
 * The end of the input is said to the peer, and that of the connection's data
 * ends the output, each without the other.  What cannot be written now is taken
 * from the peer only as far as there is room for it.
 *
 * With a connection of messages each read() makes one, of 64 KiB at most, and
 * each is written by one write().
 *
 * Return: 0 if both ends had their say, or a negative errno after having said
 *         why not.
 */
int probe_vsock_pump(const struct probe *probe, struct probe_vsock_guest *guest,
		     struct probe_vsock_connection *connection);

#endif
