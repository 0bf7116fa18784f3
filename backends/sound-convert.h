/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Samples of formats that a host does not have, as another one that it has.
 *
 * A host's formats are named as a guest's are: VIRTIO_SND_PCM_FMT_*.  All are
 * little-endian.  Only such conversions are here as lose nothing of what the
 * guest plays (but the precision of FLOAT64), and cost an instruction or three
 * for each sample.
 */

#ifndef BACKENDS_SOUND_CONVERT_H
#define BACKENDS_SOUND_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct vb_sound_conversion - how to get from one format to another
 * @guest: the guest's format
 * @host:  the host's; the same if there is nothing to be done
 * @guest_bytes: how many a sample of @guest has
 * @host_bytes:  how many a sample of @host has, which are no more
 * @shift: bits that a sample is moved to the left for the host
 * @flip:  bits that are changed after that
 */
struct vb_sound_conversion {
	uint8_t guest;
	uint8_t host;
	uint8_t guest_bytes;
	uint8_t host_bytes;
	uint8_t shift;
	uint32_t flip;
};

/**
 * vb_sound_conversion_find() - how does a guest's format reach this host?
 * @format: the guest's format
 * @direct: VD_BIT() of each format that the host has
 * @ret:    the conversion
 *
 * Return: false if it does not.
 */
bool vb_sound_conversion_find(unsigned int format, uint64_t direct,
			      struct vb_sound_conversion *ret);

/**
 * vb_sound_conversion_formats() - what can guests use with this host?
 * @direct: VD_BIT() of each format that the host has
 *
 * Return: VD_BIT() of each format that vb_sound_conversion_find() finds.
 */
uint64_t vb_sound_conversion_formats(uint64_t direct);

/**
 * vb_sound_conversion_is_none() - is there nothing to be done?
 * @conversion: the conversion
 */
static inline bool
vb_sound_conversion_is_none(const struct vb_sound_conversion *conversion)
{
	return conversion->guest == conversion->host;
}

/**
 * vb_sound_to_host() - convert what a guest plays
 * @conversion: how
 * @dst:        receives the samples; may be @src
 * @src:        samples of the guest's
 * @n_samples:  how many; a frame has one for each channel
 */
void vb_sound_to_host(const struct vb_sound_conversion *conversion, void *dst,
		      const void *src, size_t n_samples);

/**
 * vb_sound_to_guest() - convert what a guest records
 * @conversion: how
 * @dst:        receives the samples; may be @src if both formats have samples
 *              of the same size
 * @src:        samples of the host's
 * @n_samples:  how many
 *
 * Bits for which the guest's format has no room are lost.
 */
void vb_sound_to_guest(const struct vb_sound_conversion *conversion, void *dst,
		       const void *src, size_t n_samples);

#endif
