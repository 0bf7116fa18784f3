/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a stream: what a driver may ask of it, and when.
 *
 * The specification has one path through the states.  Linux leaves it at times:
 * it releases what is released, stops what has stopped, and after a resume goes
 * from a stopped stream to new parameters at once.  And a driver whose device
 * was replaced by a new one has to be able to clean up.  None of that can do
 * harm, so it is served.
 */

#include <endian.h>
#include <errno.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

uint32_t vd_snd_pcm_features(const struct vd_sound *sound)
{
	return sound->options.xruns ? 1U << VIRTIO_SND_PCM_F_EVT_XRUNS : 0;
}

static struct vd_snd_stream *find(struct vd_sound *sound,
				  const union vd_snd_request *request)
{
	uint32_t id = le32toh(request->pcm.stream_id);

	return id < sound->backend->n_streams ? &sound->streams[id] : NULL;
}

static bool is_prepared(const struct vd_snd_stream *stream)
{
	return stream->state >= VD_SND_PREPARED;
}

void vd_snd_pcm_drop(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	struct vd_sound_backend *backend = sound->backend;

	if (!is_prepared(stream))
		return;

	vd_snd_complete_all(sound, stream);
	vd_snd_set_state(sound, stream, VD_SND_SET);
	if (!stream->lost)
		backend->ops->release(backend, stream->id);
}

/* Is there such a thing, and has the stream said that it can do it? */
static bool is_offered(uint64_t offered, unsigned int bit)
{
	return bit < 64 && offered >> bit & 1;
}

static uint32_t check_sizes(const struct vd_sound_params *params)
{
	if (!params->period_bytes || !params->buffer_bytes)
		return VIRTIO_SND_S_BAD_MSG;
	if (params->buffer_bytes % params->period_bytes ||
	    params->period_bytes % params->frame_bytes)
		return VIRTIO_SND_S_BAD_MSG;
	if (params->buffer_bytes > VD_SND_MAX_BUFFER)
		return VIRTIO_SND_S_NOT_SUPP;

	return VIRTIO_SND_S_OK;
}

static uint32_t parse_params(const struct virtio_snd_pcm_set_params *request,
			     const struct vd_sound_stream_info *info,
			     struct vd_sound_params *ret)
{
	if (!is_offered(info->formats, request->format) ||
	    !is_offered(info->rates, request->rate))
		return VIRTIO_SND_S_NOT_SUPP;
	if (request->channels < info->channels_min ||
	    request->channels > info->channels_max)
		return VIRTIO_SND_S_NOT_SUPP;

	*ret = (struct vd_sound_params){
		.format = request->format,
		.rate = request->rate,
		.channels = request->channels,
		.hz = vd_sound_rate_hz(request->rate),
		.frame_bytes = vd_snd_sample_bytes(request->format) *
			       request->channels,
		.period_bytes = le32toh(request->period_bytes),
		.buffer_bytes = le32toh(request->buffer_bytes),
	};

	return check_sizes(ret);
}

static uint32_t set_params(struct vd_sound *sound, struct vd_snd_stream *stream,
			   const struct virtio_snd_pcm_set_params *request)
{
	uint32_t features = le32toh(request->features);
	struct vd_sound_params params;
	uint32_t status;

	if (features & ~vd_snd_pcm_features(sound))
		return VIRTIO_SND_S_NOT_SUPP;
	status = parse_params(request, stream->info, &params);
	if (status != VIRTIO_SND_S_OK)
		return status;

	vd_snd_pcm_drop(sound, stream);
	vd_snd_set_state(sound, stream, VD_SND_SET);
	stream->params = params;
	stream->xruns = features & 1U << VIRTIO_SND_PCM_F_EVT_XRUNS;

	return VIRTIO_SND_S_OK;
}

uint32_t vd_snd_pcm_set_params(struct vd_sound *sound,
			       const union vd_snd_request *request,
			       struct vd_chain *chain)
{
	struct vd_snd_stream *stream = find(sound, request);

	(void)chain;

	if (!stream)
		return VIRTIO_SND_S_BAD_MSG;
	if (stream->state == VD_SND_RUNNING)
		return VIRTIO_SND_S_NOT_SUPP;

	return set_params(sound, stream, &request->params);
}

/* From the beginning. */
static void rewind_stream(struct vd_sound *sound, struct vd_snd_stream *stream)
{
	stream->stalled = false;
	stream->completed = 0;
	stream->queued = 0;
	stream->moved = 0;
	stream->given = 0;
	stream->consumed = 0;
	stream->prompt = false;
	stream->earliest = 0;
	stream->next = 0;
	stream->clock = (struct vd_snd_clock){ .at = sound->device.now };
}

/* A backend that is prepared already is told so in the same way. */
uint32_t vd_snd_pcm_prepare(struct vd_sound *sound,
			    const union vd_snd_request *request,
			    struct vd_chain *chain)
{
	struct vd_sound_backend *backend = sound->backend;
	struct vd_snd_stream *stream = find(sound, request);

	(void)chain;

	if (!stream)
		return VIRTIO_SND_S_BAD_MSG;
	if (stream->state == VD_SND_NEW || stream->state == VD_SND_RUNNING)
		return VIRTIO_SND_S_NOT_SUPP;

	vd_snd_complete_all(sound, stream);
	rewind_stream(sound, stream);
	vd_snd_set_state(sound, stream, VD_SND_SET);
	if (!stream->lost &&
	    backend->ops->prepare(backend, stream->id, &stream->params) < 0)
		return VIRTIO_SND_S_IO_ERR;
	vd_snd_set_state(sound, stream, VD_SND_PREPARED);

	return VIRTIO_SND_S_OK;
}

/*
 * The driver must have its messages back before it has this answer.  So those
 * that it has not told us of are looked for, and the queue does not wait until
 * the device is left.
 */
uint32_t vd_snd_pcm_release(struct vd_sound *sound,
			    const union vd_snd_request *request,
			    struct vd_chain *chain)
{
	struct vd_snd_stream *stream = find(sound, request);
	unsigned int index;
	struct vd_queue *queue;

	(void)chain;

	if (!stream)
		return VIRTIO_SND_S_BAD_MSG;

	vd_snd_take(sound, stream->info->direction);
	vd_snd_pcm_drop(sound, stream);

	index = vd_snd_queue_of(stream->info->direction);
	queue = sound->device.queues[index];
	if (queue && queue->ops->flush(queue))
		sound->device.again |= 1U << index;

	return VIRTIO_SND_S_OK;
}

uint32_t vd_snd_pcm_start(struct vd_sound *sound,
			  const union vd_snd_request *request,
			  struct vd_chain *chain)
{
	struct vd_sound_backend *backend = sound->backend;
	struct vd_snd_stream *stream = find(sound, request);

	(void)chain;

	if (!stream)
		return VIRTIO_SND_S_BAD_MSG;
	if (stream->state != VD_SND_PREPARED && stream->state != VD_SND_STOPPED)
		return VIRTIO_SND_S_NOT_SUPP;

	/* The host begins with all that is there to begin with. */
	vd_snd_take(sound, stream->info->direction);
	vd_snd_set_state(sound, stream, VD_SND_RUNNING);
	stream->stalled = false;
	stream->clock.at = sound->device.now;
	stream->progress = sound->device.now;
	if (!stream->lost)
		backend->ops->start(backend, stream->id);
	vd_snd_stream_serve(sound, stream);

	return VIRTIO_SND_S_OK;
}

/* With no message left, the end has come; else it is a pause. */
uint32_t vd_snd_pcm_stop(struct vd_sound *sound,
			 const union vd_snd_request *request,
			 struct vd_chain *chain)
{
	struct vd_sound_backend *backend = sound->backend;
	struct vd_snd_stream *stream = find(sound, request);

	(void)chain;

	if (!stream)
		return VIRTIO_SND_S_BAD_MSG;
	if (!is_prepared(stream))
		return VIRTIO_SND_S_NOT_SUPP;
	if (stream->state != VD_SND_RUNNING)
		return VIRTIO_SND_S_OK;

	vd_snd_take(sound, stream->info->direction);
	vd_snd_stream_advance(sound, stream);
	vd_snd_set_state(sound, stream, VD_SND_STOPPED);
	if (!stream->lost)
		backend->ops->stop(backend, stream->id,
				   vd_snd_is_playback(stream) && !stream->head);

	return VIRTIO_SND_S_OK;
}

/* The host gets the messages when their queue has started. */
int vd_snd_pcm_restore(struct vd_sound *sound, struct vd_snd_stream *stream,
		       const struct virtio_snd_pcm_set_params *params,
		       enum vd_snd_state state, uint32_t ahead)
{
	struct vd_sound_backend *backend = sound->backend;

	if (ahead > VD_SND_MAX_BUFFER)
		return -EBADMSG;
	if (set_params(sound, stream, params) != VIRTIO_SND_S_OK)
		return -ENOTSUP;
	if (state == VD_SND_SET)
		return 0;

	rewind_stream(sound, stream);
	stream->clock.at = VD_NEVER;
	vd_snd_stream_skip(stream, ahead);
	if (!stream->lost &&
	    backend->ops->prepare(backend, stream->id, &stream->params) < 0)
		return -ENOTSUP;
	vd_snd_set_state(sound, stream, state);
	stream->progress = sound->device.now;
	if (state == VD_SND_RUNNING && !stream->lost)
		backend->ops->start(backend, stream->id);

	return 0;
}
