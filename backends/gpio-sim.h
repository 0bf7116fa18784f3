/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * GPIO lines in memory, for people without hardware.
 */

#ifndef BACKENDS_GPIO_SIM_H
#define BACKENDS_GPIO_SIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_gpio_backend;

/**
 * vb_gpio_sim_new() - make lines
 * @n_lines: how many
 * @loop:    line 2k+1 follows line 2k, as if a wire connected them
 * @ret:     the lines, all low
 *
 * They are called "sim0", "sim1" and so on.
 *
 * Return: 0 or -ENOMEM.
 */
int vb_gpio_sim_new(uint16_t n_lines, bool loop, struct vd_gpio_backend **ret);

/**
 * vb_gpio_sim_pull() - do something to a line from outside
 * @backend: made by vb_gpio_sim_new()
 * @line:    below the number of lines
 * @value:   its level, unless it is an output, or follows one
 *
 * An edge that the device watches for reaches it before this returns.
 */
void vb_gpio_sim_pull(struct vd_gpio_backend *backend, uint16_t line,
		      bool value);

/**
 * struct vb_gpio_sim_observer - somebody who watches the lines from outside
 * @changed: a line shows another level, or has another direction
 * @gone:    there are no lines any more, and no observer is needed
 * @context: for both
 *
 * May not change any line in turn.
 */
struct vb_gpio_sim_observer {
	void (*changed)(void *context, uint16_t line);
	void (*gone)(void *context);
	void *context;
};

/**
 * vb_gpio_sim_observe() - watch the lines
 * @backend:  made by vb_gpio_sim_new(); has one observer at most
 * @observer: copied
 */
void vb_gpio_sim_observe(struct vd_gpio_backend *backend,
			 const struct vb_gpio_sim_observer *observer);

#ifdef __cplusplus
}
#endif

#endif
