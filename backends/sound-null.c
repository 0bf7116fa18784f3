/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/sound-null.h"

#include <errno.h>
#include <stdlib.h>

#include "backends/sound-convert.h"
#include "backends/sound-streams.h"
#include "virtio-devices/util.h"

/**
 * struct sound_null - the streams
 * @backend: what the device sees
 * @streams: its tables
 */
struct sound_null {
	struct vd_sound_backend backend;
	struct vb_sound_streams streams;
};

static int null_prepare(struct vd_sound_backend *backend, uint32_t stream,
			const struct vd_sound_params *params)
{
	(void)backend;
	(void)stream;
	(void)params;

	return 0;
}

static void null_start(struct vd_sound_backend *backend, uint32_t stream)
{
	(void)backend;
	(void)stream;
}

static void null_stop(struct vd_sound_backend *backend, uint32_t stream,
		      bool drain)
{
	(void)backend;
	(void)stream;
	(void)drain;
}

static void null_release(struct vd_sound_backend *backend, uint32_t stream)
{
	(void)backend;
	(void)stream;
}

static ssize_t null_write(struct vd_sound_backend *backend, uint32_t stream,
			  const struct iovec *iov, size_t n_iov)
{
	ssize_t n = 0;

	(void)backend;
	(void)stream;
	for (size_t i = 0; i < n_iov; i++)
		n += (ssize_t)iov[i].iov_len;

	return n;
}

/* The device knows what silence looks like in each format. */
static ssize_t null_read(struct vd_sound_backend *backend, uint32_t stream,
			 const struct iovec *iov, size_t n_iov)
{
	(void)backend;
	(void)stream;
	(void)iov;
	(void)n_iov;

	return -EAGAIN;
}

static void null_destroy(struct vd_sound_backend *backend)
{
	free(container_of(backend, struct sound_null, backend));
}

static const struct vd_sound_backend_ops null_ops = {
	.name = "null",
	.prepare = null_prepare,
	.start = null_start,
	.stop = null_stop,
	.release = null_release,
	.write = null_write,
	.read = null_read,
	.destroy = null_destroy,
};

int vb_sound_null_new(uint32_t n_playback, uint32_t n_capture,
		      struct vd_sound_backend **ret)
{
	struct sound_null *null = calloc(1, sizeof(*null));

	if (!null)
		return -ENOMEM;

	null->backend.ops = &null_ops;
	null->backend.clockless = true;
	vb_sound_streams_init(&null->streams, n_playback, n_capture,
			      vb_sound_conversion_formats(~0ULL));
	vb_sound_streams_show(&null->streams, &null->backend);

	*ret = &null->backend;
	return 0;
}
