/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Packet error codes.  With the address 0x2a, 0x54 and 0x55 on the wire, they
 * were calculated with another program.
 */

#include <criterion/criterion.h>
#include <errno.h>

#include "tests/fake-smbus.h"

#define PEC_WRITE_WORD 0xd5
#define PEC_READ_WORD 0x25
#define PEC_RECEIVE 0x0f
#define PEC_CALL 0x98

#define WORDS \
	(I2C_FUNC_SMBUS_WORD_DATA | I2C_FUNC_SMBUS_PROC_CALL | \
	 I2C_FUNC_SMBUS_BYTE)

/* Was there a code in this transfer, and is there none in the next one? */
static bool had_pec(void)
{
	return adapter.pec_of_transfer == 1 && adapter.pec == 0;
}

Test(i2c_smbus, writes_a_word_with_a_code)
{
	const uint8_t bytes[] = { 0x10, 0x34, 0x12, PEC_WRITE_WORD };

	cr_assert_eq(write_bytes(WORDS | I2C_FUNC_SMBUS_PEC, bytes, 4), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x10, I2C_SMBUS_WORD_DATA));
	cr_assert_eq(adapter.sent.word, 0x1234);
	cr_assert(had_pec());
}

Test(i2c_smbus, reads_a_word_with_a_code)
{
	uint8_t in[3];

	adapter.reply.word = 0x1234;
	cr_assert_eq(query(WORDS | I2C_FUNC_SMBUS_PEC, "\x10", 1, in, 3), 0);
	cr_assert(was(I2C_SMBUS_READ, 0x10, I2C_SMBUS_WORD_DATA));
	cr_assert_eq(in[0], 0x34);
	cr_assert_eq(in[1], 0x12);
	cr_assert_eq(in[2], PEC_READ_WORD);
	cr_assert(had_pec());
}

Test(i2c_smbus, receives_a_byte_with_a_code)
{
	uint8_t in[2];

	adapter.reply.byte = 0x77;
	cr_assert_eq(read_bytes(WORDS | I2C_FUNC_SMBUS_PEC, in, 2), 0);
	cr_assert(was(I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE));
	cr_assert_eq(in[0], 0x77);
	cr_assert_eq(in[1], PEC_RECEIVE);
	cr_assert(had_pec());
}

Test(i2c_smbus, makes_a_process_call_with_a_code)
{
	uint8_t in[3];

	adapter.reply.word = 0x1234;
	cr_assert_eq(
		query(WORDS | I2C_FUNC_SMBUS_PEC, "\x10\x02\x01", 3, in, 3), 0);
	cr_assert(was(I2C_SMBUS_WRITE, 0x10, I2C_SMBUS_PROC_CALL));
	cr_assert_eq(in[2], PEC_CALL);
	cr_assert(had_pec());
}

Test(i2c_smbus, does_not_take_any_byte_for_a_code)
{
	const uint8_t bytes[] = { 0x10, 0x34, 0x12, PEC_WRITE_WORD ^ 1 };

	cr_assert_eq(write_bytes(WORDS | I2C_FUNC_SMBUS_PEC, bytes, 4),
		     -EOPNOTSUPP);
	cr_assert_eq(adapter.n_transfers, 0);
}

Test(i2c_smbus, makes_no_code_if_the_adapter_cannot)
{
	const uint8_t bytes[] = { 0x10, 0x34, 0x12, PEC_WRITE_WORD };

	cr_assert_eq(write_bytes(WORDS, bytes, 4), -EOPNOTSUPP);
	cr_assert_eq(adapter.n_transfers, 0);
}

Test(i2c_smbus, passes_a_code_on_where_it_looks_like_data)
{
	const uint8_t bytes[] = { 0x10, 0x34, 0x12, PEC_WRITE_WORD };

	cr_assert_eq(write_bytes(ALL | I2C_FUNC_SMBUS_PEC, bytes, 4), 0);
	cr_assert_eq(adapter.data.size, I2C_SMBUS_I2C_BLOCK_DATA);
	cr_assert_eq(adapter.sent.block[3], PEC_WRITE_WORD);
	cr_assert_eq(adapter.pec_of_transfer, 0);
}

Test(i2c_smbus, makes_no_more_codes_after_an_error)
{
	uint8_t in[3];

	adapter.error = EBADMSG;
	cr_assert_eq(query(WORDS | I2C_FUNC_SMBUS_PEC, "\x10", 1, in, 3),
		     -EBADMSG);
	cr_assert(had_pec());
}
