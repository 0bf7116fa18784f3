/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A ring whose requests are recorded, in memory that outlives the processes
 * that work it; its driver, and its device.
 */

#ifndef TESTS_INFLIGHT_TEST_H
#define TESTS_INFLIGHT_TEST_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vhost-user/driver-ring.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define RING_SIZE 16
#define RECORD_SIZE 16
#define N_REQUESTS 6
#define N_WARM 5
#define GPA 0x10000ULL
#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

/**
 * struct arena - what outlives a process
 * @ring:     the ring
 * @record:   of what is under way
 * @requests: their numbers
 * @answers:  likewise
 * @executed: how often the device did what a request asks for
 */
struct arena {
	char ring[1024];
	char record[1024] __attribute__((aligned(64)));
	uint32_t requests[16];
	uint32_t answers[16];
	uint32_t executed[16];
};

static struct arena *arena;
static struct vhu_driver_ring *driver;
static struct vd_virtqueue *vq;
static struct vd_virtqueue_config config;
static int numbers[16];

static inline void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
			      uint64_t *len)
{
	(void)host;

	if (gpa < GPA || gpa - GPA >= sizeof(*arena))
		return NULL;
	*len = VD_MIN(*len, sizeof(*arena) - (gpa - GPA));

	return (char *)arena + (gpa - GPA);
}

static inline void notify(struct vd_virtqueue_host *host)
{
	(void)host;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
};
static struct vd_virtqueue_host host = { .ops = &host_ops };

static inline uint64_t gpa_of(const void *at)
{
	return GPA + (uint64_t)((const char *)at - (const char *)arena);
}

/* --- the driver ------------------------------------------------------------ */

/* Requests of two or three descriptors. */
static inline void submit(uint32_t number)
{
	uint64_t request = gpa_of(&arena->requests[number]);
	const struct vhu_driver_buffer buffers[] = {
		{ request, 2 },
		{ request + 2, 2 },
		{ gpa_of(&arena->answers[number]), 4 },
	};
	const struct vhu_driver_buffer in_one_piece[] = { { request, 4 },
							  buffers[2] };
	bool split = number % 2;
	const struct vhu_driver_chain chain = {
		.buffers = split ? buffers : in_one_piece,
		.n_readable = split ? 2 : 1,
		.n_writable = 1,
		.token = &numbers[number],
	};

	arena->requests[number] = number;
	cr_assert_eq(vhu_driver_ring_add(driver, &chain), 0);
	vhu_driver_ring_publish(driver);
}

/* Returns how many answers there were, or -1 if one of them is wrong. */
static inline int collect(bool *answered)
{
	struct vhu_driver_used used;
	int n = 0, r;

	while ((r = vhu_driver_ring_get(driver, &used)) == 1) {
		size_t number = (size_t)((int *)used.token - numbers);

		if (answered[number] || used.len != 4 ||
		    arena->answers[number] != number)
			return -1;
		answered[number] = true;
		n++;
	}

	return r < 0 ? -1 : n;
}

/* --- the device ------------------------------------------------------------ */

static inline struct vd_queue *queue(void)
{
	return vd_virtqueue_queue(vq);
}

/* How many operations are left before the process ends; 0 for no end. */
static int n_left;

static inline void count_operation(void)
{
	if (n_left > 0 && --n_left == 0)
		_exit(0);
}

static inline struct vd_chain *pop(void)
{
	struct vd_chain *chain = NULL;

	count_operation();
	return vd_queue_pop(queue(), &chain) == 1 ? chain : NULL;
}

static inline uint32_t number_of(struct vd_chain *chain)
{
	uint32_t number = UINT32_MAX;

	(void)vd_chain_read(chain, &number, sizeof(number));

	return number;
}

static inline uint32_t execute(struct vd_chain *chain)
{
	uint32_t number = number_of(chain);

	if (number < VD_ARRAY_SIZE(arena->executed))
		arena->executed[number]++;

	return number;
}

static inline void answer(struct vd_chain *chain, uint32_t number)
{
	size_t len = VD_MIN(chain->room, sizeof(number));

	count_operation();
	(void)vd_chain_write(chain, &number, len);
	vd_chain_complete(chain, len);
}

static inline void flush(void)
{
	count_operation();
	(void)queue()->ops->flush(queue());
}

/* Held, completed out of order and in batches, and taken back. */
static inline void work(void)
{
	struct vd_chain *a, *b, *c, *d;
	uint32_t n_a, n_b, n_c, n_d;

	if (vd_virtqueue_start(vq, &config) < 0)
		_exit(1);
	a = pop();
	b = pop();
	c = pop();
	n_a = execute(a);
	n_b = execute(b);
	answer(b, n_b);
	answer(a, n_a);
	a = pop();
	flush();
	vd_queue_unpop(queue(), a);
	n_c = execute(c);
	a = pop();
	n_a = execute(a);
	answer(a, n_a);
	flush();
	b = pop();
	d = pop();
	n_d = execute(d);
	n_b = execute(b);
	/* The second one begins where, in the old order, the next one would. */
	answer(c, n_c);
	answer(d, n_d);
	answer(b, n_b);
	flush();
	vd_virtqueue_stop(vq);
}

/* Do all that is left, one after the other. */
static inline void work_off(void)
{
	struct vd_chain *chain;

	if (vd_virtqueue_start(vq, &config) < 0)
		_exit(1);
	while ((chain = pop())) {
		answer(chain, execute(chain));
		flush();
	}
	vd_virtqueue_stop(vq);
}

/* What a front-end knows after a crash: nothing if the ring is packed. */
static inline void find_base(void)
{
	uint16_t used;

	if (config.features & PACKED)
		return;
	memcpy(&used, (char *)config.device + 2, sizeof(used));
	config.base = le16toh(used);
}

/* Nobody watches this one, which ends after so many operations. */
static inline void work_and_die(int operations)
{
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0) {
		n_left = operations;
		work();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* A process that is killed does not clean up; ours do not end, and remember. */
static struct vd_virtqueue *dead[4];
static size_t n_dead;

static inline void kill_virtqueue(void)
{
	cr_assert_lt(n_dead, VD_ARRAY_SIZE(dead));
	dead[n_dead++] = vq;
	cr_assert_eq(vd_virtqueue_new(&host, &vq), 0);
}

/* A ring that is about to wrap, with requests in it. */
static inline void open_ring(uint64_t features)
{
	const struct vhu_driver_ring_config driver_config = {
		.features = features,
		.size = RING_SIZE,
		.base = features ? VD_VIRTQUEUE_PACKED_BASE : 0,
		.memory = arena->ring,
		.gpa = gpa_of(arena->ring),
	};
	const struct vhu_driver_layout *layout;
	bool answered[16] = { false };

	memset(arena, 0, sizeof(*arena));
	cr_assert_leq(vhu_driver_ring_bytes(RING_SIZE, features),
		      sizeof(arena->ring));
	cr_assert_eq(vhu_driver_ring_new(&driver_config, &driver), 0);
	layout = vhu_driver_ring_layout(driver);
	config = (struct vd_virtqueue_config){
		.features = features,
		.size = RING_SIZE,
		.desc = layout->desc.at,
		.driver = layout->driver.at,
		.device = layout->device.at,
		.base = driver_config.base,
		.inflight = arena->record,
		.inflight_size = RECORD_SIZE,
	};

	cr_assert_eq(vd_virtqueue_new(&host, &vq), 0);
	cr_assert_eq(vd_virtqueue_start(vq, &config), 0);
	for (uint32_t i = 0; i < N_WARM; i++)
		submit(i);
	for (uint32_t i = 0; i < N_WARM; i++)
		answer(pop(), i);
	flush();
	config.base = vd_virtqueue_stop(vq);
	cr_assert_eq(collect(answered), N_WARM);
	memset(arena->answers, 0xee, sizeof(arena->answers));
	for (uint32_t i = 0; i < N_REQUESTS; i++)
		submit(i);
}

static inline void close_ring(void)
{
	vd_virtqueue_free(vq);
	vhu_driver_ring_free(driver);
}

static inline void setup(void)
{
	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(arena != MAP_FAILED);
}

struct format {
	uint64_t features;
	char name[16];
};

static struct format formats[] = { { 0, "split" }, { PACKED, "packed" } };

#endif
