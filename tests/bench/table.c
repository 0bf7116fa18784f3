/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/table.h"

_Noreturn void bench_die(const char *what, int error)
{
	fprintf(stderr, "bench: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(-error) : "");
	exit(1);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double value_at(const char *turn, size_t offset)
{
	double value;

	memcpy(&value, turn + offset, sizeof(value));

	return value;
}

double bench_median(const void *turns, size_t size, size_t n, size_t offset,
		    size_t divisor)
{
	double values[BENCH_MAX_TURNS] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const char *turn = (const char *)turns + i * size;

		values[i] = value_at(turn, offset);
		if (divisor != SIZE_MAX)
			values[i] /= value_at(turn, divisor);
	}
	qsort(values, n, sizeof(values[0]), compare);

	return values[n / 2];
}

void bench_print_progress(size_t turn, size_t n_turns)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rturn %zu of %zu%s", turn, n_turns,
			turn == n_turns ? "\n" : "");
}

void bench_print_head(void)
{
	printf("%-34s%10s%10s%8s  %-7s%-13s\n", "", "ours", "floor", "ratio",
	       "", "target");
}

void bench_print_row(const struct bench_row *row)
{
	printf("%-34s%10.2f", row->what, row->ours);
	if (row->floor > 0)
		printf("%10.2f%8.3f", row->floor, row->ratio);
	else
		printf("%10s%8s", "-", "-");
	printf("  %-7s", row->unit);
	if (row->target)
		printf("%-13s%s", row->target, row->met ? "met" : "MISSED");
	printf("\n");
}
