/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a sound device: how far each stream has got, and, if the driver
 * has controls, how loud it is.
 *
 * What the old host has of a message but did not play is played by the new one;
 * what it did play is not played again.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

#define TAG_STREAMS 1
#define TAG_VOLUMES 2

/**
 * struct saved_stream - a stream in the state
 * @params: as the driver has set them; not looked at while @state is VD_SND_NEW
 * @state:  an enum vd_snd_state
 * @ahead:  so many bytes of messages that were put back are done with
 */
struct saved_stream {
	struct virtio_snd_pcm_set_params params;
	uint32_t state;
	uint32_t ahead;
};

/**
 * struct saved_volume - how loud a stream is
 * @volume: in steps
 * @mute:   0 or 1
 */
struct saved_volume {
	uint32_t volume;
	uint32_t mute;
};

size_t vd_snd_state_size(const struct vd_device *device)
{
	const struct vd_sound *sound =
		container_of(device, const struct vd_sound, device);

	return (size_t)2 * VD_STATE_RECORD +
	       sound->backend->n_streams * (sizeof(struct saved_stream) +
					    sizeof(struct saved_volume));
}

/*
 * Of messages that are held nothing is said: it would soon be wrong.  They are
 * passed over, or recorded again, if this process ends before it has put them
 * back.
 */
static uint32_t bytes_ahead(const struct vd_snd_stream *stream)
{
	uint64_t position =
		vd_snd_is_playback(stream) ? stream->consumed : stream->moved;

	return !stream->head && position > stream->completed
		       ? (uint32_t)(position - stream->completed)
		       : 0;
}

static struct saved_stream save_stream(const struct vd_snd_stream *stream)
{
	const struct vd_sound_params *params = &stream->params;
	uint32_t xruns = stream->xruns ? 1U << VIRTIO_SND_PCM_F_EVT_XRUNS : 0;

	return (struct saved_stream){
		.params = {
			.buffer_bytes = htole32(params->buffer_bytes),
			.period_bytes = htole32(params->period_bytes),
			.features = htole32(xruns),
			.channels = params->channels,
			.format = params->format,
			.rate = params->rate,
		},
		.state = htole32(stream->state),
		.ahead = htole32(stream->state >= VD_SND_PREPARED
					 ? bytes_ahead(stream)
					 : 0),
	};
}

void vd_snd_save(struct vd_device *device, struct vd_state_writer *writer)
{
	struct vd_sound *sound = container_of(device, struct vd_sound, device);
	uint32_t n = sound->backend->n_streams;

	uint8_t *at = vd_state_room(writer, TAG_STREAMS,
				    n * sizeof(struct saved_stream));

	for (uint32_t i = 0; at && i < n; i++) {
		struct saved_stream saved = save_stream(&sound->streams[i]);

		memcpy(at + i * sizeof(saved), &saved, sizeof(saved));
	}

	if (!sound->controls)
		return;
	at = vd_state_room(writer, TAG_VOLUMES,
			   n * sizeof(struct saved_volume));
	for (uint32_t i = 0; at && i < n; i++) {
		const struct saved_volume saved = {
			.volume = htole32(sound->streams[i].volume),
			.mute = htole32(sound->streams[i].mute),
		};

		memcpy(at + i * sizeof(saved), &saved, sizeof(saved));
	}
}

static int load_stream(struct vd_sound *sound, uint32_t id, const void *data)
{
	struct saved_stream saved;
	uint32_t state;

	memcpy(&saved, data, sizeof(saved));
	state = le32toh(saved.state);
	if (state > VD_SND_STOPPED)
		return -EBADMSG;
	if (state == VD_SND_NEW)
		return 0;

	return vd_snd_pcm_restore(sound, &sound->streams[id], &saved.params,
				  (enum vd_snd_state)state,
				  le32toh(saved.ahead));
}

static int load_volume(struct vd_sound *sound, uint32_t id, const void *data)
{
	struct saved_volume saved;

	memcpy(&saved, data, sizeof(saved));
	if (le32toh(saved.mute) > 1)
		return -EBADMSG;

	return vd_snd_volume_restore(sound, &sound->streams[id],
				     le32toh(saved.volume), saved.mute != 0);
}

/* The host has to have as many streams here. */
static int load_all(struct vd_sound *sound,
		    const struct vd_state_record *record, size_t size,
		    int (*load)(struct vd_sound *sound, uint32_t id,
				const void *data))
{
	int r = 0;

	if (record->len != sound->backend->n_streams * size)
		return -EBADMSG;

	for (uint32_t i = 0; r == 0 && i < sound->backend->n_streams; i++)
		r = load(sound, i, record->data + i * size);

	return r;
}

int vd_snd_load(struct vd_device *device, struct vd_state_reader *reader)
{
	struct vd_sound *sound = container_of(device, struct vd_sound, device);
	struct vd_state_record record;
	int r;

	while ((r = vd_state_next(reader, &record)) > 0) {
		if (record.tag == TAG_STREAMS)
			r = load_all(sound, &record,
				     sizeof(struct saved_stream), load_stream);
		else if (record.tag == TAG_VOLUMES)
			r = load_all(sound, &record,
				     sizeof(struct saved_volume), load_volume);
		else if (!(record.tag & VD_STATE_OPTIONAL))
			r = -EBADMSG;
		if (r < 0)
			return r;
	}

	return r;
}
