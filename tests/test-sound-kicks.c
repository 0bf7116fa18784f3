/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * When the driver has to kick, and that messages are found when it need not.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/sound-driver.h"

TestSuite(sound_kicks, .init = setup_sound, .fini = teardown_sound);

static struct fake_sound_stream *out = &host.streams[OUT];

/* The host has had two periods, and the third message has to wait. */
static void play_with_a_host_that_is_full(void)
{
	out->room = 2 * PERIOD;
	prepare(OUT);
	for (int i = 0; i < 3; i++)
		play(OUT);
	start(OUT);
}

static void make_room(size_t room)
{
	out->room = room;
	vd_sound_writable(host.sound, OUT, now);
}

Test(sound_kicks, are_wanted_until_a_stream_runs)
{
	out->room = 2 * PERIOD;
	prepare(OUT);
	for (int i = 0; i < 3; i++)
		play(OUT);
	cr_assert_not(queues[TX].quiet);
	start(OUT);
	cr_assert(queues[TX].quiet);
}

Test(sound_kicks, are_wanted_while_the_host_waits_for_more)
{
	prepare(OUT);
	play(OUT);
	start(OUT);
	cr_assert_not(queues[TX].quiet);
	make_room(0);
	cr_assert(queues[TX].quiet);
	make_room(1);
	cr_assert_not(queues[TX].quiet);
}

Test(sound_kicks, are_wanted_if_nobody_knows_what_the_host_waits_for)
{
	static struct vd_sound_backend_ops ops;

	ops = *host.backend.ops;
	ops.room = NULL;
	host.backend.ops = &ops;
	out->room = PERIOD;
	prepare(OUT);
	play(OUT);
	start(OUT);
	cr_assert_not(queues[TX].quiet);
	play(OUT);
	cr_assert(queues[TX].quiet, "but for a message that it did not take");
}

Test(sound_kicks, are_wanted_when_there_is_no_message_left)
{
	play_with_a_host_that_is_full();
	consume(OUT, PERIOD);
	make_room(PERIOD);
	pass(PERIOD_NS);
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS);
	cr_assert(queues[TX].quiet);
	consume(OUT, 3 * PERIOD);
	cr_assert_not(queues[TX].quiet);
}

Test(sound_kicks, are_not_needed_for_a_message_when_the_host_reports)
{
	struct message *message;

	play_with_a_host_that_is_full();
	message = queue_message(TX, OUT, PERIOD);
	out->room = 2 * PERIOD;
	consume(OUT, PERIOD);
	cr_assert_eq(out->moved, 4 * PERIOD);
	cr_assert(waits(message));
}

Test(sound_kicks, are_not_needed_for_a_message_when_the_host_has_room)
{
	play_with_a_host_that_is_full();
	queue_message(TX, OUT, PERIOD);
	make_room(2 * PERIOD);
	cr_assert_eq(out->moved, 4 * PERIOD);
}

Test(sound_kicks, are_not_needed_when_the_host_hangs)
{
	struct message *message;

	play_with_a_host_that_is_full();
	message = queue_message(TX, OUT, PERIOD);
	pass(VD_NSEC_PER_SEC + 4 * PERIOD_NS);
	cr_assert(came_back(message, OK));
}

Test(sound_kicks, are_not_needed_when_the_host_goes_away_and_comes_back)
{
	play_with_a_host_that_is_full();
	lose(OUT);
	cr_assert(queues[TX].quiet);
	queue_message(TX, OUT, PERIOD);
	pass(2 * PERIOD_NS);
	queue_message(TX, OUT, PERIOD);
	out->room = SIZE_MAX;
	find_again(OUT);
	cr_assert_eq(out->moved, 3 * PERIOD, "two of five were passed over");
}

Test(sound_kicks, are_wanted_while_another_stream_waits_for_its_driver)
{
	play_with_a_host_that_is_full();
	prepare(OUT2);
	cr_assert_not(queues[TX].quiet);
	host.streams[OUT2].room = 0;
	play(OUT2);
	cr_assert_not(queues[TX].quiet);
	start(OUT2);
	cr_assert(queues[TX].quiet);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT2);
	cr_assert_not(queues[TX].quiet);
	ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT2);
	cr_assert(queues[TX].quiet);
}

Test(sound_kicks, are_not_needed_before_a_stop)
{
	struct message *message;

	play_with_a_host_that_is_full();
	message = queue_message(TX, OUT, PERIOD);
	ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT);
	cr_assert_not(out->drained, "there was one more");
	ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT);
	cr_assert(came_back(message, OK));
	cr_assert_not(queues[TX].quiet);
}

Test(sound_kicks, are_wanted_of_a_queue_that_starts_again)
{
	play_with_a_host_that_is_full();
	vd_device_stop_queue(sound, TX);
	cr_assert_not(queues[TX].quiet);
	vd_device_start_queue(sound, TX, &queues[TX].queue);
	vd_device_kick(sound, TX, now);
	cr_assert(queues[TX].quiet, "when it is full as before");
}

static uint32_t told;

static void schedule(struct vd_device_host *other, uint32_t kick,
		     uint64_t deadline)
{
	(void)other;
	(void)deadline;
	told |= kick;
}

static struct vd_queue_ops slow_ops;

static bool set_kicks_too_late(struct vd_queue *queue, bool wanted)
{
	if (wanted)
		queue_message(TX, OUT, PERIOD);

	return queues[RX].queue.ops->set_kicks(queue, wanted);
}

/* Between the last look and the wish to be told. */
Test(sound_kicks, do_not_come_for_a_message_that_was_in_between)
{
	struct vd_device_host driver = { .schedule = schedule };

	slow_ops = *queues[TX].queue.ops;
	slow_ops.set_kicks = set_kicks_too_late;
	queues[TX].queue.ops = &slow_ops;
	sound->host = &driver;
	play_with_a_host_that_is_full();
	told = 0;
	make_room(SIZE_MAX);
	cr_assert_eq(told, 1U << TX);
	sound->host = NULL;
}

/* And with it they are wanted again, when nobody has looked. */
Test(sound_kicks, do_not_come_for_a_message_before_another_stream_is_prepared)
{
	struct vd_device_host driver = { .schedule = schedule };

	sound->host = &driver;
	play_with_a_host_that_is_full();
	queue_message(TX, OUT, PERIOD);
	told = 0;
	prepare(OUT2);
	cr_assert_not(queues[TX].quiet);
	cr_assert_eq(told, 1U << TX);
	sound->host = NULL;
}

Test(sound_kicks, are_wanted_when_there_is_nothing_to_record_into)
{
	struct message *message;

	host.streams[IN].supply = 0;
	prepare(IN);
	record(IN);
	start(IN);
	cr_assert(queues[RX].quiet);
	cr_assert_not(queues[TX].quiet);

	message = queue_message(RX, IN, PERIOD);
	pass(2 * PERIOD_NS);
	host.streams[IN].supply = 2 * PERIOD;
	vd_sound_readable(host.sound, IN, now);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_not(queues[RX].quiet);
}

Test(sound_kicks, are_not_needed_when_our_clock_sets_the_pace)
{
	struct message *message;

	host.backend.clockless = true;
	remake_sound(NULL);
	prepare(OUT);
	play(OUT);
	start(OUT);
	cr_assert(queues[TX].quiet);
	message = queue_message(TX, OUT, PERIOD);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_not(queues[TX].quiet);
}
