/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The control queue of a sound device: each request is answered at once.
 */

#include <endian.h>
#include <errno.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

#define HDR_SIZE sizeof(struct virtio_snd_hdr)

/**
 * struct kind - a kind of request
 * @code:   VIRTIO_SND_R_*
 * @size:   what all requests of the kind have
 * @handle: see there
 */
struct kind {
	uint32_t code;
	uint32_t size;
	vd_snd_handler *handle;
};

#define QUERY sizeof(struct virtio_snd_query_info)
#define PCM sizeof(struct virtio_snd_pcm_hdr)
#define CTL sizeof(struct snd_ctl_hdr)

static const struct kind kinds[] = {
	{ VIRTIO_SND_R_JACK_INFO, QUERY, vd_snd_jack_info },
	{ VIRTIO_SND_R_JACK_REMAP, sizeof(struct virtio_snd_jack_remap),
	  vd_snd_jack_remap },
	{ VIRTIO_SND_R_PCM_INFO, QUERY, vd_snd_pcm_info },
	{ VIRTIO_SND_R_PCM_SET_PARAMS, sizeof(struct virtio_snd_pcm_set_params),
	  vd_snd_pcm_set_params },
	{ VIRTIO_SND_R_PCM_PREPARE, PCM, vd_snd_pcm_prepare },
	{ VIRTIO_SND_R_PCM_RELEASE, PCM, vd_snd_pcm_release },
	{ VIRTIO_SND_R_PCM_START, PCM, vd_snd_pcm_start },
	{ VIRTIO_SND_R_PCM_STOP, PCM, vd_snd_pcm_stop },
	{ VIRTIO_SND_R_CHMAP_INFO, QUERY, vd_snd_chmap_info },
	{ SND_R_CTL_INFO, QUERY, vd_snd_ctl_info },
	{ SND_R_CTL_ENUM_ITEMS, CTL, vd_snd_ctl_refuse },
	{ SND_R_CTL_READ, CTL, vd_snd_ctl_read },
	{ SND_R_CTL_WRITE, CTL, vd_snd_ctl_write },
	{ SND_R_CTL_TLV_READ, CTL, vd_snd_ctl_tlv_read },
	{ SND_R_CTL_TLV_WRITE, CTL, vd_snd_ctl_refuse },
	{ SND_R_CTL_TLV_COMMAND, CTL, vd_snd_ctl_refuse },
};

static const struct kind *kind_of(uint32_t code)
{
	for (size_t i = 0; i < VD_ARRAY_SIZE(kinds); i++) {
		if (kinds[i].code == code)
			return &kinds[i];
	}

	return NULL;
}

static uint32_t do_request(struct vd_sound *sound, struct vd_chain *chain)
{
	union vd_snd_request request = { 0 };
	const struct kind *kind;

	if (vd_chain_read(chain, &request, HDR_SIZE) < 0)
		return VIRTIO_SND_S_BAD_MSG;
	kind = kind_of(le32toh(request.hdr.code));
	if (!kind)
		return VIRTIO_SND_S_NOT_SUPP;
	if (vd_chain_read(chain, (char *)&request + HDR_SIZE,
			  kind->size - HDR_SIZE) < 0)
		return VIRTIO_SND_S_BAD_MSG;

	/* Most requests are about what the next process has to know. */
	sound->device.changed = true;

	return kind->handle(sound, &request, chain);
}

/* The header of the answer comes first, but is known last. */
static void serve(struct vd_sound *sound, struct vd_chain *chain)
{
	struct vd_stream start = chain->writable, payload, end;
	struct virtio_snd_hdr answer;
	uint32_t status;

	if (chain->room < HDR_SIZE) {
		vd_chain_complete(chain, 0);
		return;
	}

	vd_stream_skip(&chain->writable, HDR_SIZE);
	payload = chain->writable;
	status = do_request(sound, chain);
	end = status == VIRTIO_SND_S_OK ? chain->writable : payload;

	answer.code = htole32(status);
	chain->writable = start;
	(void)vd_chain_write(chain, &answer, sizeof(answer));
	chain->writable = end;
	vd_chain_complete(chain, chain->room - end.left);
}

void vd_snd_control_kick(struct vd_sound *sound)
{
	struct vd_queue *queue = sound->device.queues[VIRTIO_SND_VQ_CONTROL];
	struct vd_chain *chain;

	while (vd_queue_pop(queue, &chain) > 0)
		serve(sound, chain);
}
