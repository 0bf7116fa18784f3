/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A socket at which simulated lines can be pulled and watched from outside, as
 * buttons and lamps would do it.  Programs connect, and send commands that are
 * lines of text:
 *
 *   get LINE          answered with "LINE DIRECTION VALUE"
 *   pull LINE 0|1     not answered
 *   watch             from now on, each change of a line is told like "get"
 *
 * DIRECTION is unused, output or input, as the guest has made it.  A command
 * that makes no sense is answered with "error: " and the reason.
 */

#ifndef DAEMONS_GPIO_CONTROL_H
#define DAEMONS_GPIO_CONTROL_H

struct vb_loop;
struct vd_gpio_backend;

/**
 * gpio_control_new() - make the socket
 * @loop:    of the guest that has the lines
 * @backend: made by vb_gpio_sim_new(), and not observed.  What is made here
 *           ends with it
 * @path:    where
 *
 * Return: 0, or a negative errno.  The reason has been logged.
 */
int gpio_control_new(struct vb_loop *loop, struct vd_gpio_backend *backend,
		     const char *path);

#endif
