/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A record of the requests that are under way, in memory that outlives the
 * process: "Inflight I/O tracking" in docs/interop/vhost-user.rst of QEMU,
 * where the layouts come from.  Not installed.
 *
 * The process may end between any two instructions, and whoever works the ring
 * next has to find out which requests were under way.  So each change of the
 * record is a sequence of steps, with vd_inflight_step() in between, and there
 * is one store that decides.
 *
 * Others can write to the record, too.  What we need to know while the ring
 * runs is therefore kept apart from it, and it is read once, with suspicion,
 * when the ring starts.
 */

#ifndef VIRTIO_DEVICES_INFLIGHT_H
#define VIRTIO_DEVICES_INFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

struct vd_slot;
struct vd_virtqueue;

/* Of both layouts. */
#define VD_INFLIGHT_VERSION 1

/**
 * struct vd_inflight_head - what both layouts begin with
 * @features: none
 * @version:  0: nothing is recorded here; or VD_INFLIGHT_VERSION
 * @desc_num: entries
 */
struct vd_inflight_head {
	uint64_t features;
	uint16_t version;
	uint16_t desc_num;
};

/**
 * struct vd_inflight_span - the entries of one request
 * @first: the first, and
 * @last:  the last of them; both the head of a split chain
 * @n:     how many
 */
struct vd_inflight_span {
	uint16_t first;
	uint16_t last;
	uint16_t n;
};

/**
 * struct vd_inflight - a virtqueue's record
 * @ops:     its layout; NULL if there is none
 * @record:  the shared memory
 * @size:    entries
 * @counter: for the next request, so that their order is known
 * @batch:   requests that were used since the last flush
 * @n_batch: how many
 * @parked:  requests that were under way when the record was found, in order
 * @n_parked: how many
 * @at:      the next of them to be popped
 * @n_parked_descs: packed: descriptors of those from @at on
 * @next:    packed: links of the list of free entries
 * @free:    packed: the first of them
 * @n_free:  packed: how many
 */
struct vd_inflight {
	const struct vd_inflight_ops *ops;
	void *record;
	uint32_t size;
	uint64_t counter;
	struct vd_inflight_span *batch;
	uint32_t n_batch;
	struct vd_inflight_span *parked;
	uint32_t n_parked;
	uint32_t at;
	uint32_t n_parked_descs;
	uint16_t *next;
	uint16_t free;
	uint32_t n_free;
};

/**
 * struct vd_inflight_ops - a layout
 * @recover: read the record, or make a new one.  Sets where the ring goes on,
 *           unless the record is new, and what is parked.  -EBADMSG if it makes
 *           no sense
 * @again:   collect the parked request whose span is @slot's, as
 *           vd_ring_ops.next does
 * @take:    @slot was popped.  -EPROTO if that is more than the ring can hold
 * @untake:  it was not, after all
 * @use:     it is about to be used.  NULL if there is nothing to do
 * @before:  the batch is about to be published
 * @after:   it has been
 */
struct vd_inflight_ops {
	int (*recover)(struct vd_virtqueue *vq);
	int (*again)(struct vd_virtqueue *vq, struct vd_slot *slot);
	int (*take)(struct vd_virtqueue *vq, struct vd_slot *slot);
	void (*untake)(struct vd_virtqueue *vq, const struct vd_slot *slot);
	void (*use)(struct vd_virtqueue *vq, const struct vd_slot *slot);
	void (*before)(struct vd_virtqueue *vq);
	void (*after)(struct vd_virtqueue *vq);
};

extern const struct vd_inflight_ops vd_inflight_split;
extern const struct vd_inflight_ops vd_inflight_packed;

/**
 * vd_inflight_start() - find out what was under way
 * @vq:     about to run: all that concerns the ring is set
 * @record: as the last virtqueue left it, or all zeroes; NULL for no record
 * @size:   its entries, at least the ring's
 *
 * Return: 0, -EBADMSG if the record makes no sense, or -ENOMEM.
 */
int vd_inflight_start(struct vd_virtqueue *vq, void *record, uint32_t size);

/**
 * vd_inflight_stop() - the opposite
 * @vq: all requests were let go of
 *
 * If none is parked, the next one to work the ring finds a new record.
 */
void vd_inflight_stop(struct vd_virtqueue *vq);

/**
 * vd_inflight_park() - remember a request that was under way
 * @inflight: being recovered
 * @span:     its entries, below @inflight->size; not parked yet
 */
void vd_inflight_park(struct vd_inflight *inflight,
		      struct vd_inflight_span span);

/**
 * vd_inflight_sort() - put the parked requests into the order of their counters
 * @vq:      being recovered
 * @counter: tells the counter of an entry
 */
void vd_inflight_sort(struct vd_virtqueue *vq,
		      uint64_t (*counter)(const struct vd_inflight *inflight,
					  uint16_t entry));

/* Those come first that were under way when another process ended. */
static inline bool vd_inflight_has_parked(const struct vd_inflight *inflight)
{
	return inflight->at < inflight->n_parked;
}

/* All that was written so far is in memory before what is written next. */
static inline void vd_inflight_step(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__asm__ volatile("" ::: "memory");
}

#endif
