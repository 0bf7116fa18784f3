/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A queue with no ring behind it: a list of requests that the test has written
 * down, and what the device did with each.  Everything is there to be read.
 */

#ifndef TESTS_FAKE_QUEUE_H
#define TESTS_FAKE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "virtio-devices/device.h"

#define FAKE_QUEUE_MAX 64

/**
 * struct fake_request - a request, and what became of it
 * @chain:    what the device sees
 * @readable: pieces of what the driver says, with fake_queue_say()
 * @writable: pieces of room for the answer, with fake_queue_room()
 * @done:     the device has completed it
 * @written:  with so many bytes
 * @rank:     it was the first (1), second (2) ... to be completed
 */
struct fake_request {
	struct vd_chain chain;
	struct vd_segments readable;
	struct vd_segments writable;
	bool done;
	size_t written;
	unsigned int rank;
};

/**
 * struct fake_queue - the queue
 * @queue:       what the device sees
 * @requests:    all there ever were, in the order of the ring
 * @n_requests:  how many
 * @n_popped:    those before this one were popped
 * @n_completed: how many were completed
 * @n_flushed:   of those, how many the driver can see
 * @n_flushes:   calls of flush
 * @budget:      so many can be popped between two flushes
 * @n_left:      how many of them are left
 * @broken:      pop fails
 * @quiet:       the device wants no kicks
 * @more:        what the next flush says if @budget did not hold anything back
 */
struct fake_queue {
	struct vd_queue queue;
	struct fake_request requests[FAKE_QUEUE_MAX];
	unsigned int n_requests;
	unsigned int n_popped;
	unsigned int n_completed;
	unsigned int n_flushed;
	unsigned int n_flushes;
	unsigned int budget;
	unsigned int n_left;
	bool broken;
	bool quiet;
	bool more;
};

/**
 * fake_queue_init() - an empty queue
 */
void fake_queue_init(struct fake_queue *fake);

/**
 * fake_queue_add() - one more request, with nothing to read and no room
 *
 * Return: the request, whose pieces are to be added before it is popped.
 */
struct fake_request *fake_queue_add(struct fake_queue *fake);

/**
 * fake_queue_say() - one more piece of what the driver says
 * @request: at most VD_SEGMENTS_PER_LINK pieces
 * @buf:     not copied
 * @len:     may be 0
 */
void fake_queue_say(struct fake_request *request, const void *buf, size_t len);

/**
 * fake_queue_room() - one more piece of room for the answer
 */
void fake_queue_room(struct fake_request *request, void *buf, size_t len);

/**
 * fake_queue_ask() - one more request, which has its room in one piece
 */
struct fake_request *fake_queue_ask(struct fake_queue *fake, void *buf,
				    size_t len);

#endif
