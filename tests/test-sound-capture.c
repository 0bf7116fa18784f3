/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages to be recorded into.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/sound-driver.h"

static struct fake_sound_stream *stream = &host.streams[IN];

static void setup(void)
{
	setup_sound();
	stream->supply = 0;
	prepare(IN);
}

TestSuite(sound_capture, .init = setup, .fini = teardown_sound);

/* The host has recorded more. */
static void supply(size_t n)
{
	stream->supply += n;
	vd_sound_readable(host.sound, IN, now);
}

static bool is_counting(const struct message *message, size_t from)
{
	for (size_t i = 0; i < PERIOD; i++) {
		if (message->data[i] != (from + i) % 256)
			return false;
	}

	return true;
}

Test(sound_capture, fills_messages_and_says_so)
{
	struct message *message = record(IN);

	start(IN);
	pass(PERIOD_NS);
	supply(PERIOD);
	cr_assert(came_back(message, OK));
	cr_assert_eq(message->sent->written, PERIOD + 8);
	cr_assert(is_counting(message, 0));
}

Test(sound_capture, returns_no_message_that_is_not_full)
{
	struct message *message = record(IN);

	start(IN);
	pass(PERIOD_NS);
	supply(PERIOD - 1);
	cr_assert(waits(message));
	supply(1);
	cr_assert(came_back(message, OK));
}

Test(sound_capture, returns_a_message_as_soon_as_it_is_full)
{
	struct message *message[3];

	for (int i = 0; i < 3; i++)
		message[i] = record(IN);
	start(IN);
	for (int i = 0; i < 3; i++) {
		supply(PERIOD);
		cr_assert(came_back(message[i], OK));
		pass(PERIOD_NS);
	}
}

Test(sound_capture, reads_nothing_before_the_start)
{
	record(IN);
	supply(PERIOD);
	cr_assert_eq(stream->moved, 0);
	start(IN);
	cr_assert_eq(stream->moved, PERIOD);
}

Test(sound_capture, reads_when_the_driver_has_room)
{
	struct message *message;

	start(IN);
	supply(PERIOD);
	cr_assert_eq(stream->moved, 0);
	message = record(IN);
	cr_assert_eq(stream->moved, PERIOD);
	pass(PERIOD_NS);
	cr_assert(is_counting(message, 0));
}

Test(sound_capture, puts_the_stream_into_one_message_after_another)
{
	struct message *message[4];

	for (int i = 0; i < 4; i++)
		message[i] = record(IN);
	stream->at_once = 700;
	start(IN);
	supply(4 * PERIOD);
	pass(4 * PERIOD_NS);
	for (size_t i = 0; i < 4; i++) {
		cr_assert(came_back(message[i], OK));
		cr_assert(is_counting(message[i], i * PERIOD));
	}
}

Test(sound_capture, returns_what_came_at_once_one_by_one)
{
	struct message *message[4];

	for (int i = 0; i < 4; i++)
		message[i] = record(IN);
	start(IN);
	pass(4 * PERIOD_NS);
	supply(4 * PERIOD);
	pass(0);
	cr_assert(message[0]->sent->done);
	cr_assert(waits(message[1]));
	pass(4 * PERIOD_NS);
	for (int i = 2; i < 4; i++)
		cr_assert_gt(message[i]->at - message[i - 1]->at,
			     7 * VD_NSEC_PER_MSEC);
}

Test(sound_capture, says_how_old_a_message_is)
{
	struct message *message = record(IN);

	stream->latency = 1234;
	start(IN);
	pass(PERIOD_NS);
	supply(PERIOD);
	cr_assert_eq(le32toh(message->status.latency_bytes), 1234);
}

Test(sound_capture, returns_what_there_is_at_release)
{
	struct message *part = record(IN), *empty = record(IN);

	start(IN);
	supply(100);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, IN);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, IN), OK);

	cr_assert(came_back(part, OK));
	cr_assert_eq(part->sent->written, 100 + 8);
	cr_assert_eq(part->data[99], 99);
	cr_assert(came_back(empty, OK), "the status is at the very end");
	cr_assert_eq(empty->sent->written, 8);
	cr_assert_eq(empty->data[0], 0, "and the rest was not touched");
}

/* Room for a status and a bit, or not even for that: never a byte too far. */
Test(sound_capture, fits_into_any_room)
{
	start(IN);
	supply(SIZE_MAX / 2);
	for (size_t room = 0; room <= 64; room++) {
		struct virtio_snd_pcm_xfer xfer = { htole32(IN) };
		struct fake_request *sent;
		uint8_t data[72];

		if (queues[RX].n_requests == FAKE_QUEUE_MAX)
			break;
		sent = fake_queue_add(&queues[RX]);
		memset(data, UNTOUCHED, sizeof(data));
		fake_queue_say(sent, &xfer, sizeof(xfer));
		fake_queue_room(sent, data, room);
		vd_device_kick(sound, RX, now);
		pass(PERIOD_NS);

		cr_assert(sent->done, "room %zu", room);
		cr_assert_eq(sent->written, room < 8 ? 0 : room);
		cr_assert_eq(data[room], UNTOUCHED);
		if (room >= 8)
			cr_assert_eq(data[room - 7], OK >> 8);
	}
}

Test(sound_capture, takes_a_status_in_pieces)
{
	struct fake_request *sent = fake_queue_add(&queues[RX]);
	struct virtio_snd_pcm_xfer xfer = { htole32(IN) };
	uint8_t data[18];

	fake_queue_say(sent, &xfer, 3);
	fake_queue_say(sent, (uint8_t *)&xfer + 3, 1);
	for (size_t i = 0; i < 6; i++)
		fake_queue_room(sent, data + 3 * i, 3);
	start(IN);
	supply(10);
	vd_device_kick(sound, RX, now);
	pass(PERIOD_NS);

	cr_assert_eq(sent->written, 18);
	cr_assert_eq(data[9], 9);
	cr_assert_eq(data[10], 0);
	cr_assert_eq(data[11], OK >> 8);
}
