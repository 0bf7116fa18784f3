/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_DAEMON_H
#define DAEMONS_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemons/options.h"

/**
 * DOC: What all daemons have in common
 *
 * A daemon is a description, in vhost-device-NAME.c, of its own options and of
 * how to make a device for a guest.  The rest is here: options that all have,
 * sockets, a thread for each guest, signals, and systemd.
 *
 * The main thread does nothing for a guest.
 */

struct daemon_settings;
struct guest;
struct sandbox_call;
struct service;
struct vb_loop;
struct vd_device;

/**
 * struct daemon - a program of this family
 * @name:       of the executable
 * @type:       of the device, as QEMU calls it
 * @summary:    what it does, in a sentence for --help
 * @options:    its own options
 * @prepare:    called once, when the options have been read and it is known how
 *              many guests there will be.  -EINVAL if the options make no sense
 *              together, or another error if something cannot be had; either
 *              has been logged.  NULL if there is nothing to do
 * @new_device: make a device for a guest; an error other than -ENOMEM has been
 *              logged
 * @usage:      the command lines that there are, for --help, each on a line of
 *              its own.  NULL: the usual ones
 * @one_worker: all guests share a thread
 * @add_guests: called once in the place of finding guests by the common
 *              options, to add them with service_add_guest().  1 if the program
 *              has done what was asked for and ends, 0, -EINVAL if the command
 *              line is wrong, or another error; either has been logged.  NULL
 *              for the usual way
 * @keep:       what the device does not save it can do without: sessions go on in
 *              the process after this one, see fd-store.h
 * @number:     which guest a session that is kept belongs to, by the data that it
 *              was added with.  NULL: the first, the second, and so on
 * @calls:      system calls that it makes while there are front-ends, beside
 *              sandbox_common_calls
 * @reload:     SIGHUP was sent: add guests, remove some.  False if there is
 *              nothing to be read again; then, and if it is NULL, the program
 *              ends
 * @finish:     free what @add_guests has made; no guest is left.  NULL if there
 *              is nothing to do
 */
struct daemon {
	const char *name;
	const char *type;
	const char *summary;
	struct option_group options;
	int (*prepare)(size_t n_guests);
	int (*new_device)(struct guest *guest, struct vb_loop *loop,
			  struct vd_device **ret);
	const char *usage;
	bool one_worker;
	bool keep;
	size_t (*number)(const void *data);
	int (*add_guests)(struct service *service,
			  const struct daemon_settings *settings);
	const struct sandbox_call *calls;
	bool (*reload)(struct service *service);
	void (*finish)(void);
};

/*
 * The one that the program's own file describes.  main.c runs it, and
 * man-page.c prints its man page.
 */
extern const struct daemon program;

/* What --fd is when it is not there. */
#define DAEMON_NO_FD UINT64_MAX

/**
 * struct daemon_settings - values of the options that all daemons have
 * @socket_path:  what the guests' sockets begin with, or NULL
 * @socket_count: how many guests
 * @fd:           inherited socket, or DAEMON_NO_FD
 * @packed_ring:  offer packed rings: 0 or 1
 * @poll_usec:    look at the rings for so long before sleeping
 * @in_band:      offer in-band notifications
 * @sandbox:      an enum sandbox_mode
 * @log_level:    an enum log_level
 * @help:         and these three end the program at once
 * @version:      likewise
 * @print_capabilities: likewise
 */
struct daemon_settings {
	const char *socket_path;
	uint64_t socket_count;
	uint64_t fd;
	unsigned int packed_ring;
	uint64_t poll_usec;
	bool in_band;
	unsigned int sandbox;
	unsigned int log_level;
	bool help;
	bool version;
	bool print_capabilities;
};

/* How many groups of options a daemon has: its own, and those of all. */
#define DAEMON_N_GROUPS 2

/**
 * service_add_guest() - serve one guest more
 * @service: for @add_guests and @reload
 * @path:    of its socket, see endpoints_add()
 * @name:    likewise
 * @data:    see guest_data()
 *
 * Return: 0, or a negative errno other than -EINVAL, which has been logged.
 */
int service_add_guest(struct service *service, const char *path,
		      const char *name, void *data);

/**
 * service_add_usual_guests() - serve those that the common options are for
 * @service: for @add_guests, before any guest was added
 * @data:    see guest_data()
 *
 * Return: as @add_guests.
 */
int service_add_usual_guests(struct service *service, void *data);

/**
 * service_remove_guest() - serve one guest less
 * @service: for @reload
 * @data:    of the guest
 */
void service_remove_guest(struct service *service, const void *data);

/**
 * daemon_option_groups() - all options of a daemon
 * @daemon:   the daemon
 * @settings: takes the values of the common ones
 * @ret:      the groups
 */
void daemon_option_groups(const struct daemon *daemon,
			  struct daemon_settings *settings,
			  struct option_group ret[DAEMON_N_GROUPS]);

/**
 * daemon_read_options() - read the command line
 * @daemon:   the daemon, whose own settings it fills in, too
 * @argv:     as main() got it
 * @settings: values of the common options
 *
 * Return: 1, 0 if the program has done what was asked for and ends, or a
 *         negative errno, which has been logged.
 */
int daemon_read_options(const struct daemon *daemon, char **argv,
			struct daemon_settings *settings);

/**
 * daemon_main() - run a daemon
 * @daemon: the daemon
 * @argv:   as main() got it
 *
 * Return: the exit status: 0, 1 if it could not start, or 2 if the command line
 *         is wrong.
 */
int daemon_main(const struct daemon *daemon, char **argv);

#endif
