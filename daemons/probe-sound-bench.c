/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * "bench sound": does a sound device keep time?
 */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/log.h"
#include "daemons/probe-figures.h"
#include "daemons/probe-load.h"
#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "virtio-devices/util.h"

#define MAX_STREAMS 64
#define CHANNELS 2
#define HZ 48000

/**
 * struct bench_settings - values of the options
 * @streams: how many play at once
 * @period:  milliseconds in a message
 * @periods: messages of each stream under way
 * @msec:    how long to go on
 */
struct bench_settings {
	uint64_t streams;
	uint64_t period;
	uint64_t periods;
	uint64_t msec;
};

static struct bench_settings settings;

#define AT(member) offsetof(struct bench_settings, member)

static const struct option_def defs[] = {
	{ .name = "streams",
	  .type = OPTION_NUMBER,
	  .offset = AT(streams),
	  .value = "N",
	  .initial = "1",
	  .min = 1,
	  .max = MAX_STREAMS,
	  .help = "Play N streams at once: two channels of 16 bits at 48000 "
		  "Hz." },
	PROBE_SOUND_PERIOD(AT(period)),
	PROBE_SOUND_PERIODS(AT(periods)),
	PROBE_DURATION(AT(msec), "5000", "Go on for so many milliseconds."),
};

/**
 * struct bench - a measurement
 * @sound:   the device
 * @streams: those that play
 * @last:    when each of them had a message back
 * @samples: the time between two of them, in microseconds
 * @n:       how many samples there are
 * @max:     room in @samples
 * @latency: the greatest that the device said, in bytes
 */
struct bench {
	struct probe_sound sound;
	struct probe_sound_stream streams[MAX_STREAMS];
	uint64_t last[MAX_STREAMS];
	uint32_t *samples;
	size_t n;
	size_t max;
	uint32_t latency;
};

/* A tone that is not the same in two streams. */
static void make_tone(struct probe_sound_message *message, uint32_t number)
{
	uint32_t n = message->stream->params.period / (2 * CHANNELS);
	int16_t *sample = (int16_t *)(void *)message->data;

	for (uint32_t i = 0; i < n; i++) {
		double turns = (double)i * (1 + number) / n;

		for (int c = 0; c < CHANNELS; c++)
			*sample++ = (int16_t)(8000 * sin(2 * M_PI * turns));
	}
	message->len = message->stream->params.period;
}

static int open_streams(struct bench *bench,
			const struct probe_sound_params *params)
{
	for (uint32_t i = 0; i < settings.streams; i++) {
		struct probe_sound_stream *stream = &bench->streams[i];
		uint32_t id;
		int r;

		r = probe_sound_find(&bench->sound, VIRTIO_SND_D_OUTPUT, i,
				     params, &id);
		if (r == 0)
			r = probe_sound_open(stream, &bench->sound,
					     VIRTIO_SND_D_OUTPUT, id, params);
		for (uint32_t m = 0; r == 0 && m < params->n_periods; m++) {
			make_tone(&stream->messages[m], i);
			r = probe_sound_submit(&stream->messages[m]);
		}
		if (r < 0)
			return r;
	}

	return 0;
}

static int request_all(struct bench *bench, uint32_t code)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < settings.streams; i++)
		r = probe_sound_request(&bench->streams[i], code);

	return r;
}

static void record(struct bench *bench,
		   const struct probe_sound_message *message, uint64_t now)
{
	size_t index = (size_t)(message->stream - bench->streams);
	uint64_t nsec = now - bench->last[index];

	if (bench->last[index] && bench->n < bench->max)
		bench->samples[bench->n++] =
			(uint32_t)VD_MIN(nsec / 1000, UINT32_MAX);
	bench->last[index] = now;
	bench->latency = VD_MAX(bench->latency, message->latency);
}

static int play(struct bench *bench, uint64_t *n_messages, uint64_t *nsec)
{
	uint64_t begin = probe_now(), now = begin;
	int r;

	*n_messages = 0;
	r = request_all(bench, VIRTIO_SND_R_PCM_START);
	while (r == 0 && now - begin < settings.msec * VD_NSEC_PER_MSEC) {
		struct probe_sound_message *message;

		r = probe_sound_collect(&bench->sound, VIRTIO_SND_D_OUTPUT,
					&message);
		if (r < 0)
			break;
		now = probe_now();
		record(bench, message, now);
		(*n_messages)++;
		r = probe_sound_submit(message);
	}
	*nsec = now - begin;
	if (r == 0)
		r = request_all(bench, VIRTIO_SND_R_PCM_STOP);
	if (r == 0)
		r = request_all(bench, VIRTIO_SND_R_PCM_RELEASE);

	return r;
}

static void print_xruns(const struct bench *bench)
{
	if (bench->streams[0].params.xruns)
		printf("underruns       %u\n", bench->sound.n_xruns);
	else
		printf("underruns       not counted: the back-end does not "
		       "tell; "
		       "for ours, see '--xruns'\n");
}

static void print_result(struct bench *bench, uint64_t n_messages,
			 uint64_t nsec)
{
	double played = (double)(n_messages * settings.period) / 1e3;
	double seconds = (double)nsec / 1e9 * (double)settings.streams;

	printf("messages        %llu of %llu ms, to %llu streams\n",
	       (unsigned long long)n_messages,
	       (unsigned long long)settings.period,
	       (unsigned long long)settings.streams);
	printf("pace            %.4f seconds of sound in each second\n",
	       seconds > 0 ? played / seconds : 0);
	print_xruns(bench);
	if (bench->n == 0)
		return;
	probe_print_times("apart          ", "ms", bench->samples, bench->n);
	printf("latency         %.1f ms at most, says the device\n",
	       bench->latency / (HZ / 1e3 * 2 * CHANNELS));
}

static int measure(struct bench *bench, struct probe *probe)
{
	const struct probe_sound_params params = {
		.format = VIRTIO_SND_PCM_FMT_S16,
		.channels = CHANNELS,
		.hz = HZ,
		.frame = 2 * CHANNELS,
		.period =
			(uint32_t)settings.period * (HZ / 1000) * 2 * CHANNELS,
		.n_periods = (uint32_t)settings.periods,
		.xruns = true,
	};
	uint64_t n_messages, nsec;
	int r;

	r = probe_sound_start(&bench->sound, probe,
			      settings.streams * probe_sound_bytes(&params));
	if (r == 0)
		r = open_streams(bench, &params);
	if (r == 0)
		r = play(bench, &n_messages, &nsec);
	if (r == 0)
		print_result(bench, n_messages, nsec);

	return r;
}

static int run(struct probe *probe)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	int r = -ENOMEM;

	if (bench) {
		bench->max = settings.streams *
			     (2 * settings.msec / settings.period + 100);
		bench->samples = calloc(bench->max, sizeof(uint32_t));
	}
	if (bench && bench->samples)
		r = measure(bench, probe);
	else
		log_error(NULL, "there is not enough memory");
	if (bench)
		free(bench->samples);
	free(bench);

	return r;
}

const struct probe_command probe_bench_sound = {
	.name = "bench sound",
	.summary = "measure how well a sound device keeps time",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = &settings,
	},
	.run = run,
};
