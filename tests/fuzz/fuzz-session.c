/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A session whose front-end is the fuzzer.  The input is a sequence of records:
 * a byte that says how many descriptors go along and of which kind, a byte for
 * the length, and so many bytes for the socket.
 */

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/gpio-sim.h"
#include "backends/loop.h"
#include "vhost-user/session.h"
#include "virtio-devices/device.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define MAX_FDS 10

static int new_fd(unsigned int kind)
{
	int fd = -1;

	switch (kind % 3) {
	case 0:
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		if (fd >= 0 && ftruncate(fd, 1 << 16) < 0) {
			close(fd);
			fd = -1;
		}
		return fd;
	case 1:
		return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	default:
		return dup(STDERR_FILENO);
	}
}

static void send_record(int socket, const uint8_t *data, size_t len,
			unsigned int n_fds, unsigned int kind)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[MAX_FDS];
	ssize_t sent;

	for (unsigned int i = 0; i < n_fds; i++)
		fds[i] = new_fd(kind);
	if (n_fds) {
		struct cmsghdr *cmsg;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
	}
	sent = sendmsg(socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sent;
	for (unsigned int i = 0; i < n_fds; i++)
		close(fds[i]);
}

/* Answers are not what we are after. */
static void drain(int socket)
{
	char buf[8192];

	while (recv(socket, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void play(struct vb_loop *loop, int socket, const uint8_t *data,
		 size_t size)
{
	while (size >= 2) {
		unsigned int n_fds = data[0] % (MAX_FDS + 1);
		unsigned int kind = data[0] / (MAX_FDS + 1);
		size_t len = VD_MIN((size_t)data[1], size - 2);

		if (len)
			send_record(socket, data + 2, len, n_fds, kind);
		data += 2 + len;
		size -= 2 + len;
		for (int i = 0; i < 4; i++)
			(void)vb_loop_step(loop);
		drain(socket);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vhu_session_config config = {
		.features = VD_VIRTQUEUE_FEATURES,
		.in_band = true,
	};
	struct vd_gpio_backend *backend;
	struct vhu_session *session;
	struct vd_device *device;
	struct vb_loop *loop;
	int sockets[2];

	if (vb_loop_new(&loop) < 0 || vb_gpio_sim_new(4, true, &backend) < 0 ||
	    vd_gpio_new(backend, &device) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0 ||
	    vhu_session_new(loop, device, sockets[0], &config, &session) < 0)
		__builtin_trap();

	play(loop, sockets[1], data, size);

	vhu_session_free(session);
	close(sockets[1]);
	vd_device_free(device);
	vb_loop_free(loop);

	return 0;
}
