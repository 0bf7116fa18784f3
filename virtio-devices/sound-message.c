/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages on the tx and rx queues of a sound device.
 *
 * Each stream holds its own, in order, so that none waits for another stream.
 * What is to be remembered of a message is in its chain's tag.
 */

#include <endian.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

#define STATUS_SIZE sizeof(struct virtio_snd_pcm_status)

/* The end of what the backend has had, as it is heard or as it sounded. */
static uint32_t latency_of(struct vd_sound *sound,
			   const struct vd_snd_stream *stream, uint64_t end)
{
	struct vd_sound_backend *backend = sound->backend;
	uint64_t latency, behind;

	if (!backend->ops->latency || vd_snd_stream_own_pace(sound, stream))
		return 0;

	latency = backend->ops->latency(backend, stream->id);
	if (!vd_snd_is_playback(stream))
		return (uint32_t)latency;

	/* Bytes after this message are no matter of this message. */
	behind = stream->moved - end;
	return (uint32_t)(latency - VD_MIN(latency, behind));
}

/*
 * The status is at the end of what the driver has made room for, which for
 * playback is all there is.  Bytes that were not recorded leave a hole.
 */
static void answer(struct vd_sound *sound, enum vd_sound_direction direction,
		   struct vd_chain *chain, uint32_t status, uint32_t latency)
{
	const struct virtio_snd_pcm_status answer = {
		.status = htole32(status),
		.latency_bytes = htole32(latency),
	};
	uint64_t serial = chain->tag[VD_SND_TAG_SERIAL];
	size_t written = 0;

	if (chain->room >= STATUS_SIZE) {
		written = chain->room - chain->writable.left + STATUS_SIZE;
		if (direction == VD_SOUND_CAPTURE)
			vd_stream_skip(&chain->writable,
				       chain->writable.left - STATUS_SIZE);
		(void)vd_chain_write(chain, &answer, sizeof(answer));
	}

	sound->answered[direction] = VD_MAX(sound->answered[direction], serial);
	vd_chain_complete(chain, written);
}

void vd_snd_complete(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	struct vd_chain *chain = stream->head;
	uint64_t end = chain->tag[VD_SND_TAG_END];

	vd_snd_stream_skip(stream, end);
	if (stream->cursor == chain)
		stream->cursor = chain->next;
	stream->head = chain->next;
	if (!stream->head)
		stream->tail = NULL;
	stream->completed = end;

	answer(sound, stream->info->direction, chain, VIRTIO_SND_S_OK,
	       latency_of(sound, stream, end));
}

void vd_snd_complete_all(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	while (stream->head)
		vd_snd_complete(sound, stream);
}

/*
 * Bytes of a message that has come back to us may have been moved before.  From
 * now on that is no longer part of our state.
 */
static void skip_moved(struct vd_sound *sound,
		       const struct vd_snd_stream *stream,
		       struct vd_chain *chain, size_t size)
{
	struct vd_stream *payload = vd_snd_is_playback(stream)
					    ? &chain->readable
					    : &chain->writable;
	uint64_t start = chain->tag[VD_SND_TAG_END] - size;

	if (stream->moved <= start)
		return;

	vd_stream_skip(payload, VD_MIN(stream->moved - start, (uint64_t)size));
	sound->device.changed = true;
}

static void append(struct vd_sound *sound, struct vd_snd_stream *stream,
		   struct vd_chain *chain, size_t size)
{
	/* There was nothing to be waited for until now. */
	if (stream->queued <= vd_snd_stream_limit(sound, stream))
		stream->progress = sound->device.now;

	stream->queued += size;
	chain->tag[VD_SND_TAG_END] = stream->queued;
	chain->next = NULL;
	skip_moved(sound, stream, chain, size);

	if (stream->tail)
		stream->tail->next = chain;
	else
		stream->head = chain;
	stream->tail = chain;
	if (!stream->cursor && stream->queued > stream->moved)
		stream->cursor = chain;
}

/* The stream that a message is for, or NULL if it cannot be taken. */
static struct vd_snd_stream *addressee(struct vd_sound *sound,
				       enum vd_sound_direction direction,
				       struct vd_chain *chain)
{
	struct virtio_snd_pcm_xfer xfer;
	struct vd_snd_stream *stream;
	uint32_t id;

	if (vd_chain_read(chain, &xfer, sizeof(xfer)) < 0 ||
	    chain->room < STATUS_SIZE)
		return NULL;
	id = le32toh(xfer.stream_id);
	if (id >= sound->backend->n_streams)
		return NULL;

	stream = &sound->streams[id];
	if (stream->info->direction != direction ||
	    stream->state < VD_SND_PREPARED)
		return NULL;

	return stream;
}

/*
 * What may have been played by a process that has ended is not played again.  It
 * takes its time all the same, so that the driver does not notice.
 */
static void pass_over(struct vd_snd_stream *stream)
{
	vd_snd_stream_skip(stream, stream->queued);
	stream->cursor = NULL;
}

/*
 * Can the stream have it?  Descriptors may overlap, and so claim more than there
 * is memory.  And what has to be passed over comes before all else.
 */
static bool has_place(const struct vd_snd_stream *stream, size_t size,
		      bool passed_over)
{
	return size <= VD_SND_MAX_BUFFER -
			       (stream->queued - stream->completed) &&
	       !(passed_over && stream->cursor);
}

/* Returns the stream that has it now, or NULL if it was sent back. */
static struct vd_snd_stream *accept(struct vd_sound *sound,
				    enum vd_sound_direction direction,
				    struct vd_chain *chain)
{
	struct vd_snd_stream *stream = addressee(sound, direction, chain);
	size_t size = direction == VD_SOUND_PLAYBACK
			      ? chain->readable.left
			      : chain->room - STATUS_SIZE;
	bool passed_over = direction == VD_SOUND_PLAYBACK && chain->recovered;

	chain->tag[VD_SND_TAG_SERIAL] = ++sound->serial[direction];
	if (!stream || !has_place(stream, size, passed_over)) {
		answer(sound, direction, chain, VIRTIO_SND_S_IO_ERR, 0);
		return NULL;
	}

	vd_snd_stream_advance(sound, stream);
	append(sound, stream, chain, size);
	if (passed_over)
		pass_over(stream);

	return stream;
}

void vd_snd_take(struct vd_sound *sound, enum vd_sound_direction direction)
{
	unsigned int index = vd_snd_queue_of(direction);
	struct vd_queue *queue = sound->device.queues[index];
	struct vd_chain *chain;
	uint64_t touched = 0;

	while (vd_queue_pop(queue, &chain) > 0) {
		struct vd_snd_stream *stream = accept(sound, direction, chain);

		if (stream)
			touched |= VD_BIT(stream->id);
	}

	while (touched)
		vd_snd_stream_serve(sound, vd_snd_pick(sound, &touched));
}

/* The order in which a queue wants its chains back is newest first. */
static void reverse(struct vd_snd_stream *stream)
{
	struct vd_chain *chain = stream->head, *reversed = NULL;

	stream->tail = chain;
	while (chain) {
		struct vd_chain *next = chain->next;

		chain->next = reversed;
		reversed = chain;
		chain = next;
	}
	stream->head = reversed;
}

static void reverse_all(struct vd_sound *sound,
			enum vd_sound_direction direction)
{
	for (uint32_t i = 0; i < sound->backend->n_streams; i++) {
		if (sound->streams[i].info->direction == direction)
			reverse(&sound->streams[i]);
	}
}

/* With all lists reversed: the stream that holds the newest message. */
static struct vd_snd_stream *newest(struct vd_sound *sound,
				    enum vd_sound_direction direction)
{
	struct vd_snd_stream *found = NULL;
	uint64_t serial = 0;

	for (uint32_t i = 0; i < sound->backend->n_streams; i++) {
		struct vd_snd_stream *stream = &sound->streams[i];

		if (stream->info->direction != direction || !stream->head ||
		    stream->head->tag[VD_SND_TAG_SERIAL] < serial)
			continue;
		found = stream;
		serial = stream->head->tag[VD_SND_TAG_SERIAL];
	}

	return found;
}

/* Where the stream ends without its newest message. */
static void unpop(struct vd_queue *queue, struct vd_snd_stream *stream)
{
	struct vd_chain *chain = stream->head;

	stream->head = chain->next;
	stream->queued = chain->next ? chain->next->tag[VD_SND_TAG_END]
				     : stream->completed;
	stream->cursor = NULL;
	vd_queue_unpop(queue, chain);
}

/*
 * A queue that stops mostly goes on soon, when the guest's memory has another
 * shape.  A message that is put back has its place in the stream when it comes
 * again, and what was moved of it is not moved twice, so nothing is heard of
 * that.  But none can be put back that came before one that was answered, as
 * happens with several streams: those are answered, too, before their time, as
 * GET_VRING_BASE must leave none of them with us.  What the host had no room for
 * is left out then; nothing is heard twice, and the next message has to wait for
 * as long as if none of this had happened.
 */
void vd_snd_let_go(struct vd_sound *sound, enum vd_sound_direction direction)
{
	struct vd_queue *queue =
		sound->device.queues[vd_snd_queue_of(direction)];
	struct vd_snd_stream *stream;

	reverse_all(sound, direction);
	while ((stream = newest(sound, direction)) &&
	       stream->head->tag[VD_SND_TAG_SERIAL] >
		       sound->answered[direction])
		unpop(queue, stream);
	reverse_all(sound, direction);

	for (uint32_t i = 0; i < sound->backend->n_streams; i++) {
		stream = &sound->streams[i];
		if (stream->info->direction != direction)
			continue;
		while (stream->head) {
			vd_snd_finish(sound, stream);
			vd_snd_complete(sound, stream);
		}
		stream->cursor = NULL;
	}
}
