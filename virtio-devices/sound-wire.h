/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What <linux/virtio_snd.h> does not have before Linux 6.10: control elements
 * (virtio 1.3, section 5.14.6.10), and rates that virtio 1.4 adds.  Not
 * installed.
 */

#ifndef VIRTIO_DEVICES_SOUND_WIRE_H
#define VIRTIO_DEVICES_SOUND_WIRE_H

#include <linux/virtio_snd.h>
#include <stdint.h>

/* The feature bit, and what it adds to the configuration space. */
#define SND_F_CTLS 0
#define SND_CONFIG_LEN 12
#define SND_CONFIG_LEN_CTLS 16

/* Two rates beside those of the header: 12000 and 24000 Hz. */
#define SND_PCM_RATE_12000 14
#define SND_PCM_RATE_24000 15

enum snd_ctl_code {
	SND_R_CTL_INFO = 0x300,
	SND_R_CTL_ENUM_ITEMS,
	SND_R_CTL_READ,
	SND_R_CTL_WRITE,
	SND_R_CTL_TLV_READ,
	SND_R_CTL_TLV_WRITE,
	SND_R_CTL_TLV_COMMAND,
	SND_EVT_CTL_NOTIFY = 0x1200,
};

enum snd_ctl_role {
	SND_CTL_ROLE_VOLUME = 1,
	SND_CTL_ROLE_MUTE = 2,
};

enum snd_ctl_type {
	SND_CTL_TYPE_BOOLEAN = 0,
	SND_CTL_TYPE_INTEGER = 1,
};

enum snd_ctl_access {
	SND_CTL_ACCESS_READ = 1 << 0,
	SND_CTL_ACCESS_WRITE = 1 << 1,
	SND_CTL_ACCESS_TLV_READ = 1 << 4,
};

enum snd_ctl_event_mask {
	SND_CTL_EVT_MASK_VALUE = 1 << 0,
};

/* One of the two first types of metadata, as ALSA has them. */
#define SND_CTL_TLV_DB_SCALE 1
#define SND_CTL_TLV_DB_SCALE_MUTE 0x10000

struct snd_ctl_hdr {
	uint32_t code;
	uint32_t control_id;
};

/**
 * struct snd_ctl_info - up to what is different on i386
 *
 * A union with 64-bit members follows.  It is aligned to 8 bytes, but to 4 for
 * a driver on i386, which says so with the size of the item.
 */
struct snd_ctl_info {
	uint32_t hda_fn_nid;
	uint32_t role;
	uint32_t type;
	uint32_t access;
	uint32_t count;
	uint32_t index;
	char name[44];
};

#define SND_CTL_INFO_SIZE 96
#define SND_CTL_INFO_SIZE_I386 92

struct snd_ctl_integer {
	uint32_t min;
	uint32_t max;
	uint32_t step;
};

/* A union of what a control's value can be, of which we need the integers. */
#define SND_CTL_VALUE_SIZE 512

struct snd_ctl_tlv {
	uint32_t type;
	uint32_t length;
	uint32_t value[2];
};

struct snd_ctl_event {
	uint32_t code;
	uint16_t control_id;
	uint16_t mask;
};

#endif
