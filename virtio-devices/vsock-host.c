/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the host has to say to a vsock device.
 */

#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"

/* Where ports begin that we choose: those below may mean something. */
#define FIRST_PORT (1U << 30)

static uint32_t next_port(struct vd_vsock *vsock)
{
	return FIRST_PORT | (vsock->next_port++ & (FIRST_PORT - 1));
}

/* There are more ports than connections, so one is free. */
static void choose_port(struct vd_vsock *vsock, struct vd_vsock_flow *flow)
{
	do
		flow->peer_port = next_port(vsock);
	while (vd_flows_find(&vsock->flows, flow));
}

static int accept_flow(struct vd_vsock *vsock, struct vd_vsock_flow flow,
		       struct vd_vsock_stream *stream)
{
	struct vd_vsock_connection *connection;

	if (!vsock->device.queues[VD_VSOCK_RX] ||
	    !vsock->device.queues[VD_VSOCK_TX])
		return -ENETDOWN;
	if (flow.type >= 64 || !(vsock->types & VD_BIT(flow.type)))
		return -EPROTONOSUPPORT;

	if (flow.peer_port == VD_VSOCK_PORT_ANY)
		choose_port(vsock, &flow);
	else if (vd_flows_find(&vsock->flows, &flow))
		return -EADDRINUSE;

	connection = vd_connection_new(vsock, &flow, VD_CONNECTION_REQUESTED);
	if (!connection)
		return -EMFILE;

	connection->stream = stream;
	stream->connection = connection;
	vd_connection_owe(connection, VD_OWE_REQUEST);

	return 0;
}

int vd_vsock_accept(struct vd_vsock *vsock, const struct vd_vsock_flow *flow,
		    struct vd_vsock_stream *stream, uint64_t now)
{
	bool entered = vd_vsock_enter(vsock, now);
	int r = accept_flow(vsock, *flow, stream);

	vd_vsock_leave(vsock, entered);

	return r;
}

/* To be seen to when nothing else is under way: see vd_vsock_leave(). */
static void tell(struct vd_vsock_connection *connection, unsigned int event,
		 uint64_t now)
{
	struct vd_vsock *vsock = connection->vsock;
	bool entered = vd_vsock_enter(vsock, now);

	connection->events |= (uint8_t)event;
	if (!vd_link_listed(&connection->todo))
		vd_list_append(&vsock->todo, &connection->todo);

	vd_vsock_leave(vsock, entered);
}

void vd_vsock_connected(struct vd_vsock_connection *connection, int error,
			uint64_t now)
{
	struct vd_vsock *vsock = connection->vsock;
	bool entered;

	if (error) {
		vd_vsock_abort(connection, error, now);
		return;
	}

	entered = vd_vsock_enter(vsock, now);
	if (connection->state == VD_CONNECTION_CONNECTING) {
		vd_connection_establish(connection);
		vd_connection_owe(connection, VD_OWE_RESPONSE);
	}
	vd_vsock_leave(vsock, entered);
}

void vd_vsock_readable(struct vd_vsock_connection *connection, uint64_t now)
{
	struct vd_vsock *vsock = connection->vsock;
	bool entered = vd_vsock_enter(vsock, now);

	connection->readable = true;
	vd_connection_wake(connection);
	vd_vsock_leave(vsock, entered);
}

void vd_vsock_writable(struct vd_vsock_connection *connection, uint64_t now)
{
	/* What nobody waits for is not worth entering the device. */
	if (connection->stalled || connection->vsock->device.inside)
		tell(connection, VD_EVENT_WRITABLE, now);
}

void vd_vsock_hung_up(struct vd_vsock_connection *connection, uint64_t now)
{
	tell(connection, VD_EVENT_HUNG_UP, now);
}

void vd_vsock_abort(struct vd_vsock_connection *connection, int error,
		    uint64_t now)
{
	connection->error = error;
	tell(connection, VD_EVENT_ABORT, now);
}

const struct vd_vsock_flow *
vd_vsock_connection_flow(const struct vd_vsock_connection *connection)
{
	return &connection->flow;
}

struct vd_vsock *
vd_vsock_connection_vsock(struct vd_vsock_connection *connection)
{
	return connection->vsock;
}

uint64_t vd_vsock_now(const struct vd_vsock *vsock)
{
	return vsock->device.now;
}

uint32_t vd_vsock_guest_cid(const struct vd_vsock *vsock)
{
	return vsock->config.guest_cid;
}

unsigned int vd_vsock_n_connections(const struct vd_vsock *vsock)
{
	return vsock->n_connections;
}
