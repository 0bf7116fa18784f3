/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Applications on the host, and two processes that need no device.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "tests/bench/vsock.h"
#include "virtio-devices/util.h"

static char bytes[VSOCK_APP_SIZE];

static uint64_t cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);

	return (uint64_t)time.tv_sec * VD_NSEC_PER_SEC + (uint64_t)time.tv_nsec;
}

static struct sockaddr_un address(const struct bench_daemon *daemon,
				  const char *suffix)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.80s/uds%s",
		 daemon->dir, suffix);

	return addr;
}

static int listen_at(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(addr->sun_path);
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ||
	    listen(fd, 1024) < 0)
		bench_die(addr->sun_path, -errno);

	return fd;
}

static uint64_t read_all(int fd)
{
	uint64_t sum = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		sum += (uint64_t)n;

	return sum;
}

static void write_all(int fd, size_t size, uint64_t end)
{
	while (probe_now() < end && write(fd, bytes, size) > 0)
		;
}

static void send_report(int to, const struct vsock_app_report *report)
{
	ssize_t n = write(to, report, sizeof(*report));

	_exit(n != sizeof(*report));
}

/* Each connection is served until its end, and then the next one is. */
static _Noreturn void serve(enum vsock_app_kind kind, int listener, int to)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		struct vsock_app_report report = { .nsec = probe_now() };
		ssize_t n;

		if (kind == VSOCK_APP_HOLD)
			continue;
		if (kind == VSOCK_APP_SOURCE)
			write_all(fd, sizeof(bytes), UINT64_MAX);
		while (kind == VSOCK_APP_ECHO &&
		       (n = read(fd, bytes, sizeof(bytes))) > 0 &&
		       write(fd, bytes, (size_t)n) == n)
			;
		report.n = read_all(fd);
		report.nsec = probe_now() - report.nsec;
		close(fd);
		if (kind == VSOCK_APP_SINK && report.n > 0)
			send_report(to, &report);
	}
}

static bool call(const struct sockaddr_un *addr)
{
	static const char line[] = "CONNECT 5000\n";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	good = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 &&
	       write(fd, line, sizeof(line) - 1) > 0 &&
	       read(fd, bytes, sizeof(bytes)) > 3 &&
	       memcmp(bytes, "OK ", 3) == 0;
	close(fd);

	return good;
}

static _Noreturn void call_on(const struct sockaddr_un *addr, int to)
{
	struct vsock_app_report report = { .nsec = probe_now() };

	while (probe_now() - report.nsec < VSOCK_MEASURE_NSEC) {
		if (!call(addr))
			bench_die("the guest does not accept a connection", 0);
		report.n++;
	}
	report.nsec = probe_now() - report.nsec;
	send_report(to, &report);
	_exit(0);
}

/* The child has the writing end of a pipe. */
static struct vsock_app start(int *to)
{
	struct vsock_app app;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		bench_die("cannot make a pipe", -errno);
	app.report = fds[0];
	*to = fds[1];

	app.pid = fork();
	if (app.pid < 0)
		bench_die("cannot fork", -errno);
	if (app.pid > 0) {
		close(*to);
	} else {
		signal(SIGPIPE, SIG_IGN);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}

	return app;
}

struct vsock_app vsock_app_start(const struct bench_daemon *daemon,
				 enum vsock_app_kind kind)
{
	struct sockaddr_un addr;
	struct vsock_app app;
	int listener = -1;
	int to;

	addr = address(daemon, kind == VSOCK_APP_CALL ? "" : "_5000");
	if (kind != VSOCK_APP_CALL)
		listener = listen_at(&addr);

	app = start(&to);
	if (app.pid == 0 && kind == VSOCK_APP_CALL)
		call_on(&addr, to);
	if (app.pid == 0)
		serve(kind, listener, to);
	close(listener);

	return app;
}

struct vsock_app_report vsock_app_report(struct vsock_app *app)
{
	struct vsock_app_report report;

	if (read(app->report, &report, sizeof(report)) != sizeof(report))
		bench_die("an application has ended too early", 0);
	vsock_app_stop(app);

	return report;
}

void vsock_app_stop(struct vsock_app *app)
{
	kill(app->pid, SIGKILL);
	waitpid(app->pid, NULL, 0);
	close(app->report);
}

/* The reader says how many bytes there were, and what they cost it. */
static struct vsock_app start_reader(int fd, int writer)
{
	struct vsock_app_report report = { 0 };
	struct vsock_app app;
	int to;

	app = start(&to);
	if (app.pid > 0)
		return app;

	close(writer);
	report.nsec = cpu_time();
	report.n = read_all(fd);
	report.nsec = cpu_time() - report.nsec;
	send_report(to, &report);
	_exit(0);
}

struct vsock_flow vsock_floor(size_t size)
{
	struct vsock_app_report report;
	struct vsock_app reader;
	uint64_t begin, cpu;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		bench_die("cannot make a pair of sockets", -errno);
	reader = start_reader(fds[1], fds[0]);
	close(fds[1]);

	begin = probe_now();
	cpu = cpu_time();
	write_all(fds[0], size, begin + VSOCK_MEASURE_NSEC);
	close(fds[0]);
	cpu = cpu_time() - cpu;
	report = vsock_app_report(&reader);

	return (struct vsock_flow){
		.rate = (double)report.n * VD_NSEC_PER_SEC /
			(double)(probe_now() - begin),
		.cpu = (double)cpu / (double)report.n,
		.other_cpu = (double)report.nsec / (double)report.n,
	};
}
