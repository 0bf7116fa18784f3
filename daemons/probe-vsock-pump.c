/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A connection, from standard input and to standard output.
 *
 * One loop does whatever can be done, and then sleeps until that has changed.
 * Data that has come is copied out of the buffer at once, so that the device
 * always has buffers for packets that are not data.
 */

#include "daemons/probe-vsock-pump.h"

#include <errno.h>
#include <linux/virtio_vsock.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/probe-vsock-device.h"
#include "daemons/probe-vsock-guest.h"
#include "daemons/probe-vsock-output.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

#define SHUTDOWN_BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)

/**
 * struct pump - a pump at work
 * @probe:      the back-end
 * @guest:      the guest
 * @connection: the connection
 * @ended:      no more will be read from the input
 * @asked:      we have asked for credit, and have not got any yet
 * @input:      read, and not sent yet
 * @input_at:   first byte of it
 * @input_len:  bytes left
 * @output:     received, and not written yet
 */
struct pump {
	const struct probe *probe;
	struct probe_vsock_guest *guest;
	struct probe_vsock_connection *connection;
	bool ended;
	bool asked;
	char input[PROBE_VSOCK_MAX_PAYLOAD];
	size_t input_at;
	size_t input_len;
	struct probe_vsock_output output;
};

static int send_packet(struct pump *pump, uint16_t op, uint32_t flags,
		       uint32_t len, const void *data)
{
	struct probe_vsock_header header;
	int r = probe_vsock_can_send(pump->guest);

	if (r <= 0)
		return r;
	header = probe_vsock_make(pump->connection, op, flags, len);
	r = probe_vsock_send(pump->guest, &header, data);

	return r < 0 ? r : 1;
}

static int take(struct pump *pump, const struct probe_vsock_packet *packet)
{
	const struct probe_vsock_header *header = &packet->header;
	int r;

	if (!probe_vsock_owns(pump->connection, header))
		return probe_vsock_refuse(pump->guest, header);

	r = probe_vsock_take(pump->connection, header);
	if (r < 0)
		return r;
	if (header->op == VIRTIO_VSOCK_OP_RW)
		probe_vsock_output_add(&pump->output, packet->data, header->len,
				       header->flags & VIRTIO_VSOCK_SEQ_EOM);
	if (header->op == VIRTIO_VSOCK_OP_CREDIT_REQUEST)
		r = send_packet(pump, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0,
				NULL);
	if (probe_vsock_credit(pump->connection) > 0)
		pump->asked = false;

	return r < 0 ? r : 0;
}

/* Only what we have room to answer. */
static int receive(struct pump *pump)
{
	struct probe_vsock_packet packet;
	int r = 0;

	while (pump->output.n_messages < PROBE_VSOCK_MAX_MESSAGES &&
	       (r = probe_vsock_can_send(pump->guest)) > 0 &&
	       (r = probe_vsock_receive(pump->guest, &packet)) > 0) {
		r = take(pump, &packet);
		probe_vsock_release(pump->guest, &packet);
		if (r < 0)
			return r;
	}

	return r < 0 ? r : 0;
}

/* The end of a message goes with its last piece. */
static int send_input(struct pump *pump)
{
	while (pump->input_len > 0) {
		uint32_t credit = probe_vsock_credit(pump->connection);
		uint32_t len = (uint32_t)VD_MIN(pump->input_len, credit);
		bool last = pump->output.has_messages && len == pump->input_len;
		int r;

		if (len == 0)
			return 0;
		r = send_packet(pump, VIRTIO_VSOCK_OP_RW,
				last ? VIRTIO_VSOCK_SEQ_EOM : 0, len,
				pump->input + pump->input_at);
		if (r <= 0)
			return r;
		pump->input_at += len;
		pump->input_len -= len;
	}

	return 0;
}

static int tell_credit(struct pump *pump)
{
	struct probe_vsock_connection *connection = pump->connection;
	int r = 0;

	if (probe_vsock_owes_credit(connection))
		r = send_packet(pump, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0,
				NULL);
	if (r < 0)
		return r;

	if (pump->input_len > 0 && !pump->asked &&
	    probe_vsock_credit(connection) == 0 &&
	    connection->state == PROBE_VSOCK_ESTABLISHED) {
		r = send_packet(pump, VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0, 0,
				NULL);
		pump->asked = r > 0;
	}

	return r < 0 ? r : 0;
}

/* Which directions should have been closed by now? */
static uint32_t wanted_shutdown(const struct pump *pump)
{
	uint32_t wanted = 0;

	if (pump->ended && pump->input_len == 0)
		wanted = VIRTIO_VSOCK_SHUTDOWN_SEND;
	if (wanted && pump->connection->heard & VIRTIO_VSOCK_SHUTDOWN_SEND &&
	    pump->output.len == 0)
		wanted = SHUTDOWN_BOTH;

	return wanted;
}

/* Who has heard that both directions are closed resets; the other one waits. */
static int close_down(struct pump *pump)
{
	struct probe_vsock_connection *connection = pump->connection;
	uint32_t wanted;
	int r = 0;

	if (connection->state != PROBE_VSOCK_ESTABLISHED)
		return 0;

	if (connection->heard & VIRTIO_VSOCK_SHUTDOWN_RCV) {
		pump->ended = true;
		pump->input_len = 0;
	}
	if (connection->heard == SHUTDOWN_BOTH && pump->output.len == 0)
		return send_packet(pump, VIRTIO_VSOCK_OP_RST, 0, 0, NULL);

	wanted = wanted_shutdown(pump);
	if (wanted & ~connection->said)
		r = send_packet(pump, VIRTIO_VSOCK_OP_SHUTDOWN, wanted, 0,
				NULL);

	return r;
}

static int do_what_can_be_done(struct pump *pump)
{
	int r = receive(pump);

	if (r == 0)
		r = send_input(pump);
	if (r == 0)
		r = tell_credit(pump);
	if (r >= 0)
		r = close_down(pump);
	if (r >= 0)
		r = probe_vsock_flush(pump->guest);
	if (r == 0)
		r = probe_vsock_was_reset(pump->guest);

	return r > 0 ? -ECONNABORTED : r;
}

static int cannot(const char *what, int error)
{
	log_error(NULL, "cannot %s: %s", what, strerror(error));

	return -error;
}

static int read_input(struct pump *pump)
{
	ssize_t n = read(STDIN_FILENO, pump->input, sizeof(pump->input));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return cannot("read standard input", errno);
	if (n == 0)
		pump->ended = true;
	pump->input_at = 0;
	pump->input_len = (size_t)n;

	return 0;
}

static int write_output(struct pump *pump)
{
	int n = probe_vsock_output_write(&pump->output, STDOUT_FILENO);

	if (n < 0)
		return cannot("write to standard output", -n);
	probe_vsock_consume(pump->connection, (uint32_t)n);

	return 0;
}

/* Nothing is said any more: there is an answer, or there is none. */
static bool is_closing(const struct pump *pump)
{
	return (pump->connection->said & SHUTDOWN_BOTH) == SHUTDOWN_BOTH;
}

/* Returns 0, and in @ends whether standard input and output are ready. */
static int sleep_until_ready(struct pump *pump, bool ends[2])
{
	struct pollfd fds[PROBE_VSOCK_N_FDS + 2];
	size_t n = probe_vsock_poll(pump->guest, fds);
	bool reads = !pump->ended && pump->input_len == 0;
	int timeout =
		is_closing(pump) ? (int)pump->probe->settings.timeout : -1;
	int r;

	fds[n] = (struct pollfd){ .fd = reads ? STDIN_FILENO : -1,
				  .events = POLLIN };
	fds[n + 1] =
		(struct pollfd){ .fd = probe_vsock_output_ready(&pump->output)
					       ? STDOUT_FILENO
					       : -1,
				 .events = POLLOUT };

	r = poll(fds, n + 2, timeout);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (r == 0)
		return -ETIMEDOUT;

	ends[0] = fds[n].revents;
	ends[1] = fds[n + 1].revents;

	return probe_vsock_polled(pump->guest, fds, n);
}

/* A reset is the proper end if there was nothing left to say. */
static int verdict(const struct pump *pump)
{
	const struct probe_vsock_connection *connection = pump->connection;
	uint32_t said = connection->said;

	if (connection->heard == SHUTDOWN_BOTH || said == SHUTDOWN_BOTH)
		return 0;

	return said & VIRTIO_VSOCK_SHUTDOWN_SEND &&
			       connection->heard & VIRTIO_VSOCK_SHUTDOWN_SEND
		       ? 0
		       : -ECONNRESET;
}

static int run(struct pump *pump)
{
	int r;

	for (;;) {
		bool ends[2] = { false, false };

		r = do_what_can_be_done(pump);
		if (r == 0 && pump->connection->state == PROBE_VSOCK_CLOSED)
			break;
		if (r == 0)
			r = sleep_until_ready(pump, ends);
		if (r < 0)
			return probe_vsock_failed(pump->probe, r);

		if (ends[0])
			r = read_input(pump);
		if (r == 0 && ends[1])
			r = write_output(pump);
		if (r < 0)
			return r;
	}

	while (probe_vsock_output_ready(&pump->output)) {
		r = write_output(pump);
		if (r < 0)
			return r;
	}
	r = verdict(pump);

	return r < 0 ? probe_vsock_failed(pump->probe, r) : 0;
}

int probe_vsock_pump(const struct probe *probe, struct probe_vsock_guest *guest,
		     struct probe_vsock_connection *connection)
{
	struct pump *pump = calloc(1, sizeof(*pump));
	int r;

	if (!pump)
		return probe_vsock_failed(probe, -ENOMEM);

	pump->probe = probe;
	pump->guest = guest;
	pump->connection = connection;
	pump->output.has_messages =
		connection->type == VIRTIO_VSOCK_TYPE_SEQPACKET;
	r = run(pump);
	free(pump);

	return r;
}
