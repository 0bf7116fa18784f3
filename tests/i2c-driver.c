/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/i2c-driver.h"
#include "virtio-devices/util.h"

static int bus_transfer(struct vd_i2c_backend *backend, struct vd_i2c_msg *msgs,
			size_t n)
{
	struct fake_bus *fake = container_of(backend, struct fake_bus, backend);

	fake->n_transfers++;
	fake->n = n;
	for (size_t i = 0; i < n; i++) {
		fake->msgs[i] = msgs[i];
		for (size_t j = 0; msgs[i].read && j < msgs[i].len; j++)
			msgs[i].buf[j] = (uint8_t)(j + 1);
		if (!msgs[i].read && msgs[i].len)
			memcpy(fake->taken[i], msgs[i].buf,
			       VD_MIN(msgs[i].len, sizeof(fake->taken[i])));
	}

	return fake->error;
}

static void bus_destroy(struct vd_i2c_backend *backend)
{
	container_of(backend, struct fake_bus, backend)->n_destroyed++;
}

static const struct vd_i2c_backend_ops bus_ops = {
	.name = "fake",
	.transfer = bus_transfer,
	.destroy = bus_destroy,
};

uint32_t wanted;

static void host_schedule(struct vd_device_host *host, uint32_t kick,
			  uint64_t deadline)
{
	(void)host;
	(void)deadline;
	wanted |= kick;
}

static struct vd_device_host host = { .schedule = host_schedule };
struct fake_bus buses[2] = {
	{ .backend.ops = &bus_ops },
	{ .backend.ops = &bus_ops },
};
struct vd_i2c_backend *const backends[2] = {
	&buses[0].backend,
	&buses[1].backend,
};
struct fake_bus *const bus = &buses[0];
struct fake_queue queue;
struct vd_device *i2c;

const struct vd_i2c_client clients[N_CLIENTS] = {
	{ .address = EEPROM },
	{ .address = SENSOR, .read_only = true },
	{ .address = WIDE, .ten_bit = true },
	{ .address = OTHER_BUS, .bus = 1 },
};

void i2c_setup(void)
{
	cr_assert_eq(
		vd_i2c_new(backends, 2, clients, VD_ARRAY_SIZE(clients), &i2c),
		0);
	cr_assert_eq(vd_device_set_features(i2c, i2c->features), 0);
	i2c->host = &host;
	fake_queue_init(&queue);
	vd_device_start_queue(i2c, 0, &queue.queue);
}

void i2c_teardown(void)
{
	vd_device_free(i2c);
}

uint16_t seven(uint16_t address)
{
	return (uint16_t)(address << 1);
}

uint16_t ten(uint16_t address)
{
	return (uint16_t)(0xf0 | (address >> 8) << 1 | (address & 0xff) << 8);
}

struct message *prepare(uint16_t wire, uint32_t flags)
{
	static struct message pool[FAKE_QUEUE_MAX];
	struct message *message = &pool[queue.n_requests];

	message->header = (struct virtio_i2c_out_hdr){
		.addr = htole16(wire),
		.flags = htole32(flags),
	};
	message->status = UNTOUCHED;
	memset(message->data, UNTOUCHED, sizeof(message->data));
	message->sent = fake_queue_add(&queue);

	return message;
}

struct message *post(uint16_t wire, uint32_t flags, size_t out, size_t in)
{
	struct message *message = prepare(wire, flags);

	for (size_t i = 0; i < out; i++)
		message->data[i] = WRITTEN(i);

	fake_queue_say(message->sent, &message->header,
		       sizeof(message->header));
	if (out)
		fake_queue_say(message->sent, message->data, out);
	if (in)
		fake_queue_room(message->sent, message->data, in);
	fake_queue_room(message->sent, &message->status, 1);

	return message;
}

struct message *post_write(uint16_t address, size_t len, uint32_t flags)
{
	return post(seven(address), flags, len, 0);
}

struct message *post_read(uint16_t address, size_t len, uint32_t flags)
{
	return post(seven(address), flags | READ, 0, len);
}

void kick(void)
{
	vd_device_kick(i2c, 0, 0);
}

bool answered(const struct message *message, uint8_t status)
{
	return message->sent->done && message->status == status;
}

bool all_zero(const uint8_t *bytes, size_t len)
{
	while (len > 0 && !bytes[len - 1])
		len--;

	return len == 0;
}
