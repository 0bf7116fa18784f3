/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * GPIO lines of the host, through libgpiod 2.
 */

#ifndef BACKENDS_GPIOD_H
#define BACKENDS_GPIOD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vb_loop;
struct vd_gpio_backend;

/**
 * struct vb_gpiod_events - whom to tell
 * @refused: a line could not be had: @error, or somebody else, called
 *           @consumer, has it (-EBUSY).  May be NULL
 * @lost:    edges of a line cannot be watched any more, as its chip has gone.
 *           May be NULL
 * @context: for both
 */
struct vb_gpiod_events {
	void (*refused)(void *context, unsigned int offset,
			const char *consumer, int error);
	void (*lost)(void *context, unsigned int offset);
	void *context;
};

/**
 * vb_gpiod_new() - use lines of a chip
 * @loop:    where edges are waited for
 * @chip:    its number, name ("gpiochip0"), label, or the path of its device
 * @offsets: the lines to use, in the order in which the guest is to see them;
 *           NULL for all.  Copied
 * @n:       how many
 * @events:  copied
 * @ret:     the lines
 *
 * A line is requested from the kernel when the guest sets its direction, and
 * released when the guest is done with it.
 *
 * Return: 0, -ENOENT if there is no such chip, -ENOTUNIQ if several have this
 *         label, -EACCES if it or some other may not be opened, -EINVAL if the chip has no such line, -E2BIG if it has more
 *         lines than a guest can see, -ENOMEM, or the error of opening it.
 */
int vb_gpiod_new(struct vb_loop *loop, const char *chip,
		 const unsigned int *offsets, size_t n,
		 const struct vb_gpiod_events *events,
		 struct vd_gpio_backend **ret);

#ifdef __cplusplus
}
#endif

#endif
