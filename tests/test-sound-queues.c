/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Queues that stop and go on in the middle of a sound.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/fake-malloc.h"
#include "tests/sound-driver.h"

TestSuite(sound_queues, .init = setup_sound, .fini = teardown_sound);

static struct fake_sound_stream *out = &host.streams[OUT];
static struct fake_sound_stream *in = &host.streams[IN];

/* As when the guest's memory gets another shape. */
static void stop(unsigned int index)
{
	vd_device_stop_queue(sound, index);
}

static void go_on(unsigned int index)
{
	vd_device_start_queue(sound, index, &queues[index].queue);
	vd_device_kick(sound, index, now);
}

Test(sound_queues, get_back_what_was_not_played)
{
	struct message *message[4];

	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	consume(OUT, PERIOD);
	stop(TX);
	cr_assert(message[0]->sent->done);
	cr_assert_eq(queues[TX].n_popped, 1);
	cr_assert_eq(queues[TX].n_completed, 1);
}

Test(sound_queues, lose_and_repeat_nothing_when_they_go_on)
{
	struct message *message[6];

	out->room = 2 * PERIOD + 100;
	prepare(OUT);
	for (int i = 0; i < 4; i++)
		message[i] = play(OUT);
	start(OUT);
	pass(PERIOD_NS);
	consume(OUT, PERIOD);
	stop(TX);
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS);
	go_on(TX);
	cr_assert(came_back(message[1], OK), "it was heard meanwhile");
	cr_assert(waits(message[2]));

	out->room = SIZE_MAX;
	vd_sound_writable(host.sound, OUT, now);
	consume(OUT, 4 * PERIOD);
	pass(3 * PERIOD_NS);
	cr_assert(came_back(message[3], OK));
	cr_assert_eq(out->n_heard, 4 * PERIOD);
	for (size_t i = 0; i < 4 * PERIOD; i++)
		cr_assert_eq(out->heard[i], i % 256);
	cr_assert_eq(out->n_prepares, 1);
}

Test(sound_queues, go_on_recording_where_they_were)
{
	struct message *message[2];

	in->supply = 1000;
	prepare(IN);
	message[0] = record(IN);
	message[1] = record(IN);
	start(IN);
	stop(RX);
	cr_assert_eq(queues[RX].n_popped, 0);
	in->supply = 2 * PERIOD - 1000;
	go_on(RX);
	pass(2 * PERIOD_NS);

	for (size_t i = 0; i < 2; i++) {
		cr_assert(came_back(message[i], OK));
		cr_assert_eq(message[i]->sent->written, PERIOD + 8);
		for (size_t j = 0; j < PERIOD; j++)
			cr_assert_eq(message[i]->data[j],
				     (i * PERIOD + j) % 256);
	}
}

/* The first stream's messages came before one that has gone back. */
Test(sound_queues, answer_what_cannot_be_put_back)
{
	struct message *old, *gone, *new;

	prepare(OUT);
	prepare(OUT2);
	old = play(OUT);
	gone = play(OUT2);
	new = play(OUT);
	start(OUT2);
	consume(OUT2, PERIOD);
	pass(PERIOD_NS);
	cr_assert(gone->sent->done);
	stop(TX);
	cr_assert(came_back(old, OK));
	cr_assert(waits(new));
	cr_assert_eq(queues[TX].n_popped, 2);

	/* And the stream goes on behind it. */
	start(OUT);
	go_on(TX);
	pass(PERIOD_NS);
	consume(OUT, 2 * PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(new, OK));
	cr_assert_eq(out->n_heard, 2 * PERIOD);
}

/* It is answered, so it is the driver's again; but it is not heard in part twice. */
Test(sound_queues, leave_out_what_the_host_had_no_room_for_when_they_answer_it)
{
	struct message *old[2], *gone, *new;

	out->room = PERIOD + 100;
	prepare(OUT);
	prepare(OUT2);
	old[0] = play(OUT);
	old[1] = play(OUT);
	gone = play(OUT2);
	start(OUT);
	start(OUT2);
	consume(OUT2, PERIOD);
	pass(PERIOD_NS);
	cr_assert(gone->sent->done);
	stop(TX);
	cr_assert(came_back(old[0], OK));
	cr_assert(came_back(old[1], OK));

	go_on(TX);
	out->room = SIZE_MAX;
	new = play(OUT);
	vd_sound_writable(host.sound, OUT, now);
	consume(OUT, 2 * PERIOD + 100);
	pass(3 * PERIOD_NS);
	cr_assert(came_back(new, OK));
	cr_assert_eq(out->n_heard, 2 * PERIOD + 100);
	for (size_t i = 0; i < PERIOD + 100; i++)
		cr_assert_eq(out->heard[i], i % 256);
	for (size_t i = 0; i < PERIOD; i++)
		cr_assert_eq(out->heard[PERIOD + 100 + i],
			     (2 * PERIOD + i) % 256);
}

/* What came back too early does not make the stream faster. */
Test(sound_queues, keep_the_pace_when_they_have_answered_early)
{
	struct message *old[3], *new;

	host.backend.clockless = true;
	remake_sound(NULL);
	prepare(OUT);
	prepare(OUT2);
	for (int i = 0; i < 3; i++)
		old[i] = play(OUT);
	play(OUT2);
	start(OUT);
	start(OUT2);
	pass(PERIOD_NS);
	stop(TX);
	for (int i = 0; i < 3; i++)
		cr_assert(came_back(old[i], OK));

	go_on(TX);
	new = play(OUT);
	pass(2 * PERIOD_NS);
	cr_assert(waits(new));
	pass(PERIOD_NS);
	cr_assert(came_back(new, OK));
}

Test(sound_queues, answer_a_recording_that_cannot_be_put_back_in_full)
{
	struct message *old, *gone;

	in->supply = 10;
	prepare(IN);
	prepare(IN2);
	old = record(IN);
	gone = record(IN2);
	start(IN);
	start(IN2);
	pass(PERIOD_NS);
	cr_assert(gone->sent->done);
	stop(RX);
	cr_assert(came_back(old, OK));
	cr_assert_eq(old->sent->written, PERIOD + 8);
	cr_assert_eq(old->data[9], 9);
	cr_assert_eq(old->data[10], 0);
}

Test(sound_queues, give_back_newest_first_whatever_the_stream)
{
	prepare(OUT);
	prepare(OUT2);
	for (int i = 0; i < 3; i++) {
		play(OUT);
		play(OUT2);
		play(OUT2);
	}
	/* The fake queue insists on the order. */
	stop(TX);
	cr_assert_eq(queues[TX].n_popped, 0);
	go_on(TX);
	cr_assert_eq(queues[TX].n_popped, 9);
	cr_assert_eq(host.streams[OUT2].n_heard, 6 * PERIOD);
}

Test(sound_queues, do_not_stop_each_other)
{
	struct message *message;

	prepare(OUT);
	prepare(IN);
	message = record(IN);
	start(IN);
	stop(TX);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_START, OUT), OK);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_STOP, OUT), OK);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);
}

Test(sound_queues, come_back_to_a_stream_that_is_gone)
{
	struct message *message;

	prepare(OUT);
	message = play(OUT);
	stop(TX);
	ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT);
	go_on(TX);
	cr_assert(came_back(message, IO_ERR));
}

Test(sound_queues, start_anew_after_a_reset)
{
	struct message *message;

	prepare(OUT);
	play(OUT);
	play(OUT);
	start(OUT);
	stop_queues();
	vd_device_reset(sound);
	for (unsigned int i = 0; i < VIRTIO_SND_VQ_MAX; i++) {
		fake_queue_init(&queues[i]);
		vd_device_start_queue(sound, i, &queues[i].queue);
	}

	prepare(OUT);
	message = play(OUT);
	cr_assert_eq(out->moved, PERIOD);
	start(OUT);
	consume(OUT, PERIOD);
	pass(PERIOD_NS);
	cr_assert(came_back(message, OK));
}

Test(sound_queues, hold_nothing_when_the_device_goes)
{
	prepare(OUT);
	prepare(IN);
	for (int i = 0; i < 3; i++) {
		play(OUT);
		record(IN);
	}
	start(OUT);
	start(IN);
	stop_queues();
	cr_assert_eq(queues[TX].n_popped, queues[TX].n_completed);
	cr_assert_eq(queues[RX].n_popped, queues[RX].n_completed);
	vd_device_free(sound);
	cr_assert(host.destroyed);
	make_sound(NULL);
}

Test(sound_queues, need_not_be_there)
{
	stop_queues();
	vd_device_start_queue(sound, CONTROL, &queues[CONTROL].queue);
	prepare(OUT);
	start(OUT);
	vd_sound_jack(host.sound, 0, true);
	vd_sound_writable(host.sound, OUT, now);
	pass(VD_NSEC_PER_SEC);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);
}

Test(sound_queues, are_looked_at_without_a_kick)
{
	struct message *message[2];

	prepare(OUT);
	message[0] = queue_message(TX, OUT, PERIOD);
	start(OUT);
	message[1] = queue_message(TX, OUT, PERIOD);
	vd_device_kick(sound, TX, now);
	consume(OUT, 2 * PERIOD);
	pass(2 * PERIOD_NS);
	cr_assert(came_back(message[0], OK));
	cr_assert(came_back(message[1], OK));
}

Test(sound_queues, take_no_memory)
{
	fake_malloc_calls = 0;
	prepare(OUT);
	prepare(IN);
	for (int i = 0; i < 20; i++) {
		play(OUT);
		record(IN);
	}
	start(OUT);
	start(IN);
	pass(VD_NSEC_PER_SEC + 10 * PERIOD_NS);
	stop(TX);
	go_on(TX);
	vd_sound_jack(host.sound, 0, true);
	cr_assert_eq(fake_malloc_calls, 0);
}

Test(sound_queues, do_not_start_a_stream_by_stopping)
{
	struct message *waiting, *gone;

	host.backend.clockless = true;
	remake_sound(NULL);
	prepare(OUT);
	prepare(OUT2);
	waiting = play(OUT);
	gone = play(OUT2);
	start(OUT2);
	pass(PERIOD_NS);
	cr_assert(gone->sent->done);
	stop(TX);
	cr_assert(came_back(waiting, OK));
	cr_assert_eq(out->moved, 0);
}

static uint32_t wanted;

static void schedule(struct vd_device_host *driver, uint32_t kick,
		     uint64_t deadline)
{
	(void)driver;
	(void)deadline;
	wanted |= kick;
}

Test(sound_queues, are_looked_at_again_if_they_had_more_at_release)
{
	struct vd_device_host driver = { .schedule = schedule };

	sound->host = &driver;
	prepare(OUT);
	queues[TX].n_left = 2;
	for (int i = 0; i < 3; i++)
		queue_message(TX, OUT, PERIOD);
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_RELEASE, OUT), OK);
	cr_assert_eq(queues[TX].n_completed, 2);
	cr_assert_eq(wanted, 1U << TX);
	sound->host = NULL;
}
