/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_DRIVER_RING_H
#define VHOST_USER_DRIVER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Virtqueues, the driver's side
 *
 * Split and packed rings (virtio 1.3, sections 2.7 and 2.8) as a driver in a
 * guest works them: for programs that talk to a device without a guest, and for
 * tests, to which it is the model of a good driver.
 *
 * The ring lies in memory of the caller, which the device can see, too.  What
 * the device must not be able to change is kept apart from it.  No function
 * makes a system call, and only vhu_driver_ring_new() allocates.
 *
 * A driver adds chains, publishes them, kicks the device if it is told to, and
 * gets them back.
 */

struct vhu_driver_ring;

/**
 * struct vhu_driver_ring_config - where and how a ring is to lie
 * @features: bits that were negotiated; EVENT_IDX, RING_PACKED and IN_ORDER
 *            count
 * @size:     entries, at most 32768; a power of two unless packed
 * @base:     where to begin, as SET_VRING_BASE has it: VD_VIRTQUEUE_SPLIT_BASE
 *            or VD_VIRTQUEUE_PACKED_BASE, unless a test is about wrapping
 * @memory:   vhu_driver_ring_bytes() of it, aligned to 16
 * @gpa:      guest-physical address of @memory, aligned to 16
 */
struct vhu_driver_ring_config {
	uint64_t features;
	uint32_t size;
	uint32_t base;
	void *memory;
	uint64_t gpa;
};

/**
 * struct vhu_driver_area - one of the three parts of a ring
 * @at:  where the driver sees it
 * @gpa: where the device sees it
 */
struct vhu_driver_area {
	void *at;
	uint64_t gpa;
};

/**
 * struct vhu_driver_layout - the parts of a ring
 * @desc:   descriptor table, or packed ring
 * @driver: avail ring, or driver event structure
 * @device: used ring, or device event structure
 *
 * For telling the device about them, and for tests that write there what a
 * good driver would not.
 */
struct vhu_driver_layout {
	struct vhu_driver_area desc;
	struct vhu_driver_area driver;
	struct vhu_driver_area device;
};

/**
 * struct vhu_driver_buffer - guest memory for a device to read or to write
 * @gpa: guest-physical address
 * @len: bytes
 */
struct vhu_driver_buffer {
	uint64_t gpa;
	uint32_t len;
};

/**
 * struct vhu_driver_chain - a request
 * @buffers:    the device-readable ones, followed by the device-writable ones
 * @n_readable: how many of the former
 * @n_writable: how many of the latter; one buffer at least in all
 * @table:      memory for an indirect table of 16 bytes a buffer; NULL if there
 *              is to be none.  Stays in use until the chain is got back
 * @table_gpa:  guest-physical address of @table
 * @n_direct:   if there is a table: how many buffers come before it, in
 *              descriptors of their own
 * @token:      for the caller, who gets it back
 */
struct vhu_driver_chain {
	const struct vhu_driver_buffer *buffers;
	size_t n_readable;
	size_t n_writable;
	void *table;
	uint64_t table_gpa;
	size_t n_direct;
	void *token;
};

/**
 * struct vhu_driver_used - a chain that the device is done with
 * @token: as it was added
 * @id:    head of a split chain, buffer id of a packed one
 * @len:   bytes that the device says it wrote
 */
struct vhu_driver_used {
	void *token;
	uint16_t id;
	uint32_t len;
};

/**
 * vhu_driver_ring_bytes() - how much memory does a ring need?
 * @size:   entries
 * @packed: the format
 */
size_t vhu_driver_ring_bytes(uint32_t size, bool packed);

/**
 * vhu_driver_ring_new() - make an empty ring
 * @config: copied; the memory is overwritten, and used until the ring is freed
 * @ret:    the ring; interrupts are enabled
 *
 * Return: 0, -EINVAL if the size, the base or an alignment is impossible, or
 *         -ENOMEM.
 */
int vhu_driver_ring_new(const struct vhu_driver_ring_config *config,
			struct vhu_driver_ring **ret);

/**
 * vhu_driver_ring_free() - the opposite
 * @ring: the device does not work it any more; may be NULL
 */
void vhu_driver_ring_free(struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_layout() - where the parts of a ring are
 * @ring: keeps the answer
 */
const struct vhu_driver_layout *
vhu_driver_ring_layout(const struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_free_descs() - how many descriptors are free?
 * @ring: the ring
 */
uint32_t vhu_driver_ring_free_descs(const struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_add() - add a chain, which the device does not see yet
 * @ring:  the ring
 * @chain: copied
 *
 * Return: 0, -ENOSPC if there are not enough free descriptors, or -EINVAL if
 *         there are no buffers, or none for the table.
 */
int vhu_driver_ring_add(struct vhu_driver_ring *ring,
			const struct vhu_driver_chain *chain);

/**
 * vhu_driver_ring_publish() - make all that was added available, at once
 * @ring: the ring
 *
 * Return: true if the device wants to be kicked.
 */
bool vhu_driver_ring_publish(struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_ready() - is there something to get?
 * @ring: the ring
 */
bool vhu_driver_ring_ready(const struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_get() - take a chain back
 * @ring: the ring
 * @ret:  the chain; untouched unless there is one
 *
 * While interrupts are enabled, an empty ring means that there will be one.
 *
 * Return: 1; 0 if there is none; or -EPROTO if the device gave back what it did
 *         not have, or says that it wrote more than there was room for.
 */
int vhu_driver_ring_get(struct vhu_driver_ring *ring,
			struct vhu_driver_used *ret);

/**
 * vhu_driver_ring_enable_interrupts() - have the device notify us
 * @ring: the ring
 *
 * Return: true if something was used meanwhile: no interrupt tells about it.
 */
bool vhu_driver_ring_enable_interrupts(struct vhu_driver_ring *ring);

/**
 * vhu_driver_ring_disable_interrupts() - ask the device not to
 * @ring: the ring
 *
 * The device may do it all the same, now and then.
 */
void vhu_driver_ring_disable_interrupts(struct vhu_driver_ring *ring);

#ifdef __cplusplus
}
#endif

#endif
