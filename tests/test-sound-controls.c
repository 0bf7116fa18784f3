/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Volume and mute controls, and events.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "tests/sound-driver.h"

#define MAX_VOLUME 120

static void setup(void)
{
	const struct vd_sound_options options = { .controls = true };

	setup_sound();
	remake_sound(&options);
}

TestSuite(sound_controls, .init = setup, .fini = teardown_sound);
TestSuite(sound_events, .init = setup, .fini = teardown_sound);

#define VOLUME(stream) (2 * (stream))
#define SWITCH(stream) (2 * (stream) + 1)

struct write_request {
	struct snd_ctl_hdr hdr;
	uint32_t value[128];
};

static uint32_t ask_ctl(uint32_t code, uint32_t id, void *answer, size_t room,
			size_t *written)
{
	struct snd_ctl_hdr request = { htole32(code), htole32(id) };

	return ask(&request, sizeof(request), answer, room, written);
}

static uint32_t read_control(uint32_t id)
{
	uint32_t value[128];

	cr_assert_eq(ask_ctl(SND_R_CTL_READ, id, value, sizeof(value), NULL),
		     OK);

	return le32toh(value[0]);
}

static uint32_t write_control(uint32_t id, uint32_t value)
{
	struct write_request request = {
		.hdr = { htole32(SND_R_CTL_WRITE), htole32(id) },
		.value = { htole32(value) },
	};

	return ask(&request, sizeof(request), NULL, 0, NULL);
}

Test(sound_controls, are_in_the_configuration)
{
	uint32_t config[4];

	vd_device_get_config(sound, 0, config, sizeof(config));
	cr_assert_eq(sound->ops->config_len, 16);
	cr_assert_eq(sound->features, VD_BIT(SND_F_CTLS));
	cr_assert_eq(le32toh(config[3]), 2 * FAKE_SOUND_STREAMS);
}

Test(sound_controls, need_a_driver_that_wants_them)
{
	uint8_t answer[512];

	vd_device_set_features(sound, 0);
	cr_assert_eq(query(SND_R_CTL_INFO, 0, 1, 96, answer, 96, NULL),
		     NOT_SUPP);
	cr_assert_eq(ask_ctl(SND_R_CTL_READ, 0, answer, 512, NULL), NOT_SUPP);
	cr_assert_eq(write_control(0, 1), NOT_SUPP);
}

/* Where the range is depends on how the driver aligns 64-bit numbers. */
static void expect_info(uint32_t size, size_t at)
{
	uint8_t answer[8][128];
	struct snd_ctl_info info;
	struct snd_ctl_integer range;
	size_t written;

	cr_assert_eq(query(SND_R_CTL_INFO, 0, 8, size, answer, 8 * (size_t)size,
			   &written),
		     OK);
	cr_assert_eq(written, 4 + 8 * size);

	memcpy(&info, (uint8_t *)answer + 4 * (size_t)size, sizeof(info));
	memcpy(&range, (uint8_t *)answer + 4 * (size_t)size + at,
	       sizeof(range));
	cr_assert_eq(le32toh(info.hda_fn_nid), 1);
	cr_assert_eq(le32toh(info.role), SND_CTL_ROLE_VOLUME << 1);
	cr_assert_eq(le32toh(info.type), SND_CTL_TYPE_INTEGER);
	cr_assert_eq(le32toh(info.access), 1 | 2 | 16);
	cr_assert_eq(le32toh(info.count), 1);
	cr_assert_eq(le32toh(info.index), 1, "the second that plays");
	cr_assert_str_eq(info.name, "PCM Playback Volume");
	cr_assert_eq(range.min, 0);
	cr_assert_eq(le32toh(range.max), MAX_VOLUME);
	cr_assert_eq(le32toh(range.step), 1);

	memcpy(&info, (uint8_t *)answer + 3 * (size_t)size, sizeof(info));
	memcpy(&range, (uint8_t *)answer + 3 * (size_t)size + at,
	       sizeof(range));
	cr_assert_eq(le32toh(info.role), SND_CTL_ROLE_MUTE << 1 | 1);
	cr_assert_eq(le32toh(info.type), SND_CTL_TYPE_BOOLEAN);
	cr_assert_eq(le32toh(info.access), 1 | 2);
	cr_assert_eq(le32toh(info.index), 0);
	cr_assert_str_eq(info.name, "Capture Switch");
	cr_assert_eq(le32toh(range.max), 1);
}

Test(sound_controls, are_described)
{
	expect_info(96, 72);
}

Test(sound_controls, are_described_to_a_driver_on_i386)
{
	expect_info(92, 68);
}

Test(sound_controls, are_described_with_space_between)
{
	expect_info(128, 72);
}

Test(sound_controls, are_refused_in_bad_sizes)
{
	uint8_t answer[1024];

	cr_assert_eq(query(SND_R_CTL_INFO, 0, 1, 91, answer, 96, NULL),
		     BAD_MSG);
	cr_assert_eq(query(SND_R_CTL_INFO, 0, 9, 96, answer, 1024, NULL),
		     BAD_MSG);
	cr_assert_eq(query(SND_R_CTL_INFO, 7, 1, 96, answer, 95, NULL),
		     BAD_MSG);
}

Test(sound_controls, begin_loud)
{
	cr_assert_eq(read_control(VOLUME(OUT)), MAX_VOLUME);
	cr_assert_eq(read_control(SWITCH(IN)), 1);
	cr_assert_eq(host.streams[OUT].n_volumes, 0);
}

Test(sound_controls, set_the_volume)
{
	cr_assert_eq(write_control(VOLUME(OUT2), 100), OK);
	cr_assert_eq(host.streams[OUT2].volume, -1000);
	cr_assert_eq(read_control(VOLUME(OUT2)), 100);
	cr_assert_eq(read_control(VOLUME(OUT)), MAX_VOLUME);

	cr_assert_eq(write_control(VOLUME(OUT2), 0), OK);
	cr_assert_eq(host.streams[OUT2].volume, VD_SOUND_VOLUME_MIN);
}

Test(sound_controls, switch_off_and_on)
{
	cr_assert_eq(write_control(SWITCH(IN), 0), OK);
	cr_assert(host.streams[IN].mute);
	cr_assert_eq(host.streams[IN].volume, 0);
	cr_assert_eq(read_control(SWITCH(IN)), 0);
	cr_assert_eq(write_control(SWITCH(IN), 1), OK);
	cr_assert_not(host.streams[IN].mute);
}

Test(sound_controls, have_bounds)
{
	cr_assert_eq(write_control(VOLUME(OUT), MAX_VOLUME + 1), BAD_MSG);
	cr_assert_eq(write_control(VOLUME(OUT), UINT32_MAX), BAD_MSG);
	cr_assert_eq(write_control(SWITCH(OUT), 2), BAD_MSG);
	cr_assert_eq(write_control(VOLUME(FAKE_SOUND_STREAMS), 0), BAD_MSG);
	cr_assert_eq(write_control(UINT32_MAX, 0), BAD_MSG);
	cr_assert_eq(host.streams[OUT].n_volumes, 0);
}

Test(sound_controls, are_content_with_as_much_as_counts)
{
	struct write_request request = {
		.hdr = { htole32(SND_R_CTL_WRITE), htole32(VOLUME(OUT)) },
		.value = { htole32(60) },
	};
	uint8_t answer[600];
	size_t written;

	cr_assert_eq(ask(&request, 11, NULL, 0, NULL), BAD_MSG);
	cr_assert_eq(ask(&request, 12, NULL, 0, NULL), OK);

	cr_assert_eq(ask_ctl(SND_R_CTL_READ, VOLUME(OUT), answer, 3, &written),
		     BAD_MSG);
	cr_assert_eq(written, 4);
	cr_assert_eq(ask_ctl(SND_R_CTL_READ, VOLUME(OUT), answer, 4, &written),
		     OK);
	cr_assert_eq(written, 8);
	cr_assert_eq(answer[0], 60);
	cr_assert_eq(
		ask_ctl(SND_R_CTL_READ, VOLUME(OUT), answer, 600, &written),
		OK);
	cr_assert_eq(written, 4 + 512);
	cr_assert_eq(answer[511], 0);
	cr_assert_eq(answer[512], UNTOUCHED);
}

Test(sound_controls, tell_what_a_step_is)
{
	static const uint32_t scale[] = { 1, 8, (uint32_t)-6000, 50 | 0x10000 };
	uint32_t answer[64];
	size_t written;

	cr_assert_eq(ask_ctl(SND_R_CTL_TLV_READ, VOLUME(OUT), answer,
			     sizeof(answer), &written),
		     OK);
	cr_assert_eq(written, 4 + 16);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(le32toh(answer[i]), scale[i]);

	cr_assert_eq(
		ask_ctl(SND_R_CTL_TLV_READ, VOLUME(OUT), answer, 10, &written),
		OK, "as much of it as there is room for");
	cr_assert_eq(written, 4 + 10);
}

Test(sound_controls, do_not_allow_what_they_do_not_offer)
{
	uint32_t answer[64];

	cr_assert_eq(ask_ctl(SND_R_CTL_TLV_READ, SWITCH(OUT), answer, 64, NULL),
		     NOT_SUPP);
	cr_assert_eq(ask_ctl(SND_R_CTL_TLV_WRITE, 0, NULL, 0, NULL), NOT_SUPP);
	cr_assert_eq(ask_ctl(SND_R_CTL_TLV_COMMAND, 0, NULL, 0, NULL),
		     NOT_SUPP);
	cr_assert_eq(ask_ctl(SND_R_CTL_ENUM_ITEMS, 0, NULL, 0, NULL), NOT_SUPP);
	cr_assert_eq(ask_ctl(SND_R_CTL_ENUM_ITEMS, 8, NULL, 0, NULL), BAD_MSG);
	cr_assert_eq(ask_ctl(SND_R_CTL_TLV_READ, 8, NULL, 0, NULL), BAD_MSG);
	cr_assert_eq(ask_ctl(SND_R_CTL_READ, 8, answer, 64, NULL), BAD_MSG);
}

Test(sound_controls, are_loud_again_after_a_reset)
{
	write_control(VOLUME(OUT), 3);
	write_control(SWITCH(OUT), 0);
	stop_queues();
	vd_device_reset(sound);
	cr_assert_eq(host.streams[OUT].volume, 0);
	cr_assert_not(host.streams[OUT].mute);
	cr_assert_eq(host.streams[IN].n_volumes, 0, "where they were not");
}

/* Events. */

static struct virtio_snd_event pool[FAKE_QUEUE_MAX];

/* Give the device room for so many. */
static void give(int n)
{
	while (n-- > 0) {
		struct virtio_snd_event *event =
			&pool[queues[EVENT].n_requests];

		memset(event, UNTOUCHED, sizeof(*event));
		fake_queue_ask(&queues[EVENT], event, sizeof(*event));
	}
	vd_device_kick(sound, EVENT, now);
}

static void expect_event(unsigned int i, uint32_t code, uint32_t data)
{
	cr_assert(queues[EVENT].requests[i].done, "event %u", i);
	cr_assert_eq(queues[EVENT].requests[i].written, 8);
	cr_assert_eq(le32toh(pool[i].hdr.code), code, "event %u", i);
	cr_assert_eq(le32toh(pool[i].data), data, "event %u", i);
}

Test(sound_events, tell_of_jacks)
{
	give(4);
	vd_sound_jack(host.sound, 0, true);
	vd_sound_jack(host.sound, 1, false);
	vd_sound_jack(host.sound, 1, false);
	expect_event(0, VIRTIO_SND_EVT_JACK_CONNECTED, 0);
	expect_event(1, VIRTIO_SND_EVT_JACK_DISCONNECTED, 1);
	cr_assert_eq(queues[EVENT].n_flushed, 2);
}

Test(sound_events, wait_for_a_buffer_and_become_one)
{
	for (int i = 0; i < 1001; i++)
		vd_sound_jack(host.sound, 0, i % 2 == 0);
	give(2);
	expect_event(0, VIRTIO_SND_EVT_JACK_CONNECTED, 0);
	cr_assert_eq(queues[EVENT].n_popped, 1);
}

Test(sound_events, need_no_kick)
{
	fake_queue_ask(&queues[EVENT], &pool[0], sizeof(pool[0]));
	vd_sound_jack(host.sound, 0, true);
	expect_event(0, VIRTIO_SND_EVT_JACK_CONNECTED, 0);
}

Test(sound_events, do_not_fit_into_short_buffers)
{
	uint8_t small[7];

	fake_queue_ask(&queues[EVENT], small, sizeof(small));
	fake_queue_add(&queues[EVENT]);
	pool[2] = pool[0];
	fake_queue_ask(&queues[EVENT], &pool[2], sizeof(pool[2]));
	vd_sound_jack(host.sound, 0, true);
	cr_assert_eq(queues[EVENT].requests[0].written, 0);
	cr_assert_eq(queues[EVENT].requests[1].written, 0);
	expect_event(2, VIRTIO_SND_EVT_JACK_CONNECTED, 0);
}

Test(sound_events, tell_what_the_host_did_to_a_volume)
{
	give(4);
	vd_sound_volume_changed(host.sound, IN, -2990, false);
	vd_sound_volume_changed(host.sound, IN, -2990, true);
	vd_sound_volume_changed(host.sound, IN, -3001, true);
	expect_event(0, SND_EVT_CTL_NOTIFY, VOLUME(IN) | 1 << 16);
	expect_event(1, SND_EVT_CTL_NOTIFY, SWITCH(IN) | 1 << 16);
	cr_assert_eq(queues[EVENT].n_popped, 2, "the last is no step away");
	cr_assert_eq(read_control(VOLUME(IN)), 60);
	cr_assert_eq(read_control(SWITCH(IN)), 0);
}

Test(sound_events, keep_volumes_within_bounds)
{
	vd_sound_volume_changed(host.sound, OUT, 1100, false);
	cr_assert_eq(read_control(VOLUME(OUT)), MAX_VOLUME);
	vd_sound_volume_changed(host.sound, OUT, -5999, false);
	cr_assert_eq(read_control(VOLUME(OUT)), 1, "silence is for silence");
	vd_sound_volume_changed(host.sound, OUT, INT32_MIN, false);
	cr_assert_eq(read_control(VOLUME(OUT)), 0);
}

Test(sound_events, tell_nobody_of_volumes_who_has_none)
{
	vd_device_set_features(sound, 0);
	give(1);
	vd_sound_volume_changed(host.sound, OUT, -100, true);
	cr_assert_eq(queues[EVENT].n_popped, 0);
}

Test(sound_events, tell_of_xruns_those_who_want_to_know)
{
	const struct vd_sound_options options = { .xruns = true };
	struct virtio_snd_pcm_set_params params = usual_params(OUT);
	struct virtio_snd_pcm_info info;

	remake_sound(&options);
	query(VIRTIO_SND_R_PCM_INFO, OUT, 1, sizeof(info), &info, sizeof(info),
	      NULL);
	cr_assert_eq(le32toh(info.features), 1 << VIRTIO_SND_PCM_F_EVT_XRUNS);

	params.features = info.features;
	cr_assert_eq(ask(&params, sizeof(params), NULL, 0, NULL), OK);
	ask_pcm(VIRTIO_SND_R_PCM_PREPARE, OUT);
	give(3);
	vd_sound_xrun(host.sound, OUT);
	cr_assert_eq(queues[EVENT].n_popped, 0, "it does not run");
	start(OUT);
	vd_sound_xrun(host.sound, OUT);
	expect_event(0, VIRTIO_SND_EVT_PCM_XRUN, OUT);

	prepare(OUT2);
	start(OUT2);
	vd_sound_xrun(host.sound, OUT2);
	cr_assert_eq(queues[EVENT].n_popped, 1, "this one did not ask");
}

Test(sound_events, are_forgotten_at_reset)
{
	vd_sound_jack(host.sound, 0, true);
	stop_queues();
	vd_device_reset(sound);
	vd_device_start_queue(sound, EVENT, &queues[EVENT].queue);
	give(1);
	cr_assert_eq(queues[EVENT].n_popped, 0);
}
