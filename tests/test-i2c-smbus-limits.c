/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Adapters that know SMBus only: what cannot be done with them.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>

#include "tests/fake-smbus.h"
#include "virtio-devices/util.h"

struct impossible {
	char why[40];
	size_t out;
	size_t in;
	uint8_t bytes[4];
	unsigned long funcs;
};

ParameterizedTestParameters(i2c_smbus, cannot_do)
{
	static struct impossible table[] = {
		{ "a long read without a command", 0, 2, { 0 }, ALL },
		{ "a command with one byte, and a read", 2, 1, { 0 }, ALL },
		{ "a process call with a long answer", 3, 3, { 0 }, ALL },
		{ "a process call with a short answer", 3, 1, { 0 }, ALL },
		{ "a read block of 34 bytes", 1, 34, { 0 }, ALL },
		{ "a block of 33 bytes that is not counted",
		  34,
		  0,
		  { 0, 31 },
		  ALL },
		{ "a block of 34 bytes", 35, 0, { 0, 33 }, ALL },
		{ "no blocks but counted ones, and none",
		  4,
		  0,
		  { 0, 3 },
		  I2C_FUNC_SMBUS_WRITE_BLOCK_DATA },
		{ "no bytes to receive",
		  0,
		  1,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_READ_BYTE },
		{ "no bytes to send",
		  1,
		  0,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_WRITE_BYTE },
		{ "no byte data to write",
		  2,
		  0,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_WRITE_BYTE_DATA },
		{ "no byte data to read",
		  1,
		  1,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_READ_BYTE_DATA },
		{ "no word data to write",
		  3,
		  0,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_WRITE_WORD_DATA },
		{ "no word data to read",
		  1,
		  2,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_READ_WORD_DATA },
		{ "no process calls",
		  3,
		  2,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_PROC_CALL },
		{ "no blocks to write",
		  4,
		  0,
		  { 0, 2 },
		  ALL & ~I2C_FUNC_SMBUS_WRITE_BLOCK_DATA &
			  ~I2C_FUNC_SMBUS_WRITE_I2C_BLOCK },
		{ "no blocks to read",
		  1,
		  3,
		  { 0 },
		  ALL & ~I2C_FUNC_SMBUS_READ_BLOCK_DATA &
			  ~I2C_FUNC_SMBUS_READ_I2C_BLOCK },
	};

	return cr_make_param_array(struct impossible, table,
				   VD_ARRAY_SIZE(table));
}

ParameterizedTest(struct impossible *it, i2c_smbus, cannot_do)
{
	uint8_t out[64] = { 0 }, in[64];
	int r;

	memcpy(out, it->bytes, sizeof(it->bytes));
	if (!it->in)
		r = write_bytes(it->funcs, out, it->out);
	else if (!it->out)
		r = read_bytes(it->funcs, in, it->in);
	else
		r = query(it->funcs, out, it->out, in, it->in);

	cr_assert_eq(r, -EOPNOTSUPP, "%s", it->why);
	cr_assert_eq(adapter.n_transfers, 0, "%s", it->why);
}

Test(i2c_smbus, cannot_do_quick_transfers_without_the_function)
{
	const unsigned long funcs = ALL & ~I2C_FUNC_SMBUS_QUICK;

	cr_assert_eq(write_bytes(funcs, NULL, 0), -EOPNOTSUPP);
	cr_assert_eq(read_bytes(funcs, NULL, 0), -EOPNOTSUPP);
	cr_assert_eq(adapter.n_transfers, 0);
}

/* Two messages, either of which the test may make odd. */
struct pair {
	uint8_t bytes[2];
	struct vd_i2c_msg msgs[3];
};

static void make_pair(struct pair *pair)
{
	*pair = (struct pair){ .bytes = { 0x11 } };
	for (int i = 0; i < 3; i++)
		pair->msgs[i] = (struct vd_i2c_msg){
			.buf = &pair->bytes[i > 0],
			.len = 1,
			.address = ADDRESS,
			.read = i > 0,
		};
}

Test(i2c_smbus, cannot_do_three_messages)
{
	struct pair pair;

	make_pair(&pair);
	cr_assert_eq(transfer(ALL, pair.msgs, 3), -EOPNOTSUPP);
	cr_assert_eq(transfer(ALL, pair.msgs, 2), 0);
}

Test(i2c_smbus, cannot_do_two_messages_for_two_clients)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[1].address++;
	cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_two_writes_or_two_reads)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[1].read = false;
	cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP);
	pair.msgs[0].read = true;
	pair.msgs[1].read = true;
	cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_a_query_without_a_command_or_an_answer)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[0].len = 0;
	pair.msgs[0].buf = NULL;
	cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP);
	make_pair(&pair);
	pair.msgs[1].len = 0;
	cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_10_bits)
{
	for (int i = 0; i < 2; i++) {
		struct pair pair;

		make_pair(&pair);
		pair.msgs[i].ten_bit = true;
		cr_assert_eq(transfer(ALL, pair.msgs, 2), -EOPNOTSUPP,
			     "message %d", i);
	}
	cr_assert_eq(adapter.n_transfers, 0);
}
