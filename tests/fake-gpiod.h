/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A chip of four lines in place of the kernel's: the functions of libgpiod that
 * backends/gpiod*.c call.
 *
 *	fake-gpiod.c		the chip, its lines, and requests for them
 *	fake-gpiod-config.c	what is wanted of a line
 */

#ifndef TESTS_FAKE_GPIOD_H
#define TESTS_FAKE_GPIOD_H

#include <gpiod.h>
#include <stdbool.h>
#include <stddef.h>

#define N_LINES 4

/* The kernel keeps so many edges of a line. */
#define MAX_EDGES 16

/**
 * struct fake_line - a line
 * @consumer:    who has it, or NULL
 * @direction:   as it was requested last
 * @edges:       likewise
 * @level:       what it shows
 * @n_requests:  how often it was requested
 * @n_changes:   how often a request was changed
 */
struct fake_line {
	const char *consumer;
	enum gpiod_line_direction direction;
	enum gpiod_line_edge edges;
	bool level;
	unsigned int n_requests;
	unsigned int n_changes;
};

/**
 * struct fake_chip - the chip
 * @lines:  its lines
 * @error:  what requests and changes of them fail with, or 0
 * @closed: it may not be opened
 * @n_open: requests that are open
 */
struct fake_chip {
	struct fake_line lines[N_LINES];
	int error;
	bool closed;
	unsigned int n_open;
};

extern struct fake_chip chip;

/* From outside: a line has another level, which may be an edge. */
void fake_gpiod_pull(unsigned int offset, bool level);

/* The chip goes away, with all requests open. */
void fake_gpiod_unplug(void);

/* What libgpiod leaves to itself. */

struct gpiod_line_settings {
	enum gpiod_line_direction direction;
	enum gpiod_line_value value;
	enum gpiod_line_edge edges;
};

struct gpiod_line_config {
	unsigned int offset;
	struct gpiod_line_settings settings;
};

struct gpiod_request_config {
	const char *consumer;
};

/* All zeroes. */
void *fake_gpiod_make(size_t size);

#endif
