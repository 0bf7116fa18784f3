/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vsock-handshake.h"
#include "backends/vsock-unix-private.h"
#include "virtio-devices/util.h"

void vb_unix_list_init(struct vb_unix_list *list)
{
	list->end = &list->first;
}

void vb_unix_list_add(struct vb_unix_list *list, struct vb_unix_stream *stream)
{
	stream->next = NULL;
	stream->at = list->end;
	*list->end = stream;
	list->end = &stream->next;
	list->n++;
}

void vb_unix_list_remove(struct vb_unix_list *list,
			 struct vb_unix_stream *stream)
{
	*stream->at = stream->next;
	if (stream->next)
		stream->next->at = stream->at;
	else
		list->end = stream->at;
	stream->at = NULL;
	list->n--;
}

static void send_answer(struct vb_vsock_stream *base)
{
	struct vb_unix_stream *stream =
		container_of(base, struct vb_unix_stream, base);
	uint32_t port =
		vd_vsock_connection_flow(base->stream.connection)->peer_port;
	char answer[VB_HANDSHAKE_ANSWER_MAX];
	struct iovec iov = { answer, vb_handshake_answer(port, answer) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	vb_unix_answered(stream);

	/* There is room in a new socket; or nobody is there any more. */
	(void)sendmsg(base->source.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void release(struct vb_vsock_stream *base)
{
	struct vb_unix_stream *stream =
		container_of(base, struct vb_unix_stream, base);

	/* A stream that a device has may only be in this list. */
	if (stream->at)
		vb_unix_list_remove(&stream->owner->connecting, stream);
	vb_unix_answered(stream);
	free(stream);
}

static const struct vb_vsock_stream_events stream_events = {
	.accepted = send_answer,
	.release = release,
};

struct vb_unix_stream *vb_unix_stream_new(struct vb_vsock_unix *owner, int fd,
					  uint32_t type)
{
	struct vb_unix_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;

	vb_vsock_stream_init(&stream->base, owner->loop, type, fd,
			     &stream_events);
	stream->owner = owner;
	stream->type = type;

	return stream;
}

void vb_unix_stream_free(struct vb_unix_stream *stream)
{
	vb_vsock_stream_fini(&stream->base);
	free(stream);
}

static void unix_attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct vb_vsock_unix, host)->vsock = vsock;
}

static void unix_destroy(struct vd_vsock_host *host)
{
	struct vb_vsock_unix *owner =
		container_of(host, struct vb_vsock_unix, host);

	if (owner->closing)
		owner->closing(owner->context);
	vb_unix_accept_stop(owner);
	vb_timer_cancel(&owner->retry);
	free(owner->path);
	free(owner);
}

static const struct vd_vsock_host_ops unix_ops = {
	.name = "unix",
	.attach = unix_attach,
	.connect = vb_unix_connect,
	.destroy = unix_destroy,
};

static void close_fds(const struct vb_vsock_unix_config *config)
{
	close(config->stream_fd);
	if (config->seqpacket_fd >= 0)
		close(config->seqpacket_fd);
}

int vb_vsock_unix_new(struct vb_loop *loop,
		      const struct vb_vsock_unix_config *config,
		      struct vd_vsock_host **ret)
{
	struct vb_vsock_unix *owner = calloc(1, sizeof(*owner));
	int r;

	if (!owner) {
		close_fds(config);
		return -ENOMEM;
	}

	owner->host.ops = &unix_ops;
	owner->loop = loop;
	owner->map = config->map;
	owner->policy = config->policy;
	owner->retry.fire = vb_unix_connect_again;
	vb_unix_list_init(&owner->connecting);
	owner->path = strdup(config->path);
	r = vb_unix_accept_start(owner, config);
	if (r == 0 && !owner->path)
		r = -ENOMEM;
	if (r < 0) {
		unix_destroy(&owner->host);
		return r;
	}

	owner->closing = config->closing;
	owner->context = config->context;
	*ret = &owner->host;
	return 0;
}
