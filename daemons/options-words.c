/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Values of options that are lists.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/options.h"

int options_each_word(const char *text, const char *separator,
		      int (*read)(char *word, void *ret,
				  struct options_error *error),
		      void *ret, struct options_error *error)
{
	char *copy = strdup(text), *rest = copy, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;

	while (r == 0 && (word = strsep(&rest, separator)))
		r = read(word, ret, error);
	free(copy);

	return r;
}
