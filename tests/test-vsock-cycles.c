/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Front-ends come and go, and guests reboot, with connections open both ways: the
 * socket daemon has no descriptor and no memory more than before.  Set CYCLES
 * for more of it.
 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"
#include "vsock-echo-guest.h"
#include "wait.h"

#define CID 3
#define PORT 5000

/* After so many, all memory is there that will ever be needed. */
#define N_WARM 40

/* What an allocator may do with fragments; a leak of 100 cycles is far more. */
#define ROOM_KIB 128

static struct fixture fixture;
static struct echo_guest guest;
static char uds[FIXTURE_UDS_SIZE];
static char listener_path[108];
static int listener;

static unsigned int n_cycles(void)
{
	const char *text = getenv("CYCLES");

	return text ? (unsigned int)strtoul(text, NULL, 10) : 100;
}

static int open_socket(const char *path, bool listens)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (listens)
		r = bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
		    listen(fd, 4);
	else
		r = connect(fd, (struct sockaddr *)&address, sizeof(address));
	cr_assert_eq(r, 0);

	return fd;
}

static void setup(void)
{
	fixture_init(&fixture);
	fixture_run_vsock(&fixture, "--packed-ring=off", uds);
	snprintf(listener_path, sizeof(listener_path), "%s_%d", uds, PORT);
	listener = open_socket(listener_path, true);
}

static void teardown(void)
{
	close(listener);
	unlink(listener_path);
	fixture_stop(&fixture);
}

TestSuite(vsock_cycles, .init = setup, .fini = teardown);

static void wait_for_byte(int fd)
{
	char byte;

	WORK_UNTIL(recv(fd, &byte, 1, MSG_DONTWAIT) == 1,
		   echo_guest_work(&guest));
}

/*
 * A connection each way, which the host's programs leave open until the guest has
 * gone, with bytes under way.
 */
static void use(int fds[2])
{
	fds[0] = open_socket(uds, false);
	cr_assert_eq(write(fds[0], "CONNECT 7\n", 10), 10);
	wait_for_byte(fds[0]);
	cr_assert_eq(echo_guest_connect(&guest, PORT), 1);
	fds[1] = accept(listener, NULL, NULL);
	cr_assert_geq(fds[1], 0);
	cr_assert_eq(write(fds[1], "x", 1), 1);
	wait_for_byte(fds[1]);
	cr_assert_eq(write(fds[1], "xy", 2), 2);
}

static void close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void reconnect(void)
{
	int fds[2];

	echo_guest_boot_small(&guest, fixture.path[1], CID);
	use(fds);
	echo_guest_free(&guest);
	close_both(fds);
}

static void reboot(void)
{
	int fds[2];

	use(fds);
	echo_guest_reboot(&guest);
	close_both(fds);
}

static void check_memory(const char *what, size_t before)
{
	size_t after = fixture_memory(&fixture);

	printf("# vsock: %s %u times, no descriptor more, %zu KiB before and "
	       "%zu KiB after\n",
	       what, n_cycles(), before, after);
	fflush(stdout);
#ifndef __SANITIZE_ADDRESS__
	cr_assert_leq(after, before + ROOM_KIB);
#endif
}

Test(vsock_cycles, let_front_ends_come_and_go, .timeout = 250)
{
	size_t n_fds, kib;

	for (unsigned int i = 0; i < N_WARM; i++)
		reconnect();
	echo_guest_boot_small(&guest, fixture.path[1], CID);
	n_fds = fixture_count_fds(&fixture);
	kib = fixture_memory(&fixture);
	echo_guest_free(&guest);

	for (unsigned int i = 0; i < n_cycles(); i++)
		reconnect();
	echo_guest_boot_small(&guest, fixture.path[1], CID);
	fixture_wait_fds(&fixture, n_fds);
	check_memory("front-ends came and went", kib);
	echo_guest_free(&guest);
}

/* A test's guest has memory for so many boots. */
static void reboot_often(unsigned int n)
{
	for (unsigned int i = 0; i < n; i += N_WARM) {
		echo_guest_boot_small(&guest, fixture.path[1], CID);
		for (unsigned int k = 0; k < N_WARM; k++)
			reboot();
		echo_guest_free(&guest);
	}
}

Test(vsock_cycles, let_guests_reboot, .timeout = 250)
{
	size_t n_fds, kib;

	reboot_often(2 * N_WARM);
	echo_guest_boot_small(&guest, fixture.path[1], CID);
	n_fds = fixture_count_fds(&fixture);
	kib = fixture_memory(&fixture);
	echo_guest_free(&guest);

	reboot_often(n_cycles());
	echo_guest_boot_small(&guest, fixture.path[1], CID);
	fixture_wait_fds(&fixture, n_fds);
	check_memory("rebooted", kib);
	echo_guest_free(&guest);
}
