/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages to be played: which are taken, what the host gets of them, and when
 * they come back.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "tests/sound-driver.h"

TestSuite(sound_playback, .init = setup_sound, .fini = teardown_sound);

static uint32_t latency_of(const struct message *message)
{
	return le32toh(message->status.latency_bytes);
}

Test(sound_playback, gives_the_host_what_comes_before_the_start)
{
	struct message *message;

	prepare(OUT);
	message = play(OUT);
	cr_assert_eq(host.streams[OUT].moved, PERIOD);
	pass(VD_NSEC_PER_SEC);
	cr_assert(waits(message), "but nothing comes back");
}

Test(sound_playback, gives_the_host_every_byte_once)
{
	prepare(OUT);
	host.streams[OUT].at_once = 1000;
	for (int i = 0; i < 4; i++)
		play(OUT);
	cr_assert_eq(host.streams[OUT].n_heard, 4 * PERIOD);
	for (size_t i = 0; i < 4 * PERIOD; i++)
		cr_assert_eq(host.streams[OUT].heard[i], i % 256);
}

Test(sound_playback, returns_a_message_when_its_time_has_come)
{
	struct message *message;

	prepare(OUT);
	message = play(OUT);
	play(OUT);
	start(OUT);
	/* Two at once, so that the clock decides. */
	consume(OUT, 2 * PERIOD);
	/* The host was quick, and the clock is a little quicker for that. */
	pass(PERIOD_NS * 8 / 10);
	cr_assert(waits(message));
	pass(PERIOD_NS * 2 / 10);

	cr_assert(came_back(message, OK));
	cr_assert_eq(message->sent->written, 8);
	cr_assert_eq(queues[TX].n_flushed, 1);
}

/* A timer of our own would only add to what it takes. */
Test(sound_playback, returns_a_message_with_the_report_that_is_for_it_alone)
{
	struct message *message[3];

	prepare(OUT);
	for (int i = 0; i < 3; i++)
		message[i] = play(OUT);
	start(OUT);
	for (uint64_t i = 0; i < 3; i++) {
		pass(PERIOD_NS * 8 / 10);
		cr_assert(waits(message[i]));
		consume(OUT, (i + 1) * PERIOD);
		cr_assert(came_back(message[i], OK));
	}
}

Test(sound_playback, does_not_follow_reports_that_are_in_a_hurry)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	for (uint64_t i = 1; i <= 4; i++)
		consume(OUT, i * PERIOD);
	cr_assert(came_back(message[1], OK), "two at once, and no more");
	pass(PERIOD_NS * 2 / 3 - 1);
	cr_assert(waits(message[2]));
	pass(1);
	cr_assert(came_back(message[2], OK));
}

/* It was late, and we need not be. */
Test(sound_playback, makes_up_for_a_late_report_at_once)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	consume(OUT, PERIOD);
	pass(2 * PERIOD_NS);
	consume(OUT, 3 * PERIOD);
	cr_assert(came_back(message[1], OK));
	cr_assert(came_back(message[2], OK));
	pass(PERIOD_NS);
	consume(OUT, 4 * PERIOD);
	cr_assert(came_back(message[3], OK));
}

/* One of many messages that were done at once is not alone at the end. */
Test(sound_playback, stays_even_until_the_last_message_of_a_block)
{
	struct message *message[3];

	prepare(OUT);
	for (int i = 0; i < 3; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(3 * PERIOD_NS);
	consume(OUT, 3 * PERIOD);
	pass(2 * PERIOD_NS);
	cr_assert_geq(message[1]->at - message[0]->at, PERIOD_NS * 6 / 10);
	cr_assert_geq(message[2]->at - message[1]->at, PERIOD_NS * 6 / 10);
}

Test(sound_playback, returns_no_message_before_it_was_consumed)
{
	struct message *message;

	prepare(OUT);
	message = play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	consume(OUT, PERIOD - 1);
	pass(PERIOD_NS);
	cr_assert(waits(message));
	consume(OUT, PERIOD);
	cr_assert(came_back(message, OK), "and then at once");
}

Test(sound_playback, believes_no_host_that_consumes_more_than_there_was)
{
	struct message *first, *second;

	prepare(OUT);
	first = play(OUT);
	start(OUT);
	consume(OUT, UINT64_MAX);
	pass(PERIOD_NS);
	cr_assert(came_back(first, OK));
	second = play(OUT);
	pass(PERIOD_NS);
	cr_assert(waits(second));
}

/* With the driver keeping four messages under way, as ALSA does. */
static void play_on(struct message **message, int n, uint64_t block_ns,
		    uint64_t block)
{
	uint64_t taken = 0, begin = now;
	int sent;

	for (sent = 0; sent < 4; sent++)
		message[sent] = play(OUT);
	start(OUT);
	while (message[n - 1] == NULL || waits(message[n - 1])) {
		pass(VD_NSEC_PER_MSEC);
		if ((now - begin) / block_ns * block > taken) {
			taken = (now - begin) / block_ns * block;
			consume(OUT, taken);
		}
		while (sent < n && message[sent - 4]->sent->done)
			message[sent++] = play(OUT);
		cr_assert_lt(now - begin, 5 * VD_NSEC_PER_SEC);
	}
}

Test(sound_playback, follows_an_even_host_exactly)
{
	struct message *message[40] = { NULL };
	uint64_t begin = now;

	prepare(OUT);
	play_on(message, 40, PERIOD_NS, PERIOD);
	for (uint64_t i = 0; i < 40; i++)
		cr_assert_eq(message[i]->at - begin, (i + 1) * PERIOD_NS,
			     "message %u", (unsigned int)i);
}

/* Three periods at once, and then nothing for as long. */
Test(sound_playback, evens_out_what_a_host_takes_in_blocks)
{
	struct message *message[60] = { NULL };

	prepare(OUT);
	play_on(message, 60, 3 * PERIOD_NS, 3 * PERIOD);
	for (int i = 8; i < 60; i++) {
		uint64_t gap = message[i]->at - message[i - 1]->at;

		cr_assert_geq(gap, 7 * VD_NSEC_PER_MSEC, "message %d", i);
		cr_assert_leq(gap, 14 * VD_NSEC_PER_MSEC, "message %d", i);
	}
}

/* Two at once is what it does, and not for once only. */
Test(sound_playback, evens_out_what_a_host_takes_two_by_two)
{
	struct message *message[60] = { NULL };

	prepare(OUT);
	play_on(message, 60, 2 * PERIOD_NS, 2 * PERIOD);
	for (int i = 8; i < 60; i++) {
		uint64_t gap = message[i]->at - message[i - 1]->at;

		cr_assert_geq(gap, 7 * VD_NSEC_PER_MSEC, "message %d", i);
		cr_assert_leq(gap, 14 * VD_NSEC_PER_MSEC, "message %d", i);
	}
}

Test(sound_playback, does_not_return_a_burst_for_a_burst)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(3 * PERIOD_NS);
	consume(OUT, 4 * PERIOD);
	cr_assert(message[0]->sent->done);
	cr_assert(waits(message[1]), "one period of credit, and no more");
	pass(PERIOD_NS);
	cr_assert(message[1]->sent->done);
	cr_assert(waits(message[2]));
	pass(2 * PERIOD_NS);
	cr_assert(message[3]->sent->done);
}

Test(sound_playback, keeps_up_with_a_host_that_is_fast)
{
	struct message *message[60] = { NULL };
	uint64_t begin = now;

	/* Five percent are more than any clock is wrong. */
	prepare(OUT);
	play_on(message, 60, PERIOD_NS * 95 / 100, PERIOD);
	cr_assert_leq(message[59]->at - begin,
		      60 * PERIOD_NS * 95 / 100 + 12 * VD_NSEC_PER_MSEC);
}

Test(sound_playback, waits_for_room)
{
	struct fake_sound_stream *stream = &host.streams[OUT];

	stream->room = 100;
	prepare(OUT);
	play(OUT);
	play(OUT);
	cr_assert_eq(stream->moved, 100);
	stream->room = 2 * PERIOD - 100;
	vd_sound_writable(host.sound, OUT, now);
	cr_assert_eq(stream->moved, 2 * PERIOD);
	for (size_t i = 0; i < 2 * PERIOD; i++)
		cr_assert_eq(stream->heard[i], i % 256);
}

Test(sound_playback, takes_messages_in_many_pieces)
{
	struct message *message = queue_message(TX, OUT, 0);
	uint8_t data[5] = { 1, 2, 3, 4, 5 };

	prepare(OUT);
	for (size_t i = 0; i < 5; i++)
		fake_queue_say(message->sent, data + i, 1);
	vd_device_kick(sound, TX, now);
	cr_assert_eq(host.streams[OUT].n_heard, 5);
	cr_assert_arr_eq(host.streams[OUT].heard, data, 5);
}

Test(sound_playback, pauses_and_goes_on)
{
	struct message *message[2];

	prepare(OUT);
	message[0] = play(OUT);
	message[1] = play(OUT);
	start(OUT);
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS / 3);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT);
	pass(VD_NSEC_PER_SEC);
	cr_assert(waits(message[0]));

	start(OUT);
	pass(PERIOD_NS * 2 / 3);
	cr_assert(came_back(message[0], OK));
	cr_assert(waits(message[1]));
	cr_assert_eq(host.streams[OUT].n_heard, 2 * PERIOD);
}

Test(sound_playback, says_how_late_a_message_is_heard)
{
	struct message *message[2];

	prepare(OUT);
	message[0] = play(OUT);
	message[1] = play(OUT);
	start(OUT);
	/* What was written last is heard then; one message came after ours. */
	host.streams[OUT].latency = PERIOD + 500;
	consume(OUT, PERIOD);
	pass(PERIOD_NS);
	cr_assert_eq(latency_of(message[0]), 500);
	host.streams[OUT].latency = 40;
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS);
	cr_assert_eq(latency_of(message[1]), 40);
}

Test(sound_playback, returns_all_messages_before_the_answer_to_release)
{
	struct message *message[3];

	prepare(OUT);
	for (int i = 0; i < 3; i++)
		message[i] = play(OUT);
	start(OUT);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT);
	/* One of which we were not told yet. */
	message[2] = queue_message(TX, OUT, PERIOD);
	cr_assert_eq(queues[TX].n_flushed, 0);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);

	for (int i = 0; i < 3; i++)
		cr_assert(message[i]->sent->done);
	cr_assert_eq(queues[TX].n_flushed, 4);
	cr_assert_gt(queues[TX].n_flushes, queues[CONTROL].n_flushes,
		     "this queue was flushed once more, before the device was "
		     "left");
}

struct bad_message {
	char why[32];
	unsigned int index;
	uint32_t stream;
};

ParameterizedTestParameters(sound_playback, refuses)
{
	static struct bad_message bad[] = {
		{ "no such stream", TX, 4 },
		{ "stream 2^32 - 1", TX, UINT32_MAX },
		{ "a capture stream", TX, IN },
		{ "a stream that is not prepared", TX, OUT2 },
		{ "a playback stream", RX, OUT },
		{ "no such stream to record", RX, 4 },
		{ "not prepared to record", RX, IN2 },
	};

	return cr_make_param_array(struct bad_message, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_message *bad, sound_playback, refuses)
{
	struct message *message;

	prepare(OUT);
	prepare(IN);
	message = queue_message(bad->index, bad->stream, PERIOD);
	vd_device_kick(sound, bad->index, now);

	cr_assert(came_back(message, IO_ERR), "%s", bad->why);
	cr_assert_eq(message->sent->written, 8, "%s", bad->why);
	cr_assert_eq(latency_of(message), 0, "%s", bad->why);
}

Test(sound_playback, refuses_messages_that_are_too_short)
{
	prepare(OUT);
	for (size_t say = 0; say <= 4; say++) {
		for (size_t room = 0; room <= 8; room++) {
			struct virtio_snd_pcm_xfer xfer = { 0 };
			struct virtio_snd_pcm_status status = { 0 };
			struct fake_request *sent = fake_queue_add(&queues[TX]);

			if (say == 4 && room == 8)
				continue;
			fake_queue_say(sent, &xfer, say);
			fake_queue_room(sent, &status, room);
			vd_device_kick(sound, TX, now);
			cr_assert(sent->done);
			cr_assert_eq(sent->written, room == 8 ? 8 : 0);
			cr_assert_eq(le32toh(status.status),
				     room == 8 ? IO_ERR : 0);
		}
	}
}

Test(sound_playback, holds_no_more_than_the_largest_buffer)
{
	static uint8_t megabyte[1 << 20];
	struct message *message[17];

	prepare(OUT);
	host.streams[OUT].room = 0;
	for (int i = 0; i < 16; i++) {
		message[i] = queue_message(TX, OUT, 0);
		fake_queue_say(message[i]->sent, megabyte, sizeof(megabyte));
	}
	message[16] = queue_message(TX, OUT, 1);
	vd_device_kick(sound, TX, now);

	cr_assert(waits(message[15]));
	cr_assert(came_back(message[16], IO_ERR));
}

/* Descriptors that overlap; nothing of it is there to be touched. */
Test(sound_playback, refuses_gigabytes)
{
	struct message *message = queue_message(TX, OUT, 0);

	prepare(OUT);
	fake_queue_say(message->sent, message->data, 2U << 30);
	fake_queue_say(message->sent, message->data, 1U << 30);
	vd_device_kick(sound, TX, now);
	cr_assert(came_back(message, IO_ERR));
	cr_assert_eq(host.streams[OUT].moved, 0);
}

Test(sound_playback, returns_messages_with_nothing_in_them)
{
	struct message *message = queue_message(TX, OUT, 0);

	prepare(OUT);
	vd_device_kick(sound, TX, now);
	cr_assert(waits(message));
	start(OUT);
	cr_assert(came_back(message, OK));
}

Test(sound_playback, plays_on_when_another_stream_is_stuck)
{
	struct message *stuck, *other;

	prepare(OUT);
	prepare(OUT2);
	host.streams[OUT].room = 0;
	stuck = play(OUT);
	other = play(OUT2);
	start(OUT);
	start(OUT2);
	consume(OUT2, PERIOD);
	pass(PERIOD_NS);
	cr_assert(waits(stuck));
	cr_assert(came_back(other, OK));
}
