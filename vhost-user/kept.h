/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A session's account of what its keeper has.  Not installed.
 */

#ifndef VHOST_USER_KEPT_H
#define VHOST_USER_KEPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vhost-user/keeper.h"
#include "vhost-user/wire.h"

struct vhu_session;

/* No VMM has been seen to share more; a session that has more is not kept. */
#define VHU_KEPT_REGIONS 32

/* Where a session uses descriptors: by itself, in queue Q, in memory. */
#define VHU_AT_CONNECTION 0
#define VHU_AT_RECORDS 1
#define VHU_AT_REQUESTS 2
#define VHU_AT_KICK(q) (3 + 3 * (q))
#define VHU_AT_CALL(q) (4 + 3 * (q))
#define VHU_AT_ERR(q) (5 + 3 * (q))
#define VHU_AT_REGION(i) (15 + (i))
#define VHU_N_PLACES VHU_AT_REGION(VHU_KEPT_REGIONS)

/**
 * struct vhu_place - a place where a descriptor is used
 * @number: its number with the keeper; 0: nothing is there
 * @fd:     the session's descriptor; -1: a plain file, which it has closed
 * @dev:    device and
 * @inode:  inode of a plain file
 */
struct vhu_place {
	unsigned int number;
	int fd;
	dev_t dev;
	ino_t inode;
};

/**
 * struct vhu_account - the account
 * @keeper:  who keeps it; NULL: nobody does
 * @file:    that of the state, or -1
 * @map:     the same, mapped; NULL as long as nothing is kept
 * @turn:    how often the state was written
 * @device_turn: likewise the device's
 * @restoring: the device's state is being read
 * @places:  what is where
 * @users:   in how many places each number is
 * @regions: memory, as the front-end described it
 * @too_much: there is more than can be kept
 * @own_records: entries of the records that we made for ourselves; 0: the
 *           front-end has its own
 */
struct vhu_account {
	struct vhu_keeper *keeper;
	int file;
	struct vhu_state_file *map;
	uint64_t turn;
	uint64_t device_turn;
	bool restoring;
	struct vhu_place places[VHU_N_PLACES];
	unsigned int users[VHU_N_KEPT];
	struct vhu_region regions[VHU_KEPT_REGIONS];
	bool too_much;
	uint32_t own_records;
};

/**
 * vhu_kept_begin() - a message may have arrived in part
 * @session: cannot be taken up by another process until vhu_kept_end()
 */
void vhu_kept_begin(struct vhu_session *session);

/**
 * vhu_kept_save() - everything is to be kept as it is now
 * @session: has done what a message asked for, and is about to answer
 */
void vhu_kept_save(struct vhu_session *session);

/**
 * vhu_kept_end() - the message was answered
 * @session: can be taken up again, as it was saved last
 */
void vhu_kept_end(struct vhu_session *session);

/**
 * vhu_kept_put() - another descriptor is used
 * @session: the session
 * @place:   where
 * @fd:      the descriptor; -1 if there is none any more
 */
void vhu_kept_put(struct vhu_session *session, unsigned int place, int fd);

/**
 * vhu_kept_add_region() - a memory region has come
 */
void vhu_kept_add_region(struct vhu_session *session,
			 const struct vhu_region *region, int fd);

/**
 * vhu_kept_remove_region() - a memory region has gone
 */
void vhu_kept_remove_region(struct vhu_session *session,
			    const struct vhu_region *region);

/**
 * vhu_kept_clear_regions() - all of them have
 */
void vhu_kept_clear_regions(struct vhu_session *session);

/**
 * vhu_kept_records() - make records of what is under way, if the front-end has
 *                      none
 * @session: rings are about to be started
 */
void vhu_kept_records(struct vhu_session *session);

/**
 * vhu_kept_save_device() - another process is to find the device as it is
 * @session: its device has changed
 */
void vhu_kept_save_device(struct vhu_session *session);

/**
 * vhu_kept_forget() - the front-end is gone: nothing has to be kept any more
 */
void vhu_kept_forget(struct vhu_session *session);

/**
 * vhu_kept_fini() - let go of the account; what is kept stays kept
 */
void vhu_kept_fini(struct vhu_session *session);

/**
 * vhu_kept_restore() - take up a session where another process left it
 * @session: new, with nothing but its connection
 * @kept:    descriptors; those that are used are taken out
 *
 * Return: 0, -ESTALE if the other process was in the middle of a message,
 *         -EBADMSG if something is missing, or another negative errno.
 */
int vhu_kept_restore(struct vhu_session *session, struct vhu_kept *kept);

#endif
