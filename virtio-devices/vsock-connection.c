/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a connection.
 */

#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-message.h"
#include "virtio-devices/vsock-write.h"

#define BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)

static bool is_half_open(const struct vd_vsock_connection *connection)
{
	return connection->state == VD_CONNECTION_CONNECTING ||
	       connection->state == VD_CONNECTION_REQUESTED;
}

static struct vd_vsock_connection *take_free(struct vd_vsock *vsock)
{
	struct vd_vsock_connection *connection = vsock->free;

	if (connection)
		vsock->free = connection->next;
	else
		connection = &vsock->connections[vsock->n_touched++];

	return connection;
}

/* A host that has not read the rest by then would keep a place for ever. */
#define LINGER_TIMEOUT (60 * VD_NSEC_PER_SEC)

static void wait_for_answer(struct vd_vsock_connection *connection,
			    struct vd_link *list, uint64_t time)
{
	struct vd_vsock *vsock = connection->vsock;

	connection->deadline = vsock->device.now + time;
	vd_list_append(list, &connection->timed);
	vd_vsock_arm(vsock, connection->deadline);
}

struct vd_vsock_connection *vd_connection_new(struct vd_vsock *vsock,
					      const struct vd_vsock_flow *flow,
					      enum vd_connection_state state)
{
	struct vd_vsock_connection *connection;

	if (vsock->n_connections == vsock->config.max_connections ||
	    vsock->n_half_open == vsock->config.max_half_open)
		return NULL;

	connection = take_free(vsock);
	*connection = (struct vd_vsock_connection){
		.vsock = vsock,
		.flow = *flow,
		.credit.buf_alloc = vsock->config.buf_alloc,
		.burst = 1,
		.state = (uint8_t)state,
	};
	vsock->n_connections++;
	vsock->n_half_open++;
	vsock->device.changed = true;
	vd_flows_add(&vsock->flows, connection);
	wait_for_answer(connection, &vsock->handshakes,
			vsock->config.handshake_timeout);

	return connection;
}

/* It is what it is; nobody waits for an answer any more. */
static void become(struct vd_vsock_connection *connection,
		   enum vd_connection_state state)
{
	if (is_half_open(connection))
		connection->vsock->n_half_open--;
	vd_link_remove(&connection->timed);
	connection->state = (uint8_t)state;
}

void vd_connection_establish(struct vd_vsock_connection *connection)
{
	become(connection, VD_CONNECTION_ESTABLISHED);
	if (connection->host_shut)
		connection->owed |= VD_OWE_SHUTDOWN;
	vd_connection_wake(connection);
}

bool vd_connection_is_whole(const struct vd_vsock_connection *connection)
{
	return connection->flow.type == VD_VSOCK_SEQPACKET &&
	       connection->stream->ops->next_message;
}

bool vd_connection_is_known(const struct vd_vsock_connection *connection)
{
	return connection->state != VD_CONNECTION_FREE &&
	       connection->state != VD_CONNECTION_ORPHAN &&
	       !(connection->owed & VD_OWE_REQUEST);
}

/* Of a whole message, all has to go at once; of other things, a byte may. */
static uint32_t needed(const struct vd_vsock_connection *connection)
{
	if (!connection->message && vd_connection_is_whole(connection))
		return connection->needed;

	return 1;
}

bool vd_connection_lacks_credit(const struct vd_vsock_connection *connection)
{
	return vd_credit_to_send(&connection->credit) < needed(connection);
}

bool vd_connection_has_data(const struct vd_vsock_connection *connection)
{
	if (connection->state != VD_CONNECTION_ESTABLISHED ||
	    connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_RCV)
		return false;
	if (!connection->message &&
	    (!connection->readable ||
	     connection->host_shut & VIRTIO_VSOCK_SHUTDOWN_SEND))
		return false;

	return !connection->starved || !vd_connection_lacks_credit(connection);
}

void vd_connection_wake(struct vd_vsock_connection *connection)
{
	if (vd_link_listed(&connection->ready))
		return;
	if (connection->owed || vd_connection_has_data(connection))
		vd_list_append(&connection->vsock->ready, &connection->ready);
}

void vd_connection_owe(struct vd_vsock_connection *connection,
		       unsigned int owed)
{
	connection->owed |= (uint8_t)owed;
	vd_connection_wake(connection);
}

void vd_connection_close(struct vd_vsock_connection *connection, int error)
{
	struct vd_vsock_stream *stream = VD_STEAL(connection->stream);

	vd_write_release(connection);
	vd_message_release(connection);
	if (!stream)
		return;

	stream->connection = NULL;
	stream->ops->close(stream, error);
}

void vd_connection_drop(struct vd_vsock_connection *connection, int error)
{
	struct vd_vsock *vsock = connection->vsock;

	vd_link_remove(&connection->ready);
	vd_link_remove(&connection->todo);
	if (connection->state != VD_CONNECTION_ORPHAN)
		vd_flows_remove(&vsock->flows, connection);
	become(connection, VD_CONNECTION_FREE);
	vd_connection_close(connection, error);

	connection->next = vsock->free;
	vsock->free = connection;
	vsock->n_connections--;
	vsock->device.changed = true;
}

static void doom(struct vd_vsock_connection *connection)
{
	become(connection, VD_CONNECTION_DOOMED);
	connection->owed = VD_OWE_RST;
	vd_connection_wake(connection);
}

void vd_connection_end(struct vd_vsock_connection *connection, int error)
{
	/* The guest was not even asked, or is done with it. */
	if (connection->owed & VD_OWE_REQUEST ||
	    connection->state == VD_CONNECTION_ORPHAN) {
		vd_connection_drop(connection, error);
		return;
	}

	vd_connection_close(connection, error);
	doom(connection);
}

void vd_connection_finish(struct vd_vsock_connection *connection)
{
	if (!connection->spill)
		vd_connection_close(connection, 0);
	doom(connection);
}

void vd_connection_forget(struct vd_vsock_connection *connection, int error)
{
	if (!connection->spill ||
	    !(connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_SEND)) {
		vd_connection_drop(connection, error);
		return;
	}

	vd_flows_remove(&connection->vsock->flows, connection);
	vd_link_remove(&connection->ready);
	vd_message_release(connection);
	connection->owed = 0;
	become(connection, VD_CONNECTION_ORPHAN);
	vd_link_remove(&connection->timed);
	wait_for_answer(connection, &connection->vsock->lingering,
			LINGER_TIMEOUT);
}

void vd_connection_shut(struct vd_vsock_connection *connection,
			unsigned int how)
{
	struct vd_vsock *vsock = connection->vsock;

	if (!(how & ~(unsigned int)connection->host_shut))
		return;
	connection->host_shut |= (uint8_t)how;
	if (connection->state != VD_CONNECTION_ESTABLISHED)
		return;

	vd_connection_owe(connection, VD_OWE_SHUTDOWN);
	if (connection->host_shut == BOTH)
		wait_for_answer(connection, &vsock->closing,
				vsock->config.close_timeout);
	else
		vd_connection_settle(connection);
}

static unsigned int to_tell(const struct vd_vsock_connection *connection)
{
	unsigned int how = 0;

	if (connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_RCV)
		how |= VD_VSOCK_NO_READ;
	if (connection->guest_shut & VIRTIO_VSOCK_SHUTDOWN_SEND &&
	    !connection->spill)
		how |= VD_VSOCK_NO_WRITE;

	return how & ~(unsigned int)connection->told_shut;
}

/* Does nothing flow any more, either way? */
static bool is_silent(const struct vd_vsock_connection *connection)
{
	bool up = connection->told_shut & VD_VSOCK_NO_WRITE ||
		  connection->host_shut & VIRTIO_VSOCK_SHUTDOWN_RCV;
	bool down = connection->told_shut & VD_VSOCK_NO_READ ||
		    connection->host_shut & VIRTIO_VSOCK_SHUTDOWN_SEND;

	return up && down;
}

void vd_connection_settle(struct vd_vsock_connection *connection)
{
	unsigned int how = to_tell(connection);

	if (connection->state != VD_CONNECTION_ESTABLISHED)
		return;

	if (how) {
		connection->told_shut |= (uint8_t)how;
		connection->stream->ops->shutdown(connection->stream, how);
	}
	if (is_silent(connection))
		vd_connection_shut(connection, BOTH);
}
