/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a sound device tells unasked.
 */

#include <endian.h>

#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"

static struct vhu_driver_ring *ring_of(const struct probe_sound *sound)
{
	return vhu_frontend_queue(sound->probe->frontend, VIRTIO_SND_VQ_EVENT)
		->ring;
}

static int offer(struct probe_sound *sound, struct probe_sound_event *event)
{
	const struct vhu_driver_chain chain = {
		.buffers = &event->buffer,
		.n_writable = 1,
		.token = event,
	};

	return vhu_driver_ring_add(ring_of(sound), &chain);
}

static int publish(struct probe_sound *sound)
{
	struct vhu_frontend *frontend = sound->probe->frontend;
	int r = 0;

	if (vhu_driver_ring_publish(ring_of(sound)))
		r = vhu_frontend_kick(frontend, VIRTIO_SND_VQ_EVENT);

	return r < 0 ? probe_request_failed(sound->probe, r) : 0;
}

int probe_sound_listen(struct probe_sound *sound)
{
	for (size_t i = 0; i < PROBE_SOUND_N_EVENTS; i++) {
		struct probe_sound_event *event = &sound->events[i];
		int r;

		event->event = probe_alloc(sound->probe, sizeof(*event->event),
					   &event->buffer);
		r = offer(sound, event);
		if (r < 0)
			return probe_request_failed(sound->probe, r);
	}

	return publish(sound);
}

int probe_sound_hear(struct probe_sound *sound)
{
	struct vhu_driver_used used;
	bool heard = false;
	int r;

	while ((r = vhu_driver_ring_get(ring_of(sound), &used)) > 0) {
		struct probe_sound_event *event = used.token;

		if (le32toh(event->event->hdr.code) == VIRTIO_SND_EVT_PCM_XRUN)
			sound->n_xruns++;
		r = offer(sound, event);
		if (r < 0)
			break;
		heard = true;
	}
	if (r < 0)
		return probe_request_failed(sound->probe, r);

	return heard ? publish(sound) : 0;
}
