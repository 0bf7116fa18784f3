/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz-vsock-host.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-host.h"

#define MAX_STREAMS 16
#define BUF 3000

/* What a port does, as bits of its number. */
#define REFUSES 1U
#define TAKES_TIME 2U
#define STALLS 4U
#define HANGS_UP 8U
#define FRAGMENTS 16U

struct echo_host;

struct echo {
	struct vd_vsock_stream stream;
	struct echo_host *host;
	uint32_t port;
	uint8_t buf[BUF];
	size_t len;
	bool connected;
	bool stalled;
	bool ended;
};

struct echo_host {
	struct vd_vsock_host host;
	struct vd_vsock *vsock;
	struct echo *echoes[MAX_STREAMS];
};

static struct echo *to_echo(struct vd_vsock_stream *stream)
{
	return container_of(stream, struct echo, stream);
}

static uint64_t now_of(const struct echo *echo)
{
	return vd_vsock_now(echo->host->vsock);
}

static ssize_t echo_writev(struct vd_vsock_stream *stream,
			   const struct iovec *iov, size_t n_iov,
			   unsigned int flags)
{
	struct echo *echo = to_echo(stream);
	size_t len = 0, room = sizeof(echo->buf) - echo->len;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;
	if (echo->ended)
		return -EPIPE;
	if (echo->stalled || (len && !room) ||
	    (stream->ops->next_message && flags && room < len))
		return -EAGAIN;

	len = VD_MIN(len, room);
	for (size_t i = 0, left = len; left > 0; i++) {
		size_t n = VD_MIN(left, iov[i].iov_len);

		memcpy(echo->buf + echo->len, iov[i].iov_base, n);
		echo->len += n;
		left -= n;
	}
	echo->stalled = echo->port & STALLS;
	vd_vsock_readable(stream->connection, now_of(echo));

	return (ssize_t)len;
}

static ssize_t echo_next_message(struct vd_vsock_stream *stream)
{
	struct echo *echo = to_echo(stream);

	if (!echo->len)
		return echo->ended ? -ENODATA : -EAGAIN;

	return (ssize_t)echo->len;
}

static ssize_t echo_readv(struct vd_vsock_stream *stream,
			  const struct iovec *iov, size_t n_iov,
			  unsigned int *flags)
{
	struct echo *echo = to_echo(stream);
	size_t done = 0;

	if (!echo->len)
		return echo->ended ? 0 : -EAGAIN;

	for (size_t i = 0; i < n_iov && echo->len; i++) {
		size_t n = VD_MIN(echo->len, iov[i].iov_len);

		memcpy(iov[i].iov_base, echo->buf, n);
		memmove(echo->buf, echo->buf + n, echo->len - n);
		echo->len -= n;
		done += n;
	}
	*flags = echo->len ? 0 : VD_VSOCK_EOM;
	if (echo->ended)
		*flags |= VD_VSOCK_MORE;
	vd_vsock_writable(stream->connection, now_of(echo));

	return (ssize_t)done;
}

static void echo_shutdown(struct vd_vsock_stream *stream, unsigned int how)
{
	struct echo *echo = to_echo(stream);

	if (how & VD_VSOCK_NO_WRITE)
		echo->ended = true;
	vd_vsock_readable(stream->connection, now_of(echo));
}

static void echo_close(struct vd_vsock_stream *stream, int error)
{
	struct echo *echo = to_echo(stream);

	(void)error;
	for (size_t i = 0; i < MAX_STREAMS; i++) {
		if (echo->host->echoes[i] == echo)
			echo->host->echoes[i] = NULL;
	}
	free(echo);
}

static const struct vd_vsock_stream_ops fragment_ops = {
	.writev = echo_writev,
	.readv = echo_readv,
	.shutdown = echo_shutdown,
	.close = echo_close,
};

static const struct vd_vsock_stream_ops whole_ops = {
	.writev = echo_writev,
	.next_message = echo_next_message,
	.readv = echo_readv,
	.shutdown = echo_shutdown,
	.close = echo_close,
};

static struct echo *new_echo(struct echo_host *host, uint32_t port)
{
	for (size_t i = 0; i < MAX_STREAMS; i++) {
		struct echo *echo;

		if (host->echoes[i])
			continue;
		host->echoes[i] = echo = calloc(1, sizeof(*echo));
		if (!echo)
			return NULL;
		echo->stream.ops =
			port & FRAGMENTS ? &fragment_ops : &whole_ops;
		echo->host = host;
		echo->port = port;
		return echo;
	}

	return NULL;
}

static void host_attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct echo_host, host)->vsock = vsock;
}

static int host_connect(struct vd_vsock_host *host,
			const struct vd_vsock_flow *flow,
			struct vd_vsock_stream **ret)
{
	struct echo_host *self = container_of(host, struct echo_host, host);
	struct echo *echo;

	if (flow->peer_port & REFUSES)
		return -ECONNREFUSED;
	echo = new_echo(self, flow->peer_port);
	if (!echo)
		return -EMFILE;

	echo->connected = !(flow->peer_port & TAKES_TIME);
	*ret = &echo->stream;

	return echo->connected;
}

static void host_destroy(struct vd_vsock_host *host)
{
	struct echo_host *self = container_of(host, struct echo_host, host);

	for (size_t i = 0; i < MAX_STREAMS; i++)
		assert(!self->echoes[i]);
	free(self);
}

static const struct vd_vsock_host_ops host_ops = {
	.name = "echo",
	.attach = host_attach,
	.connect = host_connect,
	.destroy = host_destroy,
};

struct vd_vsock_host *fuzz_vsock_host_new(void)
{
	struct echo_host *self = calloc(1, sizeof(*self));

	if (!self)
		return NULL;
	self->host.ops = &host_ops;

	return &self->host;
}

static void poke(struct echo *echo, uint64_t now)
{
	struct vd_vsock_connection *connection = echo->stream.connection;

	if (!echo->connected) {
		echo->connected = true;
		vd_vsock_connected(connection, 0, now);
	} else if (echo->stalled) {
		echo->stalled = false;
		vd_vsock_writable(connection, now);
	} else if (echo->port & HANGS_UP) {
		echo->ended = true;
		vd_vsock_hung_up(connection, now);
	}
}

/* Once, it connects by itself; to where the guest's first byte may listen. */
void fuzz_vsock_host_poke(struct vd_vsock_host *host, unsigned long long now)
{
	struct echo_host *self = container_of(host, struct echo_host, host);
	const struct vd_vsock_flow flow = { .guest_port = 1,
					    .peer_cid = VD_VSOCK_HOST_CID,
					    .peer_port = VD_VSOCK_PORT_ANY,
					    .type = VD_VSOCK_STREAM };
	struct echo *echo;

	for (size_t i = 0; i < MAX_STREAMS; i++) {
		if (self->echoes[i])
			poke(self->echoes[i], now);
	}

	echo = new_echo(self, STALLS);
	if (!echo)
		return;
	echo->connected = true;
	if (vd_vsock_accept(self->vsock, &flow, &echo->stream, now) < 0)
		echo_close(&echo->stream, 0);
}
