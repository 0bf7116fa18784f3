/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The I2C adapter: what reaches which bus, as one transfer or several, and what
 * the driver is told.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "tests/fake-queue.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"
#include "virtio-devices/util.h"

#define UNTOUCHED 0xaa
#define OK VIRTIO_I2C_MSG_OK
#define ERR VIRTIO_I2C_MSG_ERR
#define LINKED VIRTIO_I2C_FLAGS_FAIL_NEXT
#define READ VIRTIO_I2C_FLAGS_M_RD

/* Clients of the two buses. */
#define EEPROM 0x50
#define SENSOR 0x48
#define WIDE 0x2a5
#define OTHER_BUS 0x30

/* What the driver writes; a bus has others to be read. */
#define WRITTEN(i) ((uint8_t)(0x10 + (i)))

/* Remembers the last transfer; what is read from it counts from 1. */
struct fake_bus {
	struct vd_i2c_backend backend;
	unsigned int n_transfers;
	size_t n;
	struct vd_i2c_msg msgs[VD_I2C_MAX_MSGS];
	uint8_t taken[VD_I2C_MAX_MSGS][16];
	unsigned int n_destroyed;
	int error;
};

static int bus_transfer(struct vd_i2c_backend *backend, struct vd_i2c_msg *msgs,
			size_t n)
{
	struct fake_bus *bus = container_of(backend, struct fake_bus, backend);

	bus->n_transfers++;
	bus->n = n;
	for (size_t i = 0; i < n; i++) {
		bus->msgs[i] = msgs[i];
		for (size_t j = 0; msgs[i].read && j < msgs[i].len; j++)
			msgs[i].buf[j] = (uint8_t)(j + 1);
		if (!msgs[i].read && msgs[i].len)
			memcpy(bus->taken[i], msgs[i].buf,
			       VD_MIN(msgs[i].len, sizeof(bus->taken[i])));
	}

	return bus->error;
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

/* Remembers which queues have to be kicked again. */
static uint32_t wanted;

static void host_schedule(struct vd_device_host *host, uint32_t kick,
			  uint64_t deadline)
{
	(void)host;
	(void)deadline;
	wanted |= kick;
}

static struct vd_device_host host = { .schedule = host_schedule };
static struct fake_bus buses[2] = {
	{ .backend.ops = &bus_ops },
	{ .backend.ops = &bus_ops },
};
static struct vd_i2c_backend *const backends[] = {
	&buses[0].backend,
	&buses[1].backend,
};
static struct fake_bus *const bus = &buses[0];
static struct fake_queue queue;
static struct vd_device *i2c;

static const struct vd_i2c_client clients[] = {
	{ .address = EEPROM },
	{ .address = SENSOR, .read_only = true },
	{ .address = WIDE, .ten_bit = true },
	{ .address = OTHER_BUS, .bus = 1 },
};

static void setup(void)
{
	cr_assert_eq(
		vd_i2c_new(backends, 2, clients, VD_ARRAY_SIZE(clients), &i2c),
		0);
	cr_assert_eq(vd_device_set_features(i2c, i2c->features), 0);
	i2c->host = &host;
	fake_queue_init(&queue);
	vd_device_start_queue(i2c, 0, &queue.queue);
}

static void teardown(void)
{
	vd_device_free(i2c);
}

/**
 * struct message - a request
 * @header: what precedes the data
 * @data:   to be written, or that was read
 * @status: of the answer
 * @sent:   how it was sent
 */
struct message {
	struct virtio_i2c_out_hdr header;
	uint8_t data[VD_I2C_MAX_LEN + 8];
	uint8_t status;
	struct fake_request *sent;
};

/* An address of 7 bits, and one of 10, in a request. */
static uint16_t seven(uint16_t address)
{
	return (uint16_t)(address << 1);
}

static uint16_t ten(uint16_t address)
{
	return (uint16_t)(0xf0 | (address >> 8) << 1 | (address & 0xff) << 8);
}

static struct message *prepare(uint16_t wire, uint32_t flags)
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

/* Make a request available, with @out bytes to write and @in to be read. */
static struct message *post(uint16_t wire, uint32_t flags, size_t out,
			    size_t in)
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

static struct message *post_write(uint16_t address, size_t len, uint32_t flags)
{
	return post(seven(address), flags, len, 0);
}

static struct message *post_read(uint16_t address, size_t len, uint32_t flags)
{
	return post(seven(address), flags | READ, 0, len);
}

static void kick(void)
{
	vd_device_kick(i2c, 0, 0);
}

static bool answered(const struct message *message, uint8_t status)
{
	return message->sent->done && message->status == status;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	while (len > 0 && !bytes[len - 1])
		len--;

	return len == 0;
}

TestSuite(i2c, .init = setup, .fini = teardown);

/* Single requests. */

Test(i2c, writes)
{
	struct message *message = post_write(EEPROM, 3, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(message->sent->written, 1);
	cr_assert_eq(bus->n, 1);
	cr_assert_eq(bus->msgs[0].address, EEPROM);
	cr_assert_eq(bus->msgs[0].len, 3);
	cr_assert_not(bus->msgs[0].read);
	cr_assert_eq(bus->taken[0][2], WRITTEN(2));
}

Test(i2c, reads)
{
	struct message *message = post_read(EEPROM, 3, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(message->sent->written, 4);
	cr_assert_eq(bus->msgs[0].len, 3);
	cr_assert(bus->msgs[0].read);
	cr_assert_arr_eq(message->data, "\1\2\3\xaa", 4);
}

Test(i2c, writes_nothing)
{
	struct message *message = post_write(EEPROM, 0, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(message->sent->written, 1);
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->msgs[0].len, 0);
	cr_assert_not(bus->msgs[0].read);
}

Test(i2c, reads_nothing)
{
	struct message *message = post_read(EEPROM, 0, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(message->sent->written, 1);
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->msgs[0].len, 0);
	cr_assert(bus->msgs[0].read);
}

Test(i2c, says_so_when_a_write_fails)
{
	struct message *message = post_write(EEPROM, 3, 0);

	bus->error = -ENXIO;
	kick();
	cr_assert(answered(message, ERR));
	cr_assert_eq(message->sent->written, 1);
}

Test(i2c, gives_zeros_when_a_read_fails)
{
	struct message *message = post_read(EEPROM, 3, 0);

	bus->error = -ENXIO;
	kick();
	cr_assert(answered(message, ERR));
	cr_assert_eq(message->sent->written, 4);
	cr_assert(all_zero(message->data, 3));
	cr_assert_eq(message->data[3], UNTOUCHED);
}

Test(i2c, gives_zeros_when_a_read_is_refused)
{
	struct message *message = post_read(EEPROM + 1, 3, 0);

	kick();
	cr_assert(answered(message, ERR));
	cr_assert_eq(message->sent->written, 4);
	cr_assert(all_zero(message->data, 3));
}

Test(i2c, lets_the_bus_use_the_memory_of_the_driver)
{
	struct message *message = post_read(EEPROM, 8, 0);

	kick();
	cr_assert_eq(bus->msgs[0].buf, message->data);
}

Test(i2c, answers_in_order)
{
	for (int i = 0; i < 5; i++)
		post_read(EEPROM + (i % 2), 1, 0);
	kick();

	for (unsigned int i = 0; i < 5; i++)
		cr_assert_eq(queue.requests[i].rank, i + 1);
	cr_assert_neq(i2c->features & VD_BIT(VIRTIO_F_IN_ORDER), 0);
}

/* How requests are cut into buffers. */

/* Add @len bytes with borders at @a and @b; some pieces may be empty. */
static void cut(struct message *message,
		void (*add)(struct fake_request *, void *, size_t),
		uint8_t *bytes, size_t len, size_t a, size_t b)
{
	add(message->sent, bytes, a);
	add(message->sent, bytes + a, b - a);
	add(message->sent, bytes + b, len - b);
}

static void say(struct fake_request *request, void *bytes, size_t len)
{
	fake_queue_say(request, bytes, len);
}

Test(i2c, writes_the_same_however_the_request_is_cut)
{
	uint8_t bytes[sizeof(struct virtio_i2c_out_hdr) + 4];

	for (size_t b = 0; b <= sizeof(bytes); b++) {
		for (size_t a = 0; a <= b; a++) {
			struct message *message;

			fake_queue_init(&queue);
			memset(bus->taken, 0, sizeof(bus->taken));
			message = prepare(seven(EEPROM), 0);
			memcpy(bytes, &message->header,
			       sizeof(message->header));
			memcpy(bytes + sizeof(message->header), "\1\2\3\4", 4);
			cut(message, say, bytes, sizeof(bytes), a, b);
			fake_queue_room(message->sent, &message->status, 1);
			kick();

			cr_assert(answered(message, OK), "%zu, %zu", a, b);
			cr_assert_eq(bus->msgs[0].len, 4);
			cr_assert_arr_eq(bus->taken[0], "\1\2\3\4", 4);
		}
	}
}

Test(i2c, reads_the_same_however_the_room_is_cut)
{
	for (size_t b = 0; b <= 5; b++) {
		for (size_t a = 0; a <= b; a++) {
			struct message *message;

			fake_queue_init(&queue);
			message = prepare(seven(EEPROM), READ);
			fake_queue_say(message->sent, &message->header,
				       sizeof(message->header));
			cut(message, fake_queue_room, message->data, 5, a, b);
			kick();

			cr_assert_eq(message->sent->written, 5, "%zu, %zu", a,
				     b);
			cr_assert_eq(bus->msgs[0].len, 4);
			cr_assert_arr_eq(message->data, "\1\2\3\4\0\xaa", 6);
		}
	}
}

Test(i2c, gives_zeros_in_pieces_when_a_read_fails)
{
	struct message *message = prepare(seven(EEPROM), READ);

	fake_queue_say(message->sent, &message->header,
		       sizeof(message->header));
	cut(message, fake_queue_room, message->data, 5, 1, 3);
	bus->error = -EIO;
	kick();

	cr_assert_eq(message->sent->written, 5);
	cr_assert_arr_eq(message->data, "\0\0\0\0\1\xaa", 6);
}

static struct message *post_cut_write(size_t len, uint32_t flags)
{
	struct message *message = prepare(seven(EEPROM), flags);

	fake_queue_say(message->sent, &message->header,
		       sizeof(message->header));
	fake_queue_say(message->sent, message->data, 1);
	fake_queue_say(message->sent, message->data + 1, len - 1);
	fake_queue_room(message->sent, &message->status, 1);

	return message;
}

Test(i2c, puts_two_of_the_longest_messages_together)
{
	struct message *first = post_cut_write(VD_I2C_MAX_LEN, LINKED);
	struct message *second = post_cut_write(VD_I2C_MAX_LEN, 0);

	kick();
	cr_assert(answered(first, OK));
	cr_assert(answered(second, OK));
	cr_assert_eq(bus->n, 2);
}

Test(i2c, fails_a_group_with_too_much_to_put_together)
{
	struct message *first = post_cut_write(VD_I2C_MAX_LEN, LINKED);
	struct message *second = post_cut_write(VD_I2C_MAX_LEN - 1, LINKED);
	struct message *third = post_cut_write(2, 0);
	struct message *other = post_cut_write(VD_I2C_MAX_LEN, 0);

	kick();
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert(answered(third, ERR));
	cr_assert(answered(other, OK), "there is room again");
	cr_assert_eq(bus->n_transfers, 1);
}

/* Malformed requests. */

struct bad_message {
	char why[40];
	uint16_t wire;
	uint32_t flags;
	size_t out;
	size_t in;
};

ParameterizedTestParameters(i2c, refuses)
{
	static struct bad_message bad[] = {
		{ "a read that brings data", EEPROM << 1, READ, 1, 0 },
		{ "a read that brings and wants data", EEPROM << 1, READ, 1,
		  1 },
		{ "a write with room for data", EEPROM << 1, 0, 0, 1 },
		{ "a write with data and room for it", EEPROM << 1, 0, 1, 1 },
		{ "8193 bytes to write", EEPROM << 1, 0, 8193, 0 },
		{ "8193 bytes to read", EEPROM << 1, READ, 0, 8193 },
		{ "an odd address", EEPROM << 1 | 1, 0, 1, 0 },
		{ "an address of 8 bits", 0x100 | EEPROM << 1, 0, 1, 0 },
		{ "an address of 16 bits", 0x8000 | EEPROM << 1, 0, 1, 0 },
		{ "another address", (EEPROM + 1) << 1, 0, 1, 0 },
		{ "the general call", 0, 0, 1, 0 },
		{ "another address of 10 bits", 0xa4f4, 0, 1, 0 },
		{ "an odd address of 10 bits", 0xa5f5, 0, 1, 0 },
		{ "7 bits in the format of 10", EEPROM << 8 | 0xf0, 0, 1, 0 },
		{ "the wrong reserved bits", 0xa5fc, 0, 1, 0 },
	};

	return cr_make_param_array(struct bad_message, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_message *bad, i2c, refuses)
{
	struct message *message =
		post(bad->wire, bad->flags, bad->out, bad->in);
	struct message *next = post_write(EEPROM, 1, 0);

	kick();
	cr_assert(answered(message, ERR), "%s", bad->why);
	cr_assert(answered(next, OK), "%s", bad->why);
	cr_assert_eq(bus->n_transfers, 1, "%s", bad->why);
}

Test(i2c, carries_the_longest_message_both_ways)
{
	struct message *out = post_write(EEPROM, VD_I2C_MAX_LEN, 0);
	struct message *in = post_read(EEPROM, VD_I2C_MAX_LEN, 0);

	kick();
	cr_assert(answered(out, OK));
	cr_assert(answered(in, OK));
	cr_assert_eq(in->sent->written, VD_I2C_MAX_LEN + 1);
}

Test(i2c, does_not_claim_to_have_filled_a_huge_buffer)
{
	struct message *message = post_read(EEPROM, VD_I2C_MAX_LEN + 1, 0);

	kick();
	cr_assert(answered(message, ERR));
	cr_assert_eq(message->sent->written, 0);
	cr_assert_eq(message->data[0], UNTOUCHED);
}

Test(i2c, refuses_half_a_header)
{
	struct message *message = prepare(seven(EEPROM), 0);

	fake_queue_say(message->sent, &message->header,
		       sizeof(message->header) - 1);
	fake_queue_room(message->sent, &message->status, 1);
	kick();

	cr_assert(answered(message, ERR));
	cr_assert_eq(bus->n_transfers, 0);
}

Test(i2c, returns_a_request_without_room_for_a_status)
{
	struct message *message = prepare(seven(EEPROM), 0);

	fake_queue_say(message->sent, &message->header,
		       sizeof(message->header));
	kick();

	cr_assert(message->sent->done);
	cr_assert_eq(message->sent->written, 0);
	cr_assert_eq(bus->n_transfers, 0);
}

Test(i2c, returns_a_chain_with_nothing_in_it)
{
	struct fake_request *sent = fake_queue_add(&queue);

	kick();
	cr_assert(sent->done);
	cr_assert_eq(sent->written, 0);
}

/* Groups. */

Test(i2c, makes_one_transfer_of_linked_requests)
{
	struct message *first = post_write(EEPROM, 1, LINKED);
	struct message *second = post_read(EEPROM, 4, 0);

	kick();
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->n, 2);
	cr_assert_not(bus->msgs[0].read);
	cr_assert(bus->msgs[1].read);
	cr_assert(answered(first, OK));
	cr_assert(answered(second, OK));
	cr_assert_arr_eq(second->data, "\1\2\3\4", 4);
}

Test(i2c, makes_two_transfers_of_requests_that_are_not_linked)
{
	post_write(EEPROM, 1, 0);
	post_read(EEPROM, 4, 0);
	kick();

	cr_assert_eq(bus->n_transfers, 2);
	cr_assert_eq(bus->n, 1);
}

Test(i2c, ends_a_group_at_the_first_request_without_the_flag)
{
	post_write(EEPROM, 1, LINKED);
	post_write(EEPROM, 1, LINKED);
	post_write(EEPROM, 1, 0);
	post_write(EEPROM, 7, 0);
	kick();

	cr_assert_eq(bus->n_transfers, 2);
	cr_assert_eq(bus->n, 1);
	cr_assert_eq(bus->msgs[0].len, 7);
}

Test(i2c, fails_all_of_a_group_when_the_transfer_fails)
{
	struct message *first = post_write(EEPROM, 1, LINKED);
	struct message *second = post_read(EEPROM, 4, 0);

	bus->error = -EIO;
	kick();
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert(all_zero(second->data, 4));
	cr_assert_eq(bus->n_transfers, 1);
}

Test(i2c, checks_the_address_of_every_message)
{
	struct message *first = post_write(EEPROM, 1, LINKED);
	struct message *second = post_write(EEPROM + 1, 1, LINKED);
	struct message *third = post_write(EEPROM, 1, 0);

	kick();
	cr_assert_eq(bus->n_transfers, 0);
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert(answered(third, ERR));
}

Test(i2c, fails_a_group_that_ends_in_a_malformed_request)
{
	struct message *first = post_write(EEPROM, 1, LINKED);
	struct message *second = post(seven(EEPROM), READ, 1, 1);
	struct message *third = post_write(EEPROM, 1, 0);

	kick();
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert(answered(third, OK), "the group has ended");
}

Test(i2c, goes_on_with_a_group_behind_a_malformed_request)
{
	struct message *first = post(seven(EEPROM), READ | LINKED, 1, 1);
	struct message *second = post_write(EEPROM, 1, 0);

	kick();
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert_eq(bus->n_transfers, 0);
}

Test(i2c, refuses_a_group_across_buses)
{
	struct message *first = post_write(EEPROM, 1, LINKED);
	struct message *second = post_write(OTHER_BUS, 1, 0);

	kick();
	cr_assert(answered(first, ERR));
	cr_assert(answered(second, ERR));
	cr_assert_eq(buses[0].n_transfers + buses[1].n_transfers, 0);
}

Test(i2c, uses_the_bus_of_the_client)
{
	struct message *message = post_write(OTHER_BUS, 1, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(buses[0].n_transfers, 0);
	cr_assert_eq(buses[1].n_transfers, 1);
}

/* Groups that are cut. */

Test(i2c, executes_a_group_that_an_empty_ring_cuts)
{
	struct message *message = post_write(EEPROM, 1, LINKED);

	kick();
	cr_assert(answered(message, OK));
	cr_assert_eq(bus->n_transfers, 1);
}

Test(i2c, does_not_link_a_group_that_was_cut_with_the_next_request)
{
	struct message *next;

	post_write(EEPROM, 1, LINKED);
	kick();
	next = post_read(EEPROM, 1, 0);
	kick();

	cr_assert(answered(next, OK));
	cr_assert_eq(bus->n_transfers, 2);
	cr_assert_eq(bus->n, 1);
}

Test(i2c, does_not_fail_the_next_request_for_a_group_that_was_cut)
{
	struct message *next;

	bus->error = -EIO;
	post_write(EEPROM, 1, LINKED);
	kick();
	bus->error = 0;
	next = post_write(EEPROM, 1, 0);
	kick();

	cr_assert(answered(next, OK));
}

static void hold_back_after(unsigned int n)
{
	queue.budget = n;
	queue.n_left = n;
}

Test(i2c, does_not_cut_a_group_that_the_queue_holds_back)
{
	hold_back_after(2);
	post_write(EEPROM, 1, LINKED);
	post_write(EEPROM, 2, LINKED);
	post_write(EEPROM, 3, 0);

	kick();
	cr_assert_eq(bus->n_transfers, 0);
	cr_assert_eq(queue.n_completed, 0);
	cr_assert_eq(wanted, 1, "it wants the rest");
	kick();
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->n, 3);
	cr_assert_eq(queue.n_flushed, 3);
}

Test(i2c, gives_back_what_it_collected_when_the_queue_stops)
{
	hold_back_after(2);
	for (int i = 0; i < 3; i++)
		post_write(EEPROM, 1, i < 2 ? LINKED : 0);
	kick();
	vd_device_stop_queue(i2c, 0);
	cr_assert_eq(queue.n_popped, 0);
	cr_assert_eq(queue.n_completed, 0);

	hold_back_after(FAKE_QUEUE_MAX);
	vd_device_start_queue(i2c, 0, &queue.queue);
	kick();
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->n, 3);
}

/* Post a group, of which nothing more than the length matters. */
static struct message *post_group(unsigned int n)
{
	while (--n > 0)
		post_write(EEPROM, 1, LINKED);

	return post_write(EEPROM, 1, 0);
}

Test(i2c, executes_a_group_of_42)
{
	struct message *last = post_group(VD_I2C_MAX_MSGS);

	kick();
	cr_assert(answered(last, OK));
	cr_assert_eq(bus->n_transfers, 1);
	cr_assert_eq(bus->n, VD_I2C_MAX_MSGS);
}

struct long_group {
	unsigned int n;
	unsigned int budget;
};

ParameterizedTestParameters(i2c, fails_a_group_that_is_too_long)
{
	static struct long_group groups[] = {
		{ 43, 64 }, { 44, 64 }, { 50, 64 }, { 50, 45 },
		{ 50, 42 }, { 50, 43 }, { 50, 7 },
	};

	return cr_make_param_array(struct long_group, groups,
				   VD_ARRAY_SIZE(groups));
}

ParameterizedTest(struct long_group *group, i2c, fails_a_group_that_is_too_long)
{
	struct message *last, *next;

	hold_back_after(group->budget);
	last = post_group(group->n);
	next = post_write(EEPROM, 1, 0);
	for (int i = 0; i < 10; i++)
		kick();

	cr_assert_eq(queue.n_completed, group->n + 1);
	cr_assert(answered(last, ERR), "%u", group->n);
	cr_assert(answered(next, OK), "%u", group->n);
	cr_assert_eq(bus->n_transfers, 1, "the others were not executed");
	cr_assert_eq(bus->n, 1);
}

Test(i2c, forgets_a_group_that_was_too_long_when_the_ring_is_empty)
{
	struct message *next;

	for (int i = 0; i < VD_I2C_MAX_MSGS + 1; i++)
		post_write(EEPROM, 1, LINKED);
	kick();
	next = post_write(EEPROM, 1, 0);
	kick();

	cr_assert_eq(queue.n_completed, VD_I2C_MAX_MSGS + 2U);
	cr_assert(answered(next, OK));
	cr_assert_eq(bus->n_transfers, 1);
}

Test(i2c, makes_eight_transfers_at_a_time)
{
	for (int i = 0; i < 10; i++)
		post_write(EEPROM, 1, 0);

	kick();
	cr_assert_eq(bus->n_transfers, 8);
	cr_assert_eq(queue.n_flushed, 8);
	cr_assert_eq(wanted, 1, "there is more to do");
	wanted = 0;
	kick();
	cr_assert_eq(bus->n_transfers, 10);
	cr_assert_eq(wanted, 0);
}

/* Who may do what. */

Test(i2c, knows_addresses_of_10_bits)
{
	struct message *message = post(ten(WIDE), 0, 1, 0);

	kick();
	cr_assert(answered(message, OK));
	cr_assert(bus->msgs[0].ten_bit);
	cr_assert_eq(bus->msgs[0].address, WIDE);
}

Test(i2c, reads_from_a_client_that_is_read_only)
{
	struct message *message = post_read(SENSOR, 2, 0);

	kick();
	cr_assert(answered(message, OK));
}

Test(i2c, reads_a_register_of_a_client_that_is_read_only)
{
	struct message *first = post_write(SENSOR, 1, LINKED);
	struct message *second = post_read(SENSOR, 2, 0);

	kick();
	cr_assert(answered(first, OK));
	cr_assert(answered(second, OK));
}

struct bad_write {
	char why[40];
	size_t len;
	uint16_t next;
	uint32_t flags;
	size_t next_len;
};

ParameterizedTestParameters(i2c, keeps_a_client_read_only)
{
	static struct bad_write bad[] = {
		{ "two bytes and a read", 2, SENSOR, READ, 1 },
		{ "no byte and a read", 0, SENSOR, READ, 1 },
		{ "a byte and a read from another", 1, EEPROM, READ, 1 },
		{ "a byte and a byte", 1, SENSOR, 0, 1 },
		{ "a byte and two bytes", 1, SENSOR, 0, 2 },
	};

	return cr_make_param_array(struct bad_write, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_write *bad, i2c, keeps_a_client_read_only)
{
	bool read = bad->flags & READ;
	struct message *first = post_write(SENSOR, bad->len, LINKED);
	struct message *second =
		post(seven(bad->next), bad->flags, read ? 0 : bad->next_len,
		     read ? bad->next_len : 0);

	kick();
	cr_assert(answered(first, ERR), "%s", bad->why);
	cr_assert(answered(second, ERR), "%s", bad->why);
	cr_assert_eq(bus->n_transfers, 0, "%s", bad->why);
}

Test(i2c, keeps_a_client_read_only_if_no_read_follows)
{
	struct message *message = post_write(SENSOR, 1, 0);
	struct message *next = post_read(SENSOR, 1, 0);

	kick();
	cr_assert(answered(message, ERR));
	cr_assert(answered(next, OK));
}

Test(i2c, keeps_a_client_read_only_if_another_write_follows)
{
	post_write(SENSOR, 1, LINKED);
	post_write(SENSOR, 1, LINKED);
	post_read(SENSOR, 1, 0);
	kick();

	cr_assert_eq(bus->n_transfers, 0);
}

Test(i2c, keeps_a_client_read_only_in_the_middle_of_a_group)
{
	post_write(EEPROM, 1, LINKED);
	post_write(SENSOR, 2, LINKED);
	post_read(SENSOR, 1, 0);
	kick();

	cr_assert_eq(bus->n_transfers, 0);
}

/* Features. */

Test(i2c, offers_requests_without_data)
{
	cr_assert_neq(i2c->features & VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST),
		      0);
}

Test(i2c, refuses_a_driver_without_requests_without_data)
{
	cr_assert_eq(vd_device_set_features(i2c, VD_BIT(VIRTIO_F_IN_ORDER)),
		     -EINVAL);
}

Test(i2c, fails_requests_of_a_driver_that_it_has_refused)
{
	struct message *message = post_write(EEPROM, 1, 0);

	vd_device_set_features(i2c, 0);
	kick();
	cr_assert(answered(message, ERR));
	cr_assert_eq(bus->n_transfers, 0);
}

/* Beginning and end. */

struct bad_clients {
	char why[40];
	struct vd_i2c_client clients[2];
	int result;
};

ParameterizedTestParameters(i2c, cannot_be_made_of)
{
	static struct bad_clients bad[] = {
		{ "7 bits that are 8", { { .address = 0x80 } }, -EINVAL },
		{ "7 bits that mark 10", { { .address = 0x78 } }, -EINVAL },
		{ "10 bits that are 11",
		  { { .address = 0x400, .ten_bit = true } },
		  -EINVAL },
		{ "a bus that is not there", { { .bus = 2 } }, -EINVAL },
		{ "an address twice",
		  { { .address = 1 }, { .address = 1, .bus = 1 } },
		  -EEXIST },
		{ "an address twice, with 10 bits",
		  { { .address = 1, .ten_bit = true },
		    { .address = 1, .ten_bit = true } },
		  -EEXIST },
	};

	return cr_make_param_array(struct bad_clients, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_clients *bad, i2c, cannot_be_made_of)
{
	struct vd_device *device = i2c;

	cr_assert_eq(vd_i2c_new(backends, 2, bad->clients, 2, &device),
		     bad->result, "%s", bad->why);
	cr_assert_eq(device, i2c, "%s", bad->why);
	cr_assert_eq(bus->n_destroyed, 0, "%s", bad->why);
}

Test(i2c, tells_7_bits_from_10)
{
	const struct vd_i2c_client both[] = {
		{ .address = 0x77 },
		{ .address = 0x77, .ten_bit = true },
	};
	struct vd_device *device;

	cr_assert_eq(vd_i2c_new(backends, 1, both, 2, &device), 0);
	vd_device_free(device);
}

Test(i2c, can_be_made_without_clients)
{
	struct vd_device *device;

	cr_assert_eq(vd_i2c_new(backends, 1, NULL, 0, &device), 0);
	vd_device_free(device);
}

Test(i2c, destroys_its_buses)
{
	struct vd_device *device;

	cr_assert_eq(vd_i2c_new(backends, 2, clients, 1, &device), 0);
	vd_device_free(device);
	cr_assert_eq(buses[0].n_destroyed, 1);
	cr_assert_eq(buses[1].n_destroyed, 1);
}
