/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sound into and from WAV files, which are looked at with libsndfile.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_snd.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/sound-file.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

#define FMT(name) VIRTIO_SND_PCM_FMT_##name

static char dir[32], out[64], out1[64], in[64];
static struct vd_sound_backend *file;
static unsigned int n_opened, n_failed;
/* Samples as a guest has them: little-endian. */
static int16_t numbers[4096];

static void opened(void *context, const char *path)
{
	(void)context;
	(void)path;
	n_opened++;
}

static void failed(void *context, const char *path, const char *reason)
{
	(void)context;
	cr_assert_str_neq(path, "");
	cr_assert_str_neq(reason, "");
	n_failed++;
}

static void setup(void)
{
	strcpy(dir, "/tmp/vhd.XXXXXX");
	cr_assert(mkdtemp(dir));
	snprintf(out, sizeof(out), "%s/out.wav", dir);
	snprintf(out1, sizeof(out1), "%s/out.1.wav", dir);
	snprintf(in, sizeof(in), "%s/in.wav", dir);
	for (size_t i = 0; i < VD_ARRAY_SIZE(numbers); i++)
		numbers[i] = (int16_t)htole16((uint16_t)(i * 13 - 20000));
}

static void teardown(void)
{
	if (file)
		file->ops->destroy(file);
	unlink(out);
	unlink(out1);
	unlink(in);
	cr_assert_eq(rmdir(dir), 0, "there are more files than there should");
}

TestSuite(sound_file, .init = setup, .fini = teardown);

static int open_files(const char *out_path, const char *in_path)
{
	const struct vb_sound_file_config config = {
		.out = out_path,
		.n_playback = out_path ? 2 : 0,
		.in = in_path,
		.n_capture = in_path ? 1 : 0,
		.events = { .opened = opened, .failed = failed },
	};
	struct vb_sound_file_error error = { 0 };
	int r = vb_sound_file_new(&config, &error, &file);

	cr_assert_eq(r == -EIO, error.path && error.reason[0]);

	return r;
}

static int prepare(uint32_t stream, uint8_t format, uint32_t hz,
		   uint8_t channels)
{
	const struct vd_sound_params params = {
		.format = format,
		.channels = channels,
		.hz = hz,
	};

	return file->ops->prepare(file, stream, &params);
}

static void play(uint32_t stream, const void *bytes, size_t len)
{
	const struct iovec iov[] = {
		{ (void *)(uintptr_t)bytes, len / 3 },
		{ (char *)(uintptr_t)bytes + len / 3, len - len / 3 },
	};

	cr_assert_eq(file->ops->write(file, stream, iov, 2), (ssize_t)len);
}

/* From or to the host's byte order. */
static void turn(int16_t *samples, sf_count_t n)
{
	for (sf_count_t i = 0; i < n; i++)
		samples[i] = (int16_t)le16toh((uint16_t)samples[i]);
}

/* What is in a file: its format, and its samples. */
static sf_count_t look_at(const char *path, SF_INFO *info, int16_t *samples,
			  sf_count_t max)
{
	SNDFILE *f;
	sf_count_t n;

	*info = (SF_INFO){ 0 };
	f = sf_open(path, SFM_READ, info);
	cr_assert(f, "%s: %s", path, sf_strerror(NULL));
	n = sf_read_short(f, samples, max);
	turn(samples, n);
	sf_close(f);

	return n;
}

static void make_in(int format, int rate, int channels, sf_count_t n_samples)
{
	SF_INFO info = { .format = SF_FORMAT_WAV | format,
			 .samplerate = rate,
			 .channels = channels };
	SNDFILE *f = sf_open(in, SFM_WRITE, &info);

	cr_assert(f);
	turn(numbers, n_samples);
	cr_assert_eq(sf_write_short(f, numbers, n_samples), n_samples);
	turn(numbers, n_samples);
	sf_close(f);
}

Test(sound_file, holds_what_was_played)
{
	int16_t samples[4098];
	SF_INFO info;
	sf_count_t n;

	cr_assert_eq(open_files(out, NULL), 0);
	cr_assert_eq(prepare(0, FMT(S16), 48000, 2), 0);
	file->ops->start(file, 0);
	play(0, numbers, 5001);
	play(0, (char *)numbers + 5001, sizeof(numbers) - 5001);
	file->ops->stop(file, 0, true);
	file->ops->release(file, 0);

	n = look_at(out, &info, samples, 4098);
	cr_assert_eq(n, 4096);
	cr_assert_arr_eq(samples, numbers, sizeof(numbers));
	cr_assert_eq(info.samplerate, 48000);
	cr_assert_eq(info.channels, 2);
	cr_assert_eq(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
	cr_assert_eq(n_opened, 1);
	cr_assert_eq(n_failed, 0);
}

Test(sound_file, can_be_looked_at_while_the_stream_rests)
{
	int16_t samples[100];
	SF_INFO info;

	cr_assert_eq(open_files(out, NULL), 0);
	cr_assert_eq(prepare(0, FMT(S16), 8000, 1), 0);
	play(0, numbers, 100);
	file->ops->stop(file, 0, false);

	cr_assert_eq(look_at(out, &info, samples, 100), 50);
}

Test(sound_file, goes_on_when_the_parameters_are_the_same)
{
	int16_t samples[100];
	SF_INFO info;

	cr_assert_eq(open_files(out, NULL), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(prepare(0, FMT(S16), 48000, 2), 0);
		play(0, numbers + 20 * i, 40);
		file->ops->release(file, 0);
	}
	file->ops->stop(file, 0, false);

	cr_assert_eq(look_at(out, &info, samples, 100), 40);
	cr_assert_arr_eq(samples, numbers, 80);
	cr_assert_eq(n_opened, 1);
}

Test(sound_file, begins_another_one_when_they_are_not)
{
	int16_t samples[100];
	SF_INFO info;

	cr_assert_eq(open_files(out, NULL), 0);
	cr_assert_eq(prepare(0, FMT(S16), 48000, 2), 0);
	play(0, numbers, 40);
	cr_assert_eq(prepare(0, FMT(S16), 44100, 2), 0);
	play(0, numbers, 80);
	file->ops->stop(file, 0, false);

	cr_assert_eq(look_at(out, &info, samples, 100), 20);
	cr_assert_eq(look_at(out1, &info, samples, 100), 40);
	cr_assert_eq(info.samplerate, 44100);
}

Test(sound_file, is_the_same_one_while_it_is_silent)
{
	int16_t samples[100];
	SF_INFO info;

	cr_assert_eq(open_files(out, NULL), 0);
	for (unsigned int i = 0; i < 3000; i++)
		cr_assert_eq(prepare(0, FMT(S16), 48000, 1 + i % 2), 0);
	play(0, numbers, 80);
	file->ops->stop(file, 0, false);

	/* The end of the test finds no other files. */
	cr_assert_eq(look_at(out, &info, samples, 100), 40);
	cr_assert_eq(info.channels, 2);
	cr_assert_eq(n_failed, 0);
}

static void unlink_numbered(unsigned int n)
{
	char path[64];

	for (unsigned int i = 1; i < n; i++) {
		snprintf(path, sizeof(path), "%s/out.%u.wav", dir, i);
		cr_assert_eq(unlink(path), 0, "%s", path);
	}
}

/* Returns how many files there are then. */
static unsigned int begin_many_files(void)
{
	unsigned int n = 0;

	cr_assert_eq(open_files(out, NULL), 0);
	while (prepare(0, FMT(S16), 48000, 1 + n % 2) == 0 && n < 2000) {
		play(0, numbers, 80);
		n++;
	}

	return n;
}

Test(sound_file, does_not_become_more_and_more_files)
{
	unsigned int n = begin_many_files();

	cr_assert_eq(n, 1000);
	cr_assert_eq(prepare(0, FMT(S16), 44100, 2), -EMFILE);
	cr_assert_eq(n_failed, 1, "said %u times", n_failed);
	unlink_numbered(n);
}

Test(sound_file, can_be_had_by_one_guest_although_another_has_many)
{
	unsigned int n = begin_many_files();
	struct vd_sound_backend *other = file;

	cr_assert_eq(open_files(out, NULL), 0);
	cr_assert_eq(prepare(0, FMT(S16), 48000, 1), 0);
	play(0, numbers, 80);
	cr_assert_eq(n_failed, 1);
	other->ops->destroy(other);
	unlink_numbered(n + 1);
}

Test(sound_file, is_another_one_for_each_stream)
{
	int16_t samples[100];
	SF_INFO info;

	cr_assert_eq(open_files(out, NULL), 0);
	for (uint32_t i = 0; i < 2; i++) {
		cr_assert_eq(prepare(i, FMT(S16), 48000, 1), 0);
		play(i, numbers, 20 * (i + 1));
		file->ops->stop(file, i, false);
	}

	cr_assert_eq(look_at(out, &info, samples, 100), 10);
	cr_assert_eq(look_at(out1, &info, samples, 100), 20);
}

struct wav_format {
	uint8_t guest;
	uint8_t guest_bytes;
	uint8_t wav_bytes;
	uint32_t wav;
};

ParameterizedTestParameters(sound_file, keeps_every_format)
{
	static struct wav_format formats[] = {
		{ FMT(MU_LAW), 1, 1, SF_FORMAT_ULAW },
		{ FMT(A_LAW), 1, 1, SF_FORMAT_ALAW },
		{ FMT(S8), 1, 1, SF_FORMAT_PCM_U8 },
		{ FMT(U8), 1, 1, SF_FORMAT_PCM_U8 },
		{ FMT(U16), 2, 2, SF_FORMAT_PCM_16 },
		{ FMT(S20_3), 3, 3, SF_FORMAT_PCM_24 },
		{ FMT(S24_3), 3, 3, SF_FORMAT_PCM_24 },
		{ FMT(S24), 4, 4, SF_FORMAT_PCM_32 },
		{ FMT(S32), 4, 4, SF_FORMAT_PCM_32 },
		{ FMT(FLOAT), 4, 4, SF_FORMAT_FLOAT },
		{ FMT(FLOAT64), 8, 8, SF_FORMAT_DOUBLE },
	};

	return cr_make_param_array(struct wav_format, formats,
				   VD_ARRAY_SIZE(formats));
}

ParameterizedTest(struct wav_format *format, sound_file, keeps_every_format)
{
	SF_INFO info = { 0 };
	SNDFILE *f;

	cr_assert_eq(open_files(out, NULL), 0);
	cr_assert(file->streams[0].formats & VD_BIT(format->guest));
	cr_assert_eq(prepare(0, format->guest, 48000, 1), 0);
	play(0, numbers, 240);
	file->ops->stop(file, 0, false);

	f = sf_open(out, SFM_READ, &info);
	cr_assert(f);
	sf_close(f);
	cr_assert_eq(info.format, (int)(SF_FORMAT_WAV | format->wav));
	cr_assert_eq(info.frames, 240 / format->guest_bytes);
}

Test(sound_file, lets_the_guest_go_on_when_the_disk_is_full)
{
	/* A device that takes everything the stream needs to begin, or no. */
	cr_assert_eq(symlink("/dev/full", out), 0);
	cr_assert_eq(open_files(out, NULL), 0);

	if (prepare(0, FMT(S16), 48000, 2) == 0) {
		play(0, numbers, sizeof(numbers));
		play(0, numbers, sizeof(numbers));
	}

	cr_assert_eq(n_failed, 1);
}

static ssize_t record(void *bytes, size_t len)
{
	const struct iovec iov[] = {
		{ bytes, len / 3 },
		{ (char *)bytes + len / 3, len - len / 3 },
	};

	return file->ops->read(file, 0, iov, 2);
}

Test(sound_file, offers_the_rate_and_the_channels_that_it_has)
{
	make_in(SF_FORMAT_PCM_16, 44100, 2, 100);
	cr_assert_eq(open_files(NULL, in), 0);

	cr_assert_eq(file->n_streams, 1);
	cr_assert_eq(file->streams[0].direction, VD_SOUND_CAPTURE);
	cr_assert_eq(file->streams[0].rates, VD_BIT(VIRTIO_SND_PCM_RATE_44100));
	cr_assert_eq(file->streams[0].channels_min, 2);
	cr_assert_eq(file->streams[0].channels_max, 2);
}

Test(sound_file, is_recorded_bit_by_bit_and_then_silent)
{
	int16_t samples[4096];

	make_in(SF_FORMAT_PCM_16, 48000, 2, 4096);
	cr_assert_eq(open_files(NULL, in), 0);
	cr_assert_eq(prepare(0, FMT(S16), 48000, 2), 0);
	file->ops->start(file, 0);

	cr_assert_eq(record(samples, 1001), 1001);
	cr_assert_eq(record((char *)samples + 1001, 7191), 7191);
	cr_assert_arr_eq(samples, numbers, sizeof(numbers));
	cr_assert_eq(record(samples, 100), -EAGAIN);
}

Test(sound_file, gives_what_is_left_at_its_end)
{
	int16_t samples[100];

	make_in(SF_FORMAT_PCM_16, 48000, 1, 30);
	cr_assert_eq(open_files(NULL, in), 0);
	cr_assert_eq(prepare(0, FMT(S16), 48000, 1), 0);

	cr_assert_eq(record(samples, 100), 60);
	cr_assert_arr_eq(samples, numbers, 60);
}

Test(sound_file, begins_again_when_it_is_prepared_again)
{
	int16_t samples[10];

	make_in(SF_FORMAT_PCM_16, 48000, 1, 30);
	cr_assert_eq(open_files(NULL, in), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(prepare(0, FMT(S16), 48000, 1), 0);
		cr_assert_eq(record(samples, 20), 20);
		cr_assert_arr_eq(samples, numbers, 20);
	}
	file->ops->release(file, 0);
}

Test(sound_file, converts_what_is_recorded)
{
	uint32_t samples[10];

	make_in(SF_FORMAT_PCM_16, 48000, 1, 10);
	cr_assert_eq(open_files(NULL, in), 0);
	cr_assert_eq(prepare(0, FMT(U24), 48000, 1), 0);

	cr_assert_eq(record(samples, 40), 40);
	turn(numbers, 10);
	for (size_t i = 0; i < 10; i++)
		cr_assert_eq(le32toh(samples[i]),
			     (uint32_t)(numbers[i] + 0x8000) << 8);
}

Test(sound_file, keeps_floats_what_they_are)
{
	uint32_t samples[10];

	make_in(SF_FORMAT_FLOAT, 48000, 1, 10);
	cr_assert_eq(open_files(NULL, in), 0);
	cr_assert_not(file->streams[0].formats & VD_BIT(FMT(S16)));
	cr_assert_eq(prepare(0, FMT(FLOAT), 48000, 1), 0);

	cr_assert_eq(record(samples, 40), 40);
	turn(numbers, 10);
	for (size_t i = 0; i < 10; i++) {
		const union {
			uint32_t bits;
			float value;
		} sample = { .bits = le32toh(samples[i]) };

		cr_assert_eq(sample.value, (float)numbers[i]);
	}
}

Test(sound_file, says_that_it_has_gone)
{
	make_in(SF_FORMAT_PCM_16, 48000, 1, 10);
	cr_assert_eq(open_files(NULL, in), 0);
	unlink(in);

	cr_assert_eq(prepare(0, FMT(S16), 48000, 1), -EIO);
	cr_assert_eq(n_failed, 1);
}

Test(sound_file, is_refused_when_it_is_not_there)
{
	char path[80];

	cr_assert_eq(open_files(NULL, in), -EIO);
	snprintf(path, sizeof(path), "%s/missing/out.wav", dir);
	cr_assert_eq(open_files(path, NULL), -EIO);
}

Test(sound_file, is_refused_when_no_guest_could_have_its_rate)
{
	make_in(SF_FORMAT_PCM_16, 12345, 1, 10);
	cr_assert_eq(open_files(NULL, in), -EIO);
}

Test(sound_file, is_refused_when_no_guest_could_have_its_channels)
{
	make_in(SF_FORMAT_PCM_16, 48000, 9, 90);
	cr_assert_eq(open_files(NULL, in), -EIO);
}
