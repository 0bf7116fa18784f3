/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "backends/vsock-handshake.h"
#include "virtio-devices/util.h"

/* VMADDR_PORT_ANY is no port. */
#define MAX_PORT (UINT32_MAX - 1)

static const char word[] = "CONNECT ";

/* Do the bytes begin like the word? */
static bool is_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < sizeof(word) - 1; i++) {
		if (toupper((unsigned char)text[i]) != word[i])
			return false;
	}

	return true;
}

/* Returns how many digits there are, or -EBADMSG if that is no port. */
static ssize_t parse_port(const char *text, size_t len, uint32_t *port)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; n < len && isdigit((unsigned char)text[n]); n++) {
		value = value * 10 + (uint64_t)(text[n] - '0');
		if (value > MAX_PORT)
			return -EBADMSG;
	}
	*port = (uint32_t)value;

	return (ssize_t)n;
}

/* Returns the length of the end of the line, 0 if it is not there, or -EBADMSG. */
static ssize_t parse_end(const char *text, size_t len, bool whole)
{
	bool carriage_return = len > 0 && text[0] == '\r';

	if (len == carriage_return)
		return whole ? (ssize_t)len : 0;
	if (text[carriage_return] != '\n')
		return -EBADMSG;

	return carriage_return + 1;
}

ssize_t vb_handshake_parse(const char *text, size_t len, bool whole,
			   uint32_t *port)
{
	size_t at = sizeof(word) - 1;
	ssize_t digits, end;

	if (!is_word(text, len))
		return -EBADMSG;
	if (len <= at)
		return whole ? -EBADMSG : 0;

	digits = parse_port(text + at, len - at, port);
	if (digits <= 0)
		return -EBADMSG;
	at += (size_t)digits;

	/* However many zeroes are in front of it. */
	if (at > VB_HANDSHAKE_MAX - 2)
		return -EBADMSG;

	end = parse_end(text + at, len - at, whole);
	if (end < 0)
		return end;

	return end || whole ? (ssize_t)at + end : 0;
}

size_t vb_handshake_answer(uint32_t port, char buf[VB_HANDSHAKE_ANSWER_MAX])
{
	return (size_t)snprintf(buf, VB_HANDSHAKE_ANSWER_MAX, "OK %u\n", port);
}
