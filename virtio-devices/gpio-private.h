/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A GPIO device from inside.  Not installed.
 *
 *	gpio.c		the device, and the requests that it answers
 *	gpio-line.c	a line: direction, value and interrupt
 *	gpio-names.c	the names of lines
 *	gpio-state.c	lets the device go on in another process
 */

#ifndef VIRTIO_DEVICES_GPIO_PRIVATE_H
#define VIRTIO_DEVICES_GPIO_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

/**
 * struct vd_gpio_line - what the device remembers of a line
 * @buffer:    to be returned when the interrupt fires; NULL: it is masked
 * @irq_type:  VIRTIO_GPIO_IRQ_TYPE_*; NONE: it is disabled
 * @pending:   an edge came while it was masked
 * @direction: as the driver has set it
 * @value:     as the driver has set it; counts once the line is an output
 */
struct vd_gpio_line {
	struct vd_chain *buffer;
	uint16_t irq_type;
	bool pending;
	enum vd_gpio_direction direction;
	bool value;
};

/**
 * struct vd_gpio - the device
 * @device:     what the transport sees
 * @backend:    whose lines it has
 * @names:      the block of line names, or NULL if no line has one
 * @names_size: its size
 * @lines:      one for each line
 */
struct vd_gpio {
	struct vd_device device;
	struct vd_gpio_backend *backend;
	char *names;
	size_t names_size;
	struct vd_gpio_line *lines;
};

static inline struct vd_gpio *vd_gpio_of(struct vd_device *device)
{
	return container_of(device, struct vd_gpio, device);
}

/**
 * vd_gpio_set_direction() - make a line an input, an output, or neither
 * @gpio:      the device
 * @line:      one of its lines
 * @direction: any value may be in it
 *
 * Return: 0, -EINVAL if there is no such direction, or what the backend says.
 */
int vd_gpio_set_direction(struct vd_gpio *gpio, struct vd_gpio_line *line,
			  uint32_t direction);

/**
 * vd_gpio_set_value() - set an output, now or once the line is one
 * @gpio:  the device
 * @line:  one of its lines
 * @value: any value may be in it
 *
 * Return: 0, -EINVAL if it is neither 0 nor 1, or what the backend says.
 */
int vd_gpio_set_value(struct vd_gpio *gpio, struct vd_gpio_line *line,
		      uint32_t value);

/**
 * vd_gpio_set_irq_type() - enable or disable the interrupt of a line
 * @gpio: the device
 * @line: one of its lines
 * @type: any value may be in it
 *
 * Return: 0, -EOPNOTSUPP if there are no interrupts, -EINVAL if there is no
 *         such type, -EPERM if the line is an output, or what the backend says.
 */
int vd_gpio_set_irq_type(struct vd_gpio *gpio, struct vd_gpio_line *line,
			 uint32_t type);

/**
 * vd_gpio_evaluate() - have the interrupt of a line fire if it has to
 * @gpio: the device
 * @line: one of its lines; it was unmasked, or something has happened to it
 */
void vd_gpio_evaluate(struct vd_gpio *gpio, struct vd_gpio_line *line);

/**
 * vd_gpio_return_buffer() - give the driver a line's buffer back
 * @line:   has one
 * @status: VIRTIO_GPIO_IRQ_STATUS_*
 */
void vd_gpio_return_buffer(struct vd_gpio_line *line, uint8_t status);

/**
 * vd_gpio_collect_names() - make the block of line names
 * @gpio: as new; takes it
 *
 * Return: 0 or -ENOMEM.
 */
int vd_gpio_collect_names(struct vd_gpio *gpio);

/**
 * vd_gpio_restore_line() - make a line what it was in another process
 * @gpio:   as new
 * @number: below the number of lines
 * @saved:  @buffer does not count; any value may be in the rest
 *
 * Return: 0, or a negative errno: -EBADMSG and others if that cannot be.
 */
int vd_gpio_restore_line(struct vd_gpio *gpio, uint16_t number,
			 const struct vd_gpio_line *saved);

/* As in struct vd_device_ops. */
size_t vd_gpio_state_size(const struct vd_device *device);
void vd_gpio_save(struct vd_device *device, struct vd_state_writer *writer);
int vd_gpio_load(struct vd_device *device, struct vd_state_reader *reader);

#endif
