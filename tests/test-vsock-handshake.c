/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a program of the host says before it is connected to the guest: whole,
 * in pieces, too much, not enough, or nothing at all.
 */

#include "vsock-unix-test.h"

#include <criterion/parameterized.h>
#include <sys/resource.h>

#include "backends/vsock-handshake.h"

static const char line[] = "CONNECT 1234\n";

/* More programs than may be silent at a time. */
#define CROWD 70

TestSuite(vsock_handshake, .init = setup, .fini = teardown);

Test(vsock_handshake, connects_a_program_to_the_guest)
{
	int fd = connect_to("", SOCK_STREAM);

	establish(fd);
	close(fd);
}

Test(vsock_handshake, may_come_byte_by_byte)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request;

	for (size_t i = 0; line[i]; i++) {
		cr_assert(fake_guest_hears_nothing(&guest));
		cr_assert_eq(send(fd, line + i, 1, 0), 1);
		wait_for_loop(1000);
		step();
	}
	request = expect_packet(OP(REQUEST), NULL);
	cr_assert_eq(request.dst_port, 1234);
	close(fd);
}

Test(vsock_handshake, may_be_in_lower_case_and_end_as_in_telnet)
{
	int fd = connect_to("", SOCK_STREAM);

	say(fd, "connect 4294967294\r\n");
	cr_assert_eq(expect_packet(OP(REQUEST), NULL).dst_port, 4294967294);
	close(fd);
}

Test(vsock_handshake, leaves_what_comes_behind_it_to_the_guest)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request;

	say(fd, "CONNECT 1234\nand more");
	request = expect_packet(OP(REQUEST), NULL);
	step();
	cr_assert(fake_guest_hears_nothing(&guest));
	send_op(&request, OP(RESPONSE));
	expect_payload("and more");
	close(fd);
}

Test(vsock_handshake, loses_nothing_when_the_program_has_gone_at_once)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request;

	say(fd, "CONNECT 1234\nlast words");
	close(fd);
	request = expect_packet(OP(REQUEST), NULL);
	send_op(&request, OP(RESPONSE));
	expect_payload("last words");
	expect_packet(OP(SHUTDOWN), NULL);
}

Test(vsock_handshake, ends_when_the_guest_refuses)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request;

	say(fd, line);
	request = expect_packet(OP(REQUEST), NULL);
	send_op(&request, OP(RST));
	expect_end(fd);
	close(fd);
}

Test(vsock_handshake, ends_while_the_guest_does_not_run)
{
	int fd = connect_to("", SOCK_STREAM);

	fake_guest_stop(&guest);
	say(fd, line);
	expect_end(fd);
	close(fd);
	start_guest();
}

Test(vsock_handshake, may_be_broken_off_anywhere)
{
	size_t before = count_fds();

	for (size_t len = 0; len < sizeof(line) - 1; len++) {
		int fd = connect_to("", SOCK_STREAM);

		cr_assert_eq(send(fd, line, len, 0), (ssize_t)len);
		if (len % 2)
			step();
		close(fd);
		WAIT_FOR(count_fds() == before);
	}
	cr_assert(fake_guest_hears_nothing(&guest));
}

Test(vsock_handshake, is_not_waited_for_much_longer_than_two_seconds)
{
	uint64_t start = vb_loop_now(loop);
	int fds[sizeof(line) - 1];

	for (size_t len = 0; len < VD_ARRAY_SIZE(fds); len++) {
		fds[len] = connect_to("", SOCK_STREAM);
		cr_assert_eq(send(fds[len], line, len, 0), (ssize_t)len);
	}
	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++) {
		expect_end(fds[i]);
		close(fds[i]);
	}
	cr_assert_geq(vb_loop_now(loop) - start, 2 * VD_NSEC_PER_SEC);
	cr_assert(fake_guest_hears_nothing(&guest));
}

Test(vsock_handshake, is_had_with_a_bounded_number_of_programs_at_a_time)
{
	size_t before = count_fds();
	int fds[CROWD], fd;

	for (size_t i = 0; i < CROWD; i++)
		fds[i] = connect_to("", SOCK_STREAM);
	WAIT_FOR(count_fds() == before + CROWD + 64);
	fd = connect_to("", SOCK_STREAM);
	say(fd, line);
	step();
	cr_assert_eq(count_fds(), before + CROWD + 64 + 1);
	cr_assert(fake_guest_hears_nothing(&guest));

	/* Others make room. */
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
	expect_packet(OP(REQUEST), NULL);
	close(fd);
}

Test(vsock_handshake, goes_on_when_there_are_descriptors_again)
{
	struct rlimit limit, low;
	struct vd_packet packet;
	int fd;

	fd = connect_to("", SOCK_STREAM);
	say(fd, line);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = (rlim_t)fd + 1;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	step();
	step();
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_not(fake_guest_receive(&guest, &packet, NULL));

	expect_packet(OP(REQUEST), NULL);
	close(fd);
}

struct bad_line {
	char text[64];
};

ParameterizedTestParameters(vsock_handshake, refuses)
{
	static struct bad_line bad[] = {
		{ "\n" },
		{ "GET / HTTP/1.1\r\n" },
		{ "CONNECT\n" },
		{ "CONNECT \n" },
		{ "CONNECT  1234\n" },
		{ "CONNECT\t1234\n" },
		{ " CONNECT 1234\n" },
		{ "CONNECT 1234 \n" },
		{ "CONNECT 1234\r\r\n" },
		{ "CONNECT -1\n" },
		{ "CONNECT +1\n" },
		{ "CONNECT 0x10\n" },
		{ "CONNECT 12a4\n" },
		{ "CONNECT 4294967295\n" },
		{ "CONNECT 4294967296\n" },
		{ "CONNECT 99999999999999999999\n" },
		{ "CONNECT 00000000001\n" },
		{ "CONNECT 1234567890"
		  "1234567890" },
	};

	return cr_make_param_array(struct bad_line, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_line *bad, vsock_handshake, refuses)
{
	int fd = connect_to("", SOCK_STREAM);

	say(fd, bad->text);
	expect_end(fd);
	cr_assert(fake_guest_hears_nothing(&guest), "%s", bad->text);
	close(fd);
}

Test(vsock_handshake, is_a_message_where_messages_are_exchanged)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);
	struct vd_packet request;

	request = establish(fd);
	cr_assert_eq(request.type, VIRTIO_VSOCK_TYPE_SEQPACKET);
	close(fd);
}

Test(vsock_handshake, needs_no_end_of_line_in_a_message)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);

	say(fd, "CONNECT 77");
	cr_assert_eq(expect_packet(OP(REQUEST), NULL).dst_port, 77);
	close(fd);
}

Test(vsock_handshake, has_nothing_behind_it_in_its_message)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);

	say(fd, "CONNECT 77\nmore");
	expect_end(fd);
	close(fd);
}

Test(vsock_handshake, tells_whether_a_line_is_whole)
{
	uint32_t port = 0;

	for (size_t len = 0; len < sizeof(line) - 1; len++)
		cr_assert_eq(vb_handshake_parse(line, len, false, &port), 0);
	cr_assert_eq(vb_handshake_parse(line, sizeof(line) - 1, false, &port),
		     (ssize_t)sizeof(line) - 1);
	cr_assert_eq(port, 1234);
}
