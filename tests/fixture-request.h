/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * For tests that treat all devices alike: how each daemon is started, and a
 * request that it answers.
 */

#ifndef TESTS_FIXTURE_REQUEST_H
#define TESTS_FIXTURE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture-daemon.h"

#define REQUEST_MAX_BUFFERS 4

/**
 * struct request - a request that any device of its type can answer
 * @buffers:    of guest memory, the first page of struct guest's buffer
 * @n_readable: how many the device reads
 * @n_writable: how many it writes
 * @used:       how many bytes it is going to write
 */
struct request {
	struct vhu_driver_buffer buffers[REQUEST_MAX_BUFFERS];
	size_t n_readable;
	size_t n_writable;
	uint32_t used;
};

#define DEVICE_MAX_ARGS 8

/**
 * struct device_type - a daemon, and how to talk to its device
 * @name:     of the daemon, after "vhost-device-"
 * @args:     make it offer something; a '@' is the directory of its sockets
 * @sockets:  these say where its sockets are; else the usual options do
 * @again:    there is one of this name already, with another host
 * @special:  what all devices have in common is not tried with it, too
 * @wav:      write a sound file there before it starts
 * @n_kept:   descriptors that a guest may leave open for the next one
 * @n_queues: of the device
 * @queue:    where requests go
 * @write:    write the request to guest memory and describe it
 * @answers:  NULL if the answer is in the request's own buffers.  Else it comes
 *            in queue 0, and this tells whether @buf holds it
 */
struct device_type {
	const char *name;
	const char *args[DEVICE_MAX_ARGS];
	bool sockets;
	bool again;
	bool special;
	const char *wav;
	size_t n_kept;
	unsigned int n_queues;
	unsigned int queue;
	void (*write)(struct guest *guest, struct request *ret);
	bool (*answers)(const uint8_t *buf, uint32_t len);
};

/* All that were built.  Tests take an index: pointers do not travel. */
extern const struct device_type device_types[];
extern const size_t n_device_types;

/**
 * struct device_args - the arguments of a daemon
 * @argv: without the program, NULL-terminated
 * @text: of those that depend on a directory
 */
struct device_args {
	const char *argv[16];
	char text[DEVICE_MAX_ARGS][160];
};

/* What to start a daemon with, for two guests with sockets in @dir. */
void device_args(size_t type, const char *dir, struct device_args *ret);

/* Start it; stop it with fixture_stop(). */
void device_start(struct fixture *fixture, size_t type, bool packed);

/*
 * Wait until a daemon has no more than so many descriptors.  One that looks for
 * its host may have one more at any moment.
 */
void device_wait_fds(const struct fixture *fixture, size_t n);

/* Have a guest that is connected read what requests depend on, if it can. */
void device_learn(struct guest *guest);

/* What it has read: the first @len bytes of the configuration. */
void device_config(const struct guest *guest, void *config, size_t len);

/* Connect a guest, and start all queues, with 64 entries. */
void device_boot(struct guest *guest, const char *path, size_t type);

/* Write the request of device @type, and describe it as a chain. */
struct vhu_driver_chain request_chain(size_t type, struct guest *guest,
				      struct request *request);

/* See that there is room for an answer, if it comes in another queue. */
void request_room(size_t type, struct guest *guest);

/* Send it, and see that the answer is as it has to be. */
void guest_request(struct guest *guest, size_t type);

#endif
