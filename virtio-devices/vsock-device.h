/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A vsock device, as its own files see it.
 */

#ifndef VIRTIO_DEVICES_VSOCK_DEVICE_H
#define VIRTIO_DEVICES_VSOCK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/device.h"
#include "virtio-devices/vsock-flows.h"
#include "virtio-devices/vsock-gather.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock-list.h"
#include "virtio-devices/vsock.h"

#define VD_VSOCK_RX 0
#define VD_VSOCK_TX 1
#define VD_VSOCK_EVENT 2

/*
 * Pieces that one call of a stream gets.  A page each: the largest packet that
 * Linux sends has 17, and a message as large as its buffer fits, too.
 */
#define VD_VSOCK_PIECES 256

/*
 * Buffers of the guest that one read fills.  More of them make a read cheaper;
 * 128 take a message as large as Linux lets it be.
 */
#define VD_VSOCK_CHAINS 128

/* RSTs owed to flows that there are not, before we stop to read packets. */
#define VD_VSOCK_RESETS 64

/**
 * struct vd_resets - RSTs owed to flows that there are not
 * @flows: a ring; the type is as the packet had it
 * @head:  the first one
 * @n:     how many
 */
struct vd_resets {
	struct vd_vsock_flow flows[VD_VSOCK_RESETS];
	unsigned int head;
	unsigned int n;
};

/**
 * struct vd_vsock - the device
 * @device:        what the transport sees
 * @host:          who is at the other end
 * @config:        with no zeroes in it
 * @types:         VD_BIT() of each enum vd_vsock_type that the driver knows
 * @flows:         connections by their ports
 * @connections:   room for all that may be
 * @n_touched:     those before this one were used once
 * @free:          those that are free again
 * @n_connections: how many are not free
 * @n_half_open:   how many of these wait to be accepted
 * @ready:         those that have something for the guest
 * @todo:          those with events
 * @handshakes:    those that wait to be accepted, oldest first
 * @closing:       those that wait for a RST, oldest first
 * @lingering:     those whose guest has gone, and whose host still has to read
 * @resets:        RSTs owed to flows that there are not
 * @held_back:     packets wait in the tx queue until @resets has room
 * @event_owed:    the driver has to be told of a TRANSPORT_RESET
 * @next_port:     where to look for a free port
 * @spare:         a ring for whoever stalls next, or NULL
 * @budget:        bytes that may be moved before others get their turn
 * @gather:        for one write: the packets
 * @chains:        for one read or write: the buffers
 * @starts:        for one read: where their device-writable parts begin
 * @iov:           for one read or write: the pieces
 */
struct vd_vsock {
	struct vd_device device;
	struct vd_vsock_host *host;
	struct vd_vsock_config config;
	uint64_t types;
	struct vd_flows flows;
	struct vd_vsock_connection *connections;
	unsigned int n_touched;
	struct vd_vsock_connection *free;
	unsigned int n_connections;
	unsigned int n_half_open;
	struct vd_link ready;
	struct vd_link todo;
	struct vd_link handshakes;
	struct vd_link closing;
	struct vd_link lingering;
	struct vd_resets resets;
	bool held_back;
	bool event_owed;
	uint32_t next_port;
	struct vd_spill *spare;
	size_t budget;
	struct vd_gather gather;
	struct vd_chain *chains[VD_VSOCK_CHAINS];
	struct vd_stream starts[VD_VSOCK_CHAINS];
	struct iovec iov[VD_VSOCK_PIECES];
};

/**
 * vd_vsock_enter() - the host comes in
 *
 * Return: false if something of this device is under way already, which will
 *         see to whatever there is to be done.
 */
bool vd_vsock_enter(struct vd_vsock *vsock, uint64_t now);

/**
 * vd_vsock_leave() - do what there is to be done, and publish it
 * @entered: as vd_vsock_enter() has it
 */
void vd_vsock_leave(struct vd_vsock *vsock, bool entered);

/**
 * vd_vsock_send_event() - send the event that is owed, if there is a buffer
 */
void vd_vsock_send_event(struct vd_vsock *vsock);

/**
 * vd_vsock_owe_event() - send the event, as soon as there is a buffer
 */
void vd_vsock_owe_event(struct vd_vsock *vsock);

/**
 * vd_vsock_lost() - the guest may know a connection that is not there
 *
 * It gets a RST.
 */
void vd_vsock_lost(struct vd_vsock *vsock, const struct vd_vsock_flow *flow);

/**
 * vd_vsock_arm() - have the device called at @deadline, or earlier
 */
void vd_vsock_arm(struct vd_vsock *vsock, uint64_t deadline);

#endif
