/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Command lines: all the forms that are understood, and what is said about
 * those that are not.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/options.h"
#include "virtio-devices/util.h"

#define MAX_WORDS 8

static struct settings {
	const char *path;
	uint64_t count;
	uint64_t large;
	unsigned int colour;
	bool loud;
	bool quick;
	bool help;
	struct option_strings vms;
} settings;

#define AT(member) offsetof(struct settings, member)

static const char *const colours[] = { "red", "green", NULL };

static const struct option_def defs[] = {
	{ .letter = 's',
	  .name = "socket-path",
	  .alias = "path",
	  .type = OPTION_STRING,
	  .offset = AT(path),
	  .value = "PATH",
	  .help = "Where. This is a sentence that is long enough to be broken "
		  "into two lines; it has a back\\slash." },
	{ .letter = 'c',
	  .name = "count",
	  .type = OPTION_NUMBER,
	  .offset = AT(count),
	  .value = "N",
	  .initial = "7",
	  .min = 1,
	  .max = 100,
	  .help = "How many." },
	{ .name = "large",
	  .type = OPTION_NUMBER,
	  .offset = AT(large),
	  .value = "N",
	  .min = 1,
	  .max = UINT64_MAX,
	  .help = "How much." },
	{ .name = "colour",
	  .type = OPTION_CHOICE,
	  .offset = AT(colour),
	  .value = "red|green",
	  .choices = colours,
	  .help = ".Which." },
	{ .letter = 'l',
	  .name = "loud",
	  .type = OPTION_FLAG,
	  .offset = AT(loud),
	  .help = "Shout." },
};

static const struct option_def more_defs[] = {
	{ .letter = 'q',
	  .name = "quick",
	  .type = OPTION_FLAG,
	  .offset = AT(quick),
	  .help = "Run." },
	{ .name = "vm",
	  .type = OPTION_STRINGS,
	  .offset = AT(vms),
	  .value = "VM",
	  .help = "One of several." },
	{ .letter = 'h',
	  .name = "help",
	  .type = OPTION_STOP,
	  .offset = AT(help),
	  .help = "Help." },
};

static const struct option_group groups[] = {
	{ "First", defs, VD_ARRAY_SIZE(defs), &settings },
	{ "Second", more_defs, VD_ARRAY_SIZE(more_defs), &settings },
};

static struct options_error error;

/* @line is split at blanks, and kept for the options that point into it. */
static int parse(const char *line, struct option_strings *arguments)
{
	static char words[256];
	static char program[] = "program";
	char *argv[MAX_WORDS + 2] = { program };
	char *save = NULL;
	size_t n = 1;

	settings = (struct settings){ 0 };
	snprintf(words, sizeof(words), "%s", line);
	for (char *p = strtok_r(words, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		cr_assert(n <= MAX_WORDS);
		argv[n++] = p;
	}

	return options_parse(groups, VD_ARRAY_SIZE(groups), argv, arguments,
			     &error);
}

struct form {
	char line[64];
	char path[32];
};

ParameterizedTestParameters(options, take_a_value_in_each_form)
{
	static struct form forms[] = {
		{ "-s /run/x", "/run/x" },
		{ "-s/run/x", "/run/x" },
		{ "-s=/run/x", "/run/x" },
		{ "-s==x", "=x" },
		{ "-s -", "-" },
		{ "-s=-x", "-x" },
		{ "-s-x", "-x" },
		{ "--socket-path /run/x", "/run/x" },
		{ "--socket-path=/run/x", "/run/x" },
		{ "--socket-path=--loud", "--loud" },
		{ "--socket-path=a=b", "a=b" },
		{ "--path /run/x", "/run/x" },
		{ "--path=/run/x", "/run/x" },
		{ "-ls/run/x", "/run/x" },
		{ "-lqs /run/x", "/run/x" },
		{ "-l -c 3 -s /run/x --quick", "/run/x" },
		{ "-s /run/x -h -s --bogus", "/run/x" },
	};

	return cr_make_param_array(struct form, forms, VD_ARRAY_SIZE(forms));
}

ParameterizedTest(struct form *form, options, take_a_value_in_each_form)
{
	cr_assert_eq(parse(form->line, NULL), 0, "%s: %s", form->line,
		     error.text);
	cr_assert_str_eq(settings.path, form->path, "%s", form->line);
}

struct mistake {
	char line[64];
	char text[96];
};

ParameterizedTestParameters(options, say_what_is_wrong)
{
	static struct mistake mistakes[] = {
		{ "-s", "'-s' needs a value: PATH" },
		{ "-s=", "'-s' needs a value: PATH" },
		{ "-s -l", "'-s' needs a value: PATH" },
		{ "--socket-path", "'--socket-path' needs a value: PATH" },
		{ "--socket-path=", "'--socket-path' needs a value: PATH" },
		{ "--socket-path --loud",
		  "'--socket-path' needs a value: PATH" },
		{ "--socket /x", "there is no option '--socket'" },
		{ "--socket-paths x", "there is no option '--socket-paths'" },
		{ "--=x", "there is no option '--'" },
		{ "-x", "there is no option '-x'" },
		{ "-lx", "there is no option '-x'" },
		{ "-l=1", "'-l' takes no value" },
		{ "--loud=yes", "'--loud' takes no value" },
		{ "--help=yes", "'--help' takes no value" },
		{ "-l --loud", "'--loud' is there twice" },
		{ "-s a --path b", "'--path' is there twice" },
		{ "-c 0", "'-c' needs a number from 1 to 100, not '0'" },
		{ "-c=101", "'-c' needs a number from 1 to 100, not '101'" },
		{ "-c -1", "'-c' needs a value: N" },
		{ "-c=-1", "'-c' needs a number from 1 to 100, not '-1'" },
		{ "-c +1", "'-c' needs a number from 1 to 100, not '+1'" },
		{ "-c 1k", "'-c' needs a number from 1 to 100, not '1k'" },
		{ "-c 0x1", "'-c' needs a number from 1 to 100, not '0x1'" },
		{ "--large 18446744073709551616",
		  "'--large' needs a number of at least 1, not "
		  "'18446744073709551616'" },
		{ "--large 99999999999999999999999",
		  "'--large' needs a number of at least 1, not "
		  "'99999999999999999999999'" },
		{ "--colour=blue",
		  "'--colour' needs one of red, green, not 'blue'" },
		{ "--colour=re",
		  "'--colour' needs one of red, green, not 're'" },
		{ "word", "'word' is no option" },
		{ "-", "'-' is no option" },
		{ "-- -l", "'-l' is no option" },
	};

	return cr_make_param_array(struct mistake, mistakes,
				   VD_ARRAY_SIZE(mistakes));
}

ParameterizedTest(struct mistake *mistake, options, say_what_is_wrong)
{
	cr_assert_eq(parse(mistake->line, NULL), -EINVAL, "%s", mistake->line);
	cr_assert_str_eq(error.text, mistake->text);
}

Test(options, have_defaults)
{
	cr_assert_eq(parse("", NULL), 0);
	cr_assert_eq(settings.count, 7);
	cr_assert_null(settings.path);
	cr_assert_eq(settings.large, 0);
}

Test(options, take_the_greatest_number)
{
	cr_assert_eq(parse("--large 18446744073709551615 -c 100", NULL), 0);
	cr_assert_eq(settings.large, UINT64_MAX);
	cr_assert_eq(settings.count, 100);
}

Test(options, take_one_word_of_several)
{
	cr_assert_eq(parse("--colour green", NULL), 0);
	cr_assert_eq(settings.colour, 1);
}

Test(options, can_be_repeated_where_the_table_says_so)
{
	cr_assert_eq(parse("--vm a --vm=b --vm c", NULL), 0);
	cr_assert_eq(settings.vms.n, 3);
	cr_assert_str_eq(settings.vms.items[0], "a");
	cr_assert_str_eq(settings.vms.items[2], "c");
	free(settings.vms.items);
}

Test(options, are_not_looked_at_after_one_that_stops)
{
	cr_assert_eq(parse("-lh --bogus", NULL), 0);
	cr_assert(settings.help);
	cr_assert(settings.loud);
	cr_assert_not(settings.quick);
}

Test(options, leave_the_other_words_to_the_program)
{
	struct option_strings arguments = { 0 };

	cr_assert_eq(parse("one -l two -- -q", &arguments), 0);
	cr_assert_eq(arguments.n, 3);
	cr_assert_str_eq(arguments.items[1], "two");
	cr_assert_str_eq(arguments.items[2], "-q");
	cr_assert_not(settings.quick);
	free(arguments.items);
}

Test(options, work_without_even_a_name_of_the_program)
{
	char *argv[] = { NULL };

	cr_assert_eq(options_parse(groups, VD_ARRAY_SIZE(groups), argv, NULL,
				   &error),
		     0);
}

static char *printed(void (*print)(const struct option_group *, size_t, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(out);
	print(groups, VD_ARRAY_SIZE(groups), out);
	fclose(out);

	return text;
}

Test(options, are_all_in_the_help)
{
	char *text = printed(options_print_help);

	cr_assert(strstr(text, "\nFirst:\n  -s, --socket-path, --path PATH\n"));
	cr_assert(strstr(text, "          How many. [default: 7]\n"));
	cr_assert(strstr(text, "\nSecond:\n  -q, --quick\n          Run.\n"));
	cr_assert(strstr(text, "      --vm VM\n"));
	free(text);
}

Test(options, stay_within_the_width_of_a_terminal)
{
	char *text = printed(options_print_help);
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		cr_assert(strlen(line) <= 80, "%s", line);
	free(text);
}

Test(options, are_escaped_for_the_man_page)
{
	char *text = printed(options_print_man);

	cr_assert(strstr(text, ".TP\n\\fB\\-s\\fR, \\fB\\-\\-socket\\-path"
			       "\\fR, \\fB\\-\\-path\\fR \\fIPATH\\fR\n"
			       "Where.\nThis is"));
	cr_assert(strstr(text, "back\\eslash"));
	cr_assert(strstr(text, "\n\\&.Which."));
	cr_assert(strstr(text, "\nThe default is 7.\n"));
	cr_assert(strstr(text, "\n.SS Second\n"));
	cr_assert_null(strstr(text, ".SS First"));
	free(text);
}
