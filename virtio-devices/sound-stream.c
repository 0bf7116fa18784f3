/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The pace of a stream.
 *
 * A message goes back when the host is done with its bytes.  If the host reports
 * one message after another, that is all.  But a host may work in blocks: if it
 * takes three periods at once, the driver shall still see one after another.
 * Then none goes back before our own clock says that its time has come.
 *
 * The clock follows the host: it runs at the nominal rate, faster the further it
 * lags behind, and never more than a period ahead; or two, while the host reports
 * one message after another, so that a report that was late does not make others
 * late, too.  However late we are, no more than two messages go back at once.
 *
 * Where no host sets a pace, the clock does alone, and makes up for lost time at
 * no more than twice the rate.
 */

#include <assert.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

/*
 * A host that has not moved for so long hangs.  ALSA gives up after ten times
 * that; on a busy machine servers have been seen to take half of it.
 */
#define STALL VD_NSEC_PER_SEC

/*
 * A lag is made up for in about this fraction of a second.  Shorter, and blocks
 * of a host would show; longer, and they would eat up the driver's buffer.
 */
#define CATCH_UP_HZ 5

bool vd_snd_stream_own_pace(const struct vd_sound *sound,
			    const struct vd_snd_stream *stream)
{
	return stream->lost || stream->stalled || sound->backend->clockless;
}

uint64_t vd_snd_stream_limit(const struct vd_sound *sound,
			     const struct vd_snd_stream *stream)
{
	if (vd_snd_stream_own_pace(sound, stream))
		return stream->queued;

	return vd_snd_is_playback(stream) ? stream->consumed : stream->moved;
}

/* Messages go back with the host's reports. */
static bool is_prompt(const struct vd_sound *sound,
		      const struct vd_snd_stream *stream)
{
	return stream->prompt && !vd_snd_stream_own_pace(sound, stream);
}

static uint64_t nominal_speed(const struct vd_snd_stream *stream)
{
	return (uint64_t)stream->params.hz * stream->params.frame_bytes;
}

static uint64_t speed_of(const struct vd_sound *sound,
			 const struct vd_snd_stream *stream)
{
	uint64_t nominal = nominal_speed(stream);
	uint64_t limit = vd_snd_stream_limit(sound, stream), lag = 0;

	if (!vd_snd_stream_own_pace(sound, stream) &&
	    limit > stream->clock.position)
		lag = limit - stream->clock.position;

	return nominal + VD_MIN(nominal, lag * CATCH_UP_HZ);
}

void vd_snd_stream_advance(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	uint64_t ahead = is_prompt(sound, stream) ? 2 : 1;
	uint64_t cap = vd_snd_stream_limit(sound, stream) +
		       ahead * stream->params.period_bytes;

	if (stream->state == VD_SND_RUNNING)
		vd_snd_clock_advance(&stream->clock, speed_of(sound, stream),
				     cap, sound->device.now);
}

void vd_snd_stream_skip(struct vd_snd_stream *stream, uint64_t position)
{
	uint64_t n;

	if (position <= stream->moved)
		return;

	n = position - stream->moved;
	stream->moved += n;
	stream->consumed += n;
}

/* Is there something that the host should be doing? */
static bool has_work(const struct vd_sound *sound,
		     const struct vd_snd_stream *stream)
{
	return stream->state == VD_SND_RUNNING && stream->head &&
	       stream->queued > vd_snd_stream_limit(sound, stream);
}

/* Each report puts off the time; a timer that follows it would cost more. */
static uint64_t watch_until(const struct vd_sound *sound,
			    struct vd_snd_stream *stream)
{
	if (stream->watch <= sound->device.now)
		stream->watch = stream->progress + STALL;

	return stream->watch;
}

static void watch_over(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	if (!vd_snd_stream_own_pace(sound, stream) && has_work(sound, stream) &&
	    sound->device.now >= stream->progress + STALL)
		stream->stalled = true;
}

/* Is the host done with the first message, or is there none to ask? */
static bool is_done(const struct vd_sound *sound,
		    const struct vd_snd_stream *stream)
{
	return vd_snd_stream_own_pace(sound, stream) ||
	       stream->head->tag[VD_SND_TAG_END] <=
		       vd_snd_stream_limit(sound, stream);
}

/*
 * The host has got on, from @before to where it is now.  If no more than one
 * message is done because of that, it reports as often as the driver wants to
 * hear of it.
 */
static void note_progress(const struct vd_sound *sound,
			  struct vd_snd_stream *stream, uint64_t before)
{
	uint64_t limit = vd_snd_stream_limit(sound, stream);
	unsigned int n = 0;

	for (const struct vd_chain *chain = stream->head;
	     chain && chain->tag[VD_SND_TAG_END] <= limit && n < 2;
	     chain = chain->next)
		n += chain->tag[VD_SND_TAG_END] > before;
	if (n > 0)
		stream->prompt = n == 1;
}

/* Has the time of the first message come, or does it not matter? */
static bool is_due(const struct vd_sound *sound,
		   const struct vd_snd_stream *stream)
{
	return is_prompt(sound, stream) ||
	       stream->head->tag[VD_SND_TAG_END] <= stream->clock.position;
}

/* What has gone back early has brought the next one forward, too. */
static void catch_up(struct vd_snd_stream *stream)
{
	if (stream->clock.position >= stream->completed)
		return;

	stream->clock.position = stream->completed;
	stream->clock.fraction = 0;
}

/* The next but one is what has to wait for a message, if a host sets the pace. */
static void complete_first(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	uint64_t start = stream->completed, nsec, now = sound->device.now;
	bool own_pace = vd_snd_stream_own_pace(sound, stream);

	if (own_pace)
		vd_snd_finish(sound, stream);
	vd_snd_complete(sound, stream);
	catch_up(stream);
	nsec = (stream->completed - start) * VD_NSEC_PER_SEC /
	       nominal_speed(stream);
	stream->earliest = own_pace ? now + nsec / 2 : stream->next;
	stream->next = now + nsec * 2 / 3;
}

static void complete_due(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	while (stream->head && is_done(sound, stream) &&
	       is_due(sound, stream) && stream->earliest <= sound->device.now)
		complete_first(sound, stream);
}

void vd_snd_stream_serve(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	uint64_t before;

	vd_snd_stream_advance(sound, stream);
	watch_over(sound, stream);
	before = vd_snd_stream_limit(sound, stream);
	if (!vd_snd_stream_own_pace(sound, stream)) {
		vd_snd_move(sound, stream);
		note_progress(sound, stream, before);
	}
	if (stream->state == VD_SND_RUNNING)
		complete_due(sound, stream);
}

uint64_t vd_snd_stream_deadline(const struct vd_sound *sound,
				struct vd_snd_stream *stream)
{
	uint64_t when = VD_NEVER;

	if (stream->state != VD_SND_RUNNING || !stream->head)
		return VD_NEVER;

	if (is_done(sound, stream)) {
		when = vd_snd_clock_when(&stream->clock,
					 speed_of(sound, stream),
					 stream->head->tag[VD_SND_TAG_END]);
		if (is_due(sound, stream))
			when = sound->device.now;
		when = VD_MAX(when, stream->earliest);
	}
	if (!vd_snd_stream_own_pace(sound, stream) && has_work(sound, stream))
		when = VD_MIN(when, watch_until(sound, stream));

	return when;
}

/* Enter the device from the backend's side. */
static struct vd_snd_stream *enter(struct vd_sound *sound, uint32_t id,
				   uint64_t now)
{
	struct vd_snd_stream *stream = &sound->streams[id];

	assert(id < sound->backend->n_streams);
	sound->device.now = VD_MAX(sound->device.now, now);
	vd_snd_stream_advance(sound, stream);

	return stream;
}

static void leave(struct vd_sound *sound)
{
	vd_snd_schedule(sound);
	vd_device_flush(&sound->device);
}

static bool is_prepared(const struct vd_snd_stream *stream)
{
	return stream->state >= VD_SND_PREPARED && !stream->lost;
}

/* A host that hangs may say that it is ready, but then has to show it. */
static void put_to_the_test(struct vd_sound *sound,
			    struct vd_snd_stream *stream)
{
	uint64_t moved = stream->moved;

	stream->stalled = false;
	vd_snd_move(sound, stream);
	if (stream->cursor && stream->moved == moved)
		stream->stalled = true;
	else
		stream->progress = sound->device.now;
}

/* Both mean: there is a reason to move bytes. */
static void ready(struct vd_sound *sound, uint32_t id, uint64_t now)
{
	struct vd_snd_stream *stream = enter(sound, id, now);

	if (is_prepared(stream)) {
		if (stream->stalled)
			put_to_the_test(sound, stream);
		vd_snd_look(sound, stream->info->direction);
		vd_snd_stream_serve(sound, stream);
	}
	leave(sound);
}

void vd_sound_writable(struct vd_sound *sound, uint32_t id, uint64_t now)
{
	ready(sound, id, now);
}

void vd_sound_readable(struct vd_sound *sound, uint32_t id, uint64_t now)
{
	ready(sound, id, now);
}

void vd_sound_consumed(struct vd_sound *sound, uint32_t id, uint64_t position,
		       uint64_t now)
{
	struct vd_snd_stream *stream = enter(sound, id, now);
	uint64_t base = stream->moved - stream->given;
	uint64_t consumed = base + VD_MIN(position, stream->given);
	uint64_t before = stream->consumed;

	if (is_prepared(stream) && consumed > before) {
		stream->consumed = consumed;
		stream->progress = sound->device.now;
		stream->stalled = false;
		note_progress(sound, stream, before);
		vd_snd_look(sound, stream->info->direction);
		vd_snd_stream_serve(sound, stream);
	}
	leave(sound);
}

/* Not from its own clock, but from where it was. */
void vd_sound_lost(struct vd_sound *sound, uint32_t id, uint64_t now)
{
	struct vd_snd_stream *stream = enter(sound, id, now);

	stream->lost = true;
	stream->stalled = false;
	leave(sound);
}

/*
 * What the old host had is gone; the new one begins with what comes next.  It
 * may go away again in each of these calls.
 */
static void begin_anew(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	struct vd_sound_backend *backend = sound->backend;

	stream->given = 0;
	stream->consumed = stream->moved;
	stream->prompt = false;
	stream->progress = sound->device.now;
	if (backend->ops->prepare(backend, stream->id, &stream->params) < 0)
		stream->lost = true;

	if (vd_snd_is_playback(stream) &&
	    !vd_snd_stream_own_pace(sound, stream))
		vd_snd_move(sound, stream);
	if (stream->state == VD_SND_RUNNING && !stream->lost)
		backend->ops->start(backend, stream->id);
	vd_snd_stream_serve(sound, stream);
}

void vd_sound_found(struct vd_sound *sound, uint32_t id, uint64_t now)
{
	struct vd_snd_stream *stream = enter(sound, id, now);

	if (stream->lost) {
		vd_snd_look(sound, stream->info->direction);
		stream->lost = false;
		if (is_prepared(stream))
			begin_anew(sound, stream);
	}
	leave(sound);
}
