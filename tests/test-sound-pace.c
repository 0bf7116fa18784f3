/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Hosts that have no pace, such as files: the device's clock sets it.
 */

#include <criterion/criterion.h>

#include "tests/sound-driver.h"

static struct fake_sound_stream *out = &host.streams[OUT];
static struct fake_sound_stream *in = &host.streams[IN];

static void setup(void)
{
	setup_sound();
	host.backend.clockless = true;
	remake_sound(NULL);
}

TestSuite(sound_pace, .init = setup, .fini = teardown_sound);

Test(sound_pace, is_ours_and_a_host_gets_messages_when_they_are_due)
{
	struct message *message[4];
	uint64_t begin = now;

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	cr_assert_eq(out->moved, 0);
	start(OUT);
	pass(2 * PERIOD_NS);
	cr_assert_eq(out->moved, 2 * PERIOD);
	pass(2 * PERIOD_NS);
	for (uint64_t i = 0; i < 4; i++)
		cr_assert_eq(message[i]->at - begin, (i + 1) * PERIOD_NS);
	for (size_t i = 0; i < 4 * PERIOD; i++)
		cr_assert_eq(out->heard[i], i % 256);
}

Test(sound_pace, is_ours_and_a_host_is_read_when_it_is_time)
{
	struct message *message[2];

	in->supply = PERIOD + 10;
	prepare(IN);
	message[0] = record(IN);
	message[1] = record(IN);
	message[1]->data[10] = UNTOUCHED;
	start(IN);
	pass(PERIOD_NS);
	cr_assert_eq(in->moved, PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(message[1], OK));
	cr_assert_eq(message[1]->data[9], (uint8_t)(PERIOD + 9));
	cr_assert_eq(message[1]->data[10], 0, "and ends in silence");
}

Test(sound_pace, is_ours_and_a_driver_is_late)
{
	struct message *message;
	uint64_t begin;

	prepare(OUT);
	start(OUT);
	pass(VD_NSEC_PER_SEC);
	/* One period may be made up for, and no more. */
	cr_assert(play(OUT)->sent->done);
	begin = now;
	message = play(OUT);
	pass(2 * PERIOD_NS);
	cr_assert_eq(message->at - begin, PERIOD_NS);
}

Test(sound_pace, is_ours_and_channels_stay_where_they_are)
{
	struct message *message[2];

	out->room = 1001;
	prepare(OUT);
	play(OUT);
	play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	out->room = SIZE_MAX;
	pass(PERIOD_NS);
	cr_assert_eq(out->heard[1001], (uint8_t)(PERIOD + 1));

	in->supply = 1001;
	prepare(IN);
	message[0] = record(IN);
	message[1] = record(IN);
	start(IN);
	pass(PERIOD_NS);
	in->supply = SIZE_MAX;
	pass(PERIOD_NS);
	cr_assert_eq(message[0]->data[1001], 0);
	cr_assert_eq(message[1]->data[0], 0);
	cr_assert_eq(message[1]->data[1], (uint8_t)1001);
}

/* Whoever calls us was busy elsewhere for so long. */
Test(sound_pace, is_ours_and_we_come_late)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	now += 4 * PERIOD_NS;
	pass(0);
	cr_assert(message[0]->sent->done);
	cr_assert(waits(message[1]), "no burst makes up for it");
	pass(2 * PERIOD_NS);
	for (int i = 1; i < 4; i++)
		cr_assert_eq(message[i]->at - message[i - 1]->at,
			     PERIOD_NS / 2);
}
