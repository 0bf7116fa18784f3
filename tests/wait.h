/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Waiting for what others do, however busy the machine is.
 */

#ifndef TESTS_WAIT_H
#define TESTS_WAIT_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <time.h>

/* Long enough for any machine; a test that passes does not wait for it. */
#define PATIENCE_SEC 30

static inline uint64_t now_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec;
}

/* Go on with @work, which is a statement, until a condition holds. */
#define WORK_UNTIL(condition, work) \
	do { \
		uint64_t _end = now_sec() + PATIENCE_SEC; \
		while (!(condition)) { \
			cr_assert(now_sec() < _end, \
				  "waited in vain for: " #condition); \
			work; \
		} \
	} while (0)

#endif
