/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Prints the commands and options of the probe for its man page.  It is linked
 * in the place of probe.c, and run when the project is built.
 */

#include <stdio.h>

#include "daemons/probe.h"

static void print_command(const struct probe_command *command)
{
	struct option_group groups[PROBE_N_GROUPS];
	struct probe_settings settings;

	probe_option_groups(command, &settings, groups);
	printf(".SS %s%s%s\nTo %s.\n", command->name,
	       command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", command->summary);
	if (groups[0].n_defs)
		options_print_man(&groups[0], 1, stdout);
}

static void print_common_options(void)
{
	struct option_group groups[PROBE_N_GROUPS];
	struct probe_settings settings;

	probe_option_groups(probe_commands[0], &settings, groups);
	printf(".SH OPTIONS OF ALL COMMANDS\n");
	options_print_man(&groups[1], 1, stdout);
}

int main(void)
{
	for (size_t i = 0; i < probe_n_commands; i++)
		print_command(probe_commands[i]);
	print_common_options();

	return fflush(stdout) != 0;
}
