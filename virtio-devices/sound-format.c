/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sample formats and frame rates.
 */

#include <endian.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

/* Formats that are compressed, of single bits, or framed have no size here. */
static const struct {
	uint8_t size;
	uint32_t silence;
} formats[] = {
	[VIRTIO_SND_PCM_FMT_MU_LAW] = { 1, 0xff },
	[VIRTIO_SND_PCM_FMT_A_LAW] = { 1, 0xd5 },
	[VIRTIO_SND_PCM_FMT_S8] = { 1, 0 },
	[VIRTIO_SND_PCM_FMT_U8] = { 1, 0x80 },
	[VIRTIO_SND_PCM_FMT_S16] = { 2, 0 },
	[VIRTIO_SND_PCM_FMT_U16] = { 2, 0x8000 },
	[VIRTIO_SND_PCM_FMT_S18_3] = { 3, 0 },
	[VIRTIO_SND_PCM_FMT_U18_3] = { 3, 0x20000 },
	[VIRTIO_SND_PCM_FMT_S20_3] = { 3, 0 },
	[VIRTIO_SND_PCM_FMT_U20_3] = { 3, 0x80000 },
	[VIRTIO_SND_PCM_FMT_S24_3] = { 3, 0 },
	[VIRTIO_SND_PCM_FMT_U24_3] = { 3, 0x800000 },
	[VIRTIO_SND_PCM_FMT_S20] = { 4, 0 },
	[VIRTIO_SND_PCM_FMT_U20] = { 4, 0x80000 },
	[VIRTIO_SND_PCM_FMT_S24] = { 4, 0 },
	[VIRTIO_SND_PCM_FMT_U24] = { 4, 0x800000 },
	[VIRTIO_SND_PCM_FMT_S32] = { 4, 0 },
	[VIRTIO_SND_PCM_FMT_U32] = { 4, 0x80000000 },
	[VIRTIO_SND_PCM_FMT_FLOAT] = { 4, 0 },
	[VIRTIO_SND_PCM_FMT_FLOAT64] = { 8, 0 },
};

static const uint32_t rates[VD_SOUND_N_RATES] = {
	[VIRTIO_SND_PCM_RATE_5512] = 5512,
	[VIRTIO_SND_PCM_RATE_8000] = 8000,
	[VIRTIO_SND_PCM_RATE_11025] = 11025,
	[VIRTIO_SND_PCM_RATE_16000] = 16000,
	[VIRTIO_SND_PCM_RATE_22050] = 22050,
	[VIRTIO_SND_PCM_RATE_32000] = 32000,
	[VIRTIO_SND_PCM_RATE_44100] = 44100,
	[VIRTIO_SND_PCM_RATE_48000] = 48000,
	[VIRTIO_SND_PCM_RATE_64000] = 64000,
	[VIRTIO_SND_PCM_RATE_88200] = 88200,
	[VIRTIO_SND_PCM_RATE_96000] = 96000,
	[VIRTIO_SND_PCM_RATE_176400] = 176400,
	[VIRTIO_SND_PCM_RATE_192000] = 192000,
	[VIRTIO_SND_PCM_RATE_384000] = 384000,
	[SND_PCM_RATE_12000] = 12000,
	[SND_PCM_RATE_24000] = 24000,
};

uint32_t vd_snd_sample_bytes(unsigned int format)
{
	return format < VD_ARRAY_SIZE(formats) ? formats[format].size : 0;
}

uint32_t vd_sound_rate_hz(unsigned int rate)
{
	return rate < VD_ARRAY_SIZE(rates) ? rates[rate] : 0;
}

void vd_snd_silence(unsigned int format, uint64_t position, uint8_t *buf,
		    size_t len)
{
	uint32_t silence = htole32(formats[format].silence);
	uint8_t size = formats[format].size;
	uint8_t sample[8] = { 0 };

	memcpy(sample, &silence, sizeof(silence));
	for (size_t i = 0; i < len; i++)
		buf[i] = sample[(position + i) % size];
}
