/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A driver takes each message for the time of one.  If many come back at once,
 * ALSA believes that its buffer has run dry.  So, whatever a host does, no three
 * come back within half of that time.  What it does is a game of dice, but the
 * same each time.
 */

#include <criterion/criterion.h>

#include "tests/sound-driver.h"

#define N_MESSAGES (FAKE_QUEUE_MAX - 4)
#define N_GAMES 500

static struct message *messages[N_MESSAGES];
static size_t n_sent;
static uint64_t position;
static uint32_t seed, id;
static unsigned int n_pairs;

TestSuite(sound_bursts);

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;

	return (seed >> 16) % sides;
}

static size_t count_held(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_sent; i++)
		n += waits(messages[i]);

	return n;
}

/* As a driver does whenever it gets one back, and it kicks only if it has to. */
static void fill_up(void)
{
	unsigned int index = id == OUT ? TX : RX;

	while (n_sent < N_MESSAGES && count_held() < 4) {
		messages[n_sent++] = queue_message(index, id, PERIOD);
		if (!queues[index].quiet)
			vd_device_kick(sound, index, now);
	}
	pass(0);
}

static void report(size_t len)
{
	struct fake_sound_stream *stream = &host.streams[id];

	if (stream->lost)
		return;
	if (id == OUT) {
		position = VD_MIN(position + len, stream->moved);
		consume(OUT, position);
	} else {
		stream->supply += len;
		vd_sound_readable(host.sound, IN, now);
	}
	pass(0);
}

static void pause_for_a_while(void)
{
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_STOP, id), OK);
	pass(dice(4) * PERIOD_NS);
	report(dice(4) * PERIOD);
	start(id);
	pass(0);
}

static void come_late(void)
{
	now += dice(5) * PERIOD_NS;
	pass(0);
}

static void step(void)
{
	switch (dice(24)) {
	case 0:
		pause_for_a_while();
		break;
	case 1:
		if (!host.streams[id].lost)
			lose(id);
		break;
	case 2:
	case 3:
		if (host.streams[id].lost)
			position = 0;
		find_again(id);
		break;
	case 4:
		come_late();
		break;
	case 5:
		pass(dice(2) * 5 * VD_NSEC_PER_SEC / 4);
		break;
	case 6:
	case 7:
		report(dice(5) * PERIOD);
		break;
	case 8:
	case 9:
		pass(dice(30) * VD_NSEC_PER_MSEC);
		break;
	default:
		report(PERIOD);
		pass(PERIOD_NS * 3 / 4 + dice(5) * VD_NSEC_PER_MSEC);
		break;
	}
	pass(0);
	fill_up();
}

static void expect_no_burst(void)
{
	for (size_t i = 0; i + 2 < n_sent && messages[i + 2]->at; i++) {
		cr_assert_geq(messages[i + 2]->at - messages[i]->at,
			      PERIOD_NS / 2, "game %u, message %zu", seed, i);
		n_pairs += messages[i + 1]->at == messages[i]->at;
	}
}

static void play_game(uint32_t stream, uint32_t game)
{
	seed = game;
	id = stream;
	n_sent = 0;
	position = 0;
	setup_sound();
	host.streams[IN].supply = 0;
	prepare(id);
	fill_up();
	start(id);
	for (int i = 0; i < 2000 && n_sent < N_MESSAGES; i++)
		step();
	cr_assert_eq(n_sent, N_MESSAGES);
	expect_no_burst();
	teardown_sound();
}

Test(sound_bursts, never_come_out_of_a_host_that_plays)
{
	for (uint32_t game = 0; game < N_GAMES; game++)
		play_game(OUT, game);
	cr_assert_gt(n_pairs, 0, "the host is hardly ever late");
}

Test(sound_bursts, never_come_out_of_a_host_that_records)
{
	for (uint32_t game = 0; game < N_GAMES; game++)
		play_game(IN, game);
	cr_assert_gt(n_pairs, 0, "the host is hardly ever late");
}
