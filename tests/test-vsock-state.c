/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Connections that end because the device goes on in another process, after a
 * crash or with a state that has travelled.
 */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/fake-device-host.h"
#include "tests/vsock-test.h"
#include "virtio-devices/state.h"

/* For as many connections as there can be by default. */
static uint8_t state[32768];

TestSuite(vsock_state, .init = setup, .fini = end);

/* Another process; the guest is the same, and has @n_buffers posted. */
static void go_on_elsewhere(unsigned int n_buffers)
{
	end();
	begin((struct vd_vsock_config){ 0 }, n_buffers);
}

/* As if a former process had taken all packets that wait in the tx queue. */
static void recover(void)
{
	struct fake_ring *tx = &guest.rings[VD_VSOCK_TX];

	for (unsigned int i = tx->popped; i < tx->added; i++)
		tx->slots[i % FAKE_RING].chain.recovered = true;
	vd_device_kick(device, VD_VSOCK_TX, guest.now);
	for (unsigned int i = 0; i < FAKE_RING; i++)
		tx->slots[i].chain.recovered = false;
	tx->taken = tx->used;
}

static void queue_op(uint32_t port, uint16_t op, uint32_t len)
{
	struct vd_packet packet = from_port(port, op);

	packet.len = len;
	fake_guest_queue(&guest, &packet, bytes, len);
}

Test(vsock_state, resets_connections_that_a_former_process_had)
{
	queue_op(1, OP(RW), 10);
	queue_op(2, OP(CREDIT_UPDATE), 0);
	queue_op(3, OP(RST), 0);
	recover();
	cr_assert_eq(expect(OP(RST)).dst_port, 1);
	cr_assert_eq(expect(OP(RST)).dst_port, 2);
	expect_nothing();
	cr_assert_eq(guest.rings[VD_VSOCK_TX].used, 3);
}

Test(vsock_state, connects_nobody_twice)
{
	queue_op(GUEST_PORT, OP(REQUEST), 0);
	recover();
	expect(OP(RST));
	cr_assert_eq(host.n_streams, 0);

	/* The guest may try again. */
	(void)establish(STREAM);
}

Test(vsock_state, sends_nothing_twice_not_even_to_one_with_the_same_ports)
{
	struct fake_stream *stream = establish(STREAM);

	queue_op(GUEST_PORT, OP(RW), 10);
	recover();
	cr_assert_eq(stream->in.len, 0);
	expect_nothing();
	send_data(bytes, 10);
	expect_written(stream, bytes, 10);
}

static unsigned int n_events(void)
{
	return guest.rings[VD_VSOCK_EVENT].used;
}

Test(vsock_state, tells_the_driver_if_something_was_under_way)
{
	(void)establish(STREAM);
	fake_guest_post_event(&guest, 4);
	queue_op(1, OP(REQUEST), 0);
	recover();
	cr_assert_eq(n_events(), 1);
}

Test(vsock_state, tells_the_driver_of_connections_that_it_never_had)
{
	fake_guest_post_event(&guest, 4);
	send_op(OP(RST));
	cr_assert_eq(n_events(), 0);
	send_op(OP(RW));
	cr_assert_eq(n_events(), 1);
	expect(OP(RST));
}

Test(vsock_state, tells_the_driver_nothing_of_those_that_ended_here)
{
	fake_guest_post_event(&guest, 4);
	(void)establish(STREAM);
	send_op(OP(RST));
	send_op(OP(RW));
	expect(OP(RST));
	cr_assert_eq(n_events(), 0);
}

Test(vsock_state, travels_and_resets_what_the_guest_knew)
{
	size_t len;

	(void)establish(STREAM);
	send_packet(from_port(7, OP(REQUEST)));
	expect(OP(RESPONSE));
	cr_assert_leq(vd_device_state_size(device), sizeof(state));
	len = vd_device_save(device, state, sizeof(state));

	go_on_elsewhere(0);
	cr_assert_eq(vd_device_load(device, state, len), 0);
	fake_guest_post_event(&guest, 4);
	cr_assert_eq(n_events(), 1);
	fake_guest_fill(&guest, 4, ROOM);
	cr_assert_eq(expect(OP(RST)).dst_port, GUEST_PORT);
	cr_assert_eq(expect(OP(RST)).dst_port, 7);
	expect_nothing();
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
	(void)establish(STREAM);
}

Test(vsock_state, is_small_without_connections)
{
	size_t len = vd_device_save(device, state, sizeof(state));

	cr_assert_leq(len, 64);
	go_on_elsewhere(N_BUFFERS);
	cr_assert_eq(vd_device_load(device, state, len), 0);
	expect_nothing();
}

Test(vsock_state, is_not_too_long_with_as_many_as_there_can_be)
{
	const struct vd_vsock_config config = {
		.max_connections = VD_VSOCK_CONNECTIONS_MAX,
		.max_half_open = VD_VSOCK_CONNECTIONS_MAX,
	};
	uint8_t *large = malloc(VD_STATE_MAX);
	size_t len;

	end();
	begin(config, 0);
	host.answer = 0;
	for (uint32_t i = 0; i < VD_VSOCK_CONNECTIONS_MAX; i++)
		vd_vsock_lost(host.vsock,
			      &(struct vd_vsock_flow){ .guest_port = i });
	cr_assert_leq(vd_device_state_size(device), VD_STATE_MAX);
	len = vd_device_save(device, large, VD_STATE_MAX);
	cr_assert_leq(len, VD_STATE_MAX);
	cr_assert_eq(vd_device_load(device, large, len), 0);
	cr_assert_geq(vd_vsock_n_connections(host.vsock), 65000);
	free(large);
}

static size_t write_record(uint16_t tag, size_t len)
{
	struct vd_state_writer writer;
	size_t ret;

	vd_state_begin(&writer, state, sizeof(state));
	vd_state_put(&writer, tag, bytes, len);
	cr_assert_eq(vd_state_end(&writer, device->ops->id, &ret), 0);

	return ret;
}

/* Any bytes are flows: that costs nobody more than a RST. */
Test(vsock_state, is_believed_only_so_far)
{
	for (size_t len = 0; len < 400; len++) {
		size_t n = write_record(1, len);
		int r = vd_device_load(device, state, n);

		cr_assert_eq(r, len % 16 ? -EBADMSG : 0);
	}
	cr_assert_eq(vd_device_load(device, state, write_record(2, 0)),
		     -EBADMSG);
	cr_assert_eq(vd_device_load(device, state,
				    write_record(2 | VD_STATE_OPTIONAL, 0)),
		     0);
	(void)establish(STREAM);
}

/* A process that is killed is not asked what the guest knew. */
Test(vsock_state, is_news_when_a_connection_comes_or_goes)
{
	struct fake_device_host driver;

	fake_device_host_init(&driver, device);
	(void)establish(STREAM);
	cr_assert_gt(driver.n_news, 0);
	driver.n_news = 0;
	send_data(bytes, 10);
	cr_assert_eq(driver.n_news, 0);
	send_op(OP(RST));
	cr_assert_gt(driver.n_news, 0);
	device->host = NULL;
}
