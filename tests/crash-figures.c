/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crash-figures.h"

#define N_KILLS 10

static uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

unsigned int crash_figures_init(struct crash_figures *figures)
{
	const char *text = getenv("KILLS");
	unsigned int n = text ? (unsigned int)strtoul(text, NULL, 10) : N_KILLS;

	*figures = (struct crash_figures){ .room = n };
	figures->usecs = calloc(n, sizeof(*figures->usecs));
	cr_assert(n > 0 && figures->usecs, "KILLS has to be a number");

	return n;
}

void crash_figures_begin(struct crash_figures *figures)
{
	figures->begun = now_usec();
}

void crash_figures_end(struct crash_figures *figures)
{
	cr_assert_lt(figures->n, figures->room);
	figures->usecs[figures->n++] = now_usec() - figures->begun;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void crash_figures_print(struct crash_figures *figures, const char *name,
			 const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	qsort(figures->usecs, figures->n, sizeof(*figures->usecs), compare);
	printf("# %s: %zu kills, %s; answers again after %.1f ms (median), "
	       "%.1f ms (most)\n",
	       name, figures->n, text,
	       (double)figures->usecs[figures->n / 2] / 1000,
	       (double)figures->usecs[figures->n - 1] / 1000);
	fflush(stdout);
}

void crash_figures_fini(struct crash_figures *figures)
{
	free(figures->usecs);
}
