/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Each line is a request of its own, because guests claim and release lines
 * one by one.  The request's descriptor, on the guest's loop, tells of edges.
 */

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "backends/gpiod-chip.h"
#include "backends/gpiod.h"
#include "backends/loop.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/util.h"

/* Who has the line, for gpioinfo and for others who want it. */
#define CONSUMER "vhost-device-gpio"

/* Edges that are fetched at once.  More of one line tell the guest nothing. */
#define MAX_EVENTS 16

/**
 * struct line - a line
 * @chip:    whose it is
 * @number:  as the guest counts
 * @offset:  as the chip counts
 * @name:    as the kernel has it, or NULL
 * @request: NULL while the guest does not use it
 * @direction: as it was requested
 * @edges:   that are being watched for
 * @source:  tells of them
 */
struct line {
	struct gpiod *chip;
	uint16_t number;
	unsigned int offset;
	char *name;
	struct gpiod_line_request *request;
	enum vd_gpio_direction direction;
	enum vd_gpio_edges edges;
	struct vb_source source;
};

/**
 * struct gpiod - lines of a chip
 * @backend:  what the device sees
 * @gpio:     the device
 * @loop:     where edges are waited for
 * @events:   whom to tell
 * @chip:     the chip
 * @buffer:   for edges
 * @settings: of the line that is being requested; reused
 * @line_config: likewise
 * @request_config: likewise
 * @lines:    the lines
 */
struct gpiod {
	struct vd_gpio_backend backend;
	struct vd_gpio *gpio;
	struct vb_loop *loop;
	struct vb_gpiod_events events;
	struct gpiod_chip *chip;
	struct gpiod_edge_event_buffer *buffer;
	struct gpiod_line_settings *settings;
	struct gpiod_line_config *line_config;
	struct gpiod_request_config *request_config;
	struct line *lines;
};

static struct gpiod *to_gpiod(struct vd_gpio_backend *backend)
{
	return container_of(backend, struct gpiod, backend);
}

static void gpiod_attach(struct vd_gpio_backend *backend, struct vd_gpio *gpio)
{
	to_gpiod(backend)->gpio = gpio;
}

static const char *gpiod_line_name(struct vd_gpio_backend *backend,
				   uint16_t number)
{
	return to_gpiod(backend)->lines[number].name;
}

static int gpiod_get_direction(struct vd_gpio_backend *backend, uint16_t number)
{
	struct gpiod *gpiod = to_gpiod(backend);
	struct gpiod_line_info *info;
	enum vd_gpio_direction direction = VD_GPIO_NONE;

	info = gpiod_chip_get_line_info(gpiod->chip,
					gpiod->lines[number].offset);
	if (!info)
		return -errno;

	switch (gpiod_line_info_get_direction(info)) {
	case GPIOD_LINE_DIRECTION_INPUT:
		direction = VD_GPIO_INPUT;
		break;
	case GPIOD_LINE_DIRECTION_OUTPUT:
		direction = VD_GPIO_OUTPUT;
		break;
	default:
		break;
	}
	gpiod_line_info_free(info);

	return direction;
}

static enum gpiod_line_edge to_edge(enum vd_gpio_edges edges)
{
	static const enum gpiod_line_edge map[] = {
		[VD_GPIO_NO_EDGE] = GPIOD_LINE_EDGE_NONE,
		[VD_GPIO_RISING] = GPIOD_LINE_EDGE_RISING,
		[VD_GPIO_FALLING] = GPIOD_LINE_EDGE_FALLING,
		[VD_GPIO_BOTH] = GPIOD_LINE_EDGE_BOTH,
	};

	return map[edges];
}

/* Describe a line as it is to be, for a request or a change of one. */
static int describe(struct gpiod *gpiod, const struct line *line,
		    enum vd_gpio_direction direction, bool value,
		    enum vd_gpio_edges edges)
{
	static const enum gpiod_line_direction directions[] = {
		[VD_GPIO_NONE] = GPIOD_LINE_DIRECTION_AS_IS,
		[VD_GPIO_OUTPUT] = GPIOD_LINE_DIRECTION_OUTPUT,
		[VD_GPIO_INPUT] = GPIOD_LINE_DIRECTION_INPUT,
	};
	struct gpiod_line_settings *settings = gpiod->settings;
	int r;

	gpiod_line_settings_reset(settings);
	gpiod_line_config_reset(gpiod->line_config);

	r = gpiod_line_settings_set_direction(settings, directions[direction]);
	if (r == 0 && direction == VD_GPIO_OUTPUT)
		r = gpiod_line_settings_set_output_value(
			settings, value ? GPIOD_LINE_VALUE_ACTIVE
					: GPIOD_LINE_VALUE_INACTIVE);
	if (r == 0)
		r = gpiod_line_settings_set_edge_detection(settings,
							   to_edge(edges));
	if (r == 0)
		r = gpiod_line_config_add_line_settings(
			gpiod->line_config, &line->offset, 1, settings);

	return r < 0 ? -errno : 0;
}

static void report_refusal(struct gpiod *gpiod, const struct line *line,
			   int error)
{
	struct gpiod_line_info *info;
	const char *consumer = NULL;

	if (!gpiod->events.refused)
		return;

	info = gpiod_chip_get_line_info(gpiod->chip, line->offset);
	if (info)
		consumer = gpiod_line_info_get_consumer(info);
	gpiod->events.refused(gpiod->events.context, line->offset,
			      consumer ? consumer : "somebody", error);
	gpiod_line_info_free(info);
}

static int apply(struct gpiod *gpiod, struct line *line,
		 enum vd_gpio_direction direction, bool value,
		 enum vd_gpio_edges edges)
{
	int r;

	r = describe(gpiod, line, direction, value, edges);
	if (r < 0)
		return r;

	if (line->request) {
		r = gpiod_line_request_reconfigure_lines(line->request,
							 gpiod->line_config);
		if (r < 0)
			return -errno;
	} else {
		line->request = gpiod_chip_request_lines(
			gpiod->chip, gpiod->request_config, gpiod->line_config);
		if (!line->request) {
			r = -errno;
			report_refusal(gpiod, line, r);
			return r;
		}
	}

	line->direction = direction;
	line->edges = edges;

	return 0;
}

static void release(struct line *line)
{
	vb_source_remove(&line->source);
	if (line->request)
		gpiod_line_request_release(line->request);
	line->request = NULL;
	line->direction = VD_GPIO_NONE;
	line->edges = VD_GPIO_NO_EDGE;
}

static int gpiod_set_direction(struct vd_gpio_backend *backend, uint16_t number,
			       enum vd_gpio_direction direction, bool value)
{
	struct gpiod *gpiod = to_gpiod(backend);
	struct line *line = &gpiod->lines[number];
	enum vd_gpio_edges edges = line->edges;

	if (direction == VD_GPIO_NONE) {
		release(line);
		return 0;
	}
	if (direction == VD_GPIO_OUTPUT) {
		vb_source_remove(&line->source);
		edges = VD_GPIO_NO_EDGE;
	}

	return apply(gpiod, line, direction, value, edges);
}

static int read_value(const struct line *line)
{
	enum gpiod_line_value value;

	value = gpiod_line_request_get_value(line->request, line->offset);
	if (value == GPIOD_LINE_VALUE_ERROR)
		return -errno;

	return value == GPIOD_LINE_VALUE_ACTIVE;
}

/* A line that the guest has not claimed can be read, and stays as it is. */
static int gpiod_get_value(struct vd_gpio_backend *backend, uint16_t number)
{
	struct gpiod *gpiod = to_gpiod(backend);
	struct line *line = &gpiod->lines[number];
	int r;

	if (line->request)
		return read_value(line);

	r = apply(gpiod, line, VD_GPIO_NONE, false, VD_GPIO_NO_EDGE);
	if (r < 0)
		return r;
	r = read_value(line);
	release(line);

	return r;
}

static int gpiod_set_value(struct vd_gpio_backend *backend, uint16_t number,
			   bool value)
{
	struct line *line = &to_gpiod(backend)->lines[number];
	int r;

	r = gpiod_line_request_set_value(line->request, line->offset,
					 value ? GPIOD_LINE_VALUE_ACTIVE
					       : GPIOD_LINE_VALUE_INACTIVE);

	return r < 0 ? -errno : 0;
}

static void edge_ready(struct vb_source *source, uint32_t events)
{
	struct line *line = container_of(source, struct line, source);
	struct gpiod *gpiod = line->chip;
	int n;

	n = gpiod_line_request_read_edge_events(line->request, gpiod->buffer,
						MAX_EVENTS);
	if (n < 0 || events & (EPOLLHUP | EPOLLERR)) {
		vb_source_remove(source);
		if (gpiod->events.lost)
			gpiod->events.lost(gpiod->events.context, line->offset);
		return;
	}

	if (n > 0)
		vd_gpio_edge(gpiod->gpio, line->number);
}

static int gpiod_watch(struct vd_gpio_backend *backend, uint16_t number,
		       enum vd_gpio_edges edges)
{
	struct gpiod *gpiod = to_gpiod(backend);
	struct line *line = &gpiod->lines[number];
	int r;

	if (!line->request)
		return edges == VD_GPIO_NO_EDGE ? 0 : -EPERM;

	vb_source_remove(&line->source);
	r = apply(gpiod, line, line->direction, false, edges);
	if (r < 0 || edges == VD_GPIO_NO_EDGE)
		return r;

	line->source.fd = gpiod_line_request_get_fd(line->request);

	return vb_loop_watch(gpiod->loop, &line->source, EPOLLIN);
}

static void gpiod_destroy(struct vd_gpio_backend *backend)
{
	struct gpiod *gpiod = to_gpiod(backend);

	for (uint16_t i = 0; gpiod->lines && i < backend->n_lines; i++) {
		release(&gpiod->lines[i]);
		free(gpiod->lines[i].name);
	}
	free(gpiod->lines);
	gpiod_edge_event_buffer_free(gpiod->buffer);
	gpiod_request_config_free(gpiod->request_config);
	gpiod_line_config_free(gpiod->line_config);
	gpiod_line_settings_free(gpiod->settings);
	if (gpiod->chip)
		gpiod_chip_close(gpiod->chip);
	free(gpiod);
}

static const struct vd_gpio_backend_ops gpiod_ops = {
	.name = "gpiod",
	.attach = gpiod_attach,
	.line_name = gpiod_line_name,
	.get_direction = gpiod_get_direction,
	.set_direction = gpiod_set_direction,
	.get_value = gpiod_get_value,
	.set_value = gpiod_set_value,
	.watch = gpiod_watch,
	.destroy = gpiod_destroy,
};

static int init_line(struct gpiod *gpiod, struct line *line, uint16_t number,
		     unsigned int offset)
{
	struct gpiod_line_info *info;
	const char *name;

	line->chip = gpiod;
	line->number = number;
	line->offset = offset;
	line->source.ready = edge_ready;

	info = gpiod_chip_get_line_info(gpiod->chip, offset);
	if (!info)
		return -errno;
	name = gpiod_line_info_get_name(info);
	if (name)
		line->name = strdup(name);
	gpiod_line_info_free(info);

	return name && !line->name ? -ENOMEM : 0;
}

static int init_lines(struct gpiod *gpiod, const unsigned int *offsets,
		      size_t n)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(gpiod->chip);
	int r = 0;

	if (!info)
		return -errno;
	if (!offsets)
		n = gpiod_chip_info_get_num_lines(info);
	gpiod_chip_info_free(info);
	if (n > UINT16_MAX)
		return -E2BIG;

	gpiod->lines = calloc(n + 1, sizeof(*gpiod->lines));
	if (!gpiod->lines)
		return -ENOMEM;
	gpiod->backend.n_lines = (uint16_t)n;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = init_line(gpiod, &gpiod->lines[i], (uint16_t)i,
			      offsets ? offsets[i] : (unsigned int)i);

	return r;
}

static int init(struct gpiod *gpiod, const char *chip,
		const unsigned int *offsets, size_t n)
{
	int r;

	gpiod->buffer = gpiod_edge_event_buffer_new(MAX_EVENTS);
	gpiod->settings = gpiod_line_settings_new();
	gpiod->line_config = gpiod_line_config_new();
	gpiod->request_config = gpiod_request_config_new();
	if (!gpiod->buffer || !gpiod->settings || !gpiod->line_config ||
	    !gpiod->request_config)
		return -ENOMEM;
	gpiod_request_config_set_consumer(gpiod->request_config, CONSUMER);

	r = gpiod_chip_find(chip, &gpiod->chip);
	if (r < 0)
		return r;

	return init_lines(gpiod, offsets, n);
}

int vb_gpiod_new(struct vb_loop *loop, const char *chip,
		 const unsigned int *offsets, size_t n,
		 const struct vb_gpiod_events *events,
		 struct vd_gpio_backend **ret)
{
	struct gpiod *gpiod = calloc(1, sizeof(*gpiod));
	int r;

	if (!gpiod)
		return -ENOMEM;

	gpiod->backend.ops = &gpiod_ops;
	gpiod->loop = loop;
	gpiod->events = *events;
	r = init(gpiod, chip, offsets, n);
	if (r < 0) {
		gpiod_destroy(&gpiod->backend);
		return r;
	}

	*ret = &gpiod->backend;
	return 0;
}
