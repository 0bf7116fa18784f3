/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Virtqueues, of both formats: a driver that never holds still.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "tests/ring-test.h"

#define TABLE FAKE_NEXT

static bool over;

/* Values that may pass, and others that ought not to. */
static struct vring_desc any_desc(unsigned int *seed)
{
	static const uint64_t addrs[] = { FAKE_LOW, FAKE_NEXT - 100, FAKE_HOLE,
					  TABLE,    UINT64_MAX - 50, FAKE_LOW };
	static const uint32_t lens[] = { 0, 1, 16, 100, 1600, UINT32_MAX };
	struct vring_desc desc;

	desc.addr = htole64(addrs[rand_r(seed) % 6] + rand_r(seed) % 64);
	desc.len = htole32(lens[rand_r(seed) % 6]);
	/* In a packed ring this is the id, and the flags say what is there. */
	desc.flags = htole16((uint16_t)rand_r(seed));
	desc.next = htole16((uint16_t)(rand_r(seed) % (RING_SIZE + 1)));
	if (format && rand_r(seed) % 2)
		desc.next = htole16((rand_r(seed) % 2 ? 0x80 : 0x8000) |
				    (rand_r(seed) % 8));

	return desc;
}

/* Split: at times the index makes sense. */
static bool there_is_room(void)
{
	const uint16_t *avail = &fake_split_avail(&driver)->idx;
	const uint16_t *used = &fake_split_used(&driver)->idx;
	uint16_t n = (uint16_t)(__atomic_load_n(avail, __ATOMIC_RELAXED) -
				__atomic_load_n(used, __ATOMIC_RELAXED));

	return n < RING_SIZE;
}

static void *mutate(void *arg)
{
	unsigned int seed = 1;

	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		struct vring_desc desc = any_desc(&seed);
		uint64_t at = TABLE + 16 * (uint64_t)(rand_r(&seed) % 100);
		uint16_t i = (uint16_t)(rand_r(&seed) % RING_SIZE);

		memcpy((char *)driver.desc + 16 * i, &desc, 16);
		desc = any_desc(&seed);
		fake_driver_poke(at, &desc, 16);
		if (!format && (there_is_room() || rand_r(&seed) % 1000 == 0))
			fake_driver_offer_head(&driver, i);
	}

	return NULL;
}

/* Whatever it is, the bytes are there; use the first and the last. */
static void touch(struct vd_chain *chain)
{
	char buf[64];
	size_t len = VD_MIN(chain->readable.left, sizeof(buf));

	cr_assert_eq(vd_chain_read(chain, buf, len), 0);
	vd_stream_skip(&chain->readable, chain->readable.left);
	len = VD_MIN(chain->room, sizeof(buf));
	cr_assert_eq(vd_chain_write(chain, buf, len), 0);
	vd_stream_skip(&chain->writable, chain->writable.left);
	vd_chain_complete(chain, chain->room);
}

/* As after a reset; the other thread may get in the way again. */
static void start_again(void)
{
	uint32_t base = vd_virtqueue_stop(driver.vq);

	if (!format)
		__atomic_store_n(&fake_split_avail(&driver)->idx,
				 fake_split_used(&driver)->idx,
				 __ATOMIC_RELAXED);
	if (!format)
		base = le16toh(fake_split_used(&driver)->idx);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
}

static void serve_whatever_comes(void)
{
	struct vd_chain *chain;
	int r;

	while ((r = vd_queue_pop(driver.queue, &chain)) == 1)
		touch(chain);
	flush();
	if (r == -EPROTO)
		start_again();
}

RingTest(survives_a_driver_that_never_holds_still)
{
	pthread_t mutator;

	driver.host.logging = false;
	cr_assert_eq(pthread_create(&mutator, NULL, mutate, NULL), 0);
	/* The other thread may take its time to begin. */
	for (int i = 0; i < 100000 || driver.n_notified < 100; i++)
		serve_whatever_comes();
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(mutator, NULL);
}
