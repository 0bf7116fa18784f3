/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, of both formats: the memory that they take, and when.
 */

#include <errno.h>

#include "tests/fake-malloc.h"
#include "tests/ring-test.h"

RingTest(makes_a_chain_wait_while_long_ones_take_all_the_memory)
{
	struct fake_desc ref = table_of(VD_VIRTQUEUE_MAX_CHAIN);
	struct vd_chain *chains[RING_SIZE];
	int n = 0;

	for (int i = 0; i < RING_SIZE; i++)
		fake_driver_offer(&driver, &ref, 1);
	while (n < RING_SIZE && vd_queue_pop(driver.queue, &chains[n]) == 1)
		n++;
	cr_assert(n >= 3 && n < RING_SIZE, "%d in flight", n);
	cr_assert_eq(pop_nothing(), -EAGAIN);
	cr_assert_not(flush(), "nothing can be done yet");
	vd_chain_complete(chains[0], 0);
	cr_assert(flush(), "but now");
	cr_assert_eq(pop()->room, VD_VIRTQUEUE_MAX_CHAIN);
}

RingTest(gets_all_memory_back_from_chains_that_had_to_wait)
{
	struct fake_desc ref = table_of(VD_VIRTQUEUE_MAX_CHAIN);
	struct vd_chain *chains[RING_SIZE];

	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < RING_SIZE; i++)
			fake_driver_offer(&driver, &ref, 1);
		/* All but one of them fit at once. */
		for (int i = 0; i < RING_SIZE - 1; i++)
			chains[i] = pop();
		cr_assert_eq(pop_nothing(), -EAGAIN);
		for (int i = 0; i < RING_SIZE - 1; i++)
			vd_chain_complete(chains[i], 0);
		cr_assert_eq(serve(), 1);
	}
}

RingTest(takes_no_memory_for_a_chain)
{
	struct fake_desc ref = table_of(100);

	fake_malloc_calls = 0;
	for (int i = 0; i < 1000; i++) {
		fake_driver_offer(&driver, &ref, 1);
		cr_assert_eq(serve(), 1);
	}
	cr_assert_eq(fake_malloc_calls, 0);
}

RingTest(says_so_if_there_is_no_memory_to_start_with)
{
	struct vd_virtqueue *vq = driver.vq;

	vd_virtqueue_stop(driver.vq);
	for (unsigned int lasts = 0; lasts < 2; lasts++) {
		fake_malloc_lasts = lasts;
		cr_assert_eq(fake_driver_start(&driver, fresh_base()), -ENOMEM);
	}
	fake_malloc_lasts = 0;
	cr_assert_eq(vd_virtqueue_new(&driver.host, &vq), -ENOMEM);
	cr_assert_eq(vq, driver.vq, "result touched on failure");
	fake_malloc_lasts = UINT_MAX;
	cr_assert_eq(fake_driver_start(&driver, fresh_base()), 0);
}

RingTest(gives_back_at_stop_all_that_it_took_to_start)
{
	int before;

	vd_virtqueue_stop(driver.vq);
	before = fake_malloc_live;
	for (unsigned int lasts = 0; lasts < 2; lasts++) {
		fake_malloc_lasts = lasts;
		cr_assert_eq(fake_driver_start(&driver, fresh_base()), -ENOMEM);
		cr_assert_eq(fake_malloc_live, before);
	}
	fake_malloc_lasts = UINT_MAX;
	cr_assert_eq(fake_driver_start(&driver, fresh_base()), 0);
	cr_assert_gt(fake_malloc_live, before);
	vd_virtqueue_stop(driver.vq);
	cr_assert_eq(fake_malloc_live, before);
}

RingTest(gives_back_all_memory_when_it_is_freed)
{
	struct vd_virtqueue *vq;
	int before = fake_malloc_live;

	cr_assert_eq(vd_virtqueue_new(&driver.host, &vq), 0);
	vd_virtqueue_free(vq);
	vd_virtqueue_free(NULL);
	cr_assert_eq(fake_malloc_live, before);
}
