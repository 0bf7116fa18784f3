/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A server that ends at a moment that libpulse does not like: it has shared
 * memory for messages, and cannot be told any more that we have it.  libpulse
 * 16.1 then loops for ever.
 *
 * To meet that moment, all that the server says comes through our hands.
 */

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pulse-driver.h"

/* Of libpulse's protocol: the head of a frame, and of what is no sound. */
#define HEAD_SIZE 20
#define NO_CHANNEL UINT32_MAX
#define COMMAND_ENABLE_SRBCHANNEL 101

/* The most that we pass on: a cookie, or a list of names. */
#define MAX_FRAME 4096

/* And descriptors, with a frame. */
#define MAX_FDS 16

/* What we say at first: who we are, what memory we have, what we are called. */
#define N_INTRODUCTION 3

/**
 * struct flow - what one side says
 * @fd:      where it comes from
 * @frame:   the last one
 * @len:     its length
 * @n:       how many there were
 * @offered: one of them was about memory that comes with the next sound
 * @shared:  and so did that
 */
struct flow {
	int fd;
	uint8_t frame[MAX_FRAME];
	size_t len;
	unsigned int n;
	bool offered;
	bool shared;
};

/**
 * struct between - who is between the server and us
 * @thread:   does so
 * @path:     where we find it
 * @listener: and what it listens with
 * @server:   what the server says
 * @client:   and what we say
 */
static struct between {
	pthread_t thread;
	char path[64];
	int listener;
	struct flow server;
	struct flow client;
} between;

static uint32_t number_at(const struct flow *flow, size_t offset)
{
	uint32_t n;

	memcpy(&n, flow->frame + offset, sizeof(n));

	return ntohl(n);
}

/* The letter before a number says that it is one. */
static void understand(struct flow *flow)
{
	flow->n++;
	if (number_at(flow, 4) != NO_CHANNEL)
		flow->shared = flow->offered;
	else if (number_at(flow, HEAD_SIZE + 1) == COMMAND_ENABLE_SRBCHANNEL)
		flow->offered = true;
}

static void close_fds(const struct cmsghdr *header)
{
	size_t n = header->cmsg_len - CMSG_LEN(0);

	for (size_t i = 0; i < n / sizeof(int); i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
		close(fd);
	}
}

static void close_all_fds(struct msghdr *message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_type == SCM_RIGHTS)
			close_fds(header);
	}
}

/*
 * Pass on one frame with its descriptors, and with who sent it; but not the
 * memory.
 */
static void pass(struct flow *from, int to)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MAX_FDS * sizeof(int)) +
			   CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { from->frame, HEAD_SIZE };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	cr_assert_eq(recvmsg(from->fd, &message, MSG_WAITALL), HEAD_SIZE);
	from->len = HEAD_SIZE + number_at(from, 0);
	cr_assert_leq(from->len, MAX_FRAME);
	while (iov.iov_len < from->len) {
		ssize_t n = recv(from->fd, from->frame + iov.iov_len,
				 from->len - iov.iov_len, 0);

		cr_assert_gt(n, 0);
		iov.iov_len += (size_t)n;
	}

	understand(from);
	if (!from->shared)
		cr_assert_eq(sendmsg(to, &message, MSG_NOSIGNAL),
			     (ssize_t)from->len);
	close_all_fds(&message);
}

/* The last words of a server. */
static void say_and_end(const struct flow *server)
{
	cr_assert_eq(send(between.client.fd, server->frame, server->len,
			  MSG_NOSIGNAL),
		     (ssize_t)server->len);
	close(between.client.fd);
	close(server->fd);
}

/* Until we have introduced ourselves, and the server has shared memory. */
static void *stay_between(void *context)
{
	struct flow *server = &between.server, *client = &between.client;
	const int on = 1;

	client->fd = accept(between.listener, NULL, NULL);
	/*
	 * The server shares memory with its own user alone.  It is told who that
	 * is, since it may not yet have asked the kernel when we are heard.
	 */
	cr_assert_eq(setsockopt(client->fd, SOL_SOCKET, SO_PASSCRED, &on,
				sizeof(on)),
		     0);
	while (!server->shared || client->n < N_INTRODUCTION) {
		struct pollfd ends[] = {
			{ .fd = client->fd, .events = POLLIN },
			{ .fd = server->shared ? -1 : server->fd,
			  .events = POLLIN },
		};

		poll(ends, 2, -1);
		if (ends[0].revents)
			pass(client, server->fd);
		if (ends[1].revents)
			pass(server, client->fd);
	}
	say_and_end(server);

	return context;
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	cr_assert_lt(strlen(path), sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));

	return address;
}

static void come_between(void)
{
	struct sockaddr_un address;
	char server[96];

	between.server.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address = address_of(pulse.server + strlen("unix:"));
	cr_assert_eq(connect(between.server.fd, (struct sockaddr *)&address,
			     sizeof(address)),
		     0);

	snprintf(between.path, sizeof(between.path), "%s/between", pulse.dir);
	between.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address = address_of(between.path);
	cr_assert_eq(bind(between.listener, (struct sockaddr *)&address,
			  sizeof(address)),
		     0);
	cr_assert_eq(listen(between.listener, 1), 0);
	snprintf(server, sizeof(server), "unix:%s", between.path);
	setenv("PULSE_SERVER", server, 1);
	cr_assert_eq(pthread_create(&between.thread, NULL, stay_between, NULL),
		     0);
}

static void get_out_of_the_way(void)
{
	pthread_join(between.thread, NULL);
	close(between.listener);
	unlink(between.path);
	setenv("PULSE_SERVER", pulse.server, 1);
}

Test(sound_pulse_end, while_it_shares_memory_is_survived, .init = setup_pulse,
     .fini = teardown_pulse, .timeout = 60)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	come_between();
	backend->ops->attach(backend, &sound);
	RUN_UNTIL(server_problem);
	get_out_of_the_way();
	cr_assert(between.server.shared);
	RUN_UNTIL(!sound.lost[PLAYBACK]);
}
