/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, of both formats: what they report to have written, so that a
 * guest can be migrated.
 */

#include "tests/ring-test.h"

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
