/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The syntax of i2ctransfer(8), without what needs a length from the device
 * ("r?") and without pseudo-random bytes ("p").
 */

#include "daemons/probe-i2c-messages.h"

#include <string.h>

#include "daemons/probe.h"

/**
 * struct reader - where we are in the command line
 * @words: all of them
 * @next:  the first one that was not read
 * @error: says what is wrong
 */
struct reader {
	const struct option_strings *words;
	size_t next;
	struct options_error *error;
};

static const char *next_word(struct reader *reader)
{
	return reader->next < reader->words->n
		       ? reader->words->items[reader->next++]
		       : NULL;
}

/* "r2@0x50"; without an address it is that of the message before. */
static int parse_head(const char *word, const struct probe_i2c_message *before,
		      struct probe_i2c_message *ret,
		      struct options_error *error)
{
	unsigned int addr, len;
	const char *rest;

	if (word[0] != 'r' && word[0] != 'w')
		return options_fail(error,
				    "'%.100s' is no message; each begins "
				    "with 'r' or 'w', as in 'w1@0x50'",
				    word);

	rest = probe_scan_number(word + 1, PROBE_I2C_MAX_LEN, &len);
	if (!rest || (*rest != '\0' && *rest != '@'))
		return options_fail(error,
				    "'%.100s' needs a length of at most "
				    "%u after its first letter",
				    word, PROBE_I2C_MAX_LEN);

	if (*rest == '@') {
		int r = probe_parse_number(rest + 1, "address",
					   PROBE_I2C_MAX_ADDR, &addr, error);

		if (r < 0)
			return r;
	} else if (before) {
		addr = before->addr;
	} else {
		return options_fail(error,
				    "'%.100s' needs an address, as it is "
				    "the first message: %.100s@ADDRESS",
				    word, word);
	}

	ret->addr = (uint8_t)addr;
	ret->read = word[0] == 'r';
	ret->len = len;

	return 0;
}

/* A byte, and what each of those that it stands for adds to the one before. */
static int parse_byte(const char *word, uint8_t *ret, char *suffix,
		      struct options_error *error)
{
	unsigned int byte;
	const char *rest = probe_scan_number(word, UINT8_MAX, &byte);

	if (!rest || (*rest && (!strchr("=+-", *rest) || rest[1])))
		return options_fail(error,
				    "'%.100s' is no byte; it is a number "
				    "of at most 255",
				    word);
	*ret = (uint8_t)byte;
	*suffix = *rest;

	return 0;
}

static void fill(struct probe_i2c_message *message, size_t from, char suffix)
{
	int step = suffix == '+' ? 1 : suffix == '-' ? -1 : 0;

	for (size_t i = from; i < message->len; i++)
		message->data[i] = (uint8_t)(message->data[i - 1] + step);
}

static int parse_bytes(struct reader *reader, struct probe_i2c_message *message)
{
	for (size_t i = 0; i < message->len; i++) {
		const char *word = next_word(reader);
		char suffix = '\0';
		int r;

		if (!word)
			return options_fail(
				reader->error,
				"the write to 0x%02x has a length of %u, but "
				"the number of bytes after it is %zu",
				message->addr, message->len, i);
		r = parse_byte(word, &message->data[i], &suffix, reader->error);
		if (r < 0)
			return r;
		if (suffix) {
			fill(message, i + 1, suffix);
			break;
		}
	}

	return 0;
}

int probe_i2c_parse(const struct option_strings *words,
		    struct probe_i2c_transfer *ret, struct options_error *error)
{
	struct reader reader = { .words = words, .error = error };
	const struct probe_i2c_message *before = NULL;
	const char *word;

	ret->n = 0;
	while ((word = next_word(&reader))) {
		struct probe_i2c_message *message;
		int r;

		if (ret->n == PROBE_I2C_MAX_MESSAGES)
			return options_fail(error,
					    "a transfer has at most %u "
					    "messages",
					    PROBE_I2C_MAX_MESSAGES);
		message = &ret->messages[ret->n++];
		r = parse_head(word, before, message, error);
		if (r == 0 && !message->read)
			r = parse_bytes(&reader, message);
		if (r < 0)
			return r;
		before = message;
	}

	return ret->n ? 0
		      : options_fail(error, "a message is needed, such as "
					    "r1@0x50");
}
