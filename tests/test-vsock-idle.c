/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Whoever keeps others waiting costs nothing meanwhile: once all that can be
 * moved has been, the loop sleeps, and the device has nothing to do.  A
 * descriptor that is watched for what cannot be used now would wake it at once,
 * again and again.
 */

#include "tests/vsock-unix-test.h"

#include <sys/ioctl.h>

/* More than a socket, the device and a guest can hold together. */
#define MUCH (4U << 20)

/* Steps that a test takes, if all comes to rest again and again. */
#define MANY 3000

static char bytes[65536];
static unsigned int n_steps;

TestSuite(vsock_idle, .init = setup, .fini = teardown, .timeout = 60);

static bool is_due(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	return guest.kicks || poll(&pollfd, 1, 0) != 0;
}

static void take_step(void)
{
	cr_assert_lt(++n_steps, MANY, "the loop does not come to rest");
	step();
}

static void expect_rest(void)
{
	while (is_due())
		take_step();
}

/* The program says as much as anybody takes. */
static size_t say_much(int fd)
{
	size_t said = 0;
	ssize_t n;

	while ((n = send(fd, bytes, sizeof(bytes),
			 MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
		said += (size_t)n;
		take_step();
		cr_assert_lt(said, MUCH);
	}
	cr_assert_gt(said, 0);

	return said;
}

/* One step; returns how many packets came of it. */
static unsigned int hear(size_t *heard)
{
	struct vd_packet packet;
	unsigned int n = 0;

	take_step();
	for (; fake_guest_receive(&guest, &packet, NULL); n++) {
		*heard += packet.op == OP(RW) ? packet.len : 0;
		fake_guest_post(&guest, ROOM);
	}

	return n;
}

static size_t hear_all(const struct vd_packet *request)
{
	struct vd_packet credit = answer(request, OP(CREDIT_UPDATE));
	size_t heard = 0;

	while (hear(&heard) || is_due()) {
		credit.fwd_cnt = (uint32_t)heard;
		fake_guest_send(&guest, &credit, NULL, 0);
	}

	return heard;
}

Test(vsock_idle, while_the_guest_has_no_buffers)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);
	struct vd_packet credit = answer(&request, OP(CREDIT_UPDATE));
	size_t said;

	credit.buf_alloc = MUCH;
	fake_guest_send(&guest, &credit, NULL, 0);
	said = say_much(fd);
	expect_rest();
	cr_assert_eq(guest.rings[0].used, guest.rings[0].added);

	cr_assert_eq(hear_all(&request), said);
	close(fd);
}

Test(vsock_idle, while_the_guest_gives_no_credit)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);
	size_t said = say_much(fd);

	expect_rest();
	cr_assert_lt(guest.rings[0].used, guest.rings[0].added);

	cr_assert_eq(hear_all(&request), said);
	close(fd);
}

/* A socket that the guest has asked for. */
Test(vsock_idle, while_the_guest_gives_no_credit_for_what_it_asked_for)
{
	int listener = listen_at("_5000", SOCK_STREAM, 1), fd;
	struct vd_packet peer = ask(5000, VIRTIO_VSOCK_TYPE_STREAM);
	size_t said;

	expect_packet(OP(RESPONSE), NULL);
	fd = accept(listener, NULL, NULL);
	said = say_much(fd);
	expect_rest();
	cr_assert_eq(hear_all(&peer), said);
	close(fd);
	close(listener);
}

Test(vsock_idle, while_a_message_waits_for_credit)
{
	int fd = connect_to("_seqpacket", SOCK_SEQPACKET);
	struct vd_packet request = establish(fd);

	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(send(fd, bytes, GUEST_BUF, 0), GUEST_BUF);
	expect_rest();
	cr_assert_eq(hear_all(&request), 2 * GUEST_BUF);
	close(fd);
}

/* Everything that it may have under way; the device keeps what does not fit. */
static void send_much(const struct vd_packet *request)
{
	struct vd_packet packet = answer(request, OP(RW));

	packet.len = ROOM;
	for (size_t n = 0; n < request->buf_alloc; n += ROOM)
		fake_guest_send(&guest, &packet, bytes, ROOM);
}

static size_t read_all(int fd)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
		take_step();
	} while (n > 0 || is_due());

	return len;
}

/* Both ways: what is kept for one must not be looked at for the other. */
Test(vsock_idle, while_a_program_does_not_read)
{
	int fd = connect_to("", SOCK_STREAM), in_socket = 0;
	struct vd_packet request = establish(fd);

	send_much(&request);
	expect_rest();
	cr_assert_eq(ioctl(fd, FIONREAD, &in_socket), 0);
	cr_assert_lt((uint32_t)in_socket, request.buf_alloc);
	say(fd, "hello");
	expect_rest();

	cr_assert_eq(read_all(fd), request.buf_alloc);
	expect_rest();
	close(fd);
}

Test(vsock_idle, while_a_program_reads_again_what_nobody_keeps)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);

	send_much(&request);
	(void)read_all(fd);
	send_text(&request, "more", 0);
	expect_rest();
	expect_text(fd, "more");
	expect_rest();
	close(fd);
}

/* The end of what it says is behind what the guest does not take. */
Test(vsock_idle, while_the_end_of_a_program_waits_for_the_guest)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);
	size_t said = say_much(fd);

	shutdown(fd, SHUT_WR);
	expect_rest();
	close(fd);
	expect_rest();
	cr_assert_eq(hear_all(&request), said);
}

Test(vsock_idle, while_a_program_says_half_of_its_line)
{
	int fd = connect_to("", SOCK_STREAM);

	say(fd, "CONNECT 12");
	expect_rest();
	shutdown(fd, SHUT_WR);
	expect_end(fd);
	close(fd);
}

Test(vsock_idle, while_the_guest_does_not_answer)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request;

	say(fd, "CONNECT 1234\nand more");
	request = expect_packet(OP(REQUEST), NULL);
	expect_rest();
	say(fd, ", and more");
	expect_rest();

	send_op(&request, OP(RESPONSE));
	expect_payload("and more, and more");
	close(fd);
}

Test(vsock_idle, while_more_programs_come_than_are_let_in)
{
	int fds[100];

	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++)
		fds[i] = connect_to("", SOCK_STREAM);
	expect_rest();
	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

/* A half that the guest has closed, and the program goes on. */
Test(vsock_idle, while_a_program_says_what_nobody_hears)
{
	int fd = connect_to("", SOCK_STREAM);
	struct vd_packet request = establish(fd);

	say(fd, "too late");
	send_shutdown(&request, VIRTIO_VSOCK_SHUTDOWN_RCV);
	expect_rest();
	shutdown(fd, SHUT_WR);
	expect_rest();
	close(fd);
}
