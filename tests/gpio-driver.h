/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Lines that a test can look at, a GPIO device that has them, and a driver that
 * uses it.
 */

#ifndef TESTS_GPIO_DRIVER_H
#define TESTS_GPIO_DRIVER_H

#include <linux/virtio_gpio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fake-queue.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"

#define N_LINES 4
#define UNTOUCHED 0xaa
#define OK VIRTIO_GPIO_STATUS_OK
#define ERR VIRTIO_GPIO_STATUS_ERR
#define VALID VIRTIO_GPIO_IRQ_STATUS_VALID
#define INVALID VIRTIO_GPIO_IRQ_STATUS_INVALID
#define RISING VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING
#define FALLING VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING
#define BOTH VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH
#define HIGH VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH
#define LOW VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW
#define NO_IRQ VIRTIO_GPIO_IRQ_TYPE_NONE

/* Lines that do as they are told, or all fail with @error. */
struct fake_lines {
	struct vd_gpio_backend backend;
	struct vd_gpio *gpio;
	const char *names[N_LINES];
	enum vd_gpio_direction direction[N_LINES];
	bool value[N_LINES];
	enum vd_gpio_edges watched[N_LINES];
	unsigned int n_set_values;
	unsigned int n_destroyed;
	int error;
};

extern const struct vd_gpio_backend_ops lines_ops;

/* Such as an expander whose interrupt is not wired. */
extern const struct vd_gpio_backend_ops bare_ops;

extern struct fake_lines lines;
extern struct fake_queue requests, events;
extern struct vd_device *gpio;

/* Make a device with these lines, and end it. */
void gpio_setup(void);
void gpio_teardown(void);

/* Exchange the device of the set-up for one with other lines. */
void make_again(const struct vd_gpio_backend_ops *ops);

/**
 * struct answer - to a request
 * @status:  its status
 * @value:   its value
 * @written: what the driver was told that was written (used.len)
 */
struct answer {
	uint8_t status;
	uint8_t value;
	size_t written;
};

struct virtio_gpio_request make_request(uint16_t type, uint16_t line,
					uint32_t value);

/* Nothing to read, or no room, if the length is 0. */
struct fake_request *gpio_send(struct fake_queue *queue, const void *out,
			       size_t out_len, void *in, size_t in_len);

/* Send the beginning of a request, with so much room for the answer. */
struct answer ask_with(struct virtio_gpio_request request, size_t len,
		       size_t room);

struct answer ask(uint16_t type, uint16_t line, uint32_t value);

/* They return the status. */
uint8_t set_direction(uint16_t line, uint32_t direction);
uint8_t set_value(uint16_t line, uint32_t value);
uint8_t set_irq_type(uint16_t line, uint32_t type);

/* What a driver does to enable an interrupt, but for the buffer. */
void enable_irq(uint16_t line, uint32_t type);

/**
 * struct event - a buffer for an interrupt
 * @request: which line
 * @status:  what came back in it
 * @sent:    how it was sent
 */
struct event {
	struct virtio_gpio_irq_request request;
	uint8_t status;
	struct fake_request *sent;
};

/* Give the device a buffer for the next interrupt of a line. */
struct event *unmask(uint16_t line);

/* Has it come back with this status, or does it wait? */
bool came_back(const struct event *event, uint8_t status);
bool waits(const struct event *event);

/* From outside, set the level of a line. */
void pull(uint16_t line, bool value);

#endif
