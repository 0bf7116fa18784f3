/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_GUEST_H
#define DAEMONS_PROBE_VSOCK_GUEST_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/probe-vsock-header.h"

/**
 * DOC: A guest's vsock driver
 *
 * Moves packets through the queues of a vsock device as the driver in a guest
 * does, for programs that are the guest.  Connections are the business of
 * probe-vsock-connection.h; how many there are, and how they are found, is that
 * of the caller.
 *
 * Sending and releasing only prepare: probe_vsock_flush() makes all of it
 * available, with one notification at most.
 */

struct probe_vsock_guest;
struct vhu_frontend;
struct vhu_guest_memory;

/* Which queue is for what. */
enum probe_vsock_queue {
	PROBE_VSOCK_RX,
	PROBE_VSOCK_TX,
	PROBE_VSOCK_EVENT,
};

/* A packet has so much payload at most. */
#define PROBE_VSOCK_MAX_PAYLOAD 65536

/**
 * struct probe_vsock_config - how a guest uses its device
 * @frontend: outlives the guest; has queues 0 and 1 started, and perhaps 2
 * @memory:   what @frontend uses; outlives the guest, too
 * @cid:      the guest's
 * @n_rx:     buffers for packets to the guest, at most the size of the queue
 * @rx_size:  bytes in each, header included
 * @n_tx:     packets that can be on their way, at most half the size of the
 *            queue
 * @tx_size:  payload bytes in each, at most PROBE_VSOCK_MAX_PAYLOAD
 */
struct probe_vsock_config {
	struct vhu_frontend *frontend;
	struct vhu_guest_memory *memory;
	uint64_t cid;
	uint32_t n_rx;
	uint32_t rx_size;
	uint32_t n_tx;
	uint32_t tx_size;
};

/**
 * struct probe_vsock_packet - a packet that has come
 * @header: checked: @header.len bytes are there, and it is for this guest
 * @data:   the payload; the device can still change it
 * @buffer: for probe_vsock_release()
 */
struct probe_vsock_packet {
	struct probe_vsock_header header;
	const void *data;
	void *buffer;
};

/**
 * probe_vsock_bytes() - how much guest memory does a guest need?
 * @config: only the numbers count
 *
 * Return: bytes, beside those of the rings.
 */
size_t probe_vsock_bytes(const struct probe_vsock_config *config);

/**
 * probe_vsock_new() - fill the queues with buffers
 * @config: copied
 * @ret:    the guest
 *
 * Return: 0, -ENOMEM also if there is not enough guest memory, -ENOSPC if a
 *         queue is too small, or the error of the notification.
 */
int probe_vsock_new(const struct probe_vsock_config *config,
		    struct probe_vsock_guest **ret);

/**
 * probe_vsock_free() - the opposite
 * @guest: its queues are not used any more; may be NULL
 */
void probe_vsock_free(struct probe_vsock_guest *guest);

/**
 * probe_vsock_cid() - the guest's CID
 */
uint64_t probe_vsock_cid(const struct probe_vsock_guest *guest);

/**
 * probe_vsock_frontend() - the front-end that it uses
 */
struct vhu_frontend *
probe_vsock_frontend(const struct probe_vsock_guest *guest);

/**
 * probe_vsock_can_send() - is there room for one more packet to be sent?
 * @guest: the guest
 *
 * Return: 1; 0 if not; or -EPROTO if the device has broken the queue.
 */
int probe_vsock_can_send(struct probe_vsock_guest *guest);

/**
 * probe_vsock_send() - send a packet
 * @guest:  there is room for it
 * @header: of the packet, with @header->len bytes of payload, at most tx_size
 * @data:   the payload, which is copied; NULL for bytes that do not matter, and
 *          are the same in all packets
 *
 * Return: 0, -EAGAIN if there is no room, or -EPROTO.
 */
int probe_vsock_send(struct probe_vsock_guest *guest,
		     const struct probe_vsock_header *header, const void *data);

/**
 * probe_vsock_receive() - get a packet
 * @guest: the guest
 * @ret:   the packet, to be given back with probe_vsock_release()
 *
 * Return: 1; 0 if none has come; or -EPROTO if the device has broken the queue
 *         or the packet makes no sense.
 */
int probe_vsock_receive(struct probe_vsock_guest *guest,
			struct probe_vsock_packet *ret);

/**
 * probe_vsock_release() - give the buffer of a packet to the device again
 * @guest:  the guest
 * @packet: not to be looked at any more
 */
void probe_vsock_release(struct probe_vsock_guest *guest,
			 const struct probe_vsock_packet *packet);

/**
 * probe_vsock_flush() - have the device see what was sent and released
 * @guest: the guest
 *
 * Return: 0 or a negative errno.
 */
int probe_vsock_flush(struct probe_vsock_guest *guest);

/**
 * probe_vsock_was_reset() - has the device forgotten all connections?
 * @guest: the guest
 *
 * Return: 1 if there was a TRANSPORT_RESET event since the last call, 0 if
 *         not, or -EPROTO.
 */
int probe_vsock_was_reset(struct probe_vsock_guest *guest);

/* How many descriptors probe_vsock_poll() asks for. */
#define PROBE_VSOCK_N_FDS 8

/**
 * probe_vsock_poll() - what to wait for, if there was nothing to receive
 * @guest: the guest, flushed
 * @fds:   filled in
 *
 * Return: how many of @fds there are.
 */
size_t probe_vsock_poll(const struct probe_vsock_guest *guest,
			struct pollfd fds[PROBE_VSOCK_N_FDS]);

/**
 * probe_vsock_polled() - look at the result
 * @guest: the guest
 * @fds:   as poll() has left them
 * @n:     how many
 *
 * Return: 0, -EIO if the device says that a queue is broken, -ENOTCONN if the
 *         back-end has gone.
 */
int probe_vsock_polled(const struct probe_vsock_guest *guest,
		       const struct pollfd *fds, size_t n);

/**
 * probe_vsock_wait() - wait until something has happened
 * @guest:   the guest, flushed
 * @timeout: milliseconds, or -1
 *
 * Return: 0, -ETIMEDOUT, or as probe_vsock_polled().
 */
int probe_vsock_wait(const struct probe_vsock_guest *guest, int timeout);

/**
 * probe_vsock_sleep_begin() - get ready to sleep often
 * @guest: the guest
 *
 * A timer interrupts system calls from now on, with SIGALRM.
 */
void probe_vsock_sleep_begin(const struct probe_vsock_guest *guest);

/**
 * probe_vsock_sleep_end() - the opposite
 */
void probe_vsock_sleep_end(const struct probe_vsock_guest *guest);

/**
 * probe_vsock_sleep() - wait until a packet has come, as cheaply as possible
 * @guest:   between probe_vsock_sleep_begin() and probe_vsock_sleep_end(),
 *           flushed, and able to send
 * @timeout: milliseconds, roughly
 *
 * Return: as probe_vsock_wait().
 */
int probe_vsock_sleep(const struct probe_vsock_guest *guest, int timeout);

#endif
