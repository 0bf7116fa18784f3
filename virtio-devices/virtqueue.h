/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VIRTIO_DEVICES_VIRTQUEUE_H
#define VIRTIO_DEVICES_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Virtqueues, the device's side
 *
 * Split and packed rings (virtio 1.3, sections 2.7 and 2.8) in guest memory,
 * offered to a device as a struct vd_queue.  All that is needed of the
 * surroundings is struct vd_virtqueue_host, so that a VMM can use it with its
 * own guest memory.
 *
 * The ring and all that hangs from it is written by the driver, at any time
 * and in bad faith.  Each descriptor is copied once and checked; a chain that
 * is wrong is handed to the device empty; a head that is out of range is
 * skipped; and only a ring whose indices make no sense is *broken*, and rests
 * until it is stopped and started again.
 */

struct vd_queue;
struct vd_virtqueue;
struct vd_virtqueue_host;

/* The virtio specification's limit, and that of all front-ends. */
#define VD_VIRTQUEUE_MAX_SIZE 32768

/*
 * Descriptors in one chain, indirect ones included.  The specification bounds
 * a chain by the ring, but Linux does not when it uses indirect descriptors:
 * 120 entries on a ring of 64 have been seen with sound.
 */
#define VD_VIRTQUEUE_MAX_CHAIN 1024

/* Feature bits that the rings implement; what was negotiated goes to start. */
#define VD_VIRTQUEUE_FEATURES \
	((1ULL << 28 /* VIRTIO_RING_F_INDIRECT_DESC */) | \
	 (1ULL << 29 /* VIRTIO_RING_F_EVENT_IDX */) | \
	 (1ULL << 32 /* VIRTIO_F_VERSION_1 */) | \
	 (1ULL << 34 /* VIRTIO_F_RING_PACKED */))

/**
 * enum vd_virtqueue_fault - what a driver did wrong
 * @VD_VIRTQUEUE_BAD_HEAD:  a head outside the ring; it was skipped
 * @VD_VIRTQUEUE_BAD_CHAIN: a chain that cannot be used; it goes back empty
 * @VD_VIRTQUEUE_BROKEN:    indices that make no sense; the ring rests
 */
enum vd_virtqueue_fault {
	VD_VIRTQUEUE_BAD_HEAD,
	VD_VIRTQUEUE_BAD_CHAIN,
	VD_VIRTQUEUE_BROKEN,
};

/**
 * struct vd_virtqueue_host_ops - what a virtqueue needs of its surroundings
 * @translate: the address at which guest-physical address @gpa can be accessed,
 *             or NULL if it cannot.  *@len is how many bytes are wanted, not 0,
 *             and becomes how many are there, not 0: less where a region ends.
 *             The memory stays accessible while chains are held
 * @dirty:     bytes of guest memory were written; called only while the host's
 *             @logging is set.  NULL if it never is
 * @notify:    the driver is to be notified (interrupted)
 * @fault:     the driver made a mistake; for counting and logging
 */
struct vd_virtqueue_host_ops {
	void *(*translate)(struct vd_virtqueue_host *host, uint64_t gpa,
			   uint64_t *len);
	void (*dirty)(struct vd_virtqueue_host *host, const void *addr,
		      size_t len);
	void (*notify)(struct vd_virtqueue_host *host);
	void (*fault)(struct vd_virtqueue_host *host,
		      enum vd_virtqueue_fault fault);
};

/**
 * struct vd_virtqueue_host - the surroundings of a virtqueue
 * @ops:     how to reach them
 * @logging: @ops->dirty is to be called; may be changed at any time
 */
struct vd_virtqueue_host {
	const struct vd_virtqueue_host_ops *ops;
	bool logging;
};

/**
 * struct vd_virtqueue_config - where and how a ring lies
 * @features: bits that were negotiated; EVENT_IDX, INDIRECT_DESC and
 *            RING_PACKED count
 * @size:     entries
 * @desc:     descriptor area: 16 bytes an entry, aligned to 16
 * @driver:   driver area: avail ring, aligned to 2, or driver event structure,
 *            aligned to 4
 * @device:   device area: used ring or device event structure, aligned to 4
 * @base:     where to go on, as vd_virtqueue_stop() returns it.  Does not count
 *            if @inflight knows better
 * @inflight: where to record what is under way: as the last virtqueue left it
 *            that worked this ring, or zeroes.  Aligned to 8; NULL for nowhere
 * @inflight_size: entries in @inflight, at least @size
 *
 * The areas are guest memory, accessible in one piece each.
 */
struct vd_virtqueue_config {
	uint64_t features;
	uint32_t size;
	void *desc;
	void *driver;
	void *device;
	uint32_t base;
	void *inflight;
	uint32_t inflight_size;
};

/* Where a fresh ring starts. */
#define VD_VIRTQUEUE_SPLIT_BASE 0
#define VD_VIRTQUEUE_PACKED_BASE 0x80008000U

/**
 * vd_virtqueue_new() - make a virtqueue
 * @host: its surroundings; must outlive it
 * @ret:  the virtqueue, which is not running
 *
 * Return: 0 or -ENOMEM.
 */
int vd_virtqueue_new(struct vd_virtqueue_host *host, struct vd_virtqueue **ret);

/**
 * vd_virtqueue_free() - the opposite
 * @vq: not running; may be NULL
 */
void vd_virtqueue_free(struct vd_virtqueue *vq);

/**
 * vd_virtqueue_start() - begin to work a ring
 * @vq:     not running
 * @config: copied; its areas stay accessible until vd_virtqueue_stop()
 *
 * All the memory that the ring will ever need is taken here.
 *
 * If the virtqueue that worked the ring before was not stopped, but its process
 * ended, the requests that it had are popped first, in their old order, with
 * @recovered set.
 *
 * Return: 0, -EINVAL if the size, the base or an alignment is impossible,
 *         -EBADMSG if what @config->inflight says is, or -ENOMEM.
 */
int vd_virtqueue_start(struct vd_virtqueue *vq,
		       const struct vd_virtqueue_config *config);

/**
 * vd_virtqueue_stop() - leave a ring alone
 * @vq: running; each chain was completed or unpopped, and flushed
 *
 * Return: where to go on, as VHOST_USER_GET_VRING_BASE has it: for a split
 *         ring the next index in the avail ring; for a packed ring next
 *         available (bits 14..0), its wrap counter (15), next used (30..16) and
 *         its wrap counter (31).
 */
uint32_t vd_virtqueue_stop(struct vd_virtqueue *vq);

/**
 * vd_virtqueue_inflight_bytes() - how much memory does a record need?
 * @size:   its entries
 * @packed: the format of the ring
 *
 * The layout is that of "Inflight I/O tracking" in QEMU's vhost-user.rst.
 */
size_t vd_virtqueue_inflight_bytes(uint32_t size, bool packed);

/**
 * vd_virtqueue_inflight_found() - has the ring been worked, and not stopped?
 * @record: of a ring that does not run
 */
bool vd_virtqueue_inflight_found(const void *record);

/**
 * vd_virtqueue_inflight_forget() - nothing is under way any more
 * @record: of a ring that does not run
 */
void vd_virtqueue_inflight_forget(void *record);

/**
 * vd_virtqueue_queue() - as a device sees it
 * @vq: the virtqueue
 *
 * Return: to be used while the virtqueue runs.
 */
struct vd_queue *vd_virtqueue_queue(struct vd_virtqueue *vq);

/**
 * vd_virtqueue_ready() - does a chain wait?
 * @vq: running
 *
 * For those who poll the ring instead of waiting for a kick.
 */
bool vd_virtqueue_ready(const struct vd_virtqueue *vq);

/**
 * vd_virtqueue_set_polling() - say whether kicks are needed
 * @vq:      running
 * @polling: true: somebody calls vd_virtqueue_ready() all the time, so that the
 *           driver need not kick.  False, as at the start: it must kick when a
 *           chain becomes available in a ring that was found empty, unless the
 *           device has said that it looks for itself
 *
 * Return: true if a chain has become available that no kick will tell about.
 */
bool vd_virtqueue_set_polling(struct vd_virtqueue *vq, bool polling);

#ifdef __cplusplus
}
#endif

#endif
