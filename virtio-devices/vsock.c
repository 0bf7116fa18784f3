/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Socket device (virtio 1.3, section 5.10).
 *
 * Packets from the guest are handled as they come (vsock-tx.c), and payload
 * goes to the host's streams (vsock-write.c).  What there is for the guest,
 * packets that are owed (vsock-rx.c) and data (vsock-read.c, vsock-message.c),
 * is sent as buffers and credit allow.  Here is what enters the device.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-rx.h"
#include "virtio-devices/vsock-state.h"
#include "virtio-devices/vsock-tx.h"
#include "virtio-devices/vsock-write.h"

/* Not in the header of every system. */
#define F_STREAM 0
#define F_NO_IMPLIED_STREAM 2

/* Context IDs that are not a guest's: those below, and VMADDR_CID_ANY. */
#define FIRST_CID 3

/*
 * How much data may go to the guest before whatever else waits on the same
 * thread gets its turn.
 */
#define MAX_TURN 262144

static struct vd_vsock *to_vsock(struct vd_device *device)
{
	return container_of(device, struct vd_vsock, device);
}

void vd_vsock_arm(struct vd_vsock *vsock, uint64_t deadline)
{
	/* To be called too early costs little, to change a timer does. */
	vsock->device.deadline = VD_MIN(vsock->device.deadline, deadline);
}

static struct vd_vsock_connection *first_todo(struct vd_vsock *vsock)
{
	return container_of(vsock->todo.next, struct vd_vsock_connection, todo);
}

static bool is_over(const struct vd_vsock_connection *connection)
{
	return connection->state == VD_CONNECTION_DOOMED ||
	       connection->state == VD_CONNECTION_ORPHAN;
}

static void hung_up(struct vd_vsock_connection *connection)
{
	/* What it has not taken by now, nobody will take. */
	if (is_over(connection)) {
		vd_connection_end(connection, 0);
		return;
	}

	connection->readable = true;
	vd_connection_wake(connection);
	vd_connection_shut(connection, VIRTIO_VSOCK_SHUTDOWN_RCV);
	vd_write_kept(connection);
}

static void see_to(struct vd_vsock_connection *connection)
{
	unsigned int events = connection->events;

	vd_link_remove(&connection->todo);
	connection->events = 0;

	/* One event may be the end of the connection: the worst one counts. */
	if (events & VD_EVENT_ABORT)
		vd_connection_end(connection, connection->error);
	else if (events & VD_EVENT_HUNG_UP)
		hung_up(connection);
	else
		vd_write_kept(connection);
}

/* All that there is to be done, as far as there are buffers. */
static void work(struct vd_vsock *vsock)
{
	vsock->budget = MAX_TURN;

	do {
		while (!vd_list_empty(&vsock->todo))
			see_to(first_todo(vsock));

		vd_rx_serve(vsock);

		/* There may be room for answers again. */
		if (vsock->held_back && vd_rx_may_reset(vsock)) {
			vsock->held_back = false;
			vsock->device.again |= 1U << VD_VSOCK_TX;
		}
	} while (!vd_list_empty(&vsock->todo));
}

bool vd_vsock_enter(struct vd_vsock *vsock, uint64_t now)
{
	if (vsock->device.inside)
		return false;

	vsock->device.now = now;
	vsock->device.inside = true;

	return true;
}

void vd_vsock_leave(struct vd_vsock *vsock, bool entered)
{
	if (!entered)
		return;

	work(vsock);
	vsock->device.inside = false;
	vd_device_flush(&vsock->device);
}

void vd_vsock_send_event(struct vd_vsock *vsock)
{
	const struct virtio_vsock_event event = {
		.id = htole32(VIRTIO_VSOCK_EVENT_TRANSPORT_RESET),
	};
	struct vd_queue *queue = vsock->device.queues[VD_VSOCK_EVENT];
	struct vd_chain *chain;

	while (vsock->event_owed && vd_queue_pop(queue, &chain) > 0) {
		if (vd_chain_write(chain, &event, sizeof(event)) < 0) {
			vd_chain_complete(chain, 0);
			continue;
		}
		vd_chain_complete(chain, sizeof(event));
		vsock->event_owed = false;
	}
}

static bool vsock_kick(struct vd_device *device, unsigned int index)
{
	struct vd_vsock *vsock = to_vsock(device);
	bool more = false;

	if (index == VD_VSOCK_EVENT) {
		vd_vsock_send_event(vsock);
		return false;
	}

	if (index == VD_VSOCK_TX)
		more = vd_tx_serve(vsock);
	work(vsock);

	return more;
}

/* Nobody has answered. */
static void give_up(struct vd_vsock *vsock, struct vd_link *list)
{
	while (!vd_list_empty(list)) {
		struct vd_vsock_connection *connection = container_of(
			list->next, struct vd_vsock_connection, timed);

		if (connection->deadline > vsock->device.now) {
			vd_vsock_arm(vsock, connection->deadline);
			return;
		}
		vd_connection_end(connection, -ETIMEDOUT);
	}
}

static void vsock_tick(struct vd_device *device)
{
	struct vd_vsock *vsock = to_vsock(device);

	give_up(vsock, &vsock->handshakes);
	give_up(vsock, &vsock->closing);
	give_up(vsock, &vsock->lingering);
	work(vsock);
}

/*
 * A guest whose close was confirmed may go at once.  What it has sent is kept
 * here, and still reaches the host.
 */
static void forget_all(struct vd_vsock *vsock)
{
	for (unsigned int i = 0; i < vsock->n_touched; i++) {
		struct vd_vsock_connection *connection = &vsock->connections[i];

		if (connection->state == VD_CONNECTION_DOOMED)
			vd_connection_forget(connection, -ENETRESET);
		else if (connection->state != VD_CONNECTION_FREE &&
			 connection->state != VD_CONNECTION_ORPHAN)
			vd_connection_drop(connection, -ENETRESET);
	}

	vsock->resets.n = 0;
	vsock->held_back = false;
}

static void drop_all(struct vd_vsock *vsock)
{
	for (unsigned int i = 0; i < vsock->n_touched; i++) {
		if (vsock->connections[i].state != VD_CONNECTION_FREE)
			vd_connection_drop(&vsock->connections[i], -ENETRESET);
	}

	vsock->resets.n = 0;
	vsock->held_back = false;
}

static void vsock_reset(struct vd_device *device)
{
	struct vd_vsock *vsock = to_vsock(device);

	forget_all(vsock);
	vsock->event_owed = false;
	/* Those who linger do so no longer than before. */
	give_up(vsock, &vsock->lingering);
	/* The host may have had something to say to all that. */
	work(vsock);
}

/*
 * A driver that accepts none of them means streams; so it does with SEQPACKET
 * alone, unless it says that it does not.
 */
static int vsock_set_features(struct vd_device *device, uint64_t features)
{
	struct vd_vsock *vsock = to_vsock(device);
	uint64_t types = 0;

	if (features & VD_BIT(F_STREAM) ||
	    !(features & VD_BIT(F_NO_IMPLIED_STREAM)))
		types |= VD_BIT(VD_VSOCK_STREAM);
	if (features & VD_BIT(VIRTIO_VSOCK_F_SEQPACKET))
		types |= VD_BIT(VD_VSOCK_SEQPACKET);
	if (!types)
		return -EINVAL;

	vsock->types = types;

	return 0;
}

static void vsock_get_config(struct vd_device *device, void *config)
{
	const struct virtio_vsock_config c = {
		.guest_cid = htole64(to_vsock(device)->config.guest_cid),
	};

	memcpy(config, &c, sizeof(c));
}

static void vsock_free(struct vd_vsock *vsock)
{
	vd_flows_fini(&vsock->flows);
	free(vsock->connections);
	free(vsock->spare);
	free(vsock);
}

static void vsock_destroy(struct vd_device *device)
{
	struct vd_vsock *vsock = to_vsock(device);

	/* For what the host has to say to this: nobody will see to it. */
	device->inside = true;
	drop_all(vsock);
	vsock->host->ops->destroy(vsock->host);
	vsock_free(vsock);
}

static const struct vd_device_ops vsock_ops = {
	.name = "vsock",
	.id = VIRTIO_ID_VSOCK,
	.n_queues = 3,
	.config_len = sizeof(struct virtio_vsock_config),
	.get_config = vsock_get_config,
	.set_features = vsock_set_features,
	.kick = vsock_kick,
	.tick = vsock_tick,
	.reset = vsock_reset,
	.state_size = vd_vsock_state_size,
	.save = vd_vsock_save,
	.load = vd_vsock_load,
	.destroy = vsock_destroy,
};

static void fill_in(struct vd_vsock_config *config)
{
	if (!config->buf_alloc)
		config->buf_alloc = VD_VSOCK_BUF_ALLOC;
	if (!config->max_connections)
		config->max_connections = VD_VSOCK_MAX_CONNECTIONS;
	if (!config->max_half_open)
		config->max_half_open = (config->max_connections + 1) / 2;
	if (!config->handshake_timeout)
		config->handshake_timeout = VD_VSOCK_HANDSHAKE_TIMEOUT;
	if (!config->close_timeout)
		config->close_timeout = VD_VSOCK_CLOSE_TIMEOUT;
}

static bool is_possible(const struct vd_vsock_config *config)
{
	return config->guest_cid >= FIRST_CID &&
	       config->guest_cid < UINT32_MAX &&
	       config->buf_alloc >= VD_VSOCK_BUF_ALLOC_MIN &&
	       config->buf_alloc <= VD_VSOCK_BUF_ALLOC_MAX &&
	       config->max_connections <= VD_VSOCK_CONNECTIONS_MAX &&
	       config->max_half_open <= config->max_connections;
}

static int allocate(const struct vd_vsock_config *config, struct vd_vsock **ret)
{
	struct vd_vsock *vsock = calloc(1, sizeof(*vsock));
	size_t n = config->max_connections;

	if (!vsock)
		return -ENOMEM;

	/* Of a large table, the kernel finds no memory before it is used. */
	vsock->connections = calloc(n, sizeof(*vsock->connections));
	if (!vsock->connections ||
	    vd_flows_init(&vsock->flows, n, config->seed) < 0) {
		vsock_free(vsock);
		return -ENOMEM;
	}

	*ret = vsock;
	return 0;
}

static uint64_t features_of(const struct vd_vsock_config *config)
{
	uint64_t features = VD_BIT(VIRTIO_F_IN_ORDER) | VD_BIT(F_STREAM);

	if (config->seqpacket)
		features |= VD_BIT(VIRTIO_VSOCK_F_SEQPACKET) |
			    VD_BIT(F_NO_IMPLIED_STREAM);

	return features;
}

int vd_vsock_new(struct vd_vsock_host *host,
		 const struct vd_vsock_config *config, struct vd_device **ret)
{
	struct vd_vsock_config whole = *config;
	struct vd_vsock *vsock;
	int r;

	assert(host->ops->connect && host->ops->destroy);

	fill_in(&whole);
	if (!is_possible(&whole))
		return -EINVAL;
	r = allocate(&whole, &vsock);
	if (r < 0)
		return r;

	vd_device_init(&vsock->device, &vsock_ops, features_of(&whole));
	vsock->host = host;
	vsock->config = whole;
	vsock->types = VD_BIT(VD_VSOCK_STREAM);
	vsock->next_port = (uint32_t)whole.seed[0];
	vd_list_init(&vsock->ready);
	vd_list_init(&vsock->todo);
	vd_list_init(&vsock->handshakes);
	vd_list_init(&vsock->closing);
	vd_list_init(&vsock->lingering);
	if (host->ops->attach)
		host->ops->attach(host, vsock);

	*ret = &vsock->device;
	return 0;
}
