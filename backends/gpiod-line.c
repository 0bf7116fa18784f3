/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Each line is a request of its own, because guests claim and release lines
 * one by one.  The request's descriptor, on the guest's loop, tells of edges.
 */

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "backends/gpiod-line.h"
#include "virtio-devices/util.h"

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
static int describe(struct vb_gpiod *gpiod, const struct vb_gpiod_line *line,
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

static void report_refusal(struct vb_gpiod *gpiod,
			   const struct vb_gpiod_line *line, int error)
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

int vb_gpiod_line_apply(struct vb_gpiod *gpiod, struct vb_gpiod_line *line,
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

void vb_gpiod_line_release(struct vb_gpiod_line *line)
{
	vb_source_remove(&line->source);
	if (line->request)
		gpiod_line_request_release(line->request);
	line->request = NULL;
	line->direction = VD_GPIO_NONE;
	line->edges = VD_GPIO_NO_EDGE;
}

int vb_gpiod_line_value(const struct vb_gpiod_line *line)
{
	enum gpiod_line_value value;

	value = gpiod_line_request_get_value(line->request, line->offset);
	if (value == GPIOD_LINE_VALUE_ERROR)
		return -errno;

	return value == GPIOD_LINE_VALUE_ACTIVE;
}

/* Returns how many there were, or a negative errno. */
static int fetch_edges(const struct vb_gpiod_line *line)
{
	int n = gpiod_line_request_read_edge_events(
		line->request, line->chip->buffer, VB_GPIOD_MAX_EVENTS);

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;

	return n;
}

/*
 * The kernel keeps edges that were watched for before, and those are not what is
 * watched for now.
 */
int vb_gpiod_line_listen(struct vb_gpiod_line *line)
{
	int fd = gpiod_line_request_get_fd(line->request);
	int n;

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	n = fetch_edges(line);
	if (n < 0)
		return n;
	if (line->source.loop)
		return 0;

	line->source.fd = fd;

	return vb_loop_watch(line->chip->loop, &line->source, EPOLLIN);
}

static void edge_ready(struct vb_source *source, uint32_t events)
{
	struct vb_gpiod_line *line =
		container_of(source, struct vb_gpiod_line, source);
	struct vb_gpiod *gpiod = line->chip;
	int n;

	n = fetch_edges(line);
	if (n < 0 || events & (EPOLLHUP | EPOLLERR)) {
		vb_source_remove(source);
		if (gpiod->events.lost)
			gpiod->events.lost(gpiod->events.context, line->offset);
		return;
	}

	if (n > 0)
		vd_gpio_edge(gpiod->gpio, line->number);
}

int vb_gpiod_line_init(struct vb_gpiod *gpiod, struct vb_gpiod_line *line,
		       uint16_t number, unsigned int offset)
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
