/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/vsock-unix-private.h"
#include "virtio-devices/util.h"

/*
 * A program that does not accept as fast as the guest connects is tried again
 * after so long, up to the time-out: AF_UNIX does not tell when it is ready.
 */
#define CONNECT_RETRY (5 * VD_NSEC_PER_MSEC)
#define CONNECT_TIMEOUT (2 * VD_NSEC_PER_SEC)

/*
 * So many are tried in a round, those that wait longest first.  The loop is
 * shared by guests: one that connects wherever it can must not keep it.
 */
#define CONNECT_BURST 64

static int make_address(const struct vb_vsock_unix *owner, uint32_t port,
			struct sockaddr_un *ret)
{
	const char *path = vb_vsock_port_path(owner->map, port);
	const size_t room = sizeof(ret->sun_path);
	int len;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (path)
		len = snprintf(ret->sun_path, room, "%s", path);
	else
		len = snprintf(ret->sun_path, room, "%s_%u", owner->path, port);

	return (size_t)len < room ? 0 : -ENAMETOOLONG;
}

/* Returns 0 if it is connected, -EAGAIN if that takes a while, or an error. */
static int try_connect(struct vb_unix_stream *stream)
{
	struct sockaddr_un address;
	int r;

	r = make_address(stream->owner, stream->port, &address);
	if (r < 0)
		return r;
	if (connect(stream->base.source.fd, (struct sockaddr *)&address,
		    sizeof(address)) < 0)
		return -errno;

	stream->base.open = true;

	return vb_vsock_stream_open(&stream->base);
}

static void try_again(struct vb_unix_stream *stream, uint64_t now)
{
	struct vb_unix_list *list = &stream->owner->connecting;
	int r = try_connect(stream);

	vb_unix_list_remove(list, stream);
	if (r == -EAGAIN && now < stream->deadline)
		vb_unix_list_add(list, stream);
	else
		vd_vsock_connected(stream->base.stream.connection,
				   r == -EAGAIN ? -ETIMEDOUT : r, now);
}

void vb_unix_connect_again(struct vb_timer *timer)
{
	struct vb_vsock_unix *owner =
		container_of(timer, struct vb_vsock_unix, retry);
	uint64_t now = vb_loop_now(owner->loop);

	/* There may be fewer by then, for each can take others along. */
	for (size_t n = VD_MIN(owner->connecting.n, CONNECT_BURST);
	     n > 0 && owner->connecting.first; n--)
		try_again(owner->connecting.first, now);
	if (owner->connecting.first)
		vb_timer_set(owner->loop, timer, now + CONNECT_RETRY);
}

static void wait_for_backlog(struct vb_unix_stream *stream)
{
	struct vb_vsock_unix *owner = stream->owner;
	uint64_t now = vb_loop_now(owner->loop);

	stream->deadline = now + CONNECT_TIMEOUT;
	vb_unix_list_add(&owner->connecting, stream);
	if (!owner->retry.loop)
		vb_timer_set(owner->loop, &owner->retry, now + CONNECT_RETRY);
}

int vb_unix_connect(struct vd_vsock_host *host,
		    const struct vd_vsock_flow *flow,
		    struct vd_vsock_stream **ret)
{
	struct vb_vsock_unix *owner =
		container_of(host, struct vb_vsock_unix, host);
	struct vb_unix_stream *stream;
	int fd, r;

	if (flow->peer_cid != VD_VSOCK_HOST_CID)
		return -EHOSTUNREACH;
	if (!vb_vsock_may_connect(owner->policy, flow->peer_port))
		return -EACCES;

	fd = socket(AF_UNIX,
		    vb_vsock_socket_type(flow->type) | SOCK_CLOEXEC |
			    SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -errno;
	stream = vb_unix_stream_new(owner, fd, flow->type);
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}

	stream->port = flow->peer_port;
	r = try_connect(stream);
	if (r == -EAGAIN) {
		wait_for_backlog(stream);
	} else if (r < 0) {
		vb_unix_stream_free(stream);
		return r;
	}

	*ret = &stream->base.stream;
	return r == 0;
}
