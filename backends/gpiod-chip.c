/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <string.h>

#include "backends/gpiod-chip.h"

/* 1 or 0, or a negative errno. */
static int is_labelled(const char *path, const char *label)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	struct gpiod_chip_info *info;
	int same;

	if (!chip)
		return -errno;

	info = gpiod_chip_get_info(chip);
	same = info && strcmp(gpiod_chip_info_get_label(info), label) == 0;
	gpiod_chip_info_free(info);
	gpiod_chip_close(chip);

	return same;
}

/* The kernel numbers chips without gaps, but for those that have gone. */
#define MAX_CHIPS 512

/* It may be one of those that we may not look at. */
static int find_by_label(const char *label, char *path, size_t size)
{
	int none = -ENOENT;
	int n = 0;

	for (unsigned int i = 0; i < MAX_CHIPS; i++) {
		char candidate[32];
		int r;

		snprintf(candidate, sizeof(candidate), "/dev/gpiochip%u", i);
		if (!gpiod_is_gpiochip_device(candidate))
			continue;
		r = is_labelled(candidate, label);
		if (r == -EACCES)
			none = r;
		if (r <= 0)
			continue;
		snprintf(path, size, "%s", candidate);
		n++;
	}

	if (n > 1)
		return -ENOTUNIQ;

	return n ? 0 : none;
}

int vb_gpiod_chip_find(const char *chip, struct gpiod_chip **ret)
{
	char path[256];
	int r;

	if (strchr(chip, '/'))
		snprintf(path, sizeof(path), "%s", chip);
	else if (chip[strspn(chip, "0123456789")] == '\0')
		snprintf(path, sizeof(path), "/dev/gpiochip%s", chip);
	else
		snprintf(path, sizeof(path), "/dev/%s", chip);

	if (!strchr(chip, '/') && !gpiod_is_gpiochip_device(path)) {
		r = find_by_label(chip, path, sizeof(path));
		if (r < 0)
			return r;
	}

	*ret = gpiod_chip_open(path);

	return *ret ? 0 : -errno;
}
