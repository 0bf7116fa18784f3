/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Each client is a memory, a position in it, and a rule for the bytes of a
 * message.  A message that is addressed to nobody ends the transfer, with what
 * came before it done: so does a bus.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/i2c-sim.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

#define N_ADDRESSES 0x78
#define SLOW 0x76
#define NOBODY 0x77
#define SLOW_NSEC (100 * VD_NSEC_PER_MSEC)
#define EEPROM_SIZE 256
#define EEPROM_PAGE 8
#define REGISTER_BYTES 512

/**
 * struct client - something on the bus
 * @write:    take @len bytes
 * @read:     give @len bytes
 * @memory:   its memory
 * @position: where it stands
 */
struct client {
	void (*write)(struct client *client, const uint8_t *buf, size_t len);
	void (*read)(struct client *client, uint8_t *buf, size_t len);
	uint8_t memory[REGISTER_BYTES];
	size_t position;
};

/**
 * struct i2c_sim - the bus
 * @backend: what the device sees
 * @clients: by address
 */
struct i2c_sim {
	struct vd_i2c_backend backend;
	struct client *clients[N_ADDRESSES];
};

/* A page is as far as a write gets; then it starts at the page's beginning. */
static void eeprom_write(struct client *client, const uint8_t *buf, size_t len)
{
	size_t page;

	if (len == 0)
		return;

	client->position = buf[0];
	page = client->position & ~(size_t)(EEPROM_PAGE - 1);
	for (size_t i = 1; i < len; i++) {
		client->memory[client->position] = buf[i];
		client->position =
			page | ((client->position + 1) & (EEPROM_PAGE - 1));
	}
}

static void eeprom_read(struct client *client, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf[i] = client->memory[client->position];
		client->position = (client->position + 1) % EEPROM_SIZE;
	}
}

static void registers_write(struct client *client, const uint8_t *buf,
			    size_t len)
{
	if (len == 0)
		return;

	client->position = (size_t)2 * buf[0];
	for (size_t i = 1; i < len; i++) {
		client->memory[client->position] = buf[i];
		client->position = (client->position + 1) % REGISTER_BYTES;
	}
}

static void registers_read(struct client *client, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf[i] = client->memory[client->position];
		client->position = (client->position + 1) % REGISTER_BYTES;
	}
}

static void hold_the_clock(void)
{
	const struct timespec ts = { .tv_nsec = SLOW_NSEC };

	nanosleep(&ts, NULL);
}

static int sim_transfer(struct vd_i2c_backend *backend, struct vd_i2c_msg *msgs,
			size_t n)
{
	struct i2c_sim *sim = container_of(backend, struct i2c_sim, backend);

	for (size_t i = 0; i < n; i++) {
		struct vd_i2c_msg *msg = &msgs[i];
		struct client *client = NULL;

		if (!msg->ten_bit && msg->address < N_ADDRESSES)
			client = sim->clients[msg->address];
		if (!client)
			return -ENXIO;

		if (msg->address == SLOW)
			hold_the_clock();
		if (msg->read)
			client->read(client, msg->buf, msg->len);
		else
			client->write(client, msg->buf, msg->len);
	}

	return 0;
}

static void sim_destroy(struct vd_i2c_backend *backend)
{
	struct i2c_sim *sim = container_of(backend, struct i2c_sim, backend);

	for (size_t i = 0; i < N_ADDRESSES; i++)
		free(sim->clients[i]);
	free(sim);
}

static const struct vd_i2c_backend_ops sim_ops = {
	.name = "sim",
	.transfer = sim_transfer,
	.destroy = sim_destroy,
};

int vb_i2c_sim_new(struct vd_i2c_backend **ret)
{
	struct i2c_sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return -ENOMEM;

	sim->backend.ops = &sim_ops;

	*ret = &sim->backend;
	return 0;
}

int vb_i2c_sim_add(struct vd_i2c_backend *backend, uint16_t address)
{
	struct i2c_sim *sim = container_of(backend, struct i2c_sim, backend);
	bool is_eeprom = address >= 0x50 && address <= 0x57;
	struct client *client;

	if (address >= N_ADDRESSES)
		return -EINVAL;
	if (address == NOBODY || sim->clients[address])
		return 0;

	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;

	/* Like a part that comes fresh from the factory. */
	if (is_eeprom)
		memset(client->memory, 0xff, sizeof(client->memory));
	client->write = is_eeprom ? eeprom_write : registers_write;
	client->read = is_eeprom ? eeprom_read : registers_read;
	sim->clients[address] = client;

	return 0;
}
