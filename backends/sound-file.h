/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound that goes into WAV files, and comes from one.
 *
 * The device's clock says how fast, as if it was played and recorded.  Files
 * are written without any conversion that could be heard: what a guest plays is
 * there bit by bit.
 */

#ifndef BACKENDS_SOUND_FILE_H
#define BACKENDS_SOUND_FILE_H

#include <stdint.h>

struct vd_sound_backend;

/**
 * struct vb_sound_file_events - whom the files tell what happens to them
 * @opened:  a file has been begun
 * @failed:  one cannot be opened, read or written, for this reason; said once,
 *           until it has changed
 * @context: for both
 */
struct vb_sound_file_events {
	void (*opened)(void *context, const char *path);
	void (*failed)(void *context, const char *path, const char *reason);
	void *context;
};

/**
 * struct vb_sound_file_config - which files
 * @out:        what is played goes here; NULL for none.  A stream begins a file
 *              when it is first prepared, and again whenever its parameters
 *              change and there is sound in the one that it has.  The first
 *              file of the process has this name, and those after it have a
 *              number in it: out.wav, out.1.wav, out.2.wav; there are up to
 *              1000 of each backend, and then a stream that needs one more
 *              cannot be prepared
 * @n_playback: how many streams may play at once; 0 without @out
 * @in:         what is recorded comes from here; NULL for none.  Each time that
 *              a stream is prepared it is read from its beginning, and after
 *              its end there is silence
 * @n_capture:  how many streams may record at once; 0 without @in
 * @events:     whom to tell
 */
struct vb_sound_file_config {
	const char *out;
	uint32_t n_playback;
	const char *in;
	uint32_t n_capture;
	struct vb_sound_file_events events;
};

/**
 * struct vb_sound_file_error - why files cannot be used
 * @path:   the one
 * @reason: in words
 */
struct vb_sound_file_error {
	const char *path;
	char reason[128];
};

/**
 * vb_sound_file_new() - make streams
 * @config: copied, the paths too
 * @error:  filled in for all errors but -ENOMEM
 * @ret:    the backend
 *
 * Return: 0, -ENOMEM, or -EIO if a file cannot be used.
 */
int vb_sound_file_new(const struct vb_sound_file_config *config,
		      struct vb_sound_file_error *error,
		      struct vd_sound_backend **ret);

#endif
