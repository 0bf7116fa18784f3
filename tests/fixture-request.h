/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * For tests that treat all devices alike: how each daemon is started, and a
 * request that it answers.
 */

#ifndef TESTS_FIXTURE_REQUEST_H
#define TESTS_FIXTURE_REQUEST_H

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

/**
 * struct device_type - a daemon, and how to talk to its device
 * @name:    of the daemon, after "vhost-device-"
 * @args:    makes it offer something; ends with NULL
 * @queue:   where requests go
 * @write:   write the request to guest memory and describe it
 */
struct device_type {
	const char *name;
	const char *args[4];
	unsigned int queue;
	void (*write)(struct guest *guest, struct request *ret);
};

/* All that were built.  Tests take an index: pointers do not travel. */
extern const struct device_type device_types[];
extern const size_t n_device_types;

/* Write the request of device @type, and describe it as a chain. */
struct vhu_driver_chain request_chain(size_t type, struct guest *guest,
				      struct request *request);

/* Send it, and see that the answer is as it has to be. */
void guest_request(struct guest *guest, size_t type);

#endif
