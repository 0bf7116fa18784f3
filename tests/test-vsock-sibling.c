/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two devices, each of which is the other's host.  What one guest sends is
 * copied once, into the other's buffers, while both devices are entered.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake-vsock-guest.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock-packet.h"
#include "virtio-devices/vsock.h"

#define OP(name) VIRTIO_VSOCK_OP_##name
#define BUF_ALLOC 16384
#define GUEST_BUF 65536
#define ROOM 4096
#define TYPE VD_VSOCK_STREAM
#define CALLER_PORT 1000
#define CALLED_PORT 2000

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

/**
 * struct side - a guest, its device, and the device's host
 * @host:  what the device sees
 * @guest: the guest
 * @vsock: the device
 * @to:    where connects lead to
 * @sent:  bytes that the guest sent
 * @got:   bytes that it got
 * @told:  bytes of its own that it knows to be forwarded
 */
struct side {
	struct vd_vsock_host host;
	struct fake_guest guest;
	struct vd_vsock *vsock;
	struct side *to;
	uint32_t sent;
	uint32_t got;
	uint32_t told;
};

static struct side caller, called;
static unsigned int n_ends;

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
	cr_assert_not(end->active);
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

	n_ends--;
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

	cr_assert(end);
	end->stream.ops = &end_ops;
	n_ends++;

	return end;
}

static void attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct side, host)->vsock = vsock;
}

static int connect_pair(struct vd_vsock_host *host,
			const struct vd_vsock_flow *flow,
			struct vd_vsock_stream **ret)
{
	struct side *side = container_of(host, struct side, host);
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

static void side_begin(struct side *side, struct side *to, unsigned int n)
{
	const struct vd_vsock_config config = { .guest_cid = FAKE_GUEST_CID,
						.buf_alloc = BUF_ALLOC };
	struct vd_device *device;

	memset(side, 0, sizeof(*side));
	side->host.ops = &host_ops;
	side->to = to;
	cr_assert_eq(vd_vsock_new(&side->host, &config, &device), 0);
	fake_guest_start(&side->guest, device, n, ROOM);
}

static void send_op(struct side *side, uint16_t op, uint32_t flags,
		    const void *payload, uint32_t len)
{
	const struct vd_packet packet = {
		.src_cid = FAKE_GUEST_CID,
		.dst_cid = FAKE_GUEST_CID,
		.src_port = side == &caller ? CALLER_PORT : CALLED_PORT,
		.dst_port = side == &caller ? CALLED_PORT : CALLER_PORT,
		.len = len,
		.type = TYPE,
		.op = op,
		.flags = flags,
		.buf_alloc = GUEST_BUF,
		.fwd_cnt = side->got,
	};

	fake_guest_send(&side->guest, &packet, payload, len);
}

static void begin(unsigned int n_caller, unsigned int n_called)
{
	side_begin(&caller, &called, n_caller);
	side_begin(&called, &caller, n_called);
	send_op(&caller, OP(REQUEST), 0, NULL, 0);
	fake_guest_expect(&called.guest, OP(REQUEST));
	send_op(&called, OP(RESPONSE), 0, NULL, 0);
	fake_guest_expect(&caller.guest, OP(RESPONSE));
}

static void finish(void)
{
	fake_guest_stop(&caller.guest);
	fake_guest_stop(&called.guest);
	vd_device_free(caller.guest.device);
	vd_device_free(called.guest.device);
	cr_assert_eq(n_ends, 0);
}

static uint8_t byte_at(uint32_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13);
}

static void send_some(struct side *side, uint32_t len)
{
	static uint8_t buf[BUF_ALLOC];

	for (uint32_t i = 0; i < len; i++)
		buf[i] = byte_at(side->sent + i);
	side->sent += len;
	send_op(side, OP(RW), 0, buf, len);
}

static void listen_to(struct side *side)
{
	static uint8_t payload[ROOM];
	struct vd_packet packet;

	while (fake_guest_receive(&side->guest, &packet, payload)) {
		cr_assert_neq(packet.op, OP(RST));
		side->told = packet.fwd_cnt;
		for (uint32_t i = 0; i < packet.len; i++)
			cr_assert_eq(payload[i], byte_at(side->got + i));
		side->got += packet.len;
	}
}

Test(vsock_sibling, gets_what_its_sibling_sends)
{
	begin(8, 8);
	send_some(&caller, 10000);
	listen_to(&called);
	cr_assert_eq(called.got, 10000);
	cr_assert_null(caller.vsock->spare, "nothing had to be kept");
	send_some(&called, 100);
	listen_to(&caller);
	cr_assert_eq(caller.got, 100);
	finish();
}

Test(vsock_sibling, gets_the_rest_when_it_has_buffers)
{
	begin(8, 1);
	send_some(&caller, 10000);
	cr_assert_eq(called.got, 0);
	for (unsigned int i = 0; i < 4; i++) {
		fake_guest_post(&called.guest, ROOM);
		listen_to(&called);
	}
	cr_assert_eq(called.got, 10000);
	finish();
}

Test(vsock_sibling, hears_when_the_other_is_gone)
{
	begin(8, 8);
	send_some(&caller, 100);
	send_op(&caller, OP(SHUTDOWN), 3, NULL, 0);
	fake_guest_expect(&caller.guest, OP(RST));
	fake_guest_expect(&called.guest, OP(RW));
	cr_assert_eq(fake_guest_expect(&called.guest, OP(SHUTDOWN)).flags, 3);
	send_op(&called, OP(RST), 0, NULL, 0);
	cr_assert_eq(n_ends, 0);
	finish();
}

Test(vsock_sibling, gets_all_of_what_the_other_sent_before_it_was_gone)
{
	begin(8, 1);
	send_some(&caller, 10000);
	send_op(&caller, OP(SHUTDOWN), 3, NULL, 0);
	fake_guest_fill(&called.guest, 3, ROOM);
	listen_to(&called);
	cr_assert_eq(called.got, 10000);
	fake_guest_post(&called.guest, ROOM);
	finish();
}

Test(vsock_sibling, hears_when_the_other_is_reset)
{
	begin(8, 8);
	fake_guest_stop(&called.guest);
	vd_device_reset(called.guest.device);
	fake_guest_expect(&caller.guest, OP(RST));
	finish();
}

/* Both send, both read now and then, and nothing is lost or stuck. */
Test(vsock_sibling, keeps_going_both_ways)
{
	uint64_t random = 42;

	begin(2, 2);
	for (unsigned int i = 0; i < 20000; i++) {
		struct side *side = random >> 40 & 1 ? &caller : &called;
		uint32_t may = BUF_ALLOC - (side->sent - side->told);

		random = random * 6364136223846793005 + 1442695040888963407;
		switch (random >> 33 & 3) {
		case 0:
			send_some(side, (uint32_t)(random >> 45) % (may + 1));
			break;
		case 1:
			if (side->guest.rings[0].added -
				    side->guest.rings[0].taken <
			    64)
				fake_guest_fill(&side->guest, 3, ROOM);
			break;
		case 2:
			listen_to(side);
			break;
		default:
			send_op(side, OP(CREDIT_UPDATE), 0, NULL, 0);
		}
		fake_guest_run(&side->guest);
	}

	while (caller.got < called.sent || called.got < caller.sent) {
		fake_guest_fill(&caller.guest, 3, ROOM);
		fake_guest_fill(&called.guest, 3, ROOM);
		listen_to(&caller);
		listen_to(&called);
		send_op(&caller, OP(CREDIT_UPDATE), 0, NULL, 0);
		send_op(&called, OP(CREDIT_UPDATE), 0, NULL, 0);
	}
	cr_assert_gt(called.got, 1U << 20);
	finish();
}
