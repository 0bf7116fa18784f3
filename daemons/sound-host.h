/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which sound system of the host the guests have, as the user wants it.
 */

#ifndef DAEMONS_SOUND_HOST_H
#define DAEMONS_SOUND_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;
struct vb_loop;
struct vd_sound_backend;

/**
 * enum sound_host_kind - the sound systems that we know
 */
enum sound_host_kind {
	SOUND_HOST_NULL,
	SOUND_HOST_FILE,
	SOUND_HOST_PULSE,
};

/**
 * struct sound_host - what the options say of it
 * @backend:  which, and the files if it is those
 * @server:   PulseAudio's, or NULL
 * @sink:     where to play, or NULL
 * @source:   where to record, or NULL
 * @name:     what mixers call the guest
 * @streams:  how many, as the user gave it
 * @controls: the guest has the volume, too
 * @kind:     what @backend says
 * @out:      to play into, or NULL
 * @in:       to record from, or NULL
 * @n_playback: what @streams says
 * @n_capture:  likewise
 */
struct sound_host {
	const char *backend;
	const char *server;
	const char *sink;
	const char *source;
	const char *name;
	const char *streams;
	bool controls;
	enum sound_host_kind kind;
	char *out;
	char *in;
	uint32_t n_playback;
	uint32_t n_capture;
};

/**
 * sound_host_check() - see whether the options make sense
 * @host: the first members are set; the rest is filled in, and lasts until the
 *        program ends
 *
 * Return: 0, or -EINVAL or -ENOMEM, which has been logged.
 */
int sound_host_check(struct sound_host *host);

/**
 * sound_host_open() - make a guest's streams
 * @host:  checked
 * @guest: reports what happens to them
 * @loop:  the guest's
 * @index: of the guest, which is a part of its name unless it is the only one
 * @only:  it is
 * @ret:   the streams
 *
 * Return: 0, or a negative errno, which has been logged.
 */
int sound_host_open(const struct sound_host *host, struct guest *guest,
		    struct vb_loop *loop, size_t index, bool only,
		    struct vd_sound_backend **ret);

#endif
