/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake-vsock-pair.h"
#include "virtio-devices/util.h"

/**
 * struct end - one end of a pair of streams
 * @stream: what the device sees
 * @other:  the other end; NULL when it is closed
 * @iov:    what is offered, or asked for, by the call that is under way
 * @n_iov:  pieces of it
 * @done:   bytes of it that were moved
 * @ended:  the guest sends no more
 * @active: @iov is valid
 */
struct end {
	struct vd_vsock_stream stream;
	struct end *other;
	const struct iovec *iov;
	size_t n_iov;
	size_t done;
	bool ended;
	bool active;
};

unsigned int fake_pair_ends;

static struct end *to_end(struct vd_vsock_stream *stream)
{
	return container_of(stream, struct end, stream);
}

static uint64_t now_of(struct end *end)
{
	return vd_vsock_now(vd_vsock_connection_vsock(end->stream.connection));
}

static size_t move(struct iovec to, size_t skip, const struct iovec *iov,
		   size_t n_iov)
{
	size_t done = 0;

	for (size_t i = 0; i < n_iov && done < to.iov_len; i++) {
		size_t n;

		if (skip >= iov[i].iov_len) {
			skip -= iov[i].iov_len;
			continue;
		}
		n = VD_MIN(iov[i].iov_len - skip, to.iov_len - done);
		memcpy((char *)to.iov_base + done,
		       (char *)iov[i].iov_base + skip, n);
		done += n;
		skip = 0;
	}

	return done;
}

/* From the writer's pieces to the reader's, one of which waits for the other. */
static size_t meet(struct end *writer, struct end *reader)
{
	size_t done = 0;

	for (size_t i = 0, skip = reader->done; i < reader->n_iov; i++) {
		struct iovec to = reader->iov[i];
		size_t off = VD_MIN(skip, to.iov_len), n;

		skip -= off;
		to.iov_base = (char *)to.iov_base + off;
		to.iov_len -= off;
		n = move(to, writer->done, writer->iov, writer->n_iov);
		writer->done += n;
		reader->done += n;
		done += n;
		if (n < to.iov_len)
			break;
	}

	return done;
}

static size_t length(const struct iovec *iov, size_t n_iov)
{
	size_t len = 0;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;

	return len;
}

static void offer(struct end *end, const struct iovec *iov, size_t n_iov)
{
	assert(!end->active);
	end->iov = iov;
	end->n_iov = n_iov;
	end->done = 0;
	end->active = true;
}

static ssize_t end_writev(struct vd_vsock_stream *stream,
			  const struct iovec *iov, size_t n_iov,
			  unsigned int flags)
{
	struct end *end = to_end(stream), *other = end->other;

	(void)flags;
	if (!other)
		return -EPIPE;

	offer(end, iov, n_iov);
	if (other->active)
		meet(end, other);
	else
		vd_vsock_readable(other->stream.connection, now_of(end));
	end->active = false;

	return end->done ? (ssize_t)end->done : -EAGAIN;
}

static ssize_t end_readv(struct vd_vsock_stream *stream,
			 const struct iovec *iov, size_t n_iov,
			 unsigned int *flags)
{
	struct end *end = to_end(stream), *other = end->other;

	offer(end, iov, n_iov);
	if (other && other->active)
		meet(other, end);
	else if (other)
		vd_vsock_writable(other->stream.connection, now_of(end));
	end->active = false;
	other = end->other;

	if (!end->done)
		return !other || other->ended ? 0 : -EAGAIN;
	if (!other || other->ended ||
	    (other->active && other->done < length(other->iov, other->n_iov)))
		*flags = VD_VSOCK_MORE;

	return (ssize_t)end->done;
}

static void end_accepted(struct vd_vsock_stream *stream)
{
	struct end *end = to_end(stream);

	if (end->other)
		vd_vsock_connected(end->other->stream.connection, 0,
				   now_of(end));
}

static void end_shutdown(struct vd_vsock_stream *stream, unsigned int how)
{
	struct end *end = to_end(stream);

	if (!(how & VD_VSOCK_NO_WRITE))
		return;
	end->ended = true;
	if (end->other)
		vd_vsock_readable(end->other->stream.connection, now_of(end));
}

static void end_close(struct vd_vsock_stream *stream, int error)
{
	struct end *end = to_end(stream), *other = end->other;

	fake_pair_ends--;
	if (other) {
		other->other = NULL;
		if (error)
			vd_vsock_abort(other->stream.connection, error, 0);
		else
			vd_vsock_hung_up(other->stream.connection, 0);
	}
	free(end);
}

static const struct vd_vsock_stream_ops end_ops = {
	.accepted = end_accepted,
	.writev = end_writev,
	.readv = end_readv,
	.shutdown = end_shutdown,
	.close = end_close,
};

static struct end *new_end(void)
{
	struct end *end = calloc(1, sizeof(*end));

	assert(end);
	end->stream.ops = &end_ops;
	fake_pair_ends++;

	return end;
}

static void attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct fake_pair, host)->vsock = vsock;
}

static int connect_pair(struct vd_vsock_host *host,
			const struct vd_vsock_flow *flow,
			struct vd_vsock_stream **ret)
{
	struct fake_pair *side = container_of(host, struct fake_pair, host);
	const struct vd_vsock_flow reverse = {
		.guest_port = flow->peer_port,
		.peer_cid = vd_vsock_guest_cid(side->vsock),
		.peer_port = flow->guest_port,
		.type = flow->type,
	};
	struct end *here = new_end(), *there = new_end();

	here->other = there;
	there->other = here;
	*ret = &here->stream;

	return vd_vsock_accept(side->to->vsock, &reverse, &there->stream,
			       vd_vsock_now(side->vsock));
}

static void destroy(struct vd_vsock_host *host)
{
	(void)host;
}

static const struct vd_vsock_host_ops host_ops = {
	.name = "pair",
	.attach = attach,
	.connect = connect_pair,
	.destroy = destroy,
};

void fake_pair_init(struct fake_pair *pair, struct fake_pair *to)
{
	*pair = (struct fake_pair){ .host.ops = &host_ops, .to = to };
}
