/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sound daemon is restarted while a guest plays to a sound server, and the
 * front-end, which cannot connect again, does not notice: the stream goes on.
 */

#include <criterion/criterion.h>
#include <signal.h>

#include "fake-manager.h"
#include "fixture-pulse.h"
#include "sound-player.h"

#define BUFFER_FRAMES (N_PERIODS * PERIOD_FRAMES)

/* A minute of it. */
#define MAX_FRAMES (60 * 48000)

static struct pulse pulse;
static struct pulse_ear ear;
static struct manager *manager;

static void play_until_heard(size_t n)
{
	for (int i = 0; pulse_heard(&ear) < n && i < 5000; i++)
		play(1);
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
	connect_guest(manager_path(manager));
}

static void teardown(void)
{
	disconnect_guest();
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
	begin(VIRTIO_SND_D_OUTPUT);
	play_until_heard(4800);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(manager_end_service(manager, SIGTERM), 0);
		manager_start_service(manager);
		play_until_heard(pulse_heard(&ear) + 4800);
	}
	check_frames();
}
