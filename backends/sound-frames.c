/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What needs no conversion is copied once, from one place to the other.  So is
 * what keeps its size, and is then converted where it is.  Only FLOAT64, and
 * whatever is recorded in a converted format, takes a detour.
 */

#include "backends/sound-frames.h"

#include <assert.h>
#include <string.h>

#include "virtio-devices/util.h"

/* Bytes that take the detour at once. */
#define DETOUR 2048

void vb_sound_cursor_init(struct vb_sound_cursor *cursor,
			  const struct iovec *iov, size_t n_iov)
{
	*cursor = (struct vb_sound_cursor){ .iov = iov };
	for (size_t i = 0; i < n_iov; i++)
		cursor->left += iov[i].iov_len;
}

/* The next bytes that lie in one piece: at most @len of them, and not none. */
static uint8_t *next_piece(struct vb_sound_cursor *cursor, size_t *len)
{
	uint8_t *piece;

	while (cursor->off == cursor->iov->iov_len) {
		cursor->iov++;
		cursor->off = 0;
	}

	piece = (uint8_t *)cursor->iov->iov_base + cursor->off;
	*len = VD_MIN(*len, cursor->iov->iov_len - cursor->off);
	cursor->off += *len;
	cursor->left -= *len;

	return piece;
}

const uint8_t *vb_sound_cursor_piece(struct vb_sound_cursor *cursor)
{
	size_t len = 0;

	if (cursor->left == 0)
		return NULL;

	/* Steps over entries that are empty or used up, and over no byte. */
	(void)next_piece(cursor, &len);
	if (cursor->iov->iov_len - cursor->off < cursor->left)
		return NULL;

	return (const uint8_t *)cursor->iov->iov_base + cursor->off;
}

void vb_sound_cursor_skip(struct vb_sound_cursor *cursor, size_t len)
{
	cursor->off += len;
	cursor->left -= len;
}

static void gather(struct vb_sound_cursor *from, uint8_t *dst, size_t len)
{
	for (size_t n; len > 0; dst += n, len -= n) {
		const uint8_t *piece;

		n = len;
		piece = next_piece(from, &n);
		memcpy(dst, piece, n);
	}
}

static void scatter(struct vb_sound_cursor *to, const uint8_t *src, size_t len)
{
	for (size_t n; len > 0; src += n, len -= n) {
		uint8_t *piece;

		n = len;
		piece = next_piece(to, &n);
		memcpy(piece, src, n);
	}
}

void vb_sound_frames_init(struct vb_sound_frames *frames,
			  const struct vb_sound_conversion *conversion,
			  unsigned int channels)
{
	*frames = (struct vb_sound_frames){
		.conversion = *conversion,
		.guest_frame = (size_t)conversion->guest_bytes * channels,
		.host_frame = (size_t)conversion->host_bytes * channels,
	};
	assert(frames->guest_frame > 0 &&
	       frames->guest_frame <= VB_SOUND_MAX_FRAME);
}

static size_t to_samples(const struct vb_sound_frames *frames, size_t bytes)
{
	return bytes / frames->conversion.guest_bytes;
}

/* @len bytes of the guest's, of which the first may have waited. */
static void take(struct vb_sound_frames *frames, uint8_t *dst, size_t len,
		 struct vb_sound_cursor *from)
{
	size_t waited = frames->end;

	memcpy(dst, frames->carry, waited);
	frames->end = 0;
	gather(from, dst + waited, len - waited);
}

static void take_converted(struct vb_sound_frames *frames, uint8_t *dst,
			   size_t len, struct vb_sound_cursor *from)
{
	const struct vb_sound_conversion *conversion = &frames->conversion;
	size_t most = DETOUR - DETOUR % frames->guest_frame;
	uint8_t detour[DETOUR];

	for (size_t n; len > 0; len -= n) {
		n = VD_MIN(len, most);
		take(frames, detour, n, from);
		vb_sound_to_host(conversion, dst, detour,
				 to_samples(frames, n));
		dst += n / frames->guest_frame * frames->host_frame;
	}
}

size_t vb_sound_frames_ahead(const struct vb_sound_frames *frames, size_t len)
{
	return (frames->end + len) / frames->guest_frame * frames->host_frame;
}

size_t vb_sound_frames_pack(struct vb_sound_frames *frames, void *dst,
			    size_t room, struct vb_sound_cursor *from)
{
	const struct vb_sound_conversion *conversion = &frames->conversion;
	size_t there = (frames->end + from->left) / frames->guest_frame;
	size_t n = VD_MIN(there, room / frames->host_frame);
	size_t len = n * frames->guest_frame;

	if (n > 0 && frames->guest_frame != frames->host_frame) {
		take_converted(frames, dst, len, from);
	} else if (n > 0) {
		take(frames, dst, len, from);
		if (!vb_sound_conversion_is_none(conversion))
			vb_sound_to_host(conversion, dst, dst,
					 to_samples(frames, len));
	}

	if (n == there) {
		size_t rest = from->left;

		gather(from, frames->carry + frames->end, rest);
		frames->end += rest;
	}

	return n * frames->host_frame;
}

static void deliver_carry(struct vb_sound_frames *frames,
			  struct vb_sound_cursor *to)
{
	size_t n = VD_MIN(frames->end - frames->begin, to->left);

	scatter(to, frames->carry + frames->begin, n);
	frames->begin += n;
}

static void scatter_converted(const struct vb_sound_frames *frames,
			      struct vb_sound_cursor *to, const uint8_t *src,
			      size_t n_frames)
{
	size_t most = DETOUR / frames->guest_frame;
	uint8_t detour[DETOUR];

	for (size_t n; n_frames > 0; n_frames -= n) {
		size_t len;

		n = VD_MIN(n_frames, most);
		len = n * frames->guest_frame;
		vb_sound_to_guest(&frames->conversion, detour, src,
				  to_samples(frames, len));
		scatter(to, detour, len);
		src += n * frames->host_frame;
	}
}

size_t vb_sound_frames_unpack(struct vb_sound_frames *frames,
			      struct vb_sound_cursor *to, const void *src,
			      size_t len)
{
	const struct vb_sound_conversion *conversion = &frames->conversion;
	const uint8_t *p = src;
	size_t n;

	deliver_carry(frames, to);
	n = VD_MIN(len / frames->host_frame, to->left / frames->guest_frame);
	if (vb_sound_conversion_is_none(conversion))
		scatter(to, p, n * frames->host_frame);
	else
		scatter_converted(frames, to, p, n);
	p += n * frames->host_frame;
	len -= n * frames->host_frame;

	if (to->left > 0 && len >= frames->host_frame) {
		vb_sound_to_guest(conversion, frames->carry, p,
				  to_samples(frames, frames->guest_frame));
		frames->begin = 0;
		frames->end = frames->guest_frame;
		deliver_carry(frames, to);
		p += frames->host_frame;
	}

	return (size_t)(p - (const uint8_t *)src);
}
