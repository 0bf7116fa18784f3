/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Connections that end behind the guest's back, because its host is another one.
 */

#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"

static struct vd_vsock *to_vsock(struct vd_device *device)
{
	return container_of(device, struct vd_vsock, device);
}

unsigned int vd_vsock_known_flows(struct vd_device *device,
				  struct vd_vsock_flow *flows, unsigned int n)
{
	const struct vd_vsock *vsock = to_vsock(device);
	unsigned int n_known = 0;

	for (unsigned int i = 0; i < vsock->n_touched && n_known < n; i++) {
		if (vd_connection_is_known(&vsock->connections[i]))
			flows[n_known++] = vsock->connections[i].flow;
	}

	return n_known;
}

void vd_vsock_owe_event(struct vd_vsock *vsock)
{
	vsock->event_owed = true;
	vd_vsock_send_event(vsock);
}

static void end_all(struct vd_vsock *vsock)
{
	for (unsigned int i = 0; i < vsock->n_touched; i++) {
		if (vsock->connections[i].state != VD_CONNECTION_FREE)
			vd_connection_end(&vsock->connections[i], -ENETRESET);
	}
}

/* Like one that has just ended.  Of what is too much, the event will tell. */
void vd_vsock_lost(struct vd_vsock *vsock, const struct vd_vsock_flow *flow)
{
	struct vd_vsock_connection *connection;

	if (vd_flows_find(&vsock->flows, flow))
		return;

	connection = vd_connection_new(vsock, flow, VD_CONNECTION_CONNECTING);
	if (connection)
		vd_connection_end(connection, -ENETRESET);
}

void vd_vsock_transport_reset(struct vd_device *device,
			      const struct vd_vsock_flow *flows, unsigned int n)
{
	struct vd_vsock *vsock = to_vsock(device);
	bool entered = vd_vsock_enter(vsock, device->now);

	end_all(vsock);
	for (unsigned int i = 0; i < n; i++)
		vd_vsock_lost(vsock, &flows[i]);

	vd_vsock_owe_event(vsock);
	vd_vsock_leave(vsock, entered);
}
