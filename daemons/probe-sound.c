/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "sound play" and "sound record": what a guest's player and recorder do.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-figures.h"
#include "daemons/probe-sound-driver.h"
#include "daemons/probe-sound-wav.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

/**
 * struct sound_settings - values of the options, and the argument
 * @path:     a WAV file
 * @skip:     use a later stream
 * @period:   milliseconds in a message
 * @periods:  messages under way
 * @hz:       frames a second, to be recorded
 * @channels: to be recorded
 * @msec:     how long to record
 */
struct sound_settings {
	const char *path;
	uint64_t skip;
	uint64_t period;
	uint64_t periods;
	uint64_t hz;
	uint64_t channels;
	uint64_t msec;
};

static struct sound_settings settings;

#define AT(member) offsetof(struct sound_settings, member)

#define SKIP \
	{ \
		.name = "skip", .type = OPTION_NUMBER, .offset = AT(skip), \
		.value = "N", .initial = "0", .max = 63, \
		.help = "Leave out the first N streams that would do." \
	}

static const struct option_def play_defs[] = {
	SKIP,
	PROBE_SOUND_PERIOD(AT(period)),
	PROBE_SOUND_PERIODS(AT(periods)),
};

static const struct option_def record_defs[] = {
	{ .name = "rate",
	  .type = OPTION_NUMBER,
	  .offset = AT(hz),
	  .value = "HZ",
	  .initial = "48000",
	  .min = 5512,
	  .max = 384000,
	  .help = "Record so many frames a second." },
	{ .name = "channels",
	  .type = OPTION_NUMBER,
	  .offset = AT(channels),
	  .value = "N",
	  .initial = "2",
	  .min = 1,
	  .max = 32,
	  .help = "Record so many channels, of 16 bits each." },
	PROBE_DURATION(AT(msec), "5000", "Record for so many milliseconds."),
	SKIP,
	PROBE_SOUND_PERIOD(AT(period)),
	PROBE_SOUND_PERIODS(AT(periods)),
};

static int parse_file(const struct option_strings *arguments,
		      struct options_error *error)
{
	if (arguments->n != 1)
		return options_fail(error, "one WAV file is needed");

	settings.path = arguments->items[0];

	return 0;
}

static uint64_t bytes_to_record(void)
{
	return settings.msec * settings.hz / 1000 * 2 * settings.channels;
}

static int parse_record(const struct option_strings *arguments,
			struct options_error *error)
{
	if (bytes_to_record() > PROBE_WAV_MAX_BYTES)
		return options_fail(error,
				    "a WAV file cannot hold so much sound; "
				    "choose a lower --duration, --rate or "
				    "--channels");

	return parse_file(arguments, error);
}

static struct probe_sound_params make_params(const struct probe_wav *wav)
{
	struct probe_sound_params params = {
		.format = wav->format,
		.channels = wav->channels,
		.hz = wav->hz,
		.frame = probe_format_bytes(wav->format) * wav->channels,
		.n_periods = (uint32_t)settings.periods,
		.xruns = true,
	};

	params.period =
		(uint32_t)(settings.period * params.hz / 1000) * params.frame;

	return params;
}

static int bad_file(const char *problem)
{
	log_error(settings.path, "%s", problem);
	return -EIO;
}

static int open_stream(struct probe_sound *sound, struct probe *probe,
		       unsigned int direction, const struct probe_wav *wav,
		       struct probe_sound_stream *stream)
{
	struct probe_sound_params params = make_params(wav);
	uint32_t id;
	int r;

	r = probe_sound_start(sound, probe, probe_sound_bytes(&params));
	if (r == 0)
		r = probe_sound_find(sound, direction, (uint32_t)settings.skip,
				     &params, &id);
	if (r == 0)
		r = probe_sound_open(stream, sound, direction, id, &params);

	return r;
}

static int close_stream(struct probe_sound_stream *stream)
{
	unsigned int n = stream->sound->n_xruns;
	int r = probe_sound_request(stream, VIRTIO_SND_R_PCM_STOP);

	if (n > 0)
		log_warning(stream->sound->probe->name,
			    "the device says that its host ran %s, %u times",
			    stream->direction == VIRTIO_SND_D_OUTPUT ? "dry"
								     : "over",
			    n);

	return r < 0 ? r
		     : probe_sound_request(stream, VIRTIO_SND_R_PCM_RELEASE);
}

/* Returns 1 if there was something to be played, or 0 at the end. */
static int play_more(FILE *file, struct probe_sound_message *message,
		     uint32_t *left)
{
	uint32_t want = VD_MIN(*left, message->stream->params.period);
	int r;

	message->len = (uint32_t)fread(message->data, 1, want, file);
	*left = message->len < want ? 0 : *left - want;
	if (message->len == 0)
		return 0;

	r = probe_sound_submit(message);

	return r < 0 ? r : 1;
}

static int play_all(FILE *file, struct probe_sound_stream *stream,
		    uint32_t left)
{
	uint32_t n = 0;
	int r = 1;

	while (r == 1 && n < stream->params.n_periods) {
		r = play_more(file, &stream->messages[n], &left);
		n += r == 1;
	}
	if (r >= 0)
		r = probe_sound_request(stream, VIRTIO_SND_R_PCM_START);

	while (r >= 0 && n > 0) {
		struct probe_sound_message *message;

		r = probe_sound_collect(stream->sound, VIRTIO_SND_D_OUTPUT,
					&message);
		if (r < 0)
			break;
		r = play_more(file, message, &left);
		n -= r == 0;
	}

	return r < 0 ? r : close_stream(stream);
}

static int play_file(struct probe *probe, FILE *file)
{
	struct probe_sound_stream stream;
	struct probe_sound sound;
	struct probe_wav wav;
	const char *problem;
	int r;

	problem = probe_wav_read(file, &wav);
	if (problem)
		return bad_file(problem);

	r = open_stream(&sound, probe, VIRTIO_SND_D_OUTPUT, &wav, &stream);

	return r != 0 ? r : play_all(file, &stream, wav.bytes);
}

static int run_play(struct probe *probe)
{
	FILE *file = fopen(settings.path, "rbe");
	int r;

	if (!file)
		return bad_file(strerror(errno));

	r = play_file(probe, file);
	fclose(file);

	return r;
}

static int record_all(FILE *file, struct probe_sound_stream *stream,
		      uint32_t left)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < stream->params.n_periods; i++)
		r = probe_sound_submit(&stream->messages[i]);
	if (r == 0)
		r = probe_sound_request(stream, VIRTIO_SND_R_PCM_START);

	while (r == 0 && left > 0) {
		struct probe_sound_message *message;
		uint32_t len;

		r = probe_sound_collect(stream->sound, VIRTIO_SND_D_INPUT,
					&message);
		if (r < 0)
			break;
		len = VD_MIN(message->len, left);
		if (fwrite(message->data, 1, len, file) != len)
			return bad_file(strerror(errno));
		left -= len;
		r = probe_sound_submit(message);
	}

	return r < 0 ? r : close_stream(stream);
}

static int record_file(struct probe *probe, FILE *file)
{
	struct probe_wav wav = {
		.format = VIRTIO_SND_PCM_FMT_S16,
		.channels = (unsigned int)settings.channels,
		.hz = (uint32_t)settings.hz,
		.bytes = (uint32_t)bytes_to_record(),
	};
	struct probe_sound_stream stream;
	struct probe_sound sound;
	const char *problem;
	int r;

	problem = probe_wav_write(file, &wav);
	if (problem)
		return bad_file(problem);

	r = open_stream(&sound, probe, VIRTIO_SND_D_INPUT, &wav, &stream);

	return r != 0 ? r : record_all(file, &stream, wav.bytes);
}

static int run_record(struct probe *probe)
{
	FILE *file = fopen(settings.path, "wbe");
	int r;

	if (!file)
		return bad_file(strerror(errno));

	r = record_file(probe, file);
	if (fclose(file) != 0 && r == 0)
		r = bad_file(strerror(errno));

	return r;
}

const struct probe_command probe_sound_play = {
	.name = "sound play",
	.summary = "play a WAV file through a sound device",
	.arguments = "FILE",
	.options = {
		.heading = "Options",
		.defs = play_defs,
		.n_defs = VD_ARRAY_SIZE(play_defs),
		.settings = &settings,
	},
	.parse = parse_file,
	.run = run_play,
};

const struct probe_command probe_sound_record = {
	.name = "sound record",
	.summary = "record a WAV file from a sound device",
	.arguments = "FILE",
	.options = {
		.heading = "Options",
		.defs = record_defs,
		.n_defs = VD_ARRAY_SIZE(record_defs),
		.settings = &settings,
	},
	.parse = parse_record,
	.run = run_record,
};
