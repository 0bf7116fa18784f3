/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-sound, a front-end, and a private sound server to which bad
 * things happen.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "fixture-daemon.h"
#include "fixture-pulse.h"
#include "sound-player.h"

static struct pulse pulse;
static struct fixture fixture;

static void start_daemon(const char *backend)
{
	char argument[96];
	const char *const args[] = { argument, NULL };

	snprintf(argument, sizeof(argument), "--backend=%s", backend);
	fixture_start(&fixture, "sound", args);
}

static void setup_null(void)
{
	start_daemon("null");
	connect_guest(fixture.path[0]);
}

static void setup_pulse(void)
{
	pulse_init(&pulse);
	start_daemon("pulse");
}

static void setup_pipewire(void)
{
	pulse_init(&pulse);
	start_daemon("pipewire");
}

static void teardown(void)
{
	disconnect_guest();
	if (fixture.pid)
		fixture_stop(&fixture);
	if (pulse.dir[0])
		pulse_fini(&pulse);
}

static double seconds_since(uint64_t begin_nsec)
{
	return (double)(probe_now() - begin_nsec) / 1e9;
}

TestSuite(sound_daemon, .fini = teardown);

static char wav_dir[] = "/tmp/vhd-wav.XXXXXX";

static void setup_files(void)
{
	char backend[64];

	cr_assert(mkdtemp(wav_dir));
	snprintf(backend, sizeof(backend), "file:%s/out.wav", wav_dir);
	start_daemon(backend);
	connect_guest(fixture.path[0]);
}

static void remove_files(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", wav_dir);
	cr_assert_eq(system(command), 0);
}

static void expect_file(const char *name, size_t n)
{
	uint32_t header[11], frame;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", wav_dir, name);
	file = fopen(path, "re");
	cr_assert(file, "there is no %s", path);
	cr_assert_eq(fread(header, sizeof(header), 1, file), 1);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(fread(&frame, sizeof(frame), 1, file), 1);
		cr_assert_eq(frame, i + 1);
	}
	cr_assert_eq(fread(&frame, 1, 1, file), 0);
	fclose(file);
}

static void play_ten(void)
{
	begin(VIRTIO_SND_D_OUTPUT);
	play(10 - N_PERIODS);
	play_out();
}

Test(sound_daemon, brings_every_bit_into_files, .init = setup_files,
     .fini = remove_files)
{
	play_ten();
	expect_file("out.wav", 10 * PERIOD_FRAMES);
}

static void expect_pace(void)
{
	uint64_t start;
	double seconds;

	play(10);
	start = probe_now();
	play(100);
	seconds = seconds_since(start);
	cr_assert(seconds > 0.9 && seconds < 3, "a second took %.3f s",
		  seconds);
}

Test(sound_daemon, plays_into_nothing_at_the_pace_of_the_clock,
     .init = setup_null)
{
	begin(VIRTIO_SND_D_OUTPUT);
	expect_pace();
	play_out();
}

Test(sound_daemon, records_silence_at_the_pace_of_the_clock, .init = setup_null)
{
	static const uint8_t silence[PERIOD_FRAMES * FRAME];
	uint64_t start;
	double seconds;

	begin(VIRTIO_SND_D_INPUT);
	start = probe_now();
	for (int i = 0; i < 50; i++) {
		struct probe_sound_message *message = collect();

		cr_assert_eq(message->len, sizeof(silence));
		cr_assert_arr_eq(message->data, silence, sizeof(silence));
		cr_assert_eq(probe_sound_submit(message), 0);
	}
	seconds = seconds_since(start);
	cr_assert(seconds > 0.45 && seconds < 2, "half a second took %.3f s",
		  seconds);
	request(VIRTIO_SND_R_PCM_STOP);
	request(VIRTIO_SND_R_PCM_RELEASE);
}

static void expect_numbers(const struct pulse_ear *ear, size_t n)
{
	cr_assert_eq(ear->n, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(ear->frames[i], i + 1, "frame %zu is %u", i,
			     ear->frames[i]);
}

Test(sound_daemon, brings_every_bit_to_the_sound_server, .init = setup_pulse)
{
	const size_t n = 104 * PERIOD_FRAMES;
	struct pulse_ear ear;

	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, n);
	connect_guest(fixture.path[0]);
	pulse_expect(&pulse, "list short clients", "vhost-device-sound");
	begin(VIRTIO_SND_D_OUTPUT);
	play(100);
	play_out();

	pulse_wait_heard(&ear, n);
	expect_numbers(&ear, n);
	pulse_listen_no_more(&ear);
}

static void write_numbers(int fd, size_t n)
{
	static uint32_t number = 1;

	for (size_t i = 0; i < n; i++, number++)
		cr_assert_eq(write(fd, &number, FRAME), FRAME);
}

Test(sound_daemon, brings_every_bit_from_the_sound_server, .init = setup_pulse)
{
	uint32_t expected = 1, frames[PERIOD_FRAMES];
	int fd;

	pulse_start_pipe_source(&pulse);
	fd = open(pulse.fifo, O_RDWR | O_CLOEXEC);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_INPUT);
	pulse_expect(&pulse, "list short source-outputs", "s16le");
	pulse_expect(&pulse, "list source-outputs", "Corked: no");

	write_numbers(fd, 5 * PERIOD_FRAMES);
	while (expected <= 50 * PERIOD_FRAMES) {
		struct probe_sound_message *message = collect();

		memcpy(frames, message->data, sizeof(frames));
		for (size_t i = 0; i < PERIOD_FRAMES; i++) {
			/* Nothing came before it, while it waited. */
			if (frames[i] == 0 && expected == 1)
				continue;
			cr_assert_eq(frames[i], expected++);
		}
		write_numbers(fd, PERIOD_FRAMES);
		cr_assert_eq(probe_sound_submit(message), 0);
	}
	close(fd);
}

Test(sound_daemon, keeps_the_pace_of_a_sound_server, .init = setup_pulse)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	expect_pace();
	pulse_expect(&pulse, "list sink-inputs", "Virtual machine 0");
	play_out();
	pulse_expect(&pulse, "info", "Default Sink: test");
	cr_assert(!strstr(pulse_ctl(&pulse, "list sink-inputs"),
			  "Virtual machine"));
}

Test(sound_daemon, goes_on_without_a_sound_server, .init = setup_pulse)
{
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	expect_pace();
	play_out();
}

Test(sound_daemon, is_heard_again_when_the_server_was_restarted,
     .init = setup_pulse)
{
	struct pulse_ear ear;
	size_t before;

	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, 1);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	for (int i = 0; pulse_heard(&ear) == 0 && i < 2000; i++)
		play(1);
	cr_assert_gt(pulse_heard(&ear), 0);

	pulse_signal(&pulse, SIGKILL);
	expect_pace();
	before = pulse_heard(&ear);
	pulse_start_pipe_sink(&pulse);
	for (int i = 0; pulse_heard(&ear) < before + 4800 && i < 2000; i++)
		play(1);
	cr_assert_geq(pulse_heard(&ear), before + 4800);
	play_out();
	pulse_listen_no_more(&ear);
}

/* Each request is answered within a second, or Linux gives the device up. */
static void request_in_time(uint32_t code)
{
	uint64_t start = probe_now();

	request(code);
	cr_assert_lt(seconds_since(start), 0.9);
}

Test(sound_daemon, answers_while_the_server_hangs, .init = setup_pulse)
{
	struct pulse_ear ear;
	size_t before;

	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, 1);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	for (int i = 0; pulse_heard(&ear) == 0 && i < 2000; i++)
		play(1);

	pulse_signal(&pulse, SIGSTOP);
	play(50);
	request_in_time(VIRTIO_SND_R_PCM_STOP);
	request_in_time(VIRTIO_SND_R_PCM_START);
	for (int i = 0; i < 3; i++) {
		play(10);
		request_in_time(VIRTIO_SND_R_PCM_STOP);
		request_in_time(VIRTIO_SND_R_PCM_RELEASE);
		for (size_t m = 0; m < N_PERIODS; m++)
			(void)collect();
		request_in_time(VIRTIO_SND_R_PCM_PREPARE);
		submit_first();
		request_in_time(VIRTIO_SND_R_PCM_START);
	}

	pulse_signal(&pulse, SIGCONT);
	before = pulse_heard(&ear);
	for (int i = 0; pulse_heard(&ear) < before + 4800 && i < 2000; i++)
		play(1);
	cr_assert_geq(pulse_heard(&ear), before + 4800);
	play_out();
	pulse_listen_no_more(&ear);
}

static void play_until_the_server_does(void)
{
	for (int i = 0;
	     i < 1000 &&
	     !strstr(pulse_ctl(&pulse, "list sink-inputs"), "Corked: no");
	     i++)
		play(1);
	pulse_expect(&pulse, "list sink-inputs", "Corked: no");
}

static void setup_stopped_pulse(void)
{
	pulse_init(&pulse);
	pulse_start(&pulse, PULSE_NULL_SINK);
	pulse_signal(&pulse, SIGSTOP);
	start_daemon("pulse");
}

Test(sound_daemon, answers_while_the_server_hangs_from_the_beginning,
     .init = setup_stopped_pulse)
{
	connect_guest(fixture.path[0]);
	open_stream(VIRTIO_SND_D_OUTPUT);
	submit_first();
	request_in_time(VIRTIO_SND_R_PCM_START);
	expect_pace();
	request_in_time(VIRTIO_SND_R_PCM_STOP);
	request_in_time(VIRTIO_SND_R_PCM_START);

	pulse_signal(&pulse, SIGCONT);
	play_until_the_server_does();
	play_out();
}

Test(sound_daemon, goes_on_when_its_sink_is_removed, .init = setup_pulse)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	play(20);
	pulse_expect(&pulse, "list short sink-inputs", "s16le");

	(void)pulse_ctl(&pulse, "unload-module module-null-sink");
	expect_pace();
	(void)pulse_ctl(&pulse, "load-module " PULSE_NULL_SINK);
	play_until_the_server_does();
	play_out();
}

Test(sound_daemon, pauses_and_goes_on_where_it_was, .init = setup_pulse)
{
	const size_t n = 64 * PERIOD_FRAMES;
	struct pulse_ear ear;

	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, n);
	connect_guest(fixture.path[0]);
	pulse_expect(&pulse, "list short clients", "vhost-device-sound");
	begin(VIRTIO_SND_D_OUTPUT);
	play(30);
	request(VIRTIO_SND_R_PCM_STOP);
	pulse_expect(&pulse, "list sink-inputs", "Corked: yes");
	request(VIRTIO_SND_R_PCM_START);
	play(30);
	play_out();

	pulse_wait_heard(&ear, n);
	expect_numbers(&ear, n);
	pulse_listen_no_more(&ear);
}

/* It has a server that is one of pulse's. */
Test(sound_daemon, knows_pipewire_by_its_name, .init = setup_pipewire)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	connect_guest(fixture.path[0]);
	begin(VIRTIO_SND_D_OUTPUT);
	pulse_expect(&pulse, "list sink-inputs", "Virtual machine 0");
	play_out();
}
