/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What only split rings have: indices that run on to 65535, an avail ring with
 * heads in it, and links between descriptors.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/ring-test.h"

TestSuite(split_ring, .init = open_split);

static uint16_t used_idx(void)
{
	return le16toh(fake_split_used(&driver)->idx);
}

static uint16_t avail_event(void)
{
	__virtio16 event;

	memcpy(&event, &fake_split_used(&driver)->ring[driver.size],
	       sizeof(event));

	return le16toh(event);
}

Test(split_ring, moves_the_used_index_with_one_store)
{
	size_t n = 0;

	driver.host.logging = true;
	for (int i = 0; i < 5; i++)
		offer();
	cr_assert_eq(serve(), 5);
	for (size_t i = 0; i < driver.n_writes; i++)
		n += driver.writes[i].at ==
		     (const uint8_t *)&fake_split_used(&driver)->idx;
	cr_assert_eq(n, 1);
	cr_assert_eq(used_idx(), 5);
}

Test(split_ring, writes_used_entries_before_they_can_be_seen)
{
	uint16_t id;

	offer();
	serve();
	id = offer_room(FAKE_LOW, 8);
	vd_chain_complete(pop(), 8);
	cr_assert_eq(used_idx(), 1);
	cr_assert_eq(le32toh(fake_split_used(&driver)->ring[1].id), id);
	cr_assert_eq(le32toh(fake_split_used(&driver)->ring[1].len), 8);
}

Test(split_ring, lets_indices_run_over)
{
	reopen_at(0, RING_SIZE, 65533);
	for (int i = 0; i < RING_SIZE; i++)
		offer();
	cr_assert_eq(serve(), RING_SIZE);
	cr_assert_eq(used_idx(), (uint16_t)(65533 + RING_SIZE));
	cr_assert_eq(vd_virtqueue_stop(driver.vq), used_idx());
}

Test(split_ring, goes_on_with_the_used_index_that_the_driver_has)
{
	vd_virtqueue_stop(driver.vq);
	fake_split_used(&driver)->idx = htole16(77);
	cr_assert_eq(fake_driver_start(&driver, 0), 0);
	offer();
	serve();
	cr_assert_eq(used_idx(), 78);
}

Test(split_ring, never_believes_the_used_index_again)
{
	offer();
	fake_split_used(&driver)->idx = htole16(77);
	serve();
	cr_assert_eq(used_idx(), 1);
}

Test(split_ring, follows_the_links_wherever_they_go)
{
	const struct fake_desc descs[] = { { FAKE_LOW, 1, WRITE },
					   { FAKE_LOW, 10, WRITE },
					   { FAKE_LOW, 100, WRITE } };

	/* 0 -> 2, and not by way of 1. */
	fake_driver_offer(&driver, descs, 3);
	fake_split_desc(&driver)[0].next = htole16(2);
	cr_assert_eq(pop()->room, 101);
}

Test(split_ring, follows_the_links_in_a_table)
{
	const struct fake_desc table[] = { { FAKE_LOW, 1, WRITE },
					   { FAKE_LOW, 10, WRITE },
					   { FAKE_LOW, 100, WRITE } };
	struct fake_desc ref = fake_driver_table(&driver, FAKE_NEXT, table, 3);
	struct vring_desc *entries = fake_driver_at(FAKE_NEXT);

	entries[0].next = htole16(2);
	fake_driver_offer(&driver, &ref, 1);
	cr_assert_eq(pop()->room, 101);
}

Test(split_ring, ignores_the_write_flag_of_a_descriptor_that_has_a_table)
{
	const struct fake_desc table[] = { { FAKE_LOW, 5, 0 } };
	struct fake_desc ref = fake_driver_table(&driver, FAKE_NEXT, table, 1);

	ref.flags |= WRITE;
	fake_driver_offer(&driver, &ref, 1);
	cr_assert_eq(pop()->readable.left, 5);
}

/* With EVENT_IDX the driver says at which index it wants to be notified. */
static void set_used_event(uint16_t event)
{
	fake_split_avail(&driver)->ring[driver.size] = htole16(event);
}

/* The index moves from 65530 + @i by @n; the event is @off from where it was. */
static void check_event(int off, int n)
{
	uint16_t old = used_idx();

	set_used_event((uint16_t)(old + off));
	for (int i = 0; i < n; i++)
		offer();
	driver.n_notified = 0;
	serve();
	cr_assert_eq(driver.n_notified, off >= 0 && off < n,
		     "index %u + %d, event at %+d", old, n, off);
}

Test(split_ring, notifies_when_the_index_passes_the_event)
{
	reopen_at(EVENT_IDX, RING_SIZE, 65530);
	offer();
	serve();
	for (int n = 1; n <= RING_SIZE; n++) {
		for (int off = -3; off <= RING_SIZE + 3; off++)
			check_event(off, n);
	}
}

Test(split_ring, ignores_the_interrupt_flag_with_event_idx)
{
	reopen(EVENT_IDX, RING_SIZE);
	offer();
	serve();
	want_notifications(false);
	set_used_event(1);
	offer();
	serve();
	cr_assert_eq(driver.n_notified, 2);
}

Test(split_ring, asks_with_event_idx_to_be_kicked_for_the_next_chain)
{
	reopen_at(EVENT_IDX, RING_SIZE, 65534);
	for (uint16_t i = 0; i < 4; i++) {
		cr_assert_eq(pop_nothing(), 0);
		cr_assert_eq(avail_event(), (uint16_t)(65534 + i));
		offer();
		serve();
		cr_assert_eq(fake_split_used(&driver)->flags, 0);
	}
}

Test(split_ring, leaves_the_event_behind_while_it_is_polled)
{
	reopen(EVENT_IDX, RING_SIZE);
	serve();
	vd_virtqueue_set_polling(driver.vq, true);
	for (int i = 0; i < 3; i++) {
		offer();
		serve();
	}
	cr_assert_eq(avail_event(), 0);
	vd_virtqueue_set_polling(driver.vq, false);
	cr_assert_eq(avail_event(), 3);
}

Test(split_ring, passes_over_heads_that_are_not_in_the_ring)
{
	fake_driver_offer_head(&driver, RING_SIZE);
	fake_driver_offer_head(&driver, UINT16_MAX);
	offer_room(FAKE_LOW, 5);
	cr_assert_eq(pop()->room, 5);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_HEAD], 2);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 0);
}

Test(split_ring, bounds_the_heads_that_it_passes_over)
{
	for (int i = 0; i < RING_SIZE; i++)
		fake_driver_offer_head(&driver, UINT16_MAX);
	cr_assert_eq(pop_nothing(), -EAGAIN);
	cr_assert(flush(), "it will look again");
	cr_assert_eq(pop_nothing(), 0);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BAD_HEAD], RING_SIZE);
}

Test(split_ring, takes_chains_back_across_heads_that_it_passed_over)
{
	struct vd_chain *a, *b;

	offer_room(FAKE_LOW, 10);
	fake_driver_offer_head(&driver, UINT16_MAX);
	offer_room(FAKE_LOW, 11);
	a = pop();
	b = pop();
	unpop(b);
	unpop(a);
	flush();
	cr_assert_eq(pop()->room, 10);
	cr_assert_eq(pop()->room, 11);
	cr_assert_eq(pop_nothing(), 0);
}

Test(split_ring, serves_a_head_as_often_as_it_is_offered)
{
	uint16_t head = offer_room(FAKE_LOW, 5);
	struct vd_chain *first;

	fake_driver_offer_head(&driver, head);
	first = pop();
	vd_chain_complete(pop(), 5);
	vd_chain_complete(first, 5);
	flush();
	cr_assert_eq(take().id, head);
	cr_assert_eq(take().id, head);
}

Test(split_ring, takes_a_ringful_of_chains_at_once)
{
	uint16_t head = offer();

	for (int i = 1; i < RING_SIZE; i++)
		fake_driver_offer_head(&driver, head);
	cr_assert_eq(serve(), RING_SIZE);
}

static void jump(int n)
{
	struct vring_avail *avail = fake_split_avail(&driver);

	avail->idx = htole16((uint16_t)(le16toh(avail->idx) + n));
}

Test(split_ring, breaks_if_more_chains_are_offered_than_it_has_room_for)
{
	jump(RING_SIZE + 1);
	cr_assert_eq(pop_nothing(), -EPROTO);
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 1);
}

Test(split_ring, breaks_if_chains_are_withdrawn)
{
	offer();
	vd_chain_complete(pop(), 0);
	jump(-1);
	cr_assert_eq(pop_nothing(), -EPROTO);
}

Test(split_ring, rests_while_it_is_broken)
{
	jump(RING_SIZE + 1);
	pop_nothing();
	jump(-RING_SIZE);
	cr_assert_eq(pop_nothing(), -EPROTO);
	cr_assert_not(vd_virtqueue_ready(driver.vq));
	cr_assert_not(vd_virtqueue_set_polling(driver.vq, false));
	cr_assert_not(flush());
	cr_assert_eq(driver.n_faults[VD_VIRTQUEUE_BROKEN], 1);
}

Test(split_ring, asks_for_no_more_kicks_once_it_is_broken)
{
	struct vd_chain *first;

	for (int i = 0; i < RING_SIZE; i++)
		offer();
	first = pop();
	for (int i = 1; i < RING_SIZE; i++)
		pop();
	flush();
	offer();
	cr_assert_eq(pop_nothing(), -EAGAIN);
	/* Now there is room, so it would ask; but for this. */
	vd_chain_complete(first, 0);
	jump(RING_SIZE);
	cr_assert_eq(pop_nothing(), -EPROTO);
	cr_assert_not(flush());
}

Test(split_ring, publishes_what_was_in_flight_when_it_broke)
{
	struct vd_chain *chain;
	uint16_t id = offer_room(FAKE_LOW, 5);

	chain = pop();
	jump(RING_SIZE + 1);
	cr_assert_eq(pop_nothing(), -EPROTO);
	vd_chain_complete(chain, 5);
	flush();
	cr_assert_eq(take().id, id);
	cr_assert_eq(driver.n_notified, 1);
}

Test(split_ring, works_again_after_it_was_broken)
{
	uint32_t base;

	offer();
	serve();
	jump(RING_SIZE + 1);
	pop_nothing();
	base = vd_virtqueue_stop(driver.vq);
	cr_assert_eq(base, 1);
	jump(-RING_SIZE - 1);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
	offer_room(FAKE_LOW, 5);
	cr_assert_eq(pop()->room, 5);
}

/* A second look at the head finds another one. */
static void change_head(struct fake_driver *self)
{
	fake_split_avail(self)->ring[0] = htole16(UINT16_MAX);
}

Test(split_ring, gives_back_the_head_that_it_has_taken)
{
	uint16_t head;

	offer();
	serve();
	reopen(0, RING_SIZE);
	head = offer();
	driver.on_translate = change_head;
	serve();
	cr_assert_eq(take().id, head);
}
