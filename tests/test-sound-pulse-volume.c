/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The backend for sound servers: volumes, as the guest and mixers set them.
 */

#include <string.h>

#include "pulse-driver.h"

TestSuite(sound_pulse_volume, .init = setup_pulse, .fini = teardown_pulse);

Test(sound_pulse_volume, has_the_volume_that_the_guest_wants)
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

Test(sound_pulse_volume, tells_the_guest_what_a_mixer_does_to_its_volume)
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

Test(sound_pulse_volume, has_a_volume_for_recording_too)
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
