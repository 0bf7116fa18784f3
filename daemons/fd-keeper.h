/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Gives systemd the descriptors of one guest to keep, at a pace that a front-end
 * cannot drive: whoever shares files all the time is not kept all the time.
 *
 * The names are "vhd-GUEST-NUMBER".
 */

#ifndef DAEMONS_FD_KEEPER_H
#define DAEMONS_FD_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backends/loop.h"
#include "vhost-user/keeper.h"
#include "virtio-devices/token-bucket.h"

/**
 * struct fd_keeper - the keeper
 * @keeper:  what the guest's sessions see
 * @guest:   its number
 * @self:    our process ID, which no sandbox lets us ask for
 * @loop:    the guest's
 * @retry:   for what is held back
 * @budget:  so many descriptors may be given to systemd
 * @stuck:   systemd had no room the last time
 * @kept:    a bit for each number that systemd has
 * @doomed:  and for each of those that it has to drop
 * @waiting: for each number that it has yet to get
 * @fds:     for @waiting; -1 if we have no descriptor, either
 */
struct fd_keeper {
	struct vhu_keeper keeper;
	size_t guest;
	pid_t self;
	struct vb_loop *loop;
	struct vb_timer retry;
	struct vd_token_bucket budget;
	bool stuck;
	uint64_t kept;
	uint64_t doomed;
	uint64_t waiting;
	int fds[VHU_N_KEPT];
};

/**
 * fd_keeper_init() - begin to keep
 * @keeper: filled in
 * @guest:  number of the guest, the same before and after a restart
 * @self:   our process ID
 * @loop:   that the guest's sessions run in
 */
void fd_keeper_init(struct fd_keeper *keeper, size_t guest, pid_t self,
		    struct vb_loop *loop);

/**
 * fd_keeper_adopt() - systemd has it from the process before
 * @keeper: the keeper
 * @number: what
 */
void fd_keeper_adopt(struct fd_keeper *keeper, unsigned int number);

/**
 * fd_keeper_drop_all() - nothing of the guest is to be kept
 * @keeper: the keeper
 *
 * Waits for systemd.
 */
void fd_keeper_drop_all(struct fd_keeper *keeper);

/**
 * fd_keeper_fini() - what is kept stays kept; what was held back does not get
 *                    there
 * @keeper: the keeper
 */
void fd_keeper_fini(struct fd_keeper *keeper);

/**
 * fd_keeper_drop() - have systemd drop a descriptor, whoever gave it
 * @guest:  of the guest
 * @number: which
 *
 * Waits for systemd.
 */
void fd_keeper_drop(size_t guest, unsigned int number);

#endif
