/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The simulated I2C bus: an EEPROM, chips with registers, and nobody.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "backends/i2c-sim.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

#define EEPROM 0x50
#define CHIP 0x20
#define SLOW 0x76
#define NOBODY 0x77

static struct vd_i2c_backend *sim;

static void setup(void)
{
	cr_assert_eq(vb_i2c_sim_new(&sim), 0);
	cr_assert_eq(vb_i2c_sim_add(sim, EEPROM), 0);
	cr_assert_eq(vb_i2c_sim_add(sim, CHIP), 0);
	cr_assert_eq(vb_i2c_sim_add(sim, NOBODY), 0);
}

static void teardown(void)
{
	sim->ops->destroy(sim);
}

static int write_bytes(uint16_t address, const void *bytes, size_t len)
{
	uint8_t buf[600];
	struct vd_i2c_msg msg = {
		.buf = buf,
		.len = (uint16_t)len,
		.address = address,
	};

	if (len)
		memcpy(buf, bytes, len);

	return sim->ops->transfer(sim, &msg, 1);
}

static int read_bytes(uint16_t address, void *bytes, size_t len)
{
	struct vd_i2c_msg msg = {
		.buf = bytes,
		.len = (uint16_t)len,
		.address = address,
		.read = true,
	};

	return sim->ops->transfer(sim, &msg, 1);
}

/* One transfer: say where, and read from there. */
static int read_at(uint16_t address, uint8_t where, void *bytes, size_t len)
{
	struct vd_i2c_msg msgs[] = {
		{ .buf = &where, .len = 1, .address = address },
		{
			.buf = bytes,
			.len = (uint16_t)len,
			.address = address,
			.read = true,
		},
	};

	return sim->ops->transfer(sim, msgs, 2);
}

TestSuite(i2c_sim, .init = setup, .fini = teardown);

Test(i2c_sim, has_an_eeprom_that_is_erased)
{
	uint8_t bytes[2] = { 0 };

	cr_assert_eq(read_at(EEPROM, 254, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\xff\xff", 2);
}

Test(i2c_sim, keeps_what_is_written_to_the_eeprom)
{
	uint8_t bytes[3];

	cr_assert_eq(write_bytes(EEPROM, "\x10\1\2", 3), 0);
	cr_assert_eq(read_at(EEPROM, 0x10, bytes, 3), 0);
	cr_assert_arr_eq(bytes, "\1\2\xff", 3);
}

Test(i2c_sim, wraps_a_write_at_the_end_of_a_page)
{
	uint8_t bytes[9];

	/* Page 0x10 to 0x17: from 0x16 on, 4 bytes. */
	cr_assert_eq(write_bytes(EEPROM, "\x16\1\2\3\4", 5), 0);
	cr_assert_eq(read_at(EEPROM, 0x10, bytes, 9), 0);
	cr_assert_arr_eq(bytes, "\3\4\xff\xff\xff\xff\1\2\xff", 9);
}

Test(i2c_sim, writes_the_last_page_and_no_further)
{
	uint8_t bytes[2];

	cr_assert_eq(write_bytes(EEPROM, "\xff\1\2", 3), 0);
	cr_assert_eq(read_at(EEPROM, 0xff, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\1\xff", 2);
	cr_assert_eq(read_at(EEPROM, 0xf8, bytes, 1), 0);
	cr_assert_eq(bytes[0], 2);
}

Test(i2c_sim, reads_the_eeprom_across_pages_and_its_end)
{
	uint8_t bytes[3];

	write_bytes(EEPROM, "\xff\1", 2);
	write_bytes(EEPROM, "\x00\2\3", 3);
	cr_assert_eq(read_at(EEPROM, 0xff, bytes, 3), 0);
	cr_assert_arr_eq(bytes, "\1\2\3", 3);
}

Test(i2c_sim, reads_on_from_where_the_eeprom_stands)
{
	uint8_t byte;

	write_bytes(EEPROM, "\x00\1\2\3", 4);
	write_bytes(EEPROM, "\x00", 1);
	read_bytes(EEPROM, &byte, 1);
	cr_assert_eq(byte, 1);
	read_bytes(EEPROM, &byte, 1);
	cr_assert_eq(byte, 2);
}

Test(i2c_sim, has_registers_that_are_zero)
{
	uint8_t bytes[2] = { 1, 1 };

	cr_assert_eq(read_at(CHIP, 0xff, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\0\0", 2);
}

Test(i2c_sim, counts_registers_in_words)
{
	uint8_t bytes[2];

	cr_assert_eq(write_bytes(CHIP, "\5\x34\x12", 3), 0);
	cr_assert_eq(read_at(CHIP, 5, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\x34\x12", 2);
	cr_assert_eq(read_at(CHIP, 6, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\0\0", 2);
}

Test(i2c_sim, steps_to_the_next_register)
{
	uint8_t bytes[2];

	cr_assert_eq(write_bytes(CHIP, "\5\1\2\3\4", 5), 0);
	cr_assert_eq(read_at(CHIP, 6, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\3\4", 2);
	read_at(CHIP, 5, bytes, 2);
	read_bytes(CHIP, bytes, 2);
	cr_assert_arr_eq(bytes, "\3\4", 2);
}

Test(i2c_sim, steps_from_the_last_register_to_the_first)
{
	uint8_t bytes[4];

	cr_assert_eq(write_bytes(CHIP, "\xff\1\2\3\4", 5), 0);
	cr_assert_eq(read_at(CHIP, 0, bytes, 2), 0);
	cr_assert_arr_eq(bytes, "\3\4", 2);
	cr_assert_eq(read_at(CHIP, 0xff, bytes, 4), 0);
	cr_assert_arr_eq(bytes, "\1\2\3\4", 4);
}

Test(i2c_sim, takes_more_than_it_can_keep)
{
	uint8_t bytes[600] = { 0 };

	cr_assert_eq(write_bytes(CHIP, bytes, sizeof(bytes)), 0);
	cr_assert_eq(write_bytes(EEPROM, bytes, sizeof(bytes)), 0);
	cr_assert_eq(read_bytes(CHIP, bytes, sizeof(bytes)), 0);
	cr_assert_eq(read_bytes(EEPROM, bytes, sizeof(bytes)), 0);
}

Test(i2c_sim, keeps_clients_apart)
{
	uint8_t byte;

	cr_assert_eq(vb_i2c_sim_add(sim, EEPROM + 1), 0);
	write_bytes(EEPROM, "\0\1", 2);
	cr_assert_eq(read_at(EEPROM + 1, 0, &byte, 1), 0);
	cr_assert_eq(byte, 0xff);
}

Test(i2c_sim, answers_when_it_is_asked_for_nothing)
{
	cr_assert_eq(write_bytes(CHIP, NULL, 0), 0);
	cr_assert_eq(read_bytes(CHIP, NULL, 0), 0);
	cr_assert_eq(write_bytes(EEPROM, NULL, 0), 0);
	cr_assert_eq(read_bytes(EEPROM, NULL, 0), 0);
}

Test(i2c_sim, does_not_answer_for_nobody)
{
	cr_assert_eq(write_bytes(NOBODY, NULL, 0), -ENXIO);
	cr_assert_eq(write_bytes(0x21, "\0", 1), -ENXIO);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * VD_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

Test(i2c_sim, has_a_chip_that_holds_the_clock)
{
	uint64_t begin = now();
	uint8_t byte;

	cr_assert_eq(vb_i2c_sim_add(sim, SLOW), 0);
	cr_assert_eq(write_bytes(SLOW, "\1\7", 2), 0);
	read_at(SLOW, 1, &byte, 1);
	cr_assert_eq(byte, 7);
	/* Two writes and a read. */
	cr_assert_geq(now() - begin, 300 * VD_NSEC_PER_MSEC);
}

Test(i2c_sim, does_not_take_10_bits_for_7)
{
	struct vd_i2c_msg msg = { .address = EEPROM, .ten_bit = true };

	cr_assert_eq(sim->ops->transfer(sim, &msg, 1), -ENXIO);
}

Test(i2c_sim, does_what_comes_before_an_error)
{
	uint8_t first[] = { 0, 1 }, byte;
	struct vd_i2c_msg msgs[] = {
		{ .buf = first, .len = 2, .address = EEPROM },
		{ .address = NOBODY },
		{ .buf = first, .len = 2, .address = CHIP },
	};

	cr_assert_eq(sim->ops->transfer(sim, msgs, 3), -ENXIO);
	read_at(EEPROM, 0, &byte, 1);
	cr_assert_eq(byte, 1);
	read_at(CHIP, 0, &byte, 1);
	cr_assert_eq(byte, 0);
}

Test(i2c_sim, refuses_a_client_where_none_can_be)
{
	cr_assert_eq(vb_i2c_sim_add(sim, 0x78), -EINVAL);
	cr_assert_eq(vb_i2c_sim_add(sim, 0x80), -EINVAL);
	cr_assert_eq(vb_i2c_sim_add(sim, 0x3ff), -EINVAL);
}

Test(i2c_sim, keeps_a_client_that_is_added_again)
{
	uint8_t byte;

	write_bytes(EEPROM, "\0\1", 2);
	cr_assert_eq(vb_i2c_sim_add(sim, EEPROM), 0);
	read_at(EEPROM, 0, &byte, 1);
	cr_assert_eq(byte, 1);
}
