/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest that accepts every connection, and sends back what comes.
 */

#ifndef TESTS_VSOCK_ECHO_GUEST_H
#define TESTS_VSOCK_ECHO_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/probe-vsock-connection.h"
#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"

/* The host's ports of two connections differ in these bits. */
#define ECHO_PORTS 16384

/**
 * struct echo_connection - a connection
 * @state:  what both ends know
 * @data:   what has come and was not sent back
 * @len:    how many bytes of it
 * @used:   there is one
 * @active: it is among those to be looked after
 */
struct echo_connection {
	struct probe_vsock_connection state;
	uint8_t *data;
	size_t len;
	bool used;
	bool active;
};

/**
 * struct echo_guest - the guest
 * @vm:          memory and front-end
 * @config:      of the driver
 * @driver:      of the device
 * @connections: by the host's port
 * @active:      those with something to do
 * @n_active:    how many
 * @n_open:      how many connections there are
 * @n_accepted:  how many there ever were
 */
struct echo_guest {
	struct guest vm;
	struct probe_vsock_config config;
	struct probe_vsock_guest *driver;
	struct echo_connection *connections;
	struct echo_connection **active;
	size_t n_active;
	size_t n_open;
	size_t n_accepted;
};

/* Connect to a daemon and start the device. */
void echo_guest_boot(struct echo_guest *guest, const char *path, uint64_t cid);

/* The same for a driver that does without some features. */
void echo_guest_boot_without(struct echo_guest *guest, const char *path,
			     uint64_t cid, uint64_t features);

/* The same, with a record of what is under way. */
void echo_guest_boot_recoverable(struct echo_guest *guest, const char *path,
				 uint64_t cid);

/* The same with little memory, so that it can boot 40 times again. */
void echo_guest_boot_small(struct echo_guest *guest, const char *path,
			   uint64_t cid);

/* Its driver is another one, and knows of no connection. */
void echo_guest_reboot(struct echo_guest *guest);

/* The daemon was killed, and there is another one. */
void echo_guest_come_back(struct echo_guest *guest, const char *path);

/* Ask for credit on each connection, to see whether it is there. */
void echo_guest_ask(struct echo_guest *guest);

/* Go away, whatever is under way. */
void echo_guest_free(struct echo_guest *guest);

/* Do all that there is to be done now. */
void echo_guest_pump(struct echo_guest *guest);

/* The same, after a millisecond in which something may come. */
void echo_guest_work(struct echo_guest *guest);

/* Connect to a port of the host; 1 for the host's answer, 0 for a refusal. */
int echo_guest_connect(struct echo_guest *guest, uint32_t port);

#endif
