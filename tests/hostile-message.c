/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "hostile-message.h"
#include "virtio-devices/util.h"

const uint64_t hostile_values[] = {
	0,
	1,
	2,
	7,
	8,
	0xff,
	0x100,
	0x101,
	0x7fff,
	0x8000,
	0x8001,
	0xffff,
	0x10000,
	0x10001,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	1ULL << 32,
	INT64_MAX,
	1ULL << 63,
	UINT64_MAX - 0xfff,
	UINT64_MAX - 1,
	UINT64_MAX,
};
const size_t n_hostile_values = VD_ARRAY_SIZE(hostile_values);

const uint32_t hostile_sizes[] = { 0,	1,    4,    7,	  8,   9,  12,
				   16,	20,   24,   40,	  41,  72, 264,
				   265, 4095, 4096, 4107, 4108 };
const size_t n_hostile_sizes = VD_ARRAY_SIZE(hostile_sizes);

const uint32_t hostile_requests[] = {
	0,  1,	2,  3,	4,  5,	 6,   7,   8,	    9,		10,
	11, 12, 13, 14, 15, 16,	 17,  18,  19,	    20,		21,
	22, 23, 24, 25, 26, 27,	 28,  29,  30,	    31,		32,
	33, 34, 35, 36, 37, 38,	 39,  40,  41,	    42,		43,
	44, 45, 63, 64, 65, 255, 256, 257, 0x10001, 0x80000001, 0xffffffff,
};
const size_t n_hostile_requests = VD_ARRAY_SIZE(hostile_requests);

size_t hostile_n_sent;

uint32_t hostile_right_size(uint32_t request)
{
	switch (request) {
	case VHU_SET_FEATURES:
	case VHU_SET_VRING_NUM:
	case VHU_SET_VRING_BASE:
	case VHU_GET_VRING_BASE:
	case VHU_SET_VRING_KICK:
	case VHU_SET_VRING_CALL:
	case VHU_SET_VRING_ERR:
	case VHU_SET_PROTOCOL_FEATURES:
	case VHU_SET_VRING_ENABLE:
	case VHU_VRING_KICK:
	case VHU_SET_STATUS:
	case VHU_SET_DEVICE_STATE_FD:
		return 8;
	case VHU_SET_LOG_BASE:
		return sizeof(struct vhu_log);
	case VHU_GET_INFLIGHT_FD:
	case VHU_SET_INFLIGHT_FD:
		return sizeof(struct vhu_inflight);
	case VHU_SET_MEM_TABLE:
	case VHU_SET_VRING_ADDR:
	case VHU_ADD_MEM_REG:
	case VHU_REM_MEM_REG:
		return 40;
	case VHU_GET_CONFIG:
	case VHU_SET_CONFIG:
		return VHU_CONFIG_HEADER + 8;
	default:
		return 0;
	}
}

static bool takes_file(uint32_t request)
{
	switch (request) {
	case VHU_SET_MEM_TABLE:
	case VHU_ADD_MEM_REG:
	case VHU_SET_VRING_KICK:
	case VHU_SET_VRING_CALL:
	case VHU_SET_VRING_ERR:
	case VHU_SET_BACKEND_REQ_FD:
	case VHU_SET_LOG_BASE:
	case VHU_SET_LOG_FD:
	case VHU_SET_INFLIGHT_FD:
	case VHU_SET_DEVICE_STATE_FD:
		return true;
	default:
		return false;
	}
}

static void write_payload(struct hostile *message, uint32_t request,
			  const struct guest *guest)
{
	struct vhu_region region = { .gpa = 1ULL << 40, .size = 4096 };
	const struct vhu_vring_state state = { 0, 64 };
	const struct vhu_config config = { .size = 8 };
	union vhu_payload payload = { .table.n_regions = 1 };
	int fds[VHU_MAX_TABLE];

	switch (request) {
	case VHU_SET_MEM_TABLE:
		if (guest->memory)
			vhu_guest_memory_table(guest->memory, &region, fds);
		payload.table.regions[0] = region;
		break;
	case VHU_ADD_MEM_REG:
	case VHU_REM_MEM_REG:
		payload = (union vhu_payload){ .mem_reg.region = region };
		break;
	case VHU_GET_CONFIG:
	case VHU_SET_CONFIG:
		memcpy(&payload, &config, VHU_CONFIG_HEADER);
		break;
	default:
		payload = (union vhu_payload){ .state = state };
		break;
	}
	memcpy(message->payload, &payload, sizeof(payload.table));
}

void hostile_init(struct hostile *message, uint32_t request,
		  const struct guest *guest)
{
	*message = (struct hostile){
		.header = { request, VHU_VERSION | VHU_NEED_REPLY,
			    hostile_right_size(request) },
		.n_fds = takes_file(request),
	};
	write_payload(message, request, guest);
	if (message->n_fds)
		message->fds[0] = -1;
}

static int closed_pipe(int end)
{
	int fds[2];

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	close(fds[!end]);

	return fds[end];
}

static int memory(off_t size)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, size), 0);

	return fd;
}

static int listening_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr any = { .sa_family = AF_UNIX };

	cr_assert_eq(bind(fd, &any, sizeof(any.sa_family)), 0);
	cr_assert_eq(listen(fd, 1), 0);

	return fd;
}

int hostile_file(unsigned int kind, int connection)
{
	switch (kind) {
	case 0:
		return eventfd(0, EFD_CLOEXEC);
	case 1:
		return eventfd(0xfffffffe, EFD_CLOEXEC | EFD_SEMAPHORE);
	case 2:
		return memory(1 << 20);
	case 3:
		return memory(0);
	case 4:
		return closed_pipe(0);
	case 5:
		return closed_pipe(1);
	case 6:
		return listening_socket();
	case 7:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case 8:
		return open("/dev/zero", O_RDONLY | O_CLOEXEC);
	case 9:
		return open("/", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	case 10:
		return open("/dev/null", O_PATH | O_CLOEXEC);
	case 11:
		return epoll_create1(EPOLL_CLOEXEC);
	case 12:
		return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	default:
		/* The connection, over itself. */
		return fcntl(connection, F_DUPFD_CLOEXEC, 0);
	}
}

/* Returns false if the daemon has hung up before. */
static bool send_all(int fd, const struct hostile *message)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * HOSTILE_MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)&message->header,
		  sizeof(message->header) },
		{ (void *)(uintptr_t)message->payload, message->header.size },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (message->n_fds) {
		size_t len = sizeof(int) * message->n_fds;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(len);
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(len),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), message->fds, len);
	}

	return sendmsg(fd, &msg, MSG_NOSIGNAL) >= 0;
}

bool hostile_send(struct guest *guest, const struct hostile *message)
{
	uint32_t marker = message->header.request == VHU_GET_QUEUE_NUM
				  ? VHU_GET_MAX_MEM_SLOTS
				  : VHU_GET_QUEUE_NUM;
	const struct vhu_header header = { marker, VHU_VERSION, 0 };
	struct vhu_message answer;
	int r;

	hostile_n_sent++;
	if (!send_all(vhu_frontend_fd(guest->frontend), message) ||
	    vhu_frontend_send(guest->frontend, &header, NULL, NULL, 0) < 0)
		return false;

	do {
		r = vhu_frontend_receive(guest->frontend, &answer);
		vhu_message_fini(&answer);
	} while (r == 0 && answer.header.request != marker);

	cr_assert(r == 0 || r == -ECONNRESET, "%s: %s",
		  vhu_request_name(message->header.request), strerror(-r));

	return r == 0;
}
