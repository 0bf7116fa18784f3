/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of a GPIO controller.  Whatever fails has been explained
 * to the user when a function returns.
 */

#ifndef DAEMONS_PROBE_GPIO_DRIVER_H
#define DAEMONS_PROBE_GPIO_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost-user/driver-ring.h"

struct probe;
struct virtio_gpio_irq_request;
struct virtio_gpio_irq_response;
struct virtio_gpio_request;

/**
 * struct probe_gpio - a GPIO controller at work
 * @probe:   the back-end
 * @n_lines: lines that it has
 * @names_size: bytes that their names take; 0 if they have none
 * @request:  for the device to read
 * @response: for it to write: a status, and then a value or the names
 * @event:    for it to read: the line that is to be watched
 * @event_response: for it to write
 * @buffers:  where it finds a request and its response
 * @event_buffers: likewise
 */
struct probe_gpio {
	struct probe *probe;
	uint16_t n_lines;
	uint32_t names_size;
	struct virtio_gpio_request *request;
	uint8_t *response;
	struct virtio_gpio_irq_request *event;
	struct virtio_gpio_irq_response *event_response;
	struct vhu_driver_buffer buffers[2];
	struct vhu_driver_buffer event_buffers[2];
};

/**
 * probe_gpio_has_irq() - does the back-end offer interrupts?
 * @probe: opened
 */
bool probe_gpio_has_irq(const struct probe *probe);

/**
 * probe_gpio_start() - make a controller ready for requests
 * @gpio:  filled in; needs no clean-up
 * @probe: opened; keeps it
 * @irq:   interrupts are wanted, and the back-end offers them
 *
 * Return: 0 or a negative errno.
 */
int probe_gpio_start(struct probe_gpio *gpio, struct probe *probe, bool irq);

/**
 * probe_gpio_direction() - which direction does a line have?
 * @gpio: the controller
 * @line: which; the device knows whether there is one
 *
 * Return: VIRTIO_GPIO_DIRECTION_*, or a negative errno.
 */
int probe_gpio_direction(struct probe_gpio *gpio, unsigned int line);

/**
 * probe_gpio_set_direction() - give it one
 *
 * Return: not negative, or a negative errno.
 */
int probe_gpio_set_direction(struct probe_gpio *gpio, unsigned int line,
			     uint32_t direction);

/**
 * probe_gpio_value() - read a line
 *
 * Return: the value, or a negative errno.
 */
int probe_gpio_value(struct probe_gpio *gpio, unsigned int line);

/**
 * probe_gpio_drive() - make a line an output, of a certain value
 *
 * Return: not negative, or a negative errno.
 */
int probe_gpio_drive(struct probe_gpio *gpio, unsigned int line,
		     unsigned int value);

/**
 * probe_gpio_watch() - enable the interrupt of a line, which stays masked
 * @gpio: the controller, with interrupts
 * @line: which
 * @type: VIRTIO_GPIO_IRQ_TYPE_*
 *
 * Return: not negative, or a negative errno.
 */
int probe_gpio_watch(struct probe_gpio *gpio, unsigned int line, uint32_t type);

/**
 * probe_gpio_names() - what are the lines called?
 * @gpio: the controller
 * @ret:  a string for each line, one after the other, to be freed; or NULL if
 *        they have no names
 *
 * Return: 0 or a negative errno.
 */
int probe_gpio_names(struct probe_gpio *gpio, char **ret);

/**
 * probe_gpio_arm() - unmask an interrupt, for one event
 * @gpio: the controller; no other line is armed
 * @line: is watched
 *
 * Return: 0 or a negative errno.
 */
int probe_gpio_arm(struct probe_gpio *gpio, unsigned int line);

/**
 * probe_gpio_wait() - wait for the event, as long as it takes
 * @gpio: the controller
 * @line: was armed
 *
 * Return: 0 or a negative errno.
 */
int probe_gpio_wait(struct probe_gpio *gpio, unsigned int line);

#endif
