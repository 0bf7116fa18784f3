/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The probe's command line.  The command comes first, as it decides about the
 * options.
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

#define PROGRAM "vhost-device-probe"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static void print_help(void)
{
	printf("Usage: " PROGRAM " COMMAND [OPTIONS] --socket-path PATH\n\n"
	       "Uses a vhost-user device over its socket, without a virtual "
	       "machine.\n\nCommands:\n");
	for (size_t i = 0; i < probe_n_commands; i++)
		printf("  %-15s%s\n", probe_commands[i]->name,
		       probe_commands[i]->summary);
	printf("\n'" PROGRAM " COMMAND --help' lists the options of a "
	       "command.\n");
}

static void print_command_help(const struct probe_command *command,
			       const struct option_group *groups)
{
	const char *arguments = command->arguments ? command->arguments : "";
	const char *blank = command->arguments ? " " : "";
	size_t first = groups[0].n_defs ? 0 : 1;

	printf("Usage: " PROGRAM " %s%s%s [OPTIONS] --socket-path PATH\n"
	       "       " PROGRAM " %s%s%s [OPTIONS] --fd FDNUM\n\n"
	       "To %s.\n",
	       command->name, blank, arguments, command->name, blank, arguments,
	       command->summary);
	options_print_help(groups + first, PROBE_N_GROUPS - first, stdout);
}

/* How many words of @argv are the name of @command, if all of it is there? */
static size_t match_command(const struct probe_command *command, char **argv)
{
	const char *name = command->name;
	size_t n = 0;

	while (*name) {
		size_t len = strcspn(name, " ");

		if (!argv[n] || strlen(argv[n]) != len ||
		    strncmp(argv[n], name, len) != 0)
			return 0;
		n++;
		name += len;
		name += strspn(name, " ");
	}

	return n;
}

/* Returns how many words of @argv are the name of a command, or 0. */
static size_t find_command(char **argv, const struct probe_command **ret)
{
	for (size_t i = 0; i < probe_n_commands; i++) {
		size_t n_words = match_command(probe_commands[i], argv);

		if (n_words) {
			*ret = probe_commands[i];
			return n_words;
		}
	}

	return 0;
}

/* Output that was asked for and got lost is a failure. */
static int flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;

	log_error(NULL, "cannot write to standard output: %s", strerror(errno));
	return EXIT_FAILED;
}

/* Before there is a command, @command is NULL. */
static int usage(const struct probe_command *command, const char *reason)
{
	log_error(NULL, "%s", reason);
	log_info(NULL, "'" PROGRAM "%s%s --help' says what there is",
		 command ? " " : "", command ? command->name : "");
	return EXIT_USAGE;
}

/* Is it the first of the two words of some command? */
static bool is_first_word(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < probe_n_commands; i++) {
		const char *name = probe_commands[i]->name;

		if (!strncmp(name, word, len) && name[len] == ' ')
			return true;
	}

	return false;
}

static int no_such_command(const char *word, const char *next)
{
	bool both = is_first_word(word) && next && next[0] != '-';
	char reason[256];

	snprintf(reason, sizeof(reason), "there is no command '%.100s%s%.100s'",
		 word, both ? " " : "", both ? next : "");
	return usage(NULL, reason);
}

static int no_command(char **argv)
{
	if (!argv[0] || !argv[1])
		return usage(NULL, "a command is needed");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_help();
		return flushed();
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		printf(PROGRAM " %s\n", PACKAGE_VERSION);
		return flushed();
	}
	if (argv[1][0] == '-')
		return usage(NULL, "the command comes first, and its options "
				   "after it");

	return no_such_command(argv[1], argv[2]);
}

static int run(const struct probe_command *command,
	       const struct probe_settings *settings)
{
	char name[32];
	struct probe probe = { .settings = *settings, .name = name };
	int r;

	if (settings->socket_path)
		probe.name = settings->socket_path;
	else
		snprintf(name, sizeof(name), "file descriptor %llu",
			 (unsigned long long)settings->fd);

	r = probe_open(&probe);
	if (r == 0)
		r = command->run(&probe);

	vhu_frontend_free(probe.frontend);
	vhu_guest_memory_free(probe.memory);

	return r < 0 ? EXIT_FAILED : flushed();
}

/* What is left to do once the options are known; returns the exit status. */
static int execute(const struct probe_command *command,
		   const struct probe_settings *settings,
		   const struct option_group *groups,
		   const struct option_strings *arguments)
{
	struct options_error error;

	if (settings->help) {
		print_command_help(command, groups);
		return flushed();
	}
	if (settings->version) {
		printf(PROGRAM " %s\n", PACKAGE_VERSION);
		return flushed();
	}
	if (command->parse && command->parse(arguments, &error) < 0)
		return usage(command, error.text);
	if (!settings->socket_path == (settings->fd == PROBE_NO_FD))
		return usage(command, "either '--socket-path' or '--fd' is "
				      "needed, to find the back-end");

	return run(command, settings);
}

int main(int argc, char **argv)
{
	struct probe_settings settings = { .fd = PROBE_NO_FD };
	struct option_group groups[PROBE_N_GROUPS];
	struct option_strings arguments = { 0 };
	const struct probe_command *command = NULL;
	struct options_error error;
	size_t n_words;
	int status;

	log_init(PROGRAM);

	n_words = argc > 1 ? find_command(argv + 1, &command) : 0;
	if (n_words == 0)
		return no_command(argv);

	probe_option_groups(command, &settings, groups);
	switch (options_parse(groups, PROBE_N_GROUPS, argv + n_words,
			      command->parse ? &arguments : NULL, &error)) {
	case 0:
		status = execute(command, &settings, groups, &arguments);
		break;
	case -EINVAL:
		status = usage(command, error.text);
		break;
	default:
		log_error(NULL, "there is not enough memory");
		status = EXIT_FAILED;
	}
	free(arguments.items);

	return status;
}
