/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The real daemon, with a guest that echoes, and programs of the host that talk
 * to it.
 */

#ifndef TESTS_VSOCK_DAEMON_TEST_H
#define TESTS_VSOCK_DAEMON_TEST_H

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "fixture-daemon.h"
#include "virtio-devices/util.h"
#include "vsock-echo-guest.h"
#include "wait.h"

static struct fixture fixture;
static struct echo_guest guest;
static char config_path[96];

static inline void write_config(const char *more)
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

static inline void setup(void)
{
	const char *const args[] = { "--log-level=error", "--config",
				     config_path, NULL };

	fixture_init(&fixture);
	snprintf(config_path, sizeof(config_path), "%s/config", fixture.dir);
	write_config("");
	fixture_run(&fixture, "vsock", args);
	echo_guest_boot(&guest, fixture.path[1], 3);
}

static inline void teardown(void)
{
	echo_guest_free(&guest);
	unlink(config_path);
	fixture_stop(&fixture);
}

/* Let the guest work until a condition holds. */
#define WAIT_FOR(condition) WORK_UNTIL(condition, echo_guest_work(&guest))

static inline int connect_to(const char *name)
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

static inline uint8_t byte_at(const struct stream *stream, size_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8) + stream->seed * 31);
}

/* The answer that a program waits for before it says anything. */
static inline void read_answer(struct stream *stream)
{
	char answer[32];
	ssize_t n;

	WAIT_FOR((n = recv(stream->fd, answer, sizeof(answer), MSG_DONTWAIT)) >
		 0);
	cr_assert_eq(strncmp(answer, "OK ", 3), 0);
	cr_assert_eq(answer[n - 1], '\n');
}

static inline void open_stream(struct stream *stream, unsigned int seed,
			       size_t total)
{
	*stream = (struct stream){
		.fd = connect_to("v3"),
		.seed = seed,
		.total = total,
	};
	cr_assert_eq(write(stream->fd, "CONNECT 7\n", 10), 10);
}

static inline void say(struct stream *stream)
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

static inline void hear(struct stream *stream)
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

static inline bool talk(struct stream *streams, size_t n)
{
	bool ended = true;

	for (size_t i = 0; i < n; i++) {
		say(&streams[i]);
		hear(&streams[i]);
		ended &= streams[i].ended;
	}

	return ended;
}

#endif
