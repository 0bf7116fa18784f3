/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages on an adapter that knows SMBus only.  There is none here, so ioctl()
 * is ours.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/i2c-smbus.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

#define FD 12345
#define ADDRESS 0x2a
#define ALL I2C_SMBUS_ANY

/* What the adapter was asked, and what it says to that. */
static struct {
	unsigned int n_transfers;
	unsigned long slave;
	unsigned long pec;
	unsigned long pec_of_transfer;
	struct i2c_smbus_ioctl_data data;
	union i2c_smbus_data sent;
	union i2c_smbus_data reply;
	int slave_error;
	int error;
} adapter;

static int result(int error)
{
	errno = error;
	return error ? -1 : 0;
}

static int transfer(const struct i2c_smbus_ioctl_data *data)
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
		return transfer((struct i2c_smbus_ioctl_data *)arg);
	if (request == I2C_PEC) {
		adapter.pec = arg;
		return 0;
	}
	if (request != I2C_SLAVE)
		return result(ENOTTY);

	adapter.slave = arg;

	return result(adapter.slave_error);
}

/* Write some bytes, of which there may be none. */
static int write_bytes(unsigned long funcs, const void *bytes, size_t len)
{
	uint8_t buf[64];
	struct vd_i2c_msg msg = {
		.buf = len ? buf : NULL,
		.len = (uint16_t)len,
		.address = ADDRESS,
	};

	if (len)
		memcpy(buf, bytes, len);

	return i2c_smbus_transfer(FD, funcs, &msg, 1);
}

static int read_bytes(unsigned long funcs, uint8_t *bytes, size_t len)
{
	struct vd_i2c_msg msg = {
		.buf = bytes,
		.len = (uint16_t)len,
		.address = ADDRESS,
		.read = true,
	};

	return i2c_smbus_transfer(FD, funcs, &msg, 1);
}

/* Write some bytes, and read others. */
static int query(unsigned long funcs, const void *out, size_t out_len,
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

	return i2c_smbus_transfer(FD, funcs, msgs, 2);
}

/* Was there one transfer, like this? */
static bool was(uint8_t read_write, uint8_t command, uint32_t size)
{
	return adapter.n_transfers == 1 && adapter.slave == ADDRESS &&
	       adapter.data.read_write == read_write &&
	       adapter.data.command == command && adapter.data.size == size;
}

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

/* What cannot be done. */

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
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 3), -EOPNOTSUPP);
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), 0);
}

Test(i2c_smbus, cannot_do_two_messages_for_two_clients)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[1].address++;
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_two_writes_or_two_reads)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[1].read = false;
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), -EOPNOTSUPP);
	pair.msgs[0].read = true;
	pair.msgs[1].read = true;
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_a_query_without_a_command_or_an_answer)
{
	struct pair pair;

	make_pair(&pair);
	pair.msgs[0].len = 0;
	pair.msgs[0].buf = NULL;
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), -EOPNOTSUPP);
	make_pair(&pair);
	pair.msgs[1].len = 0;
	cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2), -EOPNOTSUPP);
}

Test(i2c_smbus, cannot_do_10_bits)
{
	for (int i = 0; i < 2; i++) {
		struct pair pair;

		make_pair(&pair);
		pair.msgs[i].ten_bit = true;
		cr_assert_eq(i2c_smbus_transfer(FD, ALL, pair.msgs, 2),
			     -EOPNOTSUPP, "message %d", i);
	}
	cr_assert_eq(adapter.n_transfers, 0);
}

/*
 * Packet error codes.  With the address 0x2a, 0x54 and 0x55 on the wire, they
 * were calculated with another program.
 */

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

/* What fails. */

Test(i2c_smbus, does_not_touch_a_client_that_the_kernel_keeps)
{
	adapter.slave_error = EBUSY;
	cr_assert_eq(write_bytes(ALL, "\x11", 1), -EBUSY);
	cr_assert_eq(adapter.n_transfers, 0);
}

Test(i2c_smbus, passes_on_the_error_of_the_adapter)
{
	uint8_t byte = 0xaa;

	adapter.error = ENXIO;
	adapter.reply.byte = 0x55;
	cr_assert_eq(read_bytes(ALL, &byte, 1), -ENXIO);
	cr_assert_eq(byte, 0xaa);
}
