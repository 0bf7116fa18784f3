/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a source of GPIO lines must do.  Requests go down through these
 * operations; edges come back up through vd_gpio_edge().
 */

#ifndef VIRTIO_DEVICES_GPIO_BACKEND_H
#define VIRTIO_DEVICES_GPIO_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_gpio;
struct vd_gpio_backend;

/* The values are those of virtio 1.3, section 5.16.6. */
enum vd_gpio_direction {
	VD_GPIO_NONE = 0,
	VD_GPIO_OUTPUT = 1,
	VD_GPIO_INPUT = 2,
};

/* Edges to be watched for, as bits. */
enum vd_gpio_edges {
	VD_GPIO_NO_EDGE = 0,
	VD_GPIO_RISING = 1,
	VD_GPIO_FALLING = 2,
	VD_GPIO_BOTH = 3,
};

/**
 * struct vd_gpio_backend_ops - a kind of source
 * @name:          for messages, e.g. "gpiod"
 * @attach:        a device uses these lines from now on, and is to be told of
 *                 edges; NULL if there never are any
 * @line_name:     a line's name, or NULL; valid as long as the backend
 * @get_direction: enum vd_gpio_direction
 * @set_direction: claim a line, and if it becomes an output, with @value from
 *                 the first moment; or release it with VD_GPIO_NONE, which
 *                 ends watching and cannot fail
 * @get_value:     0 or 1
 * @set_value:     of a line that was made an output
 * @watch:         report these edges of a line that was made an input, or none
 *                 any more; NULL if that is impossible, and then the device
 *                 does not offer VIRTIO_GPIO_F_IRQ
 * @destroy:       release everything, @backend included
 *
 * Lines are below @n_lines: the device has checked.  Every operation that
 * returns an int returns a negative errno if it fails; none blocks.
 */
struct vd_gpio_backend_ops {
	const char *name;
	void (*attach)(struct vd_gpio_backend *backend, struct vd_gpio *gpio);
	const char *(*line_name)(struct vd_gpio_backend *backend,
				 uint16_t line);
	int (*get_direction)(struct vd_gpio_backend *backend, uint16_t line);
	int (*set_direction)(struct vd_gpio_backend *backend, uint16_t line,
			     enum vd_gpio_direction direction, bool value);
	int (*get_value)(struct vd_gpio_backend *backend, uint16_t line);
	int (*set_value)(struct vd_gpio_backend *backend, uint16_t line,
			 bool value);
	int (*watch)(struct vd_gpio_backend *backend, uint16_t line,
		     enum vd_gpio_edges edges);
	void (*destroy)(struct vd_gpio_backend *backend);
};

/**
 * struct vd_gpio_backend - the part of a source that the device can see
 * @ops:     its kind
 * @n_lines: how many lines it has; does not change
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_gpio_backend {
	const struct vd_gpio_backend_ops *ops;
	uint16_t n_lines;
};

/**
 * vd_gpio_edge() - a line that is being watched has had such an edge
 * @gpio: the device, as it was given to @attach
 * @line: which line
 */
void vd_gpio_edge(struct vd_gpio *gpio, uint16_t line);

#ifdef __cplusplus
}
#endif

#endif
