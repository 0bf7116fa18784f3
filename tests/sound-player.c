/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "sound-player.h"

#include <criterion/criterion.h>
#include <string.h>

#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

static struct probe probe;
static uint32_t next_number;

struct probe_sound sound;
struct probe_sound_stream stream;

static const struct probe_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.channels = 2,
	.hz = 48000,
	.frame = FRAME,
	.period = PERIOD_FRAMES * FRAME,
	.n_periods = N_PERIODS,
};

void connect_guest(const char *path)
{
	probe = (struct probe){
		.settings = {
			.socket_path = path,
			.fd = PROBE_NO_FD,
			.timeout = 20000,
		},
		.name = "guest",
	};
	cr_assert_eq(probe_open(&probe), 0);
	cr_assert_eq(probe_sound_start(&sound, &probe,
				       2 * probe_sound_bytes(&params)),
		     0);
}

void disconnect_guest(void)
{
	vhu_frontend_free(probe.frontend);
	vhu_guest_memory_free(probe.memory);
	probe = (struct probe){ 0 };
}

void open_stream(unsigned int direction)
{
	uint32_t id;

	cr_assert_eq(probe_sound_find(&sound, direction, 0, &params, &id), 0);
	cr_assert_eq(probe_sound_open(&stream, &sound, direction, id, &params),
		     0);
	next_number = 1;
}

void submit_numbers(struct probe_sound_message *message)
{
	uint32_t frames[PERIOD_FRAMES];

	for (size_t i = 0; i < PERIOD_FRAMES; i++)
		frames[i] = next_number++;
	memcpy(message->data, frames, sizeof(frames));
	message->len = sizeof(frames);
	cr_assert_eq(probe_sound_submit(message), 0);
}

struct probe_sound_message *collect(void)
{
	struct probe_sound_message *message;

	cr_assert_eq(probe_sound_collect(&sound, stream.direction, &message),
		     0);

	return message;
}

void submit_first(void)
{
	for (size_t i = 0; i < N_PERIODS; i++) {
		if (stream.direction == VIRTIO_SND_D_OUTPUT)
			submit_numbers(&stream.messages[i]);
		else
			cr_assert_eq(probe_sound_submit(&stream.messages[i]),
				     0);
	}
}

void request(uint32_t code)
{
	cr_assert_eq(probe_sound_request(&stream, code), 0);
}

void begin(unsigned int direction)
{
	open_stream(direction);
	submit_first();
	request(VIRTIO_SND_R_PCM_START);
}

void play(size_t n)
{
	while (n-- > 0)
		submit_numbers(collect());
}

void play_out(void)
{
	for (size_t i = 0; i < N_PERIODS; i++)
		(void)collect();
	request(VIRTIO_SND_R_PCM_STOP);
	request(VIRTIO_SND_R_PCM_RELEASE);
}
