/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "bench rng": latency and throughput of an entropy device.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/log.h"
#include "daemons/probe-figures.h"
#include "daemons/probe-load.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

/* Batches whose duration is remembered, for the percentiles. */
#define MAX_SAMPLES 2000000

#define MAX_SIZE (1U << 20)

/**
 * struct bench_settings - values of the options
 * @size:  bytes in a request
 * @depth: requests in a batch
 * @msec:  how long to go on
 * @spin:  do not sleep
 */
struct bench_settings {
	uint64_t size;
	uint64_t depth;
	uint64_t msec;
	bool spin;
};

static struct bench_settings settings;

#define AT(member) offsetof(struct bench_settings, member)

static const struct option_def defs[] = {
	{ .name = "size",
	  .type = OPTION_NUMBER,
	  .offset = AT(size),
	  .value = "BYTES",
	  .initial = "64",
	  .min = 1,
	  .max = MAX_SIZE,
	  .help = "Ask for so many bytes in each request. Linux guests ask for "
		  "64." },
	{ .name = "depth",
	  .type = OPTION_NUMBER,
	  .offset = AT(depth),
	  .value = "N",
	  .initial = "1",
	  .min = 1,
	  .max = PROBE_LOAD_MAX_DEPTH,
	  .help = "Send so many requests at once, and then wait for the "
		  "answers to all of them." },
	PROBE_DURATION(AT(msec), "1000", "Go on for so many milliseconds."),
	{ .name = "spin",
	  .type = OPTION_FLAG,
	  .offset = AT(spin),
	  .help = "Look for answers all the time, instead of sleeping until "
		  "the back-end notifies." },
};

static void print_result(const struct probe_load *load,
			 const struct probe_load_result *result)
{
	double seconds = (double)result->nsec / 1e9;
	double n_batches = (double)result->n_batches;

	printf("requests        %.0f of %u bytes, %u at a time\n",
	       n_batches * load->depth, load->size, load->depth);
	printf("rate            %.0f requests/s, %.1f MB/s\n",
	       probe_per(n_batches * load->depth, seconds),
	       probe_per((double)result->n_bytes / 1e6, seconds));
	probe_print_times("latency        ", "us", load->samples,
			  result->n_samples);
	printf("notifications   %.3f to the device, %.3f from it, for each "
	       "batch\n",
	       probe_per((double)result->n_kicks, n_batches),
	       probe_per((double)result->n_calls, n_batches));
}

static int measure(struct probe *probe, struct probe_load *load)
{
	struct probe_load_result result;
	int r;

	r = probe_load_run(load, &result);
	if (r < 0)
		return probe_request_failed(probe, r);
	print_result(load, &result);

	return 0;
}

static int run(struct probe *probe)
{
	struct probe_load load = {
		.size = (uint32_t)settings.size,
		.depth = (uint32_t)settings.depth,
		.spin = settings.spin,
		.nsec = settings.msec * VD_NSEC_PER_MSEC,
		.timeout = probe->settings.timeout * VD_NSEC_PER_MSEC,
		.max_samples = MAX_SAMPLES,
	};
	const struct probe_device device = {
		.n_queues = 1,
		.size = PROBE_LOAD_MAX_DEPTH,
		.bytes = probe_load_bytes((uint32_t)settings.size,
					  (uint32_t)settings.depth),
	};
	int r;

	r = probe_start(probe, &device);
	if (r < 0)
		return r;

	load.frontend = probe->frontend;
	load.memory = probe->memory;
	load.samples = calloc(MAX_SAMPLES, sizeof(*load.samples));
	if (!load.samples) {
		log_error(NULL, "there is not enough memory");
		return -ENOMEM;
	}

	r = measure(probe, &load);
	free(load.samples);

	return r;
}

const struct probe_command probe_bench_rng = {
	.name = "bench rng",
	.summary = "measure latency and throughput of an entropy device",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.run = run,
};
