/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Signs of life for systemd's watchdog, given only while every guest's loop
 * answers: one that hangs is as bad as all.
 */

#ifndef DAEMONS_WATCHDOG_H
#define DAEMONS_WATCHDOG_H

#include <stddef.h>
#include <stdint.h>

#include "backends/loop.h"

struct guest;

/**
 * struct watchdog - gives signs of life
 * @timer:    when to look next
 * @loop:     the main thread's
 * @interval: nanoseconds from one look to the next
 * @guests:   who must answer
 * @n_guests: how many
 */
struct watchdog {
	struct vb_timer timer;
	struct vb_loop *loop;
	uint64_t interval;
	struct guest *const *guests;
	size_t n_guests;
};

/**
 * watchdog_start() - begin, if systemd wants signs of life
 * @watchdog: must stay where it is
 * @loop:     the main thread's
 * @guests:   must outlive the watchdog
 * @n_guests: how many
 */
void watchdog_start(struct watchdog *watchdog, struct vb_loop *loop,
		    struct guest *const *guests, size_t n_guests);

/**
 * watchdog_stop() - end it
 * @watchdog: was started
 */
void watchdog_stop(struct watchdog *watchdog);

#endif
