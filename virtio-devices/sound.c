/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound device (virtio 1.3, section 5.14).
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

static struct vd_sound *to_sound(struct vd_device *device)
{
	return container_of(device, struct vd_sound, device);
}

void vd_snd_schedule(struct vd_sound *sound)
{
	uint64_t deadline = VD_NEVER;
	uint64_t bits = sound->prepared[VD_SOUND_PLAYBACK] |
			sound->prepared[VD_SOUND_CAPTURE];

	while (bits) {
		struct vd_snd_stream *stream = vd_snd_pick(sound, &bits);
		uint64_t when = vd_snd_stream_deadline(sound, stream);

		deadline = VD_MIN(deadline, when);
	}

	sound->device.deadline = deadline;
	vd_snd_choose_kicks(sound);
}

static bool sound_kick(struct vd_device *device, unsigned int index)
{
	struct vd_sound *sound = to_sound(device);

	switch (index) {
	case VIRTIO_SND_VQ_CONTROL:
		vd_snd_control_kick(sound);
		break;
	case VIRTIO_SND_VQ_EVENT:
		break;
	case VIRTIO_SND_VQ_TX:
		vd_snd_take(sound, VD_SOUND_PLAYBACK);
		break;
	default:
		vd_snd_take(sound, VD_SOUND_CAPTURE);
		break;
	}

	/* Whatever queue it is: there may be buffers for what is pending. */
	vd_snd_tell(sound);
	vd_snd_schedule(sound);

	return false;
}

static void sound_tick(struct vd_device *device)
{
	struct vd_sound *sound = to_sound(device);
	uint64_t bits = sound->prepared[VD_SOUND_PLAYBACK] |
			sound->prepared[VD_SOUND_CAPTURE];

	vd_snd_look(sound, VD_SOUND_PLAYBACK);
	vd_snd_look(sound, VD_SOUND_CAPTURE);
	while (bits) {
		struct vd_snd_stream *stream = vd_snd_pick(sound, &bits);

		if (stream->state == VD_SND_RUNNING)
			vd_snd_stream_serve(sound, stream);
	}

	vd_snd_schedule(sound);
}

static void sound_stop(struct vd_device *device, unsigned int index)
{
	struct vd_sound *sound = to_sound(device);

	if (index == VIRTIO_SND_VQ_TX)
		vd_snd_let_go(sound, VD_SOUND_PLAYBACK);
	if (index == VIRTIO_SND_VQ_RX)
		vd_snd_let_go(sound, VD_SOUND_CAPTURE);
	/* Of messages that were put back, part may be done with. */
	device->changed = true;
	vd_snd_schedule(sound);
}

static void sound_reset(struct vd_device *device)
{
	struct vd_sound *sound = to_sound(device);

	for (uint32_t i = 0; i < sound->backend->n_streams; i++) {
		struct vd_snd_stream *stream = &sound->streams[i];

		vd_snd_pcm_drop(sound, stream);
		vd_snd_set_state(sound, stream, VD_SND_NEW);
		vd_snd_volume_reset(sound, stream);
	}
	sound->events = (struct vd_snd_events){ 0 };
}

static int sound_set_features(struct vd_device *device, uint64_t features)
{
	to_sound(device)->controls = features & VD_BIT(SND_F_CTLS);

	return 0;
}

static void sound_get_config(struct vd_device *device, void *config)
{
	struct vd_sound *sound = to_sound(device);
	struct vd_sound_backend *backend = sound->backend;
	const uint32_t numbers[] = {
		htole32(backend->n_jacks),
		htole32(backend->n_streams),
		htole32(backend->n_chmaps),
		htole32(backend->n_streams * VD_SND_CONTROLS_PER_STREAM),
	};

	memcpy(config, numbers, device->ops->config_len);
}

static void sound_destroy(struct vd_device *device)
{
	struct vd_sound *sound = to_sound(device);

	sound->backend->ops->destroy(sound->backend);
	free(sound);
}

/*
 * Buffers of the event and rx queues that the driver has not had back can be
 * filled again.  What was in the tx queue must not be played again.
 */
static const struct vd_device_ops sound_ops = {
	.name = "sound",
	.id = VIRTIO_ID_SOUND,
	.n_queues = VIRTIO_SND_VQ_MAX,
	.replayable = 1U << VIRTIO_SND_VQ_EVENT | 1U << VIRTIO_SND_VQ_RX,
	.config_len = SND_CONFIG_LEN,
	.get_config = sound_get_config,
	.set_features = sound_set_features,
	.kick = sound_kick,
	.tick = sound_tick,
	.stop = sound_stop,
	.reset = sound_reset,
	.state_size = vd_snd_state_size,
	.save = vd_snd_save,
	.load = vd_snd_load,
	.destroy = sound_destroy,
};

/* Nothing but what the other files know how to deal with. */
static bool stream_is_possible(const struct vd_sound_stream_info *info)
{
	if (info->direction > VD_SOUND_CAPTURE || !info->formats ||
	    !info->rates)
		return false;
	for (unsigned int i = 0; i < 64; i++) {
		if (info->formats >> i & 1 && !vd_snd_sample_bytes(i))
			return false;
		if (info->rates >> i & 1 && !vd_sound_rate_hz(i))
			return false;
	}

	return info->channels_min && info->channels_min <= info->channels_max &&
	       info->channels_max <= VD_SOUND_MAX_CHANNELS;
}

static bool chmap_is_possible(const struct vd_sound_chmap_info *info)
{
	return info->direction <= VD_SOUND_CAPTURE && info->channels &&
	       info->channels <= VD_SOUND_MAX_POSITIONS;
}

static bool backend_is_possible(const struct vd_sound_backend *backend)
{
	if (!backend->n_streams || backend->n_streams > VD_SOUND_MAX_STREAMS ||
	    backend->n_jacks > VD_SOUND_MAX_JACKS ||
	    backend->n_chmaps > VD_SOUND_MAX_CHMAPS)
		return false;
	for (uint32_t i = 0; i < backend->n_streams; i++) {
		if (!stream_is_possible(&backend->streams[i]))
			return false;
	}
	for (uint32_t i = 0; i < backend->n_chmaps; i++) {
		if (!chmap_is_possible(&backend->chmaps[i]))
			return false;
	}

	return true;
}

static void init_streams(struct vd_sound *sound)
{
	uint32_t n[2] = { 0 };

	for (uint32_t i = 0; i < sound->backend->n_streams; i++) {
		struct vd_snd_stream *stream = &sound->streams[i];

		stream->id = i;
		stream->info = &sound->backend->streams[i];
		stream->index = n[stream->info->direction]++;
		vd_snd_volume_init(stream);
	}
	for (uint32_t i = 0; i < sound->backend->n_jacks; i++) {
		if (sound->backend->jacks[i].connected)
			sound->connected |= VD_BIT(i);
	}
}

int vd_sound_new(struct vd_sound_backend *backend,
		 const struct vd_sound_options *options, struct vd_device **ret)
{
	const struct vd_sound_backend_ops *ops = backend->ops;
	struct vd_sound *sound;
	bool controls = options && options->controls && ops->set_volume;

	assert(ops->prepare && ops->start && ops->stop && ops->release &&
	       ops->destroy);

	if (!backend_is_possible(backend))
		return -EINVAL;

	sound = calloc(1, sizeof(*sound) +
				  backend->n_streams * sizeof(*sound->streams));
	if (!sound)
		return -ENOMEM;

	sound->ops = sound_ops;
	if (controls)
		sound->ops.config_len = SND_CONFIG_LEN_CTLS;
	vd_device_init(&sound->device, &sound->ops,
		       controls ? VD_BIT(SND_F_CTLS) : 0);
	sound->backend = backend;
	if (options)
		sound->options = *options;
	init_streams(sound);
	if (ops->attach)
		ops->attach(backend, sound);

	*ret = &sound->device;
	return 0;
}
