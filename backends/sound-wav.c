/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/sound-wav.h"

#include <endian.h>
#include <errno.h>
#include <libgen.h>
#include <linux/virtio_snd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name
#define BIT(name) VD_BIT(FMT(name))

/* What a WAV file can hold. */
#define WRITABLE \
	(BIT(MU_LAW) | BIT(A_LAW) | BIT(U8) | BIT(S16) | BIT(S24_3) | \
	 BIT(S32) | BIT(FLOAT) | BIT(FLOAT64))

/* What libsndfile can make of one.  Floats it would not scale for integers. */
#define READABLE_FLOAT (BIT(FLOAT) | BIT(FLOAT64))
#define READABLE (BIT(S16) | BIT(S32) | READABLE_FLOAT)

/* How many files all guests of this process have begun. */
static _Atomic(unsigned int) n_files;

uint64_t vb_wav_writable(void)
{
	return WRITABLE;
}

static int subtype(unsigned int format)
{
	switch (format) {
	case FMT(MU_LAW):
		return SF_FORMAT_ULAW;
	case FMT(A_LAW):
		return SF_FORMAT_ALAW;
	case FMT(U8):
		return SF_FORMAT_PCM_U8;
	case FMT(S16):
		return SF_FORMAT_PCM_16;
	case FMT(S24_3):
		return SF_FORMAT_PCM_24;
	case FMT(S32):
		return SF_FORMAT_PCM_32;
	case FMT(FLOAT):
		return SF_FORMAT_FLOAT;
	default:
		return SF_FORMAT_DOUBLE;
	}
}

int vb_wav_format(unsigned int format)
{
	return SF_FORMAT_WAV | subtype(format);
}

uint64_t vb_wav_readable(const SF_INFO *info)
{
	switch (info->format & SF_FORMAT_SUBMASK) {
	case SF_FORMAT_FLOAT:
	case SF_FORMAT_DOUBLE:
		return READABLE_FLOAT;
	default:
		return READABLE;
	}
}

/* libsndfile has samples in the host's byte order. */
static void make_little_endian(uint8_t *p, size_t n, size_t bytes)
{
	if (BYTE_ORDER == LITTLE_ENDIAN)
		return;

	for (; n > 0; n--, p += bytes) {
		for (size_t i = 0; i < bytes / 2; i++) {
			uint8_t byte = p[i];

			p[i] = p[bytes - 1 - i];
			p[bytes - 1 - i] = byte;
		}
	}
}

size_t vb_wav_read(SNDFILE *file, unsigned int format, int channels, void *dst,
		   size_t n)
{
	sf_count_t want = (sf_count_t)n, got;
	size_t bytes = sizeof(double);

	switch (format) {
	case FMT(S16):
		got = sf_readf_short(file, dst, want);
		bytes = sizeof(short);
		break;
	case FMT(S32):
		got = sf_readf_int(file, dst, want);
		bytes = sizeof(int);
		break;
	case FMT(FLOAT):
		got = sf_readf_float(file, dst, want);
		bytes = sizeof(float);
		break;
	default:
		got = sf_readf_double(file, dst, want);
	}
	if (got <= 0)
		return 0;

	make_little_endian(dst, (size_t)got * (size_t)channels, bytes);

	return (size_t)got;
}

int vb_wav_check_name(const char *path)
{
	char *copy;
	int r;

	if (access(path, F_OK) == 0)
		return access(path, W_OK) == 0 ? 0 : -errno;

	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	r = access(dirname(copy), W_OK | X_OK) == 0 ? 0 : -errno;
	free(copy);

	return r;
}

int vb_wav_next_name(const char *first, char **ret)
{
	unsigned int number = atomic_fetch_add(&n_files, 1);
	const char *base = strrchr(first, '/');
	const char *dot = strrchr(base ? base : first, '.');
	char *name;

	if (!dot)
		dot = first + strlen(first);
	if (number == 0)
		name = strdup(first);
	else if (asprintf(&name, "%.*s.%u%s", (int)(dot - first), first, number,
			  dot) < 0)
		name = NULL;
	if (!name)
		return -ENOMEM;

	*ret = name;
	return 0;
}
