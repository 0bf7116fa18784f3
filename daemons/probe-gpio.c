/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "gpio ...": look at the lines of a GPIO controller, and use them.
 */

#include <errno.h>
#include <linux/virtio_gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-gpio-driver.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

#define NO_LINE UINT64_MAX

/**
 * struct gpio_settings - values of the options, and of the arguments
 * @count: end after so many events
 * @edges: index into edge_names
 * @read:  another line to read, or NO_LINE
 * @toggle: another line to set, or NO_LINE
 * @line:  the line that the command is about
 * @value: what to set it to
 */
struct gpio_settings {
	uint64_t count;
	unsigned int edges;
	uint64_t read;
	uint64_t toggle;
	unsigned int line;
	unsigned int value;
};

static struct gpio_settings settings = {
	.count = UINT64_MAX,
	.read = NO_LINE,
	.toggle = NO_LINE,
};

static const char *const edge_names[] = { "rising", "falling", "both",
					  "high",   "low",     NULL };

static const uint8_t edge_types[] = {
	VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING, VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING,
	VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH,	  VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH,
	VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW,
};

static const char *const direction_names[] = {
	[VIRTIO_GPIO_DIRECTION_NONE] = "unused",
	[VIRTIO_GPIO_DIRECTION_OUT] = "output",
	[VIRTIO_GPIO_DIRECTION_IN] = "input",
};

/* An output is left alone; a line that nobody uses becomes an input. */
static int print_value(struct probe_gpio *gpio, unsigned int line)
{
	int r = probe_gpio_direction(gpio, line);

	if (r == VIRTIO_GPIO_DIRECTION_NONE)
		r = probe_gpio_set_direction(gpio, line,
					     VIRTIO_GPIO_DIRECTION_IN);
	if (r >= 0)
		r = probe_gpio_value(gpio, line);
	if (r < 0)
		return r;
	printf("%d\n", r);

	return 0;
}

static int print_lines(struct probe_gpio *gpio, const char *names)
{
	printf("lines: %u\n", gpio->n_lines);
	for (unsigned int i = 0; i < gpio->n_lines; i++) {
		int direction = probe_gpio_direction(gpio, i);

		if (direction < 0)
			return direction;
		printf("%5u  %-15s %s\n", i, names && *names ? names : "-",
		       direction_names[direction]);
		if (names)
			names += strlen(names) + 1;
	}

	return 0;
}

static int run_info(struct probe *probe)
{
	struct probe_gpio gpio;
	char *names;
	int r;

	r = probe_gpio_start(&gpio, probe, false);
	if (r < 0)
		return r;
	r = probe_gpio_names(&gpio, &names);
	if (r < 0)
		return r;

	printf("interrupts: %s\n", probe_gpio_has_irq(probe) ? "yes" : "no");
	r = print_lines(&gpio, names);
	free(names);

	return r;
}

static int run_get(struct probe *probe)
{
	struct probe_gpio gpio;
	int r;

	r = probe_gpio_start(&gpio, probe, false);

	return r < 0 ? r : print_value(&gpio, settings.line);
}

static int run_set(struct probe *probe)
{
	struct probe_gpio gpio;
	int r;

	r = probe_gpio_start(&gpio, probe, false);
	if (r < 0)
		return r;
	r = probe_gpio_drive(&gpio, settings.line, settings.value);
	if (r < 0)
		return r;

	return settings.read == NO_LINE
		       ? 0
		       : print_value(&gpio, (unsigned int)settings.read);
}

/* What the line is now need not be what it was at the edge. */
static int print_event(struct probe_gpio *gpio)
{
	int value = probe_gpio_value(gpio, settings.line);

	if (value < 0)
		return value;
	printf("line %u: event, now %d\n", settings.line, value);
	fflush(stdout);

	return 0;
}

static int toggle(struct probe_gpio *gpio)
{
	unsigned int line = (unsigned int)settings.toggle;
	int value = probe_gpio_value(gpio, line);

	return value < 0 ? value : probe_gpio_drive(gpio, line, !value);
}

static int run_monitor(struct probe *probe)
{
	struct probe_gpio gpio;
	int r;

	if (!probe_gpio_has_irq(probe)) {
		log_error(probe->name,
			  "the back-end does not offer interrupts, so its "
			  "lines cannot be watched");
		return -EOPNOTSUPP;
	}

	r = probe_gpio_start(&gpio, probe, true);
	if (r >= 0)
		r = probe_gpio_set_direction(&gpio, settings.line,
					     VIRTIO_GPIO_DIRECTION_IN);
	if (r >= 0)
		r = probe_gpio_watch(&gpio, settings.line,
				     edge_types[settings.edges]);

	for (uint64_t i = 0; r >= 0 && i < settings.count; i++) {
		r = probe_gpio_arm(&gpio, settings.line);
		if (r >= 0 && settings.toggle != NO_LINE)
			r = toggle(&gpio);
		if (r >= 0)
			r = probe_gpio_wait(&gpio, settings.line);
		if (r >= 0)
			r = print_event(&gpio);
	}

	return r < 0 ? r : 0;
}

static int parse_line(const struct option_strings *arguments,
		      struct options_error *error)
{
	if (arguments->n != 1)
		return options_fail(error, "one line is needed, as a "
					   "number");

	return probe_parse_number(arguments->items[0], "line", UINT16_MAX,
				  &settings.line, error);
}

static int parse_line_and_value(const struct option_strings *arguments,
				struct options_error *error)
{
	int r;

	if (arguments->n != 2)
		return options_fail(error, "a line and a value are "
					   "needed, as numbers");

	r = probe_parse_number(arguments->items[0], "line", UINT16_MAX,
			       &settings.line, error);
	if (r < 0)
		return r;

	return probe_parse_number(arguments->items[1], "value", 1,
				  &settings.value, error);
}

#define AT(member) offsetof(struct gpio_settings, member)

static const struct option_def set_defs[] = {
	{ .name = "read",
	  .type = OPTION_NUMBER,
	  .offset = AT(read),
	  .value = "LINE",
	  .max = UINT16_MAX,
	  .help = "Then print the value of this line, which may be the same: "
		  "to see whether a wire connects them." },
};

static const struct option_def monitor_defs[] = {
	{ .letter = 'n',
	  .name = "count",
	  .type = OPTION_NUMBER,
	  .offset = AT(count),
	  .value = "N",
	  .max = UINT64_MAX,
	  .help = "End after so many events, instead of never." },
	{ .name = "edges",
	  .type = OPTION_CHOICE,
	  .offset = AT(edges),
	  .value = "EDGES",
	  .initial = "both",
	  .choices = edge_names,
	  .help = "Watch these edges; or a level, \"high\" or \"low\", which "
		  "is "
		  "an event again and again while it lasts." },
	{ .name = "toggle",
	  .type = OPTION_NUMBER,
	  .offset = AT(toggle),
	  .value = "LINE",
	  .max = UINT16_MAX,
	  .help = "Before waiting for an event, drive this other line, to the "
		  "value that it does not have: to see whether a wire connects "
		  "them." },
};

const struct probe_command probe_gpio_info = {
	.name = "gpio info",
	.summary = "list the lines of a GPIO controller",
	.run = run_info,
};

const struct probe_command probe_gpio_get = {
	.name = "gpio get",
	.summary = "read the value of a GPIO line",
	.arguments = "LINE",
	.parse = parse_line,
	.run = run_get,
};

const struct probe_command probe_gpio_set = {
	.name = "gpio set",
	.summary = "drive a GPIO line, as long as the probe is there",
	.arguments = "LINE VALUE",
	.options = {
		.heading = "Options",
		.defs = set_defs,
		.n_defs = VD_ARRAY_SIZE(set_defs),
		.settings = &settings,
	},
	.parse = parse_line_and_value,
	.run = run_set,
};

const struct probe_command probe_gpio_monitor = {
	.name = "gpio monitor",
	.summary = "wait for edges on a GPIO line, and print a line for each",
	.arguments = "LINE",
	.options = {
		.heading = "Options",
		.defs = monitor_defs,
		.n_defs = VD_ARRAY_SIZE(monitor_defs),
		.settings = &settings,
	},
	.parse = parse_line,
	.run = run_monitor,
};
