/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which chip is meant.
 */

#ifndef BACKENDS_GPIOD_CHIP_H
#define BACKENDS_GPIOD_CHIP_H

struct gpiod_chip;

/**
 * vb_gpiod_chip_find() - find a chip, and open it
 * @chip: its number, name ("gpiochip0"), label, or the path of its device
 * @ret:  the chip
 *
 * Return: 0, -ENOENT if there is no such chip, -ENOTUNIQ if several have this
 *         label, -EACCES if none has, among those that we may open, or the
 *         error of opening it.
 */
int vb_gpiod_chip_find(const char *chip, struct gpiod_chip **ret);

#endif
