/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two streams on one real ring, which stops and goes on at any time.  What
 * happens is a game of dice, but the same each time.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "tests/fake-driver.h"
#include "tests/sound-driver.h"

#define RING 64
#define N_MESSAGES 20
#define DESCS 3
#define SIZE 600
#define SLOT 1024

static struct fake_driver driver;
static unsigned int n_sent, n_taken, n_allowed;
static bool returned[N_MESSAGES];
static uint8_t n_of[FAKE_SOUND_STREAMS];
static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;

	return (seed >> 16) % sides;
}

/* The bytes of a stream's i-th message are i, and of a frame 0, 1, 2 and 3. */
static void offer(uint32_t stream)
{
	uint8_t data[SIZE];
	uint64_t at = FAKE_LOW + (uint64_t)n_sent * SLOT;
	struct virtio_snd_pcm_xfer xfer = { htole32(stream) };
	const struct fake_desc descs[DESCS] = {
		{ at, sizeof(xfer), 0 },
		{ at + 16, SIZE, 0 },
		{ at + 8, 8, VRING_DESC_F_WRITE },
	};

	fake_driver_poke(at, &xfer, sizeof(xfer));
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(4 * n_of[stream] + i % 4);
	n_of[stream]++;
	fake_driver_poke(at + 16, data, SIZE);
	fake_driver_offer(&driver, descs, DESCS);
	n_sent++;
}

static void collect(void)
{
	struct fake_used used;

	while (fake_driver_take(&driver, &used)) {
		cr_assert_eq(used.len, 8);
		n_taken++;
	}
	for (unsigned int i = 0; i < n_sent; i++) {
		uint32_t status;

		fake_driver_peek(FAKE_LOW + (uint64_t)i * SLOT + 8, &status, 4);
		returned[i] = le32toh(status) == OK;
	}
}

static void restart(void)
{
	uint32_t base;

	vd_device_stop_queue(sound, TX);
	base = vd_virtqueue_stop(driver.vq);
	cr_assert_eq(fake_driver_start(&driver, base), 0);
	vd_device_start_queue(sound, TX, driver.queue);
	vd_device_kick(sound, TX, now);
}

/* Where the next chain is going to be. */
static uint16_t position(void)
{
	return driver.features & PACKED
		       ? driver.next
		       : le16toh(fake_split_avail(&driver)->idx);
}

static bool split_wants_kicks(uint16_t before)
{
	const struct vring_used *used = fake_split_used(&driver);
	const __virtio16 *event = (const void *)&used->ring[RING];

	return driver.features & EVENT_IDX
		       ? vring_need_event(le16toh(*event), position(), before)
		       : le16toh(used->flags) == 0;
}

static bool packed_wants_kicks(uint16_t before)
{
	const struct vring_packed_desc_event *wish = fake_device_event(&driver);
	uint16_t off_wrap = le16toh(wish->off_wrap);
	uint16_t event = off_wrap & 0x7fff;

	if (le16toh(wish->flags) != VRING_PACKED_EVENT_FLAG_DESC)
		return le16toh(wish->flags) == VRING_PACKED_EVENT_FLAG_ENABLE;
	if (off_wrap >> 15 != driver.wrap)
		event -= RING;

	return vring_need_event(event, position(), before);
}

/* As Linux: only if the device wants to know of what was offered last. */
static bool kicks_are_wanted(uint16_t before)
{
	return driver.features & PACKED ? packed_wants_kicks(before)
					: split_wants_kicks(before);
}

static bool picky;
static uint32_t owed;

static void owe(struct vd_device_host *other, uint32_t kick, uint64_t deadline)
{
	(void)other;
	(void)deadline;
	owed |= kick;
}

static struct vd_device_host transport = { .schedule = owe };

static void offer_and_kick(uint32_t stream)
{
	uint16_t before = position();

	if (driver.features & PACKED && driver.next + DESCS >= RING)
		before -= RING;
	offer(stream);
	if (!picky || kicks_are_wanted(before))
		vd_device_kick(sound, TX, now);
}

static void pay(void)
{
	if (!(owed & 1U << TX))
		return;

	owed = 0;
	vd_device_kick(sound, TX, now);
}

static void step(void)
{
	uint32_t stream = dice(2) ? OUT : OUT2;

	switch (dice(5)) {
	case 0:
		restart();
		break;
	case 1:
		consume(stream, host.streams[stream].moved);
		break;
	case 2:
		pass(dice(5) * VD_NSEC_PER_MSEC);
		break;
	default:
		if (n_sent < n_allowed)
			offer_and_kick(stream);
		break;
	}
	pay();
	collect();
}

/* The host is no better than the driver. */
static void disturb(void)
{
	uint32_t id = dice(2) ? OUT : OUT2;
	struct fake_sound_stream *stream = &host.streams[id];

	switch (dice(4)) {
	case 0:
		if (!stream->lost)
			lose(id);
		break;
	case 1:
		find_again(id);
		break;
	case 2:
		stream->room = dice(1000);
		vd_sound_writable(host.sound, id, now);
		break;
	default:
		pass(dice(300) * VD_NSEC_PER_MSEC);
		break;
	}
}

static void expect_heard(uint32_t stream)
{
	const struct fake_sound_stream *heard = &host.streams[stream];

	cr_assert_eq(heard->n_heard, (size_t)n_of[stream] * SIZE);
	for (size_t i = 0; i < heard->n_heard; i++)
		cr_assert_eq(heard->heard[i], 4 * (i / SIZE) + i % 4);
}

static void begin(uint64_t features, uint32_t base, uint32_t game)
{
	seed = game;
	setup_sound();
	vd_device_stop_queue(sound, TX);
	fake_driver_open(&driver, features, RING, base);
	vd_device_start_queue(sound, TX, driver.queue);
	prepare(OUT);
	prepare(OUT2);
	start(OUT);
	start(OUT2);
	n_sent = n_taken = 0;
	n_allowed = N_MESSAGES;
	sound->host = &transport;
	owed = 0;
	memset(n_of, 0, sizeof(n_of));
}

static void end(void)
{
	consume(OUT, UINT64_MAX);
	consume(OUT2, UINT64_MAX);
	pass(10 * VD_NSEC_PER_SEC);
	collect();
	cr_assert_eq(n_sent, N_MESSAGES);
	cr_assert_eq(n_taken, N_MESSAGES, "each of them once");
	for (unsigned int i = 0; i < n_sent; i++)
		cr_assert(returned[i], "message %u", i);

	vd_device_stop_queue(sound, TX);
	fake_driver_close(&driver);
	teardown_sound();
}

static void play_and_stop(uint64_t features, uint32_t base, uint32_t game)
{
	begin(features, base, game);
	for (int i = 0; i < 200; i++)
		step();
	end();
	expect_heard(OUT);
	expect_heard(OUT2);
}

Test(sound_rings, lose_and_repeat_nothing_when_a_split_ring_stops)
{
	for (uint32_t game = 0; game < 100; game++)
		play_and_stop(0, 65530, game);
}

Test(sound_rings, lose_and_repeat_nothing_when_a_packed_ring_stops)
{
	for (uint32_t game = 0; game < 100; game++)
		play_and_stop(PACKED, VD_VIRTQUEUE_PACKED_BASE, game);
}

Test(sound_rings, return_each_message_once_whatever_the_host_does)
{
	for (uint32_t game = 0; game < 200; game++) {
		begin(game % 2 ? PACKED : 0,
		      game % 2 ? VD_VIRTQUEUE_PACKED_BASE : 0, game);
		host.streams[OUT].framed = true;
		host.streams[OUT2].framed = true;
		for (int i = 0; i < 200; i++) {
			step();
			disturb();
		}
		end();
	}
}

/* Until both streams have nothing more to do. */
static void run_out(void)
{
	for (unsigned int i = 0; i < N_MESSAGES; i++) {
		find_again(OUT);
		find_again(OUT2);
		consume(OUT, host.streams[OUT].moved);
		consume(OUT2, host.streams[OUT2].moved);
		pass(VD_NSEC_PER_SEC);
		pay();
		collect();
	}
}

/* What the device does not hear of now, nobody will tell it later. */
static void play_to_the_end(void)
{
	run_out();
	cr_assert_eq(n_taken, n_sent);
	while (n_sent < N_MESSAGES) {
		offer_and_kick(n_sent % 2 ? OUT : OUT2);
		run_out();
		cr_assert_eq(n_taken, n_sent);
	}
}

/* With as little as it can take, so that the device mostly wants no kicks. */
Test(sound_rings, lose_nothing_of_a_driver_that_kicks_only_when_it_has_to)
{
	picky = true;
	for (uint32_t game = 0; game < 400; game++) {
		begin((game & 1 ? PACKED : 0) | (game & 2 ? EVENT_IDX : 0),
		      game & 1 ? VD_VIRTQUEUE_PACKED_BASE : 65530, game);
		n_allowed = N_MESSAGES - 4;
		host.streams[OUT].room = SIZE;
		host.streams[OUT2].room = SIZE;
		for (int i = 0; i < 200; i++) {
			step();
			if (game & 4)
				disturb();
		}
		play_to_the_end();
		end();
	}
}

/* A stream that has just been served knows of all that there is. */
Test(sound_rings, are_looked_at_whenever_a_host_has_got_on)
{
	unsigned int n_silent = 0;

	picky = true;
	for (uint32_t game = 0; game < 100; game++) {
		begin(game & 1 ? PACKED : 0,
		      game & 1 ? VD_VIRTQUEUE_PACKED_BASE : 0, game);
		host.streams[OUT].room = 0;
		host.streams[OUT2].room = 0;
		offer_and_kick(OUT);
		offer_and_kick(OUT2);
		while (n_sent < N_MESSAGES) {
			offer_and_kick(dice(2) ? OUT : OUT2);
			n_silent += vd_virtqueue_ready(driver.vq);
			host.streams[OUT].room += SIZE / 4;
			vd_sound_writable(host.sound, OUT, now);
			cr_assert_not(vd_virtqueue_ready(driver.vq));
			pay();
			collect();
		}
		play_to_the_end();
		end();
	}
	cr_assert_gt(n_silent, 0, "or nothing was looked for");
}

/* A word of which stream, a status, and each byte by itself. */
Test(sound_rings, carry_messages_of_1024_descriptors)
{
	static struct fake_desc descs[VD_VIRTQUEUE_MAX_CHAIN];
	const size_t n = VD_ARRAY_SIZE(descs), bytes = n - 2;
	const uint64_t data = FAKE_LOW + 0x1000, table = FAKE_LOW + 0x10000;
	struct virtio_snd_pcm_xfer xfer = { htole32(OUT) };
	struct fake_desc desc;
	struct fake_used used;

	begin(INDIRECT, 0, 0);
	fake_driver_poke(FAKE_LOW, &xfer, sizeof(xfer));
	descs[0] = (struct fake_desc){ FAKE_LOW, sizeof(xfer), 0 };
	descs[n - 1] =
		(struct fake_desc){ FAKE_LOW + 8, 8, VRING_DESC_F_WRITE };
	for (size_t i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)i;

		fake_driver_poke(data + i, &byte, 1);
		descs[i + 1] = (struct fake_desc){ data + i, 1, 0 };
	}
	desc = fake_driver_table(&driver, table, descs, n);
	fake_driver_offer(&driver, &desc, 1);
	vd_device_kick(sound, TX, now);

	cr_assert_eq(host.streams[OUT].n_heard, bytes);
	for (size_t i = 0; i < bytes; i++)
		cr_assert_eq(host.streams[OUT].heard[i], (uint8_t)i);
	consume(OUT, bytes);
	cr_assert(fake_driver_take(&driver, &used));
	cr_assert_eq(used.len, 8);

	vd_device_stop_queue(sound, TX);
	fake_driver_close(&driver);
	teardown_sound();
}
