/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Conversions of samples, bit by bit, and the cutting of scattered bytes into
 * frames.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <endian.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "backends/sound-convert.h"
#include "backends/sound-frames.h"
#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name
#define BIT(name) VD_BIT(FMT(name))

/* What libpulse has, and what is the least that a host can have. */
#define PULSE \
	(BIT(MU_LAW) | BIT(A_LAW) | BIT(U8) | BIT(S16) | BIT(S24_3) | \
	 BIT(S24) | BIT(S32) | BIT(FLOAT))
#define LEAST (BIT(U8) | BIT(S16) | BIT(S24_3) | BIT(S32) | BIT(FLOAT))

TestSuite(sound_convert);
TestSuite(sound_frames);

static struct vb_sound_conversion find(unsigned int format, uint64_t direct)
{
	struct vb_sound_conversion conversion;

	cr_assert(vb_sound_conversion_find(format, direct, &conversion));

	return conversion;
}

Test(sound_convert, leaves_alone_what_the_host_has)
{
	struct vb_sound_conversion s24 = find(FMT(S24), PULSE);

	cr_assert(vb_sound_conversion_is_none(&s24));
	cr_assert_eq(s24.guest_bytes, 4);
	cr_assert_eq(s24.host_bytes, 4);
}

Test(sound_convert, knows_every_format_that_is_made_of_plain_samples)
{
	uint64_t all = vb_sound_conversion_formats(PULSE);

	cr_assert_eq(vb_sound_conversion_formats(~0ULL), all);
	for (unsigned int i = 0; i < 64; i++) {
		bool wanted = i >= FMT(MU_LAW) && i <= FMT(FLOAT64);

		cr_assert_eq(!!(all & VD_BIT(i)), wanted, "format %u", i);
	}
}

Test(sound_convert, does_not_know_what_is_no_format)
{
	struct vb_sound_conversion conversion;

	cr_assert(
		!vb_sound_conversion_find(FMT(IMA_ADPCM), PULSE, &conversion));
	cr_assert(!vb_sound_conversion_find(FMT(DSD_U8), PULSE, &conversion));
	cr_assert(!vb_sound_conversion_find(25, ~0ULL, &conversion));
	cr_assert(!vb_sound_conversion_find(64 + FMT(S16), ~0ULL, &conversion));
	cr_assert(!vb_sound_conversion_find(FMT(S20), BIT(S16), &conversion));
}

/*
 * A sample of each format: the least one, the one after it, the greatest, and
 * silence, in the guest's and in the host's words.
 */
struct sample {
	char name[8];
	uint8_t format;
	uint8_t host;
	uint8_t bytes;
	uint32_t pairs[4][2];
};

ParameterizedTestParameters(sound_convert, moves_each_bit_to_its_place)
{
	static struct sample samples[] = {
		{ "S8",
		  FMT(S8),
		  FMT(U8),
		  1,
		  { { 0x80, 0x00 },
		    { 0x81, 0x01 },
		    { 0x7f, 0xff },
		    { 0x00, 0x80 } } },
		{ "U16",
		  FMT(U16),
		  FMT(S16),
		  2,
		  { { 0x0000, 0x8000 },
		    { 0x0001, 0x8001 },
		    { 0xffff, 0x7fff },
		    { 0x8000, 0x0000 } } },
		{ "S18_3",
		  FMT(S18_3),
		  FMT(S24_3),
		  3,
		  { { 0xfe0000, 0x800000 },
		    { 0xfe0001, 0x800040 },
		    { 0x01ffff, 0x7fffc0 },
		    { 0x000000, 0x000000 } } },
		{ "U18_3",
		  FMT(U18_3),
		  FMT(S24_3),
		  3,
		  { { 0x000000, 0x800000 },
		    { 0x000001, 0x800040 },
		    { 0x03ffff, 0x7fffc0 },
		    { 0x020000, 0x000000 } } },
		{ "S20_3",
		  FMT(S20_3),
		  FMT(S24_3),
		  3,
		  { { 0xf80000, 0x800000 },
		    { 0xf80001, 0x800010 },
		    { 0x07ffff, 0x7ffff0 },
		    { 0x000000, 0x000000 } } },
		{ "U20_3",
		  FMT(U20_3),
		  FMT(S24_3),
		  3,
		  { { 0x000000, 0x800000 },
		    { 0x000001, 0x800010 },
		    { 0x0fffff, 0x7ffff0 },
		    { 0x080000, 0x000000 } } },
		{ "U24_3",
		  FMT(U24_3),
		  FMT(S24_3),
		  3,
		  { { 0x000000, 0x800000 },
		    { 0x000001, 0x800001 },
		    { 0xffffff, 0x7fffff },
		    { 0x800000, 0x000000 } } },
		{ "S20",
		  FMT(S20),
		  FMT(S32),
		  4,
		  { { 0xfff80000, 0x80000000 },
		    { 0xfff80001, 0x80001000 },
		    { 0x0007ffff, 0x7ffff000 },
		    { 0x00000000, 0x00000000 } } },
		{ "U20",
		  FMT(U20),
		  FMT(S32),
		  4,
		  { { 0x00000000, 0x80000000 },
		    { 0x00000001, 0x80001000 },
		    { 0x000fffff, 0x7ffff000 },
		    { 0x00080000, 0x00000000 } } },
		{ "S24",
		  FMT(S24),
		  FMT(S32),
		  4,
		  { { 0xff800000, 0x80000000 },
		    { 0xff800001, 0x80000100 },
		    { 0x007fffff, 0x7fffff00 },
		    { 0x00000000, 0x00000000 } } },
		{ "U24",
		  FMT(U24),
		  FMT(S32),
		  4,
		  { { 0x00000000, 0x80000000 },
		    { 0x00000001, 0x80000100 },
		    { 0x00ffffff, 0x7fffff00 },
		    { 0x00800000, 0x00000000 } } },
		{ "U32",
		  FMT(U32),
		  FMT(S32),
		  4,
		  { { 0x00000000, 0x80000000 },
		    { 0x00000001, 0x80000001 },
		    { 0xffffffff, 0x7fffffff },
		    { 0x80000000, 0x00000000 } } },
	};

	return cr_make_param_array(struct sample, samples,
				   VD_ARRAY_SIZE(samples));
}

/* The four samples, one after the other, as the guest has them or the host. */
static void lay_out(const struct sample *sample, int side, uint8_t *p)
{
	for (size_t i = 0; i < 4; i++) {
		for (size_t b = 0; b < sample->bytes; b++)
			*p++ = (uint8_t)(sample->pairs[i][side] >> 8 * b);
	}
}

ParameterizedTest(struct sample *sample, sound_convert,
		  moves_each_bit_to_its_place)
{
	struct vb_sound_conversion conversion = find(sample->format, LEAST);
	size_t size = 4U * sample->bytes;
	uint8_t guest[16], host[16], result[17];

	cr_assert_eq(conversion.host, sample->host, "%s", sample->name);
	lay_out(sample, 0, guest);
	lay_out(sample, 1, host);

	result[size] = 0xa5;
	vb_sound_to_host(&conversion, result, guest, 4);
	cr_assert_arr_eq(result, host, size, "%s, to the host", sample->name);
	vb_sound_to_guest(&conversion, result, result, 4);
	cr_assert_arr_eq(result, guest, size, "%s, and back", sample->name);
	cr_assert_eq(result[size], 0xa5, "%s: too far", sample->name);
}

Test(sound_convert, drops_the_bits_that_a_guest_has_no_room_for)
{
	struct vb_sound_conversion conversion = find(FMT(S20), LEAST);
	const uint8_t host[] = { 0xff, 0xff, 0xff, 0xff };
	uint8_t guest[4];

	vb_sound_to_guest(&conversion, guest, host, 1);

	cr_assert_arr_eq(guest, host, 4);
}

/* To or from little-endian, as samples are. */
static void turn(void *samples, size_t n, size_t bytes)
{
	uint8_t *p = samples;

	for (size_t i = 0; BYTE_ORDER == BIG_ENDIAN && i < n * bytes; i++) {
		size_t other = i / bytes * bytes + bytes - 1 - i % bytes;
		uint8_t byte = p[i];

		if (i >= other)
			continue;
		p[i] = p[other];
		p[other] = byte;
	}
}

Test(sound_convert, rounds_doubles_to_the_nearest_float)
{
	struct vb_sound_conversion conversion = find(FMT(FLOAT64), LEAST);
	double guest[] = { 0.5, -1.0, 0.1, 0.0 };
	const float expected[] = { 0.5F, -1.0F, 0.1F, 0.0F };
	float host[4];

	cr_assert_eq(conversion.host_bytes, 4);
	turn(guest, 4, sizeof(*guest));
	vb_sound_to_host(&conversion, host, guest, 4);
	turn(host, 4, sizeof(*host));

	cr_assert_arr_eq(host, expected, sizeof(host));
}

Test(sound_convert, gives_floats_to_a_guest_that_wants_doubles)
{
	struct vb_sound_conversion conversion = find(FMT(FLOAT64), LEAST);
	float host[] = { 0.5F, -1.0F, 0.1F };
	const double expected[] = { 0.5, -1.0, 0.1F };
	double guest[3];

	turn(host, 3, sizeof(*host));
	vb_sound_to_guest(&conversion, guest, host, 3);
	turn(guest, 3, sizeof(*guest));

	cr_assert_arr_eq(guest, expected, sizeof(guest));
}

static uint8_t numbers[4096];

static void count(void)
{
	for (size_t i = 0; i < sizeof(numbers); i++)
		numbers[i] = (uint8_t)(i * 7 + i / 256);
}

static struct vb_sound_frames make_frames(unsigned int format,
					  unsigned int channels)
{
	struct vb_sound_conversion conversion = find(format, PULSE);
	struct vb_sound_frames frames;

	vb_sound_frames_init(&frames, &conversion, channels);

	return frames;
}

/* Pack @len bytes of @numbers from @at on, cut into two pieces. */
static size_t pack(struct vb_sound_frames *frames, size_t at, size_t len,
		   uint8_t *dst, size_t room)
{
	const struct iovec iov[] = {
		{ numbers + at, len / 3 },
		{ numbers, 0 },
		{ numbers + at + len / 3, len - len / 3 },
	};
	struct vb_sound_cursor cursor;

	vb_sound_cursor_init(&cursor, iov, 3);

	return vb_sound_frames_pack(frames, dst, room, &cursor);
}

Test(sound_frames, puts_scattered_bytes_together, .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 2);
	uint8_t host[64];

	cr_assert_eq(pack(&frames, 0, 64, host, 64), 64);
	cr_assert_arr_eq(host, numbers, 64);
}

Test(sound_frames, keeps_what_is_less_than_a_frame, .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 2);
	uint8_t host[64];

	cr_assert_eq(pack(&frames, 0, 3, host, 64), 0);
	cr_assert_eq(pack(&frames, 3, 0, host, 64), 0);
	cr_assert_eq(pack(&frames, 3, 7, host, 64), 8);
	cr_assert_eq(pack(&frames, 10, 2, host + 8, 56), 4);
	cr_assert_arr_eq(host, numbers, 12);
}

Test(sound_frames, takes_no_more_than_there_is_room_for, .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 2);
	const struct iovec iov = { numbers, 32 };
	struct vb_sound_cursor cursor;
	uint8_t host[32];

	vb_sound_cursor_init(&cursor, &iov, 1);
	cr_assert_eq(vb_sound_frames_pack(&frames, host, 10, &cursor), 8);
	cr_assert_eq(cursor.left, 24);
	cr_assert_eq(vb_sound_frames_pack(&frames, host + 8, 24, &cursor), 24);
	cr_assert_eq(cursor.left, 0);
	cr_assert_arr_eq(host, numbers, 32);
}

Test(sound_frames, converts_wherever_the_bytes_are_cut, .init = count)
{
	struct vb_sound_conversion conversion = find(FMT(U24_3), PULSE);
	struct vb_sound_frames frames = make_frames(FMT(U24_3), 2);
	uint8_t expected[600], host[600];
	size_t n = 0;

	vb_sound_to_host(&conversion, expected, numbers, 200);
	for (size_t at = 0, len = 1; at < 600; at += len, len += 2) {
		len = VD_MIN(len, 600 - at);
		n += pack(&frames, at, len, host + n, 600 - n);
	}

	cr_assert_eq(n, 600);
	cr_assert_arr_eq(host, expected, 600);
}

Test(sound_frames, converts_to_samples_of_another_size, .init = count)
{
	struct vb_sound_conversion conversion = find(FMT(FLOAT64), PULSE);
	struct vb_sound_frames frames = make_frames(FMT(FLOAT64), 3);
	uint8_t expected[2040], host[2040];
	size_t n;

	vb_sound_to_host(&conversion, expected, numbers, 510);
	n = pack(&frames, 0, 20, host, 2040);
	n += pack(&frames, 20, 4060, host + n, 2040 - n);

	cr_assert_eq(n, 2040);
	cr_assert_arr_eq(host, expected, 2040);
}

/* Unpack into @len bytes, in two pieces; returns what was used of @src. */
static size_t unpack(struct vb_sound_frames *frames, uint8_t *dst, size_t len,
		     const uint8_t *src, size_t src_len)
{
	const struct iovec iov[] = {
		{ dst, len / 2 },
		{ dst + len / 2, len - len / 2 },
	};
	struct vb_sound_cursor cursor;

	vb_sound_cursor_init(&cursor, iov, 2);

	return vb_sound_frames_unpack(frames, &cursor, src, src_len);
}

Test(sound_frames, scatters_what_was_recorded, .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 2);
	uint8_t guest[64];

	cr_assert_eq(unpack(&frames, guest, 64, numbers, 64), 64);
	cr_assert_arr_eq(guest, numbers, 64);
}

Test(sound_frames, keeps_the_part_of_a_frame_that_has_no_room, .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 2);
	uint8_t guest[20];

	cr_assert_eq(unpack(&frames, guest, 6, numbers, 20), 8);
	cr_assert_eq(unpack(&frames, guest + 6, 1, numbers + 8, 12), 0);
	cr_assert_eq(unpack(&frames, guest + 7, 13, numbers + 8, 12), 12);
	cr_assert_arr_eq(guest, numbers, 20);
}

Test(sound_frames, gives_what_it_kept_even_if_nothing_more_has_come,
     .init = count)
{
	struct vb_sound_frames frames = make_frames(FMT(S16), 1);
	uint8_t guest[2];

	cr_assert_eq(unpack(&frames, guest, 1, numbers, 2), 2);
	cr_assert_eq(unpack(&frames, guest + 1, 1, numbers, 0), 0);
	cr_assert_arr_eq(guest, numbers, 2);
}

Test(sound_frames, converts_wherever_the_room_is_cut, .init = count)
{
	struct vb_sound_conversion conversion = find(FMT(FLOAT64), PULSE);
	struct vb_sound_frames frames = make_frames(FMT(FLOAT64), 2);
	uint8_t expected[4000], guest[4000];
	size_t used = 0;

	vb_sound_to_guest(&conversion, expected, numbers, 500);
	for (size_t at = 0, len = 1; at < 4000; at += len, len += 101) {
		len = VD_MIN(len, 4000 - at);
		used += unpack(&frames, guest + at, len, numbers + used,
			       2000 - used);
	}

	cr_assert_eq(used, 2000);
	cr_assert_arr_eq(guest, expected, 4000);
}
