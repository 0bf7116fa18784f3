/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The backend for sound servers, and what the server and its guest come to know
 * of one another.
 */

#include <errno.h>
#include <linux/virtio_snd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "pulse-driver.h"

TestSuite(sound_pulse, .init = setup_pulse, .fini = teardown_pulse);

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

Test(sound_pulse, waits_for_a_sink_that_is_not_there)
{
	remake_backend("mine");
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
