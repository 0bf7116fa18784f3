/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_snd.h>
#include <string.h>

#include "tests/fake-sound-backend.h"
#include "virtio-devices/util.h"

static struct fake_sound *to_fake(struct vd_sound_backend *backend)
{
	return container_of(backend, struct fake_sound, backend);
}

static struct fake_sound_stream *find(struct vd_sound_backend *backend,
				      uint32_t stream)
{
	assert(stream < backend->n_streams);
	return &to_fake(backend)->streams[stream];
}

/* Each operation but one is for a stream that is there, and in some state. */
static struct fake_sound_stream *usable(struct vd_sound_backend *backend,
					uint32_t id,
					enum fake_sound_state least)
{
	struct fake_sound_stream *stream = find(backend, id);

	assert(!stream->lost);
	assert(stream->state >= least);

	return stream;
}

static void fake_attach(struct vd_sound_backend *backend,
			struct vd_sound *sound)
{
	to_fake(backend)->sound = sound;
}

static int fake_prepare(struct vd_sound_backend *backend, uint32_t id,
			const struct vd_sound_params *params)
{
	struct fake_sound_stream *stream = usable(backend, id, FAKE_SOUND_IDLE);

	assert(stream->state != FAKE_SOUND_RUNNING);
	assert(params->period_bytes % params->frame_bytes == 0);
	assert(params->buffer_bytes % params->period_bytes == 0);

	stream->n_prepares++;
	stream->params = *params;
	stream->moved = 0;
	stream->state = stream->error || stream->falls ? FAKE_SOUND_IDLE
						       : FAKE_SOUND_PREPARED;
	if (stream->falls) {
		stream->falls = false;
		stream->lost = true;
		vd_sound_lost(to_fake(backend)->sound, id, 0);
	}

	return stream->error;
}

static void fake_start(struct vd_sound_backend *backend, uint32_t id)
{
	struct fake_sound_stream *stream =
		usable(backend, id, FAKE_SOUND_PREPARED);

	assert(stream->state == FAKE_SOUND_PREPARED);
	stream->state = FAKE_SOUND_RUNNING;
}

static void fake_stop(struct vd_sound_backend *backend, uint32_t id, bool drain)
{
	struct fake_sound_stream *stream =
		usable(backend, id, FAKE_SOUND_RUNNING);

	stream->state = FAKE_SOUND_PREPARED;
	stream->drained = drain;
	stream->n_stops++;
}

static void fake_release(struct vd_sound_backend *backend, uint32_t id)
{
	struct fake_sound_stream *stream =
		usable(backend, id, FAKE_SOUND_PREPARED);

	stream->state = FAKE_SOUND_IDLE;
	stream->n_releases++;
}

static size_t length(const struct iovec *iov, size_t n_iov)
{
	size_t len = 0;

	for (size_t i = 0; i < n_iov; i++)
		len += iov[i].iov_len;
	assert(len > 0);

	return len;
}

/* How much of it is moved, if there is @left. */
static size_t share(const struct fake_sound_stream *stream,
		    const struct iovec *iov, size_t n_iov, size_t left)
{
	size_t len = VD_MIN(length(iov, n_iov), left);

	return stream->at_once ? VD_MIN(len, stream->at_once) : len;
}

static void expect_frames(const struct fake_sound_stream *stream,
			  const struct iovec *iov, size_t len)
{
	for (uint64_t at = stream->moved; len > 0; iov++) {
		const uint8_t *p = iov->iov_base;

		for (size_t i = 0; i < iov->iov_len && len > 0; i++, len--)
			assert(p[i] % 4 == at++ % 4);
	}
}

static void hear(struct fake_sound_stream *stream, const struct iovec *iov,
		 size_t len)
{
	for (; len > 0; iov++) {
		const uint8_t *p = iov->iov_base;
		size_t n = VD_MIN(iov->iov_len, len);

		len -= n;
		n = VD_MIN(n, FAKE_SOUND_HEARD - stream->n_heard);
		memcpy(stream->heard + stream->n_heard, p, n);
		stream->n_heard += n;
	}
}

static ssize_t fake_write(struct vd_sound_backend *backend, uint32_t id,
			  const struct iovec *iov, size_t n_iov)
{
	struct fake_sound_stream *stream =
		usable(backend, id, FAKE_SOUND_PREPARED);
	size_t len = share(stream, iov, n_iov, stream->room);

	assert(backend->streams[id].direction == VD_SOUND_PLAYBACK);
	assert(!backend->clockless || stream->state == FAKE_SOUND_RUNNING);
	if (stream->error)
		return stream->error;
	if (len == 0)
		return -EAGAIN;

	if (stream->framed)
		expect_frames(stream, iov, len);
	hear(stream, iov, len);
	stream->moved += len;
	if (stream->room != SIZE_MAX)
		stream->room -= len;

	return (ssize_t)len;
}

static ssize_t fake_read(struct vd_sound_backend *backend, uint32_t id,
			 const struct iovec *iov, size_t n_iov)
{
	struct fake_sound_stream *stream =
		usable(backend, id, FAKE_SOUND_RUNNING);
	size_t len = share(stream, iov, n_iov, stream->supply), left = len;

	assert(backend->streams[id].direction == VD_SOUND_CAPTURE);
	if (stream->error)
		return stream->error;
	if (len == 0)
		return -EAGAIN;

	for (; left > 0; iov++) {
		uint8_t *p = iov->iov_base;

		for (size_t i = 0; i < iov->iov_len && left > 0; i++, left--)
			p[i] = stream->next++;
	}
	stream->moved += len;
	if (stream->supply != SIZE_MAX)
		stream->supply -= len;

	return (ssize_t)len;
}

static size_t fake_room(struct vd_sound_backend *backend, uint32_t id)
{
	assert(backend->streams[id].direction == VD_SOUND_PLAYBACK);

	return usable(backend, id, FAKE_SOUND_RUNNING)->room;
}

static uint32_t fake_latency(struct vd_sound_backend *backend, uint32_t id)
{
	return usable(backend, id, FAKE_SOUND_PREPARED)->latency;
}

static void fake_set_volume(struct vd_sound_backend *backend, uint32_t id,
			    int volume, bool mute)
{
	struct fake_sound_stream *stream = find(backend, id);

	assert(volume >= VD_SOUND_VOLUME_MIN && volume <= VD_SOUND_VOLUME_MAX);
	stream->volume = volume;
	stream->mute = mute;
	stream->n_volumes++;
}

static void fake_destroy(struct vd_sound_backend *backend)
{
	to_fake(backend)->destroyed = true;
}

static const struct vd_sound_backend_ops fake_ops = {
	.name = "fake",
	.attach = fake_attach,
	.prepare = fake_prepare,
	.start = fake_start,
	.stop = fake_stop,
	.release = fake_release,
	.write = fake_write,
	.read = fake_read,
	.room = fake_room,
	.latency = fake_latency,
	.set_volume = fake_set_volume,
	.destroy = fake_destroy,
};

static void init_tables(struct fake_sound *fake)
{
	for (uint32_t i = 0; i < FAKE_SOUND_STREAMS; i++)
		fake->infos[i] = (struct vd_sound_stream_info){
			.nid = i / 2,
			.direction =
				i % 2 ? VD_SOUND_CAPTURE : VD_SOUND_PLAYBACK,
			.formats = VD_BIT(VIRTIO_SND_PCM_FMT_U8) |
				   VD_BIT(VIRTIO_SND_PCM_FMT_S16),
			.rates = VD_BIT(VIRTIO_SND_PCM_RATE_8000) |
				 VD_BIT(VIRTIO_SND_PCM_RATE_48000),
			.channels_min = 1,
			.channels_max = 2,
		};
	for (uint32_t i = 0; i < FAKE_SOUND_JACKS; i++)
		fake->jacks[i] = (struct vd_sound_jack_info){
			.nid = i,
			.defconf = 0x01014010,
			.caps = 0x14,
			.connected = i == 1,
		};
	for (uint32_t i = 0; i < FAKE_SOUND_CHMAPS; i++)
		fake->chmaps[i] = (struct vd_sound_chmap_info){
			.nid = i / 2,
			.direction =
				i % 2 ? VD_SOUND_CAPTURE : VD_SOUND_PLAYBACK,
			.channels = 2,
			.positions = { VIRTIO_SND_CHMAP_FL,
				       VIRTIO_SND_CHMAP_FR },
		};
}

void fake_sound_init(struct fake_sound *fake)
{
	memset(fake, 0, sizeof(*fake));
	init_tables(fake);
	fake->backend = (struct vd_sound_backend){
		.ops = &fake_ops,
		.streams = fake->infos,
		.n_streams = FAKE_SOUND_STREAMS,
		.jacks = fake->jacks,
		.n_jacks = FAKE_SOUND_JACKS,
		.chmaps = fake->chmaps,
		.n_chmaps = FAKE_SOUND_CHMAPS,
	};
	for (uint32_t i = 0; i < FAKE_SOUND_STREAMS; i++) {
		fake->streams[i].room = SIZE_MAX;
		fake->streams[i].supply = SIZE_MAX;
	}
}
