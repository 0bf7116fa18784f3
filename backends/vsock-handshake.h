/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The line that a program of the host says before it is connected to a guest:
 * "CONNECT 1234\n", after which it is answered "OK 5678\n".
 */

#ifndef BACKENDS_VSOCK_HANDSHAKE_H
#define BACKENDS_VSOCK_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest line: "CONNECT 4294967294\r\n". */
#define VB_HANDSHAKE_MAX 20

/* The longest answer, with a final zero: "OK 4294967294\n". */
#define VB_HANDSHAKE_ANSWER_MAX 16

/**
 * vb_handshake_parse() - read the line
 * @text: what has come so far
 * @len:  how many bytes
 * @whole: it is all that will come: the end of the line can be missing
 * @port: receives the guest's port
 *
 * The word is taken in upper and lower case, since there are programs that say
 * one or the other.  Nothing else may vary, but for a carriage return.
 *
 * Return: how many bytes the line has, 0 if there is more to come, or -EBADMSG.
 */
ssize_t vb_handshake_parse(const char *text, size_t len, bool whole,
			   uint32_t *port);

/**
 * vb_handshake_answer() - say that the guest has accepted
 * @port: the host's port
 * @buf:  receives the line
 *
 * Return: how many bytes that is, without the final zero.
 */
size_t vb_handshake_answer(uint32_t port, char buf[VB_HANDSHAKE_ANSWER_MAX]);

#endif
