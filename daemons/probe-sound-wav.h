/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * WAV files, as far as "sound play" and "sound record" need them: their samples
 * are those of the device, so that nothing is converted.
 */

#ifndef DAEMONS_PROBE_SOUND_WAV_H
#define DAEMONS_PROBE_SOUND_WAV_H

#include <stdint.h>
#include <stdio.h>

/* The sizes in a file have 32 bits, and one is of the headers as well. */
#define PROBE_WAV_MAX_BYTES (UINT32_MAX - 64)

/**
 * struct probe_wav - what is in a file
 * @format:   VIRTIO_SND_PCM_FMT_*
 * @channels: samples in a frame
 * @hz:       frames a second
 * @bytes:    how many bytes of samples there are
 */
struct probe_wav {
	unsigned int format;
	unsigned int channels;
	uint32_t hz;
	uint32_t bytes;
};

/**
 * probe_wav_read() - read up to the first sample
 * @file: at its beginning
 * @ret:  what is in it
 *
 * Return: NULL, or what is wrong with it.
 */
const char *probe_wav_read(FILE *file, struct probe_wav *ret);

/**
 * probe_wav_write() - write all that comes before the samples
 * @file: at its beginning
 * @wav:  what will be in it
 *
 * Return: NULL, or what is wrong with @wav or @file.
 */
const char *probe_wav_write(FILE *file, const struct probe_wav *wav);

/**
 * probe_format_bytes() - how many bytes does a sample have?
 * @format: VIRTIO_SND_PCM_FMT_*
 *
 * Return: 0 if there is no such format, or none of plain samples.
 */
unsigned int probe_format_bytes(unsigned int format);

#endif
