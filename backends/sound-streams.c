/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/sound-streams.h"

#include <assert.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "virtio-devices/util.h"

#define POSITION(name) VIRTIO_SND_CHMAP_##name

/* In ALSA's order, of which each map has as many as it needs. */
static const uint8_t positions[VB_SOUND_MAX_CHANNELS] = {
	POSITION(FL), POSITION(FR),  POSITION(RL), POSITION(RR),
	POSITION(FC), POSITION(LFE), POSITION(SL), POSITION(SR),
};

static const uint8_t counts[] = { 1, 2, 4, 6, 8 };

int vb_sound_rate_find(unsigned int hz)
{
	for (unsigned int i = 0; i < VD_SOUND_N_RATES; i++) {
		if (vd_sound_rate_hz(i) == hz)
			return (int)i;
	}

	return -1;
}

static void make_chmap(struct vd_sound_chmap_info *chmap,
		       enum vd_sound_direction direction, uint8_t channels)
{
	chmap->direction = direction;
	chmap->channels = channels;
	memcpy(chmap->positions, positions, channels);
	if (channels == 1)
		chmap->positions[0] = POSITION(MONO);
}

void vb_sound_streams_init(struct vb_sound_streams *streams,
			   uint32_t n_playback, uint32_t n_capture,
			   uint64_t formats)
{
	uint32_t n = n_playback + n_capture;

	assert(n > 0 && n <= VD_SOUND_MAX_STREAMS);

	*streams = (struct vb_sound_streams){ .n = n };
	for (uint32_t i = 0; i < n; i++)
		streams->info[i] = (struct vd_sound_stream_info){
			.direction = i < n_playback ? VD_SOUND_PLAYBACK
						    : VD_SOUND_CAPTURE,
			.formats = formats,
			.rates = VB_SOUND_ALL_RATES,
			.channels_min = 1,
			.channels_max = VB_SOUND_MAX_CHANNELS,
		};
	for (size_t i = 0; i < VB_SOUND_N_CHMAPS; i++)
		make_chmap(&streams->chmaps[i],
			   i % 2 ? VD_SOUND_CAPTURE : VD_SOUND_PLAYBACK,
			   counts[i / 2]);
}

void vb_sound_streams_show(const struct vb_sound_streams *streams,
			   struct vd_sound_backend *backend)
{
	backend->streams = streams->info;
	backend->n_streams = streams->n;
	backend->chmaps = streams->chmaps;
	backend->n_chmaps = VB_SOUND_N_CHMAPS;
}
