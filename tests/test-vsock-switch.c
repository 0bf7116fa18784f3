/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two guests, their two devices, and what goes from the one to the other.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock-policy.h"
#include "backends/vsock-sibling.h"
#include "tests/fake-vsock-guest.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock.h"

#define OP(name) VIRTIO_VSOCK_OP_##name
#define STREAM VIRTIO_VSOCK_TYPE_STREAM
#define SEQPACKET VIRTIO_VSOCK_TYPE_SEQPACKET
#define EOM VIRTIO_VSOCK_SEQ_EOM

#define HEADER VD_PACKET_HEADER
#define GUEST_BUF (1 << 20)
#define ROOM 4096
#define N_BUFFERS 64

/* The one that connects, and the one that is connected to. */
enum {
	A,
	B,
	N_GUESTS
};

static const uint32_t cids[] = { 3, 4 };
static const uint32_t ports[] = { 1024, 80 };

static struct vb_vsock_switch *switch_;
static struct vb_vsock_policy policies[N_GUESTS];
static struct fake_guest guests[N_GUESTS];
static struct vd_device *devices[N_GUESTS];
static uint16_t type = STREAM;
static uint8_t bytes[65536];

/* The host's own end, where nobody is. */
static int no_connect(struct vd_vsock_host *host,
		      const struct vd_vsock_flow *flow,
		      struct vd_vsock_stream **ret)
{
	(void)host;
	(void)flow;
	(void)ret;

	return -ECONNREFUSED;
}

static void no_destroy(struct vd_vsock_host *host)
{
	(void)host;
}

static const struct vd_vsock_host_ops nobody_ops = {
	.name = "nobody",
	.connect = no_connect,
	.destroy = no_destroy,
};

static struct vd_vsock_host nobody = { .ops = &nobody_ops };

static void make_guest(int which, const char *const *groups, size_t n_groups,
		       unsigned int n_buffers)
{
	const struct vd_vsock_config config = {
		.guest_cid = cids[which],
		.seqpacket = true,
		.buf_alloc = 65536,
	};
	struct vd_vsock_host *host;

	cr_assert_eq(vb_vsock_sibling_new(switch_, &nobody, groups, n_groups,
					  &policies[which], &host),
		     0);
	cr_assert_eq(vd_vsock_new(host, &config, &devices[which]), 0);
	vd_device_set_features(devices[which],
			       VD_BIT(VIRTIO_VSOCK_F_SEQPACKET));
	guests[which].now = VD_NSEC_PER_SEC;
	fake_guest_start(&guests[which], devices[which], n_buffers, ROOM);
}

static void make_guests(unsigned int n_buffers)
{
	static const char *const a_groups[] = { "red", "blue" };
	static const char *const b_groups[] = { "green", "blue" };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + (i >> 8));
	cr_assert_eq(vb_vsock_switch_new(&switch_), 0);
	make_guest(A, a_groups, 2, N_BUFFERS);
	make_guest(B, b_groups, 2, n_buffers);
}

static void setup(void)
{
	make_guests(N_BUFFERS);
}

static void free_guest(int which)
{
	if (!devices[which])
		return;

	fake_guest_stop(&guests[which]);
	vd_device_free(devices[which]);
	devices[which] = NULL;
}

static void teardown(void)
{
	free_guest(A);
	free_guest(B);
	vb_vsock_switch_free(switch_);
}

TestSuite(vsock_switch, .init = setup, .fini = teardown);

/* Those that make guests of their own. */
TestSuite(vsock_switch_alone, .fini = teardown);

/* Whatever the two devices still want to do. */
static void settle(void)
{
	while (guests[A].kicks || guests[B].kicks) {
		fake_guest_run(&guests[A]);
		fake_guest_run(&guests[B]);
	}
}

static void send_packet(int from, uint16_t op, uint32_t flags, const void *data,
			uint32_t len)
{
	const struct vd_packet packet = {
		.src_cid = cids[from],
		.dst_cid = cids[!from],
		.src_port = ports[from],
		.dst_port = ports[!from],
		.len = len,
		.type = type,
		.op = op,
		.flags = flags,
		.buf_alloc = GUEST_BUF,
	};

	fake_guest_send(&guests[from], &packet, data, len);
	settle();
}

static void send_op(int from, uint16_t op)
{
	send_packet(from, op, 0, NULL, 0);
}

/* Gives the buffer back, too. */
static bool receive(int to, struct vd_packet *packet, void *payload)
{
	settle();
	if (!fake_guest_receive(&guests[to], packet, payload))
		return false;
	fake_guest_post(&guests[to], ROOM);

	return true;
}

static struct vd_packet expect(int to, uint16_t op)
{
	struct vd_packet packet;

	cr_assert(receive(to, &packet, NULL), "nothing came");
	cr_assert_eq(packet.op, op, "op %u came, not %u", packet.op, op);
	cr_assert_eq(packet.src_cid, cids[!to]);
	cr_assert_eq(packet.dst_cid, cids[to]);

	return packet;
}

static void expect_nothing(int to)
{
	struct vd_packet packet;

	cr_assert_not(receive(to, &packet, NULL), "op %u came", packet.op);
}

/* These bytes, in as many packets as it takes; the flags of the last one. */
static uint32_t expect_bytes(int to, const uint8_t *data, size_t len)
{
	static uint8_t payload[ROOM];
	struct vd_packet packet;

	do {
		cr_assert(receive(to, &packet, payload), "%zu are missing",
			  len);
		/* Whatever else there is to say may come in between. */
		if (packet.op == OP(CREDIT_UPDATE))
			continue;
		cr_assert_eq(packet.op, OP(RW));
		cr_assert_leq(packet.len, len);
		cr_assert_arr_eq(payload, data, packet.len);
		data += packet.len;
		len -= packet.len;
	} while (len > 0);

	return packet.flags;
}

static void establish(void)
{
	struct vd_packet request;

	send_op(A, OP(REQUEST));
	request = expect(B, OP(REQUEST));
	cr_assert_eq(request.src_port, ports[A]);
	cr_assert_eq(request.dst_port, ports[B]);
	send_op(B, OP(RESPONSE));
	expect(A, OP(RESPONSE));
}

Test(vsock_switch, connects_two_guests)
{
	establish();
	expect_nothing(A);
	expect_nothing(B);
}

Test(vsock_switch, passes_bytes_both_ways)
{
	establish();
	send_packet(A, OP(RW), 0, bytes, 100);
	expect_bytes(B, bytes, 100);
	send_packet(B, OP(RW), 0, bytes + 100, 200);
	expect_bytes(A, bytes + 100, 200);
}

Test(vsock_switch, divides_packets_that_are_larger_than_the_buffers)
{
	establish();
	send_packet(A, OP(RW), 0, bytes, 65536);
	expect_bytes(B, bytes, 65536);
}

/* Bytes that were copied twice had been kept in between. */
static bool has_kept_nothing(int which)
{
	const struct vd_vsock *vsock =
		container_of(devices[which], struct vd_vsock, device);

	return !vsock->connections[0].spill && !vsock->spare;
}

Test(vsock_switch, copies_bytes_once)
{
	establish();
	for (int from = A; from <= B; from++) {
		send_packet(from, OP(RW), 0, bytes, 65536);
		expect_bytes(!from, bytes, 65536);
	}
	cr_assert(has_kept_nothing(A));
	cr_assert(has_kept_nothing(B));
}

Test(vsock_switch_alone, keeps_what_the_other_has_no_buffers_for)
{
	make_guests(1);
	establish();
	send_packet(A, OP(RW), 0, bytes, 65536);
	expect_bytes(B, bytes, 65536);
}

Test(vsock_switch_alone, gives_credit_only_for_what_the_other_has_taken)
{
	struct vd_packet packet;
	uint32_t fwd_cnt = 0;

	make_guests(2);
	establish();
	send_packet(A, OP(RW), 0, bytes, 32768);
	send_packet(A, OP(RW), 0, bytes + 32768, 32768);

	/* Two buffers are filled, and the rest waits. */
	while (receive(A, &packet, NULL))
		fwd_cnt = packet.fwd_cnt;
	cr_assert_leq(fwd_cnt, 2 * (ROOM - HEADER));
	expect_bytes(B, bytes, 65536);
	while (receive(A, &packet, NULL))
		fwd_cnt = packet.fwd_cnt;
	cr_assert_geq(fwd_cnt, 32768);
}

Test(vsock_switch_alone, resets_who_sends_more_than_it_may)
{
	struct vd_packet packet;

	make_guests(1);
	establish();
	send_packet(A, OP(RW), 0, bytes, 65536);
	send_packet(A, OP(RW), 0, bytes, 16384);
	do
		cr_assert(receive(A, &packet, NULL));
	while (packet.op == OP(CREDIT_UPDATE));
	cr_assert_eq(packet.op, OP(RST));
}

static void expect_refusal(void)
{
	send_op(A, OP(REQUEST));
	expect(A, OP(RST));
	expect_nothing(A);
}

Test(vsock_switch, refuses_a_guest_that_is_not_there)
{
	free_guest(B);
	expect_refusal();
}

Test(vsock_switch, refuses_a_guest_that_does_not_run)
{
	fake_guest_stop(&guests[B]);
	expect_refusal();
	fake_guest_start(&guests[B], devices[B], 1, ROOM);
}

Test(vsock_switch_alone, refuses_a_guest_with_no_group_in_common)
{
	static const char *const red[] = { "red" }, *const blue[] = { "blue" };

	cr_assert_eq(vb_vsock_switch_new(&switch_), 0);
	make_guest(A, red, 1, N_BUFFERS);
	make_guest(B, blue, 1, N_BUFFERS);
	expect_refusal();
	expect_nothing(B);
}

Test(vsock_switch, refuses_a_guest_that_may_only_be_connected_to)
{
	policies[A].direction = VB_VSOCK_LISTEN_ONLY;
	expect_refusal();
}

Test(vsock_switch, refuses_to_connect_to_a_guest_that_may_only_connect)
{
	policies[B].direction = VB_VSOCK_CONNECT_ONLY;
	expect_refusal();
}

Test(vsock_switch, passes_on_that_the_other_refuses)
{
	send_op(A, OP(REQUEST));
	expect(B, OP(REQUEST));
	send_op(B, OP(RST));
	expect(A, OP(RST));
}

Test(vsock_switch, gives_up_who_is_asked_and_does_not_answer)
{
	send_op(A, OP(REQUEST));
	expect(B, OP(REQUEST));
	fake_guest_wait(&guests[B], 3 * VD_NSEC_PER_SEC);
	expect(A, OP(RST));
}

Test(vsock_switch, takes_a_request_back_that_was_not_answered)
{
	send_op(A, OP(REQUEST));
	expect(B, OP(REQUEST));
	send_op(A, OP(RST));
	expect(B, OP(RST));
}

Test(vsock_switch, hands_everything_to_the_host_that_is_for_it)
{
	struct vd_packet packet = {
		.src_cid = cids[A],
		.dst_cid = VD_VSOCK_HOST_CID,
		.src_port = 1,
		.dst_port = 2,
		.type = STREAM,
		.op = OP(REQUEST),
	};

	fake_guest_send(&guests[A], &packet, NULL, 0);
	packet = fake_guest_expect(&guests[A], OP(RST));
	cr_assert_eq(packet.src_cid, VD_VSOCK_HOST_CID);
}

Test(vsock_switch, passes_on_one_end_after_the_other)
{
	establish();
	send_packet(A, OP(RW), 0, bytes, 10);
	send_packet(A, OP(SHUTDOWN), VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0);
	expect_bytes(B, bytes, 10);
	cr_assert_eq(expect(B, OP(SHUTDOWN)).flags, VIRTIO_VSOCK_SHUTDOWN_SEND);

	send_packet(B, OP(RW), 0, bytes, 20);
	expect_bytes(A, bytes, 20);

	/* With this, there is nothing left to be done. */
	send_packet(B, OP(SHUTDOWN), VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0);
	cr_assert(expect(A, OP(SHUTDOWN)).flags & VIRTIO_VSOCK_SHUTDOWN_SEND);
}

Test(vsock_switch_alone, passes_on_an_end_behind_what_had_to_wait)
{
	make_guests(1);
	establish();
	send_packet(A, OP(RW), 0, bytes, 20000);
	send_packet(A, OP(SHUTDOWN), VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0);
	expect_bytes(B, bytes, 20000);
	expect(B, OP(SHUTDOWN));
}

Test(vsock_switch, passes_on_a_reset)
{
	establish();
	send_op(B, OP(RST));
	expect(A, OP(RST));
	expect_nothing(B);
}

Test(vsock_switch, resets_the_connections_of_a_guest_that_goes_away)
{
	establish();
	free_guest(B);
	expect(A, OP(RST));
}

Test(vsock_switch, resets_the_connections_of_a_guest_that_stops)
{
	establish();
	fake_guest_stop(&guests[B]);
	vd_device_reset(devices[B]);
	expect(A, OP(RST));
	fake_guest_start(&guests[B], devices[B], 1, ROOM);
}

Test(vsock_switch, keeps_messages_apart)
{
	type = SEQPACKET;
	establish();
	send_packet(A, OP(RW), EOM, bytes, 10);
	send_packet(A, OP(RW), EOM, bytes, 0);
	send_packet(A, OP(RW), EOM, bytes + 10, 10000);
	cr_assert_eq(expect_bytes(B, bytes, 10) & EOM, EOM);
	cr_assert_eq(expect(B, OP(RW)).len, 0);
	cr_assert_eq(expect_bytes(B, bytes + 10, 10000) & EOM, EOM);
	expect_nothing(B);
}

Test(vsock_switch_alone, keeps_messages_apart_that_had_to_wait)
{
	type = SEQPACKET;
	make_guests(1);
	establish();
	for (uint32_t i = 0; i < 20; i++)
		send_packet(A, OP(RW), EOM, bytes + i * 100, i * 100);
	for (uint32_t i = 0; i < 20; i++)
		cr_assert_eq(expect_bytes(B, bytes + i * 100, i * 100) & EOM,
			     EOM);
	expect_nothing(B);
}

Test(vsock_switch, passes_a_message_on_before_it_is_whole)
{
	type = SEQPACKET;
	establish();
	send_packet(A, OP(RW), 0, bytes, 10);
	cr_assert_eq(expect_bytes(B, bytes, 10) & EOM, 0);
	send_packet(A, OP(RW), EOM, bytes + 10, 10);
	cr_assert_eq(expect_bytes(B, bytes + 10, 10) & EOM, EOM);
}
