/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound through a PulseAudio server, or PipeWire's stand-in for one.
 *
 * Each guest has a connection of its own.  It is made anew for as long as it
 * takes whenever it is lost; meanwhile the guest plays into nothing.
 */

#ifndef BACKENDS_SOUND_PULSE_H
#define BACKENDS_SOUND_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio-devices/sound-backend.h"

struct vb_loop;

/**
 * struct vb_sound_pulse_events - whom the backend tells how it is getting on
 * @server:  the server cannot be reached, for this reason; or NULL: it is there
 * @device:  it has no sink (or source) as it was asked for, for this reason; or
 *           NULL: it has one now
 * @context: for both
 *
 * Called when it changes.
 */
struct vb_sound_pulse_events {
	void (*server)(void *context, const char *problem);
	void (*device)(void *context, enum vd_sound_direction direction,
		       const char *problem);
	void *context;
};

/**
 * struct vb_sound_pulse_config - which server, and what it is told
 * @server:     as in PULSE_SERVER; NULL for the user's own
 * @sink:       to play into; NULL for the default
 * @source:     to record from; NULL for the default
 * @name:       what mixers call the guest
 * @n_playback: streams of this direction
 * @n_capture:  and of that; one at least in all
 * @volumes:    the streams' volumes are the guest's affair, too
 * @events:     whom to tell
 */
struct vb_sound_pulse_config {
	const char *server;
	const char *sink;
	const char *source;
	const char *name;
	uint32_t n_playback;
	uint32_t n_capture;
	bool volumes;
	struct vb_sound_pulse_events events;
};

/**
 * vb_sound_pulse_new() - make streams; a server need not be there
 * @loop:   the guest's
 * @config: copied, the name too; the other strings have to last as long as the
 *          backend
 * @ret:    the backend
 *
 * Return: 0 or -ENOMEM.
 */
int vb_sound_pulse_new(struct vb_loop *loop,
		       const struct vb_sound_pulse_config *config,
		       struct vd_sound_backend **ret);

#endif
