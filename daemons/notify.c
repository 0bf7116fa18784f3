/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The service manager's own protocol: a datagram to the socket that the
 * environment names, see sd_notify(3).  That function would make a socket for
 * each message, which a sandbox had to allow.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/systemd.h"

static int notify_fd = -1;

/* No guest waits longer for a service manager that is busy. */
#define PATIENCE_USEC 100000

/* A leading "@" stands for the zero byte of an abstract address. */
static socklen_t make_address(const char *path, struct sockaddr_un *address)
{
	size_t len = strlen(path);

	if ((path[0] != '@' && path[0] != '/') ||
	    len >= sizeof(address->sun_path))
		return 0;

	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, len + 1);
	if (path[0] == '@') {
		address->sun_path[0] = '\0';
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				   len);
	}

	return sizeof(*address);
}

void systemd_notify_open(void)
{
	const struct timeval patience = { .tv_usec = PATIENCE_USEC };
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { 0 };
	socklen_t len = path ? make_address(path, &address) : 0;

	systemd_notify_close();
	if (!len)
		return;

	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd >= 0 &&
	    connect(notify_fd, (struct sockaddr *)&address, len) < 0)
		systemd_notify_close();
	if (notify_fd >= 0)
		(void)setsockopt(notify_fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
				 sizeof(patience));
}

/* Returns 0, -EAGAIN if there was no room, or another negative errno. */
static int send_state(const char *state, void *control, size_t size, int flags)
{
	struct iovec iov = { (void *)(uintptr_t)state, strlen(state) };
	const struct msghdr message = { .msg_iov = &iov,
					.msg_iovlen = 1,
					.msg_control = control,
					.msg_controllen = size };

	if (notify_fd < 0)
		return -ENOTCONN;

	return sendmsg(notify_fd, &message, MSG_NOSIGNAL | flags) < 0 ? -errno
								      : 0;
}

void systemd_notify(const char *state)
{
	int r;

	do {
		r = send_state(state, NULL, 0, 0);
	} while (r == -EAGAIN || r == -EINTR);
}

void systemd_notify_if_room(const char *state)
{
	(void)send_state(state, NULL, 0, MSG_DONTWAIT);
}

/* The kernel has a limit for descriptors that nobody has received yet. */
static bool there_was_no_room(int r)
{
	return r == -EAGAIN || r == -EINTR || r == -ENOBUFS ||
	       r == -ETOOMANYREFS;
}

int systemd_notify_fd(const char *state, int fd, bool patient)
{
	union {
		char buf[CMSG_SPACE(sizeof(fd))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(fd)) } };
	bool has_fd = fd >= 0;
	int r;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	r = send_state(state, has_fd ? &control : NULL,
		       has_fd ? sizeof(control) : 0,
		       patient ? 0 : MSG_DONTWAIT);

	return there_was_no_room(r) ? -EAGAIN : r;
}

void systemd_notify_close(void)
{
	if (notify_fd >= 0)
		close(notify_fd);
	notify_fd = -1;
}
