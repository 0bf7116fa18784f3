/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a program of the host says before it is connected to a guest.  However
 * it is cut into pieces, it means the same, and no more than a line is taken.
 */

#include <errno.h>
#include <string.h>

#include "backends/vsock-handshake.h"
#include "virtio-devices/util.h"

static void expect(bool condition)
{
	if (!condition)
		__builtin_trap();
}

/* Byte by byte, as the socket gives them; this is what the device does. */
static ssize_t parse_slowly(const char *text, size_t len, uint32_t *port)
{
	for (size_t n = 1; n <= len; n++) {
		ssize_t r = vb_handshake_parse(text, n, false, port);

		if (r != 0)
			return r;
	}

	return 0;
}

static void try_answer(uint32_t port)
{
	char buf[VB_HANDSHAKE_ANSWER_MAX];
	size_t len = vb_handshake_answer(port, buf);

	expect(len > 0 && len < sizeof(buf) && buf[len - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = VD_MIN(size, (size_t)VB_HANDSHAKE_MAX);
	uint32_t port = 0, same = 0;
	char text[VB_HANDSHAKE_MAX];
	ssize_t r, whole;

	memcpy(text, data, len);
	r = vb_handshake_parse(text, len, false, &port);
	whole = vb_handshake_parse(text, len, true, &same);
	expect(r >= -EBADMSG && r <= (ssize_t)len && whole <= (ssize_t)len);
	expect(whole != 0);
	if (r != 0)
		expect(whole == r);
	if (r > 0) {
		expect(port == same && port != UINT32_MAX);
		expect(text[r - 1] == '\n');
		try_answer(port);
	}
	expect(len == 0 || parse_slowly(text, len, &same) == r);
	expect(r <= 0 || same == port);

	return 0;
}
