/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Data between a connection and standard output.
 */

#include "daemons/probe-vsock-output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "virtio-devices/util.h"

static void make_room(struct probe_vsock_output *output, uint32_t len)
{
	if (len <= sizeof(output->bytes) - output->at - output->len)
		return;

	memmove(output->bytes, output->bytes + output->at, output->len);
	output->at = 0;
}

static void end_message(struct probe_vsock_output *output)
{
	size_t last =
		(output->first + output->n_messages) % PROBE_VSOCK_MAX_MESSAGES;

	output->messages[last] = output->partial;
	output->n_messages++;
	output->partial = 0;
}

void probe_vsock_output_add(struct probe_vsock_output *output, const void *data,
			    uint32_t len, bool end)
{
	make_room(output, len);
	memcpy(output->bytes + output->at + output->len, data, len);
	output->len += len;
	output->partial += len;

	if (end && output->has_messages)
		end_message(output);
}

bool probe_vsock_output_ready(const struct probe_vsock_output *output)
{
	return output->has_messages ? output->n_messages > 0 : output->len > 0;
}

/* A pipe that is ready takes PIPE_BUF at least without blocking. */
static size_t next_len(const struct probe_vsock_output *output)
{
	return output->has_messages ? output->messages[output->first]
				    : VD_MIN(output->len, PIPE_BUF);
}

/* What does not take the whole of a message has lost the rest of it. */
static size_t gone(struct probe_vsock_output *output, size_t len, size_t n)
{
	if (!output->has_messages)
		return n;

	output->first = (output->first + 1) % PROBE_VSOCK_MAX_MESSAGES;
	output->n_messages--;

	return len;
}

int probe_vsock_output_write(struct probe_vsock_output *output, int fd)
{
	size_t len = next_len(output);
	ssize_t n = write(fd, output->bytes + output->at, len);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;

	len = gone(output, len, (size_t)n);
	output->at += len;
	output->len -= len;
	if (output->len == 0)
		output->at = 0;

	return (int)len;
}
