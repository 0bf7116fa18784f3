/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the measuring commands have in common.
 */

#ifndef DAEMONS_PROBE_FIGURES_H
#define DAEMONS_PROBE_FIGURES_H

#include <stddef.h>
#include <stdint.h>

/* An hour is as good as for ever. */
#define PROBE_MAX_DURATION 3600000

/* The entry of an options table that says how long, in milliseconds. */
#define PROBE_DURATION(at, msec, text) \
	{ \
		.name = "duration", .type = OPTION_NUMBER, .offset = (at), \
		.value = "MS", .initial = (msec), .min = 1, \
		.max = PROBE_MAX_DURATION, .help = (text) \
	}

/**
 * probe_per() - one figure in relation to another
 *
 * Return: 0 if there is nothing to relate to.
 */
double probe_per(double a, double b);

/**
 * probe_print_times() - print how long things took: half of them, most, and all
 * @label:   what comes first in the line
 * @unit:    of the figures: 1000 times that of the samples
 * @samples: is sorted by this
 * @n:       how many; not 0
 */
void probe_print_times(const char *label, const char *unit, uint32_t *samples,
		       size_t n);

#endif
