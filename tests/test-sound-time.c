/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-sound and a private sound server, over a while: whether it stays
 * in time, and what that takes.
 *
 * On a machine that is busy, a server or a driver can be too late without any
 * fault of ours, so that what has failed is tried again.  With MESSAGES=6000,
 * for example, a minute is played once, which is for a machine that is idle.
 */

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "fixture-daemon.h"
#include "fixture-pulse.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

#define SHORT 200
#define ATTEMPTS 20
#define MAX_STREAMS 16

/* Messages of 10 ms. */
#define FRAME 4U
#define PERIOD 1920U
#define N_PERIODS 4U

static const struct probe_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.channels = 2,
	.hz = 48000,
	.frame = FRAME,
	.period = PERIOD,
	.n_periods = N_PERIODS,
	.xruns = true,
};

static const char *const args[] = { "--backend=pulse", "--streams=16,0",
				    "--xruns", NULL };

static struct pulse pulse;
static struct fixture fixture;
static struct probe probe;
static struct probe_sound sound;
static struct probe_sound_stream streams[MAX_STREAMS];
static size_t n_streams;

static void setup(void)
{
	pulse_init(&pulse);
	pulse_start(&pulse, PULSE_NULL_SINK);
	fixture_start(&fixture, "sound", args);
}

static void disconnect_guest(void)
{
	vhu_frontend_free(probe.frontend);
	vhu_guest_memory_free(probe.memory);
	probe = (struct probe){ 0 };
}

static void teardown(void)
{
	disconnect_guest();
	fixture_stop(&fixture);
	pulse_fini(&pulse);
}

TestSuite(sound_time, .init = setup, .fini = teardown);

static void submit(struct probe_sound_message *message)
{
	memset(message->data, 1, PERIOD);
	message->len = PERIOD;
	cr_assert_eq(probe_sound_submit(message), 0);
}

static void open_stream(uint32_t i)
{
	uint32_t id;

	cr_assert_eq(
		probe_sound_find(&sound, VIRTIO_SND_D_OUTPUT, i, &params, &id),
		0);
	cr_assert_eq(probe_sound_open(&streams[i], &sound, VIRTIO_SND_D_OUTPUT,
				      id, &params),
		     0);
	cr_assert(streams[i].params.xruns);
	for (size_t m = 0; m < N_PERIODS; m++)
		submit(&streams[i].messages[m]);
}

static void connect_guest(size_t n)
{
	probe = (struct probe){
		.settings = {
			.socket_path = fixture.path[0],
			.fd = PROBE_NO_FD,
			.timeout = 20000,
		},
		.name = "guest",
	};
	n_streams = n;
	cr_assert_eq(probe_open(&probe), 0);
	cr_assert_eq(probe_sound_start(&sound, &probe,
				       n * probe_sound_bytes(&params)),
		     0);
	for (uint32_t i = 0; i < n; i++)
		open_stream(i);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(probe_sound_request(&streams[i],
						 VIRTIO_SND_R_PCM_START),
			     0);
}

static struct probe_sound_message *collect(void)
{
	struct probe_sound_message *message;

	cr_assert_eq(probe_sound_collect(&sound, VIRTIO_SND_D_OUTPUT, &message),
		     0);

	return message;
}

/* So many messages of each stream. */
static void play(size_t n)
{
	for (size_t i = 0; i < n * n_streams; i++)
		submit(collect());
}

static size_t n_messages(void)
{
	const char *text = getenv("MESSAGES");

	return text ? strtoul(text, NULL, 10) : SHORT;
}

static unsigned int count_xruns(size_t n)
{
	unsigned int before;

	connect_guest(n);
	play(50);
	before = sound.n_xruns;
	play(n_messages());
	before = sound.n_xruns - before;
	disconnect_guest();

	return before;
}

static void expect_no_xrun(size_t n)
{
	int attempts = getenv("MESSAGES") ? 1 : ATTEMPTS;
	unsigned int n_xruns = 1;

	for (int i = 0; i < attempts && n_xruns > 0; i++)
		n_xruns = count_xruns(n);
	cr_assert_eq(n_xruns, 0, "it ran dry %u times", n_xruns);
}

Test(sound_time, is_never_over_for_a_stream)
{
	expect_no_xrun(1);
}

Test(sound_time, is_never_over_for_one_of_many_streams)
{
	expect_no_xrun(MAX_STREAMS);
}

/*
 * Nothing comes from the first stream, while the server plays all that it has of
 * it, and then goes on with the second one for as long again.
 */
static void run_dry(void)
{
	size_t n_held = 0, n_beyond = 0;

	while (n_beyond < N_PERIODS) {
		struct probe_sound_message *message = collect();

		if (message->stream == &streams[0]) {
			n_held++;
			continue;
		}
		submit(message);
		n_beyond += n_held == N_PERIODS;
	}
	for (size_t i = 0; i < N_PERIODS; i++)
		submit(&streams[0].messages[i]);
}

/* Or else a test that sees none would say nothing. */
Test(sound_time, that_was_lost_is_told)
{
	unsigned int before;

	connect_guest(2);
	play(20);
	before = sound.n_xruns;
	run_dry();
	play(20);
	cr_assert_gt(sound.n_xruns, before);
}

static unsigned long read_switches(const char *task)
{
	char path[384], line[128];
	unsigned long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status",
		 (int)fixture.pid, task);
	file = fopen(path, "re");
	cr_assert(file, "there is no %s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &n) == 1)
			break;
	fclose(file);

	return n;
}

/* How often has it gone to sleep, in all its threads? */
static unsigned long count_sleeps(void)
{
	char path[64];
	struct dirent *entry;
	unsigned long sum = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)fixture.pid);
	tasks = opendir(path);
	cr_assert(tasks);
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			sum += read_switches(entry->d_name);
	closedir(tasks);

	return sum;
}

/*
 * With the server's wish, the driver's kick and a clock it would be three, or
 * four: at times the server is awake once more, to say that it is done with the
 * memory of a message.
 */
Test(sound_time, for_sleep_is_mostly_interrupted_by_the_server_alone)
{
	double sleeps = 0;

	connect_guest(1);
	play(50);
	for (int i = 0; i < ATTEMPTS; i++) {
		unsigned long before = count_sleeps();

		play(100);
		sleeps = (double)(count_sleeps() - before) / 100;
		if (sleeps < 2.5)
			break;
	}
	cr_assert_lt(sleeps, 2.5, "it was %.2f times", sleeps);
}
