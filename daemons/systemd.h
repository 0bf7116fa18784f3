/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What systemd has to offer a service: sockets, notifications, a watchdog.
 * All of it does nothing where there is no systemd.
 */

#ifndef DAEMONS_SYSTEMD_H
#define DAEMONS_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

/* The first descriptor that systemd passes; the others follow. */
#define SYSTEMD_FIRST_FD 3

/**
 * systemd_listen_fds() - take over the sockets that systemd made for us
 * @names: their names, see FileDescriptorName= in systemd.socket(5); the caller
 *         frees each, and the array; NULL if there are none
 *
 * The environment variables that describe them are removed.
 *
 * Return: how many descriptors there are, from SYSTEMD_FIRST_FD on, or a
 *         negative errno.
 */
int systemd_listen_fds(char ***names);

/**
 * systemd_notify_open() - find out whether anybody wants to know how things are
 */
void systemd_notify_open(void);

/**
 * systemd_notify() - tell how things are
 * @state: lines as in sd_notify(3)
 *
 * Makes no system call but sendmsg().  Nothing happens if nobody wants to know.
 */
void systemd_notify(const char *state);

/**
 * systemd_notify_if_room() - likewise, for what can do without being told
 * @state: lines as in sd_notify(3)
 *
 * If systemd is so busy that its queue is full, nothing happens: neither guests
 * nor our own end wait for it.
 */
void systemd_notify_if_room(const char *state);

/**
 * systemd_notify_fd() - likewise, with a descriptor for systemd to keep
 * @state: lines as in sd_notify(3)
 * @fd:    stays the caller's; -1 for none
 * @patient: wait for room, for a tenth of a second at most
 *
 * Return: 0, -EAGAIN if there was no room, or another negative
 *         errno if nobody wants to know.
 */
int systemd_notify_fd(const char *state, int fd, bool patient);

/**
 * systemd_notify_close() - the opposite of systemd_notify_open()
 */
void systemd_notify_close(void);

/**
 * systemd_watchdog() - does systemd want signs of life?
 *
 * Return: the time, in microseconds, in which it wants at least one "WATCHDOG=1",
 *         or 0.
 */
uint64_t systemd_watchdog(void);

#endif
