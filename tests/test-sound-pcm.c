/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a stream: each request in each state, and parameters.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "tests/sound-driver.h"

enum state {
	NEW,
	SET,
	PREPARED,
	RUNNING,
	STOPPED,
	RELEASED,
	N_STATES
};

static const char *const state_names[] = {
	"new", "set", "prepared", "running", "stopped", "released",
};

#define SET_PARAMS VIRTIO_SND_R_PCM_SET_PARAMS
#define PREPARE VIRTIO_SND_R_PCM_PREPARE
#define RELEASE VIRTIO_SND_R_PCM_RELEASE
#define START VIRTIO_SND_R_PCM_START
#define STOP VIRTIO_SND_R_PCM_STOP

static uint32_t send(uint32_t code, uint32_t stream)
{
	struct virtio_snd_pcm_set_params params = usual_params(stream);

	if (code == SET_PARAMS)
		return ask(&params, sizeof(params), NULL, 0, NULL);

	return ask_pcm(code, stream);
}

/* By the path of the specification. */
static void bring_to(uint32_t stream, enum state state)
{
	static const uint32_t path[N_STATES][5] = {
		[SET] = { SET_PARAMS },
		[PREPARED] = { SET_PARAMS, PREPARE },
		[RUNNING] = { SET_PARAMS, PREPARE, START },
		[STOPPED] = { SET_PARAMS, PREPARE, START, STOP },
		[RELEASED] = { SET_PARAMS, PREPARE, RELEASE },
	};

	for (size_t i = 0; i < 5 && path[state][i]; i++)
		cr_assert_eq(send(path[state][i], stream), OK);
}

/**
 * struct step - a request in a state
 * @status: the answer
 * @after:  what the backend is in then
 */
struct step {
	enum state state;
	uint32_t code;
	uint32_t status;
	enum fake_sound_state after;
};

#define IS_IDLE FAKE_SOUND_IDLE
#define IS_PREPARED FAKE_SOUND_PREPARED
#define IS_RUNNING FAKE_SOUND_RUNNING

static const struct step steps[] = {
	{ NEW, SET_PARAMS, OK, IS_IDLE },
	{ NEW, PREPARE, NOT_SUPP, IS_IDLE },
	{ NEW, RELEASE, OK, IS_IDLE },
	{ NEW, START, NOT_SUPP, IS_IDLE },
	{ NEW, STOP, NOT_SUPP, IS_IDLE },

	{ SET, SET_PARAMS, OK, IS_IDLE },
	{ SET, PREPARE, OK, IS_PREPARED },
	{ SET, RELEASE, OK, IS_IDLE },
	{ SET, START, NOT_SUPP, IS_IDLE },
	{ SET, STOP, NOT_SUPP, IS_IDLE },

	{ PREPARED, SET_PARAMS, OK, IS_IDLE },
	{ PREPARED, PREPARE, OK, IS_PREPARED },
	{ PREPARED, RELEASE, OK, IS_IDLE },
	{ PREPARED, START, OK, IS_RUNNING },
	{ PREPARED, STOP, OK, IS_PREPARED },

	{ RUNNING, SET_PARAMS, NOT_SUPP, IS_RUNNING },
	{ RUNNING, PREPARE, NOT_SUPP, IS_RUNNING },
	{ RUNNING, RELEASE, OK, IS_IDLE },
	{ RUNNING, START, NOT_SUPP, IS_RUNNING },
	{ RUNNING, STOP, OK, IS_PREPARED },

	{ STOPPED, SET_PARAMS, OK, IS_IDLE },
	{ STOPPED, PREPARE, OK, IS_PREPARED },
	{ STOPPED, RELEASE, OK, IS_IDLE },
	{ STOPPED, START, OK, IS_RUNNING },
	{ STOPPED, STOP, OK, IS_PREPARED },

	{ RELEASED, SET_PARAMS, OK, IS_IDLE },
	{ RELEASED, PREPARE, OK, IS_PREPARED },
	{ RELEASED, RELEASE, OK, IS_IDLE },
	{ RELEASED, START, NOT_SUPP, IS_IDLE },
	{ RELEASED, STOP, NOT_SUPP, IS_IDLE },
};

TestSuite(sound_pcm, .init = setup_sound, .fini = teardown_sound);

Test(sound_pcm, answers_each_request_in_each_state)
{
	for (size_t i = 0; i < 2 * VD_ARRAY_SIZE(steps); i++) {
		const struct step *step = &steps[i / 2];
		uint32_t stream = i % 2;

		bring_to(stream, step->state);
		cr_assert_eq(send(step->code, stream), step->status,
			     "%#x, %s, stream %u", step->code,
			     state_names[step->state], stream);
		cr_assert_eq(host.streams[stream].state, step->after,
			     "%#x, %s, stream %u", step->code,
			     state_names[step->state], stream);
		stop_queues();
		vd_device_reset(sound);
		remake_sound(NULL);
	}
}

Test(sound_pcm, knows_no_stream_beyond_the_last)
{
	static const uint32_t codes[] = { SET_PARAMS, PREPARE, RELEASE, START,
					  STOP };

	for (size_t i = 0; i < VD_ARRAY_SIZE(codes); i++) {
		cr_assert_eq(send(codes[i], FAKE_SOUND_STREAMS), BAD_MSG);
		cr_assert_eq(send(codes[i], UINT32_MAX), BAD_MSG);
	}
}

Test(sound_pcm, keeps_streams_apart)
{
	bring_to(OUT, RUNNING);
	bring_to(IN2, PREPARED);
	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_RUNNING);
	cr_assert_eq(host.streams[IN2].state, FAKE_SOUND_PREPARED);
	cr_assert_eq(host.streams[IN].state, FAKE_SOUND_IDLE);
	cr_assert_eq(send(START, IN), NOT_SUPP);
}

Test(sound_pcm, tells_the_backend_what_was_set)
{
	const struct vd_sound_params *params = &host.streams[OUT2].params;

	bring_to(OUT2, PREPARED);
	cr_assert_eq(params->format, VIRTIO_SND_PCM_FMT_S16);
	cr_assert_eq(params->rate, VIRTIO_SND_PCM_RATE_48000);
	cr_assert_eq(params->channels, 2);
	cr_assert_eq(params->hz, 48000);
	cr_assert_eq(params->frame_bytes, 4);
	cr_assert_eq(params->period_bytes, PERIOD);
	cr_assert_eq(params->buffer_bytes, BUFFER);
}

Test(sound_pcm, can_set_other_parameters)
{
	struct virtio_snd_pcm_set_params request = usual_params(OUT);

	bring_to(OUT, STOPPED);
	request.channels = 1;
	request.format = VIRTIO_SND_PCM_FMT_U8;
	request.rate = VIRTIO_SND_PCM_RATE_8000;
	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), OK);
	cr_assert_eq(send(PREPARE, OUT), OK);
	cr_assert_eq(host.streams[OUT].params.frame_bytes, 1);
	cr_assert_eq(host.streams[OUT].params.hz, 8000);
}

struct bad_params {
	char why[40];
	uint32_t status;
	uint32_t buffer;
	uint32_t period;
	uint32_t features;
	uint8_t channels;
	uint8_t format;
	uint8_t rate;
};

ParameterizedTestParameters(sound_pcm, refuses)
{
	static struct bad_params bad[] = {
		{ "period of 0", BAD_MSG, 7680, 0, 0, 2, 5, 7 },
		{ "buffer of 0", BAD_MSG, 0, 1920, 0, 2, 5, 7 },
		{ "buffer of half periods", BAD_MSG, 2880, 1920, 0, 2, 5, 7 },
		{ "buffer below a period", BAD_MSG, 960, 1920, 0, 2, 5, 7 },
		{ "period of half frames", BAD_MSG, 7688, 1922, 0, 2, 5, 7 },
		{ "16 MiB and a period", NOT_SUPP, 16781312, 4096, 0, 2, 5, 7 },
		{ "nearly 4 GiB", NOT_SUPP, 4294967292U, 4294967292U, 0, 2, 5,
		  7 },
		{ "shared memory", NOT_SUPP, 7680, 1920, 1, 2, 5, 7 },
		{ "polling", NOT_SUPP, 7680, 1920, 4, 2, 5, 7 },
		{ "xruns, not offered", NOT_SUPP, 7680, 1920, 16, 2, 5, 7 },
		{ "feature 31", NOT_SUPP, 7680, 1920, 1U << 31, 2, 5, 7 },
		{ "no channel", NOT_SUPP, 7680, 1920, 0, 0, 5, 7 },
		{ "three channels", NOT_SUPP, 7680, 1920, 0, 3, 5, 7 },
		{ "255 channels", NOT_SUPP, 7680, 1920, 0, 255, 5, 7 },
		{ "other format", NOT_SUPP, 7680, 1920, 0, 2, 17, 7 },
		{ "format 69", NOT_SUPP, 7680, 1920, 0, 2, 69, 7 },
		{ "format 255", NOT_SUPP, 7680, 1920, 0, 2, 255, 7 },
		{ "other rate", NOT_SUPP, 7680, 1920, 0, 2, 5, 6 },
		{ "rate 71", NOT_SUPP, 7680, 1920, 0, 2, 5, 71 },
		{ "rate 255", NOT_SUPP, 7680, 1920, 0, 2, 5, 255 },
	};

	return cr_make_param_array(struct bad_params, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_params *bad, sound_pcm, refuses)
{
	struct virtio_snd_pcm_set_params request = usual_params(OUT);

	request.buffer_bytes = htole32(bad->buffer);
	request.period_bytes = htole32(bad->period);
	request.features = htole32(bad->features);
	request.channels = bad->channels;
	request.format = bad->format;
	request.rate = bad->rate;

	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), bad->status,
		     "%s", bad->why);
	cr_assert_eq(send(PREPARE, OUT), NOT_SUPP, "%s", bad->why);
}

Test(sound_pcm, keeps_what_was_set_when_it_refuses)
{
	struct virtio_snd_pcm_set_params request = usual_params(OUT);

	bring_to(OUT, PREPARED);
	request.channels = 7;
	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), NOT_SUPP);
	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_PREPARED);
	cr_assert_eq(send(START, OUT), OK);
}

Test(sound_pcm, takes_the_largest_buffer)
{
	struct virtio_snd_pcm_set_params request = usual_params(OUT);

	request.buffer_bytes = htole32(16U << 20);
	request.period_bytes = htole32(16U << 20);
	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), OK);
}

Test(sound_pcm, says_so_when_the_host_cannot_prepare)
{
	bring_to(OUT, SET);
	host.streams[OUT].error = -EINVAL;
	cr_assert_eq(send(PREPARE, OUT), IO_ERR);
	cr_assert_eq(send(START, OUT), NOT_SUPP);
	host.streams[OUT].error = 0;
	cr_assert_eq(send(PREPARE, OUT), OK, "but can be asked again");
}

Test(sound_pcm, drains_at_the_end_and_pauses_before)
{
	bring_to(OUT, RUNNING);
	play(OUT);
	send(STOP, OUT);
	cr_assert_not(host.streams[OUT].drained);

	send(START, OUT);
	consume(OUT, PERIOD);
	pass(PERIOD_NS);
	send(STOP, OUT);
	cr_assert(host.streams[OUT].drained);
}

/* As when both queues were kicked, and the control queue is looked at first. */
Test(sound_pcm, looks_for_messages_before_it_stops_or_starts)
{
	bring_to(OUT, PREPARED);
	queue_message(TX, OUT, PERIOD);
	send(START, OUT);
	cr_assert_eq(host.streams[OUT].moved, PERIOD);

	consume(OUT, PERIOD);
	pass(PERIOD_NS);
	queue_message(TX, OUT, PERIOD);
	send(STOP, OUT);
	cr_assert_not(host.streams[OUT].drained);
}

Test(sound_pcm, never_drains_a_recording)
{
	bring_to(IN, RUNNING);
	send(STOP, IN);
	cr_assert_eq(host.streams[IN].n_stops, 1);
	cr_assert_not(host.streams[IN].drained);
}

Test(sound_pcm, releases_all_at_reset)
{
	bring_to(OUT, RUNNING);
	bring_to(IN, STOPPED);
	stop_queues();
	vd_device_reset(sound);

	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_IDLE);
	cr_assert_eq(host.streams[IN].state, FAKE_SOUND_IDLE);
	cr_assert_eq(sound->deadline, VD_NEVER);
	vd_device_start_queue(sound, CONTROL, &queues[CONTROL].queue);
	cr_assert_eq(send(PREPARE, OUT), NOT_SUPP);
}
