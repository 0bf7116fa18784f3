/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Whichever device is entered first lends its buffers: a sender that writes,
 * or a receiver that reads.  It then rings at the other end, whose device comes
 * with its own buffers, and the bytes are copied from the one to the other.  If
 * the other device is busy, it comes back later and the roles are swapped.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock-pair.h"
#include "virtio-devices/util.h"

/**
 * struct loan - buffers of a device that has called and waits for the other
 * @iov:   the buffers; NULL if nobody waits
 * @n_iov: how many
 * @index: the buffer that is next
 * @off:   and where in it
 * @moved: bytes that were copied
 * @flags: VD_VSOCK_*: of a sender, what comes behind its bytes; of a receiver,
 *         what came
 * @eom:   the end of the message was handed over
 */
struct loan {
	const struct iovec *iov;
	size_t n_iov;
	size_t index;
	size_t off;
	size_t moved;
	unsigned int flags;
	bool eom;
};

struct pair;

/**
 * struct end - what one of the two guests sees
 * @stream:   what its device sees
 * @pair:     both
 * @vsock:    its device
 * @open:     its device has the stream
 * @sends:    while its @writev waits for the other end
 * @receives: while its @readv does
 * @no_read:  it takes no more bytes
 * @no_write: it gives no more bytes
 */
struct end {
	struct vd_vsock_stream stream;
	struct pair *pair;
	struct vd_vsock *vsock;
	bool open;
	struct loan *sends;
	struct loan *receives;
	bool no_read;
	bool no_write;
};

/**
 * struct pair - a connection
 * @ends:     [0] has connected, and [1] is asked whether it accepts
 * @answered: [1] has accepted
 * @asking:   vb_vsock_pair_connect() is under way
 * @error:    why [1] has not accepted
 */
struct pair {
	struct end ends[2];
	bool answered;
	bool asking;
	int error;
};

static struct end *end_of(struct vd_vsock_stream *stream)
{
	return container_of(stream, struct end, stream);
}

static struct end *other_end(struct end *end)
{
	return &end->pair->ends[end == &end->pair->ends[0]];
}

/* Can one end tell the other something? */
static bool is_whole(const struct pair *pair)
{
	return pair->ends[0].open && pair->ends[1].open && pair->answered &&
	       !pair->asking;
}

static struct loan make_loan(const struct iovec *iov, size_t n_iov,
			     unsigned int flags)
{
	return (struct loan){ .iov = iov, .n_iov = n_iov, .flags = flags };
}

/* Where the next bytes are, or have to go; false if there are none. */
static bool loan_piece(struct loan *loan, struct iovec *piece)
{
	while (loan->index < loan->n_iov &&
	       loan->off == loan->iov[loan->index].iov_len) {
		loan->index++;
		loan->off = 0;
	}
	if (loan->index == loan->n_iov)
		return false;

	piece->iov_base = (char *)loan->iov[loan->index].iov_base + loan->off;
	piece->iov_len = loan->iov[loan->index].iov_len - loan->off;

	return true;
}

static void loan_skip(struct loan *loan, size_t len)
{
	loan->off += len;
	loan->moved += len;
}

static void copy(struct loan *to, struct loan *from)
{
	struct iovec src, dst;

	while (loan_piece(from, &src) && loan_piece(to, &dst)) {
		size_t n = VD_MIN(src.iov_len, dst.iov_len);

		memcpy(dst.iov_base, src.iov_base, n);
		loan_skip(from, n);
		loan_skip(to, n);
	}
}

/*
 * Behind the end of a message nothing can be added to what the receiver gets:
 * it has to come back for that.
 */
static void deliver(struct loan *to, struct loan *from)
{
	struct iovec piece;

	if (from->eom)
		return;
	if (to->eom) {
		to->flags |= VD_VSOCK_MORE;
		return;
	}

	copy(to, from);
	if (from->flags & VD_VSOCK_EOM && !loan_piece(from, &piece)) {
		from->eom = true;
		to->eom = true;
		to->flags |= from->flags & (VD_VSOCK_EOM | VD_VSOCK_EOR);
	}
}

static ssize_t pair_writev(struct vd_vsock_stream *stream,
			   const struct iovec *iov, size_t n_iov,
			   unsigned int flags)
{
	struct end *end = end_of(stream), *other = other_end(end);
	struct loan loan = make_loan(iov, n_iov, flags);
	struct iovec piece;

	if (other->no_read)
		return -EPIPE;
	if (!is_whole(end->pair))
		return -EAGAIN;

	if (other->receives) {
		deliver(other->receives, &loan);
	} else {
		end->sends = &loan;
		vd_vsock_readable(other->stream.connection,
				  vd_vsock_now(end->vsock));
		end->sends = NULL;
	}

	/* An empty end of a message has to get across, too. */
	if (loan.moved || loan.eom ||
	    (!(flags & VD_VSOCK_EOM) && !loan_piece(&loan, &piece)))
		return (ssize_t)loan.moved;

	return -EAGAIN;
}

static ssize_t pair_readv(struct vd_vsock_stream *stream,
			  const struct iovec *iov, size_t n_iov,
			  unsigned int *flags)
{
	struct end *end = end_of(stream), *other = other_end(end);
	struct loan loan = make_loan(iov, n_iov, 0);

	if (other->sends) {
		deliver(&loan, other->sends);
	} else if (is_whole(end->pair) && !other->no_write) {
		end->receives = &loan;
		vd_vsock_writable(other->stream.connection,
				  vd_vsock_now(end->vsock));
		end->receives = NULL;
	}

	*flags |= loan.flags;
	if (!loan.moved && !loan.eom)
		return other->no_write ? 0 : -EAGAIN;

	/* The end may have come meanwhile, and has to be read as well. */
	if (other->no_write)
		*flags |= VD_VSOCK_MORE;

	return (ssize_t)loan.moved;
}

static void pair_shutdown(struct vd_vsock_stream *stream, unsigned int how)
{
	struct end *end = end_of(stream), *other = other_end(end);
	uint64_t now = vd_vsock_now(end->vsock);

	end->no_read |= !!(how & VD_VSOCK_NO_READ);
	end->no_write |= !!(how & VD_VSOCK_NO_WRITE);
	if (how & VD_VSOCK_NO_WRITE && is_whole(end->pair))
		vd_vsock_readable(other->stream.connection, now);
	if (how & VD_VSOCK_NO_READ && is_whole(end->pair))
		vd_vsock_writable(other->stream.connection, now);
}

static void pair_accepted(struct vd_vsock_stream *stream)
{
	struct end *end = end_of(stream), *other = other_end(end);

	end->pair->answered = true;
	if (!end->pair->asking)
		vd_vsock_connected(other->stream.connection, 0,
				   vd_vsock_now(end->vsock));
}

/* The one that was asked has not accepted, and never will. */
static void refuse(struct pair *pair, int error, uint64_t now)
{
	if (pair->asking)
		pair->error = error;
	else
		vd_vsock_connected(pair->ends[0].stream.connection, error, now);
}

/* When the other end learns of it, it may be closed as well, and @pair gone. */
static void pair_close(struct vd_vsock_stream *stream, int error)
{
	struct end *end = end_of(stream), *other = other_end(end);
	uint64_t now = vd_vsock_now(end->vsock);
	struct pair *pair = end->pair;

	end->open = false;
	end->no_read = true;
	end->no_write = true;
	if (!other->open)
		free(pair);
	else if (!pair->answered && end == &pair->ends[1])
		refuse(pair, error ? error : -ECONNREFUSED, now);
	else if (error || !pair->answered)
		vd_vsock_abort(other->stream.connection, -ECONNRESET, now);
	else
		vd_vsock_hung_up(other->stream.connection, now);
}

static const struct vd_vsock_stream_ops pair_ops = {
	.accepted = pair_accepted,
	.writev = pair_writev,
	.readv = pair_readv,
	.shutdown = pair_shutdown,
	.close = pair_close,
};

static void init_end(struct pair *pair, size_t index, struct vd_vsock *vsock)
{
	pair->ends[index] = (struct end){
		.stream.ops = &pair_ops,
		.pair = pair,
		.vsock = vsock,
		.open = true,
	};
}

/* Returns as vb_vsock_pair_connect(). */
static int ask(struct pair *pair, const struct vd_vsock_flow *flow)
{
	const struct vd_vsock_flow mirrored = {
		.guest_port = flow->peer_port,
		.peer_cid = vd_vsock_guest_cid(pair->ends[0].vsock),
		.peer_port = flow->guest_port,
		.type = flow->type,
	};
	int r;

	pair->asking = true;
	r = vd_vsock_accept(pair->ends[1].vsock, &mirrored,
			    &pair->ends[1].stream,
			    vd_vsock_now(pair->ends[0].vsock));
	pair->asking = false;
	if (r < 0)
		return r;

	return pair->error ? pair->error : pair->answered;
}

int vb_vsock_pair_connect(const struct vd_vsock_flow *flow,
			  struct vd_vsock *from, struct vd_vsock *to,
			  struct vd_vsock_stream **ret)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	int r;

	if (!pair)
		return -ENOMEM;

	init_end(pair, 0, from);
	init_end(pair, 1, to);
	r = ask(pair, flow);
	if (r < 0) {
		free(pair);
		return r;
	}

	*ret = &pair->ends[0].stream;
	return r;
}
