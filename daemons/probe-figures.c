/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <stdio.h>

#include "daemons/probe-figures.h"
#include "daemons/probe-load.h"

double probe_per(double a, double b)
{
	return b > 0 ? a / b : 0;
}

void probe_print_times(const char *label, const char *unit, uint32_t *samples,
		       size_t n)
{
	printf("%s p50 %.2f %s, p99 %.2f %s, largest %.2f %s\n", label,
	       probe_percentile(samples, n, 50) / 1e3, unit,
	       probe_percentile(samples, n, 99) / 1e3, unit,
	       probe_percentile(samples, n, 100) / 1e3, unit);
}
