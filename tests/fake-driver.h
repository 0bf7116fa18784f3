/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver that writes rings by hand: what the test tells it to write, and not
 * what a good driver would.  (For a good one, see vhost-user/driver-ring.h.)
 */

#ifndef TESTS_FAKE_DRIVER_H
#define TESTS_FAKE_DRIVER_H

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define INDIRECT VD_BIT(VIRTIO_RING_F_INDIRECT_DESC)
#define EVENT_IDX VD_BIT(VIRTIO_RING_F_EVENT_IDX)
#define PACKED VD_BIT(VIRTIO_F_RING_PACKED)

/*
 * Guest-physical memory, each part a mapping of its own.  LOW and NEXT follow
 * one another in the guest, but not here.
 */
#define FAKE_PART (256U << 10)
/* The first page there can be, where a length that wraps would lead to. */
#define FAKE_ZERO 0ULL
#define FAKE_LOW 0x100000ULL
#define FAKE_NEXT (FAKE_LOW + FAKE_PART)
/* Nothing is here. */
#define FAKE_HOLE (FAKE_NEXT + FAKE_PART)
/* 1 GiB, of which nobody touches much. */
#define FAKE_HUGE 0x100000000ULL
#define FAKE_HUGE_SIZE (1ULL << 30)
/* The last page there can be. */
#define FAKE_TOP (UINT64_MAX - 4095)

/**
 * struct fake_desc - a descriptor, in no particular format
 * @addr:  guest-physical address
 * @len:   bytes
 * @flags: VRING_DESC_F_*; NEXT is added by itself where another one follows
 */
struct fake_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
};

/**
 * struct fake_used - what the device gave back
 * @id:    head of a split chain, buffer id of a packed one
 * @len:   how much it says that it wrote
 * @write: packed: the flag that says that @len is valid
 */
struct fake_used {
	uint32_t id;
	uint32_t len;
	bool write;
};

/**
 * struct fake_write - bytes that were reported as written
 */
struct fake_write {
	const uint8_t *at;
	size_t len;
};

#define FAKE_MAX_WRITES 4096

/**
 * struct fake_driver - a driver, its guest, and the virtqueue that it talks to
 * @host:        surroundings of @vq; a test can set @host.logging
 * @vq:          the virtqueue, running
 * @queue:       as a device sees it
 * @features:    that were negotiated
 * @size:        of the ring
 * @desc:        descriptor area
 * @driver:      driver area
 * @device:      device area
 * @next:        split: descriptor to be used next; packed: position
 * @wrap:        packed: the driver's wrap counter
 * @used:        next position to be taken
 * @used_wrap:   packed: the device's wrap counter
 * @n_descs:     packed: descriptors that each buffer id stands for
 * @max_piece:   memory is found in pieces that are no longer than this
 * @n_translated: calls of the virtqueue's host
 * @n_notified:  likewise
 * @n_faults:    of each kind
 * @writes:      what was reported while @host.logging was set
 * @n_writes:    how many
 * @on_write:    called before the next write is reported, once
 * @on_translate: called before the next address is translated, once
 */
struct fake_driver {
	struct vd_virtqueue_host host;
	struct vd_virtqueue *vq;
	struct vd_queue *queue;
	uint64_t features;
	uint32_t size;
	void *desc;
	void *driver;
	void *device;
	uint16_t next;
	bool wrap;
	uint16_t used;
	bool used_wrap;
	uint16_t *n_descs;
	uint64_t max_piece;
	unsigned int n_translated;
	unsigned int n_notified;
	unsigned int n_faults[3];
	struct fake_write writes[FAKE_MAX_WRITES];
	size_t n_writes;
	void (*on_write)(struct fake_driver *driver);
	void (*on_translate)(struct fake_driver *driver);
};

/* The areas, typed. */
struct vring_desc *fake_split_desc(struct fake_driver *driver);
struct vring_avail *fake_split_avail(struct fake_driver *driver);
struct vring_used *fake_split_used(struct fake_driver *driver);
struct vring_packed_desc *fake_packed_desc(struct fake_driver *driver);
struct vring_packed_desc_event *fake_driver_event(struct fake_driver *driver);
struct vring_packed_desc_event *fake_device_event(struct fake_driver *driver);

/**
 * fake_driver_open() - make an empty ring, and a virtqueue that works it
 * @driver:   whatever it was before is forgotten
 * @features: EVENT_IDX, INDIRECT, PACKED
 * @size:     entries
 * @base:     where both sides begin
 */
void fake_driver_open(struct fake_driver *driver, uint64_t features,
		      uint32_t size, uint32_t base);

/**
 * fake_driver_close() - the opposite
 *
 * The device must have let go of everything.
 */
void fake_driver_close(struct fake_driver *driver);

/**
 * fake_driver_start() - start the virtqueue, on the ring as it is
 *
 * Return: as vd_virtqueue_start() does.
 */
int fake_driver_start(struct fake_driver *driver, uint32_t base);

/**
 * fake_driver_at() - where a guest-physical address is
 *
 * Return: NULL if it is nowhere.
 */
void *fake_driver_at(uint64_t gpa);

/**
 * fake_driver_poke() - write guest memory, which may cross parts
 */
void fake_driver_poke(uint64_t gpa, const void *src, size_t len);

/**
 * fake_driver_peek() - read guest memory, which may cross parts
 */
void fake_driver_peek(uint64_t gpa, void *dst, size_t len);

/**
 * fake_driver_table() - write an indirect table
 * @driver: knows the format
 * @gpa:    where
 * @descs:  entries
 * @n:      how many
 *
 * Return: a descriptor that refers to it.
 */
struct fake_desc fake_driver_table(struct fake_driver *driver, uint64_t gpa,
				   const struct fake_desc *descs, size_t n);

/**
 * fake_driver_offer() - make a chain available
 * @descs: its descriptors, which go into the next entries of the ring, whatever
 *         these are used for
 * @n:     how many
 *
 * Return: its id.
 */
uint16_t fake_driver_offer(struct fake_driver *driver,
			   const struct fake_desc *descs, size_t n);

/**
 * fake_driver_offer_head() - split: put any number into the avail ring
 */
void fake_driver_offer_head(struct fake_driver *driver, uint16_t head);

/**
 * fake_driver_take() - take back the next chain that the device is done with
 *
 * Return: false if there is none.
 */
bool fake_driver_take(struct fake_driver *driver, struct fake_used *ret);

#endif
