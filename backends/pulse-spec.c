/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/pulse-spec.h"

#include <errno.h>
#include <linux/virtio_snd.h>

#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name

/*
 * The server is woken for each block that it asks for or gives.  With shorter
 * ones it does little else; with longer ones the guest hears late of what was
 * consumed.
 */
#define MIN_BLOCK_MSEC 5
#define MAX_BLOCK_MSEC 20

/*
 * A guest says with its buffer how much delay it can live with.  With less than
 * the one a busy host makes a stream stumble; more than the other is no longer
 * felt as immediate when the sound is paused or moved elsewhere.
 */
#define MIN_BUFFER_MSEC 40
#define MAX_BUFFER_MSEC 250

static const pa_sample_format_t formats[] = {
	[FMT(MU_LAW)] = PA_SAMPLE_ULAW, [FMT(A_LAW)] = PA_SAMPLE_ALAW,
	[FMT(U8)] = PA_SAMPLE_U8,	[FMT(S16)] = PA_SAMPLE_S16LE,
	[FMT(S24_3)] = PA_SAMPLE_S24LE, [FMT(S24)] = PA_SAMPLE_S24_32LE,
	[FMT(S32)] = PA_SAMPLE_S32LE,	[FMT(FLOAT)] = PA_SAMPLE_FLOAT32LE,
};

#define DIRECT \
	(VD_BIT(FMT(MU_LAW)) | VD_BIT(FMT(A_LAW)) | VD_BIT(FMT(U8)) | \
	 VD_BIT(FMT(S16)) | VD_BIT(FMT(S24_3)) | VD_BIT(FMT(S24)) | \
	 VD_BIT(FMT(S32)) | VD_BIT(FMT(FLOAT)))

uint64_t vb_pulse_formats(void)
{
	return vb_sound_conversion_formats(DIRECT);
}

static uint64_t clamp(uint64_t value, uint64_t min, uint64_t max)
{
	return VD_MIN(VD_MAX(value, min), max);
}

/* Bytes for the server, of the guest's bytes or of a time, in whole frames. */
static uint32_t to_bytes(uint64_t frames, const pa_sample_spec *sample)
{
	return (uint32_t)(frames * pa_frame_size(sample));
}

static uint64_t frames_in(uint64_t msec, uint32_t hz)
{
	return msec * hz / 1000 + 1;
}

/*
 * The server divides what it is asked for between a stream's buffer and the
 * sink's: of four blocks it leaves three to the stream.  It must never wait for
 * more than a block before it begins, as there may be no more to come.
 */
static void set_attr(pa_buffer_attr *attr, const struct vd_sound_params *params,
		     const pa_sample_spec *sample,
		     enum vd_sound_direction direction)
{
	uint64_t block = clamp(params->period_bytes / params->frame_bytes,
			       frames_in(MIN_BLOCK_MSEC, params->hz),
			       frames_in(MAX_BLOCK_MSEC, params->hz));
	uint64_t buffer = clamp(params->buffer_bytes / params->frame_bytes,
				frames_in(MIN_BUFFER_MSEC, params->hz),
				frames_in(MAX_BUFFER_MSEC, params->hz));

	buffer = VD_MAX(buffer, 4 * block);
	*attr = (pa_buffer_attr){
		.maxlength = UINT32_MAX,
		.tlength = UINT32_MAX,
		.prebuf = UINT32_MAX,
		.minreq = UINT32_MAX,
		.fragsize = UINT32_MAX,
	};
	if (direction == VD_SOUND_CAPTURE) {
		attr->fragsize = to_bytes(block, sample);
		return;
	}
	attr->tlength = to_bytes(buffer, sample);
	attr->minreq = to_bytes(block, sample);
	attr->prebuf = to_bytes(block, sample);
}

int vb_pulse_spec_init(struct vb_pulse_spec *spec,
		       const struct vd_sound_params *params,
		       enum vd_sound_direction direction)
{
	if (!vb_sound_conversion_find(params->format, DIRECT,
				      &spec->conversion))
		return -ENOTSUP;

	spec->sample = (pa_sample_spec){
		.format = formats[spec->conversion.host],
		.rate = params->hz,
		.channels = params->channels,
	};
	if (!pa_sample_spec_valid(&spec->sample))
		return -ENOTSUP;

	pa_channel_map_init_extend(&spec->map, params->channels,
				   PA_CHANNEL_MAP_ALSA);
	set_attr(&spec->attr, params, &spec->sample, direction);

	return 0;
}

pa_volume_t vb_pulse_volume(int volume)
{
	if (volume <= VD_SOUND_VOLUME_MIN)
		return PA_VOLUME_MUTED;

	return pa_sw_volume_from_dB(volume / 100.0);
}

int vb_pulse_hundredths(pa_volume_t volume)
{
	double hundredths = pa_sw_volume_to_dB(volume) * 100;

	if (hundredths <= VD_SOUND_VOLUME_MIN)
		return VD_SOUND_VOLUME_MIN;
	if (hundredths >= VD_SOUND_VOLUME_MAX)
		return VD_SOUND_VOLUME_MAX;

	return (int)(hundredths - 0.5);
}
