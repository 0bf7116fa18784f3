/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The names of lines, as a driver asks for them: one after the other, and an
 * empty one for a line that has none.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/gpio-private.h"

static const char *name_of(struct vd_gpio_backend *backend, uint16_t line)
{
	const char *name = NULL;

	if (backend->ops->line_name)
		name = backend->ops->line_name(backend, line);
	/* The driver is promised 7 bits. */
	for (const char *p = name; p && *p; p++) {
		if (*p & 0x80)
			return "";
	}

	return name ? name : "";
}

/**
 * struct taken - names that lines have
 * @block: where they are
 * @slots: a hash table: where in @block, counting from 1; 0 is nowhere
 * @mask:  the number of slots, which is a power of two, less one
 */
struct taken {
	const char *block;
	uint32_t *slots;
	size_t mask;
};

/* At most half of the slots will be in use. */
static int taken_init(struct taken *taken, const char *block, size_t n)
{
	*taken = (struct taken){ .block = block, .mask = 1 };
	while (taken->mask < 2 * n)
		taken->mask = 2 * taken->mask + 1;
	taken->slots = calloc(taken->mask + 1, sizeof(*taken->slots));

	return taken->slots ? 0 : -ENOMEM;
}

/*
 * No two lines may have the same name either: the first one keeps it.  Chips can
 * have so many lines that each name cannot be compared with all others.
 */
static bool take(struct taken *taken, const char *name, size_t at)
{
	uint32_t hash = 2166136261U;
	size_t i;

	/* As Fowler, Noll and Vo do it, version 1a. */
	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619U;

	for (i = hash & taken->mask; taken->slots[i];
	     i = (i + 1) & taken->mask) {
		if (strcmp(taken->block + taken->slots[i] - 1, name) == 0)
			return false;
	}
	taken->slots[i] = (uint32_t)at + 1;

	return true;
}

int vd_gpio_collect_names(struct vd_gpio *gpio)
{
	struct vd_gpio_backend *backend = gpio->backend;
	struct taken taken;
	size_t size = 0, at = 0;

	for (uint16_t i = 0; i < backend->n_lines; i++)
		size += strlen(name_of(backend, i)) + 1;
	if (size == backend->n_lines)
		return 0;

	gpio->names = calloc(1, size);
	if (!gpio->names ||
	    taken_init(&taken, gpio->names, backend->n_lines) < 0) {
		free(gpio->names);
		return -ENOMEM;
	}

	for (uint16_t i = 0; i < backend->n_lines; i++) {
		const char *name = name_of(backend, i);

		if (*name && !take(&taken, name, at))
			name = "";
		memcpy(gpio->names + at, name, strlen(name) + 1);
		at += strlen(name) + 1;
	}
	gpio->names_size = at;
	free(taken.slots);

	return 0;
}
