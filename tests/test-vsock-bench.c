/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "vhost-device-probe bench vsock connect", with a program of the host that
 * accepts whatever comes.
 */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture-daemon.h"

static struct fixture fixture;
static char uds[FIXTURE_UDS_SIZE], path[108];

static int listen_at_port(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s_80", uds);
	memcpy(address.sun_path, path, sizeof(path));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 64), 0);

	return fd;
}

static _Noreturn void accept_all(int listener)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		close(accept(listener, NULL, NULL));
}

static pid_t start_server(void)
{
	int listener = listen_at_port();
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0)
		accept_all(listener);
	close(listener);

	return pid;
}

static void setup(void)
{
	fixture_init(&fixture);
	fixture_run_vsock(&fixture, "--packed-ring=off", uds);
}

static void teardown(void)
{
	fixture_stop(&fixture);
}

TestSuite(vsock_bench, .init = setup, .fini = teardown);

static void measure(const char *depth)
{
	const char *const args[] = {
		"bench",	 "vsock", "connect", "2",   "80",
		"--duration",	 "50",	  "--depth", depth, "-s",
		fixture.path[1], NULL
	};
	double n = 0, rate = 0;
	char output[4096];
	const char *line;
	int status;

	status =
		run_program("vhost-device-probe", args, output, sizeof(output));
	cr_assert_eq(status, 0, "%s", output);
	line = strstr(output, "connections");
	cr_assert(line, "%s", output);
	cr_assert_eq(sscanf(line, "connections %lf, %lf/s", &n, &rate), 2, "%s",
		     output);
	cr_assert_gt(n, 0);
	cr_assert_gt(rate, 0);
	cr_assert(strstr(output, "p50"), "%s", output);
}

Test(vsock_bench, counts_connections_one_after_the_other_and_many_at_once)
{
	size_t before = fixture_count_fds(&fixture);
	pid_t server = start_server();

	measure("1");
	measure("16");
	fixture_wait_fds(&fixture, before);

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(path);
}
