/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound that goes nowhere, and the tables that all backends have.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_snd.h>

#include "backends/sound-null.h"
#include "backends/sound-streams.h"
#include "virtio-devices/util.h"

static struct vd_sound_backend *null;

static void setup(void)
{
	cr_assert_eq(vb_sound_null_new(2, 3, &null), 0);
}

static void teardown(void)
{
	null->ops->destroy(null);
}

TestSuite(sound_null, .init = setup, .fini = teardown);

Test(sound_null, has_as_many_streams_as_it_was_asked_for)
{
	cr_assert_eq(null->n_streams, 5);
	for (uint32_t i = 0; i < 5; i++)
		cr_assert_eq(null->streams[i].direction,
			     i < 2 ? VD_SOUND_PLAYBACK : VD_SOUND_CAPTURE);
}

Test(sound_null, leaves_the_pace_to_the_device)
{
	cr_assert(null->clockless);
}

Test(sound_null, takes_every_plain_format)
{
	uint64_t formats = null->streams[0].formats;

	cr_assert(formats & VD_BIT(VIRTIO_SND_PCM_FMT_S16));
	cr_assert(formats & VD_BIT(VIRTIO_SND_PCM_FMT_FLOAT64));
	cr_assert_not(formats & VD_BIT(VIRTIO_SND_PCM_FMT_DSD_U8));
	cr_assert_eq(null->streams[0].rates, 0xffff);
}

Test(sound_null, takes_all_that_is_played)
{
	uint8_t bytes[100];
	const struct iovec iov[] = { { bytes, 30 }, { bytes, 70 } };
	const struct vd_sound_params params = { 0 };

	cr_assert_eq(null->ops->prepare(null, 0, &params), 0);
	null->ops->start(null, 0);
	cr_assert_eq(null->ops->write(null, 0, iov, 2), 100);
	null->ops->stop(null, 0, true);
	null->ops->release(null, 0);
}

Test(sound_null, has_nothing_to_be_recorded)
{
	uint8_t bytes[100];
	const struct iovec iov = { bytes, 100 };
	const struct vd_sound_params params = { 0 };

	cr_assert_eq(null->ops->prepare(null, 4, &params), 0);
	null->ops->start(null, 4);
	cr_assert_eq(null->ops->read(null, 4, &iov, 1), -EAGAIN);
	null->ops->stop(null, 4, false);
	null->ops->release(null, 4);
}

static const struct vd_sound_chmap_info *
find_chmap(enum vd_sound_direction direction, uint8_t channels)
{
	for (uint32_t i = 0; i < null->n_chmaps; i++) {
		const struct vd_sound_chmap_info *chmap = &null->chmaps[i];

		if (chmap->direction == direction &&
		    chmap->channels == channels)
			return chmap;
	}

	return NULL;
}

Test(sound_null, has_a_map_for_each_number_of_channels_that_is_in_use)
{
	static const uint8_t counts[] = { 1, 2, 4, 6, 8 };

	for (size_t i = 0; i < VD_ARRAY_SIZE(counts); i++) {
		cr_assert(find_chmap(VD_SOUND_PLAYBACK, counts[i]));
		cr_assert(find_chmap(VD_SOUND_CAPTURE, counts[i]));
	}
	cr_assert_eq(null->n_chmaps, 10);
}

Test(sound_null, orders_the_channels_as_alsa_does)
{
	const uint8_t expected[] = {
		VIRTIO_SND_CHMAP_FL, VIRTIO_SND_CHMAP_FR, VIRTIO_SND_CHMAP_RL,
		VIRTIO_SND_CHMAP_RR, VIRTIO_SND_CHMAP_FC, VIRTIO_SND_CHMAP_LFE,
		VIRTIO_SND_CHMAP_SL, VIRTIO_SND_CHMAP_SR,
	};
	const struct vd_sound_chmap_info *mono =
		find_chmap(VD_SOUND_PLAYBACK, 1);

	cr_assert_arr_eq(find_chmap(VD_SOUND_CAPTURE, 8)->positions, expected,
			 8);
	cr_assert_eq(mono->positions[0], VIRTIO_SND_CHMAP_MONO);
}

Test(sound_null, knows_the_rates_of_the_specification)
{
	cr_assert_eq(vb_sound_rate_find(5512), VIRTIO_SND_PCM_RATE_5512);
	cr_assert_eq(vb_sound_rate_find(48000), VIRTIO_SND_PCM_RATE_48000);
	cr_assert_eq(vb_sound_rate_find(384000), VIRTIO_SND_PCM_RATE_384000);
	cr_assert_eq(vb_sound_rate_find(24000), 15);
	cr_assert_eq(vb_sound_rate_find(0), -1);
	cr_assert_eq(vb_sound_rate_find(12345), -1);
}
