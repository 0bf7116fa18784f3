/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sound daemon, and a driver whose messages have any shape, are too many,
 * or change while they are read.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile-driver.h"
#include "hostile-message.h"
#include "hostile-sound.h"
#include "virtio-devices/util.h"

/* --- messages of any shape ------------------------------------------------- */

static const uint32_t sizes[] = {
	0, 1, 3, 4, 5, 7, 8, 9, 12, 100, 4097, 65536
};

static void begin_stream(uint32_t stream, bool starts)
{
	sound_do_pcm(VIRTIO_SND_R_PCM_SET_PARAMS, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_PREPARE, stream);
	if (starts)
		sound_do_pcm(VIRTIO_SND_R_PCM_START, stream);
}

/* Few enough for the stream to take them all, and they are all given back. */
static void try_sizes(unsigned int index, uint32_t readable, bool starts)
{
	for (uint32_t stream = SOUND_OUT; stream <= SOUND_IN; stream++)
		begin_stream(stream, starts);
	for (size_t i = 0; i < VD_ARRAY_SIZE(sizes); i++) {
		if (readable + sizes[i] == 0)
			continue;
		cr_assert(sound_add_message(index, readable, sizes[i]));
		sound_n_cases++;
	}
	for (uint32_t stream = SOUND_OUT; stream <= SOUND_IN; stream++)
		sound_release(stream);
	sound_wait_for_all(index);
}

ParameterizedTestParameters(hostile_sound_messages, may_have_any_size)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound_messages, may_have_any_size,
		  .timeout = 120)
{
	attack_start(t);
	for (uint32_t stream = SOUND_OUT; stream <= SOUND_IN; stream++) {
		sound_set_stream(stream);
		for (size_t i = 0; i < VD_ARRAY_SIZE(sizes); i++) {
			try_sizes(SOUND_TX, sizes[i], false);
			try_sizes(SOUND_TX, sizes[i], true);
			try_sizes(SOUND_RX, sizes[i], false);
			try_sizes(SOUND_RX, sizes[i], true);
		}
	}
	sound_attack_stop();
}

ParameterizedTestParameters(hostile_sound_messages, may_be_for_any_stream)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound_messages,
		  may_be_for_any_stream, .timeout = 120)
{
	attack_start(t);
	begin_stream(SOUND_OUT, true);
	begin_stream(SOUND_IN, true);
	for (size_t i = 0; i < n_hostile_values; i++) {
		sound_set_stream((uint32_t)hostile_values[i]);
		cr_assert(sound_add_message(SOUND_TX, 104, 8));
		cr_assert(sound_add_message(SOUND_RX, 4, 108));
		sound_wait_for_all(SOUND_TX);
		sound_wait_for_all(SOUND_RX);
		sound_n_cases += 2;
	}
	sound_attack_stop();
}

/* --- too much -------------------------------------------------------------- */

/* Descriptors may overlap, and so claim more than there is memory. */
static void claim(unsigned int index, size_t n_readable)
{
	struct vhu_driver_buffer buffers[RING_SIZE];
	const struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = n_readable,
		.n_writable = RING_SIZE - n_readable,
	};
	struct vhu_driver_used used;

	for (size_t i = 0; i < RING_SIZE; i++)
		buffers[i] =
			(struct vhu_driver_buffer){ guest.gpa + (64U << 10),
						    960U << 10 };
	cr_assert_eq(
		vhu_frontend_exchange(guest.frontend, index, &chain, &used), 0);
	sound_n_cases++;
}

ParameterizedTestParameters(hostile_sound_messages,
			    may_claim_more_than_there_is)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound_messages,
		  may_claim_more_than_there_is, .timeout = 120)
{
	size_t memory;

	attack_start(t);
	memory = fixture_memory(&fixture);
	for (int i = 0; i < 20; i++) {
		begin_stream(SOUND_OUT, i % 2);
		begin_stream(SOUND_IN, i % 2);
		sound_set_stream(SOUND_OUT);
		claim(SOUND_TX, RING_SIZE - 1);
		sound_set_stream(SOUND_IN);
		claim(SOUND_RX, 1);
		sound_release(SOUND_OUT);
		sound_release(SOUND_IN);
	}
	attack_expect_memory(memory, 256);
	sound_attack_stop();
}

ParameterizedTestParameters(hostile_sound_messages, may_come_without_end)
{
	return each_format("sound");
}

/* With hardly anything in them, so that the device is asked all the time. */
ParameterizedTest(struct target *t, hostile_sound_messages,
		  may_come_without_end, .timeout = 120)
{
	size_t memory = 0;

	attack_start(t);
	for (int i = 0; i < 2000; i++) {
		begin_stream(i % 2, true);
		sound_set_stream(i % 2);
		for (uint32_t k = 0; k < 10; k++)
			(void)(i % 2 ? sound_add_message(SOUND_RX, 4, 8 + k)
				     : sound_add_message(SOUND_TX, 4 + k, 8));
		sound_n_cases += 10;
		sound_release(i % 2);
		if (i == 200)
			memory = fixture_memory(&fixture);
	}
	attack_expect_memory(memory, 256);
	sound_attack_stop();
}

/* --- what changes while the device works ----------------------------------- */

#define RACE_MSEC 1000
#define MESSAGE_AT (64U << 10)

static _Atomic(bool) race_is_over;
static volatile uint32_t race_request[6];

/*
 * The request, the stream of the messages and what is played.  Mostly all of it
 * is right, for parameters must be to have others looked at.
 */
static void *rewrite(void *context)
{
	volatile uint32_t *request = (volatile uint32_t *)(void *)guest.buf;
	volatile uint32_t *xfer =
		(volatile uint32_t *)(void *)(guest.buf + MESSAGE_AT);
	unsigned int seed = 1;

	while (!race_is_over) {
		size_t i = (size_t)rand_r(&seed);
		size_t at = 1 + i % 5;

		request[at] =
			(uint32_t)hostile_values[(i >> 8) % n_hostile_values];
		*xfer = i & 0x70 ? i & 1 : request[at];
		request[at] = race_request[at];
	}

	return context;
}

static void set_request(uint32_t code, uint32_t stream)
{
	struct virtio_snd_pcm_set_params request = sound_params(stream);
	uint32_t words[VD_ARRAY_SIZE(race_request)];

	request.hdr.hdr.code = htole32(code);
	memcpy(words, &request, sizeof(words));
	for (size_t i = 0; i < VD_ARRAY_SIZE(words); i++)
		race_request[i] = words[i];
	memcpy(guest.buf, &request, sizeof(request));
}

static void take_back(unsigned int index)
{
	struct vhu_driver_used used;

	while (vhu_driver_ring_get(
		       vhu_frontend_queue(guest.frontend, index)->ring, &used) >
	       0)
		continue;
}

static void race_once(uint32_t stream)
{
	static const uint32_t requests[] = {
		VIRTIO_SND_R_PCM_SET_PARAMS, VIRTIO_SND_R_PCM_PREPARE,
		VIRTIO_SND_R_PCM_START,	     VIRTIO_SND_R_PCM_STOP,
		VIRTIO_SND_R_PCM_RELEASE,
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(requests); i++) {
		set_request(requests[i], stream);
		(void)sound_ask(sizeof(struct virtio_snd_pcm_set_params), 64);
		sound_n_cases++;
		for (uint32_t k = 0; k < 8; k++) {
			(void)sound_add_message(SOUND_TX, 4 + 100 * k, 8);
			(void)sound_add_message(SOUND_RX, 4, 8 + 100 * k);
		}
		take_back(SOUND_TX);
		take_back(SOUND_RX);
	}
}

ParameterizedTestParameters(hostile_sound_messages, may_change_at_any_moment)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound_messages,
		  may_change_at_any_moment, .timeout = 120)
{
	uint64_t until = msec_now() + RACE_MSEC;
	pthread_t thread;

	attack_start(t);
	set_request(VIRTIO_SND_R_PCM_SET_PARAMS, SOUND_OUT);
	cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
	while (msec_now() < until) {
		for (uint32_t i = 0; i < 20; i++)
			race_once(i % 2);
		guest_request(&bystander, type);
	}
	race_is_over = true;
	pthread_join(thread, NULL);
	sound_attack_stop();
}
