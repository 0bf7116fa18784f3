/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "bench vsock": how fast are connections, and what goes through them?
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-figures.h"
#include "daemons/probe-load.h"
#include "daemons/probe-vsock-device.h"
#include "daemons/probe-vsock-guest.h"
#include "daemons/probe-vsock-load.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

/* Rounds whose duration is remembered, for the percentiles. */
#define MAX_SAMPLES 2000000

/**
 * struct bench_settings - values of the options and the arguments
 * @kind:    what to measure
 * @cid:     whom to connect to
 * @port:    where
 * @size:    bytes in a packet; 0 if that depends on the kind
 * @rx_size: bytes in each buffer for packets to the guest
 * @depth:   connections at once
 * @msec:    how long to go on
 */
struct bench_settings {
	enum probe_vsock_load_kind kind;
	unsigned int cid;
	unsigned int port;
	uint64_t size;
	uint64_t rx_size;
	uint64_t depth;
	uint64_t msec;
};

static struct bench_settings settings;

#define AT(member) offsetof(struct bench_settings, member)

static const struct option_def defs[] = {
	{ .name = "size",
	  .type = OPTION_NUMBER,
	  .offset = AT(size),
	  .value = "BYTES",
	  .min = 1,
	  .max = PROBE_VSOCK_MAX_PAYLOAD,
	  .help = "Send so many bytes in each packet: 65536 if it is not said, "
		  "and for an echo 1." },
	{ .name = "rx-size",
	  .type = OPTION_NUMBER,
	  .offset = AT(rx_size),
	  .value = "BYTES",
	  .initial = "4096",
	  .min = PROBE_VSOCK_HEADER_SIZE + 1,
	  .max = PROBE_VSOCK_HEADER_SIZE + PROBE_VSOCK_MAX_PAYLOAD,
	  .help = "Receive into buffers of this size, with 44 bytes of header "
		  "in each. Those of Linux are a little less than 4096." },
	{ .name = "depth",
	  .type = OPTION_NUMBER,
	  .offset = AT(depth),
	  .value = "N",
	  .initial = "1",
	  .min = 1,
	  .max = PROBE_VSOCK_LOAD_MAX_DEPTH,
	  .help = "For connections: have so many under way at once." },
	PROBE_DURATION(AT(msec), "1000", "Go on for so many milliseconds."),
};

static void print_rounds(const struct probe_vsock_load *load,
			 const struct probe_vsock_load_result *result)
{
	printf("%s      %.0f, %.0f/s\n",
	       load->kind == PROBE_VSOCK_LOAD_ECHO ? "echoes     "
						   : "connections",
	       (double)result->n_rounds,
	       probe_per((double)result->n_rounds, (double)result->nsec / 1e9));
	if (result->n_samples == 0)
		return;
	probe_print_times("latency         ", "us", load->samples,
			  result->n_samples);
}

static void print_result(const struct probe_vsock_load *load,
			 const struct probe_vsock_load_result *result)
{
	if (load->kind == PROBE_VSOCK_LOAD_SEND ||
	    load->kind == PROBE_VSOCK_LOAD_RECEIVE)
		printf("throughput       %.0f bytes, %.1f MB/s\n",
		       (double)result->n_bytes,
		       probe_per((double)result->n_bytes * 1e3,
				 (double)result->nsec));
	else
		print_rounds(load, result);
}

static int measure(struct probe *probe, struct probe_vsock_load *load)
{
	struct probe_vsock_load_result result;
	int r;

	load->samples = calloc(MAX_SAMPLES, sizeof(*load->samples));
	if (!load->samples) {
		log_error(NULL, "there is not enough memory");
		return -ENOMEM;
	}

	r = probe_vsock_load_run(load, &result);
	if (r < 0)
		probe_vsock_failed(probe, r);
	else
		print_result(load, &result);
	free(load->samples);

	return r;
}

static uint32_t size(void)
{
	if (settings.size)
		return (uint32_t)settings.size;

	return settings.kind == PROBE_VSOCK_LOAD_ECHO ? 1
						      : PROBE_VSOCK_MAX_PAYLOAD;
}

static int run(struct probe *probe)
{
	bool many = settings.kind == PROBE_VSOCK_LOAD_CONNECT;
	struct probe_vsock_load load = {
		.kind = settings.kind,
		.peer_cid = settings.cid,
		.peer_port = settings.port,
		.size = size(),
		.depth = many ? (uint32_t)settings.depth : 1,
		.nsec = settings.msec * VD_NSEC_PER_MSEC,
		.timeout = (int)probe->settings.timeout,
		.max_samples = MAX_SAMPLES,
	};
	int r;

	r = probe_vsock_open(probe, (uint32_t)settings.rx_size, false,
			     &load.guest);
	if (r < 0)
		return r;

	r = measure(probe, &load);
	probe_vsock_free(load.guest);

	return r;
}

static int parse_kind(const char *word, struct options_error *error)
{
	static const char *const kinds[] = {
		[PROBE_VSOCK_LOAD_SEND] = "send",
		[PROBE_VSOCK_LOAD_RECEIVE] = "receive",
		[PROBE_VSOCK_LOAD_ECHO] = "echo",
		[PROBE_VSOCK_LOAD_CONNECT] = "connect",
	};

	for (unsigned int i = 0; i < VD_ARRAY_SIZE(kinds); i++) {
		if (strcmp(word, kinds[i]) == 0) {
			settings.kind = i;
			return 0;
		}
	}

	return options_fail(error,
			    "'%.100s' cannot be measured; 'send', 'receive', "
			    "'echo' and 'connect' can",
			    word);
}

static int parse(const struct option_strings *arguments,
		 struct options_error *error)
{
	int r;

	if (arguments->n != 3)
		return options_fail(error,
				    "'send', 'receive', 'echo' or 'connect', a "
				    "CID and a port are needed");

	r = parse_kind(arguments->items[0], error);
	if (r == 0)
		r = probe_parse_number(arguments->items[1], "CID", UINT_MAX,
				       &settings.cid, error);
	if (r == 0)
		r = probe_parse_number(arguments->items[2], "port", UINT_MAX,
				       &settings.port, error);

	return r;
}

const struct probe_command probe_bench_vsock = {
	.name = "bench vsock",
	.summary = "measure what a vsock device does for the guest's end of "
		   "connections",
	.arguments = "send|receive|echo|connect CID PORT",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.parse = parse,
	.run = run,
};
