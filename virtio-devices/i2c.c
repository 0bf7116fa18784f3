/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * I2C adapter device (virtio 1.3, section 5.18).
 *
 * Requests are collected until one does not say FAIL_NEXT, and then go to the
 * bus as one transfer.  Linux leaves the flag on its last request when the ring
 * was too small for all of them, so an empty ring ends a group as well.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"
#include "virtio-devices/util.h"

/* A 10-bit address has these in place of its five highest bits (7..3). */
#define TEN_BIT_MARK 0xf0
#define TEN_BIT_MASK 0xf9

/* Above it, 7 bits look like the mark, or are reserved (UM10204, 3.1.12). */
#define MAX_SEVEN_BITS 0x77

/* Room for messages whose bytes are not in one piece, which are few. */
#define BOUNCE_SIZE ((size_t)2 * VD_I2C_MAX_LEN)

/*
 * Transfers in one kick.  Each may take as long as the bus lets it, and the
 * control socket should not wait for a ringful of them.
 */
#define MAX_TRANSFERS 8

/**
 * struct request - a request of the group being collected
 * @chain:  its chain
 * @client: whom it is for, or NULL if it must not be executed
 * @linked: it belongs together with the next one
 */
struct request {
	struct vd_chain *chain;
	const struct vd_i2c_client *client;
	bool linked;
};

/**
 * struct vd_i2c - the device
 * @device:    what the transport sees
 * @buses:     where clients are
 * @n_buses:   how many
 * @clients:   whom the guest may talk to
 * @n_clients: how many
 * @accepted:  the driver knows zero-length requests, as it must
 * @group:     requests collected so far
 * @msgs:      what each of them asks for
 * @n_group:   how many
 * @failed:    the group has grown too long; the rest of it fails, too
 * @bounce:    for bytes that are not in one piece
 * @n_bounce:  how much of it this group uses
 */
struct vd_i2c {
	struct vd_device device;
	struct vd_i2c_backend **buses;
	size_t n_buses;
	struct vd_i2c_client *clients;
	size_t n_clients;
	bool accepted;
	struct request group[VD_I2C_MAX_MSGS];
	struct vd_i2c_msg msgs[VD_I2C_MAX_MSGS];
	size_t n_group;
	bool failed;
	uint8_t bounce[BOUNCE_SIZE];
	size_t n_bounce;
};

static struct vd_i2c *to_i2c(struct vd_device *device)
{
	return container_of(device, struct vd_i2c, device);
}

/* Section 5.18.6.1: where the bits of an address lie in a request. */
static bool parse_address(uint16_t wire, struct vd_i2c_msg *msg)
{
	msg->ten_bit = (wire & TEN_BIT_MASK) == TEN_BIT_MARK;
	if (msg->ten_bit) {
		msg->address = (uint16_t)((wire & 0x6) << 7 | wire >> 8);
		return true;
	}

	msg->address = wire >> 1;

	return !(wire & 1) && wire <= UINT8_MAX;
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

/* Have the bytes of a message in one piece: where they are, or in @bounce. */
static bool place(struct vd_i2c *i2c, struct vd_chain *chain,
		  struct vd_i2c_msg *msg)
{
	const struct vd_stream *stream =
		msg->read ? &chain->writable : &chain->readable;
	size_t n;
	struct iovec iov;

	if (msg->len == 0)
		return true;
	if (vd_stream_borrow(stream, &iov, 1, msg->len, &n) == msg->len) {
		msg->buf = iov.iov_base;
		return true;
	}
	if (msg->len > BOUNCE_SIZE - i2c->n_bounce)
		return false;

	msg->buf = i2c->bounce + i2c->n_bounce;
	i2c->n_bounce += msg->len;

	return msg->read || vd_chain_read(chain, msg->buf, msg->len) == 0;
}

/* What does the chain ask for?  Sets @linked even if it is not valid. */
static bool parse(const struct vd_i2c *i2c, struct request *request,
		  struct vd_i2c_msg *msg)
{
	struct vd_chain *chain = request->chain;
	struct virtio_i2c_out_hdr header;
	size_t out, in, len;
	uint32_t flags;

	if (vd_chain_read(chain, &header, sizeof(header)) < 0 || !chain->room)
		return false;

	flags = le32toh(header.flags);
	request->linked = flags & VIRTIO_I2C_FLAGS_FAIL_NEXT;
	msg->read = flags & VIRTIO_I2C_FLAGS_M_RD;

	out = chain->readable.left;
	in = chain->room - sizeof(struct virtio_i2c_in_hdr);
	len = msg->read ? in : out;
	if ((msg->read ? out : in) > 0 || len > VD_I2C_MAX_LEN)
		return false;
	msg->len = (uint16_t)len;

	/* What may have reached the bus must not get there once more. */
	return parse_address(le16toh(header.addr), msg) && !chain->recovered &&
	       i2c->accepted;
}

static bool is_bounced(const struct vd_i2c *i2c, const uint8_t *buf)
{
	return (uintptr_t)buf - (uintptr_t)i2c->bounce < sizeof(i2c->bounce);
}

/* Bytes from the bus into the chain, unless that is where they went at once. */
static void deliver(const struct vd_i2c *i2c, struct vd_chain *chain,
		    const uint8_t *buf, size_t len)
{
	if (is_bounced(i2c, buf))
		(void)vd_chain_write(chain, buf, len);
	else
		vd_stream_skip(&chain->writable, len);
}

/*
 * The status is the last byte that the driver left room for.  Before it there
 * are the bytes that were read, or none: a failed read gives zeros, so that
 * what the driver sees was written by us.
 */
static void answer(const struct vd_i2c *i2c, size_t index, uint8_t status)
{
	struct vd_chain *chain = i2c->group[index].chain;
	size_t written = chain->room;
	size_t len;

	if (!chain->room) {
		vd_chain_complete(chain, 0);
		return;
	}

	len = chain->room - sizeof(status);
	if (len > VD_I2C_MAX_LEN) {
		vd_stream_skip(&chain->writable, len);
		written = 0;
	} else if (len > 0 && status == VIRTIO_I2C_MSG_OK) {
		deliver(i2c, chain, i2c->msgs[index].buf, len);
	} else if (len > 0) {
		(void)vd_chain_fill(chain, len);
	}
	(void)vd_chain_write(chain, &status, sizeof(status));

	vd_chain_complete(chain, written);
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
		answer(i2c, i, status);
	i2c->n_group = 0;
	i2c->n_bounce = 0;
}

/* Returns true if the group is complete, and has been executed. */
static bool collect(struct vd_i2c *i2c, struct vd_chain *chain)
{
	struct request *request;
	struct vd_i2c_msg *msg;

	/* Too long for any bus: fail what we have, and the rest of it. */
	if (i2c->n_group == VD_I2C_MAX_MSGS) {
		i2c->failed = true;
		execute(i2c);
	}

	msg = &i2c->msgs[i2c->n_group];
	request = &i2c->group[i2c->n_group++];
	*msg = (struct vd_i2c_msg){ 0 };
	*request = (struct request){ .chain = chain };
	if (parse(i2c, request, msg)) {
		const struct vd_i2c_client *client = find_client(i2c, msg);

		if (client && place(i2c, chain, msg))
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
