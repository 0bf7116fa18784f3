/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How much memory the vsock device takes, and what it does if there is none.
 */

#include "tests/fake-malloc.h"
#include "tests/vsock-test.h"

/* The tests' own allocations are counted too, so what counts is growth. */
static int before;

static void setup_memory(void)
{
	setup();
	before = fake_malloc_live;
}

static void teardown_memory(void)
{
	fake_malloc_lasts = UINT_MAX;
	end();
}

TestSuite(vsock_memory, .init = setup_memory, .fini = teardown_memory);

Test(vsock_memory, costs_little_for_each_connection)
{
	cr_assert_leq(sizeof(struct vd_vsock_connection), 256);
}

Test(vsock_memory, is_all_that_a_device_needs_or_there_is_none)
{
	const struct vd_vsock_config config = { .guest_cid = FAKE_GUEST_CID };
	struct fake_host *other = calloc(1, sizeof(*other));
	struct vd_device *ret = NULL;
	unsigned int n;

	cr_assert(other);
	fake_host_init(other);
	before = fake_malloc_live;
	for (n = 0; !ret; n++) {
		fake_malloc_lasts = n;
		if (vd_vsock_new(&other->host, &config, &ret) < 0)
			cr_assert_eq(fake_malloc_live, before);
	}
	cr_assert_eq(n, 4, "a device, its connections, and their table");
	vd_device_free(ret);
	cr_assert_eq(fake_malloc_live, before);
	free(other);
}

/* The guest takes two for what it sends, and each side of a stream one. */
Test(vsock_memory, is_not_needed_for_a_packet)
{
	struct fake_stream *stream = establish(STREAM);
	unsigned int calls = fake_malloc_calls;

	send_data(bytes, 100);
	cr_assert_eq(fake_malloc_calls, calls + 3);
	say(stream, bytes, 10000);
	expect_data(bytes, 10000);
	cr_assert_eq(fake_malloc_calls, calls + 4);
}

Test(vsock_memory, is_taken_once_by_those_that_stall_in_turn)
{
	struct fake_stream *stream = establish(STREAM);

	for (unsigned int i = 0; i < 10; i++) {
		stream->room = 0;
		send_data(bytes, 100);
		stream->room = SIZE_MAX;
		writable(stream);
	}
	cr_assert_null(stream->stream.connection->spill);
	cr_assert(host.vsock->spare);
}

Test(vsock_memory, that_a_host_needs_and_there_is_none_ends_its_connection)
{
	struct fake_stream *stream = establish(STREAM);

	stream->room = 0;
	/* The guest's own packet takes two. */
	fake_malloc_lasts = 2;
	send_data(bytes, 10);
	fake_malloc_lasts = UINT_MAX;
	expect(OP(RST));
	cr_assert_eq(stream->error, -ENOMEM);
}

Test(vsock_memory, that_a_message_needs_and_there_is_none_ends_its_connection)
{
	struct fake_stream *stream;

	end();
	begin((struct vd_vsock_config){ 0 }, 1);
	stream = establish(SEQPACKET);
	fake_stream_put(stream, bytes, 10000, EOM);
	readable(stream);
	fake_malloc_lasts = 2;
	fake_guest_post(&guest, ROOM);
	fake_malloc_lasts = UINT_MAX;
	expect(OP(RST));
	cr_assert_eq(stream->error, -ENOMEM);
}

/* One of each kind: asked, asking, stalled, half read, closing. */
Test(vsock_memory, is_given_back_with_everything_open)
{
	struct fake_stream *stream;

	end();
	cr_assert_eq(fake_malloc_live, 0, "by those that were before");

	begin((struct vd_vsock_config){ 0 }, N_BUFFERS);
	host.answer = 0;
	send_packet(from_port(1, OP(REQUEST)));
	host.answer = 1;
	cr_assert_eq(fake_host_connect(&host, 22, STREAM, guest.now, &stream),
		     0);
	expect(OP(REQUEST));
	stream = establish(STREAM);
	stream->room = 10;
	send_data(bytes, 1000);
	send_shutdown(RCV | SEND);
	send_packet(from_port(2, OP(REQUEST)));
	vd_vsock_hung_up(last_stream()->stream.connection, guest.now);
	end();
	cr_assert_eq(fake_malloc_live, 0);

	begin((struct vd_vsock_config){ 0 }, 1);
	stream = establish(SEQPACKET);
	fake_stream_put(stream, bytes, 10000, EOM);
	readable(stream);
	fake_guest_post(&guest, ROOM);
	cr_assert(stream->stream.connection->message);
}
