/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Parsing of command lines.  getopt_long() is not used, as it takes
 * abbreviations, which break when options are added, and reads "-s=x" as the
 * value "=x".
 */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/options.h"

/**
 * struct parser - a command line being read
 * @groups:    the options that there are
 * @n_groups:  how many
 * @next:      the words not read yet
 * @seen:      a bit for each option that was there
 * @stopped:   the rest does not matter
 * @arguments: takes what is no option, or NULL
 * @error:     what is wrong
 */
struct parser {
	const struct option_group *groups;
	size_t n_groups;
	char **next;
	uint64_t seen;
	bool stopped;
	struct option_strings *arguments;
	struct options_error *error;
};

/**
 * struct match - an option that was found
 * @def:    what it is
 * @target: where its value goes
 * @bit:    its place in @seen
 * @given:  as it was written, for messages
 * @given_len: how much of @given that is
 */
struct match {
	const struct option_def *def;
	void *target;
	unsigned int bit;
	const char *given;
	int given_len;
};

int options_fail(struct options_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);

	return -EINVAL;
}

static bool takes_value(const struct option_def *def)
{
	return def->type != OPTION_FLAG && def->type != OPTION_STOP;
}

static bool is_named(const struct option_def *def, const char *name, size_t len)
{
	const char *names[] = { def->name, def->alias };

	for (size_t i = 0; i < 2; i++) {
		if (names[i] && strlen(names[i]) == len &&
		    !strncmp(names[i], name, len))
			return true;
	}

	return false;
}

/* Look for the long form @name, or for @letter if that is NULL. */
static bool find(const struct parser *parser, const char *name, size_t len,
		 char letter, struct match *ret)
{
	unsigned int bit = 0;

	for (size_t i = 0; i < parser->n_groups; i++) {
		const struct option_group *group = &parser->groups[i];

		for (size_t k = 0; k < group->n_defs; k++, bit++) {
			const struct option_def *def = &group->defs[k];

			if (name ? !is_named(def, name, len)
				 : def->letter != letter)
				continue;

			ret->def = def;
			ret->target = (char *)group->settings + def->offset;
			ret->bit = bit;
			return true;
		}
	}

	return false;
}

static int append(struct option_strings *strings, const char *value)
{
	const char **items;

	items = reallocarray(strings->items, strings->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	items[strings->n++] = value;
	strings->items = items;

	return 0;
}

/* Digits and nothing else: no sign, no blank, no unit. */
static bool parse_number(const char *value, uint64_t *ret)
{
	uint64_t number = 0;

	for (const char *p = value; *p; p++) {
		if (*p < '0' || *p > '9')
			return false;
		if (__builtin_mul_overflow(number, 10U, &number) ||
		    __builtin_add_overflow(number, (unsigned)(*p - '0'),
					   &number))
			return false;
	}

	*ret = number;
	return true;
}

static int store_number(struct options_error *error, const struct match *match,
			const char *value)
{
	const struct option_def *def = match->def;
	uint64_t number;

	if (parse_number(value, &number) && number >= def->min &&
	    number <= def->max) {
		*(uint64_t *)match->target = number;
		return 0;
	}

	if (def->max == UINT64_MAX)
		return options_fail(
			error,
			"'%.*s' needs a number of at least %llu, not '%s'",
			match->given_len, match->given,
			(unsigned long long)def->min, value);

	return options_fail(
		error, "'%.*s' needs a number from %llu to %llu, not '%s'",
		match->given_len, match->given, (unsigned long long)def->min,
		(unsigned long long)def->max, value);
}

static int store_choice(struct options_error *error, const struct match *match,
			const char *value)
{
	const char *const *choices = match->def->choices;
	char list[128] = "";

	for (unsigned int i = 0; choices[i]; i++) {
		size_t len = strlen(list);

		if (!strcmp(choices[i], value)) {
			*(unsigned int *)match->target = i;
			return 0;
		}
		snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
			 choices[i]);
	}

	return options_fail(error, "'%.*s' needs one of %s, not '%s'",
			    match->given_len, match->given, list, value);
}

static int store(struct options_error *error, const struct match *match,
		 const char *value)
{
	switch (match->def->type) {
	case OPTION_FLAG:
	case OPTION_STOP:
		*(bool *)match->target = true;
		return 0;
	case OPTION_STRING:
		*(const char **)match->target = value;
		return 0;
	case OPTION_STRINGS:
		return append(match->target, value);
	case OPTION_NUMBER:
		assert(value);
		return store_number(error, match, value);
	case OPTION_CHOICE:
		assert(value);
		return store_choice(error, match, value);
	}

	assert(!"an option has an impossible type");
	return -EINVAL;
}

/* Take one occurrence; @value is NULL if none was attached to the option. */
static int take(struct parser *parser, const struct match *match,
		const char *value)
{
	const struct option_def *def = match->def;
	uint64_t bit = UINT64_C(1) << match->bit;

	if (parser->seen & bit && def->type != OPTION_STRINGS)
		return options_fail(parser->error, "'%.*s' is there twice",
				    match->given_len, match->given);
	parser->seen |= bit;

	if (!takes_value(def)) {
		if (value)
			return options_fail(parser->error,
					    "'%.*s' takes no value",
					    match->given_len, match->given);
		parser->stopped = def->type == OPTION_STOP;
		return store(parser->error, match, NULL);
	}

	if (!value && *parser->next &&
	    (parser->next[0][0] != '-' || !parser->next[0][1]))
		value = *parser->next++;
	if (!value || !*value)
		return options_fail(parser->error, "'%.*s' needs a value: %s",
				    match->given_len, match->given, def->value);

	return store(parser->error, match, value);
}

static int parse_long(struct parser *parser, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	struct match match = { .given = word, .given_len = (int)len + 2 };

	if (!find(parser, word + 2, len, 0, &match))
		return options_fail(parser->error, "there is no option '%.*s'",
				    match.given_len, word);

	return take(parser, &match,
		    word[len + 2] == '=' ? word + len + 3 : NULL);
}

/* "-s=x" and "-sx" are the same; flags can be put together, as in "-hV". */
static int parse_short(struct parser *parser, const char *word)
{
	for (const char *p = word + 1; *p && !parser->stopped; p++) {
		char given[3] = { '-', *p, 0 };
		struct match match = { .given = given, .given_len = 2 };
		const char *value = p[1] ? p + 1 : NULL;
		int r;

		if (!find(parser, NULL, 0, *p, &match))
			return options_fail(parser->error,
					    "there is no option '%s'", given);

		if (!takes_value(match.def) && p[1] != '=')
			value = NULL;
		else if (p[1] == '=')
			value = p + 2;

		r = take(parser, &match, value);
		if (r < 0 || takes_value(match.def))
			return r;
	}

	return 0;
}

static int parse_argument(struct parser *parser, const char *word)
{
	if (!parser->arguments)
		return options_fail(parser->error, "'%s' is no option", word);

	return append(parser->arguments, word);
}

static int parse_words(struct parser *parser)
{
	bool options = true;

	while (*parser->next && !parser->stopped) {
		const char *word = *parser->next++;
		int r = 0;

		if (!options || word[0] != '-' || !word[1])
			r = parse_argument(parser, word);
		else if (!strcmp(word, "--"))
			options = false;
		else if (word[1] == '-')
			r = parse_long(parser, word);
		else
			r = parse_short(parser, word);
		if (r < 0)
			return r;
	}

	return 0;
}

static int store_initial(struct parser *parser)
{
	unsigned int bit = 0;

	for (size_t i = 0; i < parser->n_groups; i++) {
		const struct option_group *group = &parser->groups[i];

		for (size_t k = 0; k < group->n_defs; k++, bit++) {
			const struct option_def *def = &group->defs[k];
			struct match match = {
				.def = def,
				.target = (char *)group->settings + def->offset,
			};
			int r;

			assert(bit < OPTIONS_MAX);
			if (!def->initial || parser->seen >> bit & 1)
				continue;

			r = store(parser->error, &match, def->initial);
			assert(r != -EINVAL);
			if (r < 0)
				return r;
		}
	}

	return 0;
}

int options_parse(const struct option_group *groups, size_t n_groups,
		  char **argv, struct option_strings *arguments,
		  struct options_error *error)
{
	struct parser parser = {
		.groups = groups,
		.n_groups = n_groups,
		.next = *argv ? argv + 1 : argv,
		.arguments = arguments,
		.error = error,
	};
	int r;

	r = parse_words(&parser);
	if (r < 0)
		return r;

	return store_initial(&parser);
}
