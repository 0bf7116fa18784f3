/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of a GPIO controller, for the commands of probe-gpio.c.
 */

#include "daemons/probe-gpio-driver.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_gpio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

#define REQUEST_QUEUE 0
#define EVENT_QUEUE 1

/* One request at a time, or one event. */
#define RING_SIZE 4

/* Names of 65535 lines, 15 bytes each; no back-end makes us take more. */
#define MAX_NAMES (1U << 20)

/* The device has not got there: neither VIRTIO_GPIO_STATUS_OK nor _ERR. */
#define STATUS_MISSING 0xff

static int read_config(struct probe_gpio *gpio)
{
	const struct probe *probe = gpio->probe;
	struct virtio_gpio_config config;
	int r;

	r = probe_read_config(probe, &config, sizeof(config),
			      "a GPIO controller");
	if (r < 0)
		return r;

	gpio->n_lines = le16toh(config.ngpio);
	gpio->names_size = le32toh(config.gpio_names_size);
	if (gpio->n_lines == 0) {
		log_error(probe->name, "there are no lines, which must not "
				       "be; is it a GPIO controller?");
		return -EPROTO;
	}
	if (gpio->names_size > MAX_NAMES) {
		log_error(probe->name,
			  "the back-end has %u bytes of line names, which is "
			  "too much; is it a GPIO controller?",
			  gpio->names_size);
		return -EPROTO;
	}

	return 0;
}

/* Others would take what we ask for something else, and not answer. */
static int check_queues(const struct probe *probe)
{
	uint64_t n = 1;
	int r = vhu_frontend_n_queues(probe->frontend, &n);

	if (r < 0 && r != -EOPNOTSUPP)
		return probe_failed(probe, r);
	if (n <= 2)
		return 0;

	log_error(probe->name,
		  "the back-end has %" PRIu64 " queues, and a GPIO controller "
		  "has two at most; which device is it?",
		  n);

	return -EPROTO;
}

bool probe_gpio_has_irq(const struct probe *probe)
{
	return vhu_frontend_features(probe->frontend)->offered &
	       VD_BIT(VIRTIO_GPIO_F_IRQ);
}

/* The event queue is there only if interrupts have been negotiated. */
int probe_gpio_start(struct probe_gpio *gpio, struct probe *probe, bool irq)
{
	struct probe_device device = {
		.features = irq ? VD_BIT(VIRTIO_GPIO_F_IRQ) : 0,
		.n_queues = irq ? 2 : 1,
		.size = RING_SIZE,
	};
	uint32_t response_size;
	int r;

	*gpio = (struct probe_gpio){ .probe = probe };
	r = check_queues(probe);
	if (r == 0)
		r = read_config(gpio);
	if (r < 0)
		return r;

	response_size = VD_MAX(gpio->names_size + 1,
			       (uint32_t)sizeof(struct virtio_gpio_response));
	device.bytes = response_size + 4096;
	r = probe_start(probe, &device);
	if (r < 0)
		return r;

	gpio->request =
		probe_alloc(probe, sizeof(*gpio->request), &gpio->buffers[0]);
	gpio->response = probe_alloc(probe, response_size, &gpio->buffers[1]);
	gpio->event = probe_alloc(probe, sizeof(*gpio->event),
				  &gpio->event_buffers[0]);
	gpio->event_response = probe_alloc(probe, sizeof(*gpio->event_response),
					   &gpio->event_buffers[1]);

	return 0;
}

static int request_refused(const struct probe_gpio *gpio, const char *what,
			   unsigned int line)
{
	if (line >= gpio->n_lines)
		log_error(gpio->probe->name,
			  "there is no line %u; the lines are 0 to %d", line,
			  gpio->n_lines - 1);
	else
		log_error(gpio->probe->name,
			  "the device has refused to %s line %u; see what the "
			  "back-end has logged",
			  what, line);

	return -EREMOTEIO;
}

/*
 * A request, whose response has @len bytes behind the status.  They are read
 * where they are; @what is for the message.
 */
static int exchange(struct probe_gpio *gpio, const char *what, uint16_t type,
		    unsigned int line, uint32_t value, uint32_t len)
{
	const struct vhu_driver_chain chain = {
		.buffers = gpio->buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	struct vhu_driver_used used;
	int r;

	*gpio->request = (struct virtio_gpio_request){
		.type = htole16(type),
		.gpio = htole16((uint16_t)line),
		.value = htole32(value),
	};
	gpio->response[0] = STATUS_MISSING;
	gpio->buffers[1].len = len + 1;

	r = vhu_frontend_exchange(gpio->probe->frontend, REQUEST_QUEUE, &chain,
				  &used);
	if (r < 0)
		return probe_request_failed(gpio->probe, r);
	if (gpio->response[0] == VIRTIO_GPIO_STATUS_ERR)
		return request_refused(gpio, what, line);
	if (gpio->response[0] != VIRTIO_GPIO_STATUS_OK || used.len != len + 1) {
		log_error(gpio->probe->name,
			  "the answer is incomplete; is it a GPIO controller?");
		return -EPROTO;
	}

	return 0;
}

/* Returns the value of the response, or a negative errno. */
static int request(struct probe_gpio *gpio, const char *what, uint16_t type,
		   unsigned int line, uint32_t value)
{
	int r = exchange(gpio, what, type, line, value, 1);

	return r < 0 ? r : gpio->response[1];
}

int probe_gpio_direction(struct probe_gpio *gpio, unsigned int line)
{
	int r = request(gpio, "tell the direction of",
			VIRTIO_GPIO_MSG_GET_DIRECTION, line, 0);

	if (r < 0 || r <= VIRTIO_GPIO_DIRECTION_IN)
		return r;

	log_error(gpio->probe->name,
		  "line %u has direction %d, which means nothing", line, r);
	return -EPROTO;
}

int probe_gpio_set_direction(struct probe_gpio *gpio, unsigned int line,
			     uint32_t direction)
{
	return request(gpio, "change the direction of",
		       VIRTIO_GPIO_MSG_SET_DIRECTION, line, direction);
}

int probe_gpio_value(struct probe_gpio *gpio, unsigned int line)
{
	return request(gpio, "read", VIRTIO_GPIO_MSG_GET_VALUE, line, 0);
}

static int set_value(struct probe_gpio *gpio, unsigned int line, uint32_t value)
{
	return request(gpio, "set", VIRTIO_GPIO_MSG_SET_VALUE, line, value);
}

int probe_gpio_watch(struct probe_gpio *gpio, unsigned int line, uint32_t type)
{
	return request(gpio, "watch", VIRTIO_GPIO_MSG_IRQ_TYPE, line, type);
}

/* The value comes first, so that the line never has another one. */
int probe_gpio_drive(struct probe_gpio *gpio, unsigned int line,
		     unsigned int value)
{
	int r = set_value(gpio, line, value);

	return r < 0 ? r
		     : probe_gpio_set_direction(gpio, line,
						VIRTIO_GPIO_DIRECTION_OUT);
}

/* As many strings as there are lines, and nothing else. */
static bool names_are_valid(const struct probe_gpio *gpio, const char *names)
{
	size_t n = 0;

	for (size_t i = 0; i < gpio->names_size; i++) {
		if (names[i] == '\0')
			n++;
		else if (!isgraph((unsigned char)names[i]) && names[i] != ' ')
			return false;
	}

	return n == gpio->n_lines && names[gpio->names_size - 1] == '\0';
}

int probe_gpio_names(struct probe_gpio *gpio, char **ret)
{
	char *names;
	int r;

	*ret = NULL;
	if (gpio->names_size == 0)
		return 0;

	r = exchange(gpio, "name", VIRTIO_GPIO_MSG_GET_NAMES, 0, 0,
		     gpio->names_size);
	if (r < 0)
		return r;

	names = malloc(gpio->names_size);
	if (!names) {
		log_error(NULL, "there is not enough memory");
		return -ENOMEM;
	}

	/* The device can change the original, also after it was checked. */
	memcpy(names, gpio->response + 1, gpio->names_size);
	if (!names_are_valid(gpio, names)) {
		log_error(gpio->probe->name,
			  "the line names are not one string of printable "
			  "characters for each line");
		free(names);
		return -EPROTO;
	}
	*ret = names;

	return 0;
}

/* Unmask the interrupt: it is masked again when it comes. */
int probe_gpio_arm(struct probe_gpio *gpio, unsigned int line)
{
	struct vhu_frontend *frontend = gpio->probe->frontend;
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(frontend, EVENT_QUEUE)->ring;
	const struct vhu_driver_chain chain = {
		.buffers = gpio->event_buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	int r;

	gpio->event->gpio = htole16((uint16_t)line);
	gpio->event_response->status = VIRTIO_GPIO_IRQ_STATUS_INVALID;

	r = vhu_driver_ring_add(ring, &chain);
	if (r == 0 && vhu_driver_ring_publish(ring))
		r = vhu_frontend_kick(frontend, EVENT_QUEUE);

	return r < 0 ? probe_request_failed(gpio->probe, r) : 0;
}

/* Nobody knows when an edge will come: there is no time-out. */
int probe_gpio_wait(struct probe_gpio *gpio, unsigned int line)
{
	struct vhu_frontend *frontend = gpio->probe->frontend;
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(frontend, EVENT_QUEUE)->ring;
	struct vhu_driver_used used;
	int r;

	while ((r = vhu_driver_ring_get(ring, &used)) == 0) {
		r = vhu_frontend_wait(frontend, EVENT_QUEUE);
		if (r < 0 && r != -ETIMEDOUT)
			break;
	}
	if (r < 0)
		return probe_request_failed(gpio->probe, r);

	if (gpio->event_response->status != VIRTIO_GPIO_IRQ_STATUS_VALID) {
		log_error(gpio->probe->name,
			  "the device does not watch line %u any more", line);
		return -EREMOTEIO;
	}

	return 0;
}
