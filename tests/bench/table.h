/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Figures of many turns, as a table.
 */

#ifndef TESTS_BENCH_TABLE_H
#define TESTS_BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_MAX_TURNS 1000

/**
 * struct bench_row - a line of the table
 * @what:   what was measured
 * @ours:   the figure
 * @floor:  what the machine can do; 0 if that says nothing
 * @ratio:  of the two
 * @unit:   of both
 * @target: what is to be reached, in words; NULL if nothing is
 * @met:    it was reached
 */
struct bench_row {
	const char *what;
	double ours;
	double floor;
	double ratio;
	const char *unit;
	const char *target;
	bool met;
};

/**
 * bench_median() - the median of a value, or of a ratio of two values
 * @turns:   structures that have them
 * @size:    of one of them
 * @n:       how many, at most BENCH_MAX_TURNS
 * @offset:  of the value, a double
 * @divisor: offset of what it is to be divided by, or SIZE_MAX
 */
double bench_median(const void *turns, size_t size, size_t n, size_t offset,
		    size_t divisor);

/**
 * bench_print_progress() - one line for somebody who watches, and nothing for a
 * log
 */
void bench_print_progress(size_t turn, size_t n_turns);

void bench_print_head(void);

void bench_print_row(const struct bench_row *row);

#endif
