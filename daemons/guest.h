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
 * A socket, the device that is offered there, and a worker that does all the
 * work for both.  A guest has a worker of its own, so that no other one waits
 * for whatever it has its device wait for; or it shares one with those that it
 * talks to.
 *
 * The functions here are for the thread that makes the guest; guest_report()
 * and guest_data() are for the worker's.
 */

struct guest;
struct vb_loop;
struct vd_device;
struct worker;

enum guest_state {
	GUEST_WAITING, /* for a front-end */
	GUEST_CONNECTED, /* a front-end is there */
	GUEST_RUNNING, /* a driver uses the device */
	GUEST_OVER, /* the only front-end that there could be has gone */
};

/**
 * struct guest_config - how to serve a guest
 * @name:       for messages: the socket's path
 * @keep:       have systemd keep sessions over a restart, see fd-store.h
 * @index:      which guest it is, before and after a restart
 * @fd:         the socket, listening or connected; the guest's from now on,
 *              also if it cannot be made
 * @features:   ring features to offer, see struct vhu_session_config
 * @poll_usec:  likewise
 * @in_band:    likewise
 * @worker:     does the work, and must outlive the guest; NULL for one of its
 *              own
 * @new_device: make the guest's device, which gets its events from @loop
 * @data:       for @new_device, see guest_data()
 * @changed:    the state is another one; called in the worker's thread
 * @hangs:      the shared worker did not answer; called by guest_new(),
 *              guest_free() and guest_remove() once it runs, and must not
 *              return.  Not needed without @worker
 * @context:    for @changed and @hangs
 */
struct guest_config {
	const char *name;
	bool keep;
	size_t index;
	int fd;
	uint64_t features;
	uint32_t poll_usec;
	bool in_band;
	struct worker *worker;
	int (*new_device)(struct guest *guest, struct vb_loop *loop,
			  struct vd_device **ret);
	void *data;
	void (*changed)(void *context);
	void (*hangs)(void *context);
	void *context;
};

/**
 * guest_new() - make a guest
 * @config: copied, the name too
 * @ret:    the guest
 *
 * It is served as soon as the worker runs that it shares, or its own, see
 * guest_start().
 *
 * Return: 0, or a negative errno, which has been logged unless it is -ENOMEM.
 */
int guest_new(const struct guest_config *config, struct guest **ret);

/**
 * guest_start() - make the thread of the guest's own worker, if it has one
 * @guest: was not started
 *
 * Return: 0, or a negative errno.
 */
int guest_start(struct guest *guest);

/**
 * guest_go() - let the thread work
 * @guest: was started
 */
void guest_go(struct guest *guest);

/**
 * guest_end() - have the guest's own worker take it apart, and do not wait
 * @guest: guest_free() is to follow
 *
 * So that several guests end at the same time.
 */
void guest_end(struct guest *guest);

/**
 * guest_take_apart() - drop the front-end and the device
 * @guest: called in the thread of the worker that it shares; guest_free() is to
 *         follow
 */
void guest_take_apart(struct guest *guest);

/**
 * guest_free() - stop the work, drop the front-end and close the socket
 * @guest: may be NULL
 *
 * Return: 0, or -ETIMEDOUT: the thread of its own worker hangs, which has been
 *         logged; the guest is left as it is.
 */
int guest_free(struct guest *guest);

/**
 * guest_remove() - the same for a guest that the next process will not have
 * @guest: not NULL
 *
 * Nothing of it stays with systemd.
 */
void guest_remove(struct guest *guest);

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
 * guest_name() - what the guest is called in messages
 * @guest: keeps the name
 */
const char *guest_name(const struct guest *guest);

/**
 * guest_data() - what came along with the guest's configuration
 * @guest: the guest
 */
void *guest_data(const struct guest *guest);

/**
 * guest_report() - log what a guest may notice of the host
 * @guest:  names the message, and bounds how many there are
 * @level:  as for log_message()
 * @format: as for printf()
 *
 * What front-ends and drivers do is logged by itself, and bounded apart, so
 * that it does not cost any of these messages.
 */
__attribute__((format(printf, 3, 4))) void guest_report(struct guest *guest,
							enum log_level level,
							const char *format,
							...);

#endif
