/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a sound device tells its driver unasked.
 *
 * There is one bit for each thing that can have happened, so that nothing grows
 * while the driver has no buffer for it.  A buffer is taken from the queue only
 * when there is something to be put into it.
 */

#include <assert.h>
#include <endian.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

static unsigned int lowest(uint64_t bits)
{
	return (unsigned int)__builtin_ctzll(bits);
}

static struct virtio_snd_event make_event(uint32_t code, uint32_t data)
{
	return (struct virtio_snd_event){
		.hdr.code = htole32(code),
		.data = htole32(data),
	};
}

static struct virtio_snd_event jack_event(const struct vd_sound *sound,
					  unsigned int jack)
{
	bool connected = sound->connected >> jack & 1;

	return make_event(connected ? VIRTIO_SND_EVT_JACK_CONNECTED
				    : VIRTIO_SND_EVT_JACK_DISCONNECTED,
			  jack);
}

/* As data, this is the number in the lower half, and the mask in the upper. */
static struct virtio_snd_event control_event(unsigned int control)
{
	return make_event(SND_EVT_CTL_NOTIFY,
			  control | (uint32_t)SND_CTL_EVT_MASK_VALUE << 16);
}

/* Take one out of those that are pending; there is one. */
static struct virtio_snd_event next_event(struct vd_sound *sound)
{
	struct vd_snd_events *events = &sound->events;
	unsigned int i;

	if (events->jacks) {
		i = lowest(events->jacks);
		events->jacks &= ~VD_BIT(i);
		return jack_event(sound, i);
	}
	if (events->xruns) {
		i = lowest(events->xruns);
		events->xruns &= ~VD_BIT(i);
		return make_event(VIRTIO_SND_EVT_PCM_XRUN, i);
	}
	if (events->volumes) {
		i = lowest(events->volumes);
		events->volumes &= ~VD_BIT(i);
		return control_event(i * VD_SND_CONTROLS_PER_STREAM);
	}

	i = lowest(events->mutes);
	events->mutes &= ~VD_BIT(i);
	return control_event(i * VD_SND_CONTROLS_PER_STREAM + 1);
}

static bool is_pending(const struct vd_snd_events *events)
{
	return events->jacks || events->xruns || events->volumes ||
	       events->mutes;
}

void vd_snd_tell(struct vd_sound *sound)
{
	struct vd_queue *queue = sound->device.queues[VIRTIO_SND_VQ_EVENT];
	struct vd_chain *chain;

	while (is_pending(&sound->events) && vd_queue_pop(queue, &chain) > 0) {
		struct virtio_snd_event event;

		if (chain->room < sizeof(event)) {
			vd_chain_complete(chain, 0);
			continue;
		}
		event = next_event(sound);
		(void)vd_chain_write(chain, &event, sizeof(event));
		vd_chain_complete(chain, sizeof(event));
	}
}

void vd_sound_jack(struct vd_sound *sound, uint32_t jack, bool connected)
{
	assert(jack < sound->backend->n_jacks);
	if (connected == (sound->connected >> jack & 1))
		return;

	sound->connected ^= VD_BIT(jack);
	sound->events.jacks |= VD_BIT(jack);
	vd_snd_tell(sound);
	vd_device_flush(&sound->device);
}

void vd_sound_xrun(struct vd_sound *sound, uint32_t id)
{
	struct vd_snd_stream *stream = &sound->streams[id];

	assert(id < sound->backend->n_streams);
	if (stream->state != VD_SND_RUNNING || !stream->xruns)
		return;

	sound->events.xruns |= VD_BIT(id);
	vd_snd_tell(sound);
	vd_device_flush(&sound->device);
}
