/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The clock of a stream, and what is known of formats and rates.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

#define NO_CAP UINT64_MAX

Test(sound_clock, does_not_drift)
{
	struct vd_snd_clock clock = { .at = 5 };
	uint64_t speed = 44100 * 4, step = 1234567;

	/* About two minutes, in steps that divide nothing. */
	for (uint64_t i = 1; i <= 100000; i++)
		vd_snd_clock_advance(&clock, speed, NO_CAP, 5 + i * step);
	cr_assert_eq(clock.position, 100000 * step / 1000 * speed / 1000000);
}

Test(sound_clock, stays_under_its_cap)
{
	struct vd_snd_clock clock = { 0 };

	vd_snd_clock_advance(&clock, 1000, 50, VD_NSEC_PER_SEC);
	cr_assert_eq(clock.position, 50);
	vd_snd_clock_advance(&clock, 1000, 20, VD_NSEC_PER_SEC);
	cr_assert_eq(clock.position, 20, "also when that goes back");
	vd_snd_clock_advance(&clock, 1000, 2000, VD_NSEC_PER_SEC * 11 / 10);
	cr_assert_eq(clock.position, 120, "and does not make up for it");
}

Test(sound_clock, knows_only_one_direction)
{
	struct vd_snd_clock clock = { .at = VD_NSEC_PER_SEC };

	vd_snd_clock_advance(&clock, 1000, NO_CAP, 0);
	cr_assert_eq(clock.position, 0);
	cr_assert_eq(clock.at, VD_NSEC_PER_SEC);
}

Test(sound_clock, does_not_make_up_for_a_suspended_host)
{
	struct vd_snd_clock clock = { 0 };

	vd_snd_clock_advance(&clock, 1000, NO_CAP, 3600 * VD_NSEC_PER_SEC);
	cr_assert_leq(clock.position, 2000);
	cr_assert_eq(clock.at, 3600 * VD_NSEC_PER_SEC);
}

Test(sound_clock, says_when_it_will_be_somewhere)
{
	static const uint64_t speeds[] = { 5512, 44100, 192000, 98304000 };

	for (size_t i = 0; i < VD_ARRAY_SIZE(speeds); i++) {
		struct vd_snd_clock clock = { .at = 7 }, early;
		uint64_t when, speed = speeds[i];

		vd_snd_clock_advance(&clock, speed, NO_CAP, 1000003);
		when = vd_snd_clock_when(&clock, speed, clock.position + 999);
		early = clock;
		vd_snd_clock_advance(&early, speed, NO_CAP, when - 1);
		cr_assert_lt(early.position, clock.position + 999);
		early = clock;
		vd_snd_clock_advance(&early, speed, NO_CAP, when);
		cr_assert_geq(early.position, clock.position + 999);
		cr_assert_eq(vd_snd_clock_when(&clock, speed, 0), clock.at);
	}
}

Test(sound_clock, can_wait_for_the_slowest_of_the_largest_buffers)
{
	struct vd_snd_clock clock = { 0 };

	cr_assert_eq(vd_snd_clock_when(&clock, 5512, 2ULL * VD_SND_MAX_BUFFER),
		     6087523947751ULL);
}

Test(sound_format, knows_what_a_sample_is)
{
	static const uint8_t size[64] = { 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3,
					  4, 4, 4, 4, 4, 4, 4, 8, 0, 0, 0, 0 };

	for (unsigned int i = 0; i < 64; i++)
		cr_assert_eq(vd_snd_sample_bytes(i), size[i], "format %u", i);
	cr_assert_eq(vd_snd_sample_bytes(UINT32_MAX), 0);
}

Test(sound_format, knows_the_rates)
{
	static const uint32_t hz[16] = {
		5512,  8000,  11025, 16000,  22050,  32000,  44100, 48000,
		64000, 88200, 96000, 176400, 192000, 384000, 12000, 24000,
	};

	for (unsigned int i = 0; i < 16; i++)
		cr_assert_eq(vd_sound_rate_hz(i), hz[i], "rate %u", i);
	cr_assert_eq(vd_sound_rate_hz(16), 0);
	cr_assert_eq(vd_sound_rate_hz(UINT32_MAX), 0);
}

Test(sound_format, is_silent_in_the_middle_of_what_is_unsigned)
{
	static const uint8_t u16[] = { 0, 0x80, 0, 0x80, 0, 0x80 };
	static const uint8_t u24_3[] = { 0, 0, 0x80, 0, 0, 0x80 };
	static const uint8_t u18_3[] = { 0, 0, 2, 0, 0, 2 };
	static const uint8_t u20[] = { 0, 0, 8, 0, 0, 0 };
	static const uint8_t mu_law[] = { 255, 255, 255, 255, 255, 255 };
	static const uint8_t zero[6];
	uint8_t buf[6];

	vd_snd_silence(VIRTIO_SND_PCM_FMT_U16, 4, buf, 6);
	cr_assert_arr_eq(buf, u16, 6);
	vd_snd_silence(VIRTIO_SND_PCM_FMT_U24_3, 3, buf, 6);
	cr_assert_arr_eq(buf, u24_3, 6);
	vd_snd_silence(VIRTIO_SND_PCM_FMT_U18_3, 0, buf, 6);
	cr_assert_arr_eq(buf, u18_3, 6);
	vd_snd_silence(VIRTIO_SND_PCM_FMT_U20, 0, buf, 6);
	cr_assert_arr_eq(buf, u20, 6);
	vd_snd_silence(VIRTIO_SND_PCM_FMT_MU_LAW, 0, buf, 6);
	cr_assert_arr_eq(buf, mu_law, 6);
	vd_snd_silence(VIRTIO_SND_PCM_FMT_FLOAT64, 0, buf, 6);
	cr_assert_arr_eq(buf, zero, 6);
}

Test(sound_format, can_be_silent_from_within_a_sample)
{
	uint8_t buf[4];

	vd_snd_silence(VIRTIO_SND_PCM_FMT_U24_3, 4, buf, 4);
	cr_assert_eq(buf[0], 0);
	cr_assert_eq(buf[1], 0x80);
	cr_assert_eq(buf[2], 0);
}
