/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest, a vsock device, and the host's sockets in a directory of their own;
 * programs of the host are played by the test.
 */

#ifndef TESTS_VSOCK_UNIX_TEST_H
#define TESTS_VSOCK_UNIX_TEST_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/vsock-unix.h"
#include "tests/fake-vsock-guest.h"
#include "tests/wait.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock.h"

#define OP(name) VIRTIO_VSOCK_OP_##name

#define GUEST_BUF 65536
#define N_BUFFERS 64
#define ROOM 4096

static struct vb_loop *loop;
static struct fake_guest guest;
static struct vd_device *device;
static struct vb_vsock_policy policy;
static struct vb_vsock_port_map port_map;
static char dir[64];

static inline void make_path(const char *suffix, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/v%s", dir, suffix);
}

/* Listen at the guest's path with something behind it. */
static inline int listen_at(const char *suffix, int type, int backlog)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	make_path(suffix, &address);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, backlog), 0);

	return fd;
}

/* Connect to it; what the test reads and writes waits. */
static inline int connect_to(const char *suffix, int type)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	make_path(suffix, &address);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)),
		     0);

	return fd;
}

static inline void start_guest(void)
{
	guest.now = vb_loop_now(loop);
	fake_guest_start(&guest, device, N_BUFFERS, ROOM);
}

static inline void make_device(unsigned int max_connections)
{
	const struct vd_vsock_config config = {
		.guest_cid = FAKE_GUEST_CID,
		.seqpacket = true,
		.max_connections = max_connections,
	};
	struct vb_vsock_unix_config sockets = {
		.map = &port_map,
		.policy = &policy,
	};
	struct vd_vsock_host *host;
	char path[80];

	snprintf(dir, sizeof(dir), "/tmp/test-vsock.XXXXXX");
	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/v", dir);
	cr_assert_eq(vb_loop_new(&loop), 0);
	sockets.path = path;
	sockets.stream_fd = listen_at("", SOCK_STREAM, 128);
	sockets.seqpacket_fd = listen_at("_seqpacket", SOCK_SEQPACKET, 128);
	cr_assert_eq(vb_vsock_unix_new(loop, &sockets, &host), 0);
	cr_assert_eq(vd_vsock_new(host, &config, &device), 0);
	cr_assert_eq(vd_device_set_features(device,
					    VD_BIT(VIRTIO_VSOCK_F_SEQPACKET)),
		     0);
	memset(&guest, 0, sizeof(guest));
}

static inline void setup(void)
{
	make_device(0);
	start_guest();
}

static inline void remove_dir(void)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	while ((entry = readdir(stream)))
		unlinkat(dirfd(stream), entry->d_name, 0);
	closedir(stream);
	rmdir(dir);
}

static inline void teardown(void)
{
	if (guest.device)
		fake_guest_stop(&guest);
	vd_device_free(device);
	vb_loop_free(loop);
	remove_dir();
}

/* Whatever the device and the loop have to do now. */
static inline void step(void)
{
	cr_assert_eq(vb_loop_step(loop), 0);
	guest.now = vb_loop_now(loop);
	fake_guest_run(&guest);
}

/* Do that until a condition holds. */
#define WAIT_FOR(condition) \
	WORK_UNTIL(condition, { \
		wait_for_loop(10); \
		step(); \
	})

static inline void wait_for_loop(int msec)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	poll(&pollfd, 1, msec);
}

static inline size_t count_fds(void)
{
	DIR *stream = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(stream))
		n++;
	closedir(stream);

	return n;
}

/* Is the other end gone, or has it something to say? */
static inline bool is_readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

/* Nothing is to be read any more; waits for that. */
static inline void expect_end(int fd)
{
	char byte;

	WAIT_FOR(is_readable(fd));
	cr_assert_leq(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

/* These bytes, and no others up to now. */
static inline void expect_text(int fd, const char *text)
{
	char buf[128];

	WAIT_FOR(is_readable(fd));
	cr_assert_eq(recv(fd, buf, sizeof(buf), MSG_DONTWAIT),
		     (ssize_t)strlen(text));
	cr_assert_arr_eq(buf, text, strlen(text));
}

static inline void say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
		     (ssize_t)strlen(text));
}

/* The next packet has to be of this kind; its payload goes to @payload. */
static inline struct vd_packet expect_packet(uint16_t op, void *payload)
{
	struct vd_packet packet;

	WAIT_FOR(fake_guest_receive(&guest, &packet, payload));
	cr_assert_eq(packet.op, op, "op %u came, not %u", packet.op, op);
	fake_guest_post(&guest, ROOM);

	return packet;
}

/* A packet for the connection that @from belongs to. */
static inline struct vd_packet answer(const struct vd_packet *from, uint16_t op)
{
	return (struct vd_packet){
		.src_cid = FAKE_GUEST_CID,
		.dst_cid = VD_VSOCK_HOST_CID,
		.src_port = from->dst_port,
		.dst_port = from->src_port,
		.type = from->type,
		.op = op,
		.buf_alloc = GUEST_BUF,
	};
}

static inline void send_op(const struct vd_packet *from, uint16_t op)
{
	struct vd_packet packet = answer(from, op);

	fake_guest_send(&guest, &packet, NULL, 0);
}

static inline void send_shutdown(const struct vd_packet *from, uint32_t flags)
{
	struct vd_packet packet = answer(from, OP(SHUTDOWN));

	packet.flags = flags;
	fake_guest_send(&guest, &packet, NULL, 0);
}

static inline void send_text(const struct vd_packet *from, const char *text,
			     uint32_t flags)
{
	struct vd_packet packet = answer(from, OP(RW));

	packet.len = (uint32_t)strlen(text);
	packet.flags = flags;
	fake_guest_send(&guest, &packet, text, packet.len);
}

static inline void expect_payload(const char *text)
{
	char payload[ROOM];
	struct vd_packet packet = expect_packet(OP(RW), payload);

	cr_assert_eq(packet.len, strlen(text));
	cr_assert_arr_eq(payload, text, strlen(text));
}

/* A program connects to the guest's port 1234, which accepts. */
static inline struct vd_packet establish(int fd)
{
	struct vd_packet request;
	char expected[32];

	say(fd, "CONNECT 1234\n");
	request = expect_packet(OP(REQUEST), NULL);
	cr_assert_eq(request.dst_port, 1234);
	send_op(&request, OP(RESPONSE));
	snprintf(expected, sizeof(expected), "OK %u\n", request.src_port);
	expect_text(fd, expected);

	return request;
}

/* The guest asks for the host's port @port; the packet is from the host. */
static inline struct vd_packet ask(uint32_t port, uint16_t type)
{
	const struct vd_packet peer = {
		.src_port = port,
		.dst_port = 1024,
		.type = type,
	};

	send_op(&peer, OP(REQUEST));

	return peer;
}

#endif
