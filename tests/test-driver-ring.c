/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of a ring against the device's side, in one process.
 */

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

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	(void)host;
	cr_assert(gpa < GUEST_SIZE && *len <= GUEST_SIZE - gpa);

	return guest + gpa;
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
	n_notified++;
}

static void fault(struct vd_virtqueue_host *host, enum vd_virtqueue_fault which)
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
static unsigned int serve(size_t written)
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

static void open_ring(uint64_t features, uint32_t size, uint32_t base)
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

static void close_ring(void)
{
	vd_virtqueue_stop(vq);
	vd_virtqueue_free(vq);
	vhu_driver_ring_free(ring);
	free(guest);
}

/* The smallest request: eight bytes for the device to write. */
static int add_small(void *token)
{
	const struct vhu_driver_buffer buffer = { BUFFERS_AT, 8 };

	return vhu_driver_ring_add(ring, &(struct vhu_driver_chain){
						 .buffers = &buffer,
						 .n_writable = 1,
						 .token = token,
					 });
}

static void *token(size_t n)
{
	return (void *)(uintptr_t)(n + 1);
}

/* Get one back, which has to be there. */
static struct vhu_driver_used get(void)
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
static struct criterion_test_params every_kind(void)
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

ParameterizedTestParameters(driver_ring, gets_back_what_it_added)
{
	return every_kind();
}

ParameterizedTest(struct kind *kind, driver_ring, gets_back_what_it_added)
{
	open_ring(kind->features, kind->size, kind->base);

	for (size_t i = 0; i < 3 * (size_t)kind->size + 1; i++) {
		struct vhu_driver_used used;

		cr_assert_eq(add_small(token(i)), 0, "%s", kind->why);
		cr_assert(vhu_driver_ring_publish(ring), "%s: kick", kind->why);
		cr_assert_eq(serve(i % 9), 1, "%s", kind->why);

		used = get();
		cr_assert_eq(used.token, token(i), "%s", kind->why);
		cr_assert_eq(used.len, i % 9, "%s", kind->why);
	}

	cr_assert_eq(n_faults, 0);
	close_ring();
}

ParameterizedTestParameters(driver_ring, fills_the_ring_again_and_again)
{
	return every_kind();
}

ParameterizedTest(struct kind *kind, driver_ring,
		  fills_the_ring_again_and_again)
{
	open_ring(kind->features, kind->size, kind->base);

	for (size_t lap = 0; lap < 4; lap++) {
		for (size_t i = 0; i < kind->size; i++)
			cr_assert_eq(add_small(token(i)), 0);
		cr_assert_eq(add_small(NULL), -ENOSPC, "%s", kind->why);

		cr_assert(vhu_driver_ring_publish(ring), "%s", kind->why);
		cr_assert_eq(serve(8), kind->size, "%s", kind->why);
		for (size_t i = 0; i < kind->size; i++)
			cr_assert_eq(get().token, token(i), "%s", kind->why);
		cr_assert_eq(vhu_driver_ring_free_descs(ring), kind->size);
	}

	close_ring();
}

ParameterizedTestParameters(driver_ring, notifies_and_is_notified_once_a_batch)
{
	return every_kind();
}

ParameterizedTest(struct kind *kind, driver_ring,
		  notifies_and_is_notified_once_a_batch)
{
	unsigned int n_kicks = 0;

	open_ring(kind->features, kind->size, kind->base);

	for (size_t batch = 0; batch < 10; batch++) {
		for (size_t i = 0; i < (kind->size + 1) / 2; i++)
			add_small(token(i));
		n_kicks += vhu_driver_ring_publish(ring);
		serve(8);
		for (size_t i = 0; i < (kind->size + 1) / 2; i++)
			get();
	}

	cr_assert_eq(n_kicks, 10, "%s", kind->why);
	cr_assert_eq(n_notified, 10, "%s", kind->why);
	close_ring();
}

ParameterizedTestParameters(driver_ring, suppresses_interrupts)
{
	return every_kind();
}

ParameterizedTest(struct kind *kind, driver_ring, suppresses_interrupts)
{
	open_ring(kind->features, kind->size, kind->base);

	/* The first notification comes in any case. */
	add_small(NULL);
	vhu_driver_ring_publish(ring);
	serve(8);
	get();
	n_notified = 0;

	/* Several laps of a small ring; an event index comes round at last. */
	vhu_driver_ring_disable_interrupts(ring);
	for (size_t i = 0; i < 100; i++) {
		add_small(NULL);
		vhu_driver_ring_publish(ring);
		serve(8);
		get();
	}
	cr_assert_eq(n_notified, 0, "%s", kind->why);

	cr_assert_not(vhu_driver_ring_enable_interrupts(ring));
	add_small(NULL);
	vhu_driver_ring_publish(ring);
	serve(8);
	cr_assert_eq(n_notified, 1, "%s", kind->why);
	cr_assert(vhu_driver_ring_enable_interrupts(ring), "%s", kind->why);
	close_ring();
}

ParameterizedTestParameters(driver_ring, does_not_kick_a_device_that_polls)
{
	return every_kind();
}

ParameterizedTest(struct kind *kind, driver_ring,
		  does_not_kick_a_device_that_polls)
{
	open_ring(kind->features, kind->size, kind->base);

	/* With event indices it takes a chain to make the old one old. */
	vd_virtqueue_set_polling(vq, true);
	add_small(NULL);
	vhu_driver_ring_publish(ring);
	serve(8);
	get();

	add_small(NULL);
	cr_assert_not(vhu_driver_ring_publish(ring), "%s", kind->why);
	cr_assert(vd_virtqueue_ready(vq));
	cr_assert(vd_virtqueue_set_polling(vq, false), "%s", kind->why);
	serve(8);
	get();
	add_small(NULL);
	cr_assert(vhu_driver_ring_publish(ring), "%s", kind->why);

	serve(8);
	close_ring();
}

/* Every way to lay out the same request of two and three buffers. */
struct shape {
	uint64_t features;
	bool table;
	size_t n_direct;
};

ParameterizedTestParameters(driver_ring, moves_the_bytes_in_every_shape)
{
	static struct shape shapes[] = {
		{ INDIRECT, false, 0 },		 { INDIRECT, true, 0 },
		{ INDIRECT, true, 1 },		 { INDIRECT, true, 3 },
		{ INDIRECT | PACKED, false, 0 }, { INDIRECT | PACKED, true, 0 },
	};

	return cr_make_param_array(struct shape, shapes, VD_ARRAY_SIZE(shapes));
}

ParameterizedTest(struct shape *shape, driver_ring,
		  moves_the_bytes_in_every_shape)
{
	const struct vhu_driver_buffer buffers[] = {
		{ BUFFERS_AT, 3 },	   { BUFFERS_AT + 100, 5 },
		{ BUFFERS_AT + 200, 1 },   { BUFFERS_AT + 300, 4 },
		{ BUFFERS_AT + 400, 100 },
	};
	struct vd_chain *chain;
	char said[8];

	open_ring(shape->features, 8,
		  shape->features & PACKED ? PACKED_BASE : 0);
	memcpy(guest + BUFFERS_AT, "abc", 4);
	memcpy(guest + BUFFERS_AT + 100, "defgh", 6);

	cr_assert_eq(
		vhu_driver_ring_add(
			ring,
			&(struct vhu_driver_chain){
				.buffers = buffers,
				.n_readable = 2,
				.n_writable = 3,
				.table = shape->table ? guest + BUFFERS_AT / 2
						      : NULL,
				.table_gpa = BUFFERS_AT / 2,
				.n_direct = shape->n_direct,
			}),
		0);
	vhu_driver_ring_publish(ring);

	cr_assert_eq(vd_queue_pop(queue, &chain), 1);
	cr_assert_eq(vd_chain_read(chain, said, 8), 0);
	cr_assert_eq(memcmp(said, "abcdefgh", 8), 0);
	cr_assert_eq(chain->room, 105);
	cr_assert_eq(vd_chain_write(chain, "12345678", 8), 0);
	vd_chain_complete(chain, 8);
	queue->ops->flush(queue);

	cr_assert_eq(get().len, 8);
	cr_assert_eq(guest[BUFFERS_AT + 200], '1');
	cr_assert_eq(memcmp(guest + BUFFERS_AT + 300, "2345", 4), 0);
	cr_assert_eq(memcmp(guest + BUFFERS_AT + 400, "678", 3), 0);
	cr_assert_eq(vhu_driver_ring_free_descs(ring), 8);
	close_ring();
}

ParameterizedTestParameters(driver_ring, accepts_answers_in_any_order)
{
	KINDS({ "split", 0, 8, 0 }, { "packed", PACKED, 8, PACKED_BASE });
}

ParameterizedTest(struct kind *kind, driver_ring, accepts_answers_in_any_order)
{
	struct vd_chain *chains[4];

	open_ring(kind->features, kind->size, kind->base);

	for (size_t lap = 0; lap < 10; lap++) {
		for (size_t i = 0; i < 4; i++)
			add_small(token(i));
		vhu_driver_ring_publish(ring);
		for (size_t i = 0; i < 4; i++)
			cr_assert_eq(vd_queue_pop(queue, &chains[i]), 1);
		for (size_t i = 0; i < 4; i++)
			vd_chain_complete(chains[3 - i], i);
		queue->ops->flush(queue);

		for (size_t i = 0; i < 4; i++) {
			struct vhu_driver_used used = get();

			cr_assert_eq(used.token, token(3 - i));
			cr_assert_eq(used.len, i);
		}
	}

	close_ring();
}

/* A used entry that the device's side of this project would not write. */
static void write_used(bool packed, uint32_t id, uint32_t len)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(ring);
	struct vring_packed_desc *desc = layout->desc.at;
	struct vring_used *used = layout->device.at;

	if (packed) {
		desc->id = htole16((uint16_t)id);
		desc->len = htole32(len);
		desc->flags = htole16(1U << VRING_PACKED_DESC_F_AVAIL |
				      1U << VRING_PACKED_DESC_F_USED);
	} else {
		used->ring[0].id = htole32(id);
		used->ring[0].len = htole32(len);
		used->idx = htole16(3);
	}
}

ParameterizedTestParameters(driver_ring, takes_one_entry_for_a_batch_in_order)
{
	KINDS({ "split", IN_ORDER, 8, 0 },
	      { "packed", IN_ORDER | PACKED, 8, PACKED_BASE });
}

ParameterizedTest(struct kind *kind, driver_ring,
		  takes_one_entry_for_a_batch_in_order)
{
	struct vhu_driver_used used;

	open_ring(kind->features, kind->size, kind->base);
	for (size_t i = 0; i < 3; i++)
		add_small(token(i));
	vhu_driver_ring_publish(ring);
	write_used(kind->features & PACKED, 2, 5);

	cr_assert_eq(get().token, token(0));
	cr_assert(vhu_driver_ring_ready(ring));
	used = get();
	cr_assert_eq(used.token, token(1));
	cr_assert_eq(used.len, 8, "skipped ones count as full");
	used = get();
	cr_assert_eq(used.token, token(2));
	cr_assert_eq(used.len, 5);
	cr_assert_not(vhu_driver_ring_ready(ring));
	cr_assert_eq(vhu_driver_ring_get(ring, &used), 0);
	close_ring();
}

struct bad_used {
	char why[32];
	bool packed;
	uint32_t id;
	uint32_t len;
};

ParameterizedTestParameters(driver_ring, refuses_what_the_device_did_not_have)
{
	static struct bad_used cases[] = {
		{ "never given out", false, 3, 8 },
		{ "beyond the ring", false, 8, 8 },
		{ "far beyond it", false, 0x10000, 8 },
		{ "too long", false, 0, 9 },
		{ "never given out", true, 3, 8 },
		{ "beyond the ring", true, 8, 8 },
		{ "too long", true, 0, UINT32_MAX },
	};

	return cr_make_param_array(struct bad_used, cases,
				   VD_ARRAY_SIZE(cases));
}

ParameterizedTest(struct bad_used *bad, driver_ring,
		  refuses_what_the_device_did_not_have)
{
	struct vhu_driver_used used = { .len = 77 };

	open_ring(bad->packed ? PACKED : 0, 8, bad->packed ? PACKED_BASE : 0);
	add_small(NULL);
	vhu_driver_ring_publish(ring);
	write_used(bad->packed, bad->id, bad->len);

	cr_assert_eq(vhu_driver_ring_get(ring, &used), -EPROTO, "%s", bad->why);
	cr_assert_eq(used.len, 77, "result touched on failure");
	close_ring();
}

ParameterizedTestParameters(driver_ring, refuses_impossible_rings)
{
	KINDS({ "no entries", 0, 0, 0 }, { "no power of two", 0, 6, 0 },
	      { "too large", 0, 65536, 0 },
	      { "packed, too large", PACKED, 32769, PACKED_BASE },
	      { "base beyond 16 bits", 0, 8, 0x10000 },
	      { "packed, base beyond the ring", PACKED, 8, 0x80088008 },
	      { "packed, chains already out", PACKED, 8, 0x80008001 });
}

ParameterizedTest(struct kind *kind, driver_ring, refuses_impossible_rings)
{
	struct vhu_driver_ring *none = (void *)0x1;
	struct vhu_driver_ring_config config = {
		.features = kind->features,
		.size = kind->size,
		.base = kind->base,
	};

	cr_assert_eq(vhu_driver_ring_new(&config, &none), -EINVAL, "%s",
		     kind->why);
	cr_assert_eq(none, (void *)0x1);
}

Test(driver_ring, refuses_a_chain_without_buffers)
{
	const struct vhu_driver_buffer buffer = { BUFFERS_AT, 8 };
	struct vhu_driver_chain chain = { .buffers = &buffer };

	open_ring(0, 8, 0);
	cr_assert_eq(vhu_driver_ring_add(ring, &chain), -EINVAL);

	chain.n_readable = 1;
	chain.n_direct = 1;
	chain.table = guest;
	cr_assert_eq(vhu_driver_ring_add(ring, &chain), -EINVAL);
	close_ring();
}

Test(driver_ring, has_nothing_to_publish_at_first)
{
	open_ring(0, 8, 0);
	cr_assert_not(vhu_driver_ring_publish(ring));
	cr_assert_eq(serve(0), 0);
	close_ring();
}
