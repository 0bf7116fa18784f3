/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A stream of the server's is never used again for something else: making one
 * takes a fraction of a millisecond, and what was said about the old one cannot
 * be taken for news of the new one.
 */

#include "backends/pulse-stream.h"

#include <errno.h>

#include "backends/pulse-private.h"
#include "virtio-devices/util.h"

static void reconcile(struct vb_pulse_stream *stream);

void vb_pulse_forget(pa_operation **op)
{
	if (!*op)
		return;

	pa_operation_cancel(*op);
	pa_operation_unref(*op);
	*op = NULL;
}

/* It has been answered. */
void vb_pulse_answered(pa_operation **op)
{
	if (*op)
		pa_operation_unref(*op);
	*op = NULL;
}

bool vb_pulse_stream_is_ready(const struct vb_pulse_stream *stream)
{
	return stream->pa && !stream->stale && stream->ready;
}

static void discard(pa_stream **pa)
{
	if (!*pa)
		return;

	pa_stream_set_state_callback(*pa, NULL, NULL);
	pa_stream_set_write_callback(*pa, NULL, NULL);
	pa_stream_set_read_callback(*pa, NULL, NULL);
	pa_stream_set_underflow_callback(*pa, NULL, NULL);
	pa_stream_set_overflow_callback(*pa, NULL, NULL);
	pa_stream_set_latency_update_callback(*pa, NULL, NULL);
	pa_stream_set_moved_callback(*pa, NULL, NULL);
	pa_stream_set_buffer_attr_callback(*pa, NULL, NULL);
	pa_stream_disconnect(*pa);
	pa_stream_unref(*pa);
	*pa = NULL;
}

static void discard_current(struct vb_pulse_stream *stream)
{
	vb_pulse_forget(&stream->op);
	vb_pulse_forget(&stream->volume_op);
	vb_pulse_forget(&stream->info_op);
	discard(&stream->pa);
	stream->stale = false;
}

static void discard_draining(struct vb_pulse_stream *stream)
{
	vb_pulse_forget(&stream->draining_op);
	discard(&stream->draining);
}

static void old_drained(pa_stream *pa, int success, void *context)
{
	struct vb_pulse_stream *stream = context;

	(void)pa;
	(void)success;
	vb_pulse_answered(&stream->draining_op);
	stream->event(stream, VB_PULSE_MEND);
}

/* Let it play to its end, while another one may begin already. */
static void let_drain(struct vb_pulse_stream *stream)
{
	discard_draining(stream);
	vb_pulse_forget(&stream->op);
	stream->draining = stream->pa;
	stream->pa = NULL;
	discard_current(stream);
	pa_stream_set_state_callback(stream->draining, NULL, NULL);
	pa_stream_set_write_callback(stream->draining, NULL, NULL);
	pa_stream_set_underflow_callback(stream->draining, NULL, NULL);
	pa_stream_set_latency_update_callback(stream->draining, NULL, NULL);
	pa_stream_set_moved_callback(stream->draining, NULL, NULL);
	pa_stream_set_buffer_attr_callback(stream->draining, NULL, NULL);
	stream->draining_op =
		pa_stream_drain(stream->draining, old_drained, stream);
	if (!stream->draining_op)
		discard_draining(stream);
}

/*
 * One that has not come up yet cannot be ended, and while the server hangs the
 * requests for many would pile up: it has to be waited for.
 */
static void retire(struct vb_pulse_stream *stream)
{
	if (!stream->pa)
		return;

	if (pa_stream_get_state(stream->pa) == PA_STREAM_CREATING)
		stream->stale = true;
	else if (stream->drain && vb_pulse_stream_is_ready(stream))
		let_drain(stream);
	else
		discard_current(stream);
	stream->drain = false;
}

static void state_changed(pa_stream *pa, void *context)
{
	struct vb_pulse_stream *stream = context;

	stream->ready = pa_stream_get_state(pa) == PA_STREAM_READY;
	switch (pa_stream_get_state(pa)) {
	case PA_STREAM_READY:
		if (stream->stale) {
			stream->event(stream, VB_PULSE_MEND);
			break;
		}
		vb_pulse_stream_tell_volume(stream);
		reconcile(stream);
		break;
	case PA_STREAM_FAILED:
	case PA_STREAM_TERMINATED:
		stream->event(stream, VB_PULSE_MEND);
		break;
	default:
		break;
	}
}

static int connect_stream(struct vb_pulse_stream *stream)
{
	unsigned int flags = PA_STREAM_START_CORKED | PA_STREAM_ADJUST_LATENCY |
			     PA_STREAM_AUTO_TIMING_UPDATE;
	const struct vb_pulse_spec *spec = &stream->spec;
	pa_stream *pa = stream->pa;
	pa_cvolume volume;

	if (stream->volume_set) {
		flags |= stream->mute ? PA_STREAM_START_MUTED
				      : PA_STREAM_START_UNMUTED;
		pa_cvolume_set(&volume, spec->sample.channels,
			       vb_pulse_volume(stream->volume));
	}
	stream->volume_new = false;

	if (stream->direction == VD_SOUND_PLAYBACK)
		return pa_stream_connect_playback(
			pa, stream->device, &spec->attr,
			(pa_stream_flags_t)flags,
			stream->volume_set ? &volume : NULL, NULL);

	/* Protocols that know the volume of those that record take it later. */
	stream->volume_new = stream->volume_set;

	return pa_stream_connect_record(pa, stream->device, &spec->attr,
					(pa_stream_flags_t)flags);
}

static int make(struct vb_pulse_stream *stream, pa_context *context)
{
	pa_stream *pa;

	stream->corked = true;
	stream->ready = false;
	stream->beyond = 0;
	stream->tlength = 0;
	stream->room = 0;
	pa = pa_stream_new(context, stream->name, &stream->spec.sample,
			   &stream->spec.map);
	if (!pa)
		return -EIO;

	stream->pa = pa;
	pa_stream_set_state_callback(pa, state_changed, stream);
	vb_pulse_stream_watch_bytes(stream);
	if (connect_stream(stream) < 0) {
		discard_current(stream);
		return -EIO;
	}

	return 0;
}

static bool same_params(const struct vd_sound_params *a,
			const struct vd_sound_params *b)
{
	return a->format == b->format && a->hz == b->hz &&
	       a->channels == b->channels &&
	       a->period_bytes == b->period_bytes &&
	       a->buffer_bytes == b->buffer_bytes;
}

static bool is_untouched(const struct vb_pulse_stream *stream,
			 const struct vd_sound_params *params)
{
	return stream->pa && !stream->stale && stream->wanted &&
	       !stream->running && !stream->drain && stream->corked &&
	       stream->direction == VD_SOUND_PLAYBACK && stream->written == 0 &&
	       PA_STREAM_IS_GOOD(pa_stream_get_state(stream->pa)) &&
	       same_params(&stream->params, params);
}

int vb_pulse_stream_prepare(struct vb_pulse_stream *stream, pa_context *context,
			    const struct vd_sound_params *params)
{
	struct vb_pulse_spec spec;
	int r;

	/* Guests often prepare a stream twice before they use it. */
	if (is_untouched(stream, params))
		return 0;

	r = vb_pulse_spec_init(&spec, params, stream->direction);
	if (r < 0)
		return r;

	retire(stream);
	stream->spec = spec;
	stream->params = *params;
	stream->wanted = true;
	stream->running = false;
	stream->starved = false;
	stream->written = 0;
	stream->consumed = 0;
	stream->offset = 0;
	vb_sound_frames_init(&stream->frames, &spec.conversion,
			     params->channels);

	return stream->pa ? 0 : make(stream, context);
}

static void corked_or_drained(pa_stream *pa, int success, void *context)
{
	struct vb_pulse_stream *stream = context;

	(void)pa;
	(void)success;
	vb_pulse_answered(&stream->op);
	reconcile(stream);
}

static void drained(pa_stream *pa, int success, void *context)
{
	struct vb_pulse_stream *stream = context;

	stream->drain = false;
	if (success)
		stream->consumed = stream->written;
	stream->event(stream, VB_PULSE_PROGRESS);
	corked_or_drained(pa, success, context);
}

/* Bring the server closer to what is wanted, by one request. */
static void reconcile(struct vb_pulse_stream *stream)
{
	if (!vb_pulse_stream_is_ready(stream) || stream->op)
		return;

	if (stream->running == !stream->corked && !stream->drain)
		return;

	if (stream->drain && !stream->corked) {
		stream->op = pa_stream_drain(stream->pa, drained, stream);
		return;
	}

	/* What is to be drained has to be let go first. */
	stream->corked = !stream->running && !stream->drain;
	stream->op = pa_stream_cork(stream->pa, stream->corked,
				    corked_or_drained, stream);
}

void vb_pulse_stream_start(struct vb_pulse_stream *stream)
{
	stream->running = true;
	stream->drain = false;
	reconcile(stream);
}

void vb_pulse_stream_stop(struct vb_pulse_stream *stream, bool drain)
{
	stream->running = false;
	stream->drain = drain && stream->written > 0;
	reconcile(stream);
}

void vb_pulse_stream_release(struct vb_pulse_stream *stream)
{
	stream->wanted = false;
	stream->running = false;
	retire(stream);
}

bool vb_pulse_stream_mend(struct vb_pulse_stream *stream)
{
	pa_context *context;

	if (stream->draining &&
	    (!stream->draining_op ||
	     !PA_STREAM_IS_GOOD(pa_stream_get_state(stream->draining))))
		discard_draining(stream);
	if (!stream->pa ||
	    pa_stream_get_state(stream->pa) == PA_STREAM_CREATING)
		return true;

	if (!PA_STREAM_IS_GOOD(pa_stream_get_state(stream->pa))) {
		bool wanted = stream->wanted;

		discard_current(stream);
		stream->wanted = false;
		return !wanted;
	}
	if (!stream->stale)
		return true;

	context = pa_stream_get_context(stream->pa);
	discard_current(stream);

	return !stream->wanted || make(stream, context) == 0;
}

void vb_pulse_stream_drop(struct vb_pulse_stream *stream)
{
	discard_draining(stream);
	discard_current(stream);
	stream->wanted = false;
	stream->running = false;
	stream->drain = false;
}
