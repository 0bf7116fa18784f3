/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver that does nothing but ask.
 */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemons/probe-alarm.h"
#include "daemons/probe-load.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

/* How often to see whether the back-end is still there, in milliseconds. */
#define CHECK_PERIOD 200

/* Buffers are aligned as a driver in a kernel would do it. */
#define CACHE_LINE 64
#define PAGE 4096

/**
 * struct load - a load being run
 * @load:    what to do
 * @queue:   where
 * @buffers: one for each request of a batch that was not given
 * @chains:  the requests of a batch
 * @begin:   when the batch was sent that is being answered
 * @result:  so far
 */
struct load {
	const struct probe_load *load;
	struct vhu_frontend_queue *queue;
	struct vhu_driver_buffer buffers[PROBE_LOAD_MAX_DEPTH];
	struct vhu_driver_chain chains[PROBE_LOAD_MAX_DEPTH];
	uint64_t begin;
	struct probe_load_result result;
};

uint64_t probe_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return (uint64_t)now.tv_sec * VD_NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint32_t probe_percentile(uint32_t *samples, size_t n_samples, double percent)
{
	double index = (double)(n_samples - 1) * percent / 100;

	qsort(samples, n_samples, sizeof(*samples), compare);

	return samples[(size_t)(index + 0.5)];
}

static int submit(struct load *load)
{
	struct vhu_driver_ring *ring = load->queue->ring;

	for (uint32_t i = 0; i < load->load->depth; i++) {
		int r = vhu_driver_ring_add(ring, &load->chains[i]);

		if (r < 0)
			return r;
	}

	if (!vhu_driver_ring_publish(ring))
		return 0;
	load->result.n_kicks++;

	return vhu_frontend_kick(load->load->frontend, 0);
}

/* The timer has fired: is the back-end still there, and does it answer? */
static int check(const struct load *load)
{
	struct pollfd pollfd = {
		.fd = vhu_frontend_fd(load->load->frontend),
		.events = POLLRDHUP,
	};

	probe_alarmed = 0;
	if (poll(&pollfd, 1, 0) > 0)
		return -ECONNRESET;

	return probe_now() - load->begin > load->load->timeout ? -ETIMEDOUT : 0;
}

static int sleep_once(struct load *load)
{
	uint64_t n_calls;

	if (read(load->queue->call_fd, &n_calls, sizeof(n_calls)) < 0)
		return errno == EINTR ? 0 : -errno;
	load->result.n_calls += n_calls;

	return 0;
}

static int collect(struct load *load)
{
	uint32_t left = load->load->depth;

	while (left > 0) {
		struct vhu_driver_used used;
		int r = vhu_driver_ring_get(load->queue->ring, &used);

		if (r > 0) {
			load->result.n_bytes += used.len;
			left--;
			continue;
		}
		if (r == 0 && !load->load->spin)
			r = sleep_once(load);
		if (r == 0 && probe_alarmed)
			r = check(load);
		if (r < 0)
			return r;
	}

	return 0;
}

static void record(struct load *load, uint64_t nsec)
{
	struct probe_load_result *result = &load->result;

	if (result->n_samples < load->load->max_samples)
		load->load->samples[result->n_samples++] =
			(uint32_t)VD_MIN(nsec, UINT32_MAX);
	result->n_batches++;
	result->nsec += nsec;
}

static int run_batches(struct load *load)
{
	load->begin = probe_now();

	do {
		uint64_t now;
		int r = submit(load);

		if (r == 0)
			r = collect(load);
		if (r < 0)
			return r;

		now = probe_now();
		record(load, now - load->begin);
		load->begin = now;
	} while (load->result.nsec < load->load->nsec);

	return 0;
}

static size_t alignment(uint32_t size)
{
	return size < PAGE ? CACHE_LINE : PAGE;
}

size_t probe_load_bytes(uint32_t size, uint32_t depth)
{
	return (size_t)depth * (size + alignment(size));
}

static int make_chains(struct load *load)
{
	const struct probe_load *todo = load->load;
	size_t align = alignment(todo->size);

	if (todo->chains) {
		memcpy(load->chains, todo->chains,
		       todo->depth * sizeof(*todo->chains));
		return 0;
	}

	for (uint32_t i = 0; i < todo->depth; i++) {
		struct vhu_driver_buffer *buffer = &load->buffers[i];

		if (!vhu_guest_memory_alloc(todo->memory, todo->size, align,
					    &buffer->gpa))
			return -ENOMEM;
		buffer->len = todo->size;
		load->chains[i].buffers = buffer;
		load->chains[i].n_writable = 1;
	}

	return 0;
}

int probe_load_run(const struct probe_load *todo, struct probe_load_result *ret)
{
	struct load load = { .load = todo };
	struct vhu_driver_ring *ring;
	int r;

	assert(todo->depth <= PROBE_LOAD_MAX_DEPTH);

	load.queue = vhu_frontend_queue(todo->frontend, 0);
	ring = load.queue->ring;
	r = make_chains(&load);
	if (r < 0)
		return r;

	if (todo->spin)
		vhu_driver_ring_disable_interrupts(ring);
	else
		vhu_driver_ring_enable_interrupts(ring);

	probe_alarm_begin(load.queue->call_fd, CHECK_PERIOD);
	r = run_batches(&load);
	probe_alarm_end();
	if (r < 0)
		return r;

	*ret = load.result;
	return 0;
}
