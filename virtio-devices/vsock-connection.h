/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A connection: what a vsock device knows of one flow of packets.
 */

#ifndef VIRTIO_DEVICES_VSOCK_CONNECTION_H
#define VIRTIO_DEVICES_VSOCK_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/vsock-credit.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock-list.h"

struct vd_message;
struct vd_spill;
struct vd_vsock;

/**
 * enum vd_connection_state - how far it has come
 * @VD_CONNECTION_FREE:        there is none
 * @VD_CONNECTION_CONNECTING:  the guest has asked, and the host is at it
 * @VD_CONNECTION_REQUESTED:   the host has asked, and the guest is asked
 * @VD_CONNECTION_ESTABLISHED: bytes may flow
 * @VD_CONNECTION_DOOMED:      over, but for a RST to the guest
 * @VD_CONNECTION_ORPHAN:      over for the guest; its host still has to take
 *                             what came before.  Not in the table any more
 */
enum vd_connection_state {
	VD_CONNECTION_FREE,
	VD_CONNECTION_CONNECTING,
	VD_CONNECTION_REQUESTED,
	VD_CONNECTION_ESTABLISHED,
	VD_CONNECTION_DOOMED,
	VD_CONNECTION_ORPHAN,
};

/* Packets without payload that the guest has to get. */
#define VD_OWE_RST 0x01U
#define VD_OWE_REQUEST 0x02U
#define VD_OWE_RESPONSE 0x04U
#define VD_OWE_CREDIT_UPDATE 0x08U
#define VD_OWE_CREDIT_REQUEST 0x10U
#define VD_OWE_SHUTDOWN 0x20U

/* What the host has told, and nobody has seen to. */
#define VD_EVENT_WRITABLE 0x01U
#define VD_EVENT_HUNG_UP 0x02U
#define VD_EVENT_ABORT 0x04U

/**
 * struct vd_vsock_connection - a connection
 * @vsock:      whose it is
 * @stream:     the host's side; NULL once it was closed
 * @flow:       its ports, peer and type
 * @credit:     how much each side may send
 * @next:       in a list of the table, or of free ones
 * @ready:      in the list of those that have something for the guest
 * @todo:       in the list of those with @events
 * @timed:      in a list of those that wait for an answer
 * @deadline:   until when
 * @spill:      what the host does not take yet, or NULL
 * @message:    what the guest does not take yet of a message, or NULL
 * @error:      of VD_EVENT_ABORT
 * @unfinished: SEQPACKET: bytes sent to the guest of a message that goes on
 * @needed:     length of the whole message that waits for credit, or 0
 * @state:      enum vd_connection_state
 * @owed:       VD_OWE_*
 * @events:     VD_EVENT_*
 * @guest_shut: VIRTIO_VSOCK_SHUTDOWN_*, as the guest said
 * @host_shut:  the same, as we said or are about to say
 * @told_shut:  VD_VSOCK_NO_*, as the stream was told
 * @burst:      rx buffers that the next read is likely to fill
 * @readable:   the stream may have something
 * @stalled:    the stream takes nothing now
 * @starved:    it was asked for credit, and none has come
 */
struct vd_vsock_connection {
	struct vd_vsock *vsock;
	struct vd_vsock_stream *stream;
	struct vd_vsock_flow flow;
	struct vd_credit credit;
	struct vd_vsock_connection *next;
	struct vd_link ready;
	struct vd_link todo;
	struct vd_link timed;
	uint64_t deadline;
	struct vd_spill *spill;
	struct vd_message *message;
	int error;
	uint32_t unfinished;
	uint32_t needed;
	uint8_t state;
	uint8_t owed;
	uint8_t events;
	uint8_t guest_shut;
	uint8_t host_shut;
	uint8_t told_shut;
	uint8_t burst;
	bool readable;
	bool stalled;
	bool starved;
};

/**
 * vd_connection_new() - make a connection, and enter it in the table
 * @flow:  not in the table
 * @state: CONNECTING or REQUESTED; its time runs from now on
 *
 * Return: NULL if there are as many as are allowed.
 */
struct vd_vsock_connection *vd_connection_new(struct vd_vsock *vsock,
					      const struct vd_vsock_flow *flow,
					      enum vd_connection_state state);

/**
 * vd_connection_establish() - from now on, bytes may flow
 */
void vd_connection_establish(struct vd_vsock_connection *connection);

/**
 * vd_connection_owe() - the guest has to get these packets
 * @owed: VD_OWE_*
 */
void vd_connection_owe(struct vd_vsock_connection *connection,
		       unsigned int owed);

/**
 * vd_connection_wake() - look again whether there is something for the guest
 */
void vd_connection_wake(struct vd_vsock_connection *connection);

/**
 * vd_connection_end() - end it at once, with a RST
 * @error: for @close
 *
 * The connection stays in the table until the RST is sent.
 */
void vd_connection_end(struct vd_vsock_connection *connection, int error);

/**
 * vd_connection_finish() - end it in good order, with a RST
 *
 * The stream is closed once it has taken all that the guest sent.
 */
void vd_connection_finish(struct vd_vsock_connection *connection);

/**
 * vd_connection_forget() - the guest knows nothing of it any more
 * @error: for @close
 *
 * The connection is gone, or an orphan if its stream has to take something yet
 * that the guest knows to be sent.
 */
void vd_connection_forget(struct vd_vsock_connection *connection, int error);

/**
 * vd_connection_drop() - let go of everything; the guest is not told
 * @error: for @close
 */
void vd_connection_drop(struct vd_vsock_connection *connection, int error);

/**
 * vd_connection_shut() - the host will not send or receive any more
 * @how: VIRTIO_VSOCK_SHUTDOWN_*
 *
 * With both, the guest has some time to answer with a RST.
 */
void vd_connection_shut(struct vd_vsock_connection *connection,
			unsigned int how);

/**
 * vd_connection_settle() - the guest's or the host's direction has ended
 *
 * Tells the stream what it may know by now.  If nothing can flow any more in
 * either direction, has the guest end the connection.
 */
void vd_connection_settle(struct vd_vsock_connection *connection);

/**
 * vd_connection_close() - close the stream, if there is one
 * @error: for @close
 */
void vd_connection_close(struct vd_vsock_connection *connection, int error);

/**
 * vd_connection_is_known() - is it one that the guest knows?
 */
bool vd_connection_is_known(const struct vd_vsock_connection *connection);

/**
 * vd_connection_has_data() - could a read bring something for the guest?
 */
bool vd_connection_has_data(const struct vd_vsock_connection *connection);

/**
 * vd_connection_lacks_credit() - is there too little to send what there may be?
 */
bool vd_connection_lacks_credit(const struct vd_vsock_connection *connection);

/**
 * vd_connection_is_whole() - does its stream deal in whole messages?
 */
bool vd_connection_is_whole(const struct vd_vsock_connection *connection);

#endif
