/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The vsock daemon, and a driver whose packets mean it no good.  After each
 * attack the attacker's next connection works, as does another guest, and no
 * descriptor is left.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "hostile-message.h"
#include "hostile-vsock.h"
#include "virtio-devices/util.h"

/* --- headers --------------------------------------------------------------- */

/* How far a connection has come when the packet is sent. */
enum stage {
	NOBODY,
	CONNECTED,
	CALLED,
	HALF_CLOSED,
	N_STAGES,
};

/**
 * struct connection - what is attacked
 * @kind: of socket
 * @fd:   the host's end, or -1
 * @next: a packet of it that is all right
 */
struct connection {
	uint16_t kind;
	int fd;
	struct virtio_vsock_hdr next;
};

/* A program of the host waits for the guest to answer. */
static void be_called(struct connection *c)
{
	struct vsock_packet packet;

	c->fd = host_connect();
	vsock_receive(GUEST_PORT, &packet);
	c->next.src_port = htole32(GUEST_PORT);
	c->next.dst_port = packet.header.src_port;
	c->next.type = htole16(STREAM);
}

static struct connection bring_to(enum stage stage, uint16_t kind)
{
	struct connection c = {
		.kind = kind,
		.fd = -1,
		.next = vsock_header(VIRTIO_VSOCK_OP_RW, kind, ++vsock_port),
	};

	if (stage == CALLED)
		be_called(&c);
	else if (stage != NOBODY)
		c.fd = vsock_connect(kind, vsock_port);
	if (stage == HALF_CLOSED) {
		struct virtio_vsock_hdr header = c.next;

		header.op = htole16(VIRTIO_VSOCK_OP_SHUTDOWN);
		header.flags = htole32(VIRTIO_VSOCK_SHUTDOWN_RCV);
		vsock_send(&header, 0);
	}

	return c;
}

static void leave(struct connection *c)
{
	c->next.op = htole16(VIRTIO_VSOCK_OP_RST);
	vsock_send(&c->next, 0);
	if (c->fd >= 0)
		close(c->fd);
	host_turn_away();
}

#define FIELD(name) \
	{ \
		offsetof(struct virtio_vsock_hdr, name), \
			sizeof(((struct virtio_vsock_hdr *)0)->name) \
	}

static const struct {
	size_t at;
	size_t width;
} fields[] = { FIELD(src_cid),	FIELD(dst_cid), FIELD(src_port),
	       FIELD(dst_port), FIELD(len),	FIELD(type),
	       FIELD(op),	FIELD(flags),	FIELD(buf_alloc),
	       FIELD(fwd_cnt) };

static void try_header(enum stage stage, uint16_t kind, uint16_t op,
		       size_t field, uint64_t value)
{
	struct connection c = bring_to(stage, kind);
	struct virtio_vsock_hdr header = c.next;

	header.op = htole16(op);
	header.len = htole32(16);
	memcpy((char *)&header + fields[field].at, &value, fields[field].width);
	vsock_add_buffers(RING_SIZE / 2, 4096);
	vsock_send(&header, 16);
	leave(&c);
	vsock_n_cases++;
}

static void try_field(uint16_t kind, uint16_t op, size_t field)
{
	for (int stage = 0; stage < N_STAGES; stage++) {
		if (stage == CALLED && kind != STREAM)
			continue;
		for (size_t i = 0; i < n_hostile_values; i++)
			try_header((enum stage)stage, kind, op, field,
				   hostile_values[i]);
	}
	guest_request(&guest, type);
	guest_request(&bystander, type);
}

ParameterizedTestParameters(hostile_vsock, may_have_any_header)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock, may_have_any_header,
		  .timeout = 120)
{
	vsock_attack_start(t);
	for (uint16_t op = 0; op <= VIRTIO_VSOCK_OP_CREDIT_REQUEST + 1; op++) {
		for (size_t i = 0; i < VD_ARRAY_SIZE(fields); i++) {
			try_field(STREAM, op, i);
			try_field(SEQPACKET, op, i);
		}
	}
	vsock_attack_stop();
}

/* --- lengths --------------------------------------------------------------- */

/* What the host gets is what the header says, if it is there and was promised. */
static void try_length(uint32_t len, uint32_t payload)
{
	int fd = vsock_connect(STREAM, ++vsock_port);
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_RW, STREAM, vsock_port);
	bool passes = len <= payload;

	for (uint32_t i = 0; i < VD_MIN(len, payload); i++)
		vsock_payload()[i] = (uint8_t)(i * 13 + vsock_port);
	header.len = htole32(len);
	vsock_send(&header, payload);
	if (passes) {
		host_expect(fd, vsock_payload(), len);
		vsock_send_op(VIRTIO_VSOCK_OP_RST, STREAM, vsock_port);
	}
	host_expect_end(fd);
	close(fd);
	vsock_n_cases++;
}

ParameterizedTestParameters(hostile_vsock, may_say_any_length)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock, may_say_any_length,
		  .timeout = 120)
{
	static const uint32_t lengths[] = {
		0,	1,	    43,		44,	    45,
		4095,	4096,	    65535,	65536,	    262143,
		262144, 0x7fffffff, 0x80000000, UINT32_MAX,
	};

	vsock_attack_start(t);
	for (size_t i = 0; i < VD_ARRAY_SIZE(lengths); i++) {
		for (size_t k = 0; k < 11; k++)
			try_length(lengths[i], lengths[k]);
	}
	vsock_attack_stop();
}

/* --- buffers --------------------------------------------------------------- */

#define SMALL 100U

/* Each buffer in turn is a byte longer. */
static void take_small(uint32_t from, const uint8_t *data)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_RX);
	struct virtio_vsock_hdr header;
	struct vhu_driver_used used;
	size_t got = 0;

	for (uint32_t size = 1; got < SMALL; size++) {
		vsock_add_buffers(1, size);
		while (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(
				vhu_frontend_wait(guest.frontend, VSOCK_RX), 0);
		cr_assert_leq(used.len, size);
		if (size < sizeof(header)) {
			cr_assert_eq(used.len, 0);
			continue;
		}
		memcpy(&header, used.token, sizeof(header));
		if (le32toh(header.dst_port) != from)
			continue;
		cr_assert_leq(got + le32toh(header.len), SMALL);
		cr_assert_arr_eq((uint8_t *)used.token + sizeof(header),
				 data + got, le32toh(header.len));
		got += le32toh(header.len);
	}
}

ParameterizedTestParameters(hostile_vsock, may_have_buffers_of_any_size)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock, may_have_buffers_of_any_size,
		  .timeout = 120)
{
	uint8_t data[SMALL];
	int fd;

	vsock_attack_start(t);
	for (size_t i = 0; i < SMALL; i++)
		data[i] = (uint8_t)(i + 1);
	fd = vsock_connect(STREAM, ++vsock_port);
	vsock_use_up_buffers(vsock_port);
	cr_assert_eq(send(fd, data, SMALL, MSG_NOSIGNAL), (ssize_t)SMALL);
	take_small(vsock_port, data);
	vsock_send_op(VIRTIO_VSOCK_OP_RST, STREAM, vsock_port);
	host_expect_end(fd);
	close(fd);
	vsock_attack_stop();
}
