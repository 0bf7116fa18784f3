/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-gpio: lines of the host's GPIO chips.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/gpio-sim.h"
#include "backends/gpiod.h"
#include "daemons/daemon.h"
#include "daemons/gpio-control.h"
#include "daemons/gpio-list.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"

/**
 * struct gpio_settings - values of the options, and what comes of them
 * @device_list: as the user gave it
 * @control_path: what the sockets of simulated chips begin with, or NULL
 * @list:        @device_list, read
 * @next:        the chip of the next guest; they are made in order
 */
struct gpio_settings {
	const char *device_list;
	const char *control_path;
	struct gpio_list list;
	size_t next;
};

static struct gpio_settings settings;

#define AT(member) offsetof(struct gpio_settings, member)

static const struct option_def defs[] = {
	{ .letter = 'l',
	  .name = "device-list",
	  .type = OPTION_STRING,
	  .offset = AT(device_list),
	  .value = "CHIP[:CHIP...]",
	  .help = "A chip for each guest: its number, name, label, or the "
		  "path of its device file. With lines in brackets, as in "
		  "2[4,7,9-12], the guest sees only these, in this order. "
		  "\"s8\" is a chip with eight simulated lines, and "
		  "\"s8=loop\" "
		  "one on which every odd line follows the line before it." },
	{ .name = "control-path",
	  .type = OPTION_STRING,
	  .offset = AT(control_path),
	  .value = "PATH",
	  .help = "Where simulated lines can be pulled and watched from "
		  "outside: the index of the guest is appended, as to the "
		  "path of its socket." },
};

static int gpio_prepare(size_t n_guests)
{
	struct options_error error;
	int r;

	if (!settings.device_list) {
		log_error(NULL, "which lines are the guests to have? Say "
				"'--device-list CHIP'");
		return -EINVAL;
	}

	r = gpio_list_parse(settings.device_list, &settings.list, &error);
	if (r == -EINVAL)
		log_error(NULL, "'--device-list': %s", error.text);
	if (r < 0)
		return r;

	if (settings.list.n != n_guests) {
		log_error(NULL,
			  "'--device-list' has %zu chips for %zu guests; give "
			  "each guest one, see '--socket-count', and say the "
			  "number of a chip whose label has a colon in it",
			  settings.list.n, n_guests);
		return -EINVAL;
	}

	for (size_t i = 0; settings.control_path && i < n_guests; i++) {
		const char *name = settings.list.chips[i].name;

		if (name) {
			log_error(NULL,
				  "'--control-path' is for simulated chips, "
				  "and '%s' is none",
				  name);
			return -EINVAL;
		}
	}

	return 0;
}

static void line_refused(void *context, unsigned int offset,
			 const char *consumer, int error)
{
	if (error == -EBUSY)
		guest_report(context, LOG_LEVEL_WARNING,
			     "line %u is in use by '%s', so the guest was "
			     "refused",
			     offset, consumer);
	else
		guest_report(context, LOG_LEVEL_WARNING,
			     "line %u cannot be used: %s", offset,
			     strerror(-error));
}

static void line_lost(void *context, unsigned int offset)
{
	guest_report(context, LOG_LEVEL_WARNING,
		     "line %u tells of no more edges; has its chip gone?",
		     offset);
}

static const char *chip_problem(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such chip; see 'gpiodetect'";
	case ENOTUNIQ:
		return "several chips have this label; use a number";
	case EINVAL:
		return "the chip has no such line; see 'gpioinfo'";
	case E2BIG:
		return "it has too many lines; choose some, as in CHIP[0-31]";
	case EACCES:
		return "this user may not open it; add them to the group of "
		       "/dev/gpiochip*, which mostly is 'gpio'";
	case ENODEV:
	case ENOTTY:
		return "this is no GPIO chip";
	default:
		return strerror(error);
	}
}

static int new_control(struct vb_loop *loop, struct vd_gpio_backend *backend)
{
	char *path;
	int r;

	if (asprintf(&path, "%s%zu", settings.control_path, settings.next) < 0)
		return -ENOMEM;
	r = gpio_control_new(loop, backend, path);
	free(path);

	return r;
}

static int new_sim(struct vb_loop *loop, const struct gpio_chip *chip,
		   struct vd_gpio_backend **ret)
{
	struct vd_gpio_backend *backend;
	int r;

	r = vb_gpio_sim_new(chip->n_lines, chip->loop, &backend);
	if (r < 0)
		return r;
	if (settings.control_path)
		r = new_control(loop, backend);
	if (r < 0) {
		backend->ops->destroy(backend);
		return r;
	}

	*ret = backend;
	return 0;
}

static int new_chip(struct guest *guest, struct vb_loop *loop,
		    const struct gpio_chip *chip, struct vd_gpio_backend **ret)
{
	const struct vb_gpiod_events events = {
		.refused = line_refused,
		.lost = line_lost,
		.context = guest,
	};
	int r;

	if (!chip->name)
		return new_sim(loop, chip, ret);

	r = vb_gpiod_new(loop, chip->name, chip->offsets, chip->n_offsets,
			 &events, ret);
	if (r < 0)
		log_error(chip->name, "cannot use this chip: %s",
			  chip_problem(-r));

	return r;
}

static int gpio_new_device(struct guest *guest, struct vb_loop *loop,
			   struct vd_device **ret)
{
	struct vd_gpio_backend *backend;
	int r;

	r = new_chip(guest, loop, &settings.list.chips[settings.next],
		     &backend);
	if (r < 0)
		return r;
	settings.next++;

	r = vd_gpio_new(backend, ret);
	if (r < 0)
		backend->ops->destroy(backend);

	return r;
}

static const struct sandbox_call calls[] = {
	/* Chips that are not simulated: gpiod.c. */
	{ "ioctl", SANDBOX_ELSEWHERE, 0, 0 },

	/* What systemd keeps: fd-store.c. */
	{ "kcmp", 0, 0, 0 },
	{ 0 },
};

const struct daemon program = {
	.name = "vhost-device-gpio",
	.type = "gpio",
	.summary = "Gives virtual machines GPIO lines, over vhost-user.",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = &settings,
	},
	.prepare = gpio_prepare,
	.new_device = gpio_new_device,
	.keep = true,
	.calls = calls,
};
