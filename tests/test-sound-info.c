/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a sound device says of itself, and how it answers bad questions.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "tests/fake-malloc.h"
#include "tests/sound-driver.h"

#define JACK_INFO VIRTIO_SND_R_JACK_INFO
#define PCM_INFO VIRTIO_SND_R_PCM_INFO
#define CHMAP_INFO VIRTIO_SND_R_CHMAP_INFO

TestSuite(sound_info, .init = setup_sound, .fini = teardown_sound);

Test(sound_info, tells_how_much_there_is)
{
	uint32_t config[4] = { 9, 9, 9, 9 };

	vd_device_get_config(sound, 0, config, sizeof(config));
	cr_assert_eq(le32toh(config[0]), FAKE_SOUND_JACKS);
	cr_assert_eq(le32toh(config[1]), FAKE_SOUND_STREAMS);
	cr_assert_eq(le32toh(config[2]), FAKE_SOUND_CHMAPS);
	cr_assert_eq(config[3], 0, "there are 12 bytes, and then nothing");
	cr_assert_eq(sound->ops->config_len, 12);
	cr_assert_eq(sound->features, 0);
}

Test(sound_info, describes_streams)
{
	struct virtio_snd_pcm_info info[FAKE_SOUND_STREAMS];
	size_t written;

	cr_assert_eq(query(PCM_INFO, 0, FAKE_SOUND_STREAMS, sizeof(*info), info,
			   sizeof(info), &written),
		     OK);
	cr_assert_eq(written, 4 + sizeof(info));
	cr_assert_eq(le32toh(info[2].hdr.hda_fn_nid), 1);
	cr_assert_eq(info[2].features, 0);
	cr_assert_eq(le64toh(info[2].formats), host.infos[2].formats);
	cr_assert_eq(le64toh(info[2].rates), host.infos[2].rates);
	cr_assert_eq(info[2].direction, VIRTIO_SND_D_OUTPUT);
	cr_assert_eq(info[3].direction, VIRTIO_SND_D_INPUT);
	cr_assert_eq(info[2].channels_min, 1);
	cr_assert_eq(info[2].channels_max, 2);
	for (size_t i = 0; i < sizeof(info[2].padding); i++)
		cr_assert_eq(info[2].padding[i], 0);
}

Test(sound_info, describes_jacks)
{
	struct virtio_snd_jack_info info[2];
	size_t written;

	cr_assert_eq(query(JACK_INFO, 0, 2, sizeof(*info), info, sizeof(info),
			   &written),
		     OK);
	cr_assert_eq(written, 4 + sizeof(info));
	cr_assert_eq(le32toh(info[1].hdr.hda_fn_nid), 1);
	cr_assert_eq(info[1].features, 0);
	cr_assert_eq(le32toh(info[1].hda_reg_defconf), 0x01014010);
	cr_assert_eq(le32toh(info[1].hda_reg_caps), 0x14);
	cr_assert_eq(info[0].connected, 0);
	cr_assert_eq(info[1].connected, 1);
	cr_assert_eq(info[1].padding[6], 0);
}

Test(sound_info, tells_whether_a_jack_is_connected_now)
{
	struct virtio_snd_jack_info info;

	vd_sound_jack(host.sound, 0, true);
	query(JACK_INFO, 0, 1, sizeof(info), &info, sizeof(info), NULL);
	cr_assert_eq(info.connected, 1);
}

Test(sound_info, describes_channel_maps)
{
	struct virtio_snd_chmap_info info;
	size_t written;

	cr_assert_eq(query(CHMAP_INFO, 1, 1, sizeof(info), &info, sizeof(info),
			   &written),
		     OK);
	cr_assert_eq(written, 4 + sizeof(info));
	cr_assert_eq(info.hdr.hda_fn_nid, 0);
	cr_assert_eq(info.direction, VIRTIO_SND_D_INPUT);
	cr_assert_eq(info.channels, 2);
	cr_assert_eq(info.positions[1], VIRTIO_SND_CHMAP_FR);
	cr_assert_eq(info.positions[2], 0);
}

Test(sound_info, spaces_items_as_the_driver_wants)
{
	uint8_t answer[2][40];
	size_t written;

	cr_assert_eq(
		query(PCM_INFO, 0, 2, 40, answer, sizeof(answer), &written),
		OK);
	cr_assert_eq(written, 4 + sizeof(answer));
	cr_assert_eq(answer[0][32], 0, "and fills the rest");
	cr_assert_eq(answer[0][39], 0);
	cr_assert_eq(answer[1][24], VIRTIO_SND_D_INPUT);
}

Test(sound_info, uses_no_more_room_than_it_needs)
{
	uint8_t answer[80];
	size_t written;

	cr_assert_eq(
		query(PCM_INFO, 0, 2, 32, answer, sizeof(answer), &written),
		OK);
	cr_assert_eq(written, 4 + 64);
	cr_assert_eq(answer[64], UNTOUCHED);
}

Test(sound_info, can_be_asked_about_nothing)
{
	size_t written;

	cr_assert_eq(
		query(PCM_INFO, FAKE_SOUND_STREAMS, 0, 0, NULL, 0, &written),
		OK);
	cr_assert_eq(written, 4);
}

struct bad_query {
	char why[40];
	uint32_t code;
	uint32_t start;
	uint32_t count;
	uint32_t size;
	size_t room;
};

ParameterizedTestParameters(sound_info, refuses)
{
	static struct bad_query bad[] = {
		{ "one stream too many", PCM_INFO, 0, 5, 32, 160 },
		{ "streams from beyond the end", PCM_INFO, 5, 0, 32, 32 },
		{ "sum of 2^32", PCM_INFO, 4294967295U, 1, 32, 64 },
		{ "count of 2^31", PCM_INFO, 0, 1U << 31, 32, 512 },
		{ "count and size that wrap", PCM_INFO, 0, 1U << 28, 16, 512 },
		{ "size of 2^31", PCM_INFO, 0, 2, 1U << 31, 512 },
		{ "size of 2^32 - 1", PCM_INFO, 0, 1, UINT32_MAX, 512 },
		{ "size of 1025", PCM_INFO, 0, 1, 1025, 1025 },
		{ "size of 31", PCM_INFO, 0, 1, 31, 64 },
		{ "size of 0", PCM_INFO, 0, 1, 0, 64 },
		{ "a byte too little room", PCM_INFO, 0, 4, 32, 127 },
		{ "no room", PCM_INFO, 0, 1, 32, 0 },
		{ "a jack too many", JACK_INFO, 1, 2, 24, 48 },
		{ "jacks of 23 bytes", JACK_INFO, 0, 1, 23, 64 },
		{ "a chmap too many", CHMAP_INFO, 3, 1, 24, 24 },
		{ "chmaps of 23 bytes", CHMAP_INFO, 0, 1, 23, 64 },
	};

	return cr_make_param_array(struct bad_query, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_query *bad, sound_info, refuses)
{
	uint8_t answer[2048] = { UNTOUCHED };
	size_t written;

	cr_assert_eq(query(bad->code, bad->start, bad->count, bad->size, answer,
			   bad->room, &written),
		     BAD_MSG, "%s", bad->why);
	cr_assert_eq(written, 4, "%s", bad->why);
	cr_assert_eq(answer[0], UNTOUCHED, "%s", bad->why);
}

/* Descriptors can claim far more room than there is memory. */
Test(sound_info, does_not_fill_gigabytes)
{
	struct virtio_snd_query_info request = {
		.hdr.code = htole32(PCM_INFO),
		.count = htole32(2),
		.size = htole32(1U << 30),
	};
	struct fake_request *sent = fake_queue_add(&queues[CONTROL]);
	struct virtio_snd_hdr hdr;
	uint8_t byte = UNTOUCHED;

	fake_queue_say(sent, &request, sizeof(request));
	fake_queue_room(sent, &hdr, sizeof(hdr));
	fake_queue_room(sent, &byte, UINT32_MAX - 64);
	vd_device_kick(sound, CONTROL, now);

	cr_assert_eq(le32toh(hdr.code), BAD_MSG);
	cr_assert_eq(byte, UNTOUCHED);
}

Test(sound_info, remaps_no_jack)
{
	struct virtio_snd_jack_remap request = {
		.hdr.hdr.code = htole32(VIRTIO_SND_R_JACK_REMAP),
	};

	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), NOT_SUPP);
	request.hdr.jack_id = htole32(FAKE_SOUND_JACKS);
	cr_assert_eq(ask(&request, sizeof(request), NULL, 0, NULL), BAD_MSG);
	cr_assert_eq(ask(&request, 15, NULL, 0, NULL), BAD_MSG);
}

Test(sound_info, knows_no_other_requests)
{
	static const uint32_t codes[] = {
		0,     3,     0xff,  0x106, 0x201, 0x300,  0x301,      0x302,
		0x303, 0x304, 0x305, 0x306, 0x307, 0x1000, UINT32_MAX,
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(codes); i++) {
		uint32_t request[8] = { htole32(codes[i]) };
		size_t written;

		cr_assert_eq(ask(request, sizeof(request), NULL, 0, &written),
			     NOT_SUPP, "code %#x", codes[i]);
		cr_assert_eq(written, 4, "code %#x", codes[i]);
	}
}

Test(sound_info, wants_a_whole_request)
{
	static const struct {
		uint32_t code;
		size_t size;
	} requests[] = {
		{ JACK_INFO, 16 },  { VIRTIO_SND_R_JACK_REMAP, 16 },
		{ PCM_INFO, 16 },   { VIRTIO_SND_R_PCM_SET_PARAMS, 24 },
		{ CHMAP_INFO, 16 }, { VIRTIO_SND_R_PCM_PREPARE, 8 },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(requests); i++) {
		uint32_t request[6] = { htole32(requests[i].code) };

		for (size_t size = 0; size < requests[i].size; size++)
			cr_assert_eq(ask(request, size, NULL, 0, NULL), BAD_MSG,
				     "%zu bytes of %#x", size,
				     requests[i].code);
		stop_queues();
		remake_sound(NULL);
	}
}

Test(sound_info, needs_room_for_a_status)
{
	struct virtio_snd_pcm_set_params request = usual_params(OUT);

	for (size_t room = 0; room < 4; room++) {
		struct fake_request *sent = fake_queue_add(&queues[CONTROL]);
		uint8_t answer[4] = { UNTOUCHED };

		fake_queue_say(sent, &request, sizeof(request));
		fake_queue_room(sent, answer, room);
		vd_device_kick(sound, CONTROL, now);
		cr_assert(sent->done);
		cr_assert_eq(sent->written, 0);
		cr_assert_eq(answer[0], UNTOUCHED);
	}
	cr_assert_eq(ask_pcm(VIRTIO_SND_R_PCM_PREPARE, OUT), NOT_SUPP,
		     "and does nothing without");
}

/* Each way to cut a request in two, and its answer. */
Test(sound_info, takes_requests_in_pieces)
{
	struct virtio_snd_query_info request = {
		.hdr.code = htole32(PCM_INFO),
		.start_id = htole32(3),
		.count = htole32(1),
		.size = htole32(32),
	};
	uint8_t answer[36], *q = (uint8_t *)&request;
	size_t n = 0;

	for (size_t cut = 0; cut <= 36; cut++) {
		size_t half = cut % (sizeof(request) + 1);
		struct fake_request *sent = fake_queue_add(&queues[CONTROL]);

		memset(answer, UNTOUCHED, sizeof(answer));
		fake_queue_say(sent, q, half);
		fake_queue_say(sent, q + half, sizeof(request) - half);
		fake_queue_room(sent, answer, cut);
		fake_queue_room(sent, answer + cut, 36 - cut);
		vd_device_kick(sound, CONTROL, now);

		cr_assert_eq(sent->written, 36);
		cr_assert_eq(answer[1], OK >> 8);
		cr_assert_eq(answer[4], 1, "the group");
		cr_assert_eq(answer[4 + 24], VIRTIO_SND_D_INPUT);
		cr_assert_eq(answer[35], 0);
		n++;
	}
	cr_assert_eq(n, 37);
}

struct bad_table {
	char why[40];
	struct vd_sound_stream_info info;
};

ParameterizedTestParameters(sound_info, does_not_believe_in)
{
	static struct bad_table bad[] = {
		{ "no direction", { 0, 2, 32, 128, 1, 2 } },
		{ "no format", { 0, 0, 0, 128, 1, 2 } },
		{ "ADPCM", { 0, 0, 1, 128, 1, 2 } },
		{ "DSD", { 0, 0, 1 << 21, 128, 1, 2 } },
		{ "a format 63", { 0, 0, 1ULL << 63, 128, 1, 2 } },
		{ "no rate", { 0, 0, 32, 0, 1, 2 } },
		{ "a rate 16", { 0, 0, 32, 1 << 16, 1, 2 } },
		{ "no channel", { 0, 0, 32, 128, 0, 2 } },
		{ "33 channels", { 0, 0, 32, 128, 1, 33 } },
		{ "fewer channels than channels", { 0, 0, 32, 128, 2, 1 } },
	};

	return cr_make_param_array(struct bad_table, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_table *bad, sound_info, does_not_believe_in)
{
	struct vd_device *device = NULL;

	host.infos[3] = bad->info;
	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), -EINVAL, "%s",
		     bad->why);
	cr_assert_null(device);
	cr_assert_not(host.destroyed);
}

Test(sound_info, needs_streams_but_not_too_many)
{
	struct vd_device *device;

	host.backend.n_streams = 0;
	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), -EINVAL);
	host.backend.n_streams = VD_SOUND_MAX_STREAMS + 1;
	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), -EINVAL);
	host.backend.n_streams = FAKE_SOUND_STREAMS;
	host.chmaps[0].channels = VD_SOUND_MAX_POSITIONS + 1;
	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), -EINVAL);
}

Test(sound_info, leaves_the_host_to_the_caller_if_memory_is_short)
{
	struct vd_device *device = NULL;

	fake_malloc_lasts = 0;
	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), -ENOMEM);
	fake_malloc_lasts = UINT_MAX;
	cr_assert_null(device);
	cr_assert_not(host.destroyed);
}

Test(sound_info, gives_back_all_memory)
{
	int before = fake_malloc_live;
	struct vd_device *device;

	cr_assert_eq(vd_sound_new(&host.backend, NULL, &device), 0);
	vd_device_free(device);
	cr_assert_eq(fake_malloc_live, before);
}
