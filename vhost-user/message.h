/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * One vhost-user message, and how it gets through a socket: framing and
 * descriptors, but not meaning.
 */

#ifndef VHOST_USER_MESSAGE_H
#define VHOST_USER_MESSAGE_H

#include <stddef.h>

#include "vhost-user/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct vhu_message - a message with its descriptors
 * @header:  as on the wire
 * @payload: @header.size bytes of it count
 * @fds:     descriptors that came along, owned; -1 where one was taken
 * @n_fds:   how many came
 * @got:     for vhu_message_receive(): bytes received so far
 */
struct vhu_message {
	struct vhu_header header;
	union vhu_payload payload;
	int fds[VHU_MAX_FDS];
	size_t n_fds;
	size_t got;
};

/**
 * vhu_message_init() - an empty message, ready to be received into
 */
void vhu_message_init(struct vhu_message *message);

/**
 * vhu_message_fini() - close the descriptors that nobody took
 */
void vhu_message_fini(struct vhu_message *message);

/**
 * vhu_message_take_fd() - take over a descriptor
 * @message: the message
 * @index:   which of its descriptors
 *
 * Return: the descriptor, which is the caller's, or -1 if there is none.
 */
int vhu_message_take_fd(struct vhu_message *message, size_t index);

/**
 * vhu_message_receive() - go on receiving a message
 * @fd:      a socket; its O_NONBLOCK does not matter
 * @message: as left by the last call, or by vhu_message_init()
 *
 * Descriptors are close-on-exec, and belong to @message whatever is returned.
 *
 * Return: 1 once the message is complete, 0 at the end of the stream, -EAGAIN
 *         if the rest has not arrived yet, -EPROTO if it cannot be a message
 *         (impossible size or version, too many descriptors), -ECONNRESET if
 *         the stream ends within a message, or the error of recvmsg().
 */
int vhu_message_receive(int fd, struct vhu_message *message);

/**
 * vhu_message_send() - send a message
 * @fd:     a socket
 * @header: its @size says how much of @payload counts
 * @payload: may be NULL if the size is 0
 * @fds:    descriptors to go along, which stay the caller's
 * @n_fds:  how many
 *
 * Never waits: a peer that leaves its socket full is not worth it.
 *
 * Return: 0, or the error of sendmsg(); -EAGAIN if not all of it could be sent.
 */
int vhu_message_send(int fd, const struct vhu_header *header,
		     const void *payload, const int *fds, size_t n_fds);

/**
 * vhu_request_name() - for messages to people
 * @request: a front-end's request
 *
 * Return: its name in the specification, or "unknown request".
 */
const char *vhu_request_name(uint32_t request);

#ifdef __cplusplus
}
#endif

#endif
