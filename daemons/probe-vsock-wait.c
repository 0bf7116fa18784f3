/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest that waits for its vsock device.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "daemons/probe-alarm.h"
#include "daemons/probe-vsock-guest.h"
#include "vhost-user/frontend.h"

#define N_QUEUES (PROBE_VSOCK_EVENT + 1)

/* How often a sleeper sees whether the back-end is still there. */
#define CHECK_MSEC 200

/* Each queue has two descriptors, and the connection comes last. */
size_t probe_vsock_poll(const struct probe_vsock_guest *guest,
			struct pollfd fds[PROBE_VSOCK_N_FDS])
{
	struct vhu_frontend *frontend = probe_vsock_frontend(guest);
	size_t n = 0;

	for (unsigned int i = 0; i < N_QUEUES; i++) {
		const struct vhu_frontend_queue *queue =
			vhu_frontend_queue(frontend, i);

		if (!queue->ring)
			continue;
		fds[n++] = (struct pollfd){ .fd = queue->call_fd,
					    .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = queue->err_fd,
					    .events = POLLIN };
	}
	fds[n++] = (struct pollfd){ .fd = vhu_frontend_fd(frontend),
				    .events = POLLRDHUP };

	return n;
}

int probe_vsock_polled(const struct probe_vsock_guest *guest,
		       const struct pollfd *fds, size_t n)
{
	uint64_t n_calls;
	ssize_t ignored;

	(void)guest;
	for (size_t i = 0; i + 1 < n; i += 2) {
		if (fds[i].revents & POLLIN) {
			ignored = read(fds[i].fd, &n_calls, sizeof(n_calls));
			(void)ignored;
		}
		if (fds[i + 1].revents & POLLIN)
			return -EIO;
	}

	return fds[n - 1].revents ? -ENOTCONN : 0;
}

int probe_vsock_wait(const struct probe_vsock_guest *guest, int timeout)
{
	struct pollfd fds[PROBE_VSOCK_N_FDS];
	size_t n = probe_vsock_poll(guest, fds);
	int r;

	do {
		r = poll(fds, n, timeout);
	} while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;

	return probe_vsock_polled(guest, fds, n);
}

static int rx_call_fd(const struct probe_vsock_guest *guest)
{
	return vhu_frontend_queue(probe_vsock_frontend(guest), PROBE_VSOCK_RX)
		->call_fd;
}

void probe_vsock_sleep_begin(const struct probe_vsock_guest *guest)
{
	probe_alarm_begin(rx_call_fd(guest), CHECK_MSEC);
}

void probe_vsock_sleep_end(const struct probe_vsock_guest *guest)
{
	int fd = rx_call_fd(guest);

	probe_alarm_end();
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int sleep_once(const struct probe_vsock_guest *guest)
{
	uint64_t n_calls;

	if (read(rx_call_fd(guest), &n_calls, sizeof(n_calls)) >= 0)
		return 0;

	return errno == EINTR ? probe_vsock_wait(guest, 0) : -errno;
}

int probe_vsock_sleep(const struct probe_vsock_guest *guest, int timeout)
{
	int r = -ETIMEDOUT;

	for (int slept = 0; slept <= timeout && r == -ETIMEDOUT;
	     slept += CHECK_MSEC)
		r = sleep_once(guest);

	return r;
}
