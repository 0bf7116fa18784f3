/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/gpio-list.h"

/* Linux numbers the lines of a chip with 16 bits, and so does virtio. */
#define MAX_LINES 65535

/* Read a number, and step over it. */
static bool parse_number(const char **p, unsigned int *ret)
{
	unsigned int number = 0;

	if (!isdigit((unsigned char)**p))
		return false;

	while (isdigit((unsigned char)**p)) {
		number = number * 10 + (unsigned int)(*(*p)++ - '0');
		if (number > MAX_LINES)
			return false;
	}

	*ret = number;
	return true;
}

static bool has_line(const struct gpio_chip *chip, unsigned int offset)
{
	for (size_t i = 0; i < chip->n_offsets; i++) {
		if (chip->offsets[i] == offset)
			return true;
	}

	return false;
}

static int add_range(struct gpio_chip *chip, unsigned int first,
		     unsigned int last, struct options_error *error)
{
	size_t n = chip->n_offsets + (last - first) + 1;
	unsigned int *offsets;

	for (unsigned int i = first; i <= last; i++) {
		if (has_line(chip, i))
			return options_fail(error,
					    "line %u of chip '%s' is there "
					    "twice",
					    i, chip->name);
	}

	offsets = reallocarray(chip->offsets, n, sizeof(*offsets));
	if (!offsets)
		return -ENOMEM;

	chip->offsets = offsets;
	while (first <= last)
		offsets[chip->n_offsets++] = first++;

	return 0;
}

/* Read one line, or several, and step over them. */
static int parse_range(struct gpio_chip *chip, const char **p,
		       struct options_error *error)
{
	unsigned int first, last;

	if (!parse_number(p, &first))
		return options_fail(error,
				    "chip '%s' needs the numbers of lines in "
				    "its brackets, like [4,7,9-12]",
				    chip->name);
	last = first;
	if (**p == '-') {
		(*p)++;
		if (!parse_number(p, &last) || last < first)
			return options_fail(error,
					    "chip '%s' has a range of lines "
					    "that does not end after its "
					    "beginning",
					    chip->name);
	}

	return add_range(chip, first, last, error);
}

/* @p is behind the opening bracket. */
static int parse_lines(struct gpio_chip *chip, const char *p,
		       struct options_error *error)
{
	int r;

	do {
		r = parse_range(chip, &p, error);
		if (r < 0)
			return r;
	} while (*p++ == ',');

	if (p[-1] != ']' || *p)
		return options_fail(error,
				    "chip '%s' has a list of lines that does "
				    "not end with ']'",
				    chip->name);

	return 0;
}

/* "s" and a number is a simulated chip, as it is for the Rust daemon. */
static bool is_sim(const char *word)
{
	size_t n = 0;

	if (*word++ == 's')
		n = strspn(word, "0123456789");

	/* But "s5pv210-gpio" is the label of a real one. */
	return n > 0 && strchr("=[", word[n]);
}

static int parse_sim(struct gpio_chip *chip, const char *word,
		     struct options_error *error)
{
	const char *p = word + 1;
	unsigned int n;

	if (!parse_number(&p, &n) || n == 0 || (*p && strcmp(p, "=loop") != 0))
		return options_fail(
			error,
			"'%s' is no simulated chip: use s1 to s%d, or "
			"s8=loop for lines that are connected in pairs; "
			"brackets are for chips of the kernel",
			word, MAX_LINES);

	chip->n_lines = (uint16_t)n;
	chip->loop = *p != '\0';

	return 0;
}

static int parse_chip(struct gpio_chip *chip, char *word,
		      struct options_error *error)
{
	char *bracket = strchr(word, '[');

	if (is_sim(word))
		return parse_sim(chip, word, error);

	if (bracket)
		*bracket = '\0';
	if (!*word)
		return options_fail(
			error, "a chip without a name; say its number, its "
			       "label, or s8 for eight simulated lines");

	chip->name = strdup(word);
	if (!chip->name)
		return -ENOMEM;

	return bracket ? parse_lines(chip, bracket + 1, error) : 0;
}

/* Two guests may share a chip, but no line of it. */
static int check_shared(const struct gpio_chip *a, const struct gpio_chip *b,
			struct options_error *error)
{
	if (!a->name || !b->name || strcmp(a->name, b->name) != 0)
		return 0;

	if (!a->offsets || !b->offsets)
		return options_fail(
			error,
			"chip '%s' is there twice; say which lines each "
			"guest has, like %s[0-3]:%s[4-7]",
			a->name, a->name, a->name);

	for (size_t i = 0; i < a->n_offsets; i++) {
		if (has_line(b, a->offsets[i]))
			return options_fail(
				error,
				"line %u of chip '%s' is given to two "
				"guests",
				a->offsets[i], a->name);
	}

	return 0;
}

static int add_chip(char *word, void *ret, struct options_error *error)
{
	struct gpio_list *list = ret;
	struct gpio_chip *chips, *chip;
	int r;

	chips = reallocarray(list->chips, list->n + 1, sizeof(*chips));
	if (!chips)
		return -ENOMEM;
	list->chips = chips;
	chip = &chips[list->n++];
	*chip = (struct gpio_chip){ 0 };

	r = parse_chip(chip, word, error);
	for (size_t i = 0; r == 0 && i + 1 < list->n; i++)
		r = check_shared(&list->chips[i], chip, error);

	return r;
}

int gpio_list_parse(const char *text, struct gpio_list *ret,
		    struct options_error *error)
{
	*ret = (struct gpio_list){ 0 };

	return options_each_word(text, ":", add_chip, ret, error);
}

void gpio_list_fini(struct gpio_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->chips[i].name);
		free(list->chips[i].offsets);
	}
	free(list->chips);
	*list = (struct gpio_list){ 0 };
}
