/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The --device-list of vhost-device-gpio: a chip, or lines of one, for each
 * guest.
 *
 *   list  = chip { ":" chip }
 *   chip  = "s" N [ "=loop" ] | NAME [ "[" range { "," range } "]" ]
 *   range = N [ "-" N ]
 */

#ifndef DAEMONS_GPIO_LIST_H
#define DAEMONS_GPIO_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/options.h"

/**
 * struct gpio_chip - what a guest is given
 * @name:    number, name, label or path of a chip; NULL if it is simulated
 * @n_lines: of a simulated one
 * @loop:    its lines are connected in pairs
 * @offsets: the lines of a real chip, in the guest's order; NULL for all
 * @n_offsets: how many
 */
struct gpio_chip {
	char *name;
	uint16_t n_lines;
	bool loop;
	unsigned int *offsets;
	size_t n_offsets;
};

/**
 * struct gpio_list - a list that was read
 * @chips: allocated
 * @n:     how many
 */
struct gpio_list {
	struct gpio_chip *chips;
	size_t n;
};

/**
 * gpio_list_parse() - read a list
 * @text:  as the user gave it
 * @ret:   filled in; gpio_list_fini() frees it, also after an error
 * @error: what is wrong, for -EINVAL
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int gpio_list_parse(const char *text, struct gpio_list *ret,
		    struct options_error *error);

/**
 * gpio_list_fini() - free what belongs to a list
 */
void gpio_list_fini(struct gpio_list *list);

#endif
