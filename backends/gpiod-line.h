/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A line of a chip, for gpiod.c.
 */

#ifndef BACKENDS_GPIOD_LINE_H
#define BACKENDS_GPIOD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/gpiod.h"
#include "backends/loop.h"
#include "virtio-devices/gpio-backend.h"

struct gpiod_chip;
struct gpiod_edge_event_buffer;
struct gpiod_line_config;
struct gpiod_line_request;
struct gpiod_line_settings;
struct gpiod_request_config;

/* Edges that are fetched at once: all that the kernel keeps of a line. */
#define VB_GPIOD_MAX_EVENTS 16

/**
 * struct vb_gpiod_line - a line
 * @chip:    whose it is
 * @number:  as the guest counts
 * @offset:  as the chip counts
 * @name:    as the kernel has it, or NULL
 * @request: NULL while the guest does not use it
 * @direction: as it was requested
 * @edges:   that are being watched for
 * @source:  tells of them
 */
struct vb_gpiod_line {
	struct vb_gpiod *chip;
	uint16_t number;
	unsigned int offset;
	char *name;
	struct gpiod_line_request *request;
	enum vd_gpio_direction direction;
	enum vd_gpio_edges edges;
	struct vb_source source;
};

/**
 * struct vb_gpiod - lines of a chip
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
struct vb_gpiod {
	struct vd_gpio_backend backend;
	struct vd_gpio *gpio;
	struct vb_loop *loop;
	struct vb_gpiod_events events;
	struct gpiod_chip *chip;
	struct gpiod_edge_event_buffer *buffer;
	struct gpiod_line_settings *settings;
	struct gpiod_line_config *line_config;
	struct gpiod_request_config *request_config;
	struct vb_gpiod_line *lines;
};

/**
 * vb_gpiod_line_init() - find out about a line
 * @gpiod:  has the chip
 * @line:   becomes the line, which is not in use; all zeroes
 * @number: as the guest counts
 * @offset: as the chip counts
 *
 * Return: 0, or a negative errno.
 */
int vb_gpiod_line_init(struct vb_gpiod *gpiod, struct vb_gpiod_line *line,
		       uint16_t number, unsigned int offset);

/**
 * vb_gpiod_line_apply() - request a line, or change it
 * @gpiod:     has what a request needs
 * @line:      one of its lines
 * @direction: NONE: as it is
 * @value:     of an output
 * @edges:     to be watched for
 *
 * Return: 0, or a negative errno; it has been reported if somebody else has the
 *         line.
 */
int vb_gpiod_line_apply(struct vb_gpiod *gpiod, struct vb_gpiod_line *line,
			enum vd_gpio_direction direction, bool value,
			enum vd_gpio_edges edges);

/**
 * vb_gpiod_line_listen() - from now on, tell the device of edges
 * @line: in use, and its edges have been applied; what came before does not
 *        count
 *
 * Return: 0, or a negative errno.
 */
int vb_gpiod_line_listen(struct vb_gpiod_line *line);

/**
 * vb_gpiod_line_release() - let others have the line
 * @line: no harm if it is not in use
 */
void vb_gpiod_line_release(struct vb_gpiod_line *line);

/**
 * vb_gpiod_line_value() - its level
 * @line: in use
 *
 * Return: 0 or 1, or a negative errno.
 */
int vb_gpiod_line_value(const struct vb_gpiod_line *line);

#endif
