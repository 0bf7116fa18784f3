/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A sound system that does what a test says, and insists that the device keeps
 * to the contract of <virtio-devices/sound-backend.h>.
 */

#ifndef TESTS_FAKE_SOUND_BACKEND_H
#define TESTS_FAKE_SOUND_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/sound-backend.h"

#define FAKE_SOUND_STREAMS 4
#define FAKE_SOUND_JACKS 2
#define FAKE_SOUND_CHMAPS 3
#define FAKE_SOUND_HEARD 65536

enum fake_sound_state {
	FAKE_SOUND_IDLE,
	FAKE_SOUND_PREPARED,
	FAKE_SOUND_RUNNING,
};

/**
 * struct fake_sound_stream - a stream of it
 * @state:      what the device has made of it
 * @lost:       the test has said so; no operation may come
 * @params:     of the last prepare
 * @n_prepares: how often that came
 * @n_stops:    likewise
 * @n_releases: likewise
 * @drained:    the last stop asked for it
 * @room:       playback: so much more it takes; SIZE_MAX: all
 * @supply:     capture: so much it can give; SIZE_MAX: any amount
 * @at_once:    moves no more than so many bytes in one call; 0: no bound
 * @moved:      bytes written or read since prepare
 * @heard:      playback: the first of all that were ever written
 * @n_heard:    how many
 * @next:       capture: the byte to come
 * @framed:     playback: insists that each byte has its place in a frame of
 *              four in its lowest two bits
 * @error:      what prepare, write and read return; 0: they succeed
 * @falls:      goes away in the next prepare
 * @latency:    what it says
 * @volume:     as it was set last
 * @mute:       likewise
 * @n_volumes:  how often that came
 */
struct fake_sound_stream {
	enum fake_sound_state state;
	bool lost;
	struct vd_sound_params params;
	unsigned int n_prepares;
	unsigned int n_stops;
	unsigned int n_releases;
	bool drained;
	size_t room;
	size_t supply;
	size_t at_once;
	uint64_t moved;
	uint8_t heard[FAKE_SOUND_HEARD];
	size_t n_heard;
	uint8_t next;
	bool framed;
	int error;
	bool falls;
	uint32_t latency;
	int volume;
	bool mute;
	unsigned int n_volumes;
};

/**
 * struct fake_sound - the sound system
 * @backend:   what the device sees.  Streams 0 and 2 play, 1 and 3 record
 * @infos:     may be changed before the device is made
 * @jacks:     likewise
 * @chmaps:    likewise
 * @sound:     the device, for what comes up
 * @streams:   see above
 * @destroyed: the device let go of it
 */
struct fake_sound {
	struct vd_sound_backend backend;
	struct vd_sound_stream_info infos[FAKE_SOUND_STREAMS];
	struct vd_sound_jack_info jacks[FAKE_SOUND_JACKS];
	struct vd_sound_chmap_info chmaps[FAKE_SOUND_CHMAPS];
	struct vd_sound *sound;
	struct fake_sound_stream streams[FAKE_SOUND_STREAMS];
	bool destroyed;
};

/**
 * fake_sound_init() - one that takes all, and gives all that is asked for
 */
void fake_sound_init(struct fake_sound *fake);

#endif
