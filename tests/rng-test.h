/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An entropy device, its queue, its host, and a source that counts.
 */

#ifndef TESTS_RNG_TEST_H
#define TESTS_RNG_TEST_H

#include <criterion/criterion.h>
#include <string.h>

#include "tests/fake-entropy.h"
#include "tests/fake-queue.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/util.h"

#define KIB 1024
#define MSEC VD_NSEC_PER_MSEC

/* As in rng.c: what one chain and what one kick can ask for. */
#define MAX_ANSWER (64 * KIB)
#define MAX_KICK (256 * KIB)

#define START (1000ULL * VD_NSEC_PER_SEC)

static struct vd_device *rng;
static struct fake_queue queue;
static struct fake_entropy entropy;
static uint8_t buf[2 * MAX_ANSWER];

/* What the host was told last. */
static struct vd_device_host host;
static uint32_t again;
static uint64_t deadline;

static inline void schedule(struct vd_device_host *self, uint32_t kick,
			    uint64_t at)
{
	(void)self;
	again = kick;
	deadline = at;
}

static inline void start(const struct vd_rng_limit *limit)
{
	fake_queue_init(&queue);
	fake_entropy_init(&entropy);
	cr_assert_eq(vd_rng_new(&entropy.backend, limit, &rng), 0);
	host.schedule = schedule;
	rng->host = &host;
	vd_device_start_queue(rng, 0, &queue.queue);
	deadline = VD_NEVER;
}

static inline void setup(void)
{
	start(NULL);
}

static inline void teardown(void)
{
	vd_device_stop_queue(rng, 0);
	vd_device_free(rng);
	cr_assert(entropy.destroyed);
}

static inline void kick_at(uint64_t now)
{
	again = 0;
	vd_device_kick(rng, 0, now);
}

static inline void kick(void)
{
	kick_at(START);
}

/* Is it @len bytes that count from @first? */
static inline bool counts(const uint8_t *p, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != (uint8_t)(first + i))
			return false;
	}

	return true;
}

#endif
