/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound that goes nowhere, and silence that comes from there.
 */

#ifndef BACKENDS_SOUND_NULL_H
#define BACKENDS_SOUND_NULL_H

#include <stdint.h>

struct vd_sound_backend;

/**
 * vb_sound_null_new() - make streams
 * @n_playback: streams to play into; the device's clock says how fast
 * @n_capture:  streams of silence; one stream at least in all
 * @ret:        the backend
 *
 * Return: 0 or -ENOMEM.
 */
int vb_sound_null_new(uint32_t n_playback, uint32_t n_capture,
		      struct vd_sound_backend **ret);

#endif
