/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "daemons/probe-sound-driver.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-sound-wav.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

#define RING_SIZE 1024
#define N_QUEUES 4

/* More than any request has, and than all streams' descriptions. */
#define REQUEST_SIZE 64
#define RESPONSE_SIZE 65536

/* An event, and what its memory is rounded up to. */
#define EVENT_ROOM 64

static unsigned int find_rate(uint32_t hz)
{
	unsigned int i = 0;

	while (i < VD_SOUND_N_RATES && vd_sound_rate_hz(i) != hz)
		i++;

	return i;
}

static int read_config(struct probe_sound *sound)
{
	const struct probe *probe = sound->probe;
	struct virtio_snd_config config;
	int r;

	r = probe_read_config(probe, &config, 3 * sizeof(uint32_t),
			      "a sound device");
	if (r < 0)
		return r;

	sound->n_jacks = le32toh(config.jacks);
	sound->n_streams = le32toh(config.streams);
	sound->n_chmaps = le32toh(config.chmaps);

	return 0;
}

int probe_sound_start(struct probe_sound *sound, struct probe *probe,
		      size_t bytes)
{
	const struct probe_device device = {
		.n_queues = N_QUEUES,
		.size = RING_SIZE,
		.bytes = bytes + REQUEST_SIZE + RESPONSE_SIZE +
			 (size_t)PROBE_SOUND_N_EVENTS * EVENT_ROOM + 4096,
	};
	int r;

	*sound = (struct probe_sound){ .probe = probe };
	r = read_config(sound);
	if (r == 0)
		r = probe_start(probe, &device);
	if (r < 0)
		return r;

	sound->request = probe_alloc(probe, REQUEST_SIZE, &sound->buffers[0]);
	sound->response = probe_alloc(probe, RESPONSE_SIZE, &sound->buffers[1]);

	return probe_sound_listen(sound);
}

static const char *status_name(uint32_t status)
{
	switch (status) {
	case VIRTIO_SND_S_BAD_MSG:
		return "it makes no sense (BAD_MSG)";
	case VIRTIO_SND_S_NOT_SUPP:
		return "it is not supported (NOT_SUPP)";
	case VIRTIO_SND_S_IO_ERR:
		return "it has failed (IO_ERR)";
	default:
		return "the answer is none; is it a sound device?";
	}
}

static const char *request_name(uint32_t code)
{
	switch (code) {
	case VIRTIO_SND_R_JACK_INFO:
		return "JACK_INFO";
	case VIRTIO_SND_R_PCM_INFO:
		return "PCM_INFO";
	case VIRTIO_SND_R_PCM_SET_PARAMS:
		return "SET_PARAMS";
	case VIRTIO_SND_R_PCM_PREPARE:
		return "PREPARE";
	case VIRTIO_SND_R_PCM_RELEASE:
		return "RELEASE";
	case VIRTIO_SND_R_PCM_START:
		return "START";
	case VIRTIO_SND_R_PCM_STOP:
		return "STOP";
	default:
		return "CHMAP_INFO";
	}
}

/* The answer is a status and @size bytes, which stay where they are. */
static int exchange(struct probe_sound *sound, const void *request, size_t len,
		    size_t size)
{
	const struct vhu_driver_chain chain = {
		.buffers = sound->buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	const struct virtio_snd_hdr *hdr = request;
	struct vhu_driver_used used;
	uint32_t status = 0;
	int r;

	memcpy(sound->request, request, len);
	memcpy(sound->response, &status, sizeof(status));
	sound->buffers[0].len = (uint32_t)len;
	sound->buffers[1].len = (uint32_t)(size + sizeof(status));
	r = vhu_frontend_exchange(sound->probe->frontend, VIRTIO_SND_VQ_CONTROL,
				  &chain, &used);
	if (r < 0)
		return probe_request_failed(sound->probe, r);

	memcpy(&status, sound->response, sizeof(status));
	status = le32toh(status);
	if (status == VIRTIO_SND_S_OK && used.len == size + sizeof(status))
		return 0;

	log_error(sound->probe->name, "the device has refused %s: %s",
		  request_name(le32toh(hdr->code)), status_name(status));
	return -EREMOTEIO;
}

int probe_sound_query(struct probe_sound *sound, uint32_t code, uint32_t start,
		      uint32_t count, uint32_t size, void *items)
{
	const struct virtio_snd_query_info request = {
		.hdr.code = htole32(code),
		.start_id = htole32(start),
		.count = htole32(count),
		.size = htole32(size),
	};
	size_t bytes = (size_t)count * size;
	int r;

	if (bytes > RESPONSE_SIZE - sizeof(uint32_t)) {
		log_error(sound->probe->name,
			  "the back-end says that it has %u of them; is it a "
			  "sound device?",
			  count);
		return -EPROTO;
	}

	r = exchange(sound, &request, sizeof(request), bytes);
	if (r < 0)
		return r;
	memcpy(items, sound->response + sizeof(uint32_t), bytes);

	return 0;
}

static bool can_carry(const struct virtio_snd_pcm_info *info,
		      const struct probe_sound_params *params)
{
	return le64toh(info->formats) & VD_BIT(params->format) &&
	       le64toh(info->rates) & VD_BIT(find_rate(params->hz)) &&
	       params->channels >= info->channels_min &&
	       params->channels <= info->channels_max;
}

int probe_sound_find(struct probe_sound *sound, unsigned int direction,
		     uint32_t skip, const struct probe_sound_params *params,
		     uint32_t *ret)
{
	struct virtio_snd_pcm_info info;

	for (uint32_t i = 0; i < sound->n_streams; i++) {
		int r = probe_sound_query(sound, VIRTIO_SND_R_PCM_INFO, i, 1,
					  sizeof(info), &info);

		if (r < 0)
			return r;
		if (info.direction != direction || !can_carry(&info, params) ||
		    skip-- > 0)
			continue;
		*ret = i;
		return 0;
	}

	log_error(sound->probe->name,
		  "there is no (further) stream to %s with %u channels at %u "
		  "Hz of this format; see 'sound info'",
		  direction == VIRTIO_SND_D_OUTPUT ? "play" : "record",
		  params->channels, params->hz);
	return -ENOENT;
}

size_t probe_sound_bytes(const struct probe_sound_params *params)
{
	return params->n_periods * ((size_t)params->period + 512);
}

static void make_messages(struct probe_sound_stream *stream)
{
	struct probe *probe = stream->sound->probe;

	for (uint32_t i = 0; i < stream->params.n_periods; i++) {
		struct probe_sound_message *message = &stream->messages[i];

		message->stream = stream;
		message->xfer = probe_alloc(probe, sizeof(*message->xfer),
					    &message->buffers[0]);
		message->data = probe_alloc(probe, stream->params.period,
					    &message->buffers[1]);
		message->status = probe_alloc(probe, sizeof(*message->status),
					      &message->buffers[2]);
		message->xfer->stream_id = htole32(stream->id);
	}
}

/* Whether the device can tell is a matter of its options. */
static int find_xruns(struct probe_sound *sound, uint32_t id, bool *xruns)
{
	struct virtio_snd_pcm_info info;
	int r;

	if (!*xruns)
		return 0;

	r = probe_sound_query(sound, VIRTIO_SND_R_PCM_INFO, id, 1, sizeof(info),
			      &info);
	if (r == 0)
		*xruns = le32toh(info.features) &
			 1U << VIRTIO_SND_PCM_F_EVT_XRUNS;

	return r;
}

static int set_params(struct probe_sound_stream *stream)
{
	const struct probe_sound_params *params = &stream->params;
	const struct virtio_snd_pcm_set_params request = {
		.hdr.hdr.code = htole32(VIRTIO_SND_R_PCM_SET_PARAMS),
		.hdr.stream_id = htole32(stream->id),
		.buffer_bytes = htole32(params->period * params->n_periods),
		.period_bytes = htole32(params->period),
		.features = htole32(
			params->xruns ? 1U << VIRTIO_SND_PCM_F_EVT_XRUNS : 0),
		.channels = (uint8_t)params->channels,
		.format = (uint8_t)params->format,
		.rate = (uint8_t)find_rate(params->hz),
	};

	return exchange(stream->sound, &request, sizeof(request), 0);
}

int probe_sound_open(struct probe_sound_stream *stream,
		     struct probe_sound *sound, unsigned int direction,
		     uint32_t id, const struct probe_sound_params *params)
{
	int r;

	*stream = (struct probe_sound_stream){
		.sound = sound,
		.id = id,
		.direction = direction,
		.params = *params,
	};
	make_messages(stream);
	r = find_xruns(sound, id, &stream->params.xruns);
	if (r == 0)
		r = set_params(stream);

	return r < 0 ? r
		     : probe_sound_request(stream, VIRTIO_SND_R_PCM_PREPARE);
}

int probe_sound_request(struct probe_sound_stream *stream, uint32_t code)
{
	const struct virtio_snd_pcm_hdr request = {
		.hdr.code = htole32(code),
		.stream_id = htole32(stream->id),
	};

	return exchange(stream->sound, &request, sizeof(request), 0);
}

static unsigned int queue_of(unsigned int direction)
{
	return direction == VIRTIO_SND_D_OUTPUT ? VIRTIO_SND_VQ_TX
						: VIRTIO_SND_VQ_RX;
}

int probe_sound_submit(struct probe_sound_message *message)
{
	const struct probe_sound_stream *stream = message->stream;
	unsigned int index = queue_of(stream->direction);
	bool plays = stream->direction == VIRTIO_SND_D_OUTPUT;
	const struct vhu_driver_chain chain = {
		.buffers = message->buffers,
		.n_readable = plays ? 2 : 1,
		.n_writable = plays ? 1 : 2,
		.token = message,
	};
	struct vhu_frontend *frontend = stream->sound->probe->frontend;
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(frontend, index)->ring;
	int r;

	if (plays)
		message->buffers[1].len = message->len;
	message->status->status = 0;
	r = vhu_driver_ring_add(ring, &chain);
	if (r == 0 && vhu_driver_ring_publish(ring))
		r = vhu_frontend_kick(frontend, index);

	return r < 0 ? probe_request_failed(stream->sound->probe, r) : 0;
}

static int check_message(struct probe_sound_message *message, uint32_t len)
{
	const struct probe *probe = message->stream->sound->probe;
	uint32_t status = le32toh(message->status->status);

	message->latency = le32toh(message->status->latency_bytes);
	if (message->stream->direction == VIRTIO_SND_D_INPUT)
		message->len = len - VD_MIN(len, sizeof(*message->status));
	if (status == VIRTIO_SND_S_OK)
		return 0;

	log_error(probe->name, "the device has refused a message: %s",
		  status_name(status));
	return -EREMOTEIO;
}

int probe_sound_collect(struct probe_sound *sound, unsigned int direction,
			struct probe_sound_message **ret)
{
	struct vhu_frontend *frontend = sound->probe->frontend;
	unsigned int index = queue_of(direction);
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(frontend, index)->ring;
	struct vhu_driver_used used;
	int r;

	while ((r = vhu_driver_ring_get(ring, &used)) == 0) {
		r = vhu_frontend_wait(frontend, index);
		if (r < 0)
			break;
	}
	if (r < 0)
		return probe_request_failed(sound->probe, r);

	*ret = used.token;
	r = probe_sound_hear(sound);

	return r < 0 ? r : check_message(*ret, used.len);
}
