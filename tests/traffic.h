/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver that keeps a device busy, and counts its answers: each request has
 * to be answered once.
 */

#ifndef TESTS_TRAFFIC_H
#define TESTS_TRAFFIC_H

#include <criterion/parameterized.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture-daemon.h"

/* Requests that are out at most. */
#define TRAFFIC_MAX_OUT 32

/* What the driver writes, from the beginning of the guest's buffer on. */
#define TRAFFIC_DRIVER_BYTES 8192

/* Entropy, GPIO and I2C requests; messages of a sound stream, which plays or
 * records. */
enum traffic_kind {
	TRAFFIC_RNG,
	TRAFFIC_GPIO,
	TRAFFIC_I2C,
	TRAFFIC_PLAY,
	TRAFFIC_RECORD,
};

/* Queues that a kind needs, at most. */
#define TRAFFIC_MAX_QUEUES 2

/**
 * struct traffic - a busy driver
 * @guest:   connected
 * @kind:    of device
 * @out:     whether the request in each place is out
 * @numbers: and which one it is
 * @n_out:   how many are
 * @n_asked: how many there were in all
 * @n_answered: and were answered
 * @n_errors: answers that said so
 * @answered: told of each answer; may be NULL
 */
struct traffic {
	struct guest *guest;
	enum traffic_kind kind;
	bool out[TRAFFIC_MAX_OUT];
	uint64_t numbers[TRAFFIC_MAX_OUT];
	size_t n_out;
	uint64_t n_asked;
	uint64_t n_answered;
	uint64_t n_errors;
	void (*answered)(uint64_t number, bool ok);
};

/**
 * struct traffic_case - a parameter of a test
 * @kind:    of device
 * @without: features that the driver does not take
 * @name:    for messages
 */
struct traffic_case {
	enum traffic_kind kind;
	uint64_t without;
	char name[24];
};

/* Each kind of device with each format of rings. */
struct criterion_test_params traffic_cases(void);

/* The daemon for it, and its options. */
const char *traffic_daemon(enum traffic_kind kind);
void traffic_start_daemon(struct fixture *fixture, enum traffic_kind kind);

/* The queues that a kind needs, the one with the traffic last; returns how many. */
size_t traffic_queues(enum traffic_kind kind,
		      unsigned int queues[TRAFFIC_MAX_QUEUES]);

/* Start them, as a new driver does, and get the device to work. */
void traffic_start(struct traffic *traffic, uint32_t size);

/* The opposite: the back-end leaves them alone.  And have it go on. */
void traffic_stop(struct traffic *traffic);
void traffic_resume(struct traffic *traffic);

/* Get a device to work that is as new, while the queues run. */
void traffic_open(struct traffic *traffic);

/* The opposite, with no request under way. */
void traffic_close(struct traffic *traffic);

/* Can a request that was under way when its device died have failed? */
bool traffic_may_fail(enum traffic_kind kind);

/* Make @n requests available, an even number, and kick. */
void traffic_submit(struct traffic *traffic, size_t n);

/* Take back what was answered; returns how many there were. */
size_t traffic_take(struct traffic *traffic);

/* Wait until at most @n_out are out; false if the back-end has gone. */
bool traffic_wait(struct traffic *traffic, size_t n_out);

#endif
