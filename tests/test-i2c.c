/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The I2C adapter: single requests, and what the driver is told.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "tests/i2c-driver.h"
#include "virtio-devices/util.h"

TestSuite(i2c, .init = i2c_setup, .fini = i2c_teardown);

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
