/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/vsock-stream.h"
#include "virtio-devices/util.h"

#define ALWAYS (EPOLLIN | EPOLLRDHUP | EPOLLET)

/* A message has to fit whole into the buffer of the socket that it is sent to. */
#define SEND_BUFFER (256 * 1024)

static struct vb_vsock_stream *stream_of(struct vd_vsock_stream *stream)
{
	return container_of(stream, struct vb_vsock_stream, stream);
}

/* A guest's whole credit shall go in one call, where it does not in a default. */
static void make_room(struct vb_vsock_stream *stream)
{
	const int size = SEND_BUFFER;

	if (stream->roomy)
		return;

	stream->roomy = true;
	setsockopt(stream->source.fd, SOL_SOCKET, SO_SNDBUF, &size,
		   sizeof(size));
}

static void arm(struct vb_vsock_stream *stream, bool armed)
{
	if (stream->armed == armed)
		return;

	stream->armed = armed;
	vb_source_change(&stream->source,
			 armed ? ALWAYS | EPOLLOUT : (uint32_t)ALWAYS);
}

static ssize_t stream_writev(struct vd_vsock_stream *base,
			     const struct iovec *iov, size_t n_iov,
			     unsigned int flags)
{
	struct vb_vsock_stream *stream = stream_of(base);
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = n_iov,
	};
	size_t len = 0;
	ssize_t n;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;

	n = sendmsg(stream->source.fd, &message,
		    MSG_NOSIGNAL | MSG_DONTWAIT |
			    (flags & VD_VSOCK_EOR ? MSG_EOR : 0));
	if (n < 0)
		n = -errno;
	if (n == -EAGAIN || (n >= 0 && (size_t)n < len)) {
		make_room(stream);
		stream->blocked = true;
		arm(stream, true);
	}

	return n;
}

static ssize_t receive(struct vb_vsock_stream *stream, struct msghdr *message,
		       int flags)
{
	ssize_t n;

	n = recvmsg(stream->source.fd, message, MSG_DONTWAIT | flags);

	return n < 0 ? -errno : n;
}

/*
 * The kernel stops short behind bytes that descriptors came along with; these
 * are of no use to a guest, but what follows is.  The same holds for an end that
 * was told of together with the bytes in front of it.
 */
static ssize_t stream_readv(struct vd_vsock_stream *base,
			    const struct iovec *iov, size_t n_iov,
			    unsigned int *flags)
{
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)iov,
		.msg_iovlen = n_iov,
	};
	struct vb_vsock_stream *stream = stream_of(base);
	ssize_t n = receive(stream, &message, 0);

	if (n > 0 && (stream->ended || message.msg_flags & MSG_CTRUNC))
		*flags |= VD_VSOCK_MORE;
	/* The end of a record, of which AF_VSOCK tells, and AF_UNIX does not. */
	if (message.msg_flags & MSG_EOR)
		*flags |= VD_VSOCK_EOR;

	return n;
}

/*
 * Is there an empty message, or nothing any more?  Only a message comes with the
 * credentials of its sender.
 */
static bool has_message(struct vb_vsock_stream *stream)
{
	char control[CMSG_SPACE(sizeof(struct ucred))];
	struct msghdr message = {
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = stream->source.fd, on = 1, off = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	n = receive(stream, &message, MSG_PEEK);
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));

	return n >= 0 && CMSG_FIRSTHDR(&message);
}

/* AF_VSOCK says how long a message is only to who would take a byte of it. */
static ssize_t message_next(struct vd_vsock_stream *base)
{
	struct vb_vsock_stream *stream = stream_of(base);
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = receive(stream, &message, MSG_PEEK | MSG_TRUNC);

	if (n == 0 && !has_message(stream))
		return -ENODATA;

	return n;
}

static ssize_t message_readv(struct vd_vsock_stream *base,
			     const struct iovec *iov, size_t n_iov,
			     unsigned int *flags)
{
	ssize_t n = stream_readv(base, iov, n_iov, flags);

	/* Whether another one follows is found out by asking. */
	if (n >= 0)
		*flags |= VD_VSOCK_EOM | VD_VSOCK_MORE;

	return n;
}

static void stream_shutdown(struct vd_vsock_stream *base, unsigned int how)
{
	struct vb_vsock_stream *stream = stream_of(base);

	if (how & VD_VSOCK_NO_READ)
		(void)shutdown(stream->source.fd, SHUT_RD);
	if (how & VD_VSOCK_NO_WRITE)
		(void)shutdown(stream->source.fd, SHUT_WR);
}

/*
 * AF_UNIX has no way to reset a connection, other than to close it while bytes
 * wait to be read; the other end then sees ECONNRESET, and else an end of file.
 */
static void stream_close(struct vd_vsock_stream *base, int error)
{
	struct vb_vsock_stream *stream = stream_of(base);

	(void)error;

	if (stream->gone)
		*stream->gone = true;
	vb_vsock_stream_fini(stream);
	stream->events->release(stream);
}

static void stream_accepted(struct vd_vsock_stream *base)
{
	struct vb_vsock_stream *stream = stream_of(base);
	uint64_t now = vb_loop_now(stream->loop);
	bool gone = false;

	stream->open = true;
	if (stream->events->accepted)
		stream->events->accepted(stream);

	/* Whatever came until now has gone unnoticed. */
	stream->gone = &gone;
	vd_vsock_readable(base->connection, now);
	if (!gone && stream->hung_up)
		vd_vsock_hung_up(base->connection, now);
	if (!gone)
		stream->gone = NULL;
}

static const struct vd_vsock_stream_ops stream_ops = {
	.accepted = stream_accepted,
	.writev = stream_writev,
	.readv = stream_readv,
	.shutdown = stream_shutdown,
	.close = stream_close,
};

static const struct vd_vsock_stream_ops message_ops = {
	.accepted = stream_accepted,
	.writev = stream_writev,
	.next_message = message_next,
	.readv = message_readv,
	.shutdown = stream_shutdown,
	.close = stream_close,
};

static void can_write(struct vb_vsock_stream *stream, uint64_t now)
{
	if (!stream->blocked) {
		arm(stream, false);
		return;
	}

	stream->blocked = false;
	vd_vsock_writable(stream->stream.connection, now);
}

void vb_vsock_stream_note(struct vb_vsock_stream *stream, uint32_t events)
{
	stream->ended |= !!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
	stream->hung_up |= !!(events & EPOLLHUP);
}

/* The device may close the stream at any step. */
static void stream_ready(struct vb_source *source, uint32_t events)
{
	struct vb_vsock_stream *stream =
		container_of(source, struct vb_vsock_stream, source);
	uint64_t now = vb_loop_now(stream->loop);
	bool gone = false;

	vb_vsock_stream_note(stream, events);
	if (!stream->open)
		return;

	stream->gone = &gone;
	if (events & ~EPOLLOUT)
		vd_vsock_readable(stream->stream.connection, now);
	if (!gone && events & EPOLLOUT)
		can_write(stream, now);
	if (!gone && events & EPOLLHUP)
		vd_vsock_hung_up(stream->stream.connection, now);
	if (!gone)
		stream->gone = NULL;
}

void vb_vsock_stream_init(struct vb_vsock_stream *stream, struct vb_loop *loop,
			  uint32_t type, int fd,
			  const struct vb_vsock_stream_events *events)
{
	*stream = (struct vb_vsock_stream){
		.stream.ops =
			type == VD_VSOCK_SEQPACKET ? &message_ops : &stream_ops,
		.source.fd = fd,
		.loop = loop,
		.events = events,
	};
}

int vb_vsock_stream_open(struct vb_vsock_stream *stream)
{
	if (stream->stream.ops == &message_ops)
		make_room(stream);
	stream->source.ready = stream_ready;
	if (stream->source.loop)
		return 0;

	return vb_loop_watch(stream->loop, &stream->source, ALWAYS);
}

void vb_vsock_stream_fini(struct vb_vsock_stream *stream)
{
	vb_source_close(&stream->source);
}

int vb_vsock_socket_type(uint32_t type)
{
	return type == VD_VSOCK_SEQPACKET ? SOCK_SEQPACKET : SOCK_STREAM;
}
