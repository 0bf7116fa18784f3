/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The connection to the server, which comes and goes.
 *
 * libpulse does not like to be taken apart while it calls us.  So whatever has
 * broken is mended a moment later, in a deferred call, and what is missing is
 * looked for again in a while.
 */

#include "backends/pulse-connection.h"

#include <pulse/error.h>
#include <pulse/introspect.h>
#include <pulse/proplist.h>
#include <pulse/subscribe.h>

#include "virtio-devices/util.h"

/* How long to wait before trying again; it doubles each time. */
#define MIN_WAIT (50 * VD_NSEC_PER_MSEC)
#define MAX_WAIT VD_NSEC_PER_SEC

void vb_pulse_try_again(struct vb_pulse *pulse)
{
	if (pulse->retry.loop)
		return;

	vb_timer_set(pulse->loop, &pulse->retry,
		     vb_loop_now(pulse->loop) + pulse->wait);
	pulse->wait = VD_MIN(2 * pulse->wait, MAX_WAIT);
}

void vb_pulse_lose(struct vb_pulse_channel *channel)
{
	struct vb_pulse *pulse = channel->pulse;

	vb_pulse_stream_drop(&channel->stream);
	channel->lost = true;
	vd_sound_lost(pulse->sound, channel->index, vb_loop_now(pulse->loop));
}

/* Streams of a direction may come back. */
static void found(struct vb_pulse *pulse, enum vd_sound_direction direction)
{
	for (uint32_t i = 0; i < pulse->tables.n; i++) {
		struct vb_pulse_channel *channel = &pulse->channels[i];

		if (!channel->lost || channel->stream.direction != direction)
			continue;
		channel->lost = false;
		vd_sound_found(pulse->sound, i, vb_loop_now(pulse->loop));
	}
}

static void looked(struct vb_pulse *pulse, enum vd_sound_direction direction,
		   int eol)
{
	const struct vb_sound_pulse_events *events = &pulse->config.events;
	struct vb_pulse_end *end = &pulse->ends[direction];
	bool missing = eol < 0;
	bool news = missing != end->missing;

	/* There is one answer, and then an end of the list, or a failure. */
	if (eol == 0)
		return;

	pa_operation_unref(end->looking);
	end->looking = NULL;
	end->missing = missing;
	if (news)
		events->device(
			events->context, direction,
			missing ? pa_strerror(pa_context_errno(pulse->context))
				: NULL);
	if (missing)
		vb_pulse_try_again(pulse);
	else
		found(pulse, direction);
}

static void sink_looked(pa_context *context, const pa_sink_info *info, int eol,
			void *data)
{
	struct vb_pulse_end *end = data;

	(void)context;
	(void)info;
	looked(end->pulse, VD_SOUND_PLAYBACK, eol);
}

static void source_looked(pa_context *context, const pa_source_info *info,
			  int eol, void *data)
{
	struct vb_pulse_end *end = data;

	(void)context;
	(void)info;
	looked(end->pulse, VD_SOUND_CAPTURE, eol);
}

static bool is_needed(const struct vb_pulse *pulse,
		      enum vd_sound_direction direction)
{
	for (uint32_t i = 0; i < pulse->tables.n; i++) {
		const struct vb_pulse_channel *channel = &pulse->channels[i];

		if (channel->lost && channel->stream.direction == direction)
			return true;
	}

	return false;
}

/* A stream is not made before it is known that there is something to end at. */
static void look(struct vb_pulse *pulse)
{
	const struct vb_sound_pulse_config *config = &pulse->config;
	struct vb_pulse_end *sink = &pulse->ends[VD_SOUND_PLAYBACK];
	struct vb_pulse_end *source = &pulse->ends[VD_SOUND_CAPTURE];

	if (is_needed(pulse, VD_SOUND_PLAYBACK) && !sink->looking)
		sink->looking = pa_context_get_sink_info_by_name(
			pulse->context,
			config->sink ? config->sink : "@DEFAULT_SINK@",
			sink_looked, sink);
	if (is_needed(pulse, VD_SOUND_CAPTURE) && !source->looking)
		source->looking = pa_context_get_source_info_by_name(
			pulse->context,
			config->source ? config->source : "@DEFAULT_SOURCE@",
			source_looked, source);
}

static void something_changed(pa_context *context,
			      pa_subscription_event_type_t type, uint32_t index,
			      void *data)
{
	struct vb_pulse *pulse = data;
	enum vd_sound_direction direction =
		(type & PA_SUBSCRIPTION_EVENT_FACILITY_MASK) ==
				PA_SUBSCRIPTION_EVENT_SINK_INPUT
			? VD_SOUND_PLAYBACK
			: VD_SOUND_CAPTURE;

	(void)context;
	if ((type & PA_SUBSCRIPTION_EVENT_TYPE_MASK) !=
	    PA_SUBSCRIPTION_EVENT_CHANGE)
		return;

	for (uint32_t i = 0; i < pulse->tables.n; i++) {
		struct vb_pulse_stream *stream = &pulse->channels[i].stream;

		if (stream->direction == direction)
			vb_pulse_stream_changed(stream, index);
	}
}

static void subscribe(struct vb_pulse *pulse)
{
	pa_operation *op;

	pa_context_set_subscribe_callback(pulse->context, something_changed,
					  pulse);
	op = pa_context_subscribe(
		pulse->context,
		(pa_subscription_mask_t)(PA_SUBSCRIPTION_MASK_SINK_INPUT |
					 PA_SUBSCRIPTION_MASK_SOURCE_OUTPUT),
		NULL, NULL);
	if (op)
		pa_operation_unref(op);
}

static void connected(struct vb_pulse *pulse)
{
	const struct vb_sound_pulse_events *events = &pulse->config.events;

	pulse->wait = MIN_WAIT;
	pulse->away = false;
	events->server(events->context, NULL);
	if (pulse->config.volumes)
		subscribe(pulse);
	look(pulse);
}

static void context_changed(pa_context *context, void *data)
{
	struct vb_pulse *pulse = data;

	switch (pa_context_get_state(context)) {
	case PA_CONTEXT_READY:
		connected(pulse);
		break;
	case PA_CONTEXT_FAILED:
	case PA_CONTEXT_TERMINATED:
		vb_defer(pulse->loop, &pulse->mending);
		break;
	default:
		break;
	}
}

static pa_context *new_context(struct vb_pulse *pulse)
{
	const char *name = pulse->name;
	pa_proplist *proplist = pa_proplist_new();
	pa_context *context;

	pa_proplist_sets(proplist, PA_PROP_APPLICATION_NAME, name);
	pa_proplist_sets(proplist, PA_PROP_APPLICATION_ID,
			 "vhost-device-sound");
	pa_proplist_sets(proplist, PA_PROP_APPLICATION_ICON_NAME, "computer");
	context = pa_context_new_with_proplist(&pulse->mainloop.api, name,
					       proplist);
	pa_proplist_free(proplist);

	return context;
}

void vb_pulse_connect(struct vb_pulse *pulse)
{
	pulse->context = new_context(pulse);
	if (!pulse->context) {
		vb_pulse_try_again(pulse);
		return;
	}

	pa_context_set_state_callback(pulse->context, context_changed, pulse);
	if (pa_context_connect(pulse->context, pulse->config.server,
			       PA_CONTEXT_NOAUTOSPAWN, NULL) < 0)
		vb_defer(pulse->loop, &pulse->mending);
}

void vb_pulse_disconnect(struct vb_pulse *pulse)
{
	if (!pulse->context)
		return;

	for (size_t i = 0; i < VB_PULSE_N_DIRECTIONS; i++) {
		if (!pulse->ends[i].looking)
			continue;
		pa_operation_cancel(pulse->ends[i].looking);
		pa_operation_unref(pulse->ends[i].looking);
		pulse->ends[i].looking = NULL;
	}
	for (uint32_t i = 0; i < pulse->tables.n; i++)
		vb_pulse_stream_drop(&pulse->channels[i].stream);
	pa_context_set_state_callback(pulse->context, NULL, NULL);
	pa_context_set_subscribe_callback(pulse->context, NULL, NULL);
	pa_context_disconnect(pulse->context);
	pa_context_unref(pulse->context);
	pulse->context = NULL;
}

static void retry_fire(struct vb_timer *timer)
{
	struct vb_pulse *pulse = container_of(timer, struct vb_pulse, retry);

	if (!pulse->context)
		vb_pulse_connect(pulse);
	else if (pa_context_get_state(pulse->context) == PA_CONTEXT_READY)
		look(pulse);
}

static void server_has_gone(struct vb_pulse *pulse)
{
	const struct vb_sound_pulse_events *events = &pulse->config.events;
	const char *problem = pa_strerror(pa_context_errno(pulse->context));

	if (!pulse->away)
		events->server(events->context, problem);
	pulse->away = true;
	vb_pulse_disconnect(pulse);
	for (uint32_t i = 0; i < pulse->tables.n; i++)
		vb_pulse_lose(&pulse->channels[i]);
	vb_pulse_try_again(pulse);
}

static void mend(struct vb_deferred *deferred)
{
	struct vb_pulse *pulse =
		container_of(deferred, struct vb_pulse, mending);

	if (pulse->context &&
	    !PA_CONTEXT_IS_GOOD(pa_context_get_state(pulse->context))) {
		server_has_gone(pulse);
		return;
	}

	for (uint32_t i = 0; i < pulse->tables.n; i++) {
		struct vb_pulse_channel *channel = &pulse->channels[i];

		if (vb_pulse_stream_mend(&channel->stream))
			continue;
		vb_pulse_lose(channel);
		vb_pulse_try_again(pulse);
	}
}

void vb_pulse_connection_init(struct vb_pulse *pulse)
{
	pulse->mending.call = mend;
	pulse->retry.fire = retry_fire;
	pulse->wait = MIN_WAIT;
	pulse->ends[VD_SOUND_PLAYBACK].pulse = pulse;
	pulse->ends[VD_SOUND_CAPTURE].pulse = pulse;
	vb_pulse_mainloop_init(&pulse->mainloop, pulse->loop);
}
