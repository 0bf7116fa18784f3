/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A wait that ends now and then, to see whether the back-end is still there.
 * It is one blocking read(), which costs less than poll() and a read() after
 * it, and is what the yardstick does that we are compared with.
 */

#ifndef DAEMONS_PROBE_ALARM_H
#define DAEMONS_PROBE_ALARM_H

#include <signal.h>

/* An alarm has come; whoever has seen to it sets this to 0. */
extern volatile sig_atomic_t probe_alarmed;

/**
 * probe_alarm_begin() - make a descriptor for sleeping, and set the alarm
 * @fd:     of an eventfd, to be read
 * @period: how often a read() ends with -EINTR, in milliseconds, below 1000
 *
 * Takes SIGALRM for itself.
 */
void probe_alarm_begin(int fd, unsigned int period);

/**
 * probe_alarm_end() - there are no more alarms
 */
void probe_alarm_end(void);

#endif
