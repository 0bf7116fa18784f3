/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Adapters of the host.  There is none here: /dev/null plays one, for which
 * ioctl() is ours.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backends/i2c-dev.h"
#include "backends/i2c-smbus.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

#define ADAPTER "/dev/null"
#define MAX_MSGS 4

/* What the adapter was asked, and what it says to that. */
static struct {
	unsigned long funcs;
	unsigned long timeout;
	unsigned int n_transfers;
	uint32_t n_msgs;
	struct i2c_msg msgs[MAX_MSGS];
	unsigned int n_smbus;
	int slave_error;
	int done;
	int error;
} adapter;

static unsigned int n_unsupported;
static struct vd_i2c_backend *bus;

static int fails(int error)
{
	errno = error;
	return -1;
}

static int transfer(const struct i2c_rdwr_ioctl_data *data)
{
	adapter.n_transfers++;
	adapter.n_msgs = data->nmsgs;
	cr_assert_leq(data->nmsgs, MAX_MSGS);
	memcpy(adapter.msgs, data->msgs, data->nmsgs * sizeof(data->msgs[0]));
	if (adapter.error)
		return fails(adapter.error);

	return adapter.done ? adapter.done : (int)data->nmsgs;
}

int ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list args;

	(void)fd;

	va_start(args, request);
	arg = va_arg(args, unsigned long);
	va_end(args);

	switch (request) {
	case I2C_FUNCS:
		*(unsigned long *)arg = adapter.funcs;
		return adapter.error ? fails(adapter.error) : 0;
	case I2C_TIMEOUT:
		adapter.timeout = arg;
		return 0;
	case I2C_RDWR:
		return transfer((struct i2c_rdwr_ioctl_data *)arg);
	case I2C_SLAVE:
		return adapter.slave_error ? fails(adapter.slave_error) : 0;
	case I2C_SLAVE_FORCE:
		return 0;
	case I2C_SMBUS:
		adapter.n_smbus++;
		return 0;
	default:
		return fails(ENOTTY);
	}
}

static void unsupported(void *context, const char *device)
{
	cr_assert_eq(context, &adapter);
	cr_assert_str_eq(device, ADAPTER);
	n_unsupported++;
}

static int open_bus(const char *name, unsigned long funcs)
{
	const struct vb_i2c_dev_events events = { .unsupported = unsupported,
						  .context = &adapter };

	adapter.funcs = funcs;

	return vb_i2c_dev_new(name, &events, &bus);
}

static void setup(void)
{
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL), 0);
}

static void teardown(void)
{
	bus->ops->destroy(bus);
}

TestSuite(i2c_dev, .init = setup, .fini = teardown);

static int write_byte(void)
{
	uint8_t byte = 7;
	struct vd_i2c_msg msg = { .buf = &byte, .len = 1, .address = 0x20 };

	return bus->ops->transfer(bus, &msg, 1);
}

Test(i2c_dev, makes_one_transfer_of_all_messages)
{
	uint8_t out[3], in[5];
	struct vd_i2c_msg msgs[] = {
		{ .buf = out, .len = sizeof(out), .address = 0x50 },
		{ .buf = in, .len = sizeof(in), .address = 0x51, .read = true },
		{ .address = 0x52 },
	};

	cr_assert_eq(bus->ops->transfer(bus, msgs, 3), 0);
	cr_assert_eq(adapter.n_transfers, 1);
	cr_assert_eq(adapter.n_msgs, 3);
	cr_assert_eq(adapter.msgs[0].addr, 0x50);
	cr_assert_eq(adapter.msgs[0].flags, 0);
	cr_assert_eq(adapter.msgs[0].len, sizeof(out));
	cr_assert_eq(adapter.msgs[0].buf, out);
	cr_assert_eq(adapter.msgs[1].addr, 0x51);
	cr_assert_eq(adapter.msgs[1].flags, I2C_M_RD);
	cr_assert_eq(adapter.msgs[1].len, sizeof(in));
	cr_assert_eq(adapter.msgs[1].buf, in);
	cr_assert_eq(adapter.msgs[2].len, 0);
	cr_assert_eq(adapter.n_smbus, 0);
}

Test(i2c_dev, marks_addresses_of_10_bits)
{
	struct vd_i2c_msg msgs[] = {
		{ .address = 0x2a5, .ten_bit = true },
		{ .address = 0x2a5, .ten_bit = true, .read = true },
	};

	cr_assert_eq(bus->ops->transfer(bus, msgs, 2), 0);
	cr_assert_eq(adapter.msgs[0].addr, 0x2a5);
	cr_assert_eq(adapter.msgs[0].flags, I2C_M_TEN);
	cr_assert_eq(adapter.msgs[1].flags, I2C_M_TEN | I2C_M_RD);
}

Test(i2c_dev, passes_on_the_error_of_the_adapter)
{
	adapter.error = ENXIO;
	cr_assert_eq(write_byte(), -ENXIO);
	cr_assert_eq(n_unsupported, 0);
}

Test(i2c_dev, fails_if_not_all_messages_were_sent)
{
	struct vd_i2c_msg msgs[] = { { .address = 1 }, { .address = 2 } };

	adapter.done = 1;
	cr_assert_eq(bus->ops->transfer(bus, msgs, 2), -EIO);
}

Test(i2c_dev, keeps_the_time_out_of_the_adapter_short)
{
	cr_assert_gt(adapter.timeout, 0);
	cr_assert_leq(adapter.timeout, 10, "in units of 10 ms");
}

Test(i2c_dev, knows_the_number_of_the_adapter)
{
	cr_assert_eq(vb_i2c_dev_number(bus), 3, "that is the minor number");
}

Test(i2c_dev, lets_clients_be_used_that_no_driver_has)
{
	char driver[16];

	cr_assert_eq(vb_i2c_dev_check(bus, 0x50, false, driver, sizeof(driver)),
		     0);
}

Test(i2c_dev, finds_drivers_of_clients_behind_a_multiplexer)
{
	char driver[64];

	adapter.slave_error = EBUSY;
	cr_assert_eq(vb_i2c_dev_check(bus, 0x50, false, driver, sizeof(driver)),
		     -EBUSY);
	cr_assert_not_null(strstr(driver, "multiplexer"));
}

Test(i2c_dev, says_that_the_adapter_has_no_10_bits)
{
	char driver[16];

	cr_assert_eq(vb_i2c_dev_check(bus, 0x50, true, driver, sizeof(driver)),
		     -ENOTSUP);
}

Test(i2c_dev_new, uses_smbus_commands_where_there_is_nothing_else)
{
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_SMBUS_BYTE), 0);
	cr_assert_eq(write_byte(), 0);
	cr_assert_eq(adapter.n_smbus, 1);
	cr_assert_eq(adapter.n_transfers, 0);
	bus->ops->destroy(bus);
}

Test(i2c_dev_new, uses_clients_of_the_kernel_only_if_it_has_to)
{
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_SMBUS_BYTE), 0);
	adapter.slave_error = EBUSY;
	cr_assert_eq(write_byte(), -EBUSY);
	vb_i2c_dev_force(bus);
	cr_assert_eq(write_byte(), 0);
	cr_assert_eq(adapter.n_smbus, 1);
	bus->ops->destroy(bus);
}

Test(i2c_dev_new, has_addresses_of_10_bits_on_plain_adapters_only)
{
	char driver[16];

	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_I2C | I2C_FUNC_10BIT_ADDR), 0);
	cr_assert_eq(vb_i2c_dev_check(bus, 0x250, true, driver, sizeof(driver)),
		     0);
	bus->ops->destroy(bus);
	cr_assert_eq(open_bus(ADAPTER, I2C_SMBUS_ANY | I2C_FUNC_10BIT_ADDR), 0);
	cr_assert_eq(vb_i2c_dev_check(bus, 0x250, true, driver, sizeof(driver)),
		     -ENOTSUP);
	bus->ops->destroy(bus);
}

Test(i2c_dev_new, tells_once_of_what_the_adapter_cannot_do)
{
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_SMBUS_QUICK), 0);
	cr_assert_eq(write_byte(), -EOPNOTSUPP);
	cr_assert_eq(write_byte(), -EOPNOTSUPP);
	cr_assert_eq(n_unsupported, 1);
	bus->ops->destroy(bus);
}

Test(i2c_dev_new, refuses_an_adapter_that_can_do_nothing)
{
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_10BIT_ADDR), -ENOTSUP);
}

Test(i2c_dev_new, refuses_what_is_no_adapter)
{
	cr_assert_eq(open_bus("/", I2C_FUNC_I2C), -EISDIR);
	cr_assert_eq(open_bus("/no such file", I2C_FUNC_I2C), -ENOENT);
	cr_assert_eq(open_bus("no such name", I2C_FUNC_I2C), -ENOENT);
	adapter.error = ENOTTY;
	cr_assert_eq(open_bus(ADAPTER, I2C_FUNC_I2C), -ENOTTY);
}

Test(i2c_dev_new, does_not_take_a_file_for_a_device)
{
	char path[] = "/tmp/vhd-i2c.XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(open_bus(path, I2C_FUNC_I2C), -ENOTTY);
	close(fd);
	unlink(path);
}
