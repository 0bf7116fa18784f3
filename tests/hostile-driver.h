/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest whose driver attacks a daemon of any type, with a ring of either
 * kind, and another guest that must not notice.
 */

#ifndef TESTS_HOSTILE_DRIVER_H
#define TESTS_HOSTILE_DRIVER_H

#include <criterion/parameterized.h>

#include "fixture-request.h"

#define RING_SIZE 64

/**
 * struct target - what is attacked: a parameter of a test
 * @type:   of device
 * @queue:  of it
 * @packed: format of the rings
 */
struct target {
	size_t type;
	unsigned int queue;
	bool packed;
};

/* The queues that take requests, of all types and in both formats. */
struct criterion_test_params each_target(void);

/* Likewise all queues. */
struct criterion_test_params each_queue(void);

/* One type of device, by name; none if it was not built. */
struct criterion_test_params each_format(const char *name);

/* Since attack_start(). */
extern struct guest guest;
extern struct guest bystander;
extern size_t type;
extern bool packed;
extern struct fixture fixture;

/* Start the daemon, and both guests. */
void attack_start(const struct target *target);

/* A new front-end for the attacker. */
void attack_again(void);

/* See that the attacker is served as before, over the same connection. */
void attack_expect_service(void);

/*
 * See that the other guest is served as before, the attacker's successor, too,
 * and that no descriptor is left; end the daemon.
 */
void attack_stop(void);

/* A test with the daemon of each type, and with rings of both formats. */
#define ATTACK(suite, name) \
	static void name(void); \
	ParameterizedTestParameters(suite, name) \
	{ \
		return each_target(); \
	} \
	ParameterizedTest(struct target *t, suite, name, .timeout = 120) \
	{ \
		attack_start(t); \
		name(); \
		attack_stop(); \
	} \
	static void name(void)

/* The queue that takes requests, and its index. */
struct vhu_frontend_queue *request_queue(void);
unsigned int request_index(void);

/* Send a request of any kind; what it was answered with.  See request_room(). */
struct vhu_driver_used attack_exchange(const struct vhu_driver_chain *chain);

/* See that the daemon takes at most @more KiB more than it did before. */
void attack_expect_memory(size_t before, size_t more);

/* The time, in milliseconds. */
uint64_t msec_now(void);

#endif
