/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_OUTPUT_H
#define DAEMONS_PROBE_VSOCK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/probe-vsock-device.h"

/* Messages whose ends are remembered until they are written. */
#define PROBE_VSOCK_MAX_MESSAGES 1024

/**
 * struct probe_vsock_output - what has come, and was not written yet
 * @has_messages: they are kept apart from each other
 * @bytes:      twice the room that the peer knows of, so that they are seldom
 *              moved to the front
 * @at:         first byte
 * @len:        bytes
 * @messages:   lengths of the complete messages, in a circle
 * @first:      index of the first one
 * @n_messages: how many
 * @partial:    bytes of a message that is not complete
 */
struct probe_vsock_output {
	bool has_messages;
	char bytes[2 * PROBE_VSOCK_ROOM];
	size_t at;
	size_t len;
	uint32_t messages[PROBE_VSOCK_MAX_MESSAGES];
	size_t first;
	size_t n_messages;
	uint32_t partial;
};

/**
 * probe_vsock_output_add() - keep some more
 * @output: has less than PROBE_VSOCK_MAX_MESSAGES
 * @data:   bytes, within what the peer may send
 * @len:    how many
 * @end:    a message ends here, if there are messages
 */
void probe_vsock_output_add(struct probe_vsock_output *output, const void *data,
			    uint32_t len, bool end);

/**
 * probe_vsock_output_ready() - is there something that can be written?
 * @output: may have a part of a message only
 */
bool probe_vsock_output_ready(const struct probe_vsock_output *output);

/**
 * probe_vsock_output_write() - write a message, or some bytes
 * @output: is ready
 * @fd:     where to; so many bytes do not block if poll() says that it is
 *          writable
 *
 * Return: how many bytes are gone, 0 if it has to be tried again, or the error
 *         of write().
 */
int probe_vsock_output_write(struct probe_vsock_output *output, int fd);

#endif
