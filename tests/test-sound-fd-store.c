/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sound daemon is restarted while a guest plays to a sound server, and the
 * front-end, which cannot connect again, does not notice: the stream goes on.
 */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdbool.h>

#include "fake-manager.h"
#include "fixture-pulse.h"
#include "sound-player.h"

#define BUFFER_FRAMES (N_PERIODS * PERIOD_FRAMES)

/* A minute of it. */
#define MAX_FRAMES (60 * 48000)

#define ATTEMPTS 20

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
	pulse_expect(&pulse, "list short clients", "vhost-device-sound");
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
 * What the server took in the last moment, which the process has not heard of, is
 * played again; that cannot be more than it had been given.  Returns whether
 * nothing was lost among the frames from @from on.
 */
static bool check_frames(size_t from, size_t end)
{
	uint32_t last = from ? ear.frames[from - 1] : 0;
	bool complete = true;

	for (size_t i = from; i < end; i++) {
		if (ear.frames[i] > last + 1)
			complete = false;
		cr_assert_gt(ear.frames[i] + BUFFER_FRAMES, last,
			     "frame %u comes after %u", ear.frames[i], last);
		last = ear.frames[i];
	}

	return complete;
}

/* Returns whether everything was heard, in spite of it. */
static bool restart(void)
{
	size_t from = pulse_heard(&ear);

	cr_assert_eq(manager_end_service(manager, SIGTERM), 0);
	manager_start_service(manager);
	play_until_heard(pulse_heard(&ear) + 4800);
	cr_assert_lt(pulse_heard(&ear), MAX_FRAMES);

	return check_frames(from, pulse_heard(&ear));
}

/*
 * On a busy machine it can take longer than a period until the new process has
 * connected to the server, and the stream does not wait for that.
 */
Test(sound_fd_store, plays_on_where_it_was)
{
	int n_complete = 0;

	begin(VIRTIO_SND_D_OUTPUT);
	play_until_heard(4800);
	cr_assert(check_frames(0, pulse_heard(&ear)), "it began too early");
	for (int i = 0; i < ATTEMPTS && n_complete < 3; i++)
		n_complete += restart();
	cr_assert_eq(n_complete, 3);
}
