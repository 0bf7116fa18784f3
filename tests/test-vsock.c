/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The vsock device: what it says of itself, how much it allows, and its end.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/vsock-test.h"

TestSuite(vsock, .init = setup, .fini = end);

/* Begin anew, with another configuration. */
static void reconfigure(struct vd_vsock_config config, unsigned int n_buffers)
{
	end();
	begin(config, n_buffers);
}

static int try_new(struct vd_vsock_config config)
{
	struct vd_device *other = NULL;
	int r = vd_vsock_new(&host.host, &config, &other);

	cr_assert_eq(r, -EINVAL);
	cr_assert_null(other);

	return r;
}

Test(vsock, refuses_context_ids_that_are_not_a_guests)
{
	try_new((struct vd_vsock_config){ .guest_cid = 0 });
	try_new((struct vd_vsock_config){ .guest_cid = 2 });
	try_new((struct vd_vsock_config){ .guest_cid = UINT32_MAX });
}

Test(vsock, refuses_sizes_that_are_out_of_range)
{
	try_new((struct vd_vsock_config){ .guest_cid = 3, .buf_alloc = 4095 });
	try_new((struct vd_vsock_config){ .guest_cid = 3,
					  .buf_alloc = UINT32_MAX });
	try_new((struct vd_vsock_config){ .guest_cid = 3,
					  .max_connections = 65537 });
	try_new((struct vd_vsock_config){
		.guest_cid = 3, .max_connections = 2, .max_half_open = 3 });
}

Test(vsock, says_its_context_id)
{
	uint64_t cid;

	vd_device_get_config(device, 0, &cid, sizeof(cid));
	cr_assert_eq(le64toh(cid), FAKE_GUEST_CID);
	cr_assert_eq(vd_vsock_guest_cid(host.vsock), FAKE_GUEST_CID);
}

Test(vsock, offers_what_it_can)
{
	cr_assert(device->features & VD_BIT(VIRTIO_VSOCK_F_SEQPACKET));
	cr_assert(device->features & VD_BIT(VIRTIO_F_IN_ORDER));
	cr_assert(device->features & VD_BIT(0));
	cr_assert(device->features & VD_BIT(2));
}

static void request(uint32_t port, uint16_t type)
{
	struct vd_packet packet = from_port(port, OP(REQUEST));

	packet.type = type;
	send_packet(packet);
}

struct features_case {
	uint64_t features;
	bool streams;
	bool messages;
};

ParameterizedTestParameters(vsock, knows_the_types_that_the_driver_accepts)
{
	static struct features_case cases[] = {
		{ 0x0, true, false }, { 0x1, true, false },
		{ 0x2, true, true },  { 0x3, true, true },
		{ 0x5, true, false }, { 0x6, false, true },
		{ 0x7, true, true },
	};

	return cr_make_param_array(struct features_case, cases,
				   VD_ARRAY_SIZE(cases));
}

ParameterizedTest(struct features_case *c, vsock,
		  knows_the_types_that_the_driver_accepts)
{
	cr_assert_eq(vd_device_set_features(device, c->features), 0);

	request(1, STREAM);
	expect(c->streams ? OP(RESPONSE) : OP(RST));
	request(2, SEQPACKET);
	expect(c->messages ? OP(RESPONSE) : OP(RST));
}

Test(vsock, refuses_a_driver_that_knows_no_type)
{
	cr_assert_eq(vd_device_set_features(device, 0x4), -EINVAL);
}

Test(vsock, resets_types_that_there_are_not)
{
	request(1, 0);
	cr_assert_eq(expect(OP(RST)).type, 0);
	request(1, 3);
	cr_assert_eq(expect(OP(RST)).type, 3);
	request(1, 64 + STREAM);
	expect(OP(RST));
}

static int host_connects(uint32_t port, struct fake_stream **ret)
{
	return fake_host_connect(&host, port, STREAM, guest.now, ret);
}

Test(vsock, limits_connections)
{
	struct fake_stream *stream;

	reconfigure((struct vd_vsock_config){ .max_connections = 10 },
		    N_BUFFERS);
	for (uint32_t port = 0; port < 10; port++) {
		request(port, STREAM);
		expect(OP(RESPONSE));
	}
	request(10, STREAM);
	expect(OP(RST));
	cr_assert_eq(host.n_streams, 10);
	cr_assert_eq(host_connects(22, &stream), -EMFILE);

	/* One goes, one may come. */
	send_packet(from_port(5, OP(RST)));
	request(10, STREAM);
	expect(OP(RESPONSE));
}

Test(vsock, limits_those_that_wait_to_be_accepted)
{
	struct fake_stream *stream;

	reconfigure((struct vd_vsock_config){ .max_half_open = 2 }, N_BUFFERS);
	host.answer = 0;
	request(1, STREAM);
	cr_assert_eq(host_connects(22, &stream), 0);
	expect(OP(REQUEST));
	request(2, STREAM);
	expect(OP(RST));

	vd_vsock_connected(host.streams[0].stream.connection, 0, guest.now);
	expect(OP(RESPONSE));
	request(2, STREAM);
	expect_nothing();
}

Test(vsock, finds_each_of_many_connections)
{
	reconfigure((struct vd_vsock_config){ .max_connections = 2000 },
		    N_BUFFERS);
	for (uint32_t port = 0; port < 2000; port++) {
		request(port, STREAM);
		expect(OP(RESPONSE));
		fake_guest_post(&guest, ROOM);
	}
	for (uint32_t port = 0; port < 2000; port++) {
		struct vd_packet packet = from_port(port, OP(RW));

		packet.len = sizeof(port);
		fake_guest_send(&guest, &packet, &port, sizeof(port));
		expect_written(&host.streams[port], (uint8_t *)&port,
			       sizeof(port));
	}
}

Test(vsock, stops_for_others_on_the_same_thread)
{
	struct fake_ring *tx = &guest.rings[VD_VSOCK_TX];
	struct vd_packet packet = packet_of(OP(RW));

	reconfigure((struct vd_vsock_config){ .buf_alloc = 1U << 20 },
		    N_BUFFERS);
	establish(STREAM);
	packet.len = 65536;
	for (unsigned int i = 0; i < 10; i++)
		fake_guest_queue(&guest, &packet, bytes, 65536);
	vd_device_kick(device, VD_VSOCK_TX, guest.now);
	cr_assert_eq(tx->added - tx->used, 5);
	cr_assert(guest.kicks & 1U << VD_VSOCK_TX);
	fake_guest_run(&guest);
	cr_assert_eq(tx->added, tx->used);
	cr_assert_eq(last_stream()->in.len, 10 * 65536);
}

Test(vsock, uses_a_connection_again_that_is_gone)
{
	for (uint32_t i = 0; i < 500; i++) {
		request(i, STREAM);
		expect(OP(RESPONSE));
		send_packet(from_port(i, OP(RST)));
		cr_assert_eq(last_stream()->error, -ECONNRESET);
		fake_guest_post(&guest, ROOM);
	}
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock, closes_all_streams_when_it_is_reset)
{
	struct fake_stream *asked, *open = establish(STREAM);

	open->room = 0;
	send_data(bytes, 100);
	cr_assert_eq(host_connects(22, &asked), 0);

	fake_guest_stop(&guest);
	vd_device_reset(device);
	cr_assert_eq(open->error, -ENETRESET);
	cr_assert_eq(asked->error, -ENETRESET);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock, keeps_connections_while_it_is_stopped)
{
	struct fake_stream *stream = establish(STREAM);

	fake_guest_stop(&guest);
	say(stream, bytes, 100);
	fake_guest_start(&guest, device, N_BUFFERS, ROOM);
	expect_data(bytes, 100);
}

Test(vsock, tells_the_driver_of_lost_connections)
{
	struct fake_stream *stream = establish(STREAM);
	struct fake_ring *events = &guest.rings[VD_VSOCK_EVENT];
	const uint8_t transport_reset[4] = { 0 };

	vd_vsock_transport_reset(device, NULL, 0);
	cr_assert_eq(stream->error, -ENETRESET);
	cr_assert_eq(expect(OP(RST)).dst_port, GUEST_PORT);

	/* One that is too small does not count. */
	fake_guest_post_event(&guest, 3);
	cr_assert_eq(events->slots[0].written, 0);
	fake_guest_post_event(&guest, 4);
	cr_assert_eq(events->slots[1].written, 4);
	cr_assert_arr_eq(events->slots[1].buf, transport_reset, 4);
	fake_guest_post_event(&guest, 4);
	cr_assert_eq(events->used, 2, "it is said only once");

	/* The guest may not have looked at it yet. */
	send_op(OP(RW));
	expect(OP(RST));
}

Test(vsock, uses_a_buffer_for_events_that_waits)
{
	fake_guest_post_event(&guest, 4);
	cr_assert_eq(guest.rings[VD_VSOCK_EVENT].used, 0);
	vd_vsock_transport_reset(device, NULL, 0);
	cr_assert_eq(guest.rings[VD_VSOCK_EVENT].used, 1);
}

Test(vsock, resets_connections_of_another_process)
{
	struct vd_vsock_flow flows[8];
	struct fake_stream *stream;
	unsigned int n;

	host.answer = 0;
	request(1, STREAM);
	host.answer = 1;
	request(2, SEQPACKET);
	expect(OP(RESPONSE));
	/* Of this one, the guest does not know any more. */
	establish(STREAM)->room = 0;
	send_data(bytes, 10);
	send_shutdown(RCV | SEND);
	expect(OP(RST));
	/* And of this one not yet. */
	fake_guest_stop(&guest);
	fake_guest_start(&guest, device, 0, 0);
	cr_assert_eq(host_connects(22, &stream), 0);
	n = vd_vsock_known_flows(device, flows, VD_ARRAY_SIZE(flows));
	cr_assert_eq(n, 2);
	cr_assert_eq(vd_vsock_known_flows(device, flows, 1), 1);

	reconfigure((struct vd_vsock_config){ 0 }, 0);
	flows[n++] = flows[0];
	vd_vsock_transport_reset(device, flows, n);
	fake_guest_fill(&guest, 4, ROOM);
	cr_assert_eq(expect(OP(RST)).dst_port, 1);
	cr_assert_eq(expect(OP(RST)).dst_port, 2);
	expect_nothing();
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 0);
}

Test(vsock, believes_no_more_of_another_process_than_there_may_be)
{
	struct vd_vsock_flow flows[20] = { { 0 } };

	for (uint32_t i = 0; i < 20; i++)
		flows[i].guest_port = i;
	reconfigure((struct vd_vsock_config){ .max_connections = 10 }, 0);
	vd_vsock_transport_reset(device, flows, 20);
	cr_assert_eq(vd_vsock_n_connections(host.vsock), 10);
}

Test(vsock, says_of_a_stream_whose_it_is)
{
	struct fake_stream *stream = establish(STREAM);

	cr_assert_eq(vd_vsock_connection_vsock(stream->stream.connection),
		     host.vsock);
	cr_assert_eq(vd_vsock_now(host.vsock), guest.now);
}
