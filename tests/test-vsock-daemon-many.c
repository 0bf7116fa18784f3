/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Connections in thousands, at a time and one after the other.
 */

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vsock-daemon-test.h"

TestSuite(vsock_daemon_many, .init = setup, .fini = teardown);

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

Test(vsock_daemon_many, has_ten_thousand_connections_open)
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

Test(vsock_daemon_many, leaks_nothing_when_connections_come_and_go)
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
