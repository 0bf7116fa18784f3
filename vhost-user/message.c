/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Framing: a header of twelve bytes, which the descriptors come along with,
 * and as much payload as it says.
 */

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost-user/message.h"
#include "virtio-devices/util.h"

#define HEADER_SIZE sizeof(struct vhu_header)

/* The most descriptors that the kernel lets through at once (SCM_MAX_FD). */
#define KERNEL_MAX_FDS 253

void vhu_message_init(struct vhu_message *message)
{
	message->n_fds = 0;
	message->got = 0;
}

void vhu_message_fini(struct vhu_message *message)
{
	for (size_t i = 0; i < message->n_fds; i++) {
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	}
	message->n_fds = 0;
}

int vhu_message_take_fd(struct vhu_message *message, size_t index)
{
	int fd = -1;

	if (index < message->n_fds) {
		fd = message->fds[index];
		message->fds[index] = -1;
	}

	return fd;
}

/* Keep what fits, and close the rest; false if there was a rest. */
static bool keep_fds(struct vhu_message *message, const int *fds, size_t n)
{
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		if (message->n_fds < VHU_MAX_FDS) {
			message->fds[message->n_fds++] = fds[i];
		} else {
			close(fds[i]);
			fits = false;
		}
	}

	return fits;
}

static bool collect_fds(struct vhu_message *message, struct msghdr *msg)
{
	bool fits = !(msg->msg_flags & MSG_CTRUNC);
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		int fds[KERNEL_MAX_FDS];
		size_t len = cmsg->cmsg_len - CMSG_LEN(0);

		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;

		memcpy(fds, CMSG_DATA(cmsg), len);
		if (!keep_fds(message, fds, len / sizeof(int)))
			fits = false;
	}

	return fits;
}

/* Returns how many bytes came, 0 at the end, or a negative errno. */
static ssize_t receive(int fd, struct vhu_message *message, void *dst,
		       size_t len)
{
	/* Room for all the kernel may pass, so that none is lost from sight. */
	union {
		char buf[CMSG_SPACE(sizeof(int) * KERNEL_MAX_FDS)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { dst, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);

	if (n < 0)
		return -errno;
	if (!collect_fds(message, &msg))
		return -EPROTO;

	return n;
}

static int check_header(const struct vhu_header *header)
{
	if ((header->flags & VHU_VERSION_MASK) != VHU_VERSION)
		return -EPROTO;
	if (header->size > sizeof(union vhu_payload))
		return -EPROTO;

	return 0;
}

/* Where the next bytes go, and how many are missing there. */
static size_t missing(struct vhu_message *message, char **ret)
{
	size_t got = message->got;

	if (got < HEADER_SIZE) {
		*ret = (char *)&message->header + got;
		return HEADER_SIZE - got;
	}

	*ret = (char *)&message->payload + (got - HEADER_SIZE);

	return message->header.size - (got - HEADER_SIZE);
}

int vhu_message_receive(int fd, struct vhu_message *message)
{
	char *dst;
	size_t len;

	while ((len = missing(message, &dst)) > 0) {
		ssize_t n = receive(fd, message, dst, len);
		int r;

		if (n < 0)
			return (int)n;
		if (n == 0)
			return message->got ? -ECONNRESET : 0;

		message->got += (size_t)n;
		if (message->got == HEADER_SIZE) {
			r = check_header(&message->header);
			if (r < 0)
				return r;
		}
	}

	return 1;
}

static void attach_fds(struct msghdr *msg, const int *fds, size_t n_fds)
{
	struct cmsghdr *cmsg = msg->msg_control;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
	msg->msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
}

int vhu_message_send(int fd, const struct vhu_header *header,
		     const void *payload, const int *fds, size_t n_fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * VHU_MAX_FDS)];
		struct cmsghdr align;
	} control = { 0 };
	struct vhu_header copy = *header;
	struct iovec iov[2] = {
		{ &copy, HEADER_SIZE },
		{ (void *)(uintptr_t)payload, header->size },
	};
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = VD_ARRAY_SIZE(iov),
	};
	ssize_t n;

	if (n_fds > VHU_MAX_FDS)
		return -EINVAL;

	if (fds && n_fds) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		attach_fds(&msg, fds, n_fds);
	}

	do {
		n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);

	if (n < 0)
		return -errno;

	return (size_t)n == HEADER_SIZE + header->size ? 0 : -EAGAIN;
}

static const char *const request_names[VHU_N_REQUESTS] = {
	[VHU_GET_FEATURES] = "GET_FEATURES",
	[VHU_SET_FEATURES] = "SET_FEATURES",
	[VHU_SET_OWNER] = "SET_OWNER",
	[VHU_RESET_OWNER] = "RESET_OWNER",
	[VHU_SET_MEM_TABLE] = "SET_MEM_TABLE",
	[VHU_SET_LOG_BASE] = "SET_LOG_BASE",
	[VHU_SET_LOG_FD] = "SET_LOG_FD",
	[VHU_SET_VRING_NUM] = "SET_VRING_NUM",
	[VHU_SET_VRING_ADDR] = "SET_VRING_ADDR",
	[VHU_SET_VRING_BASE] = "SET_VRING_BASE",
	[VHU_GET_VRING_BASE] = "GET_VRING_BASE",
	[VHU_SET_VRING_KICK] = "SET_VRING_KICK",
	[VHU_SET_VRING_CALL] = "SET_VRING_CALL",
	[VHU_SET_VRING_ERR] = "SET_VRING_ERR",
	[VHU_GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
	[VHU_SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
	[VHU_GET_QUEUE_NUM] = "GET_QUEUE_NUM",
	[VHU_SET_VRING_ENABLE] = "SET_VRING_ENABLE",
	[VHU_SET_BACKEND_REQ_FD] = "SET_BACKEND_REQ_FD",
	[VHU_GET_CONFIG] = "GET_CONFIG",
	[VHU_SET_CONFIG] = "SET_CONFIG",
	[VHU_GET_INFLIGHT_FD] = "GET_INFLIGHT_FD",
	[VHU_SET_INFLIGHT_FD] = "SET_INFLIGHT_FD",
	[VHU_RESET_DEVICE] = "RESET_DEVICE",
	[VHU_VRING_KICK] = "VRING_KICK",
	[VHU_GET_MAX_MEM_SLOTS] = "GET_MAX_MEM_SLOTS",
	[VHU_ADD_MEM_REG] = "ADD_MEM_REG",
	[VHU_REM_MEM_REG] = "REM_MEM_REG",
	[VHU_SET_STATUS] = "SET_STATUS",
	[VHU_GET_STATUS] = "GET_STATUS",
	[VHU_SET_DEVICE_STATE_FD] = "SET_DEVICE_STATE_FD",
	[VHU_CHECK_DEVICE_STATE] = "CHECK_DEVICE_STATE",
};

const char *vhu_request_name(uint32_t request)
{
	if (request >= VHU_N_REQUESTS || !request_names[request])
		return "unknown request";

	return request_names[request];
}
