/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues: what both ring formats have in common, with drivers that mean
 * well.  For the others see test-virtqueue-hostile.c.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/ring-test.h"

RingTest(gives_the_device_what_the_driver_offers)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 5, 0 },
					   { FAKE_NEXT, 8, WRITE } };
	struct vd_chain *chain;
	char got[5];

	fake_driver_poke(FAKE_LOW, "hello", 5);
	fake_driver_offer(&driver, descs, 2);
	chain = pop();
	cr_assert_eq(chain->readable.left, 5);
	cr_assert_eq(chain->writable.left, 8);
	cr_assert_eq(chain->room, 8);
	cr_assert_eq(vd_chain_read(chain, got, 5), 0);
	cr_assert_arr_eq(got, "hello", 5);
}

RingTest(gives_the_driver_what_the_device_answers)
{
	struct vd_chain *chain;
	struct fake_used used;
	uint16_t id;

	offer();
	serve();
	take();
	id = offer_room(FAKE_LOW, 8);
	chain = pop();
	cr_assert_eq(vd_chain_write(chain, "answer", 6), 0);
	vd_chain_complete(chain, 6);
	flush();
	used = take();
	cr_assert_eq(used.id, id);
	cr_assert_eq(used.len, 6);
	cr_assert_arr_eq(fake_driver_at(FAKE_LOW), "answer\0", 8);
}

RingTest(has_nothing_until_a_chain_is_offered)
{
	cr_assert_eq(pop_nothing(), 0);
	offer();
	pop();
	cr_assert_eq(pop_nothing(), 0);
}

RingTest(gives_out_chains_in_order)
{
	for (uint32_t len = 1; len <= 5; len++)
		offer_room(FAKE_LOW, len);
	for (uint32_t len = 1; len <= 5; len++)
		cr_assert_eq(pop()->room, len);
	cr_assert_eq(pop_nothing(), 0);
}

RingTest(lets_the_device_complete_in_any_order)
{
	static const int order[] = { 2, 0, 3, 1 };
	struct vd_chain *chains[4];
	uint16_t ids[4];

	for (uint32_t i = 0; i < 4; i++)
		ids[i] = offer_room(FAKE_LOW, 10 + i);
	for (int i = 0; i < 4; i++)
		chains[i] = pop();
	for (int i = 0; i < 4; i++)
		vd_chain_complete(chains[order[i]], chains[order[i]]->room);
	flush();
	for (int i = 0; i < 4; i++) {
		struct fake_used used = take();

		cr_assert_eq(used.id, ids[order[i]]);
		cr_assert_eq(used.len, 10U + (uint32_t)order[i]);
	}
}

RingTest(lets_chains_of_any_length_be_completed_in_any_order)
{
	const struct fake_desc three[] = { { FAKE_LOW, 1, WRITE },
					   { FAKE_LOW, 1, WRITE },
					   { FAKE_LOW, 1, WRITE } };

	for (int round = 0; round < 20; round++) {
		uint16_t longer = fake_driver_offer(&driver, three, 3);
		uint16_t shorter = offer();
		struct vd_chain *first = pop();

		vd_chain_complete(pop(), 0);
		vd_chain_complete(first, 3);
		flush();
		cr_assert_eq(take().id, shorter);
		cr_assert_eq(take().id, longer);
		cr_assert(nothing_to_take());
	}
}

RingTest(publishes_nothing_before_it_is_flushed)
{
	for (int i = 0; i < 3; i++)
		offer();
	for (int i = 0; i < 3; i++)
		vd_chain_complete(pop(), 0);
	cr_assert(nothing_to_take());
	cr_assert_eq(driver.n_notified, 0);

	flush();
	for (int i = 0; i < 3; i++)
		take();
	cr_assert(nothing_to_take());
}

RingTest(notifies_the_driver_once_for_a_batch)
{
	for (int i = 0; i < RING_SIZE; i++)
		offer();
	serve();
	cr_assert_eq(driver.n_notified, 1);
}

RingTest(notifies_of_the_first_batch_whatever_the_driver_wanted_before)
{
	want_notifications(false);
	offer();
	serve();
	cr_assert_eq(driver.n_notified, 1);
	offer();
	serve();
	cr_assert_eq(driver.n_notified, 1);
}

RingTest(notifies_nobody_of_nothing)
{
	offer();
	pop();
	flush();
	flush();
	cr_assert_eq(driver.n_notified, 0);
}

RingTest(does_not_notify_a_driver_that_does_not_want_it)
{
	offer();
	serve();
	driver.n_notified = 0;

	want_notifications(false);
	offer();
	serve();
	cr_assert_eq(driver.n_notified, 0);

	want_notifications(true);
	offer();
	serve();
	cr_assert_eq(driver.n_notified, 1);
}

RingTest(asks_for_kicks_only_while_the_ring_is_empty)
{
	cr_assert_eq(pop_nothing(), 0);
	cr_assert(kicks_are_wanted());
	offer();
	pop();
	cr_assert_not(kicks_are_wanted());
	cr_assert_eq(pop_nothing(), 0);
	cr_assert(kicks_are_wanted());
}

static void offer_now(struct fake_driver *self)
{
	(void)self;
	offer();
}

RingTest(sees_a_chain_that_comes_while_it_asks_for_kicks)
{
	driver.host.logging = true;
	driver.on_write = offer_now;
	pop();
}

RingTest(wants_no_kicks_while_it_is_polled)
{
	cr_assert_not(vd_virtqueue_set_polling(driver.vq, true));
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_not(kicks_are_wanted());
	cr_assert_not(vd_virtqueue_set_polling(driver.vq, false));
	cr_assert(kicks_are_wanted());
}

RingTest(tells_of_a_chain_that_comes_when_polling_ends)
{
	vd_virtqueue_set_polling(driver.vq, true);
	driver.host.logging = true;
	driver.on_write = offer_now;
	cr_assert(vd_virtqueue_set_polling(driver.vq, false));
	pop();
}

static bool set_kicks(bool wanted)
{
	return vd_queue_set_kicks(driver.queue, wanted);
}

RingTest(wants_no_kicks_while_its_device_does_not)
{
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_not(set_kicks(false));
	offer();
	pop();
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_not(kicks_are_wanted());
	cr_assert_not(set_kicks(true));
	cr_assert(kicks_are_wanted());
}

RingTest(wants_no_kicks_until_both_device_and_host_do)
{
	vd_virtqueue_set_polling(driver.vq, true);
	set_kicks(false);
	vd_virtqueue_set_polling(driver.vq, false);
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_not(kicks_are_wanted());
	vd_virtqueue_set_polling(driver.vq, true);
	set_kicks(true);
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_not(kicks_are_wanted());
	vd_virtqueue_set_polling(driver.vq, false);
	cr_assert(kicks_are_wanted());
}

RingTest(tells_of_a_chain_that_came_while_its_device_wanted_no_kicks)
{
	set_kicks(false);
	offer();
	cr_assert(set_kicks(true));
	pop();
}

RingTest(is_ready_while_a_chain_waits)
{
	cr_assert_not(vd_virtqueue_ready(driver.vq));
	offer();
	cr_assert(vd_virtqueue_ready(driver.vq));
	pop();
	cr_assert_not(vd_virtqueue_ready(driver.vq));
}

RingTest(gives_out_one_ringful_between_two_flushes)
{
	offer();
	for (int i = 0; i < RING_SIZE; i++)
		unpop(pop());
	cr_assert_eq(pop_nothing(), -EAGAIN);
	cr_assert(flush(), "there is more");
	pop();
	cr_assert_not(flush(), "and that was all");
}

RingTest(takes_back_chains_newest_first)
{
	struct vd_chain *chains[3];

	for (uint32_t i = 0; i < 3; i++)
		offer_room(FAKE_LOW, 10 + i);
	for (int i = 0; i < 3; i++)
		chains[i] = pop();
	for (int i = 2; i >= 0; i--)
		unpop(chains[i]);
	for (uint32_t i = 0; i < 3; i++)
		cr_assert_eq(pop()->room, 10 + i);
}

RingTest(gives_a_chain_that_was_taken_back_from_its_beginning)
{
	struct vd_chain *chain;

	offer_room(FAKE_LOW, 8);
	chain = pop();
	cr_assert_eq(vd_chain_write(chain, "half", 4), 0);
	unpop(chain);
	chain = pop();
	cr_assert_eq(chain->writable.left, 8);
	cr_assert_eq(vd_chain_write(chain, "complete", 8), 0);
	vd_chain_complete(chain, 8);
	flush();
	cr_assert_arr_eq(fake_driver_at(FAKE_LOW), "complete", 8);
	cr_assert_eq(take().len, 8);
}

RingTest(can_stop_with_chains_taken_back_and_go_on_later)
{
	struct vd_chain *a, *b;
	uint32_t base;

	for (uint32_t i = 0; i < 3; i++)
		offer_room(FAKE_LOW, 10 + i);
	vd_chain_complete(pop(), 0);
	a = pop();
	b = pop();
	unpop(b);
	unpop(a);
	flush();
	base = vd_virtqueue_stop(driver.vq);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
	cr_assert_eq(pop()->room, 11);
	cr_assert_eq(pop()->room, 12);
	cr_assert_eq(pop_nothing(), 0);
}

/* What is to be the base after @n more entries of the ring. */
static uint32_t base_after(uint32_t base, uint32_t n)
{
	uint32_t at, wrap;

	if (!format)
		return (base + n) & 0xffff;

	at = (base & 0x7fff) + n;
	wrap = base >> 15 & 1;
	if (at >= driver.size) {
		at -= driver.size;
		wrap = !wrap;
	}
	at |= wrap << 15;

	return at << 16 | at;
}

RingTest(can_stop_and_go_on_anywhere)
{
	uint32_t base = fresh_base();

	/* Twice around what the index or the position can be. */
	for (int i = 0; i < 2 * 65536; i++) {
		uint16_t id = offer();

		cr_assert_eq(serve(), 1);
		cr_assert_eq(take().id, id);
		base = base_after(base, 1);
		cr_assert_eq(vd_virtqueue_stop(driver.vq), base);
		cr_assert_eq(fake_driver_start(&driver, base), 0);
	}
}

static void go_round(unsigned int times)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 1, 0 },
					   { FAKE_LOW, 1, WRITE },
					   { FAKE_LOW, 1, WRITE } };
	size_t most = VD_MIN(driver.size, 3U);

	for (unsigned int i = 0; i < times; i++) {
		size_t n = 1 + i % most;
		uint16_t id = fake_driver_offer(&driver, descs, n);
		struct vd_chain *chain = pop();

		cr_assert_eq(chain->readable.left, 1);
		cr_assert_eq(chain->room, n - 1);
		vd_chain_complete(chain, n - 1);
		flush();
		cr_assert_eq(take().id, id);
	}
}

RingTest(goes_round_for_ever)
{
	go_round(200000);
}

RingTest(works_with_any_size)
{
	for (uint32_t size = 1; size <= VD_VIRTQUEUE_MAX_SIZE; size *= 2) {
		reopen(0, size);
		go_round(3 * size);
	}
}

RingTest(works_when_it_is_full)
{
	for (uint32_t size = 1; size <= VD_VIRTQUEUE_MAX_SIZE; size *= 2) {
		reopen(0, size);
		for (int round = 0; round < 3; round++) {
			for (uint32_t i = 0; i < size; i++)
				offer();
			cr_assert_eq(serve(), size);
			for (uint32_t i = 0; i < size; i++)
				take();
			cr_assert(nothing_to_take());
		}
	}
}

/* A ring that cannot be. */
struct bad_config {
	char why[40];
	uint32_t size;
	uint32_t base;
	bool packed;
	size_t desc_off, driver_off, device_off;
};

static const struct bad_config bad_configs[] = {
	{ .why = "no entries", .size = 0 },
	{ .why = "no entries, packed", .size = 0, .packed = true },
	{ .why = "too many entries", .size = 65536 },
	{ .why = "too many entries, packed", .size = 32769, .packed = true },
	{ .why = "no power of two", .size = 3 },
	{ .why = "base too large", .size = 4, .base = 0x10000 },
	{ .why = "avail beyond ring", .size = 4, .base = 4, .packed = true },
	{ .why = "used beyond ring", .size = 4, .base = 4 << 16, .packed = 1 },
	{ .why = "descriptors unaligned", .size = 4, .desc_off = 8 },
	{ .why = "avail unaligned", .size = 4, .driver_off = 1 },
	{ .why = "used unaligned", .size = 4, .device_off = 2 },
	{ .why = "event unaligned", .size = 4, .driver_off = 2, .packed = 1 },
	{ .why = "event unaligned, too",
	  .size = 4,
	  .device_off = 2,
	  .packed = 1 },
};

static int start_bad(const struct bad_config *bad, char *areas)
{
	const struct vd_virtqueue_config config = {
		.features = bad->packed ? PACKED : 0,
		.size = bad->size,
		.base = bad->base,
		.desc = areas + bad->desc_off,
		.driver = areas + 4096 + bad->driver_off,
		.device = areas + 8192 + bad->device_off,
	};

	return vd_virtqueue_start(driver.vq, &config);
}

Test(virtqueue, refuses_rings_that_cannot_be, .init = open_split)
{
	static _Alignas(16) char areas[16384];

	vd_virtqueue_stop(driver.vq);
	for (size_t i = 0; i < VD_ARRAY_SIZE(bad_configs); i++)
		cr_assert_eq(start_bad(&bad_configs[i], areas), -EINVAL, "%s",
			     bad_configs[i].why);
	cr_assert_eq(start_bad(&(struct bad_config){ .size = 4 }, areas), 0);
}

Test(virtqueue, refuses_rings_that_are_nowhere, .init = open_split)
{
	static _Alignas(16) char area[4096];
	struct vd_virtqueue_config config = {
		.size = 4, .desc = area, .driver = area, .device = area
	};

	vd_virtqueue_stop(driver.vq);
	config.desc = NULL;
	cr_assert_eq(vd_virtqueue_start(driver.vq, &config), -EINVAL);
	config.desc = area;
	config.driver = NULL;
	cr_assert_eq(vd_virtqueue_start(driver.vq, &config), -EINVAL);
	config.driver = area;
	config.device = NULL;
	cr_assert_eq(vd_virtqueue_start(driver.vq, &config), -EINVAL);
}
