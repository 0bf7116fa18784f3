/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A line has a level that somebody pulls it to, and one that it drives while it
 * is an output.  What it shows is the one or the other; an edge is a change of
 * what it shows.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/gpio-sim.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/util.h"

/**
 * struct line - a line
 * @name:      what it is called
 * @direction: as the device has set it
 * @driven:    its level as an output
 * @pulled:    its level otherwise
 * @edges:     what the device wants to hear of
 */
struct line {
	char name[12];
	enum vd_gpio_direction direction;
	bool driven;
	bool pulled;
	enum vd_gpio_edges edges;
};

/**
 * struct gpio_sim - the lines
 * @backend: what the device sees
 * @gpio:    the device
 * @loop:    each odd line follows the one before it
 * @lines:   all of them
 * @observer: who watches them, if anybody
 */
struct gpio_sim {
	struct vd_gpio_backend backend;
	struct vd_gpio *gpio;
	bool loop;
	struct line *lines;
	struct vb_gpio_sim_observer observer;
};

static struct gpio_sim *to_sim(struct vd_gpio_backend *backend)
{
	return container_of(backend, struct gpio_sim, backend);
}

static bool level(const struct line *line)
{
	return line->direction == VD_GPIO_OUTPUT ? line->driven : line->pulled;
}

static void tell(const struct gpio_sim *sim, uint16_t line)
{
	if (sim->observer.changed)
		sim->observer.changed(sim->observer.context, line);
}

/* Something was done to a line that showed @before. */
static void changed(struct gpio_sim *sim, uint16_t number, bool before)
{
	struct line *line = &sim->lines[number];
	bool now = level(line);

	if (now == before)
		return;

	tell(sim, number);
	if (sim->gpio && line->direction == VD_GPIO_INPUT &&
	    line->edges & (now ? VD_GPIO_RISING : VD_GPIO_FALLING))
		vd_gpio_edge(sim->gpio, number);

	if (sim->loop && number % 2 == 0 && number + 1 < sim->backend.n_lines) {
		struct line *follower = &sim->lines[number + 1];

		before = level(follower);
		follower->pulled = now;
		changed(sim, (uint16_t)(number + 1), before);
	}
}

void vb_gpio_sim_pull(struct vd_gpio_backend *backend, uint16_t number,
		      bool value)
{
	struct gpio_sim *sim = to_sim(backend);
	bool before = level(&sim->lines[number]);

	/* The wire is stronger. */
	if (sim->loop && number % 2 == 1)
		return;

	sim->lines[number].pulled = value;
	changed(sim, number, before);
}

void vb_gpio_sim_observe(struct vd_gpio_backend *backend,
			 const struct vb_gpio_sim_observer *observer)
{
	to_sim(backend)->observer = *observer;
}

static void sim_attach(struct vd_gpio_backend *backend, struct vd_gpio *gpio)
{
	to_sim(backend)->gpio = gpio;
}

static const char *sim_line_name(struct vd_gpio_backend *backend, uint16_t line)
{
	return to_sim(backend)->lines[line].name;
}

static int sim_get_direction(struct vd_gpio_backend *backend, uint16_t line)
{
	return to_sim(backend)->lines[line].direction;
}

static int sim_set_direction(struct vd_gpio_backend *backend, uint16_t number,
			     enum vd_gpio_direction direction, bool value)
{
	struct gpio_sim *sim = to_sim(backend);
	struct line *line = &sim->lines[number];
	enum vd_gpio_direction old = line->direction;
	bool before = level(line);

	line->direction = direction;
	line->driven = value;
	if (direction != VD_GPIO_INPUT)
		line->edges = VD_GPIO_NO_EDGE;
	if (direction != old && level(line) == before)
		tell(sim, number);
	changed(sim, number, before);

	return 0;
}

static int sim_get_value(struct vd_gpio_backend *backend, uint16_t line)
{
	return level(&to_sim(backend)->lines[line]);
}

static int sim_set_value(struct vd_gpio_backend *backend, uint16_t number,
			 bool value)
{
	struct gpio_sim *sim = to_sim(backend);
	bool before = level(&sim->lines[number]);

	sim->lines[number].driven = value;
	changed(sim, number, before);

	return 0;
}

static int sim_watch(struct vd_gpio_backend *backend, uint16_t line,
		     enum vd_gpio_edges edges)
{
	to_sim(backend)->lines[line].edges = edges;
	return 0;
}

static void sim_destroy(struct vd_gpio_backend *backend)
{
	struct gpio_sim *sim = to_sim(backend);

	if (sim->observer.gone)
		sim->observer.gone(sim->observer.context);
	free(sim->lines);
	free(sim);
}

static const struct vd_gpio_backend_ops sim_ops = {
	.name = "sim",
	.attach = sim_attach,
	.line_name = sim_line_name,
	.get_direction = sim_get_direction,
	.set_direction = sim_set_direction,
	.get_value = sim_get_value,
	.set_value = sim_set_value,
	.watch = sim_watch,
	.destroy = sim_destroy,
};

int vb_gpio_sim_new(uint16_t n_lines, bool loop, struct vd_gpio_backend **ret)
{
	struct gpio_sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return -ENOMEM;
	sim->lines = calloc(n_lines + 1U, sizeof(*sim->lines));
	if (!sim->lines) {
		free(sim);
		return -ENOMEM;
	}

	sim->backend.ops = &sim_ops;
	sim->backend.n_lines = n_lines;
	sim->loop = loop;
	for (uint16_t i = 0; i < n_lines; i++)
		snprintf(sim->lines[i].name, sizeof(sim->lines[i].name),
			 "sim%u", i);

	*ret = &sim->backend;
	return 0;
}
