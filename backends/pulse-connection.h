/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the files about a guest's connection to a sound server share.
 */

#ifndef BACKENDS_PULSE_CONNECTION_H
#define BACKENDS_PULSE_CONNECTION_H

#include <pulse/context.h>
#include <pulse/operation.h>
#include <stdbool.h>
#include <stdint.h>

#include "backends/loop.h"
#include "backends/pulse-mainloop.h"
#include "backends/pulse-stream.h"
#include "backends/sound-pulse.h"
#include "backends/sound-streams.h"
#include "virtio-devices/sound-backend.h"

/* Playback and capture. */
#define VB_PULSE_N_DIRECTIONS 2

/**
 * struct vb_pulse_channel - a stream, as the backend sees it
 * @stream: what it is made of
 * @pulse:  the backend
 * @index:  its number
 * @lost:   the device was told that it is lost
 * @told:   playback: and that it has got so far
 */
struct vb_pulse_channel {
	struct vb_pulse_stream stream;
	struct vb_pulse *pulse;
	uint32_t index;
	bool lost;
	uint64_t told;
};

/**
 * struct vb_pulse_end - where all streams of a direction end
 * @pulse:   the backend
 * @looking: a question whether it is there
 * @missing: it is not, and that was told
 */
struct vb_pulse_end {
	struct vb_pulse *pulse;
	pa_operation *looking;
	bool missing;
};

/**
 * struct vb_pulse - a guest's connection
 * @backend:  what the device sees
 * @tables:   its tables
 * @config:   see there
 * @name:     @config's, copied
 * @loop:     the guest's
 * @mainloop: the same, for libpulse
 * @sound:    the device, once it is known
 * @context:  the connection, or NULL
 * @ends:     of each direction
 * @mending:  something has broken
 * @retry:    look again for what is missing
 * @wait:     how long until then
 * @away:     the server is, and that was told
 * @channels: as many as in @tables
 */
struct vb_pulse {
	struct vd_sound_backend backend;
	struct vb_sound_streams tables;
	struct vb_sound_pulse_config config;
	char *name;
	struct vb_loop *loop;
	struct vb_pulse_mainloop mainloop;
	struct vd_sound *sound;
	pa_context *context;
	struct vb_pulse_end ends[VB_PULSE_N_DIRECTIONS];
	struct vb_deferred mending;
	struct vb_timer retry;
	uint64_t wait;
	bool away;
	struct vb_pulse_channel channels[];
};

/**
 * vb_pulse_connection_init() - get ready
 * @pulse: has its loop and its configuration
 */
void vb_pulse_connection_init(struct vb_pulse *pulse);

/**
 * vb_pulse_connect() - connect to the server, now or when there is one
 * @pulse: with no connection
 */
void vb_pulse_connect(struct vb_pulse *pulse);

/**
 * vb_pulse_disconnect() - the opposite
 * @pulse: no harm if it is not connected
 */
void vb_pulse_disconnect(struct vb_pulse *pulse);

/**
 * vb_pulse_lose() - tell the device that a stream is lost
 * @channel: the stream; has nothing of the server's any more
 */
void vb_pulse_lose(struct vb_pulse_channel *channel);

/**
 * vb_pulse_try_again() - look for what is missing, in a while
 * @pulse: the backend
 */
void vb_pulse_try_again(struct vb_pulse *pulse);

#endif
