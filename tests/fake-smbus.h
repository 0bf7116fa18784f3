/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An adapter that is given SMBus commands, in place of the kernel's.
 */

#ifndef TESTS_FAKE_SMBUS_H
#define TESTS_FAKE_SMBUS_H

#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdbool.h>
#include <string.h>

#include "backends/i2c-smbus.h"
#include "virtio-devices/i2c-backend.h"

#define FD 12345
#define ADDRESS 0x2a
#define ALL I2C_SMBUS_ANY

/* What the adapter was asked, and what it says to that. */
struct fake_smbus {
	unsigned int n_transfers;
	unsigned long slave;
	unsigned long pec;
	unsigned long pec_of_transfer;
	struct i2c_smbus_ioctl_data data;
	union i2c_smbus_data sent;
	union i2c_smbus_data reply;
	int slave_error;
	int error;
};

extern struct fake_smbus adapter;

/* Make a transfer, on an adapter that has these functions. */
static inline int transfer(unsigned long funcs, struct vd_i2c_msg *msgs,
			   size_t n)
{
	const struct i2c_adapter with = { .fd = FD, .funcs = funcs };

	return i2c_smbus_transfer(&with, msgs, n);
}

/* Write some bytes, of which there may be none. */
static inline int write_bytes(unsigned long funcs, const void *bytes,
			      size_t len)
{
	uint8_t buf[64];
	struct vd_i2c_msg msg = {
		.buf = len ? buf : NULL,
		.len = (uint16_t)len,
		.address = ADDRESS,
	};

	if (len)
		memcpy(buf, bytes, len);

	return transfer(funcs, &msg, 1);
}

static inline int read_bytes(unsigned long funcs, uint8_t *bytes, size_t len)
{
	struct vd_i2c_msg msg = {
		.buf = bytes,
		.len = (uint16_t)len,
		.address = ADDRESS,
		.read = true,
	};

	return transfer(funcs, &msg, 1);
}

/* Write some bytes, and read others. */
static inline int query(unsigned long funcs, const void *out, size_t out_len,
			uint8_t *in, size_t in_len)
{
	uint8_t buf[64];
	struct vd_i2c_msg msgs[] = {
		{ .buf = buf, .len = (uint16_t)out_len, .address = ADDRESS },
		{
			.buf = in,
			.len = (uint16_t)in_len,
			.address = ADDRESS,
			.read = true,
		},
	};

	memcpy(buf, out, out_len);

	return transfer(funcs, msgs, 2);
}

/* Was there one transfer, like this? */
static inline bool was(uint8_t read_write, uint8_t command, uint32_t size)
{
	return adapter.n_transfers == 1 && adapter.slave == ADDRESS &&
	       adapter.data.read_write == read_write &&
	       adapter.data.command == command && adapter.data.size == size;
}

#endif
