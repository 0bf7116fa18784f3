/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What sources of entropy do when they have nothing: try again after a while,
 * and tell once if something is wrong.
 */

#ifndef BACKENDS_RNG_RETRY_H
#define BACKENDS_RNG_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "backends/loop.h"

struct vd_rng;

/**
 * struct vb_rng_events - whom a source tells that something is wrong
 * @failed:    called once when it begins; @error is a positive errno, or 0 for
 *             the end of a file.  The source goes on trying
 * @recovered: called when it is over
 * @context:   for both
 */
struct vb_rng_events {
	void (*failed)(void *context, int error);
	void (*recovered)(void *context);
	void *context;
};

/**
 * struct vb_rng_retry - a source's second chances
 * @events: copied from the source's user
 * @loop:   where @timer is
 * @timer:  the next try
 * @wait:   how long it is to the next try, in nanoseconds; doubles each time
 * @failed: something is wrong, and @events.failed was called
 * @rng:    the device, once it is known
 */
struct vb_rng_retry {
	struct vb_rng_events events;
	struct vb_loop *loop;
	struct vb_timer timer;
	uint64_t wait;
	bool failed;
	struct vd_rng *rng;
};

/**
 * vb_rng_retry_init() - get ready
 * @retry:  embedded in the source
 * @loop:   the device's
 * @events: copied
 */
void vb_rng_retry_init(struct vb_rng_retry *retry, struct vb_loop *loop,
		       const struct vb_rng_events *events);

/**
 * vb_rng_retry_fini() - the opposite
 * @retry: never tries again
 */
void vb_rng_retry_fini(struct vb_rng_retry *retry);

/**
 * vb_rng_retry_filter() - see that a result is fit for the device
 * @retry: makes the device ask again if it was none
 * @n:     how many bytes the source has given, 0 at its end, or a negative errno
 *
 * Return: @n if that is positive, or -EFAULT, which is the guest's fault; or
 *         else -EAGAIN.
 */
ssize_t vb_rng_retry_filter(struct vb_rng_retry *retry, ssize_t n);

#endif
