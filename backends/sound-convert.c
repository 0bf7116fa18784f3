/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Integers only change their place in a word of the same size, and the sense of
 * the highest bit: a shift and an exclusive-or, from one table.
 */

#include "backends/sound-convert.h"

#include <endian.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name

/* Formats that are described here are below this, see <linux/virtio_snd.h>. */
#define N_FORMATS (FMT(IEC958_SUBFRAME) + 1)

#define INTEGER(g, h, n, s, f) \
	{ \
		.guest = FMT(g), .host = FMT(h), .guest_bytes = (n), \
		.host_bytes = (n), .shift = (s), .flip = (f) \
	}

static const struct vb_sound_conversion conversions[] = {
	INTEGER(S8, U8, 1, 0, 0x80),
	INTEGER(U16, S16, 2, 0, 0x8000),
	INTEGER(S18_3, S24_3, 3, 6, 0),
	INTEGER(U18_3, S24_3, 3, 6, 0x800000),
	INTEGER(S20_3, S24_3, 3, 4, 0),
	INTEGER(U20_3, S24_3, 3, 4, 0x800000),
	INTEGER(U24_3, S24_3, 3, 0, 0x800000),
	INTEGER(S20, S32, 4, 12, 0),
	INTEGER(U20, S32, 4, 12, 0x80000000),
	INTEGER(S24, S32, 4, 8, 0),
	INTEGER(U24, S32, 4, 8, 0x80000000),
	INTEGER(U32, S32, 4, 0, 0x80000000),
	{ .guest = FMT(FLOAT64),
	  .host = FMT(FLOAT),
	  .guest_bytes = 8,
	  .host_bytes = 4 },
};

/* Of those that are made of plain samples. */
static const uint8_t sample_bytes[N_FORMATS] = {
	[FMT(MU_LAW)] = 1, [FMT(A_LAW)] = 1,   [FMT(S8)] = 1,
	[FMT(U8)] = 1,	   [FMT(S16)] = 2,     [FMT(U16)] = 2,
	[FMT(S18_3)] = 3,  [FMT(U18_3)] = 3,   [FMT(S20_3)] = 3,
	[FMT(U20_3)] = 3,  [FMT(S24_3)] = 3,   [FMT(U24_3)] = 3,
	[FMT(S20)] = 4,	   [FMT(U20)] = 4,     [FMT(S24)] = 4,
	[FMT(U24)] = 4,	   [FMT(S32)] = 4,     [FMT(U32)] = 4,
	[FMT(FLOAT)] = 4,  [FMT(FLOAT64)] = 8,
};

static bool has(uint64_t formats, unsigned int format)
{
	return format < N_FORMATS && sample_bytes[format] &&
	       formats & VD_BIT(format);
}

bool vb_sound_conversion_find(unsigned int format, uint64_t direct,
			      struct vb_sound_conversion *ret)
{
	if (has(direct, format)) {
		*ret = (struct vb_sound_conversion){
			.guest = (uint8_t)format,
			.host = (uint8_t)format,
			.guest_bytes = sample_bytes[format],
			.host_bytes = sample_bytes[format],
		};
		return true;
	}

	for (size_t i = 0; i < VD_ARRAY_SIZE(conversions); i++) {
		if (conversions[i].guest == format &&
		    has(direct, conversions[i].host)) {
			*ret = conversions[i];
			return true;
		}
	}

	return false;
}

uint64_t vb_sound_conversion_formats(uint64_t direct)
{
	struct vb_sound_conversion conversion;
	uint64_t formats = 0;

	for (unsigned int i = 0; i < N_FORMATS; i++) {
		if (vb_sound_conversion_find(i, direct, &conversion))
			formats |= VD_BIT(i);
	}

	return formats;
}

static inline uint32_t load(const uint8_t *p, size_t bytes)
{
	uint32_t value = 0;

	memcpy(&value, p, bytes);

	return le32toh(value);
}

static inline void store(uint8_t *p, uint32_t value, size_t bytes)
{
	value = htole32(value);
	memcpy(p, &value, bytes);
}

/*
 * They are called with a constant number of bytes, and inlined, so that each
 * access becomes a single instruction, or two for three bytes.
 */
static inline __attribute__((always_inline)) void
integers_to_host(const struct vb_sound_conversion *conversion, uint8_t *dst,
		 const uint8_t *src, size_t n, size_t bytes)
{
	unsigned int shift = conversion->shift;
	uint32_t flip = conversion->flip;

	for (size_t i = 0; i < n * bytes; i += bytes)
		store(dst + i, (load(src + i, bytes) << shift) ^ flip, bytes);
}

/* Signed samples fill their word with the sign, as ALSA wants it. */
static inline __attribute__((always_inline)) void
integers_to_guest(const struct vb_sound_conversion *conversion, uint8_t *dst,
		  const uint8_t *src, size_t n, size_t bytes)
{
	unsigned int up = 32 - 8 * (unsigned int)bytes;
	unsigned int down = up + conversion->shift;
	uint32_t flip = conversion->flip;

	for (size_t i = 0; i < n * bytes; i += bytes) {
		uint32_t value = (load(src + i, bytes) ^ flip) << up;

		value = flip ? value >> down
			     : (uint32_t)((int32_t)value >> down);
		store(dst + i, value, bytes);
	}
}

static void doubles_to_host(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t wide;
		uint32_t bits;
		double value;
		float narrow;

		memcpy(&wide, src + 8 * i, sizeof(wide));
		wide = le64toh(wide);
		memcpy(&value, &wide, sizeof(value));
		narrow = (float)value;
		memcpy(&bits, &narrow, sizeof(bits));
		store(dst + 4 * i, bits, 4);
	}
}

static void floats_to_guest(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = load(src + 4 * i, 4);
		uint64_t wide;
		double value;
		float narrow;

		memcpy(&narrow, &bits, sizeof(narrow));
		value = (double)narrow;
		memcpy(&wide, &value, sizeof(wide));
		wide = htole64(wide);
		memcpy(dst + 8 * i, &wide, sizeof(wide));
	}
}

void vb_sound_to_host(const struct vb_sound_conversion *conversion, void *dst,
		      const void *src, size_t n_samples)
{
	if (vb_sound_conversion_is_none(conversion)) {
		memmove(dst, src, n_samples * conversion->host_bytes);
		return;
	}

	switch (conversion->guest_bytes) {
	case 1:
		integers_to_host(conversion, dst, src, n_samples, 1);
		break;
	case 2:
		integers_to_host(conversion, dst, src, n_samples, 2);
		break;
	case 3:
		integers_to_host(conversion, dst, src, n_samples, 3);
		break;
	case 4:
		integers_to_host(conversion, dst, src, n_samples, 4);
		break;
	default:
		doubles_to_host(dst, src, n_samples);
	}
}

void vb_sound_to_guest(const struct vb_sound_conversion *conversion, void *dst,
		       const void *src, size_t n_samples)
{
	if (vb_sound_conversion_is_none(conversion)) {
		memmove(dst, src, n_samples * conversion->host_bytes);
		return;
	}

	switch (conversion->guest_bytes) {
	case 1:
		integers_to_guest(conversion, dst, src, n_samples, 1);
		break;
	case 2:
		integers_to_guest(conversion, dst, src, n_samples, 2);
		break;
	case 3:
		integers_to_guest(conversion, dst, src, n_samples, 3);
		break;
	case 4:
		integers_to_guest(conversion, dst, src, n_samples, 4);
		break;
	default:
		floats_to_guest(dst, src, n_samples);
	}
}
