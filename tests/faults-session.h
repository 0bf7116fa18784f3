/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a guest does with its device while something cannot be had.  Nothing is
 * expected to succeed, and nobody waits for long.
 */

#ifndef TESTS_FAULTS_SESSION_H
#define TESTS_FAULTS_SESSION_H

#include <stddef.h>

/**
 * session_try() - connect, use the device for all that it is for, and go away
 * @type: of the device, see fixture-request.h
 * @dir:  of its sockets; the guest is the first one
 */
void session_try(size_t type, const char *dir);

/* There are programs of the host that sockets lead to, until the end. */
void session_begin(const char *dir);
void session_end(void);

#endif
