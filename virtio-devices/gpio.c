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
		return vd_gpio_set_direction(gpio, line, value);
	case VIRTIO_GPIO_MSG_GET_VALUE:
		return ops->get_value(gpio->backend, number);
	case VIRTIO_GPIO_MSG_SET_VALUE:
		return vd_gpio_set_value(gpio, line, value);
	case VIRTIO_GPIO_MSG_IRQ_TYPE:
		return vd_gpio_set_irq_type(gpio, line, value);
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
		vd_gpio_return_buffer(&refused, VIRTIO_GPIO_IRQ_STATUS_INVALID);
		return;
	}

	line->buffer = chain;
	vd_gpio_evaluate(gpio, line);
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
			vd_gpio_return_buffer(&gpio->lines[i],
					      VIRTIO_GPIO_IRQ_STATUS_INVALID);
	}
}

static void gpio_reset(struct vd_device *device)
{
	struct vd_gpio *gpio = vd_gpio_of(device);

	gpio->device.changed = true;
	for (uint16_t i = 0; i < gpio->backend->n_lines; i++) {
		if (gpio->lines[i].direction != VD_GPIO_NONE)
			(void)vd_gpio_set_direction(gpio, &gpio->lines[i],
						    VD_GPIO_NONE);
		gpio->lines[i].value = false;
	}
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
	if (!gpio->lines || vd_gpio_collect_names(gpio) < 0) {
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
