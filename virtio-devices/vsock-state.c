/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a vsock device: a record with 16 bytes for each connection that
 * the guest knows.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "virtio-devices/state.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-state.h"

#define TAG_FLOWS 1

/**
 * struct saved_flow - a connection in the state, see struct vd_vsock_flow
 */
struct saved_flow {
	uint32_t guest_port;
	uint32_t peer_cid;
	uint32_t peer_port;
	uint32_t type;
};

/* A guest may have more, but it has the event then. */
#define MAX_FLOWS \
	((VD_STATE_MAX - VD_STATE_HEADER - VD_STATE_RECORD) / \
	 sizeof(struct saved_flow))

static unsigned int count_known(const struct vd_vsock *vsock)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < vsock->n_touched; i++)
		n += vd_connection_is_known(&vsock->connections[i]);

	return VD_MIN(n, (unsigned int)MAX_FLOWS);
}

/* The same all the time, for a transport that keeps room for it. */
size_t vd_vsock_state_size(const struct vd_device *device)
{
	const struct vd_vsock *vsock =
		container_of(device, const struct vd_vsock, device);

	return VD_STATE_RECORD +
	       VD_MIN(vsock->config.max_connections, MAX_FLOWS) *
		       sizeof(struct saved_flow);
}

static void save_flow(const struct vd_vsock_flow *flow, uint8_t *to)
{
	const struct saved_flow saved = {
		.guest_port = htole32(flow->guest_port),
		.peer_cid = htole32(flow->peer_cid),
		.peer_port = htole32(flow->peer_port),
		.type = htole32(flow->type),
	};

	memcpy(to, &saved, sizeof(saved));
}

void vd_vsock_save(struct vd_device *device, struct vd_state_writer *writer)
{
	struct vd_vsock *vsock = container_of(device, struct vd_vsock, device);
	unsigned int left = count_known(vsock);
	uint8_t *to = vd_state_room(writer, TAG_FLOWS,
				    left * sizeof(struct saved_flow));

	for (unsigned int i = 0; to && left > 0; i++) {
		if (!vd_connection_is_known(&vsock->connections[i]))
			continue;
		save_flow(&vsock->connections[i].flow, to);
		to += sizeof(struct saved_flow);
		left--;
	}
}

static int load_flows(struct vd_vsock *vsock,
		      const struct vd_state_record *record)
{
	size_t n = record->len / sizeof(struct saved_flow);

	if (record->len % sizeof(struct saved_flow))
		return -EBADMSG;

	/* For those that there was no room for, too. */
	if (n > 0)
		vd_vsock_owe_event(vsock);
	for (size_t i = 0; i < n; i++) {
		struct saved_flow saved;

		memcpy(&saved, record->data + i * sizeof(saved), sizeof(saved));
		vd_vsock_lost(vsock,
			      &(struct vd_vsock_flow){
				      .guest_port = le32toh(saved.guest_port),
				      .peer_cid = le32toh(saved.peer_cid),
				      .peer_port = le32toh(saved.peer_port),
				      .type = le32toh(saved.type),
			      });
	}

	return 0;
}

int vd_vsock_load(struct vd_device *device, struct vd_state_reader *reader)
{
	struct vd_vsock *vsock = container_of(device, struct vd_vsock, device);
	struct vd_state_record record;
	int r;

	while ((r = vd_state_next(reader, &record)) > 0) {
		if (record.tag == TAG_FLOWS)
			r = load_flows(vsock, &record);
		else if (!(record.tag & VD_STATE_OPTIONAL))
			r = -EBADMSG;
		if (r < 0)
			return r;
	}

	return r;
}
