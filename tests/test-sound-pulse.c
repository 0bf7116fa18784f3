/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The backend for sound servers, with a real server and a device that does no
 * more than to remember what it is told.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_snd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/sound-pulse.h"
#include "fixture-pulse.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

/* Twenty seconds, if there is nothing at all to be done. */
#define PATIENCE 2000

#define PLAYBACK 0
#define CAPTURE 1

/* Stands in for the device: what it was told of each of the two streams. */
struct vd_sound {
	bool lost[2];
	unsigned int n_found;
	unsigned int n_writable;
	unsigned int n_readable;
	unsigned int n_xruns;
	uint64_t consumed;
	int volume;
	bool mute;
	unsigned int n_volumes;
};

void vd_sound_writable(struct vd_sound *sound, uint32_t stream, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, PLAYBACK);
	sound->n_writable++;
}

void vd_sound_readable(struct vd_sound *sound, uint32_t stream, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, CAPTURE);
	sound->n_readable++;
}

void vd_sound_consumed(struct vd_sound *sound, uint32_t stream,
		       uint64_t position, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, PLAYBACK);
	cr_assert_geq(position, sound->consumed);
	sound->consumed = position;
}

void vd_sound_xrun(struct vd_sound *sound, uint32_t stream)
{
	(void)stream;
	sound->n_xruns++;
}

void vd_sound_lost(struct vd_sound *sound, uint32_t stream, uint64_t now)
{
	(void)now;
	sound->lost[stream] = true;
}

void vd_sound_found(struct vd_sound *sound, uint32_t stream, uint64_t now)
{
	(void)now;
	sound->lost[stream] = false;
	sound->n_found++;
}

void vd_sound_volume_changed(struct vd_sound *sound, uint32_t stream,
			     int volume, bool mute)
{
	(void)stream;
	sound->volume = volume;
	sound->mute = mute;
	sound->n_volumes++;
}

static struct pulse pulse;
static struct pulse_ear ear;
static struct vb_loop *loop;
static struct vd_sound sound;
static struct vd_sound_backend *backend;
static const char *server_problem, *device_problem[2];
static unsigned int n_server_events;
static uint32_t numbers[48000];

static const struct vd_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.rate = VIRTIO_SND_PCM_RATE_48000,
	.channels = 2,
	.hz = 48000,
	.frame_bytes = 4,
	.period_bytes = 1920,
	.buffer_bytes = 7680,
};

static void server_event(void *context, const char *problem)
{
	(void)context;
	server_problem = problem;
	n_server_events++;
}

static void device_event(void *context, enum vd_sound_direction direction,
			 const char *problem)
{
	(void)context;
	device_problem[direction] = problem;
}

static void make(const char *sink)
{
	const struct vb_sound_pulse_config config = {
		.sink = sink,
		.name = "Test machine",
		.n_playback = 1,
		.n_capture = 1,
		.volumes = true,
		.events = { .server = server_event, .device = device_event },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(numbers); i++)
		numbers[i] = (uint32_t)i + 1;
	cr_assert_eq(vb_loop_new(&loop), 0);
	cr_assert_eq(vb_sound_pulse_new(loop, &config, &backend), 0);
}

static void setup(void)
{
	pulse_init(&pulse);
	make(NULL);
}

static void teardown(void)
{
	if (ear.frames)
		pulse_listen_no_more(&ear);
	backend->ops->destroy(backend);
	vb_loop_free(loop);
	pulse_fini(&pulse);
}

TestSuite(sound_pulse, .init = setup, .fini = teardown);

/* Go round once, or wait a moment for a reason to. */
static void step(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	poll(&pollfd, 1, 10);
	cr_assert_eq(vb_loop_step(loop), 0);
}

#define RUN_UNTIL(condition) \
	do { \
		for (int i_ = 0; !(condition); i_++) { \
			cr_assert(i_ < PATIENCE, "waited in vain"); \
			step(); \
		} \
	} while (0)

static void run_until_said(const char *command, const char *text)
{
	RUN_UNTIL(strstr(pulse_ctl(&pulse, command), text));
}

static void attach(uint32_t stream)
{
	backend->ops->attach(backend, &sound);
	RUN_UNTIL(!sound.lost[stream]);
}

static void prepare(uint32_t stream)
{
	cr_assert_eq(backend->ops->prepare(backend, stream, &params), 0);
}

/* What was not taken has to be offered again when there is room. */
static void write_all(const void *bytes, size_t len)
{
	const char *p = bytes;

	for (int i = 0; len > 0; i++) {
		const struct iovec iov = { (char *)(uintptr_t)p, len };
		ssize_t n = backend->ops->write(backend, PLAYBACK, &iov, 1);

		cr_assert(n > 0 || n == -EAGAIN);
		cr_assert(i < PATIENCE, "%zu bytes are not taken", len);
		if (n < 0) {
			step();
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
}

static void expect_heard(size_t n)
{
	RUN_UNTIL(pulse_heard(&ear) >= n);
	cr_assert_eq(ear.n, n);
	cr_assert_arr_eq(ear.frames, numbers, n * 4);
}

static void start_pipe_sink(void)
{
	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, VD_ARRAY_SIZE(numbers));
}

Test(sound_pulse, is_lost_until_there_is_a_server)
{
	backend->ops->attach(backend, &sound);
	cr_assert(sound.lost[PLAYBACK] && sound.lost[CAPTURE]);
	RUN_UNTIL(server_problem);

	pulse_start(&pulse, PULSE_NULL_SINK);
	RUN_UNTIL(!sound.lost[PLAYBACK] && !sound.lost[CAPTURE]);
	cr_assert_null(server_problem);
	cr_assert_eq(n_server_events, 2);
}

Test(sound_pulse, is_lost_when_the_server_ends_and_found_when_it_is_back)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 1920);

	pulse_signal(&pulse, SIGTERM);
	RUN_UNTIL(sound.lost[PLAYBACK] && sound.lost[CAPTURE]);
	cr_assert_not_null(server_problem);
	pulse_start(&pulse, PULSE_NULL_SINK);
	RUN_UNTIL(!sound.lost[PLAYBACK]);
	prepare(PLAYBACK);
	write_all(numbers, 1920);
}

Test(sound_pulse, shows_in_mixers_whose_stream_it_is)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);

	run_until_said("list sink-inputs",
		       "application.name = \"Test machine\"");
	run_until_said("list sink-inputs", "media.name = \"Playback 1\"");
	backend->ops->release(backend, PLAYBACK);
	RUN_UNTIL(
		!strstr(pulse_ctl(&pulse, "list sink-inputs"), "Test machine"));
}

Test(sound_pulse, takes_no_more_than_it_has_room_for)
{
	const struct iovec iov = { numbers, sizeof(numbers) };
	ssize_t n;

	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	cr_assert_eq(backend->ops->write(backend, PLAYBACK, &iov, 1), -EAGAIN);
	RUN_UNTIL(sound.n_writable > 0);

	n = backend->ops->write(backend, PLAYBACK, &iov, 1);
	cr_assert_geq(n, 2 * 1920);
	cr_assert_leq(n, 250 * 192);
	cr_assert_eq(backend->ops->write(backend, PLAYBACK, &iov, 1), -EAGAIN);
	cr_assert_eq(sound.consumed, 0);
}

Test(sound_pulse, tells_when_all_was_consumed_whatever_it_was)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 1924);
	backend->ops->start(backend, PLAYBACK);

	RUN_UNTIL(sound.consumed == 1924);
	cr_assert_eq(sound.n_xruns, 0, "the end is no underrun");
}

/* A server that has run dry would wait for a whole block, as at the start. */
Test(sound_pulse, plays_the_last_frame_even_if_that_comes_late)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 1924);
	backend->ops->start(backend, PLAYBACK);
	RUN_UNTIL(sound.consumed == 1924);

	write_all(numbers, 4);
	RUN_UNTIL(sound.consumed == 1928);
	cr_assert_eq(sound.n_xruns, 1);
}

Test(sound_pulse, knows_how_long_it_takes_to_be_heard)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	cr_assert_eq(backend->ops->latency(backend, PLAYBACK), 0);
	write_all(numbers, 1920);

	cr_assert_geq(backend->ops->latency(backend, PLAYBACK), 1920);
	cr_assert_leq(backend->ops->latency(backend, PLAYBACK), 192000);
}

Test(sound_pulse, does_not_mind_where_the_bytes_are_cut)
{
	const char *p = (const char *)numbers;

	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	backend->ops->start(backend, PLAYBACK);
	for (size_t at = 0, len = 1; at < 40000; at += len, len += 2) {
		len = VD_MIN(len, 40000 - at);
		write_all(p + at, len);
	}
	backend->ops->stop(backend, PLAYBACK, true);

	expect_heard(10000);
}

Test(sound_pulse, does_not_mind_how_the_bytes_are_scattered)
{
	char *p = (char *)numbers;
	const struct iovec iov[] = {
		{ p, 1 },
		{ p, 0 },
		{ p + 1, 1000 },
		{ p + 1001, 2839 },
	};

	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	RUN_UNTIL(sound.n_writable > 0);
	cr_assert_eq(backend->ops->write(backend, PLAYBACK, iov, 4), 3840);
	backend->ops->start(backend, PLAYBACK);
	backend->ops->stop(backend, PLAYBACK, true);

	expect_heard(960);
}

Test(sound_pulse, converts_what_the_server_does_not_know)
{
	struct vd_sound_params converted = params;
	int8_t samples[960];

	for (int i = 0; i < 960; i++)
		samples[i] = (int8_t)(i % 100 + 1);
	converted.format = VIRTIO_SND_PCM_FMT_S8;
	converted.frame_bytes = 2;
	converted.period_bytes = 960;
	converted.buffer_bytes = 3840;

	start_pipe_sink();
	attach(PLAYBACK);
	cr_assert_eq(backend->ops->prepare(backend, PLAYBACK, &converted), 0);
	write_all(samples, sizeof(samples));
	backend->ops->start(backend, PLAYBACK);
	backend->ops->stop(backend, PLAYBACK, true);

	RUN_UNTIL(pulse_heard(&ear) >= 480);
	for (int i = 0; i < 480; i++)
		cr_assert_eq(ear.frames[i],
			     (uint32_t)samples[2 * i] << 8 |
				     (uint32_t)samples[2 * i + 1] << 24);
	RUN_UNTIL(sound.consumed == sizeof(samples));
}

Test(sound_pulse, plays_to_the_end_what_was_promised)
{
	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 5760);
	backend->ops->start(backend, PLAYBACK);
	backend->ops->stop(backend, PLAYBACK, true);
	RUN_UNTIL(pulse_heard(&ear) > 0);
	backend->ops->release(backend, PLAYBACK);

	expect_heard(1440);
	RUN_UNTIL(
		!strstr(pulse_ctl(&pulse, "list sink-inputs"), "Test machine"));
}

Test(sound_pulse, is_silent_about_what_was_not_promised)
{
	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 5760);
	backend->ops->release(backend, PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 1920);
	backend->ops->start(backend, PLAYBACK);

	expect_heard(480);
}

Test(sound_pulse, keeps_for_later_what_a_pause_interrupts)
{
	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	backend->ops->start(backend, PLAYBACK);
	write_all(numbers, 40000);
	backend->ops->stop(backend, PLAYBACK, false);
	run_until_said("list sink-inputs", "Corked: yes");
	backend->ops->start(backend, PLAYBACK);
	backend->ops->stop(backend, PLAYBACK, true);

	expect_heard(10000);
}

/* Nothing that a guest does while the server hangs may pile up. */
Test(sound_pulse, asks_one_thing_at_a_time)
{
	const char *list;

	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	prepare(PLAYBACK);
	write_all(numbers, 1920);
	pulse_signal(&pulse, SIGSTOP);
	for (int i = 0; i < 10000; i++) {
		prepare(PLAYBACK);
		backend->ops->start(backend, PLAYBACK);
		backend->ops->set_volume(backend, PLAYBACK, -i % 6000, i % 2);
		backend->ops->stop(backend, PLAYBACK, i % 2);
		backend->ops->release(backend, PLAYBACK);
		cr_assert_eq(vb_loop_step(loop), 0);
	}
	prepare(PLAYBACK);
	backend->ops->start(backend, PLAYBACK);

	pulse_signal(&pulse, SIGCONT);
	write_all(numbers, 19200);
	RUN_UNTIL(sound.consumed > 0);
	list = pulse_ctl(&pulse, "list short sink-inputs");
	cr_assert(strchr(list, '\n') == strrchr(list, '\n'), "%s", list);
	/* Each new stream has the next number, so they can be counted. */
	cr_assert_lt(strtoul(list, NULL, 10), 5);
}

Test(sound_pulse, has_the_volume_that_the_guest_wants)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	backend->ops->set_volume(backend, PLAYBACK, -600, false);
	prepare(PLAYBACK);
	run_until_said("list sink-inputs", "-6.00 dB");
	run_until_said("list sink-inputs", "Mute: no");

	backend->ops->set_volume(backend, PLAYBACK, -1200, true);
	run_until_said("list sink-inputs", "-12.00 dB");
	run_until_said("list sink-inputs", "Mute: yes");
	backend->ops->set_volume(backend, PLAYBACK, -6000, false);
	run_until_said("list sink-inputs", "-inf dB");
	cr_assert_eq(sound.n_volumes, 0);
}

Test(sound_pulse, tells_the_guest_what_a_mixer_does_to_its_volume)
{
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	backend->ops->set_volume(backend, PLAYBACK, 0, false);
	prepare(PLAYBACK);
	RUN_UNTIL(sound.n_writable > 0);

	(void)pulse_ctl(&pulse, "set-sink-input-volume 0 -12dB");
	RUN_UNTIL(sound.volume == -1200);
	(void)pulse_ctl(&pulse, "set-sink-input-mute 0 1");
	RUN_UNTIL(sound.mute);
	(void)pulse_ctl(&pulse, "set-sink-input-volume 0 200%");
	RUN_UNTIL(sound.volume == VD_SOUND_VOLUME_MAX);
}

Test(sound_pulse, has_a_volume_for_recording_too)
{
	pulse_start_pipe_source(&pulse);
	attach(CAPTURE);
	backend->ops->set_volume(backend, CAPTURE, -600, true);
	prepare(CAPTURE);

	run_until_said("list source-outputs", "-6.00 dB");
	run_until_said("list source-outputs", "Mute: yes");
	(void)pulse_ctl(&pulse, "set-source-output-mute 0 0");
	RUN_UNTIL(sound.n_volumes > 0 && !sound.mute);
}

static int start_recording(void)
{
	int fd;

	pulse_start_pipe_source(&pulse);
	fd = open(pulse.fifo, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	cr_assert_geq(fd, 0);
	attach(CAPTURE);
	prepare(CAPTURE);
	backend->ops->start(backend, CAPTURE);
	run_until_said("list source-outputs", "Corked: no");

	return fd;
}

Test(sound_pulse, records_bit_by_bit_wherever_the_room_is_cut)
{
	uint8_t bytes[4000];
	size_t have = 0, n_zeros = 0;
	int fd = start_recording();

	cr_assert_eq(write(fd, numbers, 4000), 4000);
	while (have < sizeof(bytes)) {
		const struct iovec iov[] = {
			{ bytes + have, (sizeof(bytes) - have) / 7 },
			{ bytes + have + (sizeof(bytes) - have) / 7, 1 },
		};
		ssize_t n = backend->ops->read(backend, CAPTURE, iov, 2);

		cr_assert(n > 0 || n == -EAGAIN);
		if (n > 0)
			have += (size_t)n;
		else
			step();
	}
	/* There may be silence before it. */
	while (n_zeros < sizeof(bytes) && !bytes[n_zeros])
		n_zeros++;
	cr_assert_arr_eq(bytes + n_zeros, numbers, sizeof(bytes) - n_zeros);
	close(fd);
}

Test(sound_pulse, keeps_no_more_than_it_should_of_what_nobody_reads)
{
	int fd = start_recording();
	uint32_t frame;
	const struct iovec iov = { &frame, 4 };
	ssize_t n;

	for (size_t at = 0; sound.n_xruns == 0;) {
		n = write(fd, numbers + at, 4000);
		if (n > 0)
			at = (at + (size_t)n / 4) % 40000;
		step();
	}
	cr_assert_gt(sound.n_readable, 0);
	cr_assert_leq(backend->ops->latency(backend, CAPTURE), 192000);
	cr_assert_eq(backend->ops->read(backend, CAPTURE, &iov, 1), 4);
	close(fd);
}

Test(sound_pulse, waits_for_a_sink_that_is_not_there)
{
	backend->ops->destroy(backend);
	vb_loop_free(loop);
	make("mine");
	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(CAPTURE);
	RUN_UNTIL(device_problem[VD_SOUND_PLAYBACK]);
	cr_assert(sound.lost[PLAYBACK]);

	(void)pulse_ctl(&pulse, "load-module module-null-sink sink_name=mine");
	RUN_UNTIL(!sound.lost[PLAYBACK]);
	cr_assert_null(device_problem[VD_SOUND_PLAYBACK]);
	prepare(PLAYBACK);
	run_until_said("list sink-inputs", "Sink: 1");
}

Test(sound_pulse, has_no_compressed_formats)
{
	struct vd_sound_params other = params;

	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	other.format = VIRTIO_SND_PCM_FMT_DSD_U8;
	cr_assert_eq(backend->ops->prepare(backend, PLAYBACK, &other),
		     -ENOTSUP);
	cr_assert_not(backend->streams[PLAYBACK].formats &
		      VD_BIT(VIRTIO_SND_PCM_FMT_DSD_U8));
}

Test(sound_pulse, puts_each_channel_where_the_guest_was_told)
{
	static const char *const maps[] = {
		[1] = "mono\n",
		[2] = "front-left,front-right\n",
		[4] = "front-left,front-right,rear-left,rear-right\n",
		[6] = "front-left,front-right,rear-left,rear-right,"
		      "front-center,lfe\n",
		[8] = "front-left,front-right,rear-left,rear-right,"
		      "front-center,lfe,side-left,side-right\n",
	};
	struct vd_sound_params other = params;

	pulse_start(&pulse, PULSE_NULL_SINK);
	attach(PLAYBACK);
	for (uint8_t n = 1; n <= 8; n++) {
		if (!maps[n])
			continue;
		other.channels = n;
		other.frame_bytes = 2U * n;
		other.period_bytes = 960U * n;
		other.buffer_bytes = 3840U * n;
		cr_assert_eq(backend->ops->prepare(backend, PLAYBACK, &other),
			     0);
		run_until_said("list sink-inputs", maps[n]);
		backend->ops->release(backend, PLAYBACK);
	}
}
