/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The real daemon, with guests that echo, and programs of the host that talk to
 * them.
 */

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"
#include "virtio-devices/util.h"
#include "vsock-echo-guest.h"
#include "wait.h"

static struct fixture fixture;
static struct echo_guest guest;
static char config_path[96];

static void write_config(const char *more)
{
	FILE *file = fopen(config_path, "we");

	fprintf(file,
		"vms:\n"
		" - guest_cid: 3\n"
		"   socket: %s\n"
		"   uds_path: %s/v3\n"
		"   max_connections: 12000\n"
		"%s",
		fixture.path[1], fixture.dir, more);
	fclose(file);
}

static void setup(void)
{
	const char *const args[] = { "--log-level=error", "--config",
				     config_path, NULL };

	fixture_init(&fixture);
	snprintf(config_path, sizeof(config_path), "%s/config", fixture.dir);
	write_config("");
	fixture_run(&fixture, "vsock", args);
	echo_guest_boot(&guest, fixture.path[1], 3);
}

static void teardown(void)
{
	echo_guest_free(&guest);
	unlink(config_path);
	fixture_stop(&fixture);
}

TestSuite(vsock_daemon, .init = setup, .fini = teardown);

/* Let the guest work until a condition holds. */
#define WAIT_FOR(condition) WORK_UNTIL(condition, echo_guest_work(&guest))

static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
		 fixture.dir, name);
	WAIT_FOR(connect(fd, (struct sockaddr *)&address, sizeof(address)) ==
		 0);

	return fd;
}

/**
 * struct stream - a program of the host
 * @fd:    its socket
 * @seed:  decides what it says
 * @total: bytes that it says
 * @sent:  how many of them it has
 * @got:   how many have come back
 * @ended: and so has the end
 */
struct stream {
	int fd;
	unsigned int seed;
	size_t total;
	size_t sent;
	size_t got;
	bool ended;
};

static uint8_t byte_at(const struct stream *stream, size_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8) + stream->seed * 31);
}

/* The answer that a program waits for before it says anything. */
static void read_answer(struct stream *stream)
{
	char answer[32];
	ssize_t n;

	WAIT_FOR((n = recv(stream->fd, answer, sizeof(answer), MSG_DONTWAIT)) >
		 0);
	cr_assert_eq(strncmp(answer, "OK ", 3), 0);
	cr_assert_eq(answer[n - 1], '\n');
}

static void open_stream(struct stream *stream, unsigned int seed, size_t total)
{
	*stream = (struct stream){
		.fd = connect_to("v3"),
		.seed = seed,
		.total = total,
	};
	cr_assert_eq(write(stream->fd, "CONNECT 7\n", 10), 10);
}

static void say(struct stream *stream)
{
	uint8_t buf[8192];
	size_t len = VD_MIN(sizeof(buf), stream->total - stream->sent);
	ssize_t n;

	if (len == 0)
		return;

	for (size_t i = 0; i < len; i++)
		buf[i] = byte_at(stream, stream->sent + i);
	n = send(stream->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		stream->sent += (size_t)n;
	if (stream->sent == stream->total)
		shutdown(stream->fd, SHUT_WR);
}

static void hear(struct stream *stream)
{
	uint8_t buf[8192];
	ssize_t n;

	n = recv(stream->fd, buf, sizeof(buf), MSG_DONTWAIT);
	for (ssize_t i = 0; i < n; i++)
		cr_assert_eq(buf[i], byte_at(stream, stream->got + (size_t)i));
	if (n > 0)
		stream->got += (size_t)n;
	else if (n == 0)
		stream->ended = true;
}

static bool talk(struct stream *streams, size_t n)
{
	bool ended = true;

	for (size_t i = 0; i < n; i++) {
		say(&streams[i]);
		hear(&streams[i]);
		ended &= streams[i].ended;
	}

	return ended;
}

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

static void read_answers(struct stream *streams, size_t n)
{
	for (size_t i = 0; i < n; i++)
		read_answer(&streams[i]);
}

/* As many as there can be descriptors for, up to ten thousand. */
static size_t raise_limit(void)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);

	return limit.rlim_cur < 10200 ? limit.rlim_cur - 200 : 10000;
}

/* Bytes of its own memory that the daemon uses; the guest's is not among them. */
static size_t count_memory(void)
{
	size_t kilobytes = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", fixture.pid);
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "RssAnon: %zu", &kilobytes);
	fclose(file);

	return kilobytes * 1024;
}

/* With sanitizers, everything is larger. */
#ifdef __SANITIZE_ADDRESS__
#define MAX_MEMORY 8192
#define MAX_GROWTH (64U << 20)
#else
#define MAX_MEMORY 1024
#define MAX_GROWTH (64U << 10)
#endif

Test(vsock_daemon, has_ten_thousand_connections_open)
{
	size_t n = raise_limit(), before = fixture_count_fds(&fixture);
	size_t memory = count_memory();
	struct stream *streams = calloc(n, sizeof(*streams));

	for (size_t i = 0; i < n; i++) {
		open_stream(&streams[i], (unsigned int)i, 3);
		echo_guest_pump(&guest);
	}
	read_answers(streams, n);
	cr_assert_eq(guest.n_open, n);
	cr_assert_eq(fixture_count_fds(&fixture), before + n);
	memory = (count_memory() - memory) / n;
	cr_assert_leq(memory, MAX_MEMORY, "%zu bytes each", memory);
	cr_log_info("%zu connections: %zu bytes each", n, memory);
	for (size_t i = 0; i < n; i += n / 10)
		WAIT_FOR(talk(&streams[i], 1));
	for (size_t i = 0; i < n; i++)
		close(streams[i].fd);
	WAIT_FOR(guest.n_open == 0);
	fixture_wait_fds(&fixture, before);
	free(streams);
}

/* A million takes some minutes. */
static size_t how_many(void)
{
	const char *n = getenv("CONNECTIONS");

	return n ? strtoul(n, NULL, 10) : 3000;
}

static void come_and_go(size_t i)
{
	struct stream stream;

	open_stream(&stream, 0, 0);
	if (i % 3)
		WAIT_FOR(guest.n_accepted == i);
	else
		read_answer(&stream);
	close(stream.fd);
	WAIT_FOR(guest.n_accepted == i);
}

Test(vsock_daemon, leaks_nothing_when_connections_come_and_go)
{
	size_t before = fixture_count_fds(&fixture), n = how_many();
	size_t memory = 0;

	for (size_t i = 1; i <= n; i++) {
		come_and_go(i);
		if (i == 1000)
			memory = count_memory();
	}
	WAIT_FOR(guest.n_open == 0);
	fixture_wait_fds(&fixture, before);
	cr_assert_leq(count_memory(), memory + MAX_GROWTH);
	cr_log_info("after %zu connections: %zu bytes more than after 1000", n,
		    count_memory() - memory);
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
