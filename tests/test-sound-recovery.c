/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A sound device that takes over from another one: one that was killed, or one
 * whose guest has moved here.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_ids.h>
#include <string.h>

#include "tests/fake-device-host.h"
#include "tests/sound-driver.h"
#include "virtio-devices/state.h"

static const struct vd_sound_options options = { .controls = true,
						 .xruns = true };
static uint8_t state[4096];
static size_t state_len;

static void setup(void)
{
	setup_sound();
	remake_sound(&options);
}

TestSuite(sound_recovery, .init = setup, .fini = teardown_sound);

/* --- a process that was killed --------------------------------------------- */

static struct message *recover(unsigned int index, uint32_t stream)
{
	struct message *message = queue_message(index, stream, PERIOD);

	message->sent->chain.recovered = true;
	vd_device_kick(sound, index, now);

	return message;
}

Test(sound_recovery, does_not_play_what_may_have_been_played)
{
	struct message *message[3];
	uint64_t begin;

	prepare(OUT);
	for (int i = 0; i < 3; i++)
		message[i] = recover(TX, OUT);
	cr_assert(waits(message[0]));
	begin = now;
	start(OUT);
	pass(3 * PERIOD_NS);
	for (int i = 0; i < 3; i++)
		cr_assert(came_back(message[i], OK));
	cr_assert_eq(host.streams[OUT].n_heard, 0);
	cr_assert_geq(message[2]->at - begin, 2 * PERIOD_NS,
		      "but it takes its time");
}

Test(sound_recovery, plays_what_comes_after_that)
{
	struct message *message;

	prepare(OUT);
	(void)recover(TX, OUT);
	message = play(OUT);
	start(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, PERIOD);
	consume(OUT, PERIOD);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message, OK));
}

/* Without its state nobody knows how fast the stream was. */
Test(sound_recovery, refuses_messages_of_a_stream_that_it_does_not_know)
{
	struct message *message = recover(TX, OUT);

	cr_assert(came_back(message, IO_ERR));
	cr_assert_eq(message->sent->written, 8);
	cr_assert_eq(message->status.latency_bytes, 0);
}

Test(sound_recovery, records_into_messages_that_a_former_process_had)
{
	struct message *message;

	prepare(IN);
	start(IN);
	message = recover(RX, IN);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_eq(message->sent->written, PERIOD + 8);
}

/* It is not asked for its state before it is killed. */
Test(sound_recovery, says_when_its_state_is_another_one)
{
	struct fake_device_host driver;
	unsigned int before;

	fake_device_host_init(&driver, sound);
	prepare(OUT);
	cr_assert_eq(driver.n_news, 2);
	start(OUT);
	cr_assert_eq(driver.n_news, 3);
	(void)play(OUT);
	cr_assert_eq(driver.n_news, 3);
	vd_sound_volume_changed(host.sound, OUT, VD_SOUND_VOLUME_MIN, true);
	cr_assert_eq(driver.n_news, 4);
	before = driver.n_news;
	vd_device_stop_queue(sound, TX);
	cr_assert_gt(driver.n_news, before);
	sound->host = NULL;
}

/* --- a guest that moves ---------------------------------------------------- */

static void save(void)
{
	stop_queues();
	cr_assert_leq(vd_device_state_size(sound), sizeof(state));
	state_len = vd_device_save(sound, state, sizeof(state));
}

/* Another device, and another host. */
static void begin_elsewhere(void)
{
	vd_device_free(sound);
	fake_sound_init(&host);
	make_sound(&options);
	stop_queues();
}

static void go_on(void)
{
	for (unsigned int i = 0; i < VIRTIO_SND_VQ_MAX; i++)
		vd_device_start_queue(sound, i, &queues[i].queue);
}

static void move_guest(void)
{
	save();
	begin_elsewhere();
	cr_assert_eq(vd_device_load(sound, state, state_len), 0);
	go_on();
}

Test(sound_recovery, goes_on_with_a_stream_of_a_guest_that_moves)
{
	struct vd_sound_params params;
	struct message *message;

	prepare(OUT);
	play(OUT);
	start(OUT);
	params = host.streams[OUT].params;
	move_guest();

	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_RUNNING);
	cr_assert_eq(host.streams[OUT].params.format, params.format);
	cr_assert_eq(host.streams[OUT].params.rate, params.rate);
	cr_assert_eq(host.streams[OUT].params.channels, params.channels);
	cr_assert_eq(host.streams[OUT].params.hz, params.hz);
	cr_assert_eq(host.streams[OUT].params.frame_bytes, params.frame_bytes);
	cr_assert_eq(host.streams[OUT].params.period_bytes,
		     params.period_bytes);
	cr_assert_eq(host.streams[OUT].params.buffer_bytes,
		     params.buffer_bytes);
	message = play(OUT);
	consume(OUT, PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
}

/* It was killed, and not asked for its state again. */
Test(sound_recovery, plays_all_of_what_follows_a_message_that_was_passed_over)
{
	struct message *message;

	prepare(OUT);
	play(OUT);
	start(OUT);
	consume(OUT, 480);
	move_guest();

	(void)recover(TX, OUT);
	message = play(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, PERIOD);
	cr_assert_arr_eq(host.streams[OUT].heard, message->data, PERIOD);
}

/* As it was saved at some time while it ran, and then the process was killed. */
static void be_killed(void)
{
	state_len = vd_device_save(sound, state, sizeof(state));
	stop_queues();
	begin_elsewhere();
	cr_assert_eq(vd_device_load(sound, state, state_len), 0);
	go_on();
}

/* Its messages have gone back since then. */
Test(sound_recovery, plays_all_of_a_message_that_no_former_process_had)
{
	struct message *message;

	prepare(OUT);
	play(OUT);
	start(OUT);
	consume(OUT, 480);
	be_killed();

	message = play(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, PERIOD);
	cr_assert_arr_eq(host.streams[OUT].heard, message->data, PERIOD);
}

Test(sound_recovery, records_all_of_a_message_that_no_former_process_had)
{
	struct message *message;

	prepare(IN);
	host.streams[IN].supply = 480;
	start(IN);
	record(IN);
	be_killed();

	message = record(IN);
	cr_assert_eq(host.streams[IN].moved, PERIOD);
	cr_assert_eq(message->data[0], 0);
	cr_assert_eq(message->data[479], (uint8_t)479);
}

/* The queue stopped for a moment only, and that was long ago. */
Test(sound_recovery, says_that_a_message_that_was_put_back_is_taken_again)
{
	struct fake_device_host driver;
	unsigned int before;

	prepare(OUT);
	play(OUT);
	start(OUT);
	consume(OUT, 480);
	vd_device_stop_queue(sound, TX);
	vd_device_start_queue(sound, TX, &queues[TX].queue);
	fake_device_host_init(&driver, sound);
	before = driver.n_news;
	vd_device_kick(sound, TX, now);
	cr_assert_gt(driver.n_news, before);
	vd_device_kick(sound, TX, now);
	cr_assert_eq(driver.n_news, before + 1);
	sound->host = NULL;
}

Test(sound_recovery, keeps_the_pace_of_a_stream_that_moves)
{
	struct message *messages[2];

	prepare(OUT);
	start(OUT);
	move_guest();
	for (size_t i = 0; i < 2; i++)
		messages[i] = play(OUT);
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(messages[0], OK));
	cr_assert(waits(messages[1]));
	pass(PERIOD_NS);
	cr_assert(came_back(messages[1], OK));
}

Test(sound_recovery, goes_on_in_the_middle_of_a_message)
{
	struct message *message;

	prepare(OUT);
	play(OUT);
	start(OUT);
	consume(OUT, 480);
	move_guest();

	message = play(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, PERIOD - 480);
	cr_assert_arr_eq(host.streams[OUT].heard, message->data + 480,
			 PERIOD - 480);
	consume(OUT, PERIOD - 480);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
}

Test(sound_recovery, plays_again_what_the_old_host_did_not_play)
{
	prepare(OUT);
	play(OUT);
	start(OUT);
	move_guest();
	play(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, PERIOD);
}

Test(sound_recovery, goes_on_recording_in_the_middle_of_a_message)
{
	struct message *message;

	prepare(IN);
	host.streams[IN].supply = 480;
	start(IN);
	record(IN);
	pass(PERIOD_NS);
	move_guest();

	message = record(IN);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_eq(message->data[479], 0, "it was written elsewhere");
	cr_assert_eq(message->data[480 + 100], 100);
	cr_assert_eq(host.streams[IN].moved, PERIOD - 480);
}

Test(sound_recovery, leaves_a_stream_of_a_guest_that_moves_at_rest)
{
	prepare(OUT);
	start(OUT);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT), OK);
	prepare(OUT2);
	move_guest();

	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_PREPARED);
	cr_assert_eq(host.streams[OUT2].state, FAKE_SOUND_PREPARED);
	cr_assert_eq(host.streams[IN].state, FAKE_SOUND_IDLE);
	start(OUT);
	start(OUT2);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_PREPARE, IN), NOT_SUPP);
}

Test(sound_recovery, needs_no_parameters_again_when_it_was_released)
{
	prepare(OUT);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);
	move_guest();
	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_IDLE);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_PREPARE, OUT), OK);
}

Test(sound_recovery, waits_for_the_host_of_a_guest_that_moves)
{
	struct message *message;

	prepare(OUT);
	start(OUT);
	save();
	begin_elsewhere();
	lose(OUT);
	cr_assert_eq(vd_device_load(sound, state, state_len), 0);
	go_on();

	message = play(OUT);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK), "by its own clock");
	find_again(OUT);
	cr_assert_eq(host.streams[OUT].state, FAKE_SOUND_RUNNING);
}

static uint32_t set_control(uint32_t id, uint32_t value)
{
	const struct {
		struct snd_ctl_hdr hdr;
		uint32_t value[128];
	} request = {
		.hdr = { htole32(SND_R_CTL_WRITE), htole32(id) },
		.value = { htole32(value) },
	};

	return ask(&request, sizeof(request), NULL, 0, NULL);
}

Test(sound_recovery, is_as_loud_as_before_the_guest_moved)
{
	cr_assert_eq(set_control(2 * OUT, 100), OK);
	cr_assert_eq(set_control(2 * IN + 1, 0), OK);
	move_guest();
	cr_assert_eq(host.streams[OUT].volume, -1000);
	cr_assert_not(host.streams[OUT].mute);
	cr_assert_eq(host.streams[IN].volume, VD_SOUND_VOLUME_MAX);
	cr_assert(host.streams[IN].mute);
}

/* --- states that make no sense --------------------------------------------- */

/* As in sound-state.c; other versions depend on it. */
struct saved_stream {
	struct virtio_snd_pcm_set_params params;
	uint32_t state;
	uint32_t ahead;
};

struct wrong_state {
	uint32_t state;
	uint32_t ahead;
	uint32_t period;
	uint32_t volume;
	uint32_t mute;
	uint32_t n;
	int expected;
};

ParameterizedTestParameters(sound_recovery, refuses_a_state_that_is_wrong)
{
	static struct wrong_state wrong[] = {
		{ 3, 0, PERIOD, 120, 0, FAKE_SOUND_STREAMS, 0 },
		{ 5, 0, PERIOD, 120, 0, FAKE_SOUND_STREAMS, -EBADMSG },
		{ 3, (16U << 20) + 1, PERIOD, 120, 0, FAKE_SOUND_STREAMS,
		  -EBADMSG },
		{ 3, 0, 0, 120, 0, FAKE_SOUND_STREAMS, -ENOTSUP },
		{ 3, 0, PERIOD, 121, 0, FAKE_SOUND_STREAMS, -EBADMSG },
		{ 3, 0, PERIOD, 120, 2, FAKE_SOUND_STREAMS, -EBADMSG },
		{ 3, 0, PERIOD, 120, 0, FAKE_SOUND_STREAMS - 1, -EBADMSG },
	};

	return cr_make_param_array(struct wrong_state, wrong,
				   sizeof(wrong) / sizeof(wrong[0]));
}

ParameterizedTest(struct wrong_state *t, sound_recovery,
		  refuses_a_state_that_is_wrong)
{
	struct saved_stream streams[FAKE_SOUND_STREAMS] = { 0 };
	uint32_t volumes[FAKE_SOUND_STREAMS][2] = { 0 };
	struct vd_state_writer writer;

	streams[OUT] = (struct saved_stream){
		.params = usual_params(OUT),
		.state = htole32(t->state),
		.ahead = htole32(t->ahead),
	};
	streams[OUT].params.period_bytes = htole32(t->period);
	volumes[IN][0] = htole32(t->volume);
	volumes[IN][1] = htole32(t->mute);

	vd_state_begin(&writer, state, sizeof(state));
	vd_state_put(&writer, 1, streams, t->n * sizeof(streams[0]));
	vd_state_put(&writer, 2, volumes, sizeof(volumes));
	cr_assert_eq(vd_state_end(&writer, VIRTIO_ID_SOUND, &state_len), 0);

	stop_queues();
	cr_assert_eq(vd_device_load(sound, state, state_len), t->expected);
	cr_assert_eq(host.streams[OUT].state,
		     t->expected == 0 ? FAKE_SOUND_RUNNING : FAKE_SOUND_IDLE);
	cr_assert_eq(host.streams[IN].volume,
		     t->expected == 0 ? VD_SOUND_VOLUME_MAX : 0);
}
