/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The socket daemon is killed, or restarted, and the front-ends of its guests do
 * not notice: a service manager has kept the descriptors.  Connections end, and
 * each guest is told of its own.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "fake-manager.h"
#include "fixture-daemon.h"
#include "vsock-echo-guest.h"
#include "wait.h"

#define N_ENDS 5
#define N_GUESTS 2
#define N_STREAMS 4

static struct manager *manager;
static struct echo_guest guests[N_GUESTS];
static char vms[N_GUESTS][96];

static void work(void)
{
	for (size_t i = 0; i < N_GUESTS; i++)
		echo_guest_work(&guests[i]);
}

/* Let the guests work until a condition holds. */
#define WAIT_FOR(condition) WORK_UNTIL(condition, work())

static void name_uds(size_t which, char *buf, size_t size)
{
	snprintf(buf, size, "%s/v%zu", manager_dir(manager), which);
}

static void open_manager(void)
{
	static const char *const names[] = { "vhost-user-3", "vhost-user-4",
					     NULL };
	static const char *args[] = {
		"--log-level=error", "--vm", vms[0], "--vm", vms[1], NULL
	};
	char uds[64];

	manager = manager_new_for("vhost-device-vsock", args, names);
	for (size_t i = 0; i < N_GUESTS; i++) {
		name_uds(i, uds, sizeof(uds));
		snprintf(vms[i], sizeof(vms[i]), "guest-cid=%zu,uds-path=%s",
			 3 + i, uds);
	}
	manager_start_service(manager);
}

static void boot(void)
{
	open_manager();
	for (size_t i = 0; i < N_GUESTS; i++)
		echo_guest_boot(&guests[i], manager_path_of(manager, i), 3 + i);
}

/* Nobody removes the sockets of a process that was killed. */
static void shut_down(void)
{
	for (size_t i = 0; i < N_GUESTS; i++)
		echo_guest_free(&guests[i]);
	manager_wait_empty(manager);
	manager_free(manager);
}

/* The program may have to wait until there is a daemon again. */
static int connect_to(size_t which)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	name_uds(which, address.sun_path, sizeof(address.sun_path));
	WAIT_FOR(connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
		 0);

	return fd;
}

static int open_stream(size_t which)
{
	int fd = connect_to(which);
	char answer[32];

	cr_assert_eq(write(fd, "CONNECT 7\n", 10), 10);
	WAIT_FOR(recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 3);
	cr_assert_eq(strncmp(answer, "OK ", 3), 0);

	return fd;
}

static void use(int fd)
{
	char byte = 0;

	cr_assert_eq(write(fd, "x", 1), 1);
	WAIT_FOR(recv(fd, &byte, 1, MSG_DONTWAIT) == 1);
	cr_assert_eq(byte, 'x');
}

static bool has_ended(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void expect_the_end(int fd)
{
	WAIT_FOR(has_ended(fd));
	close(fd);
}

static void restart(int signal)
{
	manager_end_service(manager, signal);
	manager_start_service(manager);
}

struct way {
	int signal;
	char name[16];
};

ParameterizedTestParameters(vsock_fd_store, lets_no_front_end_notice)
{
	static struct way ways[] = { { SIGTERM, "restarted" },
				     { SIGKILL, "killed" } };

	return cr_make_param_array(struct way, ways, 2);
}

/* The guests have no queue for events: each connection is reset by itself. */
ParameterizedTest(struct way *way, vsock_fd_store, lets_no_front_end_notice,
		  .timeout = 250)
{
	int fds[N_GUESTS][N_STREAMS];

	boot();
	for (unsigned int turn = 0; turn < manager_n_ends(N_ENDS); turn++) {
		for (size_t i = 0; i < N_GUESTS * N_STREAMS; i++) {
			fds[i % N_GUESTS][i / N_GUESTS] =
				open_stream(i % N_GUESTS);
			use(fds[i % N_GUESTS][i / N_GUESTS]);
		}
		/* One that the process before has seen the end of. */
		close(fds[0][0]);
		WAIT_FOR(guests[0].n_open == N_STREAMS - 1);

		restart(way->signal);
		for (size_t i = 1; i < N_GUESTS * N_STREAMS; i++)
			expect_the_end(fds[i % N_GUESTS][i / N_GUESTS]);
		WAIT_FOR(guests[0].n_open == 0 && guests[1].n_open == 0);
	}
	for (size_t i = 0; i < N_GUESTS; i++) {
		fds[i][0] = open_stream(i);
		use(fds[i][0]);
		close(fds[i][0]);
		cr_assert_eq(vhu_frontend_sync(guests[i].vm.frontend), 0, "%s",
			     way->name);
	}
	WAIT_FOR(guests[0].n_open == 0 && guests[1].n_open == 0);
	shut_down();
}

/* The guests' numbers have changed, but not whose descriptors are whose. */
Test(vsock_fd_store, lets_go_of_a_guest_that_is_no_more, .timeout = 250)
{
	const char *const args[] = { "--log-level=error", "--vm", vms[1],
				     NULL };
	int fd;

	boot();
	use(open_stream(0));
	use(open_stream(1));
	manager_end_service(manager, SIGTERM);
	manager_set_args(manager, args);
	manager_start_service(manager);

	WAIT_FOR(guests[1].n_open == 0);
	fd = open_stream(1);
	use(fd);
	close(fd);
	guest_wait_hangup(&guests[0].vm);
	shut_down();
}
