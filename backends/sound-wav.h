/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How libsndfile holds the samples of the sound device.
 */

#ifndef BACKENDS_SOUND_WAV_H
#define BACKENDS_SOUND_WAV_H

#include <sndfile.h>
#include <stddef.h>
#include <stdint.h>

/* More of one guest are no use to anybody; it could fill the disk with them. */
#define VB_WAV_MAX_FILES 1000

/**
 * vb_wav_writable() - what can a WAV file hold as it is?
 *
 * Return: VD_BIT() of each format.
 */
uint64_t vb_wav_writable(void);

/**
 * vb_wav_format() - how is it held?
 * @format: one of vb_wav_writable()
 *
 * Return: for SF_INFO.
 */
int vb_wav_format(unsigned int format);

/**
 * vb_wav_readable() - what can libsndfile make of a file?
 * @info: of the file
 *
 * Return: VD_BIT() of each format.
 */
uint64_t vb_wav_readable(const SF_INFO *info);

/**
 * vb_wav_read() - read frames
 * @file:   from where they come
 * @format: one of vb_wav_readable()
 * @channels: samples in each
 * @dst:    receives them, little-endian; aligned as a double
 * @n:      how many
 *
 * Return: how many there were, or 0.
 */
size_t vb_wav_read(SNDFILE *file, unsigned int format, int channels, void *dst,
		   size_t n);

/**
 * vb_wav_check_name() - can there be a file of this name?
 * @path: the name
 *
 * For a file that cannot be begun yet, as nobody knows the format.
 *
 * Return: 0, or a negative errno.
 */
int vb_wav_check_name(const char *path);

/**
 * vb_wav_next_name() - the name of a new file
 * @first: name of the first file of this process; those after it have a number
 *         in it: "out.wav", "out.1.wav" and so on
 * @ret:   the name, to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int vb_wav_next_name(const char *first, char **ret);

#endif
