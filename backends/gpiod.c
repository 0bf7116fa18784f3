/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Lines of a chip of the host, by way of libgpiod.
 */

#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>

#include "backends/gpiod-chip.h"
#include "backends/gpiod-line.h"
#include "backends/gpiod.h"
#include "backends/loop.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/util.h"

/* Who has the line, for gpioinfo and for others who want it. */
#define CONSUMER "vhost-device-gpio"

static struct vb_gpiod *to_gpiod(struct vd_gpio_backend *backend)
{
	return container_of(backend, struct vb_gpiod, backend);
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
	struct vb_gpiod *gpiod = to_gpiod(backend);
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

static int gpiod_set_direction(struct vd_gpio_backend *backend, uint16_t number,
			       enum vd_gpio_direction direction, bool value)
{
	struct vb_gpiod *gpiod = to_gpiod(backend);
	struct vb_gpiod_line *line = &gpiod->lines[number];
	enum vd_gpio_edges edges = line->edges;

	if (direction == VD_GPIO_NONE) {
		vb_gpiod_line_release(line);
		return 0;
	}
	if (direction == VD_GPIO_OUTPUT) {
		vb_source_remove(&line->source);
		edges = VD_GPIO_NO_EDGE;
	}

	return vb_gpiod_line_apply(gpiod, line, direction, value, edges);
}

/* A line that the guest has not claimed can be read, and stays as it is. */
static int gpiod_get_value(struct vd_gpio_backend *backend, uint16_t number)
{
	struct vb_gpiod *gpiod = to_gpiod(backend);
	struct vb_gpiod_line *line = &gpiod->lines[number];
	int r;

	if (line->request)
		return vb_gpiod_line_value(line);

	r = vb_gpiod_line_apply(gpiod, line, VD_GPIO_NONE, false,
				VD_GPIO_NO_EDGE);
	if (r < 0)
		return r;
	r = vb_gpiod_line_value(line);
	vb_gpiod_line_release(line);

	return r;
}

static int gpiod_set_value(struct vd_gpio_backend *backend, uint16_t number,
			   bool value)
{
	struct vb_gpiod_line *line = &to_gpiod(backend)->lines[number];
	int r;

	r = gpiod_line_request_set_value(line->request, line->offset,
					 value ? GPIOD_LINE_VALUE_ACTIVE
					       : GPIOD_LINE_VALUE_INACTIVE);

	return r < 0 ? -errno : 0;
}

static int gpiod_watch(struct vd_gpio_backend *backend, uint16_t number,
		       enum vd_gpio_edges edges)
{
	struct vb_gpiod *gpiod = to_gpiod(backend);
	struct vb_gpiod_line *line = &gpiod->lines[number];
	int r;

	if (!line->request)
		return edges == VD_GPIO_NO_EDGE ? 0 : -EPERM;

	if (edges == VD_GPIO_NO_EDGE)
		vb_source_remove(&line->source);
	r = vb_gpiod_line_apply(gpiod, line, line->direction, false, edges);
	if (r < 0 || edges == VD_GPIO_NO_EDGE)
		return r;

	r = vb_gpiod_line_listen(line);
	if (r < 0 && !line->source.loop)
		(void)vb_gpiod_line_apply(gpiod, line, line->direction, false,
					  VD_GPIO_NO_EDGE);

	return r;
}

static void gpiod_destroy(struct vd_gpio_backend *backend)
{
	struct vb_gpiod *gpiod = to_gpiod(backend);

	for (uint16_t i = 0; gpiod->lines && i < backend->n_lines; i++) {
		vb_gpiod_line_release(&gpiod->lines[i]);
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

static int init_lines(struct vb_gpiod *gpiod, const unsigned int *offsets,
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
		r = vb_gpiod_line_init(gpiod, &gpiod->lines[i], (uint16_t)i,
				       offsets ? offsets[i] : (unsigned int)i);

	return r;
}

static int init(struct vb_gpiod *gpiod, const char *chip,
		const unsigned int *offsets, size_t n)
{
	int r;

	gpiod->buffer = gpiod_edge_event_buffer_new(VB_GPIOD_MAX_EVENTS);
	gpiod->settings = gpiod_line_settings_new();
	gpiod->line_config = gpiod_line_config_new();
	gpiod->request_config = gpiod_request_config_new();
	if (!gpiod->buffer || !gpiod->settings || !gpiod->line_config ||
	    !gpiod->request_config)
		return -ENOMEM;
	gpiod_request_config_set_consumer(gpiod->request_config, CONSUMER);

	r = vb_gpiod_chip_find(chip, &gpiod->chip);
	if (r < 0)
		return r;

	return init_lines(gpiod, offsets, n);
}

int vb_gpiod_new(struct vb_loop *loop, const char *chip,
		 const unsigned int *offsets, size_t n,
		 const struct vb_gpiod_events *events,
		 struct vd_gpio_backend **ret)
{
	struct vb_gpiod *gpiod = calloc(1, sizeof(*gpiod));
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
