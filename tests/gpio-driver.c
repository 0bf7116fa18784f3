/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/gpio-driver.h"
#include "virtio-devices/util.h"

static struct fake_lines *to_lines(struct vd_gpio_backend *backend)
{
	return container_of(backend, struct fake_lines, backend);
}

static void lines_attach(struct vd_gpio_backend *backend,
			 struct vd_gpio *device)
{
	to_lines(backend)->gpio = device;
}

static const char *lines_name(struct vd_gpio_backend *backend, uint16_t line)
{
	return to_lines(backend)->names[line];
}

static int lines_get_direction(struct vd_gpio_backend *backend, uint16_t line)
{
	struct fake_lines *fake = to_lines(backend);

	return fake->error ? fake->error : (int)fake->direction[line];
}

static int lines_set_direction(struct vd_gpio_backend *backend, uint16_t line,
			       enum vd_gpio_direction direction, bool value)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->direction[line] = direction;
	if (direction == VD_GPIO_OUTPUT)
		fake->value[line] = value;

	return 0;
}

static int lines_get_value(struct vd_gpio_backend *backend, uint16_t line)
{
	struct fake_lines *fake = to_lines(backend);

	return fake->error ? fake->error : fake->value[line];
}

static int lines_set_value(struct vd_gpio_backend *backend, uint16_t line,
			   bool value)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->value[line] = value;
	fake->n_set_values++;

	return 0;
}

static int lines_watch(struct vd_gpio_backend *backend, uint16_t line,
		       enum vd_gpio_edges edges)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->watched[line] = edges;

	return 0;
}

static void lines_destroy(struct vd_gpio_backend *backend)
{
	to_lines(backend)->n_destroyed++;
}

const struct vd_gpio_backend_ops lines_ops = {
	.name = "fake",
	.attach = lines_attach,
	.line_name = lines_name,
	.get_direction = lines_get_direction,
	.set_direction = lines_set_direction,
	.get_value = lines_get_value,
	.set_value = lines_set_value,
	.watch = lines_watch,
	.destroy = lines_destroy,
};

const struct vd_gpio_backend_ops bare_ops = {
	.name = "bare",
	.get_direction = lines_get_direction,
	.set_direction = lines_set_direction,
	.get_value = lines_get_value,
	.set_value = lines_set_value,
	.destroy = lines_destroy,
};

struct fake_lines lines;
struct fake_queue requests, events;
struct vd_device *gpio;

static void make(const struct vd_gpio_backend_ops *ops)
{
	lines.backend.ops = ops;
	lines.backend.n_lines = N_LINES;
	cr_assert_eq(vd_gpio_new(&lines.backend, &gpio), 0);
	fake_queue_init(&requests);
	fake_queue_init(&events);
	vd_device_start_queue(gpio, 0, &requests.queue);
	vd_device_start_queue(gpio, 1, &events.queue);
}

void gpio_setup(void)
{
	make(&lines_ops);
}

void gpio_teardown(void)
{
	vd_device_free(gpio);
}

void make_again(const struct vd_gpio_backend_ops *ops)
{
	vd_device_free(gpio);
	make(ops);
}

struct virtio_gpio_request make_request(uint16_t type, uint16_t line,
					uint32_t value)
{
	return (struct virtio_gpio_request){
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
}

struct fake_request *gpio_send(struct fake_queue *queue, const void *out,
			       size_t out_len, void *in, size_t in_len)
{
	struct fake_request *sent = fake_queue_add(queue);

	if (out_len)
		fake_queue_say(sent, out, out_len);
	if (in_len)
		fake_queue_room(sent, in, in_len);

	return sent;
}

struct answer ask_with(struct virtio_gpio_request request, size_t len,
		       size_t room)
{
	uint8_t response[64];
	struct fake_request *sent;

	memset(response, UNTOUCHED, sizeof(response));
	sent = gpio_send(&requests, &request, len, response, room);
	vd_device_kick(gpio, 0, 0);
	cr_assert(sent->done, "a request is answered at once");

	return (struct answer){
		.status = response[0],
		.value = response[1],
		.written = sent->written,
	};
}

struct answer ask(uint16_t type, uint16_t line, uint32_t value)
{
	return ask_with(make_request(type, line, value),
			sizeof(struct virtio_gpio_request), 2);
}

uint8_t set_direction(uint16_t line, uint32_t direction)
{
	return ask(VIRTIO_GPIO_MSG_SET_DIRECTION, line, direction).status;
}

uint8_t set_value(uint16_t line, uint32_t value)
{
	return ask(VIRTIO_GPIO_MSG_SET_VALUE, line, value).status;
}

uint8_t set_irq_type(uint16_t line, uint32_t type)
{
	return ask(VIRTIO_GPIO_MSG_IRQ_TYPE, line, type).status;
}

void enable_irq(uint16_t line, uint32_t type)
{
	cr_assert_eq(set_direction(line, VD_GPIO_INPUT), OK);
	cr_assert_eq(set_irq_type(line, type), OK);
}

struct event *unmask(uint16_t line)
{
	static struct event pool[FAKE_QUEUE_MAX];
	struct event *event = &pool[events.n_requests];

	event->request.gpio = htole16(line);
	event->status = UNTOUCHED;
	event->sent = gpio_send(&events, &event->request,
				sizeof(event->request), &event->status, 1);
	vd_device_kick(gpio, 1, 0);

	return event;
}

bool came_back(const struct event *event, uint8_t status)
{
	return event->sent->done && event->sent->written == 1 &&
	       event->status == status &&
	       events.n_flushed == events.n_completed;
}

bool waits(const struct event *event)
{
	return !event->sent->done && event->status == UNTOUCHED;
}

void pull(uint16_t line, bool value)
{
	bool changes = lines.value[line] != value;

	lines.value[line] = value;
	if (changes &&
	    lines.watched[line] & (value ? VD_GPIO_RISING : VD_GPIO_FALLING))
		vd_gpio_edge(lines.gpio, line);
}
