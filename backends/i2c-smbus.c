/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * On the wire, an SMBus transfer is one or two I2C messages.  Here the way goes
 * back: from the messages to the transfer that looks the same on the wire.
 */

#include <errno.h>
#include <linux/i2c-dev.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "backends/i2c-smbus.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

/**
 * struct transfer - what the ioctl is to do
 * @func:    I2C_FUNC_* that it needs
 * @read:    I2C_SMBUS_READ or I2C_SMBUS_WRITE
 * @command: the command byte
 * @size:    I2C_SMBUS_*: the kind of transfer
 * @data:    to be written, or that was read
 */
struct transfer {
	unsigned long func;
	uint8_t read;
	uint8_t command;
	uint32_t size;
	union i2c_smbus_data data;
};

static void set_word(struct transfer *transfer, const uint8_t *bytes)
{
	transfer->data.word = (uint16_t)(bytes[0] | bytes[1] << 8);
}

/* A command, and bytes; whether the first of these is their count or not. */
static int map_block_write(unsigned long funcs, const struct vd_i2c_msg *msg,
			   struct transfer *ret)
{
	const uint8_t *bytes = msg->buf + 1;
	size_t len = msg->len - 1U;

	if (funcs & I2C_FUNC_SMBUS_WRITE_I2C_BLOCK &&
	    len <= I2C_SMBUS_BLOCK_MAX) {
		ret->func = I2C_FUNC_SMBUS_WRITE_I2C_BLOCK;
		ret->size = I2C_SMBUS_I2C_BLOCK_DATA;
		ret->data.block[0] = (uint8_t)len;
		memcpy(ret->data.block + 1, bytes, len);
		return 0;
	}

	if (bytes[0] != len - 1 || len - 1 > I2C_SMBUS_BLOCK_MAX)
		return -EOPNOTSUPP;

	ret->func = I2C_FUNC_SMBUS_WRITE_BLOCK_DATA;
	ret->size = I2C_SMBUS_BLOCK_DATA;
	memcpy(ret->data.block, bytes, len);
	ret->data.block[0] = (uint8_t)(len - 1);

	return 0;
}

static int map_write(unsigned long funcs, const struct vd_i2c_msg *msg,
		     struct transfer *ret)
{
	ret->read = I2C_SMBUS_WRITE;
	if (msg->len > 0)
		ret->command = msg->buf[0];

	switch (msg->len) {
	case 0:
		ret->func = I2C_FUNC_SMBUS_QUICK;
		ret->size = I2C_SMBUS_QUICK;
		return 0;
	case 1:
		ret->func = I2C_FUNC_SMBUS_WRITE_BYTE;
		ret->size = I2C_SMBUS_BYTE;
		return 0;
	case 2:
		ret->func = I2C_FUNC_SMBUS_WRITE_BYTE_DATA;
		ret->size = I2C_SMBUS_BYTE_DATA;
		ret->data.byte = msg->buf[1];
		return 0;
	case 3:
		ret->func = I2C_FUNC_SMBUS_WRITE_WORD_DATA;
		ret->size = I2C_SMBUS_WORD_DATA;
		set_word(ret, msg->buf + 1);
		return 0;
	default:
		return map_block_write(funcs, msg, ret);
	}
}

static int map_read(const struct vd_i2c_msg *msg, struct transfer *ret)
{
	ret->read = I2C_SMBUS_READ;

	switch (msg->len) {
	case 0:
		ret->func = I2C_FUNC_SMBUS_QUICK;
		ret->size = I2C_SMBUS_QUICK;
		return 0;
	case 1:
		ret->func = I2C_FUNC_SMBUS_READ_BYTE;
		ret->size = I2C_SMBUS_BYTE;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* A command is written, and an answer read. */
static int map_query(unsigned long funcs, const struct vd_i2c_msg *command,
		     const struct vd_i2c_msg *answer, struct transfer *ret)
{
	ret->read = I2C_SMBUS_READ;
	ret->command = command->buf[0];

	if (command->len == 3 && answer->len == 2) {
		ret->func = I2C_FUNC_SMBUS_PROC_CALL;
		ret->read = I2C_SMBUS_WRITE;
		ret->size = I2C_SMBUS_PROC_CALL;
		set_word(ret, command->buf + 1);
		return 0;
	}
	if (command->len != 1)
		return -EOPNOTSUPP;

	switch (answer->len) {
	case 0:
		return -EOPNOTSUPP;
	case 1:
		ret->func = I2C_FUNC_SMBUS_READ_BYTE_DATA;
		ret->size = I2C_SMBUS_BYTE_DATA;
		return 0;
	case 2:
		ret->func = I2C_FUNC_SMBUS_READ_WORD_DATA;
		ret->size = I2C_SMBUS_WORD_DATA;
		return 0;
	}

	if (funcs & I2C_FUNC_SMBUS_READ_I2C_BLOCK &&
	    answer->len <= I2C_SMBUS_BLOCK_MAX) {
		ret->func = I2C_FUNC_SMBUS_READ_I2C_BLOCK;
		ret->size = I2C_SMBUS_I2C_BLOCK_DATA;
		ret->data.block[0] = (uint8_t)answer->len;
		return 0;
	}

	ret->func = I2C_FUNC_SMBUS_READ_BLOCK_DATA;
	ret->size = I2C_SMBUS_BLOCK_DATA;

	return answer->len <= I2C_SMBUS_BLOCK_MAX + 1 ? 0 : -EOPNOTSUPP;
}

static int map(unsigned long funcs, const struct vd_i2c_msg *msgs, size_t n,
	       struct transfer *ret)
{
	if (n == 1)
		return msgs[0].read ? map_read(&msgs[0], ret)
				    : map_write(funcs, &msgs[0], ret);
	if (n == 2 && !msgs[0].read && msgs[1].read && msgs[0].len > 0 &&
	    msgs[0].address == msgs[1].address)
		return map_query(funcs, &msgs[0], &msgs[1], ret);

	return -EOPNOTSUPP;
}

/* What was read, to where the guest wants it. */
static void deliver(const struct transfer *transfer, struct vd_i2c_msg *msg)
{
	const uint8_t *block = transfer->data.block;

	memset(msg->buf, 0, msg->len);

	switch (transfer->size) {
	case I2C_SMBUS_BYTE:
	case I2C_SMBUS_BYTE_DATA:
		msg->buf[0] = transfer->data.byte;
		break;
	case I2C_SMBUS_WORD_DATA:
	case I2C_SMBUS_PROC_CALL:
		msg->buf[0] = (uint8_t)transfer->data.word;
		msg->buf[1] = (uint8_t)(transfer->data.word >> 8);
		break;
	case I2C_SMBUS_I2C_BLOCK_DATA:
		memcpy(msg->buf, block + 1, VD_MIN(msg->len, block[0]));
		break;
	default:
		/* The count is a byte on the wire, too. */
		memcpy(msg->buf, block, VD_MIN(msg->len, block[0] + 1));
		break;
	}
}

int i2c_smbus_transfer(int fd, unsigned long funcs, struct vd_i2c_msg *msgs,
		       size_t n)
{
	struct transfer transfer = { 0 };
	struct i2c_smbus_ioctl_data data;
	int r;

	r = map(funcs, msgs, n, &transfer);
	if (r < 0)
		return r;
	if (!(funcs & transfer.func) || msgs[0].ten_bit || msgs[n - 1].ten_bit)
		return -EOPNOTSUPP;

	if (ioctl(fd, I2C_SLAVE, msgs[0].address) < 0)
		return -errno;

	data = (struct i2c_smbus_ioctl_data){
		.read_write = transfer.read,
		.command = transfer.command,
		.size = transfer.size,
		.data = transfer.size == I2C_SMBUS_QUICK ? NULL
							 : &transfer.data,
	};
	if (ioctl(fd, I2C_SMBUS, &data) < 0)
		return -errno;

	if (msgs[n - 1].read && msgs[n - 1].len > 0)
		deliver(&transfer, &msgs[n - 1]);

	return 0;
}
