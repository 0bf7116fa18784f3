/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest that waits for its vsock device.
 */

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "vhost-user/frontend.h"

#define N_QUEUES (PROBE_VSOCK_EVENT + 1)

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
