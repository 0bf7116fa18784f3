/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which kicks are of any use.
 *
 * A stream that runs is called about once in each period, by its host or by our
 * own clock.  If it can do nothing about a new message before that, a kick would
 * only wake us once more.  So then there are to be none, and whenever something
 * else wakes us we look for messages.
 */

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

static bool has_room(const struct vd_sound *sound,
		     const struct vd_snd_stream *stream)
{
	struct vd_sound_backend *backend = sound->backend;

	return !backend->ops->room || backend->ops->room(backend, stream->id);
}

/*
 * Will something wake us, before which a new message is of no use?  With a
 * message in our hands, the host owes us a report, or our clock will strike.
 */
static bool is_busy(const struct vd_sound *sound,
		    const struct vd_snd_stream *stream)
{
	if (stream->state != VD_SND_RUNNING || !stream->head)
		return false;
	if (vd_snd_stream_own_pace(sound, stream) ||
	    !vd_snd_is_playback(stream))
		return true;

	return stream->cursor || !has_room(sound, stream);
}

/* One that is prepared and does not run is waiting for its driver. */
static bool all_are_busy(struct vd_sound *sound,
			 enum vd_sound_direction direction)
{
	uint64_t bits = sound->prepared[direction];

	if (!bits)
		return false;
	while (bits) {
		if (!is_busy(sound, vd_snd_pick(sound, &bits)))
			return false;
	}

	return true;
}

static void choose(struct vd_sound *sound, enum vd_sound_direction direction)
{
	unsigned int index = vd_snd_queue_of(direction);
	bool quiet = all_are_busy(sound, direction);

	if (quiet == sound->quiet[direction])
		return;

	sound->quiet[direction] = quiet;
	if (vd_queue_set_kicks(sound->device.queues[index], !quiet))
		sound->device.again |= 1U << index;
}

void vd_snd_choose_kicks(struct vd_sound *sound)
{
	choose(sound, VD_SOUND_PLAYBACK);
	choose(sound, VD_SOUND_CAPTURE);
}

void vd_snd_look(struct vd_sound *sound, enum vd_sound_direction direction)
{
	if (sound->quiet[direction])
		vd_snd_take(sound, direction);
}
