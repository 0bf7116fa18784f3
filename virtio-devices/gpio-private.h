/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Between gpio.c, which is the device, and gpio-state.c, which lets it go on in
 * another process.  Not installed.
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
