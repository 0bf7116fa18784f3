/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * GPIO device (virtio 1.3, section 5.16).
 *
 * Queue 0 carries requests, which are answered at once and in order.  Queue 1
 * carries a buffer for each line whose interrupt is unmasked; it comes back
 * when the interrupt fires, which masks the interrupt, or is disabled.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/gpio-private.h"
#include "virtio-devices/util.h"

#define REQUEST_QUEUE 0
#define EVENT_QUEUE 1

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

static void return_buffer(struct vd_gpio_line *line, uint8_t status)
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
static void evaluate(struct vd_gpio *gpio, struct vd_gpio_line *line)
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
	return_buffer(line, VIRTIO_GPIO_IRQ_STATUS_VALID);
}

void vd_gpio_edge(struct vd_gpio *gpio, uint16_t number)
{
	struct vd_gpio_line *line = &gpio->lines[number];

	if (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_NONE)
		return;

	/* An edge is remembered; a level lasts, or is no interest any more. */
	line->pending = !is_level(line->irq_type);
	gpio->device.changed = true;
	evaluate(gpio, line);
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
		return_buffer(line, VIRTIO_GPIO_IRQ_STATUS_INVALID);
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

static int set_direction(struct vd_gpio *gpio, struct vd_gpio_line *line,
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
static int set_irq_type(struct vd_gpio *gpio, struct vd_gpio_line *line,
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
		r = set_direction(gpio, line, VD_GPIO_INPUT);
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
	evaluate(gpio, line);

	return 0;
}

/* Before the line is an output, the value is kept until it becomes one. */
static int set_value(struct vd_gpio *gpio, struct vd_gpio_line *line,
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

/* Returns the value to answer with, or a negative errno. */
static int do_request(struct vd_gpio *gpio,
		      const struct virtio_gpio_request *request)
{
	const struct vd_gpio_backend_ops *ops = gpio->backend->ops;
	uint16_t number = le16toh(request->gpio);
	uint32_t value = le32toh(request->value);
	struct vd_gpio_line *line;

	if (number >= gpio->backend->n_lines)
		return -EINVAL;
	line = &gpio->lines[number];

	switch (le16toh(request->type)) {
	case VIRTIO_GPIO_MSG_GET_DIRECTION:
		return ops->get_direction(gpio->backend, number);
	case VIRTIO_GPIO_MSG_SET_DIRECTION:
		return set_direction(gpio, line, value);
	case VIRTIO_GPIO_MSG_GET_VALUE:
		return ops->get_value(gpio->backend, number);
	case VIRTIO_GPIO_MSG_SET_VALUE:
		return set_value(gpio, line, value);
	case VIRTIO_GPIO_MSG_IRQ_TYPE:
		return set_irq_type(gpio, line, value);
	default:
		return -EOPNOTSUPP;
	}
}

static void answer_names(struct vd_gpio *gpio, struct vd_chain *chain)
{
	const uint8_t status = VIRTIO_GPIO_STATUS_OK;

	(void)vd_chain_write(chain, &status, sizeof(status));
	(void)vd_chain_write(chain, gpio->names, gpio->names_size);
	vd_chain_complete(chain, sizeof(status) + gpio->names_size);
}

/* Both fields, always; one of them if the driver left no room for more. */
static void answer(struct vd_chain *chain, int result)
{
	struct virtio_gpio_response response = { 0 };
	size_t len = VD_MIN(chain->room, sizeof(response));

	if (result < 0)
		response.status = VIRTIO_GPIO_STATUS_ERR;
	else
		response.value = (uint8_t)result;

	(void)vd_chain_write(chain, &response, len);
	vd_chain_complete(chain, len);
}

static bool wants_names(const struct vd_gpio *gpio,
			const struct virtio_gpio_request *request,
			const struct vd_chain *chain)
{
	return le16toh(request->type) == VIRTIO_GPIO_MSG_GET_NAMES &&
	       gpio->names && chain->room == 1 + gpio->names_size;
}

static void serve_request(struct vd_gpio *gpio, struct vd_chain *chain)
{
	struct virtio_gpio_request request;

	if (vd_chain_read(chain, &request, sizeof(request)) < 0 ||
	    chain->room < sizeof(struct virtio_gpio_response))
		answer(chain, -EINVAL);
	else if (wants_names(gpio, &request, chain))
		answer_names(gpio, chain);
	else
		answer(chain, do_request(gpio, &request));
}

/* The driver unmasks a line's interrupt by giving us a buffer for it. */
static void take_buffer(struct vd_gpio *gpio, struct vd_chain *chain)
{
	struct vd_gpio_line refused = { .buffer = chain }, *line = &refused;
	struct virtio_gpio_irq_request request;

	if (!chain->room) {
		vd_chain_complete(chain, 0);
		return;
	}

	if (vd_chain_read(chain, &request, sizeof(request)) == 0 &&
	    le16toh(request.gpio) < gpio->backend->n_lines)
		line = &gpio->lines[le16toh(request.gpio)];

	/* One buffer for each line, and none while it is disabled. */
	if (line->irq_type == VIRTIO_GPIO_IRQ_TYPE_NONE || line->buffer) {
		return_buffer(&refused, VIRTIO_GPIO_IRQ_STATUS_INVALID);
		return;
	}

	line->buffer = chain;
	evaluate(gpio, line);
}

static bool gpio_kick(struct vd_device *device, unsigned int index)
{
	struct vd_gpio *gpio = vd_gpio_of(device);
	struct vd_chain *chain;

	while (vd_queue_pop(device->queues[index], &chain) > 0) {
		if (index == REQUEST_QUEUE)
			serve_request(gpio, chain);
		else
			take_buffer(gpio, chain);
	}

	return false;
}

/* Linux gives a buffer back that came without an interrupt. */
static void gpio_stop(struct vd_device *device, unsigned int index)
{
	struct vd_gpio *gpio = vd_gpio_of(device);

	if (index != EVENT_QUEUE)
		return;

	for (uint16_t i = 0; i < gpio->backend->n_lines; i++) {
		if (gpio->lines[i].buffer)
			return_buffer(&gpio->lines[i],
				      VIRTIO_GPIO_IRQ_STATUS_INVALID);
	}
}

static void gpio_reset(struct vd_device *device)
{
	struct vd_gpio *gpio = vd_gpio_of(device);

	gpio->device.changed = true;
	for (uint16_t i = 0; i < gpio->backend->n_lines; i++) {
		if (gpio->lines[i].direction != VD_GPIO_NONE)
			(void)set_direction(gpio, &gpio->lines[i],
					    VD_GPIO_NONE);
		gpio->lines[i].value = false;
	}
}

int vd_gpio_restore_line(struct vd_gpio *gpio, uint16_t number,
			 const struct vd_gpio_line *saved)
{
	struct vd_gpio_line *line = &gpio->lines[number];
	int r = 0;

	line->value = saved->value;
	if (saved->direction != VD_GPIO_NONE)
		r = set_direction(gpio, line, saved->direction);
	if (r == 0 && saved->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE)
		r = line->direction == VD_GPIO_INPUT
			    ? set_irq_type(gpio, line, saved->irq_type)
			    : -EBADMSG;
	if (r == 0)
		line->pending = saved->pending && !is_level(line->irq_type) &&
				line->irq_type != VIRTIO_GPIO_IRQ_TYPE_NONE;

	return r;
}

static void gpio_get_config(struct vd_device *device, void *config)
{
	struct vd_gpio *gpio = vd_gpio_of(device);
	const struct virtio_gpio_config c = {
		.ngpio = htole16(gpio->backend->n_lines),
		.gpio_names_size = htole32((uint32_t)gpio->names_size),
	};

	memcpy(config, &c, sizeof(c));
}

static void gpio_destroy(struct vd_device *device)
{
	struct vd_gpio *gpio = vd_gpio_of(device);

	gpio->backend->ops->destroy(gpio->backend);
	free(gpio->names);
	free(gpio->lines);
	free(gpio);
}

static const struct vd_device_ops gpio_ops = {
	.name = "gpio",
	.id = VIRTIO_ID_GPIO,
	.n_queues = 2,
	.config_len = sizeof(struct virtio_gpio_config),
	.get_config = gpio_get_config,
	.kick = gpio_kick,
	.stop = gpio_stop,
	.reset = gpio_reset,
	.state_size = vd_gpio_state_size,
	.save = vd_gpio_save,
	.load = vd_gpio_load,
	.destroy = gpio_destroy,
};

static const char *name_of(struct vd_gpio_backend *backend, uint16_t line)
{
	const char *name = NULL;

	if (backend->ops->line_name)
		name = backend->ops->line_name(backend, line);
	/* The driver is promised 7 bits. */
	for (const char *p = name; p && *p; p++) {
		if (*p & 0x80)
			return "";
	}

	return name ? name : "";
}

/* And that no two lines have the same name: the first one keeps it. */
static bool is_taken(const char *names, const char *end, const char *name)
{
	for (const char *p = names; p < end; p += strlen(p) + 1) {
		if (strcmp(p, name) == 0)
			return true;
	}

	return false;
}

static int collect_names(struct vd_gpio *gpio)
{
	struct vd_gpio_backend *backend = gpio->backend;
	size_t size = 0;
	char *p;

	for (uint16_t i = 0; i < backend->n_lines; i++)
		size += strlen(name_of(backend, i)) + 1;
	if (size == backend->n_lines)
		return 0;

	gpio->names = p = calloc(1, size);
	if (!p)
		return -ENOMEM;

	for (uint16_t i = 0; i < backend->n_lines; i++) {
		const char *name = name_of(backend, i);

		if (is_taken(gpio->names, p, name))
			name = "";
		memcpy(p, name, strlen(name) + 1);
		p += strlen(name) + 1;
	}
	gpio->names_size = (size_t)(p - gpio->names);

	return 0;
}

int vd_gpio_new(struct vd_gpio_backend *backend, struct vd_device **ret)
{
	struct vd_gpio *gpio;

	assert(backend->ops->get_direction && backend->ops->set_direction &&
	       backend->ops->get_value && backend->ops->set_value &&
	       backend->ops->destroy);

	if (!backend->n_lines)
		return -EINVAL;

	gpio = calloc(1, sizeof(*gpio));
	if (!gpio)
		return -ENOMEM;
	gpio->backend = backend;
	gpio->lines = calloc(backend->n_lines, sizeof(*gpio->lines));
	if (!gpio->lines || collect_names(gpio) < 0) {
		free(gpio->lines);
		free(gpio);
		return -ENOMEM;
	}

	vd_device_init(&gpio->device, &gpio_ops,
		       backend->ops->watch ? VD_BIT(VIRTIO_GPIO_F_IRQ) : 0);
	if (backend->ops->attach)
		backend->ops->attach(backend, gpio);

	*ret = &gpio->device;
	return 0;
}
