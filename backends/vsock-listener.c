/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vsock-listener.h"
#include "virtio-devices/util.h"

/* Let in so many at a time; then it is the turn of others. */
#define BURST 16

/* When there are no descriptors left, try again after so long. */
#define ACCEPT_RETRY (100 * VD_NSEC_PER_MSEC)

static void try_later(struct vb_vsock_listener *listener)
{
	vb_timer_set(listener->loop, &listener->retry,
		     vb_loop_now(listener->loop) + ACCEPT_RETRY);
}

static void retry(struct vb_timer *timer)
{
	vb_vsock_listener_resume(
		container_of(timer, struct vb_vsock_listener, retry));
}

static bool nobody_came(int error)
{
	return error == EAGAIN || error == ECONNABORTED || error == EINTR;
}

static void ready(struct vb_source *source, uint32_t events)
{
	struct vb_vsock_listener *listener =
		container_of(source, struct vb_vsock_listener, source);

	(void)events;

	/* It may be paused by whom it tells. */
	for (int i = 0; i < BURST && listener->source.loop; i++) {
		int fd = accept4(source->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			listener->accepted(listener, fd);
			continue;
		}
		if (nobody_came(errno))
			return;
		vb_source_remove(source);
		try_later(listener);
	}
}

int vb_vsock_listener_init(struct vb_vsock_listener *listener,
			   struct vb_loop *loop, int fd)
{
	listener->loop = loop;
	listener->source.fd = fd;
	listener->source.ready = ready;
	listener->retry.fire = retry;

	return vb_loop_watch(loop, &listener->source, EPOLLIN);
}

void vb_vsock_listener_pause(struct vb_vsock_listener *listener)
{
	vb_timer_cancel(&listener->retry);
	vb_source_remove(&listener->source);
}

void vb_vsock_listener_resume(struct vb_vsock_listener *listener)
{
	vb_timer_cancel(&listener->retry);
	if (!listener->loop || listener->source.loop)
		return;

	/* Without memory in the kernel for now; a pause ends this, too. */
	if (vb_loop_watch(listener->loop, &listener->source, EPOLLIN) < 0)
		try_later(listener);
}

void vb_vsock_listener_fini(struct vb_vsock_listener *listener)
{
	if (!listener->loop)
		return;

	vb_vsock_listener_pause(listener);
	close(listener->source.fd);
}
