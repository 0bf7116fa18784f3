/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a sound device has: jacks, streams and channel maps.
 */

#include <endian.h>
#include <string.h>

#include "virtio-devices/sound-private.h"
#include "virtio-devices/util.h"

/*
 * What a driver of some future version may want to know of an item.  Without a
 * bound, zeros could be asked for by the gigabyte.
 */
#define MAX_STRIDE 1024

uint32_t vd_snd_answer_items(struct vd_sound *sound,
			     const struct vd_snd_items *items,
			     const union vd_snd_request *request,
			     struct vd_chain *chain)
{
	uint32_t start = le32toh(request->query.start_id);
	uint32_t count = le32toh(request->query.count);
	uint32_t size = le32toh(request->query.size);
	uint64_t end = (uint64_t)start + count;

	if (end > items->n)
		return VIRTIO_SND_S_BAD_MSG;
	if (count == 0)
		return VIRTIO_SND_S_OK;
	if (size < items->min_size || size > MAX_STRIDE)
		return VIRTIO_SND_S_BAD_MSG;
	if ((uint64_t)count * size > chain->writable.left)
		return VIRTIO_SND_S_BAD_MSG;

	for (uint32_t id = start; id < end; id++) {
		uint8_t item[VD_SND_MAX_ITEM] = { 0 };
		size_t n = items->write(sound, id, item, size);

		(void)vd_chain_write(chain, item, n);
		(void)vd_chain_fill(chain, size - n);
	}

	return VIRTIO_SND_S_OK;
}

static size_t write_jack(struct vd_sound *sound, uint32_t id, void *item,
			 uint32_t size)
{
	const struct vd_sound_jack_info *info = &sound->backend->jacks[id];
	const struct virtio_snd_jack_info jack = {
		.hdr.hda_fn_nid = htole32(info->nid),
		.hda_reg_defconf = htole32(info->defconf),
		.hda_reg_caps = htole32(info->caps),
		.connected = sound->connected >> id & 1,
	};

	(void)size;
	memcpy(item, &jack, sizeof(jack));
	return sizeof(jack);
}

static size_t write_pcm(struct vd_sound *sound, uint32_t id, void *item,
			uint32_t size)
{
	const struct vd_sound_stream_info *info = &sound->backend->streams[id];
	const struct virtio_snd_pcm_info pcm = {
		.hdr.hda_fn_nid = htole32(info->nid),
		.features = htole32(vd_snd_pcm_features(sound)),
		.formats = htole64(info->formats),
		.rates = htole64(info->rates),
		.direction = (uint8_t)info->direction,
		.channels_min = info->channels_min,
		.channels_max = info->channels_max,
	};

	(void)size;
	memcpy(item, &pcm, sizeof(pcm));
	return sizeof(pcm);
}

static size_t write_chmap(struct vd_sound *sound, uint32_t id, void *item,
			  uint32_t size)
{
	const struct vd_sound_chmap_info *info = &sound->backend->chmaps[id];
	struct virtio_snd_chmap_info chmap = {
		.hdr.hda_fn_nid = htole32(info->nid),
		.direction = (uint8_t)info->direction,
		.channels = info->channels,
	};

	(void)size;
	memcpy(chmap.positions, info->positions, info->channels);
	memcpy(item, &chmap, sizeof(chmap));
	return sizeof(chmap);
}

uint32_t vd_snd_jack_info(struct vd_sound *sound,
			  const union vd_snd_request *request,
			  struct vd_chain *chain)
{
	const struct vd_snd_items jacks = {
		.n = sound->backend->n_jacks,
		.min_size = sizeof(struct virtio_snd_jack_info),
		.write = write_jack,
	};

	return vd_snd_answer_items(sound, &jacks, request, chain);
}

/* No jack says that it can be remapped (VIRTIO_SND_JACK_F_REMAP). */
uint32_t vd_snd_jack_remap(struct vd_sound *sound,
			   const union vd_snd_request *request,
			   struct vd_chain *chain)
{
	(void)chain;

	if (le32toh(request->remap.hdr.jack_id) >= sound->backend->n_jacks)
		return VIRTIO_SND_S_BAD_MSG;

	return VIRTIO_SND_S_NOT_SUPP;
}

uint32_t vd_snd_pcm_info(struct vd_sound *sound,
			 const union vd_snd_request *request,
			 struct vd_chain *chain)
{
	const struct vd_snd_items streams = {
		.n = sound->backend->n_streams,
		.min_size = sizeof(struct virtio_snd_pcm_info),
		.write = write_pcm,
	};

	return vd_snd_answer_items(sound, &streams, request, chain);
}

uint32_t vd_snd_chmap_info(struct vd_sound *sound,
			   const union vd_snd_request *request,
			   struct vd_chain *chain)
{
	const struct vd_snd_items chmaps = {
		.n = sound->backend->n_chmaps,
		.min_size = sizeof(struct virtio_snd_chmap_info),
		.write = write_chmap,
	};

	return vd_snd_answer_items(sound, &chmaps, request, chain);
}
