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

/* Which transfer is it, and can the adapter do it? */
static int plan(unsigned long funcs, const struct vd_i2c_msg *msgs, size_t n,
		struct transfer *ret)
{
	int r;

	r = map(funcs, msgs, n, ret);
	if (r < 0)
		return r;
	if (!(funcs & ret->func) || msgs[0].ten_bit || msgs[n - 1].ten_bit)
		return -EOPNOTSUPP;

	return 0;
}

static int run(const struct i2c_adapter *adapter, struct transfer *transfer,
	       struct vd_i2c_msg *msgs, size_t n)
{
	unsigned long choose = adapter->force ? I2C_SLAVE_FORCE : I2C_SLAVE;
	struct i2c_smbus_ioctl_data data = {
		.read_write = transfer->read,
		.command = transfer->command,
		.size = transfer->size,
		.data = transfer->size == I2C_SMBUS_QUICK ? NULL
							  : &transfer->data,
	};

	if (ioctl(adapter->fd, choose, msgs[0].address) < 0 ||
	    ioctl(adapter->fd, I2C_SMBUS, &data) < 0)
		return -errno;

	if (msgs[n - 1].read && msgs[n - 1].len > 0)
		deliver(transfer, &msgs[n - 1]);

	return 0;
}

static uint8_t crc8(uint8_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int i = 0; i < 8; i++)
		crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 0x07 : 0));

	return crc;
}

/* The packet error code of all bytes on the wire (SMBus 3.1, section 6.4). */
static uint8_t pec(const struct vd_i2c_msg *msgs, size_t n)
{
	uint8_t crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc = crc8(crc, (uint8_t)(msgs[i].address << 1 | msgs[i].read));
		for (size_t j = 0; j < msgs[i].len; j++)
			crc = crc8(crc, msgs[i].buf[j]);
	}

	return crc;
}

/* The last byte may be a code for those before it, which the adapter makes. */
static int transfer_with_pec(const struct i2c_adapter *adapter,
			     const struct vd_i2c_msg *msgs, size_t n)
{
	struct transfer transfer = { 0 };
	struct vd_i2c_msg without[2];
	struct vd_i2c_msg *last;
	int r;

	if (n > VD_ARRAY_SIZE(without) || msgs[n - 1].len < 2)
		return -EOPNOTSUPP;
	without[0] = msgs[0];
	if (n == 2)
		without[1] = msgs[1];
	last = &without[n - 1];
	last->len--;
	if (!last->read && last->buf[last->len] != pec(without, n))
		return -EOPNOTSUPP;

	r = plan(adapter->funcs, without, n, &transfer);
	if (r < 0)
		return r;
	if (ioctl(adapter->fd, I2C_PEC, 1UL) < 0)
		return -errno;
	r = run(adapter, &transfer, without, n);
	(void)ioctl(adapter->fd, I2C_PEC, 0UL);
	if (r == 0 && last->read)
		last->buf[last->len] = pec(without, n);

	return r;
}

int i2c_smbus_transfer(const struct i2c_adapter *adapter,
		       struct vd_i2c_msg *msgs, size_t n)
{
	struct transfer transfer = { 0 };
	int r;

	r = plan(adapter->funcs, msgs, n, &transfer);
	if (r == -EOPNOTSUPP && adapter->funcs & I2C_FUNC_SMBUS_PEC)
		return transfer_with_pec(adapter, msgs, n);
	if (r < 0)
		return r;

	return run(adapter, &transfer, msgs, n);
}
