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

/* What is attacked: a parameter of a test. */
struct target {
	size_t type;
	bool packed;
};

/* All that there are. */
struct criterion_test_params each_target(void);

/* Since attack_start(). */
extern struct guest guest;
extern struct guest bystander;
extern size_t type;
extern bool packed;

/* Start the daemon, and both guests. */
void attack_start(const struct target *target);

/* A new front-end for the attacker. */
void attack_again(void);

/*
 * See that the other guest is served as before, the attacker's successor, too,
 * and that no descriptor is left; end the daemon.
 */
void attack_stop(void);

/* The queue that takes requests. */
struct vhu_frontend_queue *request_queue(void);

#endif
