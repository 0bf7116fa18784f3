/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The file that a session's state is in; between kept.c, which writes it, and
 * kept-restore.c, which reads it.  Not installed.
 */

#ifndef VHOST_USER_KEPT_PRIVATE_H
#define VHOST_USER_KEPT_PRIVATE_H

#include "vhost-user/kept.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

#define VHU_STATE_MAGIC 0x56444b54U
#define VHU_STATE_VERSION 1

/**
 * struct vhu_saved_ring - a ring
 * @addr:    as the front-end has set it
 * @num:     likewise
 * @base:    likewise, or where the ring has stopped
 * @has_addr: and the rest as in struct vhu_vring
 * @started: likewise
 * @enabled: likewise
 * @no_kick: likewise
 */
struct vhu_saved_ring {
	struct vhu_vring_addr addr;
	uint32_t num;
	uint32_t base;
	uint8_t has_addr;
	uint8_t started;
	uint8_t enabled;
	uint8_t no_kick;
	uint32_t padding;
};

/**
 * struct vhu_saved - a session
 * @check:    of all that follows
 * @turn:     the higher one is newer
 * @features: as negotiated
 * @protocol_features: likewise
 * @id:       of the device
 * @own_records: as in struct vhu_account
 * @records:  of what is under way
 * @numbers:  by place
 * @regions:  of memory
 * @rings:    one for each queue
 */
struct vhu_saved {
	uint64_t check;
	uint64_t turn;
	uint64_t features;
	uint64_t protocol_features;
	uint32_t id;
	uint32_t own_records;
	struct vhu_inflight records;
	uint8_t numbers[64];
	struct vhu_region regions[VHU_KEPT_REGIONS];
	struct vhu_saved_ring rings[VD_MAX_QUEUES];
};

_Static_assert(VHU_N_PLACES <= 64, "they have to fit into @numbers");

/**
 * struct vhu_saved_device - the state of a device
 * @turn: the higher one is newer; 0 while it is being written
 * @len:  bytes of it
 */
struct vhu_saved_device {
	vd_aligned_u64 turn;
	uint64_t len;
};

/**
 * struct vhu_state_file - the file
 * @magic:   VHU_STATE_MAGIC
 * @version: of the layout
 * @busy:    a message may have been received in part, or not been answered
 * @padding: 0
 * @saved:   written in turn, so that one of them is always whole
 * @devices: likewise
 * @state:   what vd_device_save() wrote, twice
 */
struct vhu_state_file {
	uint32_t magic;
	uint32_t version;
	uint32_t busy;
	uint32_t padding;
	struct vhu_saved saved[2];
	struct vhu_saved_device devices[2];
	uint8_t state[];
};

/**
 * vhu_state_file_size() - how long is it?
 */
static inline size_t vhu_state_file_size(const struct vd_device *device)
{
	return sizeof(struct vhu_state_file) + 2 * vd_device_state_size(device);
}

/**
 * vhu_place_identify() - is it a plain file, and which one?
 * @place: set to that file; unchanged for any other descriptor
 * @fd:    the descriptor
 */
void vhu_place_identify(struct vhu_place *place, int fd);

/**
 * vhu_saved_check() - what @check has to be
 */
uint64_t vhu_saved_check(const struct vhu_saved *saved);

/**
 * vhu_kept_listen() - be told when the keeper has caught up
 * @session: has an account now
 */
void vhu_kept_listen(struct vhu_session *session);

#endif
