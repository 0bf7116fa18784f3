/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The tables that every sound backend shows to its device.
 *
 * All streams are in one function group, so that a guest has one sound card
 * with one PCM device, of which as many programs can use a stream as there are:
 * with Linux, these are its subdevices.
 */

#ifndef BACKENDS_SOUND_STREAMS_H
#define BACKENDS_SOUND_STREAMS_H

#include <stdint.h>

#include "virtio-devices/sound-backend.h"

/* The most channels that a stream has: 7.1, as much as ALSA has names for. */
#define VB_SOUND_MAX_CHANNELS 8

/* Every rate that the specification knows. */
#define VB_SOUND_ALL_RATES 0xffffU

/* Maps for 1, 2, 4, 6 and 8 channels, in both directions. */
#define VB_SOUND_N_CHMAPS 10

/**
 * struct vb_sound_streams - the tables
 * @info:   of the streams: those for playback, then those for capture
 * @n:      how many there are
 * @chmaps: where the channels go
 */
struct vb_sound_streams {
	struct vd_sound_stream_info info[VD_SOUND_MAX_STREAMS];
	uint32_t n;
	struct vd_sound_chmap_info chmaps[VB_SOUND_N_CHMAPS];
};

/**
 * vb_sound_streams_init() - make tables
 * @streams:    the tables
 * @n_playback: streams of this direction
 * @n_capture:  and of that; one at least in all, and VD_SOUND_MAX_STREAMS at
 *              most
 * @formats:    VD_BIT() of each format that they have; the rates are all, and
 *              the channels as many as there are names for.  A backend can
 *              change that afterwards, in @info
 */
void vb_sound_streams_init(struct vb_sound_streams *streams,
			   uint32_t n_playback, uint32_t n_capture,
			   uint64_t formats);

/**
 * vb_sound_streams_show() - have a backend point to its tables
 * @streams: last as long as @backend
 * @backend: the backend
 */
void vb_sound_streams_show(const struct vb_sound_streams *streams,
			   struct vd_sound_backend *backend);

/**
 * vb_sound_rate_find() - which of the specification's rates is this?
 * @hz: frames a second
 *
 * Return: VIRTIO_SND_PCM_RATE_*, or -1 if it is none of them.
 */
int vb_sound_rate_find(unsigned int hz);

#endif
