/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A listening socket.  When there are no descriptors left, it pauses, and those
 * who connect wait in its backlog.
 */

#ifndef BACKENDS_VSOCK_LISTENER_H
#define BACKENDS_VSOCK_LISTENER_H

#include <stdbool.h>

#include "backends/loop.h"

/**
 * struct vb_vsock_listener - a listening socket
 * @source:   the socket
 * @loop:     watches it
 * @retry:    when to listen again
 * @accepted: somebody has connected: @fd does not block, and is the callee's
 */
struct vb_vsock_listener {
	struct vb_source source;
	struct vb_loop *loop;
	struct vb_timer retry;
	void (*accepted)(struct vb_vsock_listener *listener, int fd);
};

/**
 * vb_vsock_listener_init() - listen
 * @listener: with @accepted filled in
 * @loop:     shall watch the socket
 * @fd:       listening, and non-blocking; the listener's from now on
 *
 * Return: 0, or a negative errno; vb_vsock_listener_fini() is due even so.
 */
int vb_vsock_listener_init(struct vb_vsock_listener *listener,
			   struct vb_loop *loop, int fd);

/**
 * vb_vsock_listener_pause() - let nobody in, until told otherwise
 * @listener: the listener
 */
void vb_vsock_listener_pause(struct vb_vsock_listener *listener);

/**
 * vb_vsock_listener_resume() - the opposite
 * @listener: no harm if it does listen, or is all zeroes
 */
void vb_vsock_listener_resume(struct vb_vsock_listener *listener);

/**
 * vb_vsock_listener_fini() - close the socket
 * @listener: was initialised, or is all zeroes
 */
void vb_vsock_listener_fini(struct vb_vsock_listener *listener);

#endif
