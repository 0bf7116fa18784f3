/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Transfers of a guest, on an adapter that knows SMBus only.
 */

#ifndef BACKENDS_I2C_SMBUS_H
#define BACKENDS_I2C_SMBUS_H

#include <linux/i2c.h>
#include <stdbool.h>
#include <stddef.h>

struct vd_i2c_msg;

/* Any of these makes an adapter useful. */
#define I2C_SMBUS_ANY \
	(I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE | \
	 I2C_FUNC_SMBUS_BYTE_DATA | I2C_FUNC_SMBUS_WORD_DATA | \
	 I2C_FUNC_SMBUS_PROC_CALL | I2C_FUNC_SMBUS_BLOCK_DATA | \
	 I2C_FUNC_SMBUS_I2C_BLOCK)

/**
 * struct i2c_adapter - an adapter of the kernel
 * @fd:    its device file
 * @funcs: I2C_FUNC_* that it has
 * @force: talk to clients that a driver of the kernel has, too
 */
struct i2c_adapter {
	int fd;
	unsigned long funcs;
	bool force;
};

/**
 * i2c_smbus_transfer() - do what the messages ask for, as one SMBus transfer
 * @adapter: where
 * @msgs:    as struct vd_i2c_backend_ops has it
 * @n:       how many
 *
 * Messages with a packet error code look like others that are a byte longer,
 * and are sent as these if the adapter can.  If it cannot, it is asked to make
 * the code (I2C_FUNC_SMBUS_PEC).
 *
 * Return: 0, -EOPNOTSUPP if the messages are no SMBus transfer, or one that
 *         the adapter cannot do, or the error of the ioctl.
 */
int i2c_smbus_transfer(const struct i2c_adapter *adapter,
		       struct vd_i2c_msg *msgs, size_t n);

#endif
