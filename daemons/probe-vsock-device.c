/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From a back-end to a vsock connection.
 */

#include "daemons/probe-vsock-device.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-load.h"
#include "daemons/probe-vsock-guest.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

/* That of QEMU, and what it takes: a packet to be sent has two descriptors. */
#define RING_SIZE 128
#define N_RX 128
#define N_TX 32

static int read_cid(const struct probe *probe, uint64_t *ret)
{
	struct virtio_vsock_config config;
	int r;

	r = probe_read_config(probe, &config, sizeof(config), "a vsock device");
	if (r < 0)
		return r;

	*ret = le64toh(config.guest_cid);

	return 0;
}

/* The queue for events is not there if a VMM keeps it for itself. */
static unsigned int count_queues(const struct probe *probe)
{
	uint64_t n;

	return vhu_frontend_n_queues(probe->frontend, &n) == 0 && n > 2 ? 3 : 2;
}

static bool offers_messages(const struct probe *probe)
{
	return vhu_frontend_features(probe->frontend)->offered &
	       VD_BIT(VIRTIO_VSOCK_F_SEQPACKET);
}

int probe_vsock_open(struct probe *probe, uint32_t rx_size, bool seqpacket,
		     struct probe_vsock_guest **ret)
{
	struct probe_vsock_config config = {
		.frontend = probe->frontend,
		.n_rx = N_RX,
		.rx_size = rx_size,
		.n_tx = N_TX,
		.tx_size = PROBE_VSOCK_MAX_PAYLOAD,
	};
	const struct probe_device device = {
		.features = VD_BIT(VIRTIO_VSOCK_F_SEQPACKET),
		.n_queues = count_queues(probe),
		.size = RING_SIZE,
		.bytes = probe_vsock_bytes(&config),
	};
	int r;

	if (seqpacket && !offers_messages(probe)) {
		log_error(probe->name,
			  "the back-end does not offer SEQPACKET, so there are "
			  "streams only; leave '--seqpacket' out");
		return -EOPNOTSUPP;
	}

	r = read_cid(probe, &config.cid);
	if (r == 0)
		r = probe_start(probe, &device);
	if (r < 0)
		return r;

	config.memory = probe->memory;
	r = probe_vsock_new(&config, ret);

	return r < 0 ? probe_vsock_failed(probe, r) : 0;
}

int probe_vsock_refuse(struct probe_vsock_guest *guest,
		       const struct probe_vsock_header *header)
{
	struct probe_vsock_header reset;

	if (header->op == VIRTIO_VSOCK_OP_RST)
		return 0;
	reset = probe_vsock_reset_header(header);

	return probe_vsock_send(guest, &reset, NULL);
}

static int send_and_flush(struct probe_vsock_guest *guest,
			  struct probe_vsock_connection *connection,
			  uint16_t op)
{
	const struct probe_vsock_header header =
		probe_vsock_make(connection, op, 0, 0);
	int r = probe_vsock_send(guest, &header, NULL);

	return r < 0 ? r : probe_vsock_flush(guest);
}

/* One packet of those that have come, if there is one: more may follow it. */
static int take_answer(struct probe_vsock_guest *guest,
		       struct probe_vsock_connection *connection)
{
	struct probe_vsock_packet packet;
	int r = probe_vsock_receive(guest, &packet);

	if (r <= 0)
		return r;

	if (probe_vsock_owns(connection, &packet.header))
		r = probe_vsock_take(connection, &packet.header);
	else
		r = probe_vsock_refuse(guest, &packet.header);
	probe_vsock_release(guest, &packet);

	return r < 0 ? r : 1;
}

static int wait_until(struct probe_vsock_guest *guest, uint64_t end)
{
	uint64_t now = probe_now();
	int r = probe_vsock_flush(guest);

	if (r < 0)
		return r;
	if (now >= end)
		return -ETIMEDOUT;

	return probe_vsock_wait(guest,
				(int)((end - now) / VD_NSEC_PER_MSEC) + 1);
}

int probe_vsock_connect(struct probe_vsock_guest *guest,
			struct probe_vsock_connection *connection, int timeout)
{
	uint64_t end = probe_now() + (uint64_t)timeout * VD_NSEC_PER_MSEC;
	int r;

	connection->state = PROBE_VSOCK_REQUESTED;
	r = send_and_flush(guest, connection, VIRTIO_VSOCK_OP_REQUEST);

	while (r >= 0 && connection->state == PROBE_VSOCK_REQUESTED) {
		r = take_answer(guest, connection);
		if (r == 0)
			r = wait_until(guest, end);
	}
	if (r >= 0 && connection->state == PROBE_VSOCK_CLOSED)
		r = -ECONNREFUSED;

	return r < 0 ? r : 0;
}

/* Returns 1 if there is the connection, 0 if there is nothing to look at. */
static int take_request(struct probe_vsock_guest *guest, uint16_t type,
			uint32_t port, struct probe_vsock_connection *ret)
{
	struct probe_vsock_packet packet;
	int r;

	while ((r = probe_vsock_receive(guest, &packet)) > 0) {
		const struct probe_vsock_header header = packet.header;

		probe_vsock_release(guest, &packet);
		if (header.op == VIRTIO_VSOCK_OP_REQUEST &&
		    header.dst_port == port && header.type == type) {
			probe_vsock_accept(ret, &header, PROBE_VSOCK_ROOM);
			return 1;
		}
		r = probe_vsock_refuse(guest, &header);
		if (r < 0)
			break;
	}

	return r;
}

int probe_vsock_listen(struct probe_vsock_guest *guest, uint16_t type,
		       uint32_t port, struct probe_vsock_connection *ret)
{
	int r;

	while ((r = take_request(guest, type, port, ret)) == 0) {
		r = probe_vsock_flush(guest);
		if (r == 0)
			r = probe_vsock_wait(guest, -1);
		if (r < 0)
			break;
	}

	return r < 0 ? r : send_and_flush(guest, ret, VIRTIO_VSOCK_OP_RESPONSE);
}

static const char *problem(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return "the connection was refused: nobody listens there";
	case -ECONNRESET:
		return "the connection was reset by the other end";
	case -ECONNABORTED:
		return "the back-end has reset all connections";
	case -ETIMEDOUT:
		return "timed out: the other end does not answer";
	case -ENOTCONN:
		return "the back-end has closed the vhost-user connection; see "
		       "what it has logged";
	case -EPROTO:
		return "the device has sent a packet that it must not send";
	case -EAGAIN:
		return "the device does not take packets any more";
	case -EIO:
		return "the back-end says that a queue is broken";
	default:
		return strerror(-error);
	}
}

int probe_vsock_failed(const struct probe *probe, int error)
{
	log_error(probe->name, "%s", problem(error));

	return error;
}
