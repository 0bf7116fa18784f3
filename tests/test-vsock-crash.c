/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The daemon is killed while connections are busy, and another one takes its
 * place: no byte comes twice, the guest learns that they are gone, and new ones
 * work.  Set KILLS for more of it.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "crash-figures.h"
#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"
#include "virtio-devices/util.h"
#include "vsock-echo-guest.h"
#include "wait.h"

#define N_STREAMS 8

static struct fixture fixture;
static struct echo_guest guest;
static struct crash_figures figures;
static char uds[FIXTURE_UDS_SIZE];
static const char *packed_ring = "--packed-ring=off";

/**
 * struct stream - a program of the host, which says a sequence of numbers
 * @fd:    its socket
 * @sent:  bytes of it that it has said
 * @got:   bytes of it that have come back
 * @ended: it has lost the guest
 */
struct stream {
	int fd;
	size_t sent;
	size_t got;
	bool ended;
};

/* Let the guest work until a condition holds. */
#define WAIT_FOR(condition) WORK_UNTIL(condition, echo_guest_work(&guest))

static struct stream open_stream(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stream stream = {
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	};
	char answer[32];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", uds);
	cr_assert_eq(connect(stream.fd, (struct sockaddr *)&address,
			     sizeof(address)),
		     0);
	cr_assert_eq(write(stream.fd, "CONNECT 7\n", 10), 10);
	WAIT_FOR(recv(stream.fd, answer, sizeof(answer), MSG_DONTWAIT) > 3);
	cr_assert_eq(strncmp(answer, "OK ", 3), 0);

	return stream;
}

/* Each byte says where it belongs, within 64 KiB. */
static uint8_t byte_at(size_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8) * 31);
}

static void say(struct stream *stream)
{
	uint8_t buf[8192];
	ssize_t n;

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = byte_at(stream->sent + i);
	n = send(stream->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		stream->sent += (size_t)n;
}

/* What comes back is what was said, in order, and once. */
static void hear(struct stream *stream)
{
	uint8_t buf[8192];
	ssize_t n;

	n = recv(stream->fd, buf, sizeof(buf), MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++)
		cr_assert_eq(buf[i], byte_at(stream->got + (size_t)i));
	if (n > 0)
		stream->got += (size_t)n;
	stream->ended |= n == 0 || (n < 0 && errno != EAGAIN);
	cr_assert_leq(stream->got, stream->sent);
}

static void talk(struct stream *streams)
{
	for (size_t i = 0; i < N_STREAMS; i++) {
		say(&streams[i]);
		hear(&streams[i]);
	}
}

/* All that it has said. */
static bool has_heard(struct stream *stream)
{
	hear(stream);

	return stream->got == stream->sent;
}

static void expect_the_end(struct stream *stream)
{
	uint64_t end = now_sec() + PATIENCE_SEC;

	while (!stream->ended && now_sec() < end)
		hear(stream);
	cr_assert(stream->ended);
	close(stream->fd);
}

static void die_and_come_back(void)
{
	fixture_kill(&fixture);
	fixture_run_vsock(&fixture, packed_ring, uds);
	echo_guest_come_back(&guest, fixture.path[1]);
}

static void boot(void)
{
	fixture_init(&fixture);
	fixture_run_vsock(&fixture, packed_ring, uds);
	echo_guest_boot_recoverable(&guest, fixture.path[1], 3);
}

static void shut_down(void)
{
	echo_guest_free(&guest);
	fixture_stop(&fixture);
}

/* Without a queue for events, the guest has to ask. */
static void lose_connections(void)
{
	crash_figures_begin(&figures);
	die_and_come_back();
	echo_guest_ask(&guest);
	WAIT_FOR(guest.n_open < N_STREAMS);
	crash_figures_end(&figures);
	WAIT_FOR(guest.n_open == 0);
}

static void use_a_new_one(void)
{
	struct stream stream = open_stream();

	say(&stream);
	WAIT_FOR(has_heard(&stream));
	close(stream.fd);
	WAIT_FOR(guest.n_open == 0);
}

struct format {
	bool packed;
	char name[16];
};

ParameterizedTestParameters(vsock_crash,
			    sends_nothing_twice_and_resets_connections)
{
	static struct format formats[] = { { false, "vsock, split" },
					   { true, "vsock, packed" } };

	return cr_make_param_array(struct format, formats, 2);
}

ParameterizedTest(struct format *format, vsock_crash,
		  sends_nothing_twice_and_resets_connections, .timeout = 250)
{
	unsigned int n = crash_figures_init(&figures);
	struct stream streams[N_STREAMS];
	uint64_t n_bytes = 0;

	if (format->packed)
		packed_ring = "--packed-ring=on";
	boot();
	cr_assert_eq(vhu_frontend_features(guest.vm.frontend)->accepted &
				     VD_BIT(VIRTIO_F_RING_PACKED)
			     ? 1
			     : 0,
		     format->packed);
	for (unsigned int turn = 0; turn < n; turn++) {
		for (size_t i = 0; i < N_STREAMS; i++)
			streams[i] = open_stream();
		for (unsigned int i = 0; i < 10 + turn % 10 * 7; i++) {
			talk(streams);
			echo_guest_pump(&guest);
		}
		lose_connections();
		for (size_t i = 0; i < N_STREAMS; i++) {
			expect_the_end(&streams[i]);
			n_bytes += streams[i].got;
		}
		use_a_new_one();
	}
	crash_figures_print(&figures, format->name,
			    "%u connections, all reset, %llu bytes, none twice",
			    n * N_STREAMS, (unsigned long long)n_bytes);
	crash_figures_fini(&figures);
	shut_down();
}

/* Where programs of the host listen for connections of the guest to @port. */
static struct sockaddr_un address_of(uint32_t port)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s_%u", uds,
		 port);

	return address;
}

static int listen_at(uint32_t port)
{
	const struct sockaddr_un address = address_of(port);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_eq(
		bind(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	cr_assert_eq(listen(fd, 4), 0);

	return fd;
}

static void close_listener(int fd, uint32_t port)
{
	const struct sockaddr_un address = address_of(port);

	close(fd);
	unlink(address.sun_path);
}

static int connect_guest(int listener, uint32_t port)
{
	int program;

	cr_assert_eq(echo_guest_connect(&guest, port), 1);
	program = accept(listener, NULL, NULL);
	cr_assert_geq(program, 0);

	return program;
}

/* The guest's connection was made before the crash, and is not made again. */
Test(vsock_crash, connects_nobody_twice, .timeout = 250)
{
	int listener, program;

	boot();
	listener = listen_at(5000);
	program = connect_guest(listener, 5000);

	die_and_come_back();
	echo_guest_ask(&guest);
	WAIT_FOR(guest.n_open == 0);
	cr_assert_eq(accept(listener, NULL, NULL), -1);
	close(program);
	close_listener(listener, 5000);

	/* If the request itself was reset, so will be what was asked after it. */
	listener = listen_at(5001);
	close(connect_guest(listener, 5001));
	close_listener(listener, 5001);
	shut_down();
}
