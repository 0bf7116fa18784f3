/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The backend for sound servers: what is heard, and what is recorded.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_snd.h>
#include <string.h>
#include <unistd.h>

#include "backends/pulse-connection.h"
#include "pulse-driver.h"

/* What libpulse has been given, and a block that it wanted to be filled. */
static const void *given;
static void *block;

/* In place of libpulse's, which does the work. */
int pa_stream_write(pa_stream *stream, const void *data, size_t len,
		    pa_free_cb_t free_data, int64_t offset, pa_seek_mode_t seek)
{
	typeof(pa_stream_write) *original = dlsym(RTLD_NEXT, __func__);

	given = data;

	return original(stream, data, len, free_data, offset, seek);
}

int pa_stream_begin_write(pa_stream *stream, void **data, size_t *len)
{
	typeof(pa_stream_begin_write) *original = dlsym(RTLD_NEXT, __func__);
	int r = original(stream, data, len);

	block = *data;

	return r;
}

TestSuite(sound_pulse_bytes, .init = setup_pulse, .fini = teardown_pulse);

Test(sound_pulse_bytes, does_not_mind_where_the_bytes_are_cut)
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

Test(sound_pulse_bytes, does_not_mind_how_the_bytes_are_scattered)
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

/* That is libpulse's, into memory that the server sees. */
Test(sound_pulse_bytes, are_copied_once_if_they_lie_in_one_piece)
{
	const struct iovec iov = { numbers, 3840 };

	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	RUN_UNTIL(sound.n_writable > 0);
	cr_assert_eq(backend->ops->write(backend, PLAYBACK, &iov, 1), 3840);
	cr_assert_eq(given, numbers);
}

/* That is ours, into the same memory. */
Test(sound_pulse_bytes, are_copied_once_if_they_lie_in_pieces)
{
	char *p = (char *)numbers;
	const struct iovec iov[] = { { p, 1 }, { p + 1, 3839 } };

	start_pipe_sink();
	attach(PLAYBACK);
	prepare(PLAYBACK);
	RUN_UNTIL(sound.n_writable > 0);
	cr_assert_eq(backend->ops->write(backend, PLAYBACK, iov, 2), 3840);
	cr_assert_eq(given, block);
}

Test(sound_pulse_bytes, converts_what_the_server_does_not_know)
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

Test(sound_pulse_bytes, plays_to_the_end_what_was_promised)
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

Test(sound_pulse_bytes, is_silent_about_what_was_not_promised)
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

Test(sound_pulse_bytes, keeps_for_later_what_a_pause_interrupts)
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

/*
 * While it is corked, the server asks for nothing more.  No server that would
 * change its mind is at hand, so the old sink's blocks are made up.
 */
Test(sound_pulse_bytes, tells_of_room_that_a_move_to_smaller_blocks_makes)
{
	struct vb_pulse *server =
		container_of(backend, struct vb_pulse, backend);
	struct vb_pulse_stream *stream = &server->channels[PLAYBACK].stream;

	start_pipe_sink();
	(void)pulse_ctl(&pulse, "load-module module-null-sink sink_name=other");
	(void)pulse_ctl(&pulse, "set-default-sink other");
	attach(PLAYBACK);
	prepare(PLAYBACK);
	RUN_UNTIL(sound.n_writable > 0);
	stream->minreq = stream->room + 1;
	cr_assert_eq(backend->ops->room(backend, PLAYBACK), 0);
	sound.n_writable = 0;
	(void)pulse_ctl(&pulse, "move-sink-input 0 test");

	RUN_UNTIL(backend->ops->room(backend, PLAYBACK) > 0);
	cr_assert_gt(sound.n_writable, 0);
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

Test(sound_pulse_bytes, records_bit_by_bit_wherever_the_room_is_cut)
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

Test(sound_pulse_bytes, keeps_no_more_than_it_should_of_what_nobody_reads)
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
