/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_OPTIONS_H
#define DAEMONS_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

/**
 * DOC: Command lines
 *
 * A program describes its options in a table.  From it come the parsing, the
 * text of --help and the list in the man page, which therefore agree.
 *
 * The forms are those of the programs that we can replace, which use clap:
 * "-s VAL", "-sVAL", "-s=VAL", "--long VAL" and "--long=VAL".  Long options
 * cannot be abbreviated.  A separate value cannot begin with a dash, so that a
 * forgotten value is noticed.
 */

/**
 * enum option_type - what an option's value is, and how it is stored
 * @OPTION_FLAG:    no value; bool
 * @OPTION_STOP:    no value, and what follows is not looked at; bool
 * @OPTION_STRING:  not empty; const char *
 * @OPTION_STRINGS: the same, but can be repeated; struct option_strings
 * @OPTION_NUMBER:  decimal; uint64_t
 * @OPTION_CHOICE:  one word of several; unsigned int, the word's index
 */
enum option_type {
	OPTION_FLAG,
	OPTION_STOP,
	OPTION_STRING,
	OPTION_STRINGS,
	OPTION_NUMBER,
	OPTION_CHOICE,
};

/**
 * struct option_strings - the values of an option that can be repeated
 * @items: in order; they point into argv, or to the option's default
 * @n:     how many
 */
struct option_strings {
	const char **items;
	size_t n;
};

/**
 * struct option_def - an option
 * @name:    its long form, without the dashes
 * @alias:   another long form, or NULL
 * @letter:  its short form, or 0
 * @type:    what its value is
 * @offset:  where in the settings that is stored
 * @value:   what stands for the value in help texts; NULL if it takes none
 * @initial: the value if the option is not there; NULL leaves the settings as
 *           they are
 * @usual:   for help texts: what holds if the option is not there, and there is
 *           no @initial; or NULL
 * @min:     least number
 * @max:     greatest number
 * @choices: words to choose from, NULL after the last
 * @help:    one sentence or more, for people
 */
struct option_def {
	const char *name;
	const char *alias;
	char letter;
	enum option_type type;
	size_t offset;
	const char *value;
	const char *initial;
	const char *usual;
	uint64_t min;
	uint64_t max;
	const char *const *choices;
	const char *help;
};

/* Entries of a table that every program has. */
#define OPTION_HELP(at) \
	{ \
		.letter = 'h', .name = "help", .type = OPTION_STOP, \
		.offset = (at), .help = "Print this list and exit." \
	}
#define OPTION_VERSION(at) \
	{ \
		.letter = 'V', .name = "version", .type = OPTION_STOP, \
		.offset = (at), .help = "Print the version and exit." \
	}

/**
 * struct option_group - options that belong together
 * @heading:  above them in help texts
 * @defs:     the options, @n_defs of them
 * @settings: the structure that takes their values
 */
struct option_group {
	const char *heading;
	const struct option_def *defs;
	size_t n_defs;
	void *settings;
};

/* All groups of a program together have no more options than this. */
#define OPTIONS_MAX 64

/**
 * struct options_error - what is wrong with a command line
 * @text: names the option and the remedy; no line break
 */
struct options_error {
	char text[256];
};

/**
 * options_fail() - say what is wrong with a command line, or a part of it
 * @error:  filled in
 * @format: as for printf()
 *
 * Return: -EINVAL.
 */
int options_fail(struct options_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * options_each_word() - read a value that is a list
 * @text:      the value
 * @separator: between two words; a single character
 * @read:      reads a word, of which it may take pieces; 0, or a negative errno
 *             that ends the list
 * @ret:       for @read
 * @error:     likewise
 *
 * Return: what @read returned last, or -ENOMEM.
 */
int options_each_word(const char *text, const char *separator,
		      int (*read)(char *word, void *ret,
				  struct options_error *error),
		      void *ret, struct options_error *error);

/**
 * options_parse() - read a command line
 * @groups:    where the options are described and go to
 * @n_groups:  how many
 * @argv:      as main() got it; the first one is skipped
 * @arguments: takes what is no option; NULL if there must be none
 * @error:     filled in for -EINVAL
 *
 * Return: 0, -EINVAL if the command line is wrong, or -ENOMEM.
 */
int options_parse(const struct option_group *groups, size_t n_groups,
		  char **argv, struct option_strings *arguments,
		  struct options_error *error);

/**
 * options_print_help() - describe the options to somebody at a terminal
 * @groups:   the options
 * @n_groups: how many
 * @out:      where to
 */
void options_print_help(const struct option_group *groups, size_t n_groups,
			FILE *out);

/**
 * options_print_man() - describe the options in the language of man pages
 * @groups:   the options; the heading of each but the first becomes a
 *            subsection
 * @n_groups: how many
 * @out:      where to
 */
void options_print_man(const struct option_group *groups, size_t n_groups,
		       FILE *out);

#endif
