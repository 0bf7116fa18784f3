/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Completes the man page of a daemon, from standard input to standard output:
 * puts the options where a line is "@OPTIONS@", the system calls of the sandbox
 * where one is "@CALLS@", and the version in the place of "@VERSION@".
 *
 * It is linked with the daemon's own file in the place of main.c, and run when
 * the project is built.
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemons/daemon.h"
#include "daemons/sandbox.h"

#define VERSION_MARK "@VERSION@"

static void print_options(void)
{
	struct option_group groups[DAEMON_N_GROUPS];
	struct daemon_settings settings;

	daemon_option_groups(&program, &settings, groups);
	options_print_man(groups, DAEMON_N_GROUPS, stdout);
}

static void print_calls(const struct sandbox_call *calls)
{
	const char *last = "";

	for (; calls && calls->name; calls++) {
		/* Several rules for one call are in a row. */
		if (!strcmp(calls->name, last))
			continue;
		last = calls->name;
		if (calls->rule == SANDBOX_ELSEWHERE)
			printf(".IR %s (2),\nwhich not every machine needs\n",
			       calls->name);
		else if (calls->rule != SANDBOX_MISSING)
			printf(".IR %s (2)\n", calls->name);
		else
			continue;
		puts(".br");
	}
}

static void print_line(const char *line)
{
	const char *mark = strstr(line, VERSION_MARK);

	if (!strcmp(line, "@OPTIONS@\n"))
		print_options();
	else if (!strcmp(line, "@CALLS@\n")) {
		print_calls(sandbox_common_calls);
		print_calls(program.calls);
	} else if (mark)
		printf("%.*s%s%s", (int)(mark - line), line, PACKAGE_VERSION,
		       mark + strlen(VERSION_MARK));
	else
		fputs(line, stdout);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) >= 0)
		print_line(line);
	free(line);

	return ferror(stdin) || fflush(stdout) != 0;
}
