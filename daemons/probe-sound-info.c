/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "sound info": what a sound device has.
 */

#include <endian.h>
#include <stdio.h>

#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

static const char *const format_names[] = {
	"IMA_ADPCM", "MU_LAW", "A_LAW",	  "S8",	     "U8",
	"S16",	     "U16",    "S18_3",	  "U18_3",   "S20_3",
	"U20_3",     "S24_3",  "U24_3",	  "S20",     "U20",
	"S24",	     "U24",    "S32",	  "U32",     "FLOAT",
	"FLOAT64",   "DSD_U8", "DSD_U16", "DSD_U32", "IEC958_SUBFRAME",
};

static const char *const positions[] = {
	"NONE", "NA",	"MONO", "FL",  "FR",   "RL",   "RR",  "FC",
	"LFE",	"SL",	"SR",	"RC",  "FLC",  "FRC",  "RLC", "RRC",
	"FLW",	"FRW",	"FLH",	"FCH", "FRH",  "TC",   "TFL", "TFR",
	"TFC",	"TRL",	"TRR",	"TRC", "TFLC", "TFRC", "TSL", "TSR",
	"LLFE", "RLFE", "BC",	"BLC", "BRC",
};

static const char *direction_name(unsigned int direction)
{
	switch (direction) {
	case VIRTIO_SND_D_OUTPUT:
		return "playback";
	case VIRTIO_SND_D_INPUT:
		return "capture";
	default:
		return "no direction";
	}
}

static void print_formats(uint64_t formats)
{
	printf("  formats:");
	for (unsigned int i = 0; i < 64; i++) {
		if (!(formats & VD_BIT(i)))
			continue;
		if (i < VD_ARRAY_SIZE(format_names))
			printf(" %s", format_names[i]);
		else
			printf(" %u?", i);
	}
	printf("\n");
}

static void print_rates(uint64_t rates)
{
	printf("  rates:");
	for (unsigned int i = 0; i < 64; i++) {
		uint32_t hz = vd_sound_rate_hz(i);

		if (rates & VD_BIT(i) && hz)
			printf(" %u", hz);
		else if (rates & VD_BIT(i))
			printf(" %u?", i);
	}
	printf("\n");
}

static int print_streams(struct probe_sound *sound)
{
	for (uint32_t i = 0; i < sound->n_streams; i++) {
		struct virtio_snd_pcm_info info;
		int r = probe_sound_query(sound, VIRTIO_SND_R_PCM_INFO, i, 1,
					  sizeof(info), &info);

		if (r < 0)
			return r;
		printf("stream %u: %s, %u to %u channels, group %u\n", i,
		       direction_name(info.direction), info.channels_min,
		       info.channels_max, le32toh(info.hdr.hda_fn_nid));
		print_formats(le64toh(info.formats));
		print_rates(le64toh(info.rates));
	}

	return 0;
}

static int print_chmaps(struct probe_sound *sound)
{
	for (uint32_t i = 0; i < sound->n_chmaps; i++) {
		struct virtio_snd_chmap_info info;
		int r = probe_sound_query(sound, VIRTIO_SND_R_CHMAP_INFO, i, 1,
					  sizeof(info), &info);

		if (r < 0)
			return r;
		printf("channel map %u: %s, group %u:", i,
		       direction_name(info.direction),
		       le32toh(info.hdr.hda_fn_nid));
		for (unsigned int c = 0;
		     c < VD_MIN(info.channels, sizeof(info.positions)); c++) {
			uint8_t position = info.positions[c];

			printf(" %s", position < VD_ARRAY_SIZE(positions)
					      ? positions[position]
					      : "?");
		}
		printf("\n");
	}

	return 0;
}

static int print_jacks(struct probe_sound *sound)
{
	for (uint32_t i = 0; i < sound->n_jacks; i++) {
		struct virtio_snd_jack_info info;
		int r = probe_sound_query(sound, VIRTIO_SND_R_JACK_INFO, i, 1,
					  sizeof(info), &info);

		if (r < 0)
			return r;
		printf("jack %u: %s, group %u\n", i,
		       info.connected ? "connected" : "not connected",
		       le32toh(info.hdr.hda_fn_nid));
	}

	return 0;
}

static int run(struct probe *probe)
{
	struct probe_sound sound;
	int r;

	r = probe_sound_start(&sound, probe, 0);
	if (r < 0)
		return r;

	printf("jacks: %u\nstreams: %u\nchannel maps: %u\n", sound.n_jacks,
	       sound.n_streams, sound.n_chmaps);
	r = print_jacks(&sound);
	if (r == 0)
		r = print_streams(&sound);
	if (r == 0)
		r = print_chmaps(&sound);

	return r;
}

const struct probe_command probe_sound_info = {
	.name = "sound info",
	.summary = "list the streams of a sound device",
	.run = run,
};
