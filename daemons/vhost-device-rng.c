/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-rng: an entropy device.
 */

#include <errno.h>
#include <string.h>

#include "backends/rng-file.h"
#include "backends/rng-getrandom.h"
#include "backends/rng-retry.h"
#include "daemons/daemon.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/rng.h"

/**
 * struct rng_settings - values of the options, and what comes of them
 * @filename:  source of the entropy, or NULL for getrandom()
 * @period:    milliseconds of a period
 * @max_bytes: what all guests together may take in a period; 0 for no limit
 * @fd:        @filename, open
 * @share:     each guest's part of @max_bytes
 */
struct rng_settings {
	const char *filename;
	uint64_t period;
	uint64_t max_bytes;
	int fd;
	uint64_t share;
};

static struct rng_settings settings = { .fd = -1 };

#define AT(member) offsetof(struct rng_settings, member)

static const struct option_def defs[] = {
	{ .letter = 'f',
	  .name = "filename",
	  .alias = "rng-source",
	  .type = OPTION_STRING,
	  .offset = AT(filename),
	  .value = "PATH",
	  .help = "Read the entropy from this file, FIFO or character device, "
		  "such as /dev/hwrng. Without it, the host kernel's "
		  "generator is asked, see getrandom(2)." },
	{ .letter = 'p',
	  .name = "period",
	  .type = OPTION_NUMBER,
	  .offset = AT(period),
	  .value = "MS",
	  .initial = "65536",
	  .min = 1,
	  .max = 65536,
	  .help = "Length of a period in milliseconds, for --max-bytes." },
	{ .letter = 'm',
	  .name = "max-bytes",
	  .type = OPTION_NUMBER,
	  .offset = AT(max_bytes),
	  .value = "N",
	  .min = 1,
	  .max = UINT64_MAX,
	  .help = "How much all guests together may take in a period. Each has "
		  "the same share of it. Without it, there is no limit." },
};

static const char *file_problem(int error)
{
	switch (error) {
	case 0:
		return "it is at its end";
	case ENODATA:
		return "it is empty";
	case EISDIR:
		return "it is a directory";
	case ENOTSUP:
		return "it is neither a file, nor a FIFO, nor a character "
		       "device";
	default:
		return strerror(error);
	}
}

static int open_source(void)
{
	int fd = vb_rng_file_open(settings.filename);

	if (fd < 0) {
		log_error(settings.filename,
			  "cannot be a source of entropy: %s; choose another "
			  "'--filename', or leave it out",
			  file_problem(-fd));
		/* -EINVAL would blame the command line. */
		return fd == -EINVAL ? -EIO : fd;
	}
	settings.fd = fd;

	return 0;
}

static int rng_prepare(size_t n_guests)
{
	settings.share = settings.max_bytes / n_guests;
	if (settings.max_bytes && !settings.share) {
		log_error(NULL,
			  "'--max-bytes' is for all guests together, and "
			  "leaves nothing for each of %zu; allow at "
			  "least one byte a guest",
			  n_guests);
		return -EINVAL;
	}

	return settings.filename ? open_source() : 0;
}

static const char *source_name(void)
{
	return settings.filename ? settings.filename : "getrandom()";
}

static void source_failed(void *context, int error)
{
	guest_report(context, LOG_LEVEL_ERROR,
		     "no entropy from %s: %s; the guest waits until there is "
		     "some",
		     source_name(), file_problem(error));
}

static void source_recovered(void *context)
{
	guest_report(context, LOG_LEVEL_INFO, "there is entropy from %s again",
		     source_name());
}

static int rng_new_device(struct guest *guest, struct vb_loop *loop,
			  struct vd_device **ret)
{
	const struct vb_rng_events events = {
		.failed = source_failed,
		.recovered = source_recovered,
		.context = guest,
	};
	const struct vd_rng_limit limit = {
		.bytes = settings.share,
		.period = (uint32_t)settings.period,
	};
	struct vd_rng_backend *backend;
	int r;

	if (settings.filename)
		r = vb_rng_file_new(settings.fd, loop, &events, &backend);
	else
		r = vb_rng_getrandom_new(loop, &events, &backend);
	if (r < 0)
		return r;

	r = vd_rng_new(backend, settings.share ? &limit : NULL, ret);
	if (r < 0)
		backend->ops->destroy(backend);

	return r;
}

static const struct sandbox_call calls[] = {
	/* The kernel's source: rng-getrandom.c. */
	{ "getrandom", 0, 0, 0 },

	/* What systemd keeps: fd-store.c. */
	{ "kcmp", 0, 0, 0 },
	{ 0 },
};

const struct daemon program = {
	.name = "vhost-device-rng",
	.type = "rng",
	.summary = "Gives virtual machines an entropy device, over vhost-user.",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = &settings,
	},
	.prepare = rng_prepare,
	.new_device = rng_new_device,
	.keep = true,
	.calls = calls,
};
