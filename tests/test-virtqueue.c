/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues: what both ring formats have in common, with drivers that mean
 * well.  For the others see test-virtqueue-hostile.c.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/fake-malloc.h"
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

RingTest(follows_a_buffer_across_a_border)
{
	char text[16] = "across a border";

	for (uint32_t before = 0; before <= 16; before++) {
		const struct fake_desc desc = { FAKE_NEXT - before, 16, 0 };
		struct vd_chain *chain;
		char got[16];

		fake_driver_poke(desc.addr, text, 16);
		fake_driver_offer(&driver, &desc, 1);
		chain = pop();
		cr_assert_eq(vd_chain_read(chain, got, 16), 0);
		cr_assert_arr_eq(got, text, 16, "%u before", before);
		vd_chain_complete(chain, 0);
		flush();
	}
}

RingTest(skips_descriptors_of_no_length_wherever_they_point)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 0, 0 },
					   { FAKE_LOW, 1, 0 },
					   { FAKE_HOLE, 0, 0 },
					   { UINT64_MAX, 0, WRITE },
					   { FAKE_LOW, 1, WRITE } };
	struct vd_chain *chain;

	fake_driver_offer(&driver, descs, 5);
	chain = pop();
	cr_assert_eq(chain->readable.left, 1);
	cr_assert_eq(chain->room, 1);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 0);
}

RingTest(reaches_the_last_byte_there_can_be)
{
	offer_room(UINT64_MAX, 1);
	offer_room(FAKE_TOP, 4096);
	cr_assert_eq(pop()->room, 1);
	cr_assert_eq(pop()->room, 4096);
}

RingTest(takes_a_chain_of_all_but_4_gib)
{
	const struct fake_desc descs[] = {
		{ FAKE_HUGE, FAKE_HUGE_SIZE, 0 },
		{ FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
		{ FAKE_HUGE, FAKE_HUGE_SIZE, WRITE },
		{ FAKE_HUGE, FAKE_HUGE_SIZE - 1, WRITE },
	};

	fake_driver_offer(&driver, descs, 4);
	cr_assert_eq(pop()->room, 3 * FAKE_HUGE_SIZE - 1);
}

/* A table, somewhere, of @n entries of one writable byte each at NEXT. */
static struct fake_desc table_of(size_t n)
{
	static struct fake_desc descs[2000];

	for (size_t i = 0; i < n; i++)
		descs[i] = (struct fake_desc){ FAKE_NEXT + i, 1, WRITE };

	return fake_driver_table(&driver, FAKE_LOW, descs, n);
}

RingTest(takes_indirect_chains_that_are_longer_than_the_ring)
{
	struct fake_desc ref = table_of(VD_VIRTQUEUE_MAX_CHAIN);
	uint8_t bytes[VD_VIRTQUEUE_MAX_CHAIN];
	struct vd_chain *chain;

	memset(bytes, 0x5a, sizeof(bytes));
	fake_driver_offer(&driver, &ref, 1);
	chain = pop();
	cr_assert_eq(chain->room, VD_VIRTQUEUE_MAX_CHAIN);
	cr_assert_eq(vd_chain_write(chain, bytes, sizeof(bytes)), 0);
	vd_chain_complete(chain, sizeof(bytes));
	flush();
	cr_assert_arr_eq(fake_driver_at(FAKE_NEXT), bytes, sizeof(bytes));
}

RingTest(takes_direct_chains_of_the_greatest_length)
{
	static struct fake_desc descs[VD_VIRTQUEUE_MAX_CHAIN];

	reopen(0, VD_VIRTQUEUE_MAX_CHAIN);
	for (size_t i = 0; i < VD_ARRAY_SIZE(descs); i++)
		descs[i] = (struct fake_desc){ FAKE_LOW + i, 1, WRITE };
	fake_driver_offer(&driver, descs, VD_VIRTQUEUE_MAX_CHAIN);
	cr_assert_eq(pop()->room, VD_VIRTQUEUE_MAX_CHAIN);
}

RingTest(finds_tables_anywhere)
{
	const struct fake_desc table[] = { { FAKE_LOW, 1, 0 },
					   { FAKE_LOW, 2, WRITE },
					   { FAKE_LOW, 4, WRITE } };

	/* Across the border, at each byte of it, and so unaligned. */
	for (uint64_t before = 0; before <= sizeof(table); before++) {
		struct fake_desc ref = fake_driver_table(
			&driver, FAKE_NEXT - before, table, 3);
		struct vd_chain *chain;

		fake_driver_offer(&driver, &ref, 1);
		chain = pop();
		cr_assert_eq(chain->readable.left, 1);
		cr_assert_eq(chain->room, 6);
		vd_chain_complete(chain, 0);
		flush();
	}
}

RingTest(finds_a_table_in_the_last_bytes_there_can_be)
{
	const struct fake_desc table[] = { { FAKE_LOW, 1, 0 },
					   { FAKE_LOW, 2, WRITE } };
	struct fake_desc ref =
		fake_driver_table(&driver, UINT64_MAX - 31, table, 2);
	struct vd_chain *chain;

	fake_driver_offer(&driver, &ref, 1);
	chain = pop();
	cr_assert_eq(chain->readable.left, 1);
	cr_assert_eq(chain->room, 2);
	vd_chain_complete(chain, 0);
	flush();
}

RingTest(finds_tables_in_the_smallest_pieces)
{
	const struct fake_desc table[] = { { FAKE_LOW, 3, WRITE },
					   { FAKE_LOW, 4, WRITE } };
	struct fake_desc ref = fake_driver_table(&driver, FAKE_NEXT, table, 2);

	driver.max_piece = 1;
	fake_driver_offer(&driver, &ref, 1);
	cr_assert_eq(pop()->room, 7);
}

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

/* Is [@at, @at + 1) among what was reported? */
static bool was_reported(const uint8_t *at)
{
	for (size_t i = 0; i < driver.n_writes; i++) {
		const struct fake_write *w = &driver.writes[i];

		if (at >= w->at && at < w->at + w->len)
			return true;
	}

	return false;
}

/* Each byte that differs from what it was has to be reported. */
static void check_reported(const uint8_t *at, const uint8_t *was, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (at[i] != was[i])
			cr_assert(was_reported(at + i), "byte %zu", i);
	}
}

/* The ring as it was when nothing had been reported. */
static uint8_t old_desc[16 * RING_SIZE], old_device[6 + 8 * RING_SIZE];

static size_t device_len(void)
{
	return format ? 4 : sizeof(old_device);
}

static void begin_to_report(void)
{
	driver.host.logging = true;
	driver.n_writes = 0;
	memcpy(old_desc, driver.desc, sizeof(old_desc));
	memcpy(old_device, driver.device, device_len());
}

static void check_ring_reported(void)
{
	check_reported(driver.desc, old_desc, sizeof(old_desc));
	check_reported(driver.device, old_device, device_len());
}

/* Each step for itself: what is reported can be fetched in between. */
static void check_reports_of_each_step(void)
{
	struct vd_chain *chain;

	offer();
	begin_to_report();
	chain = pop();
	check_ring_reported();
	begin_to_report();
	vd_chain_complete(chain, 1);
	check_ring_reported();
	begin_to_report();
	flush();
	check_ring_reported();
	begin_to_report();
	cr_assert_eq(pop_nothing(), 0);
	check_ring_reported();
}

RingTest(reports_each_byte_of_the_ring_that_it_changes)
{
	for (int i = 0; i < 2 * RING_SIZE; i++)
		check_reports_of_each_step();
}

RingTest(reports_each_byte_of_the_ring_with_event_idx)
{
	reopen(EVENT_IDX, RING_SIZE);
	for (int i = 0; i < 2 * RING_SIZE; i++)
		check_reports_of_each_step();
}

/* How many bytes were reported of the guest's memory, but not of the ring? */
static size_t reported_in(uint64_t gpa, size_t len)
{
	const uint8_t *at = fake_driver_at(gpa);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += was_reported(at + i);

	return n;
}

RingTest(reports_exactly_what_the_device_wrote)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 4, 0 },
					   { FAKE_LOW + 100, 5, WRITE },
					   { FAKE_NEXT, 5, WRITE } };
	struct vd_chain *chain;

	driver.host.logging = true;
	fake_driver_offer(&driver, descs, 3);
	chain = pop();
	cr_assert_eq(vd_chain_write(chain, "1234567", 7), 0);
	vd_chain_complete(chain, 7);
	cr_assert_eq(reported_in(FAKE_LOW, FAKE_PART), 5);
	cr_assert_eq(reported_in(FAKE_LOW + 100, 5), 5);
	cr_assert_eq(reported_in(FAKE_NEXT, FAKE_PART), 2);
	cr_assert_eq(reported_in(FAKE_NEXT, 2), 2);
}

RingTest(reports_what_the_device_wrote_by_itself)
{
	struct vd_chain *chain;

	driver.host.logging = true;
	offer_room(FAKE_LOW + 50, 100);
	chain = pop();
	vd_stream_skip(&chain->writable, 10);
	vd_chain_complete(chain, 10);
	cr_assert_eq(reported_in(FAKE_LOW, FAKE_PART), 10);
	cr_assert_eq(reported_in(FAKE_LOW + 50, 10), 10);
}

RingTest(reports_nothing_unless_it_is_asked_to)
{
	struct vd_chain *chain;

	offer_room(FAKE_LOW, 8);
	chain = pop();
	vd_chain_write(chain, "answer", 6);
	vd_chain_complete(chain, 6);
	cr_assert_eq(serve(), 0);
	cr_assert_eq(driver.n_writes, 0);
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
