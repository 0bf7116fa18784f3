/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Hosts that go away, or hang: the driver shall not notice.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "tests/sound-driver.h"

TestSuite(sound_host, .init = setup_sound, .fini = teardown_sound);

static struct fake_sound_stream *out = &host.streams[OUT];
static struct fake_sound_stream *in = &host.streams[IN];

/* With no host to wait for, each message takes exactly a period. */
static void expect_pace(struct message *const *message, int n, uint64_t begin)
{
	for (int i = 0; i < n; i++) {
		cr_assert(came_back(message[i], OK), "message %d", i);
		cr_assert_eq(message[i]->at - begin,
			     (uint64_t)(i + 1) * PERIOD_NS, "message %d", i);
	}
}

Test(sound_host, is_away_and_nobody_notices_playing)
{
	struct message *message[4];
	uint64_t begin = now;

	lose(OUT);
	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(4 * PERIOD_NS);
	expect_pace(message, 4, begin);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT), OK);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);
}

Test(sound_host, is_away_and_silence_is_recorded)
{
	struct message *message[4];
	uint64_t begin = now;

	lose(IN);
	prepare(IN);
	for (int i = 0; i < 4; i++)
		message[i] = record(IN);
	memset(message[2]->data, UNTOUCHED, PERIOD);
	start(IN);
	pass(4 * PERIOD_NS);
	expect_pace(message, 4, begin);
	cr_assert_eq(message[2]->sent->written, PERIOD + 8);
	cr_assert_eq(message[2]->data[0], 0);
	cr_assert_eq(message[2]->data[PERIOD - 1], 0);
}

static uint64_t told;

static void schedule(struct vd_device_host *other, uint32_t kick,
		     uint64_t deadline)
{
	(void)other;
	(void)kick;
	told = deadline;
}

/* Whoever drives the device is told, also if it was the host who called. */
Test(sound_host, is_lost_and_somebody_else_has_to_wake_us)
{
	struct vd_device_host driver = { .schedule = schedule };

	sound->host = &driver;
	prepare(OUT);
	play(OUT);
	start(OUT);
	cr_assert_eq(told, now + VD_NSEC_PER_SEC, "in case that it hangs");
	lose(OUT);
	cr_assert_eq(told, now + PERIOD_NS);
	sound->host = NULL;
}

Test(sound_host, is_lost_in_the_middle)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	consume(OUT, PERIOD);
	cr_assert(message[0]->sent->done);
	lose(OUT);
	for (int i = 1; i < 4; i++) {
		cr_assert(waits(message[i]));
		pass(PERIOD_NS);
		cr_assert(came_back(message[i], OK));
	}
}

Test(sound_host, gets_what_comes_next_when_it_is_found)
{
	struct message *message[4];

	prepare(OUT);
	start(OUT);
	message[0] = play(OUT);
	message[1] = play(OUT);
	lose(OUT);
	message[2] = play(OUT);
	message[3] = play(OUT);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message[1], OK));
	find_again(OUT);
	cr_assert_eq(out->n_prepares, 2);
	cr_assert_eq(out->state, FAKE_SOUND_RUNNING);
	cr_assert_eq(out->params.period_bytes, PERIOD);
	cr_assert_eq(out->n_heard, 4 * PERIOD);

	/* Positions begin anew. */
	pass(2 * PERIOD_NS);
	cr_assert(waits(message[2]));
	consume(OUT, PERIOD);
	cr_assert(came_back(message[2], OK));
	consume(OUT, 2 * PERIOD - 1);
	pass(2 * PERIOD_NS);
	cr_assert(waits(message[3]));
	consume(OUT, 2 * PERIOD);
	cr_assert(came_back(message[3], OK));
}

Test(sound_host, is_prepared_again_as_far_as_the_stream_is)
{
	lose(OUT);
	find_again(OUT);
	cr_assert_eq(out->n_prepares, 0);

	prepare(OUT);
	play(OUT);
	lose(OUT);
	find_again(OUT);
	find_again(OUT);
	cr_assert_eq(out->n_prepares, 2);
	cr_assert_eq(out->state, FAKE_SOUND_PREPARED);

	start(OUT);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT);
	lose(OUT);
	find_again(OUT);
	cr_assert_eq(out->state, FAKE_SOUND_PREPARED);
}

Test(sound_host, can_fail_to_come_back)
{
	struct message *message;

	prepare(OUT);
	start(OUT);
	lose(OUT);
	out->error = -EIO;
	find_again(OUT);
	out->lost = true;
	message = play(OUT);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message, OK), "as if it had stayed away");
}

/* It goes away in the call that was to bring it back. */
Test(sound_host, can_be_lost_while_it_is_prepared)
{
	struct message *message;

	prepare(OUT);
	start(OUT);
	lose(OUT);
	out->falls = true;
	find_again(OUT);
	cr_assert_eq(out->n_prepares, 2);
	message = play(OUT);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message, OK));

	find_again(OUT);
	cr_assert_eq(out->state, FAKE_SOUND_RUNNING);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT);
	out->falls = true;
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_PREPARE, OUT), OK);
	start(OUT);
}

Test(sound_host, records_again_when_it_is_found)
{
	struct message *message[2];

	prepare(IN);
	start(IN);
	lose(IN);
	message[0] = record(IN);
	message[1] = record(IN);
	pass(PERIOD_NS);
	find_again(IN);
	cr_assert_eq(in->state, FAKE_SOUND_RUNNING);
	pass(PERIOD_NS);
	cr_assert(came_back(message[1], OK));
	cr_assert_eq(message[0]->data[1], 0);
	cr_assert_eq(message[1]->data[1], 1);
}

Test(sound_host, is_lost_when_it_fails_to_play)
{
	struct message *message[2];

	prepare(OUT);
	start(OUT);
	out->error = -EPIPE;
	message[0] = play(OUT);
	message[1] = play(OUT);
	out->lost = true;
	pass(3 * PERIOD_NS);
	cr_assert(came_back(message[1], OK));
}

Test(sound_host, is_lost_when_it_fails_to_record)
{
	struct message *message = record(IN);

	prepare(IN);
	in->error = -EPIPE;
	message = record(IN);
	start(IN);
	in->lost = true;
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message, OK));
}

Test(sound_host, is_not_waited_for_more_than_a_second)
{
	struct message *message[3];

	prepare(OUT);
	for (int i = 0; i < 3; i++)
		message[i] = play(OUT);
	pass(10 * VD_NSEC_PER_SEC);
	start(OUT);
	pass(VD_NSEC_PER_SEC - 1);
	cr_assert(waits(message[0]));
	pass(1);
	cr_assert(came_back(message[0], OK));
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message[2], OK));
}

Test(sound_host, goes_on_where_it_is_after_it_hung)
{
	struct message *message[4], *next;

	out->room = 2 * PERIOD;
	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(VD_NSEC_PER_SEC + 4 * PERIOD_NS);
	cr_assert(came_back(message[3], OK));

	/* It consumes what it has had before, and takes what comes now. */
	out->room = PERIOD;
	consume(OUT, PERIOD);
	next = play(OUT);
	cr_assert_eq(out->moved, 3 * PERIOD);
	cr_assert_eq(out->heard[2 * PERIOD], (uint8_t)(4 * PERIOD));
	pass(5 * PERIOD_NS);
	cr_assert(waits(next));
	consume(OUT, 3 * PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(next, OK));
	cr_assert_eq(out->n_prepares, 1);
}

Test(sound_host, goes_on_with_the_channel_that_is_next)
{
	out->room = PERIOD + 1;
	prepare(OUT);
	play(OUT);
	play(OUT);
	start(OUT);
	pass(VD_NSEC_PER_SEC + 2 * PERIOD_NS);
	/* One of which our clock has waited for. */
	play(OUT);
	play(OUT);
	out->room = SIZE_MAX;
	vd_sound_writable(host.sound, OUT, now);
	cr_assert_eq(out->heard[PERIOD + 1], (uint8_t)(3 * PERIOD + 1));
	cr_assert_eq(out->n_heard, 2 * PERIOD);
}

Test(sound_host, that_has_been_slow_to_open_is_used_when_it_has)
{
	out->room = 0;
	prepare(OUT);
	play(OUT);
	start(OUT);
	pass(2 * VD_NSEC_PER_SEC);
	out->room = SIZE_MAX;
	vd_sound_writable(host.sound, OUT, now);
	play(OUT);
	cr_assert_eq(out->moved, PERIOD);
}

/* Such as a sink that is suspended, while the server answers as ever. */
Test(sound_host, that_only_says_it_is_ready_is_not_believed)
{
	struct message *message[4];

	out->room = 0;
	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(VD_NSEC_PER_SEC);
	cr_assert(message[0]->sent->done);
	for (int i = 1; i < 4; i++) {
		vd_sound_writable(host.sound, OUT, now);
		consume(OUT, 0);
		pass(PERIOD_NS);
		cr_assert(came_back(message[i], OK));
	}
}

Test(sound_host, is_not_hanging_when_it_has_nothing_to_play)
{
	struct message *message;

	prepare(OUT);
	start(OUT);
	pass(10 * VD_NSEC_PER_SEC);
	message = play(OUT);
	pass(VD_NSEC_PER_SEC / 2);
	cr_assert(waits(message));
	consume(OUT, PERIOD);
	cr_assert(came_back(message, OK));
}

Test(sound_host, that_records_nothing_is_replaced_by_silence)
{
	struct message *message[2];

	in->supply = 10;
	prepare(IN);
	message[0] = record(IN);
	message[1] = record(IN);
	message[0]->data[10] = UNTOUCHED;
	start(IN);
	pass(VD_NSEC_PER_SEC);
	cr_assert(came_back(message[0], OK));
	cr_assert_eq(message[0]->data[9], 9, "but not what there was");
	cr_assert_eq(message[0]->data[10], 0);

	in->supply = PERIOD;
	vd_sound_readable(host.sound, IN, now);
	pass(PERIOD_NS);
	cr_assert_eq(message[1]->data[0], 0);
	cr_assert_eq(message[1]->data[2], 10, "in the middle of a frame");
}

Test(sound_host, has_other_silence_for_other_formats)
{
	struct virtio_snd_pcm_set_params params = usual_params(IN);
	struct message *message;

	lose(IN);
	params.format = VIRTIO_SND_PCM_FMT_U8;
	ask(&params, sizeof(params), NULL, 0, NULL);
	ask_pcm(VIRTIO_SND_R_PCM_PREPARE, IN);
	message = record(IN);
	start(IN);
	pass(4 * PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_eq(message->data[0], 0x80);
	cr_assert_eq(message->data[PERIOD - 1], 0x80);
}
