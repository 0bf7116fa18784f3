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

/* And that no two lines have the same name: the first one keeps it. */
static bool is_taken(const char *names, const char *end, const char *name)
{
	for (const char *p = names; p < end; p += strlen(p) + 1) {
		if (strcmp(p, name) == 0)
			return true;
	}

	return false;
}

int vd_gpio_collect_names(struct vd_gpio *gpio)
{
	struct vd_gpio_backend *backend = gpio->backend;
	size_t size = 0;
	char *p;

	for (uint16_t i = 0; i < backend->n_lines; i++)
		size += strlen(name_of(backend, i)) + 1;
	if (size == backend->n_lines)
		return 0;

	gpio->names = p = calloc(1, size);
	if (!p)
		return -ENOMEM;

	for (uint16_t i = 0; i < backend->n_lines; i++) {
		const char *name = name_of(backend, i);

		if (is_taken(gpio->names, p, name))
			name = "";
		memcpy(p, name, strlen(name) + 1);
		p += strlen(name) + 1;
	}
	gpio->names_size = (size_t)(p - gpio->names);

	return 0;
}
