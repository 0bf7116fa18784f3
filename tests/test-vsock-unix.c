/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Connections between a guest and sockets of the host.
 */

#include "vsock-unix-test.h"

#define STREAM VIRTIO_VSOCK_TYPE_STREAM
#define SEQPACKET VIRTIO_VSOCK_TYPE_SEQPACKET
#define EOM VIRTIO_VSOCK_SEQ_EOM

TestSuite(vsock_unix, .init = setup, .fini = teardown);

/* Take the connection that the guest has asked for. */
static int take(int listener)
{
	int fd;

	WAIT_FOR((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0);

	return fd;
}

Test(vsock_unix, connects_the_guest_to_the_socket_of_a_port)
{
	int listener = listen_at("_5000", SOCK_STREAM, 8), fd;
	struct vd_packet peer = ask(5000, STREAM);

	expect_packet(OP(RESPONSE), NULL);
	fd = take(listener);
	send_text(&peer, "hello host", 0);
	expect_text(fd, "hello host");
	say(fd, "hello guest");
	expect_payload("hello guest");
	close(fd);
	close(listener);
}

Test(vsock_unix, refuses_the_guest_where_nobody_listens)
{
	size_t before = count_fds();

	ask(5000, STREAM);
	expect_packet(OP(RST), NULL);
	cr_assert_eq(count_fds(), before);
}

Test(vsock_unix, refuses_the_guest_where_the_socket_is_of_another_type)
{
	int listener = listen_at("_5000", SOCK_STREAM, 8);

	ask(5000, SEQPACKET);
	expect_packet(OP(RST), NULL);
	close(listener);
}

Test(vsock_unix, leads_a_port_to_the_socket_that_was_named_for_it)
{
	int listener = listen_at("-named", SOCK_STREAM, 8);
	struct vb_vsock_port_socket item = { .port = 22 };
	char path[80];

	snprintf(path, sizeof(path), "%s/v-named", dir);
	item.path = path;
	port_map = (struct vb_vsock_port_map){ &item, 1 };
	ask(22, STREAM);
	expect_packet(OP(RESPONSE), NULL);
	close(take(listener));
	close(listener);
}

Test(vsock_unix, refuses_the_guest_a_port_that_is_not_allowed)
{
	int listener = listen_at("_5000", SOCK_STREAM, 8);

	policy.limited = true;
	ask(5000, STREAM);
	expect_packet(OP(RST), NULL);
	close(listener);
}

Test(vsock_unix, refuses_the_guest_every_port_if_it_only_listens)
{
	int listener = listen_at("_5000", SOCK_STREAM, 8);

	policy.direction = VB_VSOCK_LISTEN_ONLY;
	ask(5000, STREAM);
	expect_packet(OP(RST), NULL);
	close(listener);
}

Test(vsock_unix, lets_no_program_in_if_the_guest_only_connects)
{
	int fd = connect_to("", SOCK_STREAM);

	policy.direction = VB_VSOCK_CONNECT_ONLY;
	say(fd, "CONNECT 1234\n");
	expect_end(fd);
	cr_assert(fake_guest_hears_nothing(&guest));
	close(fd);
}

Test(vsock_unix, waits_for_a_program_that_accepts_slowly)
{
	int listener = listen_at("_5000", SOCK_STREAM, 0);
	/* There is room for one that nobody has accepted yet. */
	int other = connect_to("_5000", SOCK_STREAM);

	ask(5000, STREAM);
	step();
	cr_assert(fake_guest_hears_nothing(&guest));
	close(take(listener));
	expect_packet(OP(RESPONSE), NULL);
	close(other);
	close(listener);
}

Test(vsock_unix, gives_a_program_up_that_never_accepts)
{
	int listener = listen_at("_5000", SOCK_STREAM, 0);
	int other = connect_to("_5000", SOCK_STREAM);

	ask(5000, STREAM);
	expect_packet(OP(RST), NULL);
	close(other);
	close(listener);
}

Test(vsock_unix, passes_on_that_the_program_says_no_more)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd), packet;

	say(fd, "the end");
	shutdown(fd, SHUT_WR);
	expect_payload("the end");
	packet = expect_packet(OP(SHUTDOWN), NULL);
	cr_assert_eq(packet.flags, VIRTIO_VSOCK_SHUTDOWN_SEND);

	/* The other direction is open. */
	send_text(&request, "thanks", 0);
	expect_text(fd, "thanks");
	close(fd);
}

Test(vsock_unix, passes_on_that_the_guest_says_no_more)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);

	send_text(&request, "the end", 0);
	send_shutdown(&request, VIRTIO_VSOCK_SHUTDOWN_SEND);
	expect_text(fd, "the end");
	expect_end(fd);
	say(fd, "thanks");
	expect_payload("thanks");
	close(fd);
}

Test(vsock_unix, passes_on_that_the_guest_hears_no_more)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);

	send_shutdown(&request, VIRTIO_VSOCK_SHUTDOWN_RCV);
	WAIT_FOR(send(fd, "x", 1, MSG_NOSIGNAL) < 0);
	cr_assert_eq(errno, EPIPE);
	close(fd);
}

Test(vsock_unix, ends_a_connection_that_the_guest_resets)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);
	size_t before = count_fds();

	send_op(&request, OP(RST));
	expect_end(fd);
	cr_assert_eq(count_fds(), before - 1);
	close(fd);
}

Test(vsock_unix, ends_a_connection_that_both_have_closed)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);
	size_t before = count_fds();

	close(fd);
	expect_packet(OP(SHUTDOWN), NULL);
	send_op(&request, OP(RST));
	WAIT_FOR(count_fds() == before - 2);
}

/* A program that writes and is not read from any more resets the connection. */
Test(vsock_unix, resets_a_connection_that_the_program_has_dropped)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);

	send_text(&request, "unread", 0);
	step();
	close(fd);
	expect_packet(OP(RST), NULL);
}

Test(vsock_unix, does_not_stop_at_descriptors_that_are_passed)
{
	int fd = connect_to("", SOCK_STREAM);
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (char[]){ "one" }, .iov_len = 3 };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	establish(fd);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	cr_assert_eq(sendmsg(fd, &message, 0), 3);
	say(fd, "two");
	expect_payload("one");
	expect_payload("two");
	close(fd);
}

Test(vsock_unix, keeps_messages_apart)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);
	struct vd_packet request = establish(fd), packet;

	say(fd, "one");
	say(fd, "");
	say(fd, "three");
	expect_payload("one");
	packet = expect_packet(OP(RW), NULL);
	cr_assert_eq(packet.len, 0);
	cr_assert_eq(packet.flags & EOM, EOM);
	expect_payload("three");

	send_text(&request, "four", EOM);
	send_text(&request, "fi", 0);
	send_text(&request, "ve", EOM);
	expect_text(fd, "four");
	expect_text(fd, "five");
	close(fd);
}

Test(vsock_unix, tells_an_empty_message_from_the_end)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);

	establish(fd);
	say(fd, "");
	close(fd);
	cr_assert_eq(expect_packet(OP(RW), NULL).len, 0);
	expect_packet(OP(SHUTDOWN), NULL);
}

Test(vsock_unix, passes_messages_as_large_as_the_guest_has_room_for)
{
	static char message[GUEST_BUF], got[GUEST_BUF];
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);
	struct vd_packet packet;
	size_t len = 0;

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (char)(i * 7 + (i >> 8));
	establish(fd);
	cr_assert_eq(send(fd, message, sizeof(message), 0),
		     (ssize_t)sizeof(message));
	do {
		packet = expect_packet(OP(RW), got + len);
		len += packet.len;
	} while (!(packet.flags & EOM));
	cr_assert_eq(len, sizeof(message));
	cr_assert_arr_eq(got, message, len);
	close(fd);
}

/* More than the socket takes, so that some has to be kept for a while. */
#define BULK (1 << 20)

Test(vsock_unix, waits_for_a_program_that_reads_slowly)
{
	static char data[4096];
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd), packet;
	uint32_t sent = 0, room = request.buf_alloc, fwd_cnt = 0;
	size_t got = 0;

	while (got < BULK) {
		struct vd_packet data_packet = answer(&request, OP(RW));
		char byte[8192];
		ssize_t n;

		data_packet.len = sizeof(data);
		if (sent < BULK && sent - fwd_cnt + sizeof(data) <= room) {
			memset(data, (int)(sent >> 12), sizeof(data));
			fake_guest_send(&guest, &data_packet, data,
					sizeof(data));
			sent += sizeof(data);
			continue;
		}
		step();
		while (fake_guest_receive(&guest, &packet, NULL)) {
			fake_guest_post(&guest, ROOM);
			fwd_cnt = packet.fwd_cnt;
		}
		n = recv(fd, byte, sizeof(byte), MSG_DONTWAIT);
		for (ssize_t i = 0; i < n; i++)
			cr_assert_eq(byte[i], (char)((got + (size_t)i) >> 12));
		got += n > 0 ? (size_t)n : 0;
	}
	close(fd);
}
