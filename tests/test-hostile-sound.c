/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sound daemon, and a driver that asks for what makes no sense.  After each
 * attack the attacker can play and record as before, and another guest never
 * noticed.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "hostile-driver.h"
#include "hostile-message.h"
#include "hostile-sound.h"
#include "virtio-devices/util.h"

/* --- requests -------------------------------------------------------------- */

enum stage {
	NEW,
	SET,
	PREPARED,
	RUNNING,
	STOPPED,
	N_STAGES,
};

static void bring_to(enum stage stage)
{
	static const uint32_t codes[] = { 0, VIRTIO_SND_R_PCM_SET_PARAMS,
					  VIRTIO_SND_R_PCM_PREPARE,
					  VIRTIO_SND_R_PCM_START,
					  VIRTIO_SND_R_PCM_STOP };

	for (int i = 1; i <= (int)stage; i++)
		sound_do_pcm(codes[i], SOUND_OUT);
}

static const uint32_t codes[] = {
	VIRTIO_SND_R_JACK_INFO,
	VIRTIO_SND_R_JACK_REMAP,
	VIRTIO_SND_R_PCM_INFO,
	VIRTIO_SND_R_PCM_SET_PARAMS,
	VIRTIO_SND_R_PCM_PREPARE,
	VIRTIO_SND_R_PCM_RELEASE,
	VIRTIO_SND_R_PCM_START,
	VIRTIO_SND_R_PCM_STOP,
	VIRTIO_SND_R_CHMAP_INFO,
	/* Controls: information, values, and tables. */
	0x300,
	0x302,
	0x303,
	0x304,
	0x306,
	/* And what there is not. */
	0,
	0x106,
	0x307,
	UINT32_MAX,
};

static void try_request(uint32_t code, enum stage stage, size_t at,
			size_t width, uint64_t value)
{
	struct virtio_snd_pcm_set_params request = sound_params(SOUND_OUT);

	bring_to(stage);
	request.hdr.hdr.code = htole32(code);
	memcpy((char *)&request + at, &value, width);
	memcpy(guest.buf, &request, sizeof(request));
	(void)sound_ask(sizeof(request), (uint32_t)(value % 600));
	sound_n_cases++;
	(void)sound_ask_pcm(VIRTIO_SND_R_PCM_STOP, SOUND_OUT);
	sound_do_pcm(VIRTIO_SND_R_PCM_RELEASE, SOUND_OUT);
}

static void try_code(uint32_t code, enum stage stage)
{
	const size_t size = sizeof(struct virtio_snd_pcm_set_params);

	for (size_t i = 0; i < n_hostile_values; i++) {
		for (size_t at = 4; at < size; at += 4)
			try_request(code, stage, at, 4, hostile_values[i]);
		for (size_t at = 20; at < size; at++)
			try_request(code, stage, at, 1, hostile_values[i]);
	}
}

ParameterizedTestParameters(hostile_sound, may_ask_for_anything_at_any_time)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound,
		  may_ask_for_anything_at_any_time, .timeout = 120)
{
	attack_start(t);
	for (size_t i = 0; i < VD_ARRAY_SIZE(codes); i++) {
		for (int stage = 0; stage < N_STAGES; stage++)
			try_code(codes[i], (enum stage)stage);
		guest_request(&guest, type);
		guest_request(&bystander, type);
	}
	sound_attack_stop();
}

ParameterizedTestParameters(hostile_sound, may_leave_out_any_part)
{
	return each_format("sound");
}

ParameterizedTest(struct target *t, hostile_sound, may_leave_out_any_part)
{
	struct virtio_snd_pcm_set_params request = sound_params(SOUND_OUT);

	attack_start(t);
	for (size_t i = 0; i < VD_ARRAY_SIZE(codes); i++) {
		request.hdr.hdr.code = htole32(codes[i]);
		for (uint32_t len = 0; len <= sizeof(request); len++) {
			for (uint32_t room = len == 0; room < 12; room++) {
				memcpy(guest.buf, &request, sizeof(request));
				(void)sound_ask(len, room);
				sound_n_cases++;
			}
		}
	}
	sound_attack_stop();
}

/* Numbers whose product or sum is more than a number can be. */
ParameterizedTestParameters(hostile_sound, may_ask_for_any_number_of_items)
{
	return each_format("sound");
}

static void ask_for_items(uint32_t code, uint32_t start, uint32_t count,
			  uint32_t size)
{
	const struct virtio_snd_query_info query = {
		.hdr.code = htole32(code),
		.start_id = htole32(start),
		.count = htole32(count),
		.size = htole32(size),
	};

	for (uint32_t room = 4; room <= 40004; room += 40000) {
		memcpy(guest.buf, &query, sizeof(query));
		(void)sound_ask(sizeof(query), room);
		sound_n_cases++;
	}
}

ParameterizedTest(struct target *t, hostile_sound,
		  may_ask_for_any_number_of_items, .timeout = 120)
{
	static const uint32_t values[] = {
		0,	    1,		2,
		23,	    24,		32,
		33,	    1U << 27,	(1U << 27) + 1,
		0x7fffffff, 0x80000000, UINT32_MAX - 1,
		UINT32_MAX,
	};
	static const uint32_t queries[] = { VIRTIO_SND_R_JACK_INFO,
					    VIRTIO_SND_R_PCM_INFO,
					    VIRTIO_SND_R_CHMAP_INFO, 0x300 };
	const size_t n = VD_ARRAY_SIZE(values);

	attack_start(t);
	for (size_t q = 0; q < VD_ARRAY_SIZE(queries); q++) {
		for (size_t i = 0; i < n * n * n; i++)
			ask_for_items(queries[q], values[i % n],
				      values[i / n % n], values[i / n / n]);
	}
	sound_attack_stop();
}
