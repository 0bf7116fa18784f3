/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The I2C adapter: who may do what, and what it can be made of.
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
