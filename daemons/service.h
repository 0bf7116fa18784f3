/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon at work, and the guests that it serves.  What a daemon's own file
 * may do with it is in daemon.h.
 */

#ifndef DAEMONS_SERVICE_H
#define DAEMONS_SERVICE_H

#include <stddef.h>

#include "backends/loop.h"
#include "daemons/daemon.h"
#include "daemons/endpoints.h"
#include "daemons/guest.h"
#include "daemons/watchdog.h"

struct worker;

/**
 * struct service - a daemon at work
 * @daemon:    which one
 * @settings:  values of the common options
 * @loop:      the main thread's
 * @signals:   a signalfd: it is time to end
 * @changed:   an eventfd: the state of a guest is another one
 * @endpoints: where the guests are served
 * @guests:    as many as there are endpoints, NULL where there is none yet
 * @n_ending:  how many there were when the daemon began to end
 * @worker:    of all guests, or NULL if each has its own
 * @watchdog:  looks after them
 */
struct service {
	const struct daemon *daemon;
	struct daemon_settings settings;
	struct vb_loop *loop;
	struct vb_source signals;
	struct vb_source changed;
	struct endpoints endpoints;
	struct guest **guests;
	size_t n_ending;
	struct worker *worker;
	struct watchdog watchdog;
};

/**
 * service_start_guests() - make those that there are to be
 * @service: has a loop
 *
 * Return: 0, 1 if there is nothing more to do, -EINVAL if the command line is
 *         wrong, or another negative errno.  The reason has been logged.
 */
int service_start_guests(struct service *service);

/**
 * service_start_threads() - make the threads that are going to serve them
 * @service: its guests were made
 *
 * Return: 0, or a negative errno other than -EINVAL.  The reason has been
 *         logged.
 */
int service_start_threads(struct service *service);

/**
 * service_go() - let them begin
 * @service: its threads were made
 */
void service_go(struct service *service);

/**
 * service_stop_guests() - remove the sockets, and drop the guests
 * @service: was started, or tried to
 *
 * Return: 0, or -ETIMEDOUT: a thread hangs, which has been logged.  Then nothing
 *         may be touched but what ends the process.
 */
int service_stop_guests(struct service *service);

/**
 * service_count() - how many guests do this now?
 * @service: the daemon
 * @state:   this
 */
size_t service_count(const struct service *service, enum guest_state state);

#endif
