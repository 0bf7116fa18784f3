/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What comes over a vsock connection, on its way to the probe's output.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemons/probe-vsock-output.h"

static struct probe_vsock_output output;
static int pipe_fds[2];

static void open_output(void)
{
	memset(&output, 0, sizeof(output));
	cr_assert_eq(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
}

TestSuite(probe_vsock_output, .init = open_output);

static void expect_output(const char *text)
{
	char buf[64] = "";

	cr_assert_eq(read(pipe_fds[0], buf, sizeof(buf) - 1),
		     (ssize_t)strlen(text));
	cr_assert_str_eq(buf, text);
}

Test(probe_vsock_output, is_written_as_it_comes)
{
	cr_assert_not(probe_vsock_output_ready(&output));
	probe_vsock_output_add(&output, "abc", 3, false);
	probe_vsock_output_add(&output, "def", 3, false);

	cr_assert(probe_vsock_output_ready(&output));
	cr_assert_eq(probe_vsock_output_write(&output, pipe_fds[1]), 6);
	expect_output("abcdef");
	cr_assert_not(probe_vsock_output_ready(&output));
}

Test(probe_vsock_output, is_written_message_by_message)
{
	output.has_messages = true;
	probe_vsock_output_add(&output, "ab", 2, false);
	cr_assert_not(probe_vsock_output_ready(&output));
	probe_vsock_output_add(&output, "c", 1, true);
	probe_vsock_output_add(&output, "def", 3, true);

	cr_assert_eq(probe_vsock_output_write(&output, pipe_fds[1]), 3);
	expect_output("abc");
	cr_assert_eq(probe_vsock_output_write(&output, pipe_fds[1]), 3);
	expect_output("def");
}

Test(probe_vsock_output, waits_until_it_can_be_written)
{
	char full[4096] = "";

	while (write(pipe_fds[1], full, sizeof(full)) > 0)
		;
	probe_vsock_output_add(&output, "abc", 3, false);

	cr_assert_eq(probe_vsock_output_write(&output, pipe_fds[1]), 0);
	cr_assert(probe_vsock_output_ready(&output));
}

Test(probe_vsock_output, says_why_it_cannot_be_written)
{
	probe_vsock_output_add(&output, "abc", 3, false);

	cr_assert_eq(probe_vsock_output_write(&output, -1), -EBADF);
}

/* As much as the peer may send, at any time. */
Test(probe_vsock_output, has_room_for_all_that_may_come)
{
	static char chunk[PROBE_VSOCK_ROOM / 2];
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int i = 0; i < 20; i++) {
		size_t free = PROBE_VSOCK_ROOM - output.len;

		memset(chunk, i, sizeof(chunk));
		if (free >= sizeof(chunk))
			probe_vsock_output_add(&output, chunk, sizeof(chunk),
					       false);
		for (int k = 0; k < 31; k++)
			probe_vsock_output_write(&output, fd);
	}
	cr_assert_leq(output.at + output.len, sizeof(output.bytes));
	cr_assert_eq(output.bytes[output.at + output.len - 1], 19);
	close(fd);
}
