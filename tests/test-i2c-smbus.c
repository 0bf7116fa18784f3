/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages on an adapter that knows SMBus only.  There is none here, so ioctl()
 * is ours.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/fake-smbus.h"

/* What becomes of writes. */

Test(i2c_smbus, makes_a_quick_write_of_nothing)
{
	cr_assert_eq(write_bytes(I2C_FUNC_SMBUS_QUICK, NULL, 0), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0, I2C_SMBUS_QUICK));
	cr_assert_null(adapter.data.data);
}

Test(i2c_smbus, sends_a_byte)
{
	cr_assert_eq(write_bytes(I2C_FUNC_SMBUS_WRITE_BYTE, "\x11", 1), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_BYTE));
}

Test(i2c_smbus, writes_byte_data)
{
	cr_assert_eq(write_bytes(I2C_FUNC_SMBUS_WRITE_BYTE_DATA, "\x11\x22", 2),
		     0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_BYTE_DATA));
	cr_assert_eq(adapter.sent.byte, 0x22);
}

Test(i2c_smbus, writes_word_data)
{
	cr_assert_eq(
		write_bytes(I2C_FUNC_SMBUS_WRITE_WORD_DATA, "\x11\x22\x83", 3),
		0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_WORD_DATA));
	cr_assert_eq(adapter.sent.word, 0x8322);
}

Test(i2c_smbus, writes_a_block_without_a_count)
{
	cr_assert_eq(write_bytes(I2C_FUNC_SMBUS_WRITE_I2C_BLOCK,
				 "\x11\x22\x33\x44", 4),
		     0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_I2C_BLOCK_DATA));
	cr_assert_arr_eq(adapter.sent.block, "\3\x22\x33\x44", 4);
}

Test(i2c_smbus, writes_a_block_with_a_count)
{
	cr_assert_eq(write_bytes(I2C_FUNC_SMBUS_WRITE_BLOCK_DATA,
				 "\x11\2\x33\x44", 4),
		     0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_BLOCK_DATA));
	cr_assert_arr_eq(adapter.sent.block, "\2\x33\x44", 3);
}

Test(i2c_smbus, writes_the_longest_block_without_a_count)
{
	uint8_t bytes[33] = { 0x11, [32] = 0x99 };

	cr_assert_eq(write_bytes(ALL, bytes, sizeof(bytes)), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_I2C_BLOCK_DATA));
	cr_assert_eq(adapter.sent.block[0], 32);
	cr_assert_eq(adapter.sent.block[32], 0x99);
}

Test(i2c_smbus, writes_the_longest_block_with_a_count)
{
	uint8_t bytes[34] = { 0x11, 32, [33] = 0x99 };

	cr_assert_eq(write_bytes(ALL, bytes, sizeof(bytes)), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_BLOCK_DATA));
	cr_assert_eq(adapter.sent.block[0], 32);
	cr_assert_eq(adapter.sent.block[32], 0x99);
}

/* What becomes of reads. */

Test(i2c_smbus, makes_a_quick_read_of_nothing)
{
	cr_assert_eq(read_bytes(I2C_FUNC_SMBUS_QUICK, NULL, 0), 0);
	cr_assert(was(I2C_SMBUS_READ, 0, I2C_SMBUS_QUICK));
	cr_assert_null(adapter.data.data);
}

Test(i2c_smbus, receives_a_byte)
{
	uint8_t byte;

	adapter.reply.byte = 0x55;
	cr_assert_eq(read_bytes(I2C_FUNC_SMBUS_READ_BYTE, &byte, 1), 0);
	cr_assert(was(I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE));
	cr_assert_eq(byte, 0x55);
}

Test(i2c_smbus, reads_byte_data)
{
	uint8_t byte;

	adapter.reply.byte = 0x55;
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_BYTE_DATA, "\x11", 1, &byte, 1),
		     0);
	cr_assert(was(I2C_SMBUS_READ, 0x11, I2C_SMBUS_BYTE_DATA));
	cr_assert_eq(byte, 0x55);
}

Test(i2c_smbus, reads_word_data)
{
	uint8_t bytes[2];

	adapter.reply.word = 0x8344;
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_WORD_DATA, "\x11", 1, bytes, 2),
		     0);
	cr_assert(was(I2C_SMBUS_READ, 0x11, I2C_SMBUS_WORD_DATA));
	cr_assert_arr_eq(bytes, "\x44\x83", 2);
}

Test(i2c_smbus, makes_a_process_call)
{
	uint8_t bytes[2];

	adapter.reply.word = 0x8344;
	cr_assert_eq(
		query(I2C_FUNC_SMBUS_PROC_CALL, "\x11\x22\x93", 3, bytes, 2),
		0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x11, I2C_SMBUS_PROC_CALL));
	cr_assert_eq(adapter.sent.word, 0x9322);
	cr_assert_arr_eq(bytes, "\x44\x83", 2);
}

Test(i2c_smbus, reads_a_block_without_a_count)
{
	uint8_t bytes[4] = { [3] = 0xaa };

	memcpy(adapter.reply.block, "\3\x22\x33\x44", 4);
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_I2C_BLOCK, "\x11", 1, bytes, 3),
		     0);
	cr_assert(was(I2C_SMBUS_READ, 0x11, I2C_SMBUS_I2C_BLOCK_DATA));
	cr_assert_eq(adapter.sent.block[0], 3, "it has to know how many");
	cr_assert_arr_eq(bytes, "\x22\x33\x44\xaa", 4);
}

Test(i2c_smbus, reads_a_block_with_a_count)
{
	uint8_t bytes[4] = { [3] = 0xaa };

	memcpy(adapter.reply.block, "\2\x33\x44", 3);
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_BLOCK_DATA, "\x11", 1, bytes, 3),
		     0);
	cr_assert(was(I2C_SMBUS_READ, 0x11, I2C_SMBUS_BLOCK_DATA));
	cr_assert_arr_eq(bytes, "\2\x33\x44\xaa", 4);
}

Test(i2c_smbus, gives_zeros_behind_a_block_that_is_shorter)
{
	uint8_t bytes[] = { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa };

	memcpy(adapter.reply.block, "\2\x33\x44\x55\x66", 5);
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_BLOCK_DATA, "\x11", 1, bytes, 5),
		     0);
	cr_assert_arr_eq(bytes, "\2\x33\x44\0\0", 5);
}

Test(i2c_smbus, cuts_a_block_that_is_longer)
{
	uint8_t bytes[4] = { [3] = 0xaa };

	memcpy(adapter.reply.block, "\4\x33\x44\x55\x66", 5);
	cr_assert_eq(query(I2C_FUNC_SMBUS_READ_BLOCK_DATA, "\x11", 1, bytes, 3),
		     0);
	cr_assert_arr_eq(bytes, "\4\x33\x44\xaa", 4);
}

Test(i2c_smbus, reads_the_longest_blocks)
{
	uint8_t bytes[33];

	adapter.reply.block[0] = 32;
	adapter.reply.block[32] = 0x99;
	cr_assert_eq(query(ALL, "\x11", 1, bytes, 32), 0);
	cr_assert_eq(adapter.data.size, I2C_SMBUS_I2C_BLOCK_DATA);
	cr_assert_eq(bytes[31], 0x99);
	cr_assert_eq(query(ALL, "\x11", 1, bytes, 33), 0);
	cr_assert_eq(adapter.data.size, I2C_SMBUS_BLOCK_DATA);
	cr_assert_eq(bytes[32], 0x99);
}

/* What fails. */

Test(i2c_smbus, does_not_touch_a_client_that_the_kernel_keeps)
{
	adapter.slave_error = EBUSY;
	cr_assert_eq(write_bytes(ALL, "\x11", 1), -EBUSY);
	cr_assert_eq(adapter.n_transfers, 0);
}

Test(i2c_smbus, uses_a_client_that_the_kernel_keeps_if_it_has_to)
{
	const struct i2c_adapter forced = {
		.fd = FD,
		.funcs = ALL,
		.force = true,
	};
	struct vd_i2c_msg msg = { .address = ADDRESS };

	adapter.slave_error = EBUSY;
	cr_assert_eq(i2c_smbus_transfer(&forced, &msg, 1), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0, I2C_SMBUS_QUICK));
}

Test(i2c_smbus, passes_on_the_error_of_the_adapter)
{
	uint8_t byte = 0xaa;

	adapter.error = ENXIO;
	adapter.reply.byte = 0x55;
	cr_assert_eq(read_bytes(ALL, &byte, 1), -ENXIO);
	cr_assert_eq(byte, 0xaa);
}
