/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake-vsock-host.h"
#include "virtio-devices/util.h"

static struct fake_stream *to_stream(struct vd_vsock_stream *stream)
{
	return container_of(stream, struct fake_stream, stream);
}

static void append(struct fake_bytes *bytes, const void *from, size_t len)
{
	if (!len)
		return;

	bytes->data = realloc(bytes->data, bytes->len + len);
	assert(bytes->data);
	memcpy(bytes->data + bytes->len, from, len);
	bytes->len += len;
}

static void end_message(struct fake_bytes *bytes, unsigned int flags)
{
	if (!(flags & VD_VSOCK_EOM))
		return;

	assert(bytes->n_ends < FAKE_MESSAGES);
	bytes->ends[bytes->n_ends] = bytes->len;
	bytes->flags[bytes->n_ends++] = flags;
}

static void stream_accepted(struct vd_vsock_stream *stream)
{
	assert(!to_stream(stream)->accepted);
	to_stream(stream)->accepted = true;
}

static size_t length_of(const struct iovec *iov, size_t n_iov)
{
	size_t len = 0;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;

	return len;
}

static ssize_t stream_writev(struct vd_vsock_stream *stream,
			     const struct iovec *iov, size_t n_iov,
			     unsigned int flags)
{
	struct fake_stream *fake = to_stream(stream);
	size_t len = length_of(iov, n_iov), left;
	bool whole = stream->ops->next_message && flags;

	assert(!fake->closed && !(fake->shut & VD_VSOCK_NO_WRITE));
	fake->n_writes++;
	if (fake->on_write)
		fake->on_write(fake);
	if (fake->write_error)
		return fake->write_error;
	if (!fake->room || (whole && fake->room < len))
		return -EAGAIN;

	fake->memory = n_iov ? iov[0].iov_base : NULL;
	left = VD_MIN(len, fake->room);
	for (size_t i = 0, rest = left; rest > 0; i++) {
		size_t n = VD_MIN(rest, iov[i].iov_len);

		append(&fake->in, iov[i].iov_base, n);
		rest -= n;
	}
	if (fake->room != SIZE_MAX)
		fake->room -= left;
	if (left == len)
		end_message(&fake->in, flags);

	return (ssize_t)left;
}

/* Where the message that is next to be read ends, or what is there of it. */
static size_t next_end(const struct fake_bytes *bytes, bool *ends)
{
	*ends = bytes->end_at < bytes->n_ends;

	return *ends ? bytes->ends[bytes->end_at] : bytes->len;
}

static ssize_t nothing_left(const struct fake_stream *fake, int at_end)
{
	if (fake->read_error)
		return fake->read_error;

	return fake->ended ? at_end : -EAGAIN;
}

static ssize_t stream_next_message(struct vd_vsock_stream *stream)
{
	struct fake_stream *fake = to_stream(stream);
	bool ends;
	size_t end = next_end(&fake->out, &ends);

	assert(!fake->closed);

	return ends ? (ssize_t)(end - fake->out.at)
		    : nothing_left(fake, -ENODATA);
}

static ssize_t stream_readv(struct vd_vsock_stream *stream,
			    const struct iovec *iov, size_t n_iov,
			    unsigned int *flags)
{
	struct fake_stream *fake = to_stream(stream);
	struct fake_bytes *out = &fake->out;
	size_t len, done = 0;
	bool ends;

	assert(!fake->closed && *flags == 0);
	fake->n_reads++;
	len = next_end(out, &ends) - out->at;
	if (!len && !ends) {
		ssize_t r = nothing_left(fake, 0);

		if (fake->on_read)
			fake->on_read(fake);
		return r;
	}

	fake->memory = iov[0].iov_base;
	len = VD_MIN(len, length_of(iov, n_iov));
	for (size_t i = 0; done < len; i++) {
		size_t n = VD_MIN(len - done, iov[i].iov_len);

		memcpy(iov[i].iov_base, out->data + out->at, n);
		out->at += n;
		done += n;
	}
	if (ends && out->at == out->ends[out->end_at])
		*flags = out->flags[out->end_at++];
	if (out->at == out->len && (fake->ended || fake->read_error))
		*flags |= VD_VSOCK_MORE;

	return (ssize_t)len;
}

static void stream_shutdown(struct vd_vsock_stream *stream, unsigned int how)
{
	struct fake_stream *fake = to_stream(stream);

	assert(!fake->closed && how && !(fake->shut & how));
	fake->shut |= how;
	fake->n_shuts++;
}

static void stream_close(struct vd_vsock_stream *stream, int error)
{
	struct fake_stream *fake = to_stream(stream);

	assert(!fake->closed);
	fake->closed = true;
	fake->error = error;
	if (fake->on_close)
		fake->on_close(fake);
}

static const struct vd_vsock_stream_ops stream_ops = {
	.accepted = stream_accepted,
	.writev = stream_writev,
	.readv = stream_readv,
	.shutdown = stream_shutdown,
	.close = stream_close,
};

static const struct vd_vsock_stream_ops whole_ops = {
	.accepted = stream_accepted,
	.writev = stream_writev,
	.next_message = stream_next_message,
	.readv = stream_readv,
	.shutdown = stream_shutdown,
	.close = stream_close,
};

static struct fake_stream *new_stream(struct fake_host *host, uint32_t type)
{
	struct fake_stream *stream = &host->streams[host->n_streams++];
	bool whole = host->whole && type == VD_VSOCK_SEQPACKET;

	assert(host->n_streams <= FAKE_STREAMS);
	stream->stream.ops = whole ? &whole_ops : &stream_ops;
	stream->room = SIZE_MAX;

	return stream;
}

static void host_attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct fake_host, host)->vsock = vsock;
}

static int host_connect(struct vd_vsock_host *host,
			const struct vd_vsock_flow *flow,
			struct vd_vsock_stream **ret)
{
	struct fake_host *fake = container_of(host, struct fake_host, host);

	fake->last = *flow;
	if (fake->answer >= 0)
		*ret = &new_stream(fake, flow->type)->stream;

	return fake->answer;
}

static void host_destroy(struct vd_vsock_host *host)
{
	container_of(host, struct fake_host, host)->destroyed = true;
}

static const struct vd_vsock_host_ops host_ops = {
	.name = "fake",
	.attach = host_attach,
	.connect = host_connect,
	.destroy = host_destroy,
};

void fake_host_init(struct fake_host *host)
{
	memset(host, 0, sizeof(*host));
	host->host.ops = &host_ops;
	host->answer = 1;
	host->whole = true;
}

void fake_host_fini(struct fake_host *host)
{
	for (unsigned int i = 0; i < host->n_streams; i++) {
		assert(host->streams[i].closed);
		free(host->streams[i].in.data);
		free(host->streams[i].out.data);
	}
}

int fake_host_connect(struct fake_host *host, uint32_t port, uint32_t type,
		      uint64_t now, struct fake_stream **ret)
{
	const struct vd_vsock_flow flow = {
		.guest_port = port,
		.peer_cid = VD_VSOCK_HOST_CID,
		.peer_port = VD_VSOCK_PORT_ANY,
		.type = type,
	};
	struct fake_stream *stream = new_stream(host, type);
	int r = vd_vsock_accept(host->vsock, &flow, &stream->stream, now);

	if (r < 0)
		host->n_streams--;
	else
		*ret = stream;

	return r;
}

void fake_stream_put(struct fake_stream *stream, const void *bytes, size_t len,
		     unsigned int flags)
{
	append(&stream->out, bytes, len);
	end_message(&stream->out, flags);
}
