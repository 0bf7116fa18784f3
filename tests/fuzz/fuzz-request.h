/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Requests that are nearly right: their fields are from the fuzzer, but small
 * numbers where a device has few of something.
 */

#ifndef TESTS_FUZZ_REQUEST_H
#define TESTS_FUZZ_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/fuzz-types.h"

struct fuzz_input;
struct virtio_vsock_hdr;

/* A header, and the most that fuzz_input_size() says. */
#define FUZZ_REQUEST_MAX 4200

/* The guest's ports, and the bytes that came for each. */
#define FUZZ_N_PORTS 4

/**
 * struct fuzz_traffic - what the guest has received over vsock
 * @received: bytes for each of its ports
 */
struct fuzz_traffic {
	uint32_t received[FUZZ_N_PORTS];
};

/**
 * fuzz_traffic_note() - a packet has come
 */
void fuzz_traffic_note(struct fuzz_traffic *traffic,
		       const struct virtio_vsock_hdr *header);

/**
 * fuzz_request() - make up what the driver says
 * @input:   decides
 * @type:    of the device
 * @queue:   that the request is for
 * @traffic: so far
 * @said:    receives it; room for FUZZ_REQUEST_MAX bytes
 *
 * Return: how many bytes that is.
 */
size_t fuzz_request(struct fuzz_input *input, enum fuzz_type_number type,
		    unsigned int queue, const struct fuzz_traffic *traffic,
		    uint8_t *said);

#endif
