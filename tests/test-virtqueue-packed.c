/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What only packed rings have: wrap counters, chains that follow one another
 * in the ring, and event structures.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/ring-test.h"

TestSuite(packed_ring, .init = open_packed);

#define F_AVAIL (1U << VRING_PACKED_DESC_F_AVAIL)
#define F_USED (1U << VRING_PACKED_DESC_F_USED)

/* Not a power of two: those have no other place to be tested. */
#define ODD_SIZE 5

/* Both sides at @at, in a lap with this wrap counter. */
static uint32_t base_at(uint32_t at, bool wrap)
{
	uint32_t half = at | (uint32_t)wrap << 15;

	return half << 16 | half;
}

static const struct fake_desc three[] = { { FAKE_LOW, 1, WRITE },
					  { FAKE_LOW, 2, WRITE },
					  { FAKE_LOW, 4, WRITE } };

Test(packed_ring, works_with_sizes_that_are_no_power_of_two)
{
	static const uint32_t sizes[] = { 3, 5, 7, 100, 1023, 32767 };

	for (size_t i = 0; i < VD_ARRAY_SIZE(sizes); i++) {
		reopen(0, sizes[i]);
		for (uint32_t j = 0; j < 3 * sizes[i]; j++) {
			uint16_t id =
				fake_driver_offer(&driver, three, 1 + j % 3);

			cr_assert_eq(serve(), 1);
			cr_assert_eq(take().id, id);
		}
	}
}

Test(packed_ring, begins_at_any_place_of_any_lap)
{
	for (uint32_t at = 0; at < 2 * ODD_SIZE; at++) {
		uint32_t base = base_at(at / 2, at % 2);

		reopen_at(0, ODD_SIZE, base);
		cr_assert_eq(pop_nothing(), 0, "base %#x", base);
		for (int i = 0; i < 3 * ODD_SIZE; i++) {
			uint16_t id = fake_driver_offer(&driver, three, 3);

			cr_assert_eq(serve(), 1, "base %#x", base);
			cr_assert_eq(take().id, id, "base %#x", base);
		}
	}
}

Test(packed_ring, returns_the_base_that_it_began_with)
{
	for (uint32_t at = 0; at < 2 * ODD_SIZE; at++) {
		uint32_t base = base_at(at / 2, at % 2);

		reopen_at(0, ODD_SIZE, base);
		cr_assert_eq(vd_virtqueue_stop(driver.vq), base);
		cr_assert_eq(fake_driver_start(&driver, base), 0);
	}
}

Test(packed_ring, publishes_a_batch_with_the_flags_of_its_first_entry)
{
	const struct vring_packed_desc *ring = fake_packed_desc(&driver);

	offer();
	fake_driver_offer(&driver, three, 3);
	vd_chain_complete(pop(), 1);
	vd_chain_complete(pop(), 7);
	cr_assert_not(le16toh(ring[0].flags) & F_USED);
	cr_assert(le16toh(ring[1].flags) & F_USED);
	flush();
	cr_assert(le16toh(ring[0].flags) & F_USED);
	cr_assert_eq(take().len, 1);
	cr_assert_eq(take().len, 7);
}

Test(packed_ring, uses_one_entry_for_a_chain_of_many)
{
	const struct vring_packed_desc *ring = fake_packed_desc(&driver);
	uint16_t untouched;

	fake_driver_offer(&driver, three, 3);
	untouched = ring[1].flags;
	serve();
	cr_assert_eq(ring[1].flags, untouched);
	offer();
	serve();
	cr_assert(le16toh(ring[3].flags) & F_USED);
}

Test(packed_ring, says_that_the_length_is_valid_if_anything_was_written)
{
	offer();
	offer();
	vd_chain_complete(pop(), 1);
	vd_chain_complete(pop(), 0);
	flush();
	cr_assert(take().write);
	cr_assert_not(take().write);
}

Test(packed_ring, does_not_take_a_used_descriptor_for_an_available_one)
{
	struct vring_packed_desc *ring = fake_packed_desc(&driver);

	ring[0].flags = htole16(F_AVAIL | F_USED);
	cr_assert_eq(pop_nothing(), 0);
	ring[0].flags = htole16(F_AVAIL);
	pop();
}

Test(packed_ring, takes_the_buffer_id_from_the_last_descriptor)
{
	struct vring_packed_desc *ring = fake_packed_desc(&driver);

	fake_driver_offer(&driver, three, 3);
	ring[0].id = htole16(1);
	ring[1].id = htole16(2);
	ring[2].id = htole16(0xbeef);
	driver.n_descs[0xbeef] = 3;
	serve();
	cr_assert_eq(take().id, 0xbeef);
}

Test(packed_ring, ignores_next_in_a_table)
{
	struct fake_desc ref = fake_driver_table(&driver, FAKE_NEXT, three, 3);
	struct vring_packed_desc *table = fake_driver_at(FAKE_NEXT);

	table[0].flags |= htole16(VRING_DESC_F_NEXT);
	table[2].flags |= htole16(VRING_DESC_F_NEXT);
	fake_driver_offer(&driver, &ref, 1);
	cr_assert_eq(pop()->room, 7);
}

Test(packed_ring, takes_back_a_chain_across_the_end_of_the_ring)
{
	struct vd_chain *a, *b;

	reopen_at(0, ODD_SIZE, base_at(ODD_SIZE - 1, true));
	fake_driver_offer(&driver, three, 3);
	offer();
	a = pop();
	b = pop();
	unpop(b);
	unpop(a);
	cr_assert_eq(vd_virtqueue_stop(driver.vq), base_at(ODD_SIZE - 1, true));
	cr_assert_eq(fake_driver_start(&driver, base_at(ODD_SIZE - 1, true)),
		     0);
	cr_assert_eq(pop()->room, 7);
	cr_assert_eq(pop()->room, 1);
}

/* Ask to be notified at the entry that is @off from where the device is. */
static void set_event(int off)
{
	int at = driver.used + off;
	bool wrap = driver.used_wrap;

	if (at < 0 || at >= (int)driver.size) {
		at += at < 0 ? (int)driver.size : -(int)driver.size;
		wrap = !wrap;
	}
	*fake_driver_event(&driver) = (struct vring_packed_desc_event){
		.off_wrap = htole16((uint16_t)(at | wrap << 15)),
		.flags = htole16(VRING_PACKED_EVENT_FLAG_DESC),
	};
}

/* @n entries are used; is the event, @off from the first one, among them? */
static void check_event(int off, int n)
{
	set_event(off);
	for (int i = 0; i < n; i++)
		offer();
	driver.n_notified = 0;
	serve();
	cr_assert_eq(driver.n_notified, off >= 0 && off < n,
		     "at %u + %d, event at %+d", driver.used, n, off);
	while (!nothing_to_take())
		;
}

Test(packed_ring, notifies_when_it_passes_the_event)
{
	reopen(EVENT_IDX, ODD_SIZE);
	offer();
	serve();
	take();
	for (int n = 1; n <= ODD_SIZE; n++) {
		/* A place is either behind or ahead: not more than one lap. */
		for (int off = n - ODD_SIZE; off < ODD_SIZE; off++)
			check_event(off, n);
	}
}

Test(packed_ring, counts_all_entries_of_a_chain_when_it_passes_the_event)
{
	reopen(EVENT_IDX, ODD_SIZE);
	offer();
	serve();
	take();
	for (int off = 0; off < ODD_SIZE; off++) {
		set_event(off);
		fake_driver_offer(&driver, three, 3);
		driver.n_notified = 0;
		serve();
		take();
		cr_assert_eq(driver.n_notified, off < 3, "event at %d", off);
	}
}

Test(packed_ring, notifies_if_the_driver_wants_what_it_cannot_have)
{
	/* An event without EVENT_IDX, and a value that means nothing. */
	offer();
	serve();
	for (uint16_t flags = VRING_PACKED_EVENT_FLAG_DESC; flags < 4;
	     flags++) {
		fake_driver_event(&driver)->flags = htole16(flags);
		driver.n_notified = 0;
		offer();
		serve();
		cr_assert_eq(driver.n_notified, 1, "flags %u", flags);
	}
}

Test(packed_ring, heeds_the_flags_with_event_idx_too)
{
	reopen(EVENT_IDX, RING_SIZE);
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

static uint16_t device_event(void)
{
	cr_assert_eq(le16toh(fake_device_event(&driver)->flags),
		     VRING_PACKED_EVENT_FLAG_DESC);

	return le16toh(fake_device_event(&driver)->off_wrap);
}

Test(packed_ring, asks_with_event_idx_to_be_kicked_for_the_next_chain)
{
	reopen(EVENT_IDX, ODD_SIZE);
	for (int i = 0; i < 3 * ODD_SIZE; i++) {
		cr_assert_eq(pop_nothing(), 0);
		cr_assert_eq(device_event(), driver.next | driver.wrap << 15);
		offer();
		serve();
	}
}

Test(packed_ring, leaves_the_event_behind_while_it_is_polled)
{
	uint16_t before;

	reopen(EVENT_IDX, ODD_SIZE);
	serve();
	before = device_event();
	vd_virtqueue_set_polling(driver.vq, true);
	for (int i = 0; i < 3; i++) {
		offer();
		serve();
	}
	cr_assert_eq(device_event(), before);
	vd_virtqueue_set_polling(driver.vq, false);
	cr_assert_eq(device_event(), driver.next | driver.wrap << 15);
}

/* All entries of the ring have a successor. */
static void offer_chain_with_no_end(void)
{
	const struct fake_desc desc = { FAKE_LOW, 1,
					WRITE | VRING_DESC_F_NEXT };

	for (uint32_t i = 0; i < driver.size; i++)
		fake_driver_offer(&driver, &desc, 1);
}

Test(packed_ring, breaks_if_a_chain_has_no_end)
{
	offer_chain_with_no_end();
	cr_assert_eq(pop_nothing(), -EPROTO);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 1);
}

Test(packed_ring, breaks_if_a_chain_runs_into_one_that_is_in_flight)
{
	const struct fake_desc desc = { FAKE_LOW, 1,
					WRITE | VRING_DESC_F_NEXT };

	fake_driver_offer(&driver, three, 3);
	pop();
	for (uint32_t i = 3; i < RING_SIZE; i++)
		fake_driver_offer(&driver, &desc, 1);
	cr_assert_eq(pop_nothing(), -EPROTO);
}

Test(packed_ring, rests_while_it_is_broken)
{
	offer_chain_with_no_end();
	pop_nothing();
	cr_assert_eq(pop_nothing(), -EPROTO);
	cr_assert_not(vd_virtqueue_ready(driver.vq));
	cr_assert_not(vd_virtqueue_set_polling(driver.vq, false));
	cr_assert_not(flush());
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 1);
}

Test(packed_ring, works_again_after_it_was_broken)
{
	uint32_t base;

	offer_chain_with_no_end();
	pop_nothing();
	base = vd_virtqueue_stop(driver.vq);
	cr_assert_eq(base, VD_VIRTQUEUE_PACKED_BASE);
	fake_packed_desc(&driver)[2].flags &= htole16(~VRING_DESC_F_NEXT);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
	cr_assert_eq(pop()->room, 3);
}

Test(packed_ring, finds_the_next_chain_behind_a_bad_one)
{
	const struct fake_desc bad[] = { { FAKE_HOLE, 1, 0 },
					 { FAKE_LOW, 1, WRITE },
					 { FAKE_LOW, 1, WRITE } };

	fake_driver_offer(&driver, bad, 3);
	offer_room(FAKE_LOW, 5);
	cr_assert_eq(pop()->room, 0);
	cr_assert_eq(pop()->room, 5);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_CHAIN], 1);
}
