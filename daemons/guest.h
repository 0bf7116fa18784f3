/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_GUEST_H
#define DAEMONS_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/log.h"

/**
 * DOC: A guest
 *
 * A socket, the device that is offered there, and a thread with an event loop
 * that does all the work for both.  Whatever a guest has its device wait for,
 * no other guest waits for it.
 *
 * The functions here are for the thread that makes the guest, guest_report()
 * is for the guest's own.
 */

struct guest;
struct vb_loop;
struct vd_device;

enum guest_state {
	GUEST_WAITING, /* for a front-end */
	GUEST_CONNECTED, /* a front-end is there */
	GUEST_RUNNING, /* a driver uses the device */
	GUEST_OVER, /* the only front-end that there could be has gone */
};

/**
 * struct guest_config - how to serve a guest
 * @name:       for messages: the socket's path
 * @fd:         the socket, listening or connected; the guest's from now on,
 *              also if it cannot be made
 * @features:   ring features to offer, see struct vhu_session_config
 * @poll_usec:  likewise
 * @in_band:    likewise
 * @new_device: make the guest's device, which gets its events from @loop
 * @changed:    the state is another one; called in the guest's thread
 * @context:    for @changed
 */
struct guest_config {
	const char *name;
	int fd;
	uint64_t features;
	uint32_t poll_usec;
	bool in_band;
	int (*new_device)(struct guest *guest, struct vb_loop *loop,
			  struct vd_device **ret);
	void (*changed)(void *context);
	void *context;
};

/**
 * guest_new() - make a guest and start its thread
 * @config: copied, the name too
 * @ret:    the guest
 *
 * Return: 0, or a negative errno.
 */
int guest_new(const struct guest_config *config, struct guest **ret);

/**
 * guest_free() - stop the thread, drop the front-end and close the socket
 * @guest: may be NULL
 */
void guest_free(struct guest *guest);

/**
 * guest_state() - what the guest is doing
 * @guest: the guest
 */
enum guest_state guest_state(const struct guest *guest);

/**
 * guest_ping() - have the guest's loop answer
 * @guest: does so by itself, as soon as it is done with what it is doing
 */
void guest_ping(struct guest *guest);

/**
 * guest_answered() - has it?
 * @guest: the guest
 *
 * Return: true if every guest_ping() was answered.
 */
bool guest_answered(const struct guest *guest);

/**
 * guest_report() - log something that the guest may have caused
 * @guest:  names the message, and bounds how many there are
 * @level:  as for log_message()
 * @format: as for printf()
 */
__attribute__((format(printf, 3, 4))) void guest_report(struct guest *guest,
							enum log_level level,
							const char *format,
							...);

#endif
