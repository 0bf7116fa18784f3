/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * libpulse on our own event loop, so that a guest's sound needs neither a
 * thread of its own nor a lock.
 */

#ifndef BACKENDS_PULSE_MAINLOOP_H
#define BACKENDS_PULSE_MAINLOOP_H

#include <pulse/mainloop-api.h>

struct vb_loop;

/**
 * struct vb_pulse_mainloop - a loop, as libpulse wants to see it
 * @api:  for pa_context_new()
 * @loop: the loop; not owned
 */
struct vb_pulse_mainloop {
	pa_mainloop_api api;
	struct vb_loop *loop;
};

/**
 * vb_pulse_mainloop_init() - present a loop to libpulse
 * @mainloop: has to stay where it is, and to outlive all contexts that use it
 * @loop:     has to outlive them, too
 *
 * There is nothing to be undone: each event is freed by whoever made it.
 * libpulse ends the process when there is no memory, and so do its events.
 */
void vb_pulse_mainloop_init(struct vb_pulse_mainloop *mainloop,
			    struct vb_loop *loop);

#endif
