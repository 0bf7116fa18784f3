/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver's side of a ring, and the device's side of the same.
 */

#ifndef TESTS_DRIVER_RING_TEST_H
#define TESTS_DRIVER_RING_TEST_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vhost-user/driver-ring.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define EVENT_IDX VD_BIT(VIRTIO_RING_F_EVENT_IDX)
#define INDIRECT VD_BIT(VIRTIO_RING_F_INDIRECT_DESC)
#define IN_ORDER VD_BIT(VIRTIO_F_IN_ORDER)
#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

#define PACKED_BASE VD_VIRTQUEUE_PACKED_BASE

/* Guest-physical address 0 is the beginning of this. */
static char *guest;
static struct vhu_driver_ring *ring;
static struct vd_virtqueue *vq;
static struct vd_queue *queue;
static unsigned int n_notified;
static unsigned int n_faults;

#define GUEST_SIZE (2U << 20)
#define BUFFERS_AT (1U << 20)

static inline void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
			      uint64_t *len)
{
	(void)host;
	cr_assert(gpa < GUEST_SIZE && *len <= GUEST_SIZE - gpa);

	return guest + gpa;
}

static inline void notify(struct vd_virtqueue_host *host)
{
	(void)host;
	n_notified++;
}

static inline void fault(struct vd_virtqueue_host *host,
			 enum vd_virtqueue_fault which)
{
	(void)host;
	(void)which;
	n_faults++;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
	.fault = fault,
};
static struct vd_virtqueue_host host = { .ops = &host_ops };

/*
 * Have the device look until there is nothing left, and answer all it finds;
 * returns how many.
 */
static inline unsigned int serve(size_t written)
{
	struct vd_chain *chain;
	unsigned int n = 0;

	do {
		while (vd_queue_pop(queue, &chain) == 1) {
			vd_chain_complete(chain, written);
			n++;
		}
	} while (queue->ops->flush(queue));

	return n;
}

static inline void open_ring(uint64_t features, uint32_t size, uint32_t base)
{
	struct vhu_driver_ring_config config = {
		.features = features,
		.size = size,
		.base = base,
	};
	const struct vhu_driver_layout *layout;

	guest = aligned_alloc(4096, GUEST_SIZE);
	config.memory = guest;
	cr_assert_eq(vhu_driver_ring_new(&config, &ring), 0);

	layout = vhu_driver_ring_layout(ring);
	cr_assert_eq(vd_virtqueue_new(&host, &vq), 0);
	cr_assert_eq(vd_virtqueue_start(vq,
					&(struct vd_virtqueue_config){
						.features = features,
						.size = size,
						.base = base,
						.desc = layout->desc.at,
						.driver = layout->driver.at,
						.device = layout->device.at,
					}),
		     0);
	queue = vd_virtqueue_queue(vq);

	/* A transport looks once when a ring starts. */
	cr_assert_eq(serve(0), 0);
}

static inline void close_ring(void)
{
	vd_virtqueue_stop(vq);
	vd_virtqueue_free(vq);
	vhu_driver_ring_free(ring);
	free(guest);
}

/* The smallest request: eight bytes for the device to write. */
static inline int add_small(void *token)
{
	const struct vhu_driver_buffer buffer = { BUFFERS_AT, 8 };

	return vhu_driver_ring_add(ring, &(struct vhu_driver_chain){
						 .buffers = &buffer,
						 .n_writable = 1,
						 .token = token,
					 });
}

static inline void *token(size_t n)
{
	return (void *)(uintptr_t)(n + 1);
}

/* Get one back, which has to be there. */
static inline struct vhu_driver_used get(void)
{
	struct vhu_driver_used used = { 0 };

	cr_assert_eq(vhu_driver_ring_get(ring, &used), 1);

	return used;
}

struct kind {
	char why[40];
	uint64_t features;
	uint32_t size;
	uint32_t base;
};

#define KINDS(...) \
	do { \
		static struct kind kinds[] = { __VA_ARGS__ }; \
		return cr_make_param_array(struct kind, kinds, \
					   VD_ARRAY_SIZE(kinds)); \
	} while (0)

/* Both formats, with and without event indices, and close to each wrap. */
static inline struct criterion_test_params every_kind(void)
{
	KINDS({ "split", INDIRECT, 8, 0 },
	      { "split, event index", INDIRECT | EVENT_IDX, 8, 0 },
	      { "split, about to wrap", INDIRECT | EVENT_IDX, 8, 0xfffd },
	      { "split, one entry", INDIRECT, 1, 0 },
	      { "split, the largest", INDIRECT | EVENT_IDX, 32768, 0x7ffe },
	      { "split, in order", INDIRECT | IN_ORDER, 16, 0 },
	      { "packed", INDIRECT | PACKED, 8, PACKED_BASE },
	      { "packed, event index", INDIRECT | PACKED | EVENT_IDX, 8,
		PACKED_BASE },
	      { "packed, odd size", INDIRECT | PACKED | EVENT_IDX, 7,
		0x80058005 },
	      { "packed, second lap", INDIRECT | PACKED | EVENT_IDX, 5,
		0x00030003 },
	      { "packed, one entry", INDIRECT | PACKED, 1, PACKED_BASE },
	      { "packed, the largest", INDIRECT | PACKED | EVENT_IDX, 32768,
		0xfffefffe },
	      { "packed, in order", INDIRECT | PACKED | IN_ORDER, 16,
		PACKED_BASE });
}

#endif
