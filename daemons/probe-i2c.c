/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "i2c ...": talk to the devices at an I2C adapter.
 */

#include <errno.h>
#include <stdio.h>

#include "daemons/log.h"
#include "daemons/probe-i2c-driver.h"
#include "daemons/probe-i2c-messages.h"
#include "daemons/probe.h"

/* Addresses that are not reserved for special purposes. */
#define FIRST_ADDR 0x08
#define LAST_ADDR 0x77

/* The transfer that the command line asks for. */
static struct probe_i2c_transfer transfer;

static void print_bytes(const struct probe_i2c_message *message)
{
	for (size_t i = 0; i < message->len; i++)
		printf("%s0x%02x", i ? " " : "", message->data[i]);
	printf("\n");
}

/* Many back-ends know no more of a transfer than that it failed. */
static int transfer_failed(const struct probe *probe, size_t i)
{
	const struct probe_i2c_message *message = &transfer.messages[i];

	log_error(probe->name,
		  "the transfer failed, at the %s 0x%02x (message %zu of "
		  "%zu)%s; see 'i2c detect' for who is there",
		  message->read ? "read from" : "write to", message->addr,
		  i + 1, transfer.n,
		  i + 1 < transfer.n ? " or a later message" : "");

	return -EREMOTEIO;
}

static int run_transfer(struct probe *probe)
{
	struct probe_i2c adapter;
	size_t failed;
	int r;

	r = probe_i2c_start(&adapter, probe, transfer.n);
	if (r < 0)
		return r;
	r = probe_i2c_do(&adapter, &transfer, &failed);
	if (r < 0)
		return r;

	if (failed < transfer.n)
		return transfer_failed(probe, failed);

	for (size_t i = 0; i < transfer.n; i++)
		if (transfer.messages[i].read && transfer.messages[i].len)
			print_bytes(&transfer.messages[i]);

	return 0;
}

/*
 * As i2cdetect(8) does it: a write with no bytes; but a read where memories
 * are, as some of them take such a write for one that changes their contents.
 */
static void ask_for_presence(struct probe_i2c_transfer *question,
			     unsigned int addr)
{
	struct probe_i2c_message *message = &question->messages[0];

	message->addr = (uint8_t)addr;
	message->read = (addr >= 0x30 && addr <= 0x37) ||
			(addr >= 0x50 && addr <= 0x5f);
	message->len = message->read ? 1 : 0;
	question->n = 1;
}

static void print_cell(unsigned int addr, bool present)
{
	if (addr % 16 == 0)
		printf("%s%02x:", addr ? "\n" : "", addr);
	if (addr < FIRST_ADDR || addr > LAST_ADDR)
		printf("   ");
	else if (present)
		printf(" %02x", addr);
	else
		printf(" --");
}

static int run_detect(struct probe *probe)
{
	struct probe_i2c adapter;
	int r;

	r = probe_i2c_start(&adapter, probe, 1);
	if (r < 0)
		return r;

	printf("     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f\n");
	for (unsigned int addr = 0; addr <= LAST_ADDR; addr++) {
		size_t n_answered = 0;

		if (addr >= FIRST_ADDR) {
			ask_for_presence(&transfer, addr);
			r = probe_i2c_do(&adapter, &transfer, &n_answered);
			if (r < 0)
				return r;
		}
		print_cell(addr, n_answered == 1);
	}
	printf("\n");

	return 0;
}

static int parse_transfer(const struct option_strings *arguments,
			  struct options_error *error)
{
	return probe_i2c_parse(arguments, &transfer, error);
}

static int parse_address(const char *word, uint8_t *ret,
			 struct options_error *error)
{
	unsigned int addr;
	int r;

	r = probe_parse_number(word, "address", PROBE_I2C_MAX_ADDR, &addr,
			       error);
	if (r == 0)
		*ret = (uint8_t)addr;

	return r;
}

/* A write of the bytes that the arguments after the address are. */
static int parse_write(const struct option_strings *arguments,
		       struct probe_i2c_message *ret,
		       struct options_error *error)
{
	int r;

	r = parse_address(arguments->items[0], &ret->addr, error);
	if (r < 0)
		return r;

	ret->read = false;
	ret->len = (uint32_t)arguments->n - 1;
	for (size_t i = 0; i < ret->len; i++) {
		unsigned int byte;

		r = probe_parse_number(arguments->items[i + 1], "byte",
				       UINT8_MAX, &byte, error);
		if (r < 0)
			return r;
		ret->data[i] = (uint8_t)byte;
	}

	return 0;
}

static int parse_get(const struct option_strings *arguments,
		     struct options_error *error)
{
	struct probe_i2c_message *read;
	int r;

	if (arguments->n < 1 || arguments->n > 2)
		return options_fail(error, "'i2c get' needs an address, "
					   "and perhaps a register");

	transfer.n = arguments->n;
	r = parse_write(arguments, &transfer.messages[0], error);
	if (r < 0)
		return r;

	/* Without a register there is no write, and the read comes first. */
	read = &transfer.messages[transfer.n - 1];
	read->addr = transfer.messages[0].addr;
	read->read = true;
	read->len = 1;

	return 0;
}

static int parse_set(const struct option_strings *arguments,
		     struct options_error *error)
{
	if (arguments->n < 3)
		return options_fail(error, "'i2c set' needs an address, a "
					   "register and a value");
	if (arguments->n - 1 > PROBE_I2C_MAX_LEN)
		return options_fail(error, "a message has at most %u bytes",
				    PROBE_I2C_MAX_LEN);

	transfer.n = 1;

	return parse_write(arguments, &transfer.messages[0], error);
}

const struct probe_command probe_i2c_detect = {
	.name = "i2c detect",
	.summary = "find the devices at an I2C adapter",
	.run = run_detect,
};

const struct probe_command probe_i2c_transfer = {
	.name = "i2c transfer",
	.summary = "send messages to I2C devices, as one transfer",
	.arguments = "MESSAGE...",
	.parse = parse_transfer,
	.run = run_transfer,
};

const struct probe_command probe_i2c_get = {
	.name = "i2c get",
	.summary = "read a byte from an I2C device, or one of its registers",
	.arguments = "ADDRESS [REGISTER]",
	.parse = parse_get,
	.run = run_transfer,
};

const struct probe_command probe_i2c_set = {
	.name = "i2c set",
	.summary = "write to registers of an I2C device",
	.arguments = "ADDRESS REGISTER VALUE...",
	.parse = parse_set,
	.run = run_transfer,
};
