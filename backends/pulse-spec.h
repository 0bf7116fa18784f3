/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a stream of the sound device is in the terms of libpulse.
 */

#ifndef BACKENDS_PULSE_SPEC_H
#define BACKENDS_PULSE_SPEC_H

#include <pulse/channelmap.h>
#include <pulse/def.h>
#include <pulse/sample.h>
#include <pulse/volume.h>
#include <stdint.h>

#include "backends/sound-convert.h"
#include "virtio-devices/sound-backend.h"

/**
 * struct vb_pulse_spec - what a stream carries, and how it is buffered
 * @conversion: from the guest's samples to the server's
 * @sample:     format, rate and channels
 * @map:        where the channels go
 * @attr:       how much is buffered
 */
struct vb_pulse_spec {
	struct vb_sound_conversion conversion;
	pa_sample_spec sample;
	pa_channel_map map;
	pa_buffer_attr attr;
};

/**
 * vb_pulse_formats() - what guests can use
 *
 * Return: VD_BIT() of each format.
 */
uint64_t vb_pulse_formats(void);

/**
 * vb_pulse_spec_init() - translate
 * @spec:      the result
 * @params:    the guest's wishes
 * @direction: of the stream
 *
 * Return: 0, or -ENOTSUP if libpulse has nothing like it.
 */
int vb_pulse_spec_init(struct vb_pulse_spec *spec,
		       const struct vd_sound_params *params,
		       enum vd_sound_direction direction);

/**
 * vb_pulse_volume() - what libpulse calls a volume
 * @volume: in hundredths of a decibel
 */
pa_volume_t vb_pulse_volume(int volume);

/**
 * vb_pulse_hundredths() - the opposite
 * @volume: as libpulse has it
 *
 * Return: between VD_SOUND_VOLUME_MIN and VD_SOUND_VOLUME_MAX.
 */
int vb_pulse_hundredths(pa_volume_t volume);

#endif
