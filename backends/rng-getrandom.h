/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The host kernel's random number generator as a source of entropy.  It needs
 * no file, and so no access to any.
 */

#ifndef BACKENDS_RNG_GETRANDOM_H
#define BACKENDS_RNG_GETRANDOM_H

struct vb_loop;
struct vb_rng_events;
struct vd_rng_backend;

/**
 * vb_rng_getrandom_new() - make a source
 * @loop:   the device's
 * @events: copied
 * @ret:    the source
 *
 * Return: 0 or -ENOMEM.
 */
int vb_rng_getrandom_new(struct vb_loop *loop,
			 const struct vb_rng_events *events,
			 struct vd_rng_backend **ret);

#endif
