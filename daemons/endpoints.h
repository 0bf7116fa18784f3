/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Where the guests are served: at sockets that we make, at one that was
 * inherited, or at those that systemd listens at for us.
 */

#ifndef DAEMONS_ENDPOINTS_H
#define DAEMONS_ENDPOINTS_H

#include <stddef.h>

#include "daemons/sockets.h"

struct daemon_settings;

/**
 * struct endpoint - where one guest is served
 * @name: for messages: the socket's path, or what else is known of it
 * @fd:   the socket, or -1 once somebody else has taken it
 * @file: the file that we made for it; all zeroes if we made none
 */
struct endpoint {
	char *name;
	int fd;
	struct socket_file file;
};

struct passed_socket;

/**
 * struct endpoints - where all of them are
 * @items: one for each guest
 * @n:     how many
 * @passed: sockets from systemd, see endpoints_take_passed()
 * @n_passed: how many
 */
struct endpoints {
	struct endpoint *items;
	size_t n;
	struct passed_socket *passed;
	size_t n_passed;
};

/**
 * endpoints_take_passed() - take over the descriptors that systemd passes
 * @endpoints: has nothing yet, is all zeroes for example.  Keeps the sockets for
 *             endpoints_init() and endpoints_add(); all else is for fd-store.h
 *
 * Return: 0, or a negative errno, which has been logged.
 */
int endpoints_take_passed(struct endpoints *endpoints);

/**
 * endpoints_init() - find or make the sockets that the user asks for
 * @endpoints: receives them; has none yet
 * @settings:  --socket-path or --fd; if it has neither, systemd must have passed
 *             sockets to us
 *
 * Return: 0, -EINVAL if the user did not say where, or another negative errno.
 *         The reason has been logged.  There may be endpoints even so.
 */
int endpoints_init(struct endpoints *endpoints,
		   const struct daemon_settings *settings);

/**
 * endpoints_add() - one guest more
 * @endpoints: where the others are
 * @path:      its socket.  Made here, unless systemd listens at this path; NULL
 *             if systemd must have passed a socket of this name
 * @name:      of a socket of systemd; NULL for the only one that it has passed
 *
 * Return: 0, -ENOENT if there is no such socket, or another negative errno.
 *         The reason has been logged.
 */
int endpoints_add(struct endpoints *endpoints, const char *path,
		  const char *name);

/**
 * endpoints_remove() - the opposite
 * @endpoints: where it is among others
 * @index:     which; those that follow move up
 */
void endpoints_remove(struct endpoints *endpoints, size_t index);

/**
 * endpoints_fini() - close what was not taken, remove the files that we made
 * @endpoints: was initialised, with or without success
 */
void endpoints_fini(struct endpoints *endpoints);

#endif
