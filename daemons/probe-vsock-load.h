/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_LOAD_H
#define DAEMONS_PROBE_VSOCK_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct probe_vsock_guest;

/* How many connections can be under way at once. */
#define PROBE_VSOCK_LOAD_MAX_DEPTH 1024

/**
 * enum probe_vsock_load_kind - what a load does
 * @PROBE_VSOCK_LOAD_SEND:    send as much as possible
 * @PROBE_VSOCK_LOAD_RECEIVE: take what comes, as fast as possible
 * @PROBE_VSOCK_LOAD_ECHO:    send, and wait until as much has come back
 * @PROBE_VSOCK_LOAD_CONNECT: make and close connections, again and again
 */
enum probe_vsock_load_kind {
	PROBE_VSOCK_LOAD_SEND,
	PROBE_VSOCK_LOAD_RECEIVE,
	PROBE_VSOCK_LOAD_ECHO,
	PROBE_VSOCK_LOAD_CONNECT,
};

/**
 * struct probe_vsock_load - what a guest has to do
 * @guest:   does it
 * @kind:    what
 * @peer_cid: whom to connect to
 * @peer_port: where
 * @size:    bytes of payload in a packet that is sent
 * @depth:   for PROBE_VSOCK_LOAD_CONNECT: connections under way at once
 * @nsec:    go on for so long
 * @timeout: give up if nothing happens for so many milliseconds
 * @samples: receives the durations of the first rounds, in ns
 * @max_samples: how many of them there is room for
 *
 * A round is one connection made and closed, or one echo.
 */
struct probe_vsock_load {
	struct probe_vsock_guest *guest;
	enum probe_vsock_load_kind kind;
	uint64_t peer_cid;
	uint32_t peer_port;
	uint32_t size;
	uint32_t depth;
	uint64_t nsec;
	int timeout;
	uint32_t *samples;
	size_t max_samples;
};

/**
 * struct probe_vsock_load_result - how it went
 * @n_bytes:   payload that was sent and taken, or received
 * @n_rounds:  rounds
 * @n_samples: of those, in @samples
 * @nsec:      how long it took
 */
struct probe_vsock_load_result {
	uint64_t n_bytes;
	uint64_t n_rounds;
	size_t n_samples;
	uint64_t nsec;
};

/**
 * probe_vsock_load_run() - do it
 * @load: what
 * @ret:  how it went
 *
 * Return: 0, -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, or as the functions of
 *         probe-vsock-guest.h.
 */
int probe_vsock_load_run(const struct probe_vsock_load *load,
			 struct probe_vsock_load_result *ret);

#endif
