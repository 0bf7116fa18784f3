/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_VSOCK_CONNECTION_H
#define DAEMONS_PROBE_VSOCK_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/probe-vsock-header.h"

/**
 * DOC: The guest's end of a vsock connection
 *
 * What both ends of a connection have to remember (virtio 1.3, section 5.10.6),
 * seen from the guest, and as pure logic: packets come in, and headers of
 * packets to be sent go out.  Where the payload is does not matter here.
 *
 * It is strict with the device, as it is meant to find out what that does
 * wrong.
 */

/**
 * enum probe_vsock_state - how far a connection is
 * @PROBE_VSOCK_REQUESTED:   we have asked for it
 * @PROBE_VSOCK_ESTABLISHED: both ends know of it
 * @PROBE_VSOCK_CLOSED:      one of them has reset it
 */
enum probe_vsock_state {
	PROBE_VSOCK_REQUESTED,
	PROBE_VSOCK_ESTABLISHED,
	PROBE_VSOCK_CLOSED,
};

/**
 * struct probe_vsock_connection - one connection
 * @cid:        the guest's
 * @port:       the guest's
 * @peer_cid:   of whoever is at the other end
 * @peer_port:  likewise
 * @type:       VIRTIO_VSOCK_TYPE_*
 * @state:      how far it is
 * @said:       VIRTIO_VSOCK_SHUTDOWN_* that we have sent, all together
 * @heard:      likewise of the peer
 * @buf_alloc:  bytes that we have room for
 * @rx_cnt:     bytes that have come
 * @fwd_cnt:    those of them that were taken away by their reader
 * @told:       @fwd_cnt when the peer was last told
 * @peer_buf_alloc: bytes that the peer has room for
 * @peer_fwd_cnt:   bytes that have left it again
 * @tx_cnt:     bytes that we have sent
 */
struct probe_vsock_connection {
	uint64_t cid;
	uint32_t port;
	uint64_t peer_cid;
	uint32_t peer_port;
	uint16_t type;
	enum probe_vsock_state state;
	uint32_t said;
	uint32_t heard;
	uint32_t buf_alloc;
	uint32_t rx_cnt;
	uint32_t fwd_cnt;
	uint32_t told;
	uint32_t peer_buf_alloc;
	uint32_t peer_fwd_cnt;
	uint32_t tx_cnt;
};

/**
 * probe_vsock_accept() - the connection that a REQUEST asks for
 * @connection: filled in; a RESPONSE has to follow
 * @request:    the packet
 * @buf_alloc:  bytes that we have room for
 */
void probe_vsock_accept(struct probe_vsock_connection *connection,
			const struct probe_vsock_header *request,
			uint32_t buf_alloc);

/**
 * probe_vsock_owns() - does a packet belong to a connection?
 * @connection: which
 * @header:     of a packet that has come
 */
bool probe_vsock_owns(const struct probe_vsock_connection *connection,
		      const struct probe_vsock_header *header);

/**
 * probe_vsock_take() - what does a packet mean to a connection?
 * @connection: owns the packet
 * @header:     of the packet; for RW, as many bytes have to be kept, until
 *              probe_vsock_consume() is called for them
 *
 * A CREDIT_REQUEST has to be answered, by whoever calls this.
 *
 * Return: 0, or -EPROTO if the device must not send such a packet now:
 *         more data than we have room for, data after it has said that there
 *         is none, or before there is a connection, or an operation that makes
 *         no sense.
 */
int probe_vsock_take(struct probe_vsock_connection *connection,
		     const struct probe_vsock_header *header);

/**
 * probe_vsock_make() - make the header of a packet to be sent
 * @connection: which
 * @op:         VIRTIO_VSOCK_OP_*; has its effect on the connection at once
 * @flags:      that go with it
 * @len:        bytes of payload; for RW, no more than the credit
 *
 * Return: the header.
 */
struct probe_vsock_header
probe_vsock_make(struct probe_vsock_connection *connection, uint16_t op,
		 uint32_t flags, uint32_t len);

/**
 * probe_vsock_credit() - how many bytes may be sent?
 * @connection: which
 *
 * Return: how many; 0 also if the peer wants no more.
 */
uint32_t probe_vsock_credit(const struct probe_vsock_connection *connection);

/**
 * probe_vsock_consume() - data has left us
 * @connection: which
 * @len:        how many bytes
 */
void probe_vsock_consume(struct probe_vsock_connection *connection,
			 uint32_t len);

/**
 * probe_vsock_owes_credit() - would the peer like to know how much was taken?
 * @connection: which
 *
 * Return: true if a CREDIT_UPDATE has to be sent: what it knows of leaves it
 *         with less than half of our room.
 */
bool probe_vsock_owes_credit(const struct probe_vsock_connection *connection);

#endif
