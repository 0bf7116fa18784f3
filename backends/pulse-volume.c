/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The volume of a stream, which the guest and the host's mixer both can change.
 */

#include <pulse/introspect.h>

#include "backends/pulse-private.h"
#include "backends/pulse-stream.h"

static void volume_told(pa_context *context, int success, void *data)
{
	struct vb_pulse_stream *stream = data;

	(void)context;
	(void)success;
	vb_pulse_answered(&stream->volume_op);
	if (stream->volume_new)
		vb_pulse_stream_tell_volume(stream);
}

/* The server looks at them in order, so the answer to the last one is enough. */
static void tell(struct vb_pulse_stream *stream)
{
	pa_context *context = pa_stream_get_context(stream->pa);
	uint32_t index = pa_stream_get_index(stream->pa);
	pa_operation *first;
	pa_cvolume volume;

	pa_cvolume_set(&volume, stream->spec.sample.channels,
		       vb_pulse_volume(stream->volume));
	if (stream->direction == VD_SOUND_PLAYBACK) {
		first = pa_context_set_sink_input_volume(context, index,
							 &volume, NULL, NULL);
		stream->volume_op = pa_context_set_sink_input_mute(
			context, index, stream->mute, volume_told, stream);
	} else {
		first = pa_context_set_source_output_volume(
			context, index, &volume, NULL, NULL);
		stream->volume_op = pa_context_set_source_output_mute(
			context, index, stream->mute, volume_told, stream);
	}
	if (first)
		pa_operation_unref(first);
}

/* What it says is no news if the guest has said it. */
static void learned(struct vb_pulse_stream *stream, const pa_cvolume *cvolume,
		    bool mute)
{
	pa_volume_t volume = pa_cvolume_max(cvolume);

	if (stream->volume_new || stream->volume_op)
		return;
	if (stream->volume_set && mute == stream->mute &&
	    volume == vb_pulse_volume(stream->volume))
		return;

	stream->volume = vb_pulse_hundredths(volume);
	stream->mute = mute;
	stream->event(stream, VB_PULSE_VOLUME);
}

static void ask(struct vb_pulse_stream *stream);

static void info_ended(struct vb_pulse_stream *stream)
{
	vb_pulse_answered(&stream->info_op);
	if (stream->info_again)
		ask(stream);
}

static void sink_input_info(pa_context *context, const pa_sink_input_info *info,
			    int eol, void *data)
{
	struct vb_pulse_stream *stream = data;

	(void)context;
	if (eol)
		info_ended(stream);
	else if (info->has_volume)
		learned(stream, &info->volume, info->mute);
}

static void source_output_info(pa_context *context,
			       const pa_source_output_info *info, int eol,
			       void *data)
{
	struct vb_pulse_stream *stream = data;

	(void)context;
	if (eol)
		info_ended(stream);
	else if (info->has_volume)
		learned(stream, &info->volume, info->mute);
}

static void ask(struct vb_pulse_stream *stream)
{
	pa_context *context = pa_stream_get_context(stream->pa);
	uint32_t index = pa_stream_get_index(stream->pa);

	stream->info_again = false;
	if (stream->direction == VD_SOUND_PLAYBACK)
		stream->info_op = pa_context_get_sink_input_info(
			context, index, sink_input_info, stream);
	else
		stream->info_op = pa_context_get_source_output_info(
			context, index, source_output_info, stream);
}

void vb_pulse_stream_tell_volume(struct vb_pulse_stream *stream)
{
	if (!stream->volumes || !vb_pulse_stream_is_ready(stream))
		return;

	if (stream->volume_new && !stream->volume_op) {
		stream->volume_new = false;
		tell(stream);
	} else if (!stream->volume_set && !stream->info_op) {
		ask(stream);
	}
}

void vb_pulse_stream_set_volume(struct vb_pulse_stream *stream, int volume,
				bool mute)
{
	stream->volume = volume;
	stream->mute = mute;
	stream->volume_set = true;
	stream->volume_new = true;
	vb_pulse_stream_tell_volume(stream);
}

void vb_pulse_stream_changed(struct vb_pulse_stream *stream, uint32_t index)
{
	if (!stream->volumes || !vb_pulse_stream_is_ready(stream) ||
	    pa_stream_get_index(stream->pa) != index)
		return;

	stream->info_again = true;
	if (!stream->info_op)
		ask(stream);
}
