/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A program that has connected and not yet said where to is pending.  Its line
 * is looked at where it is, in the socket, and taken once it is whole, so that
 * no byte behind it has to be kept here.
 */

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vsock-handshake.h"
#include "backends/vsock-unix-private.h"
#include "virtio-devices/util.h"

/* Those who say nothing for so long are sent away. */
#define HANDSHAKE_TIMEOUT (2 * VD_NSEC_PER_SEC)

/* How many may be silent at a time. */
#define MAX_PENDING 64

/* How many may wait for the guest's answer, which takes it a moment. */
#define MAX_OFFERED 256

static struct vb_unix_stream *unix_stream_of(struct vb_source *source)
{
	return container_of(source, struct vb_unix_stream, base.source);
}

/* Others wait in the sockets' backlogs, as they would for any busy server. */
static void open_or_close(struct vb_vsock_unix *owner)
{
	bool full = owner->pending.n >= MAX_PENDING ||
		    owner->n_offered >= MAX_OFFERED;

	for (size_t i = 0; i < VB_UNIX_N_LISTENERS; i++) {
		if (full)
			vb_vsock_listener_pause(&owner->listeners[i].base);
		else
			vb_vsock_listener_resume(&owner->listeners[i].base);
	}
}

void vb_unix_answered(struct vb_unix_stream *stream)
{
	if (!stream->offered)
		return;

	stream->offered = false;
	stream->owner->n_offered--;
	open_or_close(stream->owner);
}

static void send_away(struct vb_unix_stream *stream)
{
	struct vb_vsock_unix *owner = stream->owner;

	vb_unix_list_remove(&owner->pending, stream);
	vb_unix_stream_free(stream);
	open_or_close(owner);
}

/* It may be closed, and gone, by the end of this. */
static void offer(struct vb_unix_stream *stream)
{
	struct vb_vsock_unix *owner = stream->owner;
	const struct vd_vsock_flow flow = {
		.guest_port = stream->port,
		.peer_cid = VD_VSOCK_HOST_CID,
		.peer_port = VD_VSOCK_PORT_ANY,
		.type = stream->type,
	};
	int r = -EACCES;

	vb_unix_list_remove(&owner->pending, stream);
	stream->offered = true;
	owner->n_offered++;
	if (vb_vsock_may_be_reached(owner->policy))
		r = vb_vsock_stream_open(&stream->base);
	if (r == 0)
		r = vd_vsock_accept(owner->vsock, &flow, &stream->base.stream,
				    vb_loop_now(owner->loop));
	if (r < 0) {
		owner->n_offered--;
		vb_unix_stream_free(stream);
	}
	open_or_close(owner);
}

/* Returns the length of the line, 0 if it is not whole yet, or a negative errno. */
static ssize_t read_line(struct vb_unix_stream *stream)
{
	bool whole = stream->type == VD_VSOCK_SEQPACKET;
	char line[VB_HANDSHAKE_MAX];
	struct iovec iov = { line, sizeof(line) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n, len;

	n = recvmsg(stream->base.source.fd, &message, MSG_PEEK | MSG_TRUNC);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;

	len = vb_handshake_parse(line, VD_MIN((size_t)n, sizeof(line)), whole,
				 &stream->port);
	if (len <= 0)
		return len;
	if (whole && len != n)
		return -EBADMSG;

	return read(stream->base.source.fd, line, (size_t)len);
}

static void shake_hands(struct vb_unix_stream *stream, uint32_t events)
{
	ssize_t len = read_line(stream);

	vb_vsock_stream_note(&stream->base, events);
	if (len > 0)
		offer(stream);
	else if (len < 0 || events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		send_away(stream);
}

static void pending_ready(struct vb_source *source, uint32_t events)
{
	shake_hands(unix_stream_of(source), events);
}

static void expire(struct vb_timer *timer)
{
	struct vb_vsock_unix *owner =
		container_of(timer, struct vb_vsock_unix, expire);
	uint64_t now = vb_loop_now(owner->loop);

	while (owner->pending.first && owner->pending.first->deadline <= now)
		send_away(owner->pending.first);
	if (owner->pending.first)
		vb_timer_set(owner->loop, timer,
			     owner->pending.first->deadline);
}

static void add_pending(struct vb_unix_stream *stream)
{
	struct vb_vsock_unix *owner = stream->owner;

	stream->deadline = vb_loop_now(owner->loop) + HANDSHAKE_TIMEOUT;
	vb_unix_list_add(&owner->pending, stream);
	if (!owner->expire.loop)
		vb_timer_set(owner->loop, &owner->expire, stream->deadline);
	open_or_close(owner);
}

/* Most have said where to by the time that we get to know them. */
static void somebody_came(struct vb_vsock_listener *base, int fd)
{
	struct vb_unix_listener *listener =
		container_of(base, struct vb_unix_listener, base);
	struct vb_unix_stream *stream =
		vb_unix_stream_new(listener->owner, fd, listener->type);

	if (!stream) {
		close(fd);
		return;
	}

	stream->base.source.ready = pending_ready;
	if (vb_loop_watch(base->loop, &stream->base.source,
			  EPOLLIN | EPOLLRDHUP | EPOLLET) < 0) {
		vb_unix_stream_free(stream);
		return;
	}
	add_pending(stream);
	shake_hands(stream, 0);
}

static int start_listener(struct vb_unix_listener *listener,
			  struct vb_vsock_unix *owner, uint32_t type, int fd)
{
	if (fd < 0)
		return 0;

	listener->base.accepted = somebody_came;
	listener->type = type;
	listener->owner = owner;

	return vb_vsock_listener_init(&listener->base, owner->loop, fd);
}

int vb_unix_accept_start(struct vb_vsock_unix *owner,
			 const struct vb_vsock_unix_config *config)
{
	int r, other;

	owner->expire.fire = expire;
	vb_unix_list_init(&owner->pending);
	r = start_listener(&owner->listeners[0], owner, VD_VSOCK_STREAM,
			   config->stream_fd);
	other = start_listener(&owner->listeners[1], owner, VD_VSOCK_SEQPACKET,
			       config->seqpacket_fd);

	return r < 0 ? r : other;
}

void vb_unix_accept_stop(struct vb_vsock_unix *owner)
{
	while (owner->pending.first) {
		struct vb_unix_stream *stream = owner->pending.first;

		vb_unix_list_remove(&owner->pending, stream);
		vb_unix_stream_free(stream);
	}
	for (size_t i = 0; i < VB_UNIX_N_LISTENERS; i++)
		vb_vsock_listener_fini(&owner->listeners[i].base);
	vb_timer_cancel(&owner->expire);
}
