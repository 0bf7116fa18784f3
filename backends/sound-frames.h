/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From a guest's scattered bytes to frames as a host wants them, and back.
 *
 * A guest may cut its bytes wherever it likes, also within a sample, but hosts
 * take and give nothing less than a frame.  So the part of a frame that has no
 * rest yet, or no room, waits here.
 */

#ifndef BACKENDS_SOUND_FRAMES_H
#define BACKENDS_SOUND_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "backends/sound-convert.h"

/* Samples of 8 bytes for each of 32 channels. */
#define VB_SOUND_MAX_FRAME 256

/**
 * struct vb_sound_cursor - scattered bytes, and a position in them
 * @iov:  entry that holds the next byte; not owned
 * @off:  offset of that byte in the entry
 * @left: bytes remaining
 */
struct vb_sound_cursor {
	const struct iovec *iov;
	size_t off;
	size_t left;
};

/**
 * struct vb_sound_frames - what a stream keeps between two calls
 * @conversion:  of its samples
 * @guest_frame: bytes of a frame as the guest has it
 * @host_frame:  and as the host has it
 * @carry:       a part of a frame, as the guest has it
 * @begin:       where in @carry it begins
 * @end:         and ends
 */
struct vb_sound_frames {
	struct vb_sound_conversion conversion;
	size_t guest_frame;
	size_t host_frame;
	uint8_t carry[VB_SOUND_MAX_FRAME];
	size_t begin;
	size_t end;
};

/**
 * vb_sound_cursor_init() - begin at the first byte
 * @cursor: the cursor
 * @iov:    the bytes; have to last as long as the cursor
 * @n_iov:  entries
 */
void vb_sound_cursor_init(struct vb_sound_cursor *cursor,
			  const struct iovec *iov, size_t n_iov);

/**
 * vb_sound_cursor_piece() - do all remaining bytes lie in one piece?
 * @cursor: the cursor
 *
 * Return: where, or NULL if they do not, or if there are none.
 */
const uint8_t *vb_sound_cursor_piece(struct vb_sound_cursor *cursor);

/**
 * vb_sound_cursor_skip() - step over bytes
 * @cursor: has at least @len bytes left, in one piece
 * @len:    how many
 */
void vb_sound_cursor_skip(struct vb_sound_cursor *cursor, size_t len);

/**
 * vb_sound_frames_init() - begin with no part of a frame
 * @frames:     the frames
 * @conversion: copied
 * @channels:   samples in a frame, 1 to 32
 */
void vb_sound_frames_init(struct vb_sound_frames *frames,
			  const struct vb_sound_conversion *conversion,
			  unsigned int channels);

/**
 * vb_sound_frames_ahead() - how much will a guest's bytes be?
 * @frames: the stream's
 * @len:    how many bytes the guest has
 *
 * Return: bytes of whole frames for the host.
 */
size_t vb_sound_frames_ahead(const struct vb_sound_frames *frames, size_t len);

/**
 * vb_sound_frames_pack() - collect and convert what a guest plays
 * @frames: the stream's
 * @dst:    receives whole frames for the host
 * @room:   bytes of @dst
 * @from:   the guest's bytes; moved on.  All of them are taken, unless @dst is
 *          full before
 *
 * Return: how many bytes of @dst were filled.
 */
size_t vb_sound_frames_pack(struct vb_sound_frames *frames, void *dst,
			    size_t room, struct vb_sound_cursor *from);

/**
 * vb_sound_frames_unpack() - convert and scatter what a guest records
 * @frames: the stream's
 * @to:     room for the guest's bytes; moved on
 * @src:    whole frames of the host
 * @len:    bytes of @src
 *
 * Return: how many bytes of @src were used.  Less than @len only if @to is full.
 */
size_t vb_sound_frames_unpack(struct vb_sound_frames *frames,
			      struct vb_sound_cursor *to, const void *src,
			      size_t len);

#endif
