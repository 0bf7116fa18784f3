/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Played samples are written as they are: WAV files are little-endian, too.
 * What is recorded is whatever format the file has; libsndfile turns it into
 * one of the four that it knows as C types.
 */

#include "backends/sound-file.h"

#include <errno.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/sound-frames.h"
#include "backends/sound-streams.h"
#include "backends/sound-wav.h"
#include "virtio-devices/util.h"

/* Bytes that are moved at once. */
#define CHUNK 4096

/**
 * struct file_stream - a stream
 * @file:     what is played into or recorded from; NULL while there is none
 * @path:     of @file, when that is written to
 * @info:     its format
 * @frames:   what is between the guest's bytes and @file
 * @used:     frames were written to @file
 * @failed:   writing has failed, and that was said
 */
struct file_stream {
	SNDFILE *file;
	char *path;
	SF_INFO info;
	struct vb_sound_frames frames;
	bool used;
	bool failed;
};

/**
 * struct sound_file - all streams
 * @backend: what the device sees
 * @tables:  its tables
 * @events:  whom to tell
 * @out:     name of the first file
 * @in:      name of the only one
 * @n_files: how many were played into
 * @full:    there may not be more, and that was said
 * @streams: as many as in @tables
 */
struct sound_file {
	struct vd_sound_backend backend;
	struct vb_sound_streams tables;
	struct vb_sound_file_events events;
	char *out;
	char *in;
	unsigned int n_files;
	bool full;
	struct file_stream streams[];
};

static struct sound_file *to_file(struct vd_sound_backend *backend)
{
	return container_of(backend, struct sound_file, backend);
}

static void close_file(struct file_stream *stream)
{
	if (stream->file)
		sf_close(stream->file);
	stream->file = NULL;
}

static int failed(const struct sound_file *file, const char *path)
{
	file->events.failed(file->events.context, path, sf_strerror(NULL));
	return -EIO;
}

static int too_many(struct sound_file *file)
{
	if (!file->full)
		file->events.failed(file->events.context, file->out,
				    "there are 1000 files of this guest by "
				    "now; start the daemon again");
	file->full = true;

	return -EMFILE;
}

/* The name of a file without sound in it can be had again. */
static int choose_name(struct sound_file *file, struct file_stream *stream)
{
	int r;

	if (stream->path && !stream->used)
		return 0;

	if (file->n_files == VB_WAV_MAX_FILES)
		return too_many(file);

	free(stream->path);
	stream->path = NULL;
	r = vb_wav_next_name(file->out, &stream->path);
	if (r == 0)
		file->n_files++;

	return r;
}

static int begin_writing(struct sound_file *file, struct file_stream *stream,
			 const SF_INFO *info)
{
	int r;

	if (stream->file && stream->info.format == info->format &&
	    stream->info.samplerate == info->samplerate &&
	    stream->info.channels == info->channels)
		return 0;

	close_file(stream);
	r = choose_name(file, stream);
	if (r < 0)
		return r;
	stream->used = false;
	stream->info = *info;
	stream->file = sf_open(stream->path, SFM_WRITE, &stream->info);
	if (!stream->file)
		return failed(file, stream->path);

	stream->failed = false;
	file->events.opened(file->events.context, stream->path);

	return 0;
}

/* It may be another file than the one whose format the guest was told. */
static int begin_reading(struct sound_file *file, struct file_stream *stream,
			 const struct vd_sound_params *params)
{
	close_file(stream);
	stream->info = (SF_INFO){ 0 };
	stream->file = sf_open(file->in, SFM_READ, &stream->info);
	if (!stream->file)
		return failed(file, file->in);

	if (stream->info.channels == params->channels &&
	    stream->info.samplerate == (int)params->hz)
		return 0;

	close_file(stream);
	file->events.failed(file->events.context, file->in,
			    "it has other channels or another rate than when "
			    "the daemon was started; start it again");

	return -EIO;
}

static int file_prepare(struct vd_sound_backend *backend, uint32_t index,
			const struct vd_sound_params *params)
{
	struct sound_file *file = to_file(backend);
	struct file_stream *stream = &file->streams[index];
	bool plays = backend->streams[index].direction == VD_SOUND_PLAYBACK;
	struct vb_sound_conversion conversion;
	SF_INFO info = {
		.samplerate = (int)params->hz,
		.channels = params->channels,
	};

	if (!plays && begin_reading(file, stream, params) < 0)
		return -EIO;
	if (!vb_sound_conversion_find(params->format,
				      plays ? vb_wav_writable()
					    : vb_wav_readable(&stream->info),
				      &conversion))
		return -ENOTSUP;

	vb_sound_frames_init(&stream->frames, &conversion, params->channels);
	info.format = vb_wav_format(conversion.host);

	return plays ? begin_writing(file, stream, &info) : 0;
}

static void file_start(struct vd_sound_backend *backend, uint32_t index)
{
	(void)backend;
	(void)index;
}

/* From then on, whoever looks at the file sees all that was played. */
static void end_of_sound(struct vd_sound_backend *backend, uint32_t index)
{
	const struct file_stream *stream = &to_file(backend)->streams[index];

	if (stream->file &&
	    backend->streams[index].direction == VD_SOUND_PLAYBACK)
		sf_command(stream->file, SFC_UPDATE_HEADER_NOW, NULL, 0);
}

static void file_stop(struct vd_sound_backend *backend, uint32_t index,
		      bool drain)
{
	(void)drain;
	end_of_sound(backend, index);
}

/* A file that was played into stays open, for what comes next. */
static void file_release(struct vd_sound_backend *backend, uint32_t index)
{
	if (backend->streams[index].direction == VD_SOUND_CAPTURE)
		close_file(&to_file(backend)->streams[index]);
}

/* A full disk must not keep the guest from going on. */
static void write_failed(const struct sound_file *file,
			 struct file_stream *stream)
{
	if (!stream->failed)
		file->events.failed(file->events.context, stream->path,
				    sf_strerror(stream->file));
	stream->failed = true;
}

static ssize_t file_write(struct vd_sound_backend *backend, uint32_t index,
			  const struct iovec *iov, size_t n_iov)
{
	struct sound_file *file = to_file(backend);
	struct file_stream *stream = &file->streams[index];
	struct vb_sound_cursor cursor;
	uint8_t chunk[CHUNK];
	size_t total, n;

	vb_sound_cursor_init(&cursor, iov, n_iov);
	total = cursor.left;
	while ((n = vb_sound_frames_pack(&stream->frames, chunk, CHUNK,
					 &cursor)) > 0) {
		stream->used = true;
		if (sf_write_raw(stream->file, chunk, (sf_count_t)n) !=
		    (sf_count_t)n)
			write_failed(file, stream);
		else
			stream->failed = false;
	}

	return (ssize_t)total;
}

/* Returns how many bytes were read. */
static size_t read_frames(struct file_stream *stream, void *dst, size_t len)
{
	size_t frame = stream->frames.host_frame;

	return frame * vb_wav_read(stream->file, stream->frames.conversion.host,
				   stream->info.channels, dst, len / frame);
}

/* How much of the file it takes to fill so many bytes of the guest's. */
static size_t needed(const struct vb_sound_frames *frames, size_t left)
{
	size_t waiting = frames->end - frames->begin;
	size_t n;

	if (left <= waiting)
		return 0;
	n = (left - waiting + frames->guest_frame - 1) / frames->guest_frame;

	return VD_MIN(n * frames->host_frame, CHUNK);
}

static ssize_t file_read(struct vd_sound_backend *backend, uint32_t index,
			 const struct iovec *iov, size_t n_iov)
{
	struct file_stream *stream = &to_file(backend)->streams[index];
	/* The C types that libsndfile fills have an alignment. */
	double chunk[CHUNK / sizeof(double)];
	struct vb_sound_cursor cursor;
	size_t total;

	vb_sound_cursor_init(&cursor, iov, n_iov);
	total = cursor.left;
	while (cursor.left > 0) {
		size_t want = needed(&stream->frames, cursor.left);
		size_t n = read_frames(stream, chunk, want);

		vb_sound_frames_unpack(&stream->frames, &cursor, chunk, n);
		if (want > 0 && n == 0)
			break;
	}

	return total == cursor.left ? -EAGAIN : (ssize_t)(total - cursor.left);
}

static void file_destroy(struct vd_sound_backend *backend)
{
	struct sound_file *file = to_file(backend);

	for (uint32_t i = 0; i < file->tables.n; i++) {
		close_file(&file->streams[i]);
		free(file->streams[i].path);
	}
	free(file->out);
	free(file->in);
	free(file);
}

static const struct vd_sound_backend_ops file_ops = {
	.name = "file",
	.prepare = file_prepare,
	.start = file_start,
	.stop = file_stop,
	.release = file_release,
	.write = file_write,
	.read = file_read,
	.destroy = file_destroy,
};

static int refuse(struct vb_sound_file_error *error, const char *path,
		  const char *reason)
{
	error->path = path;
	snprintf(error->reason, sizeof(error->reason), "%s", reason);

	return -EIO;
}

/* A guest that wants something else is a matter of the guest's sound library. */
static int offer_in(struct sound_file *file, const char *path,
		    struct vb_sound_file_error *error)
{
	SF_INFO info = { 0 };
	SNDFILE *in = sf_open(path, SFM_READ, &info);
	int rate = vb_sound_rate_find((unsigned int)info.samplerate);

	if (!in)
		return refuse(error, path, sf_strerror(NULL));
	sf_close(in);
	if (rate < 0)
		return refuse(error, path,
			      "a sound device cannot have its rate; convert "
			      "it to 48000 Hz");
	if (info.channels > VB_SOUND_MAX_CHANNELS)
		return refuse(error, path, "it has more than 8 channels");

	for (uint32_t i = 0; i < file->tables.n; i++) {
		struct vd_sound_stream_info *stream = &file->tables.info[i];

		if (stream->direction != VD_SOUND_CAPTURE)
			continue;
		stream->formats =
			vb_sound_conversion_formats(vb_wav_readable(&info));
		stream->rates = VD_BIT(rate);
		stream->channels_min = (uint8_t)info.channels;
		stream->channels_max = (uint8_t)info.channels;
	}

	return 0;
}

static int set_paths(struct sound_file *file,
		     const struct vb_sound_file_config *config,
		     struct vb_sound_file_error *error)
{
	int r = 0;

	if (config->out) {
		r = vb_wav_check_name(config->out);
		if (r < 0 && r != -ENOMEM)
			r = refuse(error, config->out, strerror(-r));
		file->out = strdup(config->out);
	}
	if (config->in && r == 0) {
		r = offer_in(file, config->in, error);
		file->in = strdup(config->in);
	}
	if (r < 0)
		return r;

	return !file->out == !config->out && !file->in == !config->in ? 0
								      : -ENOMEM;
}

int vb_sound_file_new(const struct vb_sound_file_config *config,
		      struct vb_sound_file_error *error,
		      struct vd_sound_backend **ret)
{
	uint32_t n = config->n_playback + config->n_capture;
	struct sound_file *file;
	int r;

	file = calloc(1, sizeof(*file) + n * sizeof(file->streams[0]));
	if (!file)
		return -ENOMEM;

	file->backend.ops = &file_ops;
	file->backend.clockless = true;
	file->events = config->events;
	vb_sound_streams_init(&file->tables, config->n_playback,
			      config->n_capture,
			      vb_sound_conversion_formats(vb_wav_writable()));
	vb_sound_streams_show(&file->tables, &file->backend);
	r = set_paths(file, config, error);
	if (r < 0) {
		file_destroy(&file->backend);
		return r;
	}

	*ret = &file->backend;
	return 0;
}
