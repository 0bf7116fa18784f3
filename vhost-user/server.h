/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A device at a socket: one front-end after the other is let in, and finds the
 * device as new.
 */

#ifndef VHOST_USER_SERVER_H
#define VHOST_USER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost-user/session.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vb_loop;
struct vd_device;
struct vhu_server;

/**
 * struct vhu_server_config - how to serve
 * @session: passed on to each session
 * @ended:   the front-end of a connected socket has gone; not called for a
 *           listening one.  May be NULL
 * @context: for @ended
 */
struct vhu_server_config {
	struct vhu_session_config session;
	void (*ended)(void *context);
	void *context;
};

/**
 * vhu_server_new() - offer a device at a socket
 * @loop:   all is done in its thread
 * @device: stays the caller's; must outlive the server
 * @fd:     a listening socket, kept for ever, or a connected one, good for one
 *          front-end.  Owned by the server on success
 * @config: copied
 * @ret:    the server
 *
 * One front-end is served at a time.  Others wait in the listening socket's
 * backlog, unless the one that is there has not said anything: then it makes
 * room.
 *
 * Return: 0, -ENOMEM, -ENOTSOCK if @fd is not a socket, or what watching it
 *         fails with.
 */
int vhu_server_new(struct vb_loop *loop, struct vd_device *device, int fd,
		   const struct vhu_server_config *config,
		   struct vhu_server **ret);

/**
 * vhu_server_restore() - go on with the front-end of another process
 * @server: has just been made, with a listening socket
 * @connection: to the front-end; the server's from now on.  If the session
 *          cannot be taken up, it is shut down, so that the front-end knows
 * @kept:   what else was kept; descriptors that are used are taken out of it
 *
 * Return: 0, or a negative errno as vhu_session_restore() does.
 */
int vhu_server_restore(struct vhu_server *server, int connection,
		       struct vhu_kept *kept);

/**
 * vhu_server_free() - stop serving
 * @server: closes its socket and drops the front-end; may be NULL
 */
void vhu_server_free(struct vhu_server *server);

#ifdef __cplusplus
}
#endif

#endif
