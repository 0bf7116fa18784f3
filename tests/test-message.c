/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How messages get through a socket, in whatever pieces; and that no descriptor
 * is lost on the way, whatever comes.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost-user/message.h"
#include "virtio-devices/util.h"

#define HEADER_SIZE sizeof(struct vhu_header)

/* More descriptors cannot be sent at once (SCM_MAX_FD). */
#define KERNEL_MAX_FDS 253

static int front, back;
static struct vhu_message message;

/* Any descriptor will do to be sent. */
static int file;

static void setup(void)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
		     0);
	front = fds[0];
	back = fds[1];
	file = open("/dev/null", O_RDWR | O_CLOEXEC);
	cr_assert(file >= 0);
	vhu_message_init(&message);
}

static void teardown(void)
{
	vhu_message_fini(&message);
	close(front);
	close(back);
	close(file);
}

TestSuite(message, .init = setup, .fini = teardown);

/* The other end may be a program of 64 bits, and this one of 32. */
Test(message, has_the_same_layout_on_all_processors)
{
	cr_assert_eq(sizeof(struct vhu_header), 12);
	cr_assert_eq(sizeof(struct vhu_vring_addr), 40);
	cr_assert_eq(offsetof(struct vhu_mem_table, regions[1]), 40);
	cr_assert_eq(sizeof(struct vhu_mem_reg), 40);
	cr_assert_eq(sizeof(struct vhu_log), 16);
	cr_assert_eq(sizeof(struct vhu_inflight), 24);
	cr_assert_eq(offsetof(struct vhu_config, data), VHU_CONFIG_HEADER);
}

static size_t n_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	cr_assert(dir);
	while (readdir(dir))
		n++;
	closedir(dir);

	return n;
}

/* Send @len bytes with @n_fds times our file. */
static void send_raw(const void *buf, size_t len, size_t n_fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * KERNEL_MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg = &control.align;

	if (n_fds) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &file,
			       sizeof(int));
	}
	cr_assert_eq(sendmsg(front, &msg, MSG_NOSIGNAL), (ssize_t)len);
}

/* A message as it lies on the wire: SET_FEATURES with eight bytes. */
struct raw {
	struct vhu_header header;
	uint64_t u64;
} __attribute__((packed));

static const struct raw set_features = {
	.header = { VHU_SET_FEATURES, VHU_VERSION | VHU_NEED_REPLY, 8 },
	.u64 = 0x0123456789abcdef,
};

static int send_message(int fd, const int *fds, size_t n_fds)
{
	const struct vhu_header header = set_features.header;
	const uint64_t u64 = set_features.u64;

	return vhu_message_send(fd, &header, &u64, fds, n_fds);
}

static int receive(void)
{
	return vhu_message_receive(back, &message);
}

static void check_set_features(void)
{
	cr_assert_eq(message.header.request, VHU_SET_FEATURES);
	cr_assert_eq(message.header.flags, VHU_VERSION | VHU_NEED_REPLY);
	cr_assert_eq(message.header.size, 8);
	cr_assert_eq(message.payload.u64, set_features.u64);
}

Test(message, arrives_as_it_was_sent)
{
	cr_assert_eq(send_message(front, NULL, 0), 0);
	cr_assert_eq(receive(), 1);
	check_set_features();
	cr_assert_eq(message.n_fds, 0);
}

Test(message, may_be_a_header_and_nothing_else)
{
	const struct vhu_header header = { VHU_GET_FEATURES, VHU_VERSION, 0 };

	cr_assert_eq(vhu_message_send(front, &header, NULL, NULL, 0), 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.header.request, VHU_GET_FEATURES);
}

Test(message, may_be_as_large_as_the_largest_payload)
{
	static union vhu_payload payload;
	const struct vhu_header header = { VHU_SET_CONFIG, VHU_VERSION,
					   sizeof(payload) };

	memset(&payload, 0x5a, sizeof(payload));
	cr_assert_eq(vhu_message_send(front, &header, &payload, NULL, 0), 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(memcmp(&message.payload, &payload, sizeof(payload)), 0);
}

Test(message, may_arrive_byte_by_byte)
{
	const char *bytes = (const char *)&set_features;

	for (size_t i = 0; i < sizeof(set_features); i++) {
		cr_assert_eq(receive(), -EAGAIN, "after %zu bytes", i);
		send_raw(bytes + i, 1, 0);
	}
	cr_assert_eq(receive(), 1);
	check_set_features();
}

Test(message, may_arrive_in_two_pieces_of_any_size)
{
	const char *bytes = (const char *)&set_features;

	for (size_t n = 1; n < sizeof(set_features); n++) {
		send_raw(bytes, n, 0);
		cr_assert_eq(receive(), -EAGAIN, "after %zu bytes", n);
		send_raw(bytes + n, sizeof(set_features) - n, 0);
		cr_assert_eq(receive(), 1);
		check_set_features();
		vhu_message_init(&message);
	}
}

Test(message, leaves_the_one_behind_it_in_the_socket)
{
	send_raw(&set_features, sizeof(set_features), 0);
	send_raw(&set_features, sizeof(set_features), 0);
	cr_assert_eq(receive(), 1);
	vhu_message_init(&message);
	cr_assert_eq(receive(), 1);
	check_set_features();
	vhu_message_init(&message);
	cr_assert_eq(receive(), -EAGAIN);
}

Test(message, says_when_the_stream_ends)
{
	shutdown(front, SHUT_WR);
	cr_assert_eq(receive(), 0);
}

Test(message, says_when_the_stream_ends_within_it)
{
	for (size_t n = 1; n < sizeof(set_features); n++) {
		teardown();
		setup();
		send_raw(&set_features, n, 0);
		shutdown(front, SHUT_WR);
		cr_assert_eq(receive(), -ECONNRESET, "after %zu bytes", n);
	}
}

Test(message, says_what_is_wrong_with_the_socket)
{
	cr_assert_eq(vhu_message_receive(file, &message), -ENOTSOCK);
	cr_assert_eq(send_message(file, NULL, 0), -ENOTSOCK);
}

struct bad_header {
	char why[24];
	uint32_t flags;
	uint32_t size;
};

ParameterizedTestParameters(message, cannot_have_a_header_like_this)
{
	static struct bad_header headers[] = {
		{ "one byte too many", VHU_VERSION,
		  sizeof(union vhu_payload) + 1 },
		{ "as large as can be", VHU_VERSION, UINT32_MAX },
		{ "a negative size", VHU_VERSION, 0x80000000 },
		{ "no version", 0, 8 },
		{ "version 2", 2, 8 },
		{ "version 3", 3, 8 },
		{ "no version, but flags", VHU_NEED_REPLY, 8 },
	};

	return cr_make_param_array(struct bad_header, headers,
				   VD_ARRAY_SIZE(headers));
}

ParameterizedTest(struct bad_header *bad, message,
		  cannot_have_a_header_like_this)
{
	const struct vhu_header header = { VHU_SET_FEATURES, bad->flags,
					   bad->size };
	size_t before = n_open();

	send_raw(&header, sizeof(header), 2);
	cr_assert_eq(receive(), -EPROTO, "%s", bad->why);
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before, "%s", bad->why);
}

/* --- descriptors ---------------------------------------------------------- */

Test(message, brings_descriptors_along)
{
	const int fds[] = { file, front };

	cr_assert_eq(send_message(front, fds, 2), 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, 2);
	check_set_features();
}

Test(message, brings_descriptors_that_no_child_inherits)
{
	send_raw(&set_features, sizeof(set_features), 1);
	cr_assert_eq(receive(), 1);
	cr_assert(fcntl(message.fds[0], F_GETFD) & FD_CLOEXEC);
}

Test(message, closes_the_descriptors_that_nobody_took)
{
	size_t before = n_open();

	send_raw(&set_features, sizeof(set_features), VHU_MAX_FDS);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(n_open(), before + VHU_MAX_FDS);
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before);
	vhu_message_fini(&message);
}

Test(message, lets_a_descriptor_be_taken_once)
{
	size_t before = n_open();
	int fd;

	send_raw(&set_features, sizeof(set_features), 2);
	cr_assert_eq(receive(), 1);
	fd = vhu_message_take_fd(&message, 1);
	cr_assert(fd >= 0);
	cr_assert_eq(vhu_message_take_fd(&message, 1), -1);
	cr_assert_eq(vhu_message_take_fd(&message, 2), -1);
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before + 1, "only the one that was taken");
	cr_assert_eq(close(fd), 0);
}

Test(message, may_have_descriptors_that_come_with_its_payload)
{
	send_raw(&set_features, HEADER_SIZE, 1);
	send_raw((const char *)&set_features + HEADER_SIZE, 8, 1);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, 2);
}

Test(message, does_not_take_the_descriptors_of_the_next_one)
{
	send_raw(&set_features, sizeof(set_features), 1);
	send_raw(&set_features, sizeof(set_features), 2);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, 1);
	vhu_message_fini(&message);
	vhu_message_init(&message);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, 2);
}

Test(message, keeps_its_descriptors_while_the_rest_is_missing)
{
	send_raw(&set_features, 3, 2);
	cr_assert_eq(receive(), -EAGAIN);
	cr_assert_eq(message.n_fds, 2);
	send_raw((const char *)&set_features + 3, sizeof(set_features) - 3, 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, 2);
}

Test(message, cannot_have_more_descriptors_than_a_table_has_regions)
{
	size_t before = n_open();

	send_raw(&set_features, sizeof(set_features), VHU_MAX_FDS + 1);
	cr_assert_eq(receive(), -EPROTO);
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before);
}

Test(message, cannot_have_more_descriptors_in_several_pieces)
{
	size_t before = n_open();

	send_raw(&set_features, 1, VHU_MAX_FDS);
	cr_assert_eq(receive(), -EAGAIN);
	send_raw((const char *)&set_features + 1, sizeof(set_features) - 1, 1);
	cr_assert_eq(receive(), -EPROTO);
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before);
}

Test(message, survives_a_flood_of_descriptors)
{
	size_t before = n_open();

	for (int i = 0; i < 100; i++) {
		send_raw(&set_features, sizeof(set_features), KERNEL_MAX_FDS);
		cr_assert_eq(receive(), -EPROTO);
		vhu_message_fini(&message);
		cr_assert_eq(n_open(), before);
		/* What is left of it goes away with the connection. */
		teardown();
		setup();
	}
}

/* The kernel cuts the list off, and sets MSG_CTRUNC, if we may open no more. */
Test(message, is_refused_if_its_descriptors_are_more_than_we_may_open)
{
	size_t before = n_open();
	struct rlimit limit, old;
	int spare = dup(file);

	/* Room for one more. */
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)spare + 1;
	close(spare);
	send_raw(&set_features, sizeof(set_features), VHU_MAX_FDS);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_assert_eq(receive(), -EPROTO);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	cr_assert_eq(n_open(), before + 1, "one of them came through");
	vhu_message_fini(&message);
	cr_assert_eq(n_open(), before);
}

/* --- sending -------------------------------------------------------------- */

Test(message, is_not_sent_with_more_descriptors_than_there_can_be)
{
	int fds[VHU_MAX_FDS + 1];

	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++)
		fds[i] = file;
	cr_assert_eq(send_message(front, fds, VHU_MAX_FDS + 1), -EINVAL);
	cr_assert_eq(send_message(front, fds, VHU_MAX_FDS), 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(message.n_fds, VHU_MAX_FDS);
}

Test(message, is_not_sent_to_a_peer_that_has_gone_and_ends_nobody)
{
	close(back);
	back = -1;
	cr_assert_eq(send_message(front, NULL, 0), -EPIPE);
}

Test(message, does_not_wait_for_a_peer_that_does_not_read)
{
	int r = 0;

	for (int i = 0; i < 1000000 && r == 0; i++)
		r = send_message(front, NULL, 0);
	cr_assert_eq(r, -EAGAIN);
}

/* --- names ---------------------------------------------------------------- */

Test(message, has_the_name_that_the_specification_gives_it)
{
	cr_assert_str_eq(vhu_request_name(1), "GET_FEATURES");
	cr_assert_str_eq(vhu_request_name(5), "SET_MEM_TABLE");
	cr_assert_str_eq(vhu_request_name(14), "SET_VRING_ERR");
	cr_assert_str_eq(vhu_request_name(38), "REM_MEM_REG");
	cr_assert_str_eq(vhu_request_name(43), "CHECK_DEVICE_STATE");
}

Test(message, has_no_name_if_there_is_no_such_request)
{
	static const uint32_t none[] = { 0, 19, 22, 33, 44, 1000, UINT32_MAX };

	for (size_t i = 0; i < VD_ARRAY_SIZE(none); i++)
		cr_assert_str_eq(vhu_request_name(none[i]), "unknown request");
}
