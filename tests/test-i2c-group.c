/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The I2C adapter: requests that belong together become one transfer.
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

Test(i2c, goes_on_with_a_group_behind_a_request_without_room_for_a_status)
{
	struct message *first = prepare(seven(EEPROM), LINKED);
	struct message *second;

	fake_queue_say(first->sent, &first->header, sizeof(first->header));
	second = post_write(EEPROM, 1, 0);
	kick();

	cr_assert(first->sent->done);
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
