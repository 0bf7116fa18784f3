/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a back-end's device, as a front-end that migrates its guest gets
 * and gives it.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "vhost-user/frontend-private.h"
#include "virtio-devices/util.h"

static int announce(struct vhu_frontend *frontend, uint32_t direction, int fd)
{
	VD_CLEANUP(vhu_message_fini) struct vhu_message reply = { 0 };
	const struct vhu_header header = {
		.request = VHU_SET_DEVICE_STATE_FD,
		.flags = VHU_VERSION,
		.size = sizeof(struct vhu_device_state),
	};
	const struct vhu_device_state wire = { .direction = direction };
	int r;

	if (!vhu_frontend_has(frontend, VHU_PROTOCOL_F_DEVICE_STATE))
		return -EOPNOTSUPP;

	r = vhu_frontend_send(frontend, &header, &wire, &fd, 1);
	if (r < 0)
		return r;
	r = vhu_frontend_receive(frontend, &reply);
	if (r < 0)
		return r;
	if (reply.header.request != header.request ||
	    reply.header.size != sizeof(uint64_t))
		return -EBADMSG;

	/* It may offer a descriptor of its own, which ours never does. */
	return reply.payload.u64 == VHU_STATE_NO_FD ? 0 : -EREMOTEIO;
}

static int check(struct vhu_frontend *frontend)
{
	uint64_t result;
	int r = vhu_frontend_ask_u64(frontend, VHU_CHECK_DEVICE_STATE, &result);

	if (r < 0)
		return r;

	return result == 0 ? 0 : -EREMOTEIO;
}

/* Returns how much was moved, or a negative errno. */
static ssize_t move(struct vhu_frontend *frontend, int fd, void *buf,
		    size_t len, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	ssize_t n;

	if (poll(&pollfd, 1, (int)frontend->timeout) == 0)
		return -ETIMEDOUT;

	n = events == POLLIN ? read(fd, buf, len) : write(fd, buf, len);

	return n < 0 ? -errno : n;
}

int vhu_frontend_save_state(struct vhu_frontend *frontend, void *buf,
			    size_t size, size_t *ret)
{
	size_t len = 0;
	ssize_t n = 0;
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;

	r = announce(frontend, VHU_STATE_SAVE, fds[1]);
	close(fds[1]);
	while (r == 0 && len < size) {
		n = move(frontend, fds[0], (char *)buf + len, size - len,
			 POLLIN);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fds[0]);
	if (r == 0)
		r = n < 0 ? (int)n : check(frontend);
	if (r == 0)
		*ret = len;

	return r;
}

int vhu_frontend_load_state(struct vhu_frontend *frontend, const void *buf,
			    size_t len)
{
	const char *at = buf;
	int fds[2];
	int r;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;

	r = announce(frontend, VHU_STATE_LOAD, fds[0]);
	close(fds[0]);
	while (r == 0 && len > 0) {
		ssize_t n = move(frontend, fds[1], (void *)(uintptr_t)at, len,
				 POLLOUT);

		if (n < 0) {
			r = (int)n;
			break;
		}
		at += n;
		len -= (size_t)n;
	}
	close(fds[1]);

	return r < 0 ? r : check(frontend);
}
