/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How long an edge takes to reach the guest.
 */

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "tests/bench/bench.h"
#include "tests/bench/requests.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

#define ROUNDS 10000

#define REQUEST_QUEUE 0
#define EVENT_QUEUE 1
#define DRIVEN 0
#define WATCHED 1

/**
 * struct driver - a driver that waits for edges
 * @frontend: its VMM
 * @request:  for the device to read
 * @response: for it to write
 * @buffers:  where it finds them
 * @event:    which line is watched
 * @fired:    written when it has fired
 * @event_buffers: where it finds them
 */
struct driver {
	struct vhu_frontend *frontend;
	struct virtio_gpio_request *request;
	struct virtio_gpio_response *response;
	struct vhu_driver_buffer buffers[2];
	struct virtio_gpio_irq_request *event;
	struct virtio_gpio_irq_response *fired;
	struct vhu_driver_buffer event_buffers[2];
};

static uint32_t samples[ROUNDS];

static void check(int r)
{
	if (r < 0)
		bench_die("the daemon does not answer", r);
}

static void *allocate(struct vhu_guest_memory *memory, uint32_t len,
		      struct vhu_driver_buffer *buffer)
{
	void *p = vhu_guest_memory_alloc(memory, len, 64, &buffer->gpa);

	if (!p)
		bench_die("the guest's memory is too small", 0);
	buffer->len = len;

	return p;
}

static void submit(struct driver *driver, unsigned int queue,
		   const struct vhu_driver_buffer *buffers)
{
	const struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(driver->frontend, queue)->ring;

	check(vhu_driver_ring_add(ring, &chain));
	if (vhu_driver_ring_publish(ring))
		check(vhu_frontend_kick(driver->frontend, queue));
}

static void collect(struct driver *driver, unsigned int queue)
{
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(driver->frontend, queue)->ring;
	struct vhu_driver_used used;
	int r;

	while ((r = vhu_driver_ring_get(ring, &used)) == 0)
		check(vhu_frontend_wait(driver->frontend, queue));
	check(r);
}

static void prepare(struct driver *driver, uint16_t type, uint16_t line,
		    uint32_t value)
{
	*driver->request = (struct virtio_gpio_request){
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
}

static void ask(struct driver *driver, uint16_t type, uint16_t line,
		uint32_t value)
{
	prepare(driver, type, line, value);
	submit(driver, REQUEST_QUEUE, driver->buffers);
	collect(driver, REQUEST_QUEUE);
	if (driver->response->status != VIRTIO_GPIO_STATUS_OK)
		bench_die("a request has failed", 0);
}

static void start(struct driver *driver, struct bench_guest *guest)
{
	struct vhu_guest_memory *memory = bench_guest_memory(guest);

	driver->frontend = bench_guest_frontend(guest);
	driver->request =
		allocate(memory, sizeof(*driver->request), &driver->buffers[0]);
	driver->response = allocate(memory, sizeof(*driver->response),
				    &driver->buffers[1]);
	driver->event = allocate(memory, sizeof(*driver->event),
				 &driver->event_buffers[0]);
	driver->fired = allocate(memory, sizeof(*driver->fired),
				 &driver->event_buffers[1]);
	driver->event->gpio = htole16(WATCHED);

	check(vhu_frontend_prepare_queue(driver->frontend, EVENT_QUEUE, 64));
	check(vhu_frontend_start_queue(driver->frontend, EVENT_QUEUE));
	ask(driver, VIRTIO_GPIO_MSG_SET_DIRECTION, DRIVEN,
	    VIRTIO_GPIO_DIRECTION_OUT);
	ask(driver, VIRTIO_GPIO_MSG_IRQ_TYPE, WATCHED,
	    VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
}

/* As the floor waits: in a bare read(). */
static void wait_for_edge(struct driver *driver)
{
	int fd = vhu_frontend_queue(driver->frontend, EVENT_QUEUE)->call_fd;
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		bench_die("no edge comes", -errno);
}

static void make_blocking(struct driver *driver)
{
	int fd = vhu_frontend_queue(driver->frontend, EVENT_QUEUE)->call_fd;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

double bench_edge(const struct bench_daemon *daemon)
{
	struct bench_guest *guest = bench_guests_open(daemon, 1);
	struct driver driver;

	start(&driver, guest);
	make_blocking(&driver);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t begin;

		/* When the second one is answered, the first is there. */
		submit(&driver, EVENT_QUEUE, driver.event_buffers);
		ask(&driver, VIRTIO_GPIO_MSG_GET_VALUE, WATCHED, 0);

		prepare(&driver, VIRTIO_GPIO_MSG_SET_VALUE, DRIVEN, !(i % 2));
		begin = probe_now();
		submit(&driver, REQUEST_QUEUE, driver.buffers);
		wait_for_edge(&driver);
		samples[i] = (uint32_t)(probe_now() - begin);

		collect(&driver, EVENT_QUEUE);
		collect(&driver, REQUEST_QUEUE);
		if (driver.fired->status != VIRTIO_GPIO_IRQ_STATUS_VALID)
			bench_die("an interrupt was not valid", 0);
	}
	bench_guests_close(guest, 1);

	return probe_percentile(samples, ROUNDS, 50);
}
