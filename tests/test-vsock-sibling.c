/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two devices, each of which is the other's host.  What one guest sends is
 * copied once, into the other's buffers, while both devices are entered.
 */

#include <criterion/criterion.h>
#include <linux/virtio_vsock.h>
#include <string.h>

#include "tests/fake-vsock-guest.h"
#include "tests/fake-vsock-pair.h"
#include "virtio-devices/vsock-device.h"
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
 * struct side - a guest, its device, and the device's host
 * @pair:  the host
 * @guest: the guest
 * @sent:  bytes that the guest sent
 * @got:   bytes that it got
 * @told:  bytes of its own that it knows to be forwarded
 */
struct side {
	struct fake_pair pair;
	struct fake_guest guest;
	uint32_t sent;
	uint32_t got;
	uint32_t told;
};

static struct side caller, called;

static void side_begin(struct side *side, struct side *to, unsigned int n)
{
	const struct vd_vsock_config config = { .guest_cid = FAKE_GUEST_CID,
						.buf_alloc = BUF_ALLOC };
	struct vd_device *device;

	memset(side, 0, sizeof(*side));
	fake_pair_init(&side->pair, &to->pair);
	cr_assert_eq(vd_vsock_new(&side->pair.host, &config, &device), 0);
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
	cr_assert_eq(fake_pair_ends, 0);
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
	cr_assert_null(caller.pair.vsock->spare, "nothing had to be kept");
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
	cr_assert_eq(fake_pair_ends, 0);
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
