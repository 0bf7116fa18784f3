/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The bytes of a stream: how they get to the server and back, and what it says
 * of them.
 */

#include <errno.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "backends/pulse-private.h"
#include "backends/pulse-stream.h"
#include "virtio-devices/util.h"

/* What is recorded waits so long for the guest, beside its own buffer. */
#define KEEP_MSEC 200

/* Silence that takes the place of a gap in what was recorded. */
#define SILENCE 1024

/* It is news of an underrun only if the stream goes on after it. */
static void tell_xrun(struct vb_pulse_stream *stream)
{
	if (!stream->starved || stream->written <= stream->starved_at)
		return;

	stream->starved = false;
	stream->event(stream, VB_PULSE_XRUN);
}

/*
 * A server asks for a block at least.  What is left of its wish when that was
 * met with whole periods can wait for the next one: a write of a few bytes costs
 * as much as one of many.
 */
size_t vb_pulse_stream_room(const struct vb_pulse_stream *stream)
{
	if (!vb_pulse_stream_is_ready(stream) || stream->room < stream->minreq)
		return 0;

	return stream->room;
}

/* What the server has decided. */
static void take_attr(struct vb_pulse_stream *stream)
{
	const pa_buffer_attr *attr = pa_stream_get_buffer_attr(stream->pa);

	if (!attr)
		return;

	stream->tlength = attr->tlength;
	stream->minreq = attr->minreq;
}

/*
 * It decides anew when it moves the stream.  If it takes smaller blocks then,
 * what it has asked for before may be one of them.
 */
static void attr_changed(pa_stream *pa, void *context)
{
	struct vb_pulse_stream *stream = context;
	size_t room = vb_pulse_stream_room(stream);

	(void)pa;
	take_attr(stream);
	if (vb_pulse_stream_room(stream) > room)
		stream->event(stream, VB_PULSE_PROGRESS);
}

/*
 * What the server's buffer has room for has been consumed, but for what was
 * never there.
 */
static void write_ready(pa_stream *pa, size_t room, void *context)
{
	struct vb_pulse_stream *stream = context;
	uint64_t filled;

	(void)pa;
	if (!vb_pulse_stream_is_ready(stream))
		return;

	if (!stream->tlength)
		take_attr(stream);
	stream->room = room;
	filled = stream->tlength > room ? stream->tlength - room : 0;
	if (stream->written >= filled)
		stream->consumed =
			VD_MAX(stream->consumed, stream->written - filled);
	tell_xrun(stream);
	stream->event(stream, VB_PULSE_PROGRESS);
}

/*
 * A server that has run dry waits for a block before it goes on, as at the start;
 * but there may be less to come.
 */
static void go_on(struct vb_pulse_stream *stream)
{
	pa_operation *operation = pa_stream_trigger(stream->pa, NULL, NULL);

	if (operation)
		pa_operation_unref(operation);
}

/*
 * The server asks for whole blocks only, so that it is silent about what comes
 * after the last one of them.  When it runs dry it has used that, too.
 */
static void ran_dry(pa_stream *pa, void *context)
{
	struct vb_pulse_stream *stream = context;
	int64_t index = pa_stream_get_underflow_index(pa);
	uint64_t position = stream->written;

	if (!stream->running && !stream->drain)
		return;

	if (index >= 0)
		position = VD_MIN(position, (uint64_t)index);
	tell_xrun(stream);
	stream->consumed = VD_MAX(stream->consumed, position);
	stream->starved = true;
	stream->starved_at = position;
	if (position < stream->written)
		go_on(stream);
	stream->event(stream, VB_PULSE_PROGRESS);
}

static bool drop_fragment(struct vb_pulse_stream *stream)
{
	const void *data;
	size_t len;

	if (pa_stream_peek(stream->pa, &data, &len) < 0 || len == 0)
		return false;

	stream->offset = 0;

	return pa_stream_drop(stream->pa) == 0;
}

static size_t most_to_keep(const struct vb_pulse_stream *stream)
{
	const struct vd_sound_params *params = &stream->params;
	uint64_t frames = (uint64_t)params->hz * KEEP_MSEC / 1000 +
			  params->buffer_bytes / params->frame_bytes;

	return (size_t)frames * stream->frames.host_frame;
}

static void read_ready(pa_stream *pa, size_t len, void *context)
{
	struct vb_pulse_stream *stream = context;
	bool dropped = false;

	(void)len;
	if (!vb_pulse_stream_is_ready(stream))
		return;

	while (pa_stream_readable_size(pa) > most_to_keep(stream) &&
	       drop_fragment(stream))
		dropped = true;
	if (dropped)
		stream->event(stream, VB_PULSE_XRUN);
	stream->event(stream, VB_PULSE_PROGRESS);
}

static void overran(pa_stream *pa, void *context)
{
	struct vb_pulse_stream *stream = context;

	(void)pa;
	stream->event(stream, VB_PULSE_XRUN);
}

static ssize_t result(size_t before, size_t after)
{
	return before == after ? -EAGAIN : (ssize_t)(before - after);
}

/* All that is left, straight from the guest: if it lies in one piece. */
static size_t write_piece(struct vb_pulse_stream *stream, size_t room,
			  struct vb_sound_cursor *from)
{
	size_t frame = stream->frames.host_frame;
	size_t len = VD_MIN(from->left, room);
	const uint8_t *bytes = vb_sound_cursor_piece(from);

	len -= len % frame;
	if (len == 0 || !bytes || stream->frames.end > 0 ||
	    !vb_sound_conversion_is_none(&stream->frames.conversion) ||
	    pa_stream_write(stream->pa, bytes, len, NULL, 0, PA_SEEK_RELATIVE) <
		    0)
		return 0;
	vb_sound_cursor_skip(from, len);

	return len;
}

/* Collected in a block that the server can see. */
static size_t write_block(struct vb_pulse_stream *stream, size_t room,
			  struct vb_sound_cursor *from)
{
	size_t len = VD_MIN(room,
			    vb_sound_frames_ahead(&stream->frames, from->left));
	void *block = NULL;

	if (len > 0 &&
	    (pa_stream_begin_write(stream->pa, &block, &len) < 0 || !block))
		return 0;
	len = vb_sound_frames_pack(&stream->frames, block, len, from);
	if (len > 0 && pa_stream_write(stream->pa, block, len, NULL, 0,
				       PA_SEEK_RELATIVE) < 0)
		return 0;

	return len;
}

ssize_t vb_pulse_stream_write(struct vb_pulse_stream *stream,
			      const struct iovec *iov, size_t n_iov)
{
	size_t frame = stream->frames.host_frame;
	struct vb_sound_cursor cursor;
	size_t room = vb_pulse_stream_room(stream), total, n;

	vb_sound_cursor_init(&cursor, iov, n_iov);
	total = cursor.left;

	while (cursor.left > 0 && room >= frame) {
		n = write_piece(stream, room, &cursor);
		if (n == 0)
			n = write_block(stream, room, &cursor);
		if (n == 0)
			break;
		stream->written += n;
		stream->room -= n;
		room -= n;
	}
	if (stream->starved && cursor.left < total)
		go_on(stream);

	return result(total, cursor.left);
}

static uint8_t silence(unsigned int format)
{
	switch (format) {
	case VIRTIO_SND_PCM_FMT_MU_LAW:
		return 0xff;
	case VIRTIO_SND_PCM_FMT_A_LAW:
		return 0xd5;
	case VIRTIO_SND_PCM_FMT_U8:
		return 0x80;
	default:
		return 0;
	}
}

/* Returns false once there is nothing more to be had, or no more room. */
static bool read_fragment(struct vb_pulse_stream *stream,
			  struct vb_sound_cursor *to)
{
	uint8_t silent[SILENCE];
	const void *data = NULL;
	size_t len = 0, n, used;

	if (pa_stream_peek(stream->pa, &data, &len) < 0)
		len = 0;
	n = len - stream->offset;
	if (data) {
		data = (const uint8_t *)data + stream->offset;
	} else {
		memset(silent, silence(stream->frames.conversion.host),
		       sizeof(silent));
		data = silent;
		n = VD_MIN(n, sizeof(silent));
	}
	used = vb_sound_frames_unpack(&stream->frames, to, data, n);
	stream->offset += used;
	if (len > 0 && stream->offset == len) {
		pa_stream_drop(stream->pa);
		stream->offset = 0;
	}

	return used > 0;
}

ssize_t vb_pulse_stream_read(struct vb_pulse_stream *stream,
			     const struct iovec *iov, size_t n_iov)
{
	struct vb_sound_cursor cursor;
	size_t total;

	if (!vb_pulse_stream_is_ready(stream))
		return -EAGAIN;

	vb_sound_cursor_init(&cursor, iov, n_iov);
	total = cursor.left;
	while (cursor.left > 0 && read_fragment(stream, &cursor))
		;

	return result(total, cursor.left);
}

static uint64_t to_guest(const struct vb_pulse_stream *stream, uint64_t bytes)
{
	return bytes / stream->frames.host_frame * stream->frames.guest_frame;
}

uint64_t vb_pulse_stream_position(const struct vb_pulse_stream *stream)
{
	return to_guest(stream, stream->consumed);
}

/* libpulse asks the server for news of this now and then. */
static void latency_changed(pa_stream *pa, void *context)
{
	struct vb_pulse_stream *stream = context;
	const pa_timing_info *timing = pa_stream_get_timing_info(pa);

	if (timing)
		stream->beyond =
			pa_usec_to_bytes(stream->direction == VD_SOUND_PLAYBACK
						 ? timing->sink_usec
						 : timing->source_usec,
					 &stream->spec.sample);
}

uint32_t vb_pulse_stream_latency(const struct vb_pulse_stream *stream)
{
	uint64_t bytes;
	size_t waiting;

	if (!vb_pulse_stream_is_ready(stream))
		return 0;

	bytes = stream->written - stream->consumed;
	if (stream->direction == VD_SOUND_CAPTURE) {
		waiting = pa_stream_readable_size(stream->pa);
		bytes = waiting == (size_t)-1 ? 0 : waiting;
	}

	return (uint32_t)VD_MIN(to_guest(stream, bytes + stream->beyond),
				UINT32_MAX);
}

void vb_pulse_stream_watch_bytes(struct vb_pulse_stream *stream)
{
	pa_stream *pa = stream->pa;

	pa_stream_set_latency_update_callback(pa, latency_changed, stream);
	if (stream->direction == VD_SOUND_PLAYBACK) {
		pa_stream_set_write_callback(pa, write_ready, stream);
		pa_stream_set_underflow_callback(pa, ran_dry, stream);
		pa_stream_set_moved_callback(pa, attr_changed, stream);
		pa_stream_set_buffer_attr_callback(pa, attr_changed, stream);
	} else {
		pa_stream_set_read_callback(pa, read_ready, stream);
		pa_stream_set_overflow_callback(pa, overran, stream);
	}
}
