/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What tests of the vsock device have in common: a guest, a host, the device
 * between them, and the packets of one connection.
 */

#ifndef TESTS_VSOCK_TEST_H
#define TESTS_VSOCK_TEST_H

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_vsock.h>
#include <string.h>

#include "tests/fake-vsock-guest.h"
#include "tests/fake-vsock-host.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock.h"

#define OP(name) VIRTIO_VSOCK_OP_##name
#define RCV VIRTIO_VSOCK_SHUTDOWN_RCV
#define SEND VIRTIO_VSOCK_SHUTDOWN_SEND

#define STREAM VD_VSOCK_STREAM
#define SEQPACKET VD_VSOCK_SEQPACKET
#define EOM VD_VSOCK_EOM
#define EOR VD_VSOCK_EOR

#define HEADER VD_PACKET_HEADER

/* What the guest says of itself, and what the device is told to be. */
#define GUEST_BUF 65536
#define BUF_ALLOC 16384
#define GUEST_PORT 1024
#define HOST_PORT 80

/* Like a page of Linux, and enough of them for each test. */
#define N_BUFFERS 64
#define ROOM 4096

static struct fake_guest guest;
static struct fake_host host;
static struct vd_device *device;
/* Any bytes, no two pages of which are alike. */
static uint8_t bytes[131072];

static inline void begin(struct vd_vsock_config config, unsigned int n_buffers)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + (i >> 8));

	config.guest_cid = FAKE_GUEST_CID;
	config.seqpacket = true;
	if (!config.buf_alloc)
		config.buf_alloc = BUF_ALLOC;
	fake_host_init(&host);
	cr_assert_eq(vd_vsock_new(&host.host, &config, &device), 0);
	cr_assert_eq(vd_device_set_features(device,
					    VD_BIT(VIRTIO_VSOCK_F_SEQPACKET)),
		     0);
	memset(&guest, 0, sizeof(guest));
	guest.now = 1000 * VD_NSEC_PER_SEC;
	fake_guest_start(&guest, device, n_buffers, ROOM);
}

static inline void end(void)
{
	fake_guest_stop(&guest);
	vd_device_free(device);
	cr_assert(host.destroyed);
	fake_host_fini(&host);
}

static inline void setup(void)
{
	begin((struct vd_vsock_config){ 0 }, N_BUFFERS);
}

/* A packet of the connection from @port. */
static inline struct vd_packet from_port(uint32_t port, uint16_t op)
{
	return (struct vd_packet){
		.src_cid = FAKE_GUEST_CID,
		.dst_cid = VD_VSOCK_HOST_CID,
		.src_port = port,
		.dst_port = HOST_PORT,
		.type = STREAM,
		.op = op,
		.buf_alloc = GUEST_BUF,
	};
}

static inline struct vd_packet packet_of(uint16_t op)
{
	return from_port(GUEST_PORT, op);
}

static inline void send_packet(struct vd_packet packet)
{
	fake_guest_send(&guest, &packet, NULL, 0);
}

static inline void send_op(uint16_t op)
{
	send_packet(packet_of(op));
}

static inline void send_shutdown(uint32_t flags)
{
	struct vd_packet packet = packet_of(OP(SHUTDOWN));

	packet.flags = flags;
	send_packet(packet);
}

static inline void send_data(const void *data, uint32_t len)
{
	struct vd_packet packet = packet_of(OP(RW));

	packet.len = len;
	fake_guest_send(&guest, &packet, data, len);
}

static inline void send_fragment(const void *data, uint32_t len, uint32_t flags)
{
	struct vd_packet packet = packet_of(OP(RW));

	packet.type = SEQPACKET;
	packet.len = len;
	packet.flags = flags;
	fake_guest_send(&guest, &packet, data, len);
}

static inline void send_credit(uint32_t buf_alloc, uint32_t fwd_cnt)
{
	struct vd_packet packet = packet_of(OP(CREDIT_UPDATE));

	packet.buf_alloc = buf_alloc;
	packet.fwd_cnt = fwd_cnt;
	send_packet(packet);
}

static inline struct vd_packet expect(uint16_t op)
{
	return fake_guest_expect(&guest, op);
}

static inline void expect_nothing(void)
{
	struct vd_packet packet;

	if (fake_guest_receive(&guest, &packet, NULL))
		cr_assert(false, "op %u came", packet.op);
}

static inline struct fake_stream *last_stream(void)
{
	return &host.streams[host.n_streams - 1];
}

/* The guest connects from GUEST_PORT. */
static inline struct fake_stream *establish(uint16_t type)
{
	struct vd_packet request = packet_of(OP(REQUEST));

	request.type = type;
	send_packet(request);
	expect(OP(RESPONSE));

	return last_stream();
}

static inline void readable(struct fake_stream *stream)
{
	vd_vsock_readable(stream->stream.connection, guest.now);
}

static inline void writable(struct fake_stream *stream)
{
	vd_vsock_writable(stream->stream.connection, guest.now);
}

/* The host has bytes for the guest. */
static inline void say(struct fake_stream *stream, const void *data, size_t len)
{
	fake_stream_put(stream, data, len, 0);
	readable(stream);
}

/* The host has said all. */
static inline void hang_up_gently(struct fake_stream *stream)
{
	stream->ended = true;
	readable(stream);
}

/* Receive @len bytes of data, which have to be these. */
static inline void expect_data(const uint8_t *data, size_t len)
{
	static uint8_t payload[65536];
	struct vd_packet packet;

	while (len > 0) {
		cr_assert(fake_guest_receive(&guest, &packet, payload));
		cr_assert_eq(packet.op, OP(RW));
		cr_assert_leq(packet.len, len);
		cr_assert_arr_eq(payload, data, packet.len);
		data += packet.len;
		len -= packet.len;
	}
}

/* The host got @len bytes in all, which have to be these. */
static inline void expect_written(const struct fake_stream *stream,
				  const uint8_t *data, size_t len)
{
	cr_assert_eq(stream->in.len, len);
	if (len)
		cr_assert_arr_eq(stream->in.data, data, len);
}

#endif
