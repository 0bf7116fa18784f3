/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages that no front-end would send: what they are made of, and how they
 * are sent.
 */

#ifndef TESTS_HOSTILE_MESSAGE_H
#define TESTS_HOSTILE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture-daemon.h"

/* More than the protocol allows: as many as the kernel lets through. */
#define HOSTILE_MAX_FDS 253

/* Around every limit that there is, and where integers end. */
extern const uint64_t hostile_values[];
extern const size_t n_hostile_values;

/* Sizes of payloads, most of them wrong for any message. */
extern const uint32_t hostile_sizes[];
extern const size_t n_hostile_sizes;

/* Numbers of requests: those that there are, and those that there are not. */
extern const uint32_t hostile_requests[];
extern const size_t n_hostile_requests;

/* The size that the payload of a request has to have. */
uint32_t hostile_right_size(uint32_t request);

/* How many kinds of files there are, and one of a kind; may be -1. */
#define HOSTILE_N_FILES 14
int hostile_file(unsigned int kind, int connection);

/**
 * struct hostile - a message
 * @header:  goes first
 * @payload: as much of it goes along as @header says
 * @fds:     and so many
 * @n_fds:   of these
 */
struct hostile {
	struct vhu_header header;
	uint8_t payload[4200];
	int fds[HOSTILE_MAX_FDS];
	size_t n_fds;
};

/* A message that would be all right, for a ring and memory of @guest. */
void hostile_init(struct hostile *message, uint32_t request,
		  const struct guest *guest);

/*
 * Send it, and see whether the daemon answers a message after it.  False if it
 * has hung up instead; fails if it does neither.
 */
bool hostile_send(struct guest *guest, const struct hostile *message);

/* How many were sent. */
extern size_t hostile_n_sent;

#endif
