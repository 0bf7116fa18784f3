/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Tests that hold for both ring formats: RingTest(does_something) makes two of
 * them, split_ring and packed_ring, each of which begins with an empty ring of
 * RING_SIZE entries.
 */

#ifndef TESTS_RING_TEST_H
#define TESTS_RING_TEST_H

#include <criterion/criterion.h>
#include <string.h>

#include "tests/fake-driver.h"

#define RING_SIZE 8
#define WRITE VRING_DESC_F_WRITE

static struct fake_driver driver;

/* PACKED or 0. */
static uint64_t format;

static inline uint32_t fresh_base(void)
{
	return format ? VD_VIRTQUEUE_PACKED_BASE : VD_VIRTQUEUE_SPLIT_BASE;
}

static inline void open_split(void)
{
	format = 0;
	fake_driver_open(&driver, INDIRECT, RING_SIZE, fresh_base());
}

static inline void open_packed(void)
{
	format = PACKED;
	fake_driver_open(&driver, INDIRECT | PACKED, RING_SIZE, fresh_base());
}

/* A ring of another kind. */
static inline void reopen_at(uint64_t features, uint32_t size, uint32_t base)
{
	fake_driver_close(&driver);
	fake_driver_open(&driver, format | features, size, base);
}

static inline void reopen(uint64_t features, uint32_t size)
{
	reopen_at(features, size, fresh_base());
}

#define RingTest(name) \
	static void name(void); \
	Test(split_ring, name, .init = open_split) \
	{ \
		name(); \
	} \
	Test(packed_ring, name, .init = open_packed) \
	{ \
		name(); \
	} \
	static void name(void)

/* The result of a pop that is expected to give no chain. */
static inline int pop_nothing(void)
{
	struct vd_chain *chain = NULL;
	int r = vd_queue_pop(driver.queue, &chain);

	cr_assert_null(chain);

	return r;
}

static inline struct vd_chain *pop(void)
{
	struct vd_chain *chain = NULL;
	int r = vd_queue_pop(driver.queue, &chain);

	cr_assert_eq(r, 1, "pop returned %d", r);

	return chain;
}

static inline void unpop(struct vd_chain *chain)
{
	vd_queue_unpop(driver.queue, chain);
}

static inline bool flush(void)
{
	return driver.queue->ops->flush(driver.queue);
}

/* Complete all that waits, and flush; returns how many there were. */
static inline unsigned int serve(void)
{
	struct vd_chain *chain;
	unsigned int n = 0;

	do {
		while (vd_queue_pop(driver.queue, &chain) == 1) {
			vd_chain_complete(chain, 0);
			n++;
		}
	} while (flush());

	return n;
}

/* A chain that consists of room for one answer. */
static inline uint16_t offer_room(uint64_t gpa, uint32_t len)
{
	const struct fake_desc desc = { gpa, len, WRITE };

	return fake_driver_offer(&driver, &desc, 1);
}

/* A table, somewhere, of @n entries of one writable byte each at NEXT. */
static inline struct fake_desc table_of(size_t n)
{
	static struct fake_desc descs[2000];

	for (size_t i = 0; i < n; i++)
		descs[i] = (struct fake_desc){ FAKE_NEXT + i, 1, WRITE };

	return fake_driver_table(&driver, FAKE_LOW, descs, n);
}

/* The smallest chain there is. */
static inline uint16_t offer(void)
{
	return offer_room(FAKE_LOW, 1);
}

/* Take back a chain, which has to be there. */
static inline struct fake_used take(void)
{
	struct fake_used used = { 0 };

	cr_assert(fake_driver_take(&driver, &used), "nothing was used");

	return used;
}

static inline bool nothing_to_take(void)
{
	struct fake_used used;

	return !fake_driver_take(&driver, &used);
}

/* Tell the device whether to notify; without EVENT_IDX. */
static inline void want_notifications(bool want)
{
	if (format)
		fake_driver_event(&driver)->flags =
			htole16(want ? VRING_PACKED_EVENT_FLAG_ENABLE
				     : VRING_PACKED_EVENT_FLAG_DISABLE);
	else
		fake_split_avail(&driver)->flags =
			htole16(want ? 0 : VRING_AVAIL_F_NO_INTERRUPT);
}

/* Does the device want to be kicked?  Without EVENT_IDX. */
static inline bool kicks_are_wanted(void)
{
	if (format)
		return le16toh(fake_device_event(&driver)->flags) ==
		       VRING_PACKED_EVENT_FLAG_ENABLE;

	return le16toh(fake_split_used(&driver)->flags) == 0;
}

#endif
