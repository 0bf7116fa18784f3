/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fake-smbus.h"

struct fake_smbus adapter;

static int result(int error)
{
	errno = error;
	return error ? -1 : 0;
}

static int execute(const struct i2c_smbus_ioctl_data *data)
{
	adapter.n_transfers++;
	adapter.pec_of_transfer = adapter.pec;
	adapter.data = *data;
	if (data->data) {
		adapter.sent = *data->data;
		if (data->read_write == I2C_SMBUS_READ ||
		    data->size == I2C_SMBUS_PROC_CALL)
			*data->data = adapter.reply;
	}

	return result(adapter.error);
}

int ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list args;

	va_start(args, request);
	arg = va_arg(args, unsigned long);
	va_end(args);

	if (fd != FD)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	if (request == I2C_SMBUS)
		return execute((struct i2c_smbus_ioctl_data *)arg);
	if (request == I2C_PEC) {
		adapter.pec = arg;
		return 0;
	}
	if (request != I2C_SLAVE && request != I2C_SLAVE_FORCE)
		return result(ENOTTY);

	adapter.slave = arg;

	return result(request == I2C_SLAVE ? adapter.slave_error : 0);
}
