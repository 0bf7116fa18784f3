/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The front-end against a back-end that says what the test wants it to: its
 * answers are in the socket before they are asked for.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define REPLY (VHU_VERSION | VHU_REPLY)
#define PAGE 4096ULL
#define GPA (1ULL << 32)

static struct vhu_frontend *frontend;
static struct vhu_guest_memory *memory;
static int peer = -1;

/* Short, as one test waits for it; long enough for what does arrive. */
#define TIMEOUT 50

static void open_frontend(void)
{
	const struct vhu_guest_range range = { GPA, 64 * PAGE };
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
		     0);
	peer = fds[1];
	cr_assert_eq(vhu_frontend_new(fds[0], TIMEOUT, &frontend), 0);
	cr_assert_eq(vhu_guest_memory_new(&range, 1, &memory), 0);
}

static void close_frontend(void)
{
	vhu_frontend_free(frontend);
	vhu_guest_memory_free(memory);
	close(peer);
}

TestSuite(frontend, .init = open_frontend, .fini = close_frontend);

static void say(uint32_t request, uint32_t flags, const void *payload,
		size_t size)
{
	const struct vhu_header header = { request, flags, (uint32_t)size };

	cr_assert_eq(vhu_message_send(peer, &header, payload, NULL, 0), 0);
}

static void say_u64(uint32_t request, uint64_t value)
{
	say(request, REPLY, &value, sizeof(value));
}

/* What the front-end has sent; the caller gives it to vhu_message_fini(). */
static struct vhu_message hear(uint32_t request)
{
	struct vhu_message message;

	vhu_message_init(&message);
	cr_assert_eq(vhu_message_receive(peer, &message), 1);
	cr_assert_eq(message.header.request, request, "heard %s",
		     vhu_request_name(message.header.request));

	return message;
}

static uint64_t hear_u64(uint32_t request)
{
	struct vhu_message message = hear(request);

	cr_assert_eq(message.header.size, sizeof(uint64_t));
	cr_assert_eq(message.n_fds, 0);

	return message.payload.u64;
}

static void hear_nothing(void)
{
	struct vhu_message message;

	vhu_message_init(&message);
	cr_assert_eq(vhu_message_receive(peer, &message), -EAGAIN);
}

static void negotiate(uint64_t features, uint64_t protocol_features)
{
	say_u64(VHU_GET_FEATURES, features);
	if (features & VD_BIT(VHU_F_PROTOCOL_FEATURES))
		say_u64(VHU_GET_PROTOCOL_FEATURES, protocol_features);
	if (protocol_features & VD_BIT(VHU_PROTOCOL_F_REPLY_ACK))
		say_u64(VHU_SET_OWNER, 0);

	cr_assert_eq(vhu_frontend_negotiate(frontend, UINT64_MAX), 0);

	hear(VHU_GET_FEATURES);
	if (features & VD_BIT(VHU_F_PROTOCOL_FEATURES)) {
		hear(VHU_GET_PROTOCOL_FEATURES);
		cr_assert_eq(hear_u64(VHU_SET_PROTOCOL_FEATURES),
			     protocol_features);
	}
	hear(VHU_SET_OWNER);
}

static void negotiate_without_acks(void)
{
	negotiate(VD_BIT(VHU_F_PROTOCOL_FEATURES),
		  VD_BIT(VHU_PROTOCOL_F_MQ) | VD_BIT(VHU_PROTOCOL_F_CONFIG));
}

static void negotiate_with_acks(void)
{
	negotiate(VD_BIT(VHU_F_PROTOCOL_FEATURES),
		  VD_BIT(VHU_PROTOCOL_F_REPLY_ACK));
}

Test(frontend, negotiates_with_a_back_end_of_today)
{
	negotiate_with_acks();
	cr_assert_eq(vhu_frontend_features(frontend)->protocol_accepted,
		     VD_BIT(VHU_PROTOCOL_F_REPLY_ACK));
}

Test(frontend, negotiates_with_a_back_end_without_protocol_features)
{
	negotiate(1, 0);
	hear_nothing();

	/* Then rings are enabled from the start, and cannot be disabled. */
	cr_assert_eq(vhu_frontend_enable(frontend, 0, true), 0);
	cr_assert_eq(vhu_frontend_enable(frontend, 0, false), -EOPNOTSUPP);
	hear_nothing();
}

Test(frontend, accepts_only_what_is_offered)
{
	negotiate(6, 0);
	cr_assert_eq(vhu_frontend_set_features(frontend, 3), 0);
	cr_assert_eq(hear_u64(VHU_SET_FEATURES), 2);
	cr_assert_eq(vhu_frontend_features(frontend)->accepted, 2);
}

Test(frontend, asks_for_an_acknowledgement_if_there_are_any)
{
	negotiate_with_acks();
	say_u64(VHU_RESET_DEVICE, 0);

	cr_assert_eq(
		vhu_frontend_tell(frontend, VHU_RESET_DEVICE, NULL, 0, NULL, 0),
		0);
	cr_assert_eq(hear(VHU_RESET_DEVICE).header.flags,
		     VHU_VERSION | VHU_NEED_REPLY);
}

Test(frontend, asks_for_none_if_it_is_told_not_to)
{
	negotiate_with_acks();
	vhu_frontend_set_acks(frontend, false);

	cr_assert_eq(vhu_frontend_tell_u64(frontend, VHU_SET_FEATURES, 0), 0);
	cr_assert_eq(hear(VHU_SET_FEATURES).header.flags, VHU_VERSION);
}

Test(frontend, notices_a_refusal)
{
	negotiate_with_acks();
	say_u64(VHU_SET_VRING_NUM, 1);

	cr_assert_eq(vhu_frontend_tell_state(frontend, VHU_SET_VRING_NUM, 0, 3),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_request(frontend), VHU_SET_VRING_NUM);
}

struct bad_reply {
	char why[32];
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

ParameterizedTestParameters(frontend, refuses_a_bad_reply)
{
	static struct bad_reply cases[] = {
		{ "another request", VHU_GET_STATUS, REPLY, 8 },
		{ "not a reply", VHU_GET_FEATURES, VHU_VERSION, 8 },
		{ "wants a reply", VHU_GET_FEATURES, REPLY | VHU_NEED_REPLY,
		  8 },
		{ "unknown flag", VHU_GET_FEATURES, REPLY | 0x80, 8 },
		{ "version 0", VHU_GET_FEATURES, VHU_REPLY, 8 },
		{ "version 2", VHU_GET_FEATURES, VHU_REPLY | 2, 8 },
		{ "empty", VHU_GET_FEATURES, REPLY, 0 },
		{ "short", VHU_GET_FEATURES, REPLY, 4 },
		{ "long", VHU_GET_FEATURES, REPLY, 16 },
	};

	return cr_make_param_array(struct bad_reply, cases,
				   VD_ARRAY_SIZE(cases));
}

ParameterizedTest(struct bad_reply *bad, frontend, refuses_a_bad_reply)
{
	const char zeros[16] = { 0 };
	uint64_t value = 77;

	say(bad->request, bad->flags, zeros, bad->size);

	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -EBADMSG, "%s", bad->why);
	cr_assert_eq(value, 77, "result touched on failure");
}

Test(frontend, refuses_a_reply_of_impossible_size)
{
	const struct vhu_header header = { VHU_GET_FEATURES, REPLY,
					   UINT32_MAX };
	uint64_t value;

	cr_assert_eq(send(peer, &header, sizeof(header), 0), sizeof(header));
	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -EBADMSG);
}

Test(frontend, refuses_and_closes_a_descriptor_in_a_reply)
{
	const struct vhu_header header = { VHU_GET_FEATURES, REPLY, 8 };
	uint64_t value = 0;
	int before, after;

	before = dup(0);
	close(before);
	cr_assert_eq(vhu_message_send(peer, &header, &value, &peer, 1), 0);
	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -EBADMSG);
	after = dup(0);
	close(after);
	cr_assert_eq(before, after);
}

Test(frontend, does_not_wait_for_ever)
{
	uint64_t value;

	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -ETIMEDOUT);
}

Test(frontend, does_not_wait_for_ever_for_half_a_reply)
{
	uint64_t value;

	cr_assert_eq(send(peer, "\1\0\0\0", 4, 0), 4);
	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -ETIMEDOUT);
}

Test(frontend, notices_that_the_back_end_hangs_up)
{
	uint64_t value;

	shutdown(peer, SHUT_WR);
	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -ECONNRESET);
	shutdown(peer, SHUT_RD);
	cr_assert_eq(vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &value),
		     -ECONNRESET);
}

Test(frontend, blames_the_message_that_made_the_back_end_hang_up)
{
	negotiate_without_acks();
	cr_assert_eq(vhu_frontend_tell_u64(frontend, VHU_SET_FEATURES, 0), 0);
	shutdown(peer, SHUT_RDWR);

	cr_assert_eq(vhu_frontend_sync(frontend), -ECONNRESET);
	cr_assert_eq(vhu_frontend_request(frontend), VHU_SET_FEATURES);
}

Test(frontend, shares_its_memory)
{
	struct vhu_message message;
	struct stat st;

	negotiate_without_acks();
	cr_assert_eq(vhu_frontend_set_memory(frontend, memory), 0);

	message = hear(VHU_SET_MEM_TABLE);
	cr_assert_eq(message.header.size, 8 + 32);
	cr_assert_eq(message.payload.table.n_regions, 1);
	cr_assert_eq(message.payload.table.regions[0].gpa, GPA);
	cr_assert_eq(message.payload.table.regions[0].size, 64 * PAGE);
	cr_assert_eq(message.n_fds, 1);
	cr_assert_eq(fstat(message.fds[0], &st), 0);
	cr_assert_eq(st.st_size, 64 * PAGE);
	vhu_message_fini(&message);
}

Test(frontend, tells_a_ring_in_the_addresses_of_its_memory)
{
	const struct vhu_driver_layout *layout;
	struct vhu_message message;

	negotiate_without_acks();
	vhu_frontend_set_memory(frontend, memory);
	message = hear(VHU_SET_MEM_TABLE);
	vhu_message_fini(&message);

	cr_assert_eq(vhu_frontend_prepare_queue(frontend, 3, 16), 0);
	hear_nothing();
	layout = vhu_driver_ring_layout(vhu_frontend_queue(frontend, 3)->ring);

	cr_assert_eq(vhu_frontend_tell_vring(frontend, 3, VHU_SET_VRING_ADDR),
		     0);
	message = hear(VHU_SET_VRING_ADDR);
	cr_assert_eq(message.payload.addr.index, 3);
	cr_assert_eq(message.payload.addr.desc, (uintptr_t)layout->desc.at);
	cr_assert_eq(message.payload.addr.avail, (uintptr_t)layout->driver.at);
	cr_assert_eq(message.payload.addr.used, (uintptr_t)layout->device.at);
}

Test(frontend, starts_a_queue)
{
	static const uint32_t sequence[] = {
		VHU_SET_VRING_CALL, VHU_SET_VRING_ERR,	VHU_SET_VRING_NUM,
		VHU_SET_VRING_BASE, VHU_SET_VRING_ADDR, VHU_SET_VRING_KICK,
	};
	struct vhu_message message;

	negotiate_without_acks();
	vhu_frontend_set_features(frontend, UINT64_MAX);
	hear(VHU_SET_FEATURES);
	vhu_frontend_set_memory(frontend, memory);
	message = hear(VHU_SET_MEM_TABLE);
	vhu_message_fini(&message);

	cr_assert_eq(vhu_frontend_prepare_queue(frontend, 1, 16), 0);
	cr_assert_eq(vhu_frontend_start_queue(frontend, 1), 0);
	for (size_t i = 0; i < VD_ARRAY_SIZE(sequence); i++) {
		bool has_fd = sequence[i] == VHU_SET_VRING_CALL ||
			      sequence[i] == VHU_SET_VRING_ERR ||
			      sequence[i] == VHU_SET_VRING_KICK;

		message = hear(sequence[i]);
		cr_assert_eq(has_fd ? message.payload.u64
				    : message.payload.state.index,
			     1);
		vhu_message_fini(&message);
	}
	message = hear(VHU_SET_VRING_ENABLE);
	cr_assert_eq(message.payload.state.num, 1);
}

Test(frontend, goes_on_where_a_queue_was_stopped)
{
	const struct vhu_vring_state state = { .index = 2, .num = 1234 };

	say(VHU_GET_VRING_BASE, REPLY, &state, sizeof(state));
	cr_assert_eq(vhu_frontend_stop_queue(frontend, 2), 0);
	cr_assert_eq(vhu_frontend_queue(frontend, 2)->base, 1234);

	say(VHU_GET_VRING_BASE, REPLY, &state, sizeof(state));
	cr_assert_eq(vhu_frontend_stop_queue(frontend, 1), -EBADMSG);
}

Test(frontend, reads_the_configuration_space)
{
	struct vhu_config config = { .offset = 4, .size = 2, .data = "hi" };
	char buf[2];

	negotiate_without_acks();
	say(VHU_GET_CONFIG, REPLY, &config, VHU_CONFIG_HEADER + 2);

	cr_assert_eq(vhu_frontend_get_config(frontend, 4, buf, 2), 0);
	cr_assert_eq(memcmp(buf, "hi", 2), 0);
	cr_assert_eq(hear(VHU_GET_CONFIG).payload.config.offset, 4);
}

Test(frontend, understands_that_there_is_no_such_configuration)
{
	struct vhu_config config = { .size = 1 };
	char buf[2];

	negotiate_without_acks();
	say(VHU_GET_CONFIG, REPLY, NULL, 0);
	cr_assert_eq(vhu_frontend_get_config(frontend, 0, buf, 2), -ERANGE);

	say(VHU_GET_CONFIG, REPLY, &config, VHU_CONFIG_HEADER + 1);
	cr_assert_eq(vhu_frontend_get_config(frontend, 0, buf, 2), -EBADMSG);
}

Test(frontend, does_not_ask_for_what_was_not_negotiated)
{
	uint64_t n;
	char buf[2];

	negotiate(0, 0);
	cr_assert_eq(vhu_frontend_get_config(frontend, 0, buf, 2), -EOPNOTSUPP);
	cr_assert_eq(vhu_frontend_n_queues(frontend, &n), -EOPNOTSUPP);
	hear_nothing();
}

/* A queue that nobody works. */
static struct vhu_frontend_queue *idle_queue(void)
{
	vhu_frontend_set_memory(frontend, memory);
	cr_assert_eq(vhu_frontend_prepare_queue(frontend, 0, 16), 0);

	return vhu_frontend_queue(frontend, 0);
}

Test(frontend, waits_for_a_notification_but_not_for_ever)
{
	const uint64_t one = 1;
	int call_fd = idle_queue()->call_fd;

	cr_assert_eq(vhu_frontend_wait(frontend, 0), -ETIMEDOUT);
	cr_assert_eq(write(call_fd, &one, sizeof(one)), sizeof(one));
	cr_assert_eq(vhu_frontend_wait(frontend, 0), 0);
	cr_assert_eq(vhu_frontend_wait(frontend, 0), -ETIMEDOUT);
}

Test(frontend, learns_while_waiting_that_the_ring_is_broken)
{
	const uint64_t one = 1;
	int err_fd = idle_queue()->err_fd;

	cr_assert_eq(write(err_fd, &one, sizeof(one)), sizeof(one));
	cr_assert_eq(vhu_frontend_wait(frontend, 0), -EIO);
}

Test(frontend, learns_while_waiting_that_the_back_end_is_gone)
{
	idle_queue();
	close(peer);
	peer = -1;
	cr_assert_eq(vhu_frontend_wait(frontend, 0), -ECONNRESET);
}

Test(frontend, runs_out_of_guest_memory_with_an_error)
{
	idle_queue();
	cr_assert_eq(vhu_frontend_prepare_queue(frontend, 1, 32768), -ENOMEM);
}

Test(frontend, connects_only_to_a_socket)
{
	char path[200];

	cr_assert_eq(
		vhu_frontend_connect("/nonexistent/socket", TIMEOUT, &frontend),
		-ENOENT);

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	cr_assert_eq(vhu_frontend_connect(path, TIMEOUT, &frontend),
		     -ENAMETOOLONG);
}

Test(guest_memory, finds_what_it_gave_out_and_nothing_else)
{
	const struct vhu_guest_range ranges[] = {
		{ .gpa = PAGE, .size = PAGE },
		{ .gpa = 2 * PAGE, .size = 2 * PAGE },
	};
	struct vhu_guest_memory *two;
	uint64_t gpa, len = 100;
	void *piece;

	cr_assert_eq(vhu_guest_memory_new(ranges, 2, &two), 0);

	piece = vhu_guest_memory_alloc(two, PAGE, 16, &gpa);
	cr_assert_eq(gpa, PAGE);
	cr_assert_eq(vhu_guest_memory_at(two, gpa, &len), piece);
	cr_assert_eq(len, 100);
	cr_assert_eq(vhu_guest_memory_user(two, gpa), (uintptr_t)piece);

	/* The first region is full, and pieces lie in one region. */
	cr_assert(vhu_guest_memory_alloc(two, 1, 1, &gpa));
	cr_assert_eq(gpa, 2 * PAGE);
	cr_assert(vhu_guest_memory_alloc(two, 1, 64, &gpa));
	cr_assert_eq(gpa, 2 * PAGE + 64);
	cr_assert_null(vhu_guest_memory_alloc(two, 2 * PAGE, 1, &gpa));

	len = 100;
	cr_assert(vhu_guest_memory_at(two, 2 * PAGE - 1, &len));
	cr_assert_eq(len, 1, "a region ends");
	cr_assert_null(vhu_guest_memory_at(two, 4 * PAGE, &len));
	cr_assert_null(vhu_guest_memory_at(two, 0, &len));
	vhu_guest_memory_free(two);
}
