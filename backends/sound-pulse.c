/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/sound-pulse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/pulse-connection.h"
#include "virtio-devices/util.h"

static struct vb_pulse *to_pulse(struct vd_sound_backend *backend)
{
	return container_of(backend, struct vb_pulse, backend);
}

static struct vb_pulse_stream *to_stream(struct vd_sound_backend *backend,
					 uint32_t index)
{
	return &to_pulse(backend)->channels[index].stream;
}

/* How far it has got, or else that there is room. */
static void tell_progress(struct vb_pulse_channel *channel)
{
	struct vb_pulse *pulse = channel->pulse;
	uint64_t position = vb_pulse_stream_position(&channel->stream);
	uint64_t now = vb_loop_now(pulse->loop);

	if (position > channel->told)
		vd_sound_consumed(pulse->sound, channel->index, position, now);
	else
		vd_sound_writable(pulse->sound, channel->index, now);
	channel->told = position;
}

static void stream_event(struct vb_pulse_stream *stream,
			 enum vb_pulse_event event)
{
	struct vb_pulse_channel *channel =
		container_of(stream, struct vb_pulse_channel, stream);
	struct vb_pulse *pulse = channel->pulse;

	switch (event) {
	case VB_PULSE_PROGRESS:
		if (stream->direction == VD_SOUND_CAPTURE)
			vd_sound_readable(pulse->sound, channel->index,
					  vb_loop_now(pulse->loop));
		else
			tell_progress(channel);
		break;
	case VB_PULSE_XRUN:
		vd_sound_xrun(pulse->sound, channel->index);
		break;
	case VB_PULSE_VOLUME:
		vd_sound_volume_changed(pulse->sound, channel->index,
					stream->volume, stream->mute);
		break;
	case VB_PULSE_MEND:
		vb_defer(pulse->loop, &pulse->mending);
		break;
	}
}

static void pulse_attach(struct vd_sound_backend *backend,
			 struct vd_sound *sound)
{
	struct vb_pulse *pulse = to_pulse(backend);

	pulse->sound = sound;
	for (uint32_t i = 0; i < pulse->tables.n; i++)
		vb_pulse_lose(&pulse->channels[i]);
	vb_pulse_connect(pulse);
}

static int pulse_prepare(struct vd_sound_backend *backend, uint32_t index,
			 const struct vd_sound_params *params)
{
	struct vb_pulse *pulse = to_pulse(backend);
	struct vb_pulse_channel *channel = &pulse->channels[index];
	int r;

	channel->told = 0;
	r = vb_pulse_stream_prepare(&channel->stream, pulse->context, params);
	if (r != -EIO)
		return r;

	/* That the server has gone is nothing that the guest could help. */
	vb_pulse_lose(channel);
	vb_pulse_try_again(pulse);

	return 0;
}

static void pulse_start(struct vd_sound_backend *backend, uint32_t index)
{
	vb_pulse_stream_start(to_stream(backend, index));
}

static void pulse_stop(struct vd_sound_backend *backend, uint32_t index,
		       bool drain)
{
	vb_pulse_stream_stop(to_stream(backend, index), drain);
}

static void pulse_release(struct vd_sound_backend *backend, uint32_t index)
{
	vb_pulse_stream_release(to_stream(backend, index));
}

static ssize_t pulse_write(struct vd_sound_backend *backend, uint32_t index,
			   const struct iovec *iov, size_t n_iov)
{
	return vb_pulse_stream_write(to_stream(backend, index), iov, n_iov);
}

static ssize_t pulse_read(struct vd_sound_backend *backend, uint32_t index,
			  const struct iovec *iov, size_t n_iov)
{
	return vb_pulse_stream_read(to_stream(backend, index), iov, n_iov);
}

static size_t pulse_room(struct vd_sound_backend *backend, uint32_t index)
{
	return vb_pulse_stream_room(to_stream(backend, index));
}

static uint32_t pulse_latency(struct vd_sound_backend *backend, uint32_t index)
{
	return vb_pulse_stream_latency(to_stream(backend, index));
}

static void pulse_set_volume(struct vd_sound_backend *backend, uint32_t index,
			     int volume, bool mute)
{
	vb_pulse_stream_set_volume(to_stream(backend, index), volume, mute);
}

static void pulse_destroy(struct vd_sound_backend *backend)
{
	struct vb_pulse *pulse = to_pulse(backend);

	vb_timer_cancel(&pulse->retry);
	vb_pulse_disconnect(pulse);
	vb_deferred_cancel(&pulse->mending);
	free(pulse->name);
	free(pulse);
}

static const struct vd_sound_backend_ops pulse_ops = {
	.name = "pulse",
	.attach = pulse_attach,
	.prepare = pulse_prepare,
	.start = pulse_start,
	.stop = pulse_stop,
	.release = pulse_release,
	.write = pulse_write,
	.read = pulse_read,
	.room = pulse_room,
	.latency = pulse_latency,
	.set_volume = pulse_set_volume,
	.destroy = pulse_destroy,
};

static void init_channel(struct vb_pulse *pulse, uint32_t index)
{
	struct vb_pulse_channel *channel = &pulse->channels[index];
	enum vd_sound_direction direction = pulse->tables.info[index].direction;
	bool plays = direction == VD_SOUND_PLAYBACK;
	uint32_t n_playback = pulse->config.n_playback;

	channel->pulse = pulse;
	channel->index = index;
	channel->stream.direction = direction;
	channel->stream.volumes = pulse->config.volumes;
	channel->stream.event = stream_event;
	channel->stream.device =
		plays ? pulse->config.sink : pulse->config.source;
	snprintf(channel->stream.name, sizeof(channel->stream.name), "%s %u",
		 plays ? "Playback" : "Capture",
		 plays ? index + 1 : index - n_playback + 1);
}

int vb_sound_pulse_new(struct vb_loop *loop,
		       const struct vb_sound_pulse_config *config,
		       struct vd_sound_backend **ret)
{
	uint32_t n = config->n_playback + config->n_capture;
	struct vb_pulse *pulse;

	pulse = calloc(1, sizeof(*pulse) + n * sizeof(pulse->channels[0]));
	if (!pulse)
		return -ENOMEM;
	pulse->name = strdup(config->name);
	if (!pulse->name) {
		free(pulse);
		return -ENOMEM;
	}

	pulse->backend.ops = &pulse_ops;
	pulse->config = *config;
	pulse->loop = loop;
	vb_pulse_connection_init(pulse);
	vb_sound_streams_init(&pulse->tables, config->n_playback,
			      config->n_capture, vb_pulse_formats());
	vb_sound_streams_show(&pulse->tables, &pulse->backend);
	for (uint32_t i = 0; i < n; i++)
		init_channel(pulse, i);

	*ret = &pulse->backend;
	return 0;
}
