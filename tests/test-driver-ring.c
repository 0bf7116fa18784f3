/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of a ring against the device's side, in one process.
 */

#include "tests/driver-ring-test.h"

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
