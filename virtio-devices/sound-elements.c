/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Control elements of a sound device: a volume and a switch for each stream.
 * Their names are those that ALSA's mixers look for.
 *
 * A volume is in steps of half a decibel; step 0 is silence.
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

#define STEP 50
#define MAX_VOLUME \
	((uint32_t)(VD_SOUND_VOLUME_MAX - VD_SOUND_VOLUME_MIN) / STEP)

static uint32_t n_controls(const struct vd_sound *sound)
{
	return sound->controls
		       ? sound->backend->n_streams * VD_SND_CONTROLS_PER_STREAM
		       : 0;
}

static bool is_volume(uint32_t id)
{
	return id % VD_SND_CONTROLS_PER_STREAM == 0;
}

static struct vd_snd_stream *stream_of(struct vd_sound *sound, uint32_t id)
{
	return &sound->streams[id / VD_SND_CONTROLS_PER_STREAM];
}

static const char *name_of(const struct vd_snd_stream *stream, bool volume)
{
	if (vd_snd_is_playback(stream))
		return volume ? "PCM Playback Volume" : "PCM Playback Switch";

	return volume ? "Capture Volume" : "Capture Switch";
}

static void apply(struct vd_sound *sound, const struct vd_snd_stream *stream)
{
	struct vd_sound_backend *backend = sound->backend;
	int volume = VD_SOUND_VOLUME_MIN + (int)stream->volume * STEP;

	backend->ops->set_volume(backend, stream->id, volume, stream->mute);
}

/* A new device does not touch what the host has. */
void vd_snd_volume_reset(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	bool was = stream->volume == MAX_VOLUME && !stream->mute;

	stream->volume = MAX_VOLUME;
	stream->mute = false;
	if (!was && sound->backend->ops->set_volume)
		apply(sound, stream);
}

int vd_snd_volume_restore(struct vd_sound *sound, struct vd_snd_stream *stream,
			  uint32_t volume, bool mute)
{
	if (volume > MAX_VOLUME)
		return -EBADMSG;

	stream->volume = volume;
	stream->mute = mute;
	if (sound->backend->ops->set_volume)
		apply(sound, stream);

	return 0;
}

void vd_snd_volume_init(struct vd_snd_stream *stream)
{
	stream->volume = MAX_VOLUME;
}

static size_t write_element(struct vd_sound *sound, uint32_t id, void *item,
			    uint32_t size)
{
	const struct vd_snd_stream *stream = stream_of(sound, id);
	const struct vd_sound_stream_info *stream_info = stream->info;
	bool volume = is_volume(id);
	uint32_t role = volume ? SND_CTL_ROLE_VOLUME : SND_CTL_ROLE_MUTE;
	uint32_t access = SND_CTL_ACCESS_READ | SND_CTL_ACCESS_WRITE |
			  (volume ? SND_CTL_ACCESS_TLV_READ : 0);
	struct snd_ctl_info info = {
		.hda_fn_nid = htole32(stream_info->nid),
		.role = htole32(role << 1 | stream_info->direction),
		.type = htole32(volume ? SND_CTL_TYPE_INTEGER
				       : SND_CTL_TYPE_BOOLEAN),
		.access = htole32(access),
		.count = htole32(1),
		.index = htole32(stream->index),
	};
	const struct snd_ctl_integer range = {
		.max = htole32(volume ? MAX_VOLUME : 1),
		.step = htole32(1),
	};
	size_t at = size < SND_CTL_INFO_SIZE ? sizeof(info) : sizeof(info) + 4;
	const char *name = name_of(stream, volume);

	memcpy(info.name, name, strlen(name));
	memcpy(item, &info, sizeof(info));
	memcpy((char *)item + at, &range, sizeof(range));

	return VD_MIN(size, (uint32_t)SND_CTL_INFO_SIZE);
}

uint32_t vd_snd_ctl_info(struct vd_sound *sound,
			 const union vd_snd_request *request,
			 struct vd_chain *chain)
{
	const struct vd_snd_items elements = {
		.n = n_controls(sound),
		.min_size = SND_CTL_INFO_SIZE_I386,
		.write = write_element,
	};

	if (!sound->controls)
		return VIRTIO_SND_S_NOT_SUPP;

	return vd_snd_answer_items(sound, &elements, request, chain);
}

/* Is there such a control at all? */
static uint32_t check(const struct vd_sound *sound,
		      const union vd_snd_request *request)
{
	if (!sound->controls)
		return VIRTIO_SND_S_NOT_SUPP;
	if (le32toh(request->ctl.control_id) >= n_controls(sound))
		return VIRTIO_SND_S_BAD_MSG;

	return VIRTIO_SND_S_OK;
}

/* No control is enumerated, and none can be written or told what to do by TLV. */
uint32_t vd_snd_ctl_refuse(struct vd_sound *sound,
			   const union vd_snd_request *request,
			   struct vd_chain *chain)
{
	uint32_t status = check(sound, request);

	(void)chain;
	return status == VIRTIO_SND_S_OK ? VIRTIO_SND_S_NOT_SUPP : status;
}

/* A value has 512 bytes, of which four count; a driver may want fewer. */
uint32_t vd_snd_ctl_read(struct vd_sound *sound,
			 const union vd_snd_request *request,
			 struct vd_chain *chain)
{
	uint32_t id = le32toh(request->ctl.control_id), value;
	uint32_t status = check(sound, request);
	size_t size;

	if (status != VIRTIO_SND_S_OK)
		return status;
	if (chain->writable.left < sizeof(value))
		return VIRTIO_SND_S_BAD_MSG;

	value = is_volume(id) ? stream_of(sound, id)->volume
			      : !stream_of(sound, id)->mute;
	value = htole32(value);
	size = VD_MIN(chain->writable.left, (size_t)SND_CTL_VALUE_SIZE);
	(void)vd_chain_write(chain, &value, sizeof(value));
	(void)vd_chain_fill(chain, size - sizeof(value));

	return VIRTIO_SND_S_OK;
}

uint32_t vd_snd_ctl_write(struct vd_sound *sound,
			  const union vd_snd_request *request,
			  struct vd_chain *chain)
{
	uint32_t id = le32toh(request->ctl.control_id), value;
	uint32_t status = check(sound, request);
	struct vd_snd_stream *stream;

	if (status != VIRTIO_SND_S_OK)
		return status;
	if (vd_chain_read(chain, &value, sizeof(value)) < 0)
		return VIRTIO_SND_S_BAD_MSG;
	value = le32toh(value);
	if (value > (is_volume(id) ? MAX_VOLUME : 1))
		return VIRTIO_SND_S_BAD_MSG;

	stream = stream_of(sound, id);
	if (is_volume(id))
		stream->volume = value;
	else
		stream->mute = !value;
	apply(sound, stream);

	return VIRTIO_SND_S_OK;
}

/* As much of it as there is room for. */
uint32_t vd_snd_ctl_tlv_read(struct vd_sound *sound,
			     const union vd_snd_request *request,
			     struct vd_chain *chain)
{
	const struct snd_ctl_tlv scale = {
		.type = htole32(SND_CTL_TLV_DB_SCALE),
		.length = htole32(sizeof(scale.value)),
		.value = { htole32((uint32_t)VD_SOUND_VOLUME_MIN),
			   htole32(STEP | SND_CTL_TLV_DB_SCALE_MUTE) },
	};
	uint32_t status = check(sound, request);
	size_t size = VD_MIN(chain->writable.left, sizeof(scale));

	if (status != VIRTIO_SND_S_OK)
		return status;
	if (!is_volume(le32toh(request->ctl.control_id)))
		return VIRTIO_SND_S_NOT_SUPP;

	(void)vd_chain_write(chain, &scale, size);

	return VIRTIO_SND_S_OK;
}

/* The step that is nearest, but silence only for silence. */
static uint32_t step_of(int volume)
{
	if (volume <= VD_SOUND_VOLUME_MIN)
		return 0;
	if (volume >= VD_SOUND_VOLUME_MAX)
		return MAX_VOLUME;

	return VD_MAX(
		(uint32_t)(volume - VD_SOUND_VOLUME_MIN + STEP / 2) / STEP, 1U);
}

void vd_sound_volume_changed(struct vd_sound *sound, uint32_t id, int volume,
			     bool mute)
{
	struct vd_snd_stream *stream = &sound->streams[id];
	uint32_t step = step_of(volume);

	assert(id < sound->backend->n_streams);
	if (step != stream->volume && sound->controls)
		sound->events.volumes |= VD_BIT(id);
	if (mute != stream->mute && sound->controls)
		sound->events.mutes |= VD_BIT(id);
	stream->volume = step;
	stream->mute = mute;
	sound->device.changed = true;
	vd_snd_tell(sound);
	vd_device_flush(&sound->device);
}
