/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * systemd's file descriptor store: it keeps descriptors of ours, by name, while
 * we are restarted, and passes them to whoever comes after us.
 *
 * Only what is in the environment variable
 * FDSTORE decides whether anything is kept: systemd sets it from version 254 on,
 * and our units set it for older ones.
 */

#ifndef DAEMONS_FD_STORE_H
#define DAEMONS_FD_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemons/fd-keeper.h"

struct vb_loop;
struct vhu_server;

/**
 * fd_store_init() - find out whether anything is kept here
 *
 * To be called before there is a sandbox.
 */
void fd_store_init(void);

/**
 * fd_store_adopt() - is this a descriptor that was kept?
 * @name: as systemd passed it
 * @fd:   taken over if so
 *
 * Return: true if it was.
 */
bool fd_store_adopt(const char *name, int fd);

/**
 * fd_store_keeper() - whom a guest's sessions turn to
 * @keeper: filled in, if anything is kept here
 * @guest:  number of the guest, the same before and after a restart
 * @loop:   that they run in
 *
 * Return: what they see of @keeper, or NULL if nothing is kept here.
 */
struct vhu_keeper *fd_store_keeper(struct fd_keeper *keeper, size_t guest,
				   struct vb_loop *loop);

/**
 * fd_store_restore() - go on with the front-end that the guest had
 * @keeper: of the guest
 * @server: has just been made
 * @name:   for messages
 *
 * No harm if nothing was kept.
 */
void fd_store_restore(struct fd_keeper *keeper, struct vhu_server *server,
		      const char *name);

/**
 * fd_store_fini() - close what nobody wanted, here and at systemd's
 *
 * It belonged to guests that there are no more.
 */
void fd_store_fini(void);

#endif
