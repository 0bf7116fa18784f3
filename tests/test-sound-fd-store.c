/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sound daemon is restarted while a guest plays to a sound server, and the
 * front-end, which cannot connect again, does not notice: the stream goes on.
 *
 * What is played is numbers, so that one that is missing is noticed.
 */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "fake-manager.h"
#include "fixture-daemon.h"
#include "fixture-pulse.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

#define FRAME 4U
#define PERIOD_FRAMES 480U
#define N_PERIODS 4U
#define BUFFER_FRAMES (N_PERIODS * PERIOD_FRAMES)

/* A minute of it. */
#define MAX_FRAMES (60 * 48000)

static struct pulse pulse;
static struct pulse_ear ear;
static struct manager *manager;
static struct probe probe;
static struct probe_sound sound;
static struct probe_sound_stream stream;
static uint32_t next_number = 1;

static const struct probe_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.channels = 2,
	.hz = 48000,
	.frame = FRAME,
	.period = PERIOD_FRAMES * FRAME,
	.n_periods = N_PERIODS,
};

static void submit_numbers(struct probe_sound_message *message)
{
	uint32_t frames[PERIOD_FRAMES];

	for (size_t i = 0; i < PERIOD_FRAMES; i++)
		frames[i] = next_number++;
	memcpy(message->data, frames, sizeof(frames));
	message->len = sizeof(frames);
	cr_assert_eq(probe_sound_submit(message), 0);
}

/* None of the messages may fail. */
static void play(void)
{
	struct probe_sound_message *message;

	cr_assert_eq(probe_sound_collect(&sound, VIRTIO_SND_D_OUTPUT, &message),
		     0);
	submit_numbers(message);
}

static void play_until_heard(size_t n)
{
	for (int i = 0; pulse_heard(&ear) < n && i < 5000; i++)
		play();
	cr_assert_geq(pulse_heard(&ear), n);
}

static void setup(void)
{
	static const char *const args[] = { "--log-level=error",
					    "--backend=pulse", NULL };

	pulse_init(&pulse);
	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, MAX_FRAMES);
	manager = manager_new("vhost-device-sound", args);
	probe = (struct probe){
		.settings = {
			.socket_path = manager_path(manager),
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

static void start_stream(void)
{
	uint32_t id;

	cr_assert_eq(
		probe_sound_find(&sound, VIRTIO_SND_D_OUTPUT, 0, &params, &id),
		0);
	cr_assert_eq(probe_sound_open(&stream, &sound, VIRTIO_SND_D_OUTPUT, id,
				      &params),
		     0);
	for (size_t i = 0; i < N_PERIODS; i++)
		submit_numbers(&stream.messages[i]);
	cr_assert_eq(probe_sound_request(&stream, VIRTIO_SND_R_PCM_START), 0);
}

static void teardown(void)
{
	vhu_frontend_free(probe.frontend);
	vhu_guest_memory_free(probe.memory);
	manager_wait_empty(manager);
	manager_free(manager);
	pulse_listen_no_more(&ear);
	pulse_fini(&pulse);
}

TestSuite(sound_fd_store, .init = setup, .fini = teardown, .timeout = 250);

/*
 * Nothing is lost.  What the server took in the last moment, which the process
 * has not heard of, is played again; that cannot be more than it had been given.
 */
static void check_frames(void)
{
	size_t n = pulse_heard(&ear);
	uint32_t last = 0;

	for (size_t i = 0; i < n && i < MAX_FRAMES; i++) {
		cr_assert_leq(ear.frames[i], last + 1, "frame %u is missing",
			      last + 1);
		cr_assert_gt(ear.frames[i] + BUFFER_FRAMES, last,
			     "frame %u comes after %u", ear.frames[i], last);
		last = ear.frames[i];
	}
}

Test(sound_fd_store, plays_on_where_it_was)
{
	start_stream();
	play_until_heard(4800);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(manager_end_service(manager, SIGTERM), 0);
		manager_start_service(manager);
		play_until_heard(pulse_heard(&ear) + 4800);
	}
	check_frames();
}
