/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Requests as fast as they are answered, and how long that takes.  Unless they
 * are given, they are those of an entropy device, which are the simplest; what
 * is measured is mostly the way there and back.
 */

#ifndef DAEMONS_PROBE_LOAD_H
#define DAEMONS_PROBE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vhu_driver_chain;
struct vhu_frontend;
struct vhu_guest_memory;

/* The most requests in one batch; a ring has as many entries. */
#define PROBE_LOAD_MAX_DEPTH 256

/**
 * struct probe_load - what to do
 * @frontend: queue 0 is started, with PROBE_LOAD_MAX_DEPTH entries or more
 * @chains:   the @depth requests of a batch, or NULL for buffers that the
 *            back-end fills
 * @memory:   without @chains: has room for @depth buffers, see
 *            probe_load_bytes()
 * @size:     without @chains: bytes in a request
 * @depth:    requests in a batch: all are published at once, and then all
 *            answers are waited for
 * @spin:     look for the answers all the time, instead of sleeping
 * @nsec:     how long to go on
 * @timeout:  how long a batch may take before the back-end is considered to
 *            hang, in ns
 * @samples:  receives how long each batch took, in ns; for the first
 *            @max_samples of them
 * @max_samples: room in @samples
 */
struct probe_load {
	struct vhu_frontend *frontend;
	const struct vhu_driver_chain *chains;
	struct vhu_guest_memory *memory;
	uint32_t size;
	uint32_t depth;
	bool spin;
	uint64_t nsec;
	uint64_t timeout;
	uint32_t *samples;
	size_t max_samples;
};

/**
 * struct probe_load_result - what came of it
 * @n_batches: batches that were answered
 * @n_kicks:   notifications that the back-end wanted and got
 * @n_calls:   notifications that it sent
 * @n_bytes:   bytes that it wrote
 * @nsec:      how long it took
 * @n_samples: how many samples there are
 */
struct probe_load_result {
	uint64_t n_batches;
	uint64_t n_kicks;
	uint64_t n_calls;
	uint64_t n_bytes;
	uint64_t nsec;
	size_t n_samples;
};

/**
 * probe_load_bytes() - guest memory that the buffers of a load take
 * @size:  bytes in a request
 * @depth: requests in a batch
 */
size_t probe_load_bytes(uint32_t size, uint32_t depth);

/**
 * probe_load_run() - do it
 * @load: what to do
 * @ret:  what came of it
 *
 * Takes SIGALRM for itself.
 *
 * Return: 0 or a negative errno, as from vhu_frontend_exchange().
 */
int probe_load_run(const struct probe_load *load,
		   struct probe_load_result *ret);

/**
 * probe_percentile() - the sample that so many samples do not exceed
 * @samples:   is sorted by this
 * @n_samples: not 0
 * @percent:   50 for the median
 */
uint32_t probe_percentile(uint32_t *samples, size_t n_samples, double percent);

/**
 * probe_now() - nanoseconds on the monotonic clock
 */
uint64_t probe_now(void);

#endif
