/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest with a vsock driver that does what the test tells it: packets are
 * sent one by one, and buffers are posted one by one.  Its queues have no ring
 * behind them, and insist on buffers being used in order.
 */

#ifndef TESTS_FAKE_VSOCK_GUEST_H
#define TESTS_FAKE_VSOCK_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/vsock-packet.h"

#define FAKE_GUEST_CID 3
#define FAKE_RING 256

/**
 * struct fake_slot - a chain
 * @chain:   what the device sees
 * @buf:     all its bytes; an allocation of just that size
 * @len:     how many
 * @links:   its pieces
 * @written: as the device says, once it is done
 */
struct fake_slot {
	struct vd_chain chain;
	uint8_t *buf;
	size_t len;
	struct vd_segments *links;
	size_t written;
};

/**
 * struct fake_ring - a queue
 * @queue:   what the device sees
 * @slots:   its chains; positions below are not reduced to FAKE_RING
 * @added:   chains that were ever made available
 * @popped:  how many of these the device has popped
 * @used:    how many it has completed
 * @taken:   how many the guest has taken back
 * @flushes: calls of flush
 */
struct fake_ring {
	struct vd_queue queue;
	struct fake_slot slots[FAKE_RING];
	unsigned int added;
	unsigned int popped;
	unsigned int used;
	unsigned int taken;
	unsigned int flushes;
};

/**
 * struct fake_guest - the guest
 * @device: its vsock device; set by fake_guest_start()
 * @host:   to see what the device schedules
 * @rings:  rx, tx and event queue
 * @now:    the time
 * @piece:  bytes in each descriptor of what is sent and posted; 0: all in one
 * @kicks:  queues that the device wants to be kicked again
 */
struct fake_guest {
	struct vd_device *device;
	struct vd_device_host host;
	struct fake_ring rings[3];
	uint64_t now;
	size_t piece;
	uint32_t kicks;
};

/**
 * fake_guest_start() - start the queues of a device
 * @n_buffers: of @room bytes each, to be posted
 */
void fake_guest_start(struct fake_guest *guest, struct vd_device *device,
		      unsigned int n_buffers, size_t room);

/**
 * fake_guest_stop() - stop the queues, and forget what is in them
 */
void fake_guest_stop(struct fake_guest *guest);

/**
 * fake_guest_post() - make room for one packet, and tell the device
 * @room: bytes, with the header
 */
void fake_guest_post(struct fake_guest *guest, size_t room);

/**
 * fake_guest_fill() - make room for many packets, and tell the device once
 */
void fake_guest_fill(struct fake_guest *guest, unsigned int n, size_t room);

/**
 * fake_guest_post_event() - make room for an event, and tell the device
 */
void fake_guest_post_event(struct fake_guest *guest, size_t room);

/**
 * fake_guest_send() - send a packet, and tell the device
 * @packet:  its header; @len may be a lie
 * @payload: what comes behind it
 * @len:     bytes of @payload
 */
void fake_guest_send(struct fake_guest *guest, const struct vd_packet *packet,
		     const void *payload, size_t len);

/**
 * fake_guest_queue() - the same, but the device is not told
 */
void fake_guest_queue(struct fake_guest *guest, const struct vd_packet *packet,
		      const void *payload, size_t len);

/**
 * fake_guest_send_raw() - send any bytes, and tell the device
 */
void fake_guest_send_raw(struct fake_guest *guest, const void *bytes,
			 size_t len);

/**
 * fake_guest_receive() - take the next packet
 * @packet:  receives its header
 * @payload: if not NULL, receives what comes behind it
 *
 * Asserts that the device says how long it is.
 *
 * Return: false if there is none.
 */
bool fake_guest_receive(struct fake_guest *guest, struct vd_packet *packet,
			void *payload);

/**
 * fake_guest_expect() - take the next packet, which has to be of this kind
 * @op: VIRTIO_VSOCK_OP_*
 *
 * Asserts that there is one.
 */
struct vd_packet fake_guest_expect(struct fake_guest *guest, uint16_t op);

/**
 * fake_guest_hears_nothing() - is there no packet?
 */
bool fake_guest_hears_nothing(struct fake_guest *guest);

/**
 * fake_guest_run() - kick and tick the device until it wants no more
 */
void fake_guest_run(struct fake_guest *guest);

/**
 * fake_guest_wait() - let time go by, and tick the device
 */
void fake_guest_wait(struct fake_guest *guest, uint64_t nsec);

#endif
