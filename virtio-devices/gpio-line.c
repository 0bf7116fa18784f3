/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A line of a GPIO device: its direction, its value, and its interrupt.
 */

#include <errno.h>
#include <linux/virtio_gpio.h>

#include "virtio-devices/gpio-private.h"

static uint16_t line_number(const struct vd_gpio *gpio,
			    const struct vd_gpio_line *line)
{
	return (uint16_t)(line - gpio->lines);
}

static bool is_level(uint16_t irq_type)
{
	return irq_type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH ||
	       irq_type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW;
}

void vd_gpio_return_buffer(struct vd_gpio_line *line, uint8_t status)
{
	struct vd_chain *buffer = VD_STEAL(line->buffer);

	(void)vd_chain_write(buffer, &status, sizeof(status));
	vd_chain_complete(buffer, sizeof(status));
}

/* Does the level that the driver waits for prevail? */
static bool level_is_active(struct vd_gpio *gpio,
			    const struct vd_gpio_line *line)
{
	int value = gpio->backend->ops->get_value(gpio->backend,
						  line_number(gpio, line));

	if (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH)
		return value == 1;

	return value == 0;
}

/* Fire if there is a reason, and the interrupt is enabled and unmasked. */
void vd_gpio_evaluate(struct vd_gpio *gpio, struct vd_gpio_line *line)
{
	bool active = line->pending;

	if (!line->buffer)
		return;
	if (is_level(line->irq_type))
		active = level_is_active(gpio, line);
	if (!active)
		return;

	line->pending = false;
	gpio->device.changed = true;
	vd_gpio_return_buffer(line, VIRTIO_GPIO_IRQ_STATUS_VALID);
}

void vd_gpio_edge(struct vd_gpio *gpio, uint16_t number)
{
	struct vd_gpio_line *line = &gpio->lines[number];

	if (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_NONE)
		return;

	/* An edge is remembered; a level lasts, or is no interest any more. */
	line->pending = !is_level(line->irq_type);
	gpio->device.changed = true;
	vd_gpio_evaluate(gpio, line);
	vd_device_flush(&gpio->device);
}

static void disable_irq(struct vd_gpio *gpio, struct vd_gpio_line *line)
{
	if (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_NONE)
		return;

	line->irq_type = VIRTIO_GPIO_IRQ_TYPE_NONE;
	gpio->device.changed = true;
	line->pending = false;
	(void)gpio->backend->ops->watch(gpio->backend, line_number(gpio, line),
					VD_GPIO_NO_EDGE);
	if (line->buffer)
		vd_gpio_return_buffer(line, VIRTIO_GPIO_IRQ_STATUS_INVALID);
}

/* The edges that have to be watched for; -EINVAL if there is no such type. */
static int edges_of(uint32_t irq_type)
{
	switch (irq_type) {
	case VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING:
	case VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH:
		return VD_GPIO_RISING;
	case VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING:
	case VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW:
		return VD_GPIO_FALLING;
	case VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH:
		return VD_GPIO_BOTH;
	default:
		return -EINVAL;
	}
}

int vd_gpio_set_direction(struct vd_gpio *gpio, struct vd_gpio_line *line,
			  uint32_t direction)
{
	int r;

	if (direction > VD_GPIO_INPUT)
		return -EINVAL;

	if (direction != VD_GPIO_INPUT)
		disable_irq(gpio, line);

	r = gpio->backend->ops->set_direction(
		gpio->backend, line_number(gpio, line),
		(enum vd_gpio_direction)direction, line->value);
	if (r < 0)
		return r;

	line->direction = (enum vd_gpio_direction)direction;
	gpio->device.changed = true;
	if (direction == VD_GPIO_NONE)
		line->value = false;

	return 0;
}

/*
 * The driver should go through NONE from one type to another.  Linux does not,
 * so a direct change keeps the buffer and forgets what came before.
 */
int vd_gpio_set_irq_type(struct vd_gpio *gpio, struct vd_gpio_line *line,
			 uint32_t type)
{
	int edges, r;

	if (!(gpio->device.features & VD_BIT(VIRTIO_GPIO_F_IRQ)))
		return -EOPNOTSUPP;
	if (type == VIRTIO_GPIO_IRQ_TYPE_NONE) {
		disable_irq(gpio, line);
		return 0;
	}

	edges = edges_of(type);
	if (edges < 0)
		return edges;
	if (line->direction == VD_GPIO_OUTPUT)
		return -EPERM;
	/* A line that is used for its interrupt alone needs no direction. */
	if (line->direction == VD_GPIO_NONE) {
		r = vd_gpio_set_direction(gpio, line, VD_GPIO_INPUT);
		if (r < 0)
			return r;
	}

	r = gpio->backend->ops->watch(gpio->backend, line_number(gpio, line),
				      (enum vd_gpio_edges)edges);
	if (r < 0)
		return r;

	line->irq_type = (uint16_t)type;
	gpio->device.changed = true;
	line->pending = false;
	vd_gpio_evaluate(gpio, line);

	return 0;
}

/* Before the line is an output, the value is kept until it becomes one. */
int vd_gpio_set_value(struct vd_gpio *gpio, struct vd_gpio_line *line,
		      uint32_t value)
{
	int r = 0;

	if (value > 1)
		return -EINVAL;

	if (line->direction == VD_GPIO_OUTPUT)
		r = gpio->backend->ops->set_value(
			gpio->backend, line_number(gpio, line), value);
	if (r < 0)
		return r;

	line->value = value;
	gpio->device.changed = true;

	return 0;
}

int vd_gpio_restore_line(struct vd_gpio *gpio, uint16_t number,
			 const struct vd_gpio_line *saved)
{
	struct vd_gpio_line *line = &gpio->lines[number];
	int r = 0;

	line->value = saved->value;
	if (saved->direction != VD_GPIO_NONE)
		r = vd_gpio_set_direction(gpio, line, saved->direction);
	if (r == 0 && saved->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE)
		r = line->direction == VD_GPIO_INPUT
			    ? vd_gpio_set_irq_type(gpio, line, saved->irq_type)
			    : -EBADMSG;
	if (r == 0)
		line->pending = saved->pending && !is_level(line->irq_type) &&
				line->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE;

	return r;
}
