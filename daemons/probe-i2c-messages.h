/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * I2C messages as words of a command line, in the syntax of i2ctransfer(8).
 */

#ifndef DAEMONS_PROBE_I2C_MESSAGES_H
#define DAEMONS_PROBE_I2C_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/options.h"

/* What Linux allows in one transfer: I2C_RDWR_IOCTL_MAX_MSGS, and i2c-dev. */
#define PROBE_I2C_MAX_MESSAGES 42
#define PROBE_I2C_MAX_LEN 8192

/* Addresses have 7 bits. */
#define PROBE_I2C_MAX_ADDR 0x7f

/**
 * struct probe_i2c_message - one message of a transfer
 * @addr: 7 bits
 * @read: or else it is a write
 * @len:  bytes
 * @data: those to write, or those that were read
 */
struct probe_i2c_message {
	uint8_t addr;
	bool read;
	uint32_t len;
	uint8_t data[PROBE_I2C_MAX_LEN];
};

/**
 * struct probe_i2c_transfer - messages that a START links to the one before
 * @messages: the first @n of them count
 * @n:        how many
 */
struct probe_i2c_transfer {
	struct probe_i2c_message messages[PROBE_I2C_MAX_MESSAGES];
	size_t n;
};

/**
 * probe_i2c_parse() - read the words of "i2c transfer"
 * @words: "rLENGTH[@ADDRESS]", or "wLENGTH[@ADDRESS]" with as many bytes after
 *         it.  A byte that ends in '=', '+' or '-' stands for all that follow:
 *         the same, or one more or less each time
 * @ret:   the transfer; its contents are undefined on failure
 * @error: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int probe_i2c_parse(const struct option_strings *words,
		    struct probe_i2c_transfer *ret,
		    struct options_error *error);

#endif
