/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the real daemon does with a few connections, and with guests that come and
 * go.
 */

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vsock-daemon-test.h"

TestSuite(vsock_daemon, .init = setup, .fini = teardown);

#define MANY 50
#define AMOUNT (96U << 10)

/* KILOBYTES=20480, for example, takes longer. */
static size_t amount(void)
{
	const char *n = getenv("KILOBYTES");

	return n ? strtoul(n, NULL, 10) << 10 : AMOUNT;
}

static size_t heard(const struct stream *streams, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += streams[i].got;

	return sum;
}

/* However much there is to say, there has to be something new all the time. */
static void talk_to_the_end(struct stream *streams, size_t n)
{
	bool ended = false;

	while (!ended) {
		size_t before = heard(streams, n);

		WAIT_FOR((ended = talk(streams, n)) ||
			 heard(streams, n) > before);
	}
}

Test(vsock_daemon, carries_fifty_streams_both_ways, .timeout = 900)
{
	struct stream streams[MANY];
	size_t before = fixture_count_fds(&fixture);
	size_t total = amount();

	for (unsigned int i = 0; i < MANY; i++) {
		open_stream(&streams[i], i, total);
		read_answer(&streams[i]);
	}
	talk_to_the_end(streams, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		cr_assert_eq(streams[i].got, total);
		close(streams[i].fd);
	}
	WAIT_FOR(guest.n_open == 0);
	fixture_wait_fds(&fixture, before);
}

Test(vsock_daemon, is_not_delayed_by_a_program_that_does_not_read)
{
	struct stream idle, busy;

	open_stream(&idle, 1, 4U << 20);
	read_answer(&idle);
	for (int i = 0; i < 1000; i++) {
		say(&idle);
		echo_guest_pump(&guest);
	}
	open_stream(&busy, 2, AMOUNT);
	read_answer(&busy);
	WAIT_FOR(talk(&busy, 1));
	cr_assert_eq(busy.got, AMOUNT);

	/* And nothing was lost meanwhile. */
	WAIT_FOR(talk(&idle, 1));
	cr_assert_eq(idle.got, 4U << 20);
	close(idle.fd);
	close(busy.fd);
}

static uint64_t cpu_time(void)
{
	struct timespec ts;
	clockid_t clock;

	cr_assert_eq(clock_getcpuclockid(fixture.pid, &clock), 0);
	cr_assert_eq(clock_gettime(clock, &ts), 0);

	return (uint64_t)ts.tv_sec * VD_NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* It has nothing to do: not for a nanosecond. */
static bool daemon_sleeps(void)
{
	uint64_t before = cpu_time();

	poll(NULL, 0, 200);

	return cpu_time() == before;
}

#define EXPECT_SLEEP() WORK_UNTIL(daemon_sleeps(), (void)0)

Test(vsock_daemon, sleeps_while_the_guest_does_not_read)
{
	struct stream stream;

	open_stream(&stream, 1, 4U << 20);
	read_answer(&stream);
	for (int i = 0; i < 1000; i++)
		say(&stream);
	EXPECT_SLEEP();
	WAIT_FOR(talk(&stream, 1));
	close(stream.fd);
}

/* What comes back to it fills one after the other. */
Test(vsock_daemon, sleeps_while_a_program_does_not_read)
{
	struct stream stream;

	open_stream(&stream, 1, 4U << 20);
	read_answer(&stream);
	for (int i = 0; i < 1000; i++) {
		say(&stream);
		echo_guest_pump(&guest);
	}
	EXPECT_SLEEP();
	WAIT_FOR(talk(&stream, 1));
	close(stream.fd);
}

Test(vsock_daemon, ends_all_connections_when_the_guest_goes_away)
{
	struct stream stream;
	struct pollfd pollfd;
	char byte;

	open_stream(&stream, 0, 10);
	read_answer(&stream);
	echo_guest_free(&guest);
	pollfd = (struct pollfd){ .fd = stream.fd, .events = POLLIN };
	cr_assert_eq(poll(&pollfd, 1, PATIENCE_SEC * 1000), 1);
	cr_assert_leq(read(stream.fd, &byte, 1), 0);
	close(stream.fd);

	/* The next one is served. */
	echo_guest_boot(&guest, fixture.path[1], 3);
	open_stream(&stream, 0, AMOUNT);
	read_answer(&stream);
	WAIT_FOR(talk(&stream, 1));
	close(stream.fd);
}

Test(vsock_daemon, connects_the_guest_to_a_program_and_refuses_others)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), program;
	char buf[4];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/v3_5000",
		 fixture.dir);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	cr_assert_eq(echo_guest_connect(&guest, 5001), 0);
	cr_assert_eq(echo_guest_connect(&guest, 5000), 1);
	program = accept(fd, NULL, NULL);
	cr_assert_eq(write(program, "ping", 4), 4);
	WAIT_FOR(recv(program, buf, 4, MSG_DONTWAIT) == 4);
	cr_assert_eq(memcmp(buf, "ping", 4), 0);
	close(program);
	close(fd);
	unlink(address.sun_path);
}

static void reload(void)
{
	cr_assert_eq(kill(fixture.pid, SIGHUP), 0);
}

Test(vsock_daemon, adds_and_removes_guests_while_others_go_on)
{
	struct stream stream;
	char more[256];

	open_stream(&stream, 0, AMOUNT);
	read_answer(&stream);

	snprintf(more, sizeof(more),
		 " - guest_cid: 4\n   socket: %s\n   uds_path: %s/v4\n",
		 fixture.path[0], fixture.dir);
	write_config(more);
	reload();
	fixture_wait_listening(&fixture, 0);
	close(connect_to("v4"));

	/* A file that is wrong changes nothing. */
	write_config(" - guest_cid: 2\n");
	reload();
	close(connect_to("v4"));

	write_config("");
	reload();
	WAIT_FOR(access(fixture.path[0], F_OK) < 0);
	WAIT_FOR(talk(&stream, 1));
	cr_assert_eq(stream.got, AMOUNT);
	close(stream.fd);
}
