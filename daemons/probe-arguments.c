/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What commands have in common that take arguments beside their options.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "daemons/probe.h"

const char *probe_scan_number(const char *text, unsigned int max,
			      unsigned int *ret)
{
	unsigned long number;
	char *end;

	/* strtoul() would take spaces and signs, too. */
	if (!isdigit((unsigned char)text[0]))
		return NULL;

	errno = 0;
	number = strtoul(text, &end, 0);
	if (errno || number > max)
		return NULL;
	*ret = (unsigned int)number;

	return end;
}

int probe_parse_number(const char *word, const char *what, unsigned int max,
		       unsigned int *ret, struct options_error *error)
{
	const char *end = probe_scan_number(word, max, ret);

	if (end && *end == '\0')
		return 0;

	return options_fail(error,
			    "'%.100s' is no %s; it is a number of at most "
			    "%u (%#x)",
			    word, what, max, max);
}
