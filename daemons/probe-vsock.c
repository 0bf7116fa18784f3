/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "vsock": talk over a vsock connection, as netcat does over others.
 */

#include <limits.h>
#include <linux/virtio_vsock.h>

#include "daemons/probe-vsock-device.h"
#include "daemons/probe-vsock-guest.h"
#include "daemons/probe-vsock-pump.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

/* Buffers as those of Linux, header included. */
#define RX_SIZE 4096

/**
 * struct vsock_settings - values of the options and the arguments
 * @seqpacket:  a connection of messages, and not of bytes
 * @local_port: the guest's port, for "connect"
 * @cid:        whom to connect to
 * @port:       where; or where to listen
 */
struct vsock_settings {
	bool seqpacket;
	uint64_t local_port;
	unsigned int cid;
	unsigned int port;
};

static struct vsock_settings settings;

static uint16_t type(void)
{
	return settings.seqpacket ? VIRTIO_VSOCK_TYPE_SEQPACKET
				  : VIRTIO_VSOCK_TYPE_STREAM;
}

/* What to do once there is a guest; explains what fails. */
typedef int talk(struct probe *probe, struct probe_vsock_guest *guest);

static int with_guest(struct probe *probe, talk *what)
{
	struct probe_vsock_guest *guest;
	int r;

	r = probe_vsock_open(probe, RX_SIZE, settings.seqpacket, &guest);
	if (r < 0)
		return r;

	r = what(probe, guest);
	probe_vsock_free(guest);

	return r;
}

static int talk_to_listener(struct probe *probe,
			    struct probe_vsock_guest *guest)
{
	struct probe_vsock_connection connection = {
		.cid = probe_vsock_cid(guest),
		.port = (uint32_t)settings.local_port,
		.peer_cid = settings.cid,
		.peer_port = settings.port,
		.type = type(),
		.buf_alloc = PROBE_VSOCK_ROOM,
	};
	int r;

	r = probe_vsock_connect(guest, &connection,
				(int)probe->settings.timeout);

	return r < 0 ? probe_vsock_failed(probe, r)
		     : probe_vsock_pump(probe, guest, &connection);
}

static int talk_to_client(struct probe *probe, struct probe_vsock_guest *guest)
{
	struct probe_vsock_connection connection;
	int r;

	r = probe_vsock_listen(guest, type(), settings.port, &connection);

	return r < 0 ? probe_vsock_failed(probe, r)
		     : probe_vsock_pump(probe, guest, &connection);
}

static int run_connect(struct probe *probe)
{
	return with_guest(probe, talk_to_listener);
}

static int run_listen(struct probe *probe)
{
	return with_guest(probe, talk_to_client);
}

static int parse_connect(const struct option_strings *arguments,
			 struct options_error *error)
{
	int r;

	if (arguments->n != 2)
		return options_fail(error, "a CID and a port are needed, as "
					   "numbers; 2 is the host");

	r = probe_parse_number(arguments->items[0], "CID", UINT_MAX,
			       &settings.cid, error);
	if (r < 0)
		return r;

	return probe_parse_number(arguments->items[1], "port", UINT_MAX,
				  &settings.port, error);
}

static int parse_listen(const struct option_strings *arguments,
			struct options_error *error)
{
	if (arguments->n != 1)
		return options_fail(error, "one port is needed, as a number");

	return probe_parse_number(arguments->items[0], "port", UINT_MAX,
				  &settings.port, error);
}

#define AT(member) offsetof(struct vsock_settings, member)

/* Whoever listens has the first of them only. */
static const struct option_def defs[] = {
	{ .name = "seqpacket",
	  .type = OPTION_FLAG,
	  .offset = AT(seqpacket),
	  .help = "Exchange messages, and not a stream of bytes. What is read "
		  "from standard input at once is a message." },
	{ .name = "local-port",
	  .type = OPTION_NUMBER,
	  .offset = AT(local_port),
	  .value = "PORT",
	  .initial = "49152",
	  .max = UINT_MAX,
	  .help = "Be at this port of the guest." },
};

const struct probe_command probe_vsock_connect_command = {
	.name = "vsock connect",
	.summary = "connect standard input and output to a port that the guest "
		   "can reach",
	.arguments = "CID PORT",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.parse = parse_connect,
	.run = run_connect,
};

const struct probe_command probe_vsock_listen_command = {
	.name = "vsock listen",
	.summary = "wait for a connection to a port of the guest, and connect "
		   "standard input and output to it",
	.arguments = "PORT",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = 1,
		.settings = &settings,
	},
	.parse = parse_listen,
	.run = run_listen,
};
