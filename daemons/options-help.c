/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The options, described for a terminal and for a man page.
 */

#include <stdbool.h>
#include <string.h>

#include "daemons/options.h"

#define INDENT 10
#define COLUMNS 80

/* Break @text at blanks, so that each line begins at INDENT. */
static void print_wrapped(FILE *out, const char *text)
{
	while (*text) {
		size_t len = strlen(text);

		if (len > COLUMNS - INDENT) {
			len = COLUMNS - INDENT;
			while (len > 0 && text[len] != ' ')
				len--;
			if (len == 0)
				len = strcspn(text, " ");
		}

		fprintf(out, "%*s%.*s\n", INDENT, "", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
}

static const char *default_of(const struct option_def *def)
{
	return def->initial ? def->initial : def->usual;
}

static void print_option(FILE *out, const struct option_def *def)
{
	const char *value = default_of(def);
	char text[1024];

	if (def->letter)
		fprintf(out, "  -%c, --%s", def->letter, def->name);
	else
		fprintf(out, "      --%s", def->name);
	if (def->alias)
		fprintf(out, ", --%s", def->alias);
	if (def->value)
		fprintf(out, " %s", def->value);
	fputc('\n', out);

	snprintf(text, sizeof(text), "%s%s%s%s", def->help,
		 value ? " [default: " : "", value ? value : "",
		 value ? "]" : "");
	print_wrapped(out, text);
}

void options_print_help(const struct option_group *groups, size_t n_groups,
			FILE *out)
{
	for (size_t i = 0; i < n_groups; i++) {
		fprintf(out, "\n%s:\n", groups[i].heading);
		for (size_t k = 0; k < groups[i].n_defs; k++)
			print_option(out, &groups[i].defs[k]);
	}
}

/*
 * A dash that is to be typed is "\-" in roff, and a dot or an apostrophe at
 * the beginning of a line would make it a request.
 */
static void print_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);

	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

/* Roff looks for the ends of sentences at the ends of lines. */
static void print_sentences(FILE *out, const char *text)
{
	const char *end;

	while ((end = strstr(text, ". "))) {
		char sentence[1024];

		snprintf(sentence, sizeof(sentence), "%.*s",
			 (int)(end + 1 - text), text);
		print_roff(out, sentence);
		fputc('\n', out);
		text = end + 2;
	}
	print_roff(out, text);
	fputc('\n', out);
}

static void print_long_form(FILE *out, const char *name)
{
	fputs("\\fB\\-\\-", out);
	print_roff(out, name);
	fputs("\\fR", out);
}

static void print_man_option(FILE *out, const struct option_def *def)
{
	fputs(".TP\n", out);
	if (def->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", def->letter);
	print_long_form(out, def->name);
	if (def->alias) {
		fputs(", ", out);
		print_long_form(out, def->alias);
	}
	if (def->value) {
		fputs(" \\fI", out);
		print_roff(out, def->value);
		fputs("\\fR", out);
	}
	fputc('\n', out);

	print_sentences(out, def->help);
	if (default_of(def)) {
		fputs("The default is ", out);
		print_roff(out, default_of(def));
		fputs(".\n", out);
	}
}

void options_print_man(const struct option_group *groups, size_t n_groups,
		       FILE *out)
{
	for (size_t i = 0; i < n_groups; i++) {
		if (i > 0)
			fprintf(out, ".SS %s\n", groups[i].heading);
		for (size_t k = 0; k < groups[i].n_defs; k++)
			print_man_option(out, &groups[i].defs[k]);
	}
}
