/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "rng": read random bytes from an entropy device.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

/* What is asked for at once: large enough to be fast. */
#define BUFFER_SIZE 65536

/* The smallest ring that a VMM uses for this device, QEMU. */
#define RING_SIZE 4

/**
 * struct rng_settings - values of the options
 * @bytes: how many to read
 * @count: say how many came, instead of the bytes
 */
struct rng_settings {
	uint64_t bytes;
	bool count;
};

static struct rng_settings settings;

static const struct option_def defs[] = {
	{ .letter = 'n',
	  .name = "bytes",
	  .type = OPTION_NUMBER,
	  .offset = offsetof(struct rng_settings, bytes),
	  .value = "N",
	  .initial = "64",
	  .min = 1,
	  .max = UINT64_MAX,
	  .help = "Read so many bytes. They are written to standard output "
		  "as they are, or in hexadecimal if that is a terminal." },
	{ .name = "count",
	  .type = OPTION_FLAG,
	  .offset = offsetof(struct rng_settings, count),
	  .help = "Print how many bytes came, and in how many answers, instead "
		  "of the bytes." },
};

static void print_hex(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x%c", bytes[i],
		       i % 16 == 15 || i == n - 1 ? '\n' : ' ');
}

static int print(const struct probe *probe, const uint8_t *bytes, size_t n)
{
	if (settings.count)
		return 0;

	if (isatty(STDOUT_FILENO))
		print_hex(bytes, n);
	else if (fwrite(bytes, 1, n, stdout) != n)
		goto fail;

	if (fflush(stdout) == 0)
		return 0;
fail:
	log_error(probe->name, "cannot write to standard output: %s",
		  strerror(errno));
	return -EIO;
}

/* One request; returns how many bytes came, or a negative errno. */
static int request(struct probe *probe, const struct vhu_driver_buffer *buffer)
{
	const struct vhu_driver_chain chain = {
		.buffers = buffer,
		.n_writable = 1,
	};
	struct vhu_driver_used used;
	int r;

	r = vhu_frontend_exchange(probe->frontend, 0, &chain, &used);
	if (r < 0)
		return probe_request_failed(probe, r);
	if (used.len == 0) {
		log_error(probe->name,
			  "the device answered with no bytes, which it must "
			  "not; is it an entropy device?");
		return -EPROTO;
	}

	return (int)used.len;
}

static int run(struct probe *probe)
{
	const struct probe_device device = {
		.n_queues = 1,
		.size = RING_SIZE,
		.bytes = BUFFER_SIZE,
	};
	struct vhu_driver_buffer buffer;
	uint64_t left = settings.bytes;
	uint64_t n_answers = 0;
	uint8_t *bytes;
	int r;

	r = probe_start(probe, &device);
	if (r < 0)
		return r;
	bytes = probe_alloc(probe, BUFFER_SIZE, &buffer);

	for (; left > 0; n_answers++) {
		int n;

		buffer.len = (uint32_t)VD_MIN(left, BUFFER_SIZE);
		n = request(probe, &buffer);
		if (n < 0)
			return n;
		r = print(probe, bytes, (size_t)n);
		if (r < 0)
			return r;
		left -= (uint64_t)n;
	}

	if (settings.count)
		printf("%llu bytes in %llu answers\n",
		       (unsigned long long)settings.bytes,
		       (unsigned long long)n_answers);

	return 0;
}

const struct probe_command probe_rng = {
	.name = "rng",
	.summary = "read random bytes from an entropy device",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.run = run,
};
