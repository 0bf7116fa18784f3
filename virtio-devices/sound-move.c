/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Bytes, between the messages of a driver and a backend.
 */

#include <errno.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

#define STATUS_SIZE sizeof(struct virtio_snd_pcm_status)

/* A period of Linux is in pages; a message of more pieces takes some calls. */
#define MAX_PIECES 32

/* Silence is made in pieces of this size, which all samples divide. */
#define SILENCE_SIZE 192

static struct vd_stream *payload_of(const struct vd_snd_stream *stream,
				    struct vd_chain *chain)
{
	return vd_snd_is_playback(stream) ? &chain->readable : &chain->writable;
}

/* How much of a message's payload is still to be moved. */
static size_t payload_left(const struct vd_snd_stream *stream,
			   const struct vd_chain *chain)
{
	return vd_snd_is_playback(stream) ? chain->readable.left
					  : chain->writable.left - STATUS_SIZE;
}

static ssize_t call_backend(struct vd_sound *sound,
			    const struct vd_snd_stream *stream,
			    const struct iovec *iov, size_t n)
{
	struct vd_sound_backend *backend = sound->backend;

	if (vd_snd_is_playback(stream))
		return backend->ops->write(backend, stream->id, iov, n);

	return backend->ops->read(backend, stream->id, iov, n);
}

static void fill_with_silence(const struct vd_snd_stream *stream,
			      struct vd_chain *chain, size_t len)
{
	uint8_t block[SILENCE_SIZE];
	uint64_t at = chain->tag[VD_SND_TAG_END] - payload_left(stream, chain);

	if (len > 0)
		vd_snd_silence(stream->params.format, at, block, sizeof(block));

	while (len > 0) {
		size_t n = VD_MIN(len, sizeof(block));

		(void)vd_chain_write(chain, block, n);
		len -= n;
	}
}

/*
 * A backend that has had part of a frame goes on with the rest of one, and so
 * must the stream if bytes were passed over; or else channels change places.
 */
static void align(struct vd_snd_stream *stream, struct vd_chain *chain)
{
	uint32_t frame = stream->params.frame_bytes;
	size_t ahead = (stream->moved - stream->given) % frame;
	size_t n = VD_MIN((frame - ahead) % frame, payload_left(stream, chain));

	if (vd_snd_is_playback(stream))
		vd_stream_skip(&chain->readable, n);
	else
		fill_with_silence(stream, chain, n);
	vd_snd_stream_skip(stream, stream->moved + n);
}

/*
 * Move bytes of one message.  Returns true if all of them were moved; if not,
 * the backend can do no more now, or is lost.
 */
static bool move_message(struct vd_sound *sound, struct vd_snd_stream *stream,
			 struct vd_chain *chain)
{
	struct vd_stream *payload = payload_of(stream, chain);
	size_t left;

	align(stream, chain);
	while ((left = payload_left(stream, chain)) > 0) {
		struct iovec iov[MAX_PIECES];
		size_t n_iov;
		ssize_t n;

		vd_stream_borrow(payload, iov, MAX_PIECES, left, &n_iov);
		n = call_backend(sound, stream, iov, n_iov);
		if (n < 0 && n != -EAGAIN)
			stream->lost = true;
		if (n <= 0)
			return false;

		vd_stream_skip(payload, (size_t)n);
		stream->moved += (uint64_t)n;
		stream->given += (uint64_t)n;
		if (!vd_snd_is_playback(stream))
			stream->progress = sound->device.now;
		if (stream->lost)
			return false;
	}

	return true;
}

void vd_snd_move(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	if (stream->state < VD_SND_PREPARED)
		return;
	/* What was recorded before the start is not wanted. */
	if (!vd_snd_is_playback(stream) && stream->state != VD_SND_RUNNING)
		return;

	while (stream->cursor && move_message(sound, stream, stream->cursor))
		stream->cursor = stream->cursor->next;
}

void vd_snd_finish(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	struct vd_chain *chain = stream->head;

	if (sound->backend->clockless && !stream->lost &&
	    stream->state == VD_SND_RUNNING)
		(void)move_message(sound, stream, chain);
	if (!vd_snd_is_playback(stream))
		fill_with_silence(stream, chain, payload_left(stream, chain));
}
