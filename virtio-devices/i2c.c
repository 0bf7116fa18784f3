/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * I2C adapter device (virtio 1.3, section 5.18).
 *
 * Requests are collected until one does not say FAIL_NEXT, and then go to the
 * bus as one transfer.  Linux leaves the flag on its last request when the ring
 * was too small for all of them, so an empty ring ends a group as well.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>

#include "virtio-devices/device.h"
#include "virtio-devices/i2c-private.h"
#include "virtio-devices/util.h"

/* Above it, 7 bits look like 10 bits, or are reserved (UM10204, 3.1.12). */
#define MAX_SEVEN_BITS 0x77

/*
 * Transfers in one kick.  Each may take as long as the bus lets it, and the
 * control socket should not wait for a ringful of them.
 */
#define MAX_TRANSFERS 8

static struct vd_i2c *to_i2c(struct vd_device *device)
{
	return container_of(device, struct vd_i2c, device);
}

static const struct vd_i2c_client *find_client(const struct vd_i2c *i2c,
					       const struct vd_i2c_msg *msg)
{
	for (size_t i = 0; i < i2c->n_clients; i++) {
		const struct vd_i2c_client *client = &i2c->clients[i];

		if (client->address == msg->address &&
		    client->ten_bit == msg->ten_bit)
			return client;
	}

	return NULL;
}

/* A register of a read-only client is named by one byte, and then read. */
static bool may_write(const struct vd_i2c *i2c, size_t index)
{
	const struct vd_i2c_msg *msg = &i2c->msgs[index];

	if (msg->len != 1 || index + 1 == i2c->n_group)
		return false;

	return i2c->msgs[index + 1].read &&
	       i2c->group[index + 1].client == i2c->group[index].client;
}

/* The bus that the group is for, or NULL if it must not be executed. */
static struct vd_i2c_backend *group_bus(const struct vd_i2c *i2c)
{
	const struct vd_i2c_client *first = i2c->group[0].client;

	for (size_t i = 0; i < i2c->n_group; i++) {
		const struct vd_i2c_client *client = i2c->group[i].client;

		if (!client || client->bus != first->bus)
			return NULL;
		if (client->read_only && !i2c->msgs[i].read &&
		    !may_write(i2c, i))
			return NULL;
	}

	return i2c->buses[first->bus];
}

static void execute(struct vd_i2c *i2c)
{
	struct vd_i2c_backend *bus;
	uint8_t status = VIRTIO_I2C_MSG_ERR;

	if (!i2c->n_group)
		return;

	bus = i2c->failed ? NULL : group_bus(i2c);
	if (bus && bus->ops->transfer(bus, i2c->msgs, i2c->n_group) == 0)
		status = VIRTIO_I2C_MSG_OK;

	for (size_t i = 0; i < i2c->n_group; i++)
		vd_i2c_answer(i2c, i, status);
	i2c->n_group = 0;
	i2c->n_bounce = 0;
}

/* Returns true if the group is complete, and has been executed. */
static bool collect(struct vd_i2c *i2c, struct vd_chain *chain)
{
	struct vd_i2c_request *request;
	struct vd_i2c_msg *msg;

	/* Too long for any bus: fail what we have, and the rest of it. */
	if (i2c->n_group == VD_I2C_MAX_MSGS) {
		i2c->failed = true;
		execute(i2c);
	}

	msg = &i2c->msgs[i2c->n_group];
	request = &i2c->group[i2c->n_group++];
	*msg = (struct vd_i2c_msg){ 0 };
	*request = (struct vd_i2c_request){ .chain = chain };
	if (vd_i2c_parse(i2c, request, msg)) {
		const struct vd_i2c_client *client = find_client(i2c, msg);

		if (client && vd_i2c_place(i2c, chain, msg))
			request->client = client;
	}

	if (request->linked)
		return false;

	execute(i2c);
	i2c->failed = false;

	return true;
}

static bool i2c_kick(struct vd_device *device, unsigned int index)
{
	struct vd_i2c *i2c = to_i2c(device);
	struct vd_chain *chain;
	size_t n = 0;
	int r;

	while ((r = vd_queue_pop(device->queues[index], &chain)) > 0) {
		if (collect(i2c, chain) && ++n == MAX_TRANSFERS)
			return true;
	}

	if (r != -EAGAIN) {
		execute(i2c);
		i2c->failed = false;
	}

	return false;
}

static void i2c_stop(struct vd_device *device, unsigned int index)
{
	struct vd_i2c *i2c = to_i2c(device);

	while (i2c->n_group > 0)
		vd_queue_unpop(device->queues[index],
			       i2c->group[--i2c->n_group].chain);
	i2c->n_bounce = 0;
	i2c->failed = false;
}

static int i2c_set_features(struct vd_device *device, uint64_t features)
{
	struct vd_i2c *i2c = to_i2c(device);

	/* Some front-ends do not heed a refusal, so requests fail as well. */
	i2c->accepted = features & VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST);

	return i2c->accepted ? 0 : -EINVAL;
}

static void i2c_destroy(struct vd_device *device)
{
	struct vd_i2c *i2c = to_i2c(device);

	for (size_t i = 0; i < i2c->n_buses; i++)
		i2c->buses[i]->ops->destroy(i2c->buses[i]);
	free(i2c->buses);
	free(i2c->clients);
	free(i2c);
}

static const struct vd_device_ops i2c_ops = {
	.name = "i2c",
	.id = VIRTIO_ID_I2C_ADAPTER,
	.n_queues = 1,
	.set_features = i2c_set_features,
	.kick = i2c_kick,
	.stop = i2c_stop,
	.destroy = i2c_destroy,
};

static int check_clients(const struct vd_i2c_client *clients, size_t n,
			 size_t n_buses)
{
	for (size_t i = 0; i < n; i++) {
		const struct vd_i2c_client *a = &clients[i];

		if (a->bus >= n_buses ||
		    a->address > (a->ten_bit ? 0x3ff : MAX_SEVEN_BITS))
			return -EINVAL;

		for (size_t j = 0; j < i; j++) {
			if (clients[j].address == a->address &&
			    clients[j].ten_bit == a->ten_bit)
				return -EEXIST;
		}
	}

	return 0;
}

int vd_i2c_new(struct vd_i2c_backend *const *buses, size_t n_buses,
	       const struct vd_i2c_client *clients, size_t n_clients,
	       struct vd_device **ret)
{
	struct vd_i2c *i2c;
	int r;

	r = check_clients(clients, n_clients, n_buses);
	if (r < 0)
		return r;

	i2c = calloc(1, sizeof(*i2c));
	if (!i2c)
		return -ENOMEM;
	i2c->buses = calloc(n_buses + 1, sizeof(struct vd_i2c_backend *));
	i2c->clients = calloc(n_clients + 1, sizeof(*i2c->clients));
	if (!i2c->buses || !i2c->clients) {
		free(i2c->buses);
		free(i2c->clients);
		free(i2c);
		return -ENOMEM;
	}

	vd_device_init(&i2c->device, &i2c_ops,
		       VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST) |
			       VD_BIT(VIRTIO_F_IN_ORDER));
	for (size_t i = 0; i < n_buses; i++)
		i2c->buses[i] = buses[i];
	for (size_t i = 0; i < n_clients; i++)
		i2c->clients[i] = clients[i];
	i2c->n_buses = n_buses;
	i2c->n_clients = n_clients;

	*ret = &i2c->device;
	return 0;
}
