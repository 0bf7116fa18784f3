/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Polling with growing pauses serves them all: a kernel that has just booted
 * and has no entropy yet, a hardware generator at work, a FIFO with nobody at
 * the other end, a disk that fails.  /dev/hwrng could not be watched anyway.
 * It costs nothing while no guest waits, as only a guest's request begins it.
 */

#include <errno.h>

#include "backends/rng-retry.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/util.h"

/* A hardware generator that has run dry needs about so long. */
#define MIN_WAIT VD_NSEC_PER_MSEC

/* A source that is really broken must not cost a noticeable share of a CPU. */
#define MAX_WAIT VD_NSEC_PER_SEC

static void try_again(struct vb_timer *timer)
{
	struct vb_rng_retry *retry =
		container_of(timer, struct vb_rng_retry, timer);

	vd_rng_ready(retry->rng);
}

void vb_rng_retry_init(struct vb_rng_retry *retry, struct vb_loop *loop,
		       const struct vb_rng_events *events)
{
	*retry = (struct vb_rng_retry){
		.events = *events,
		.loop = loop,
		.timer.fire = try_again,
		.wait = MIN_WAIT,
	};
}

void vb_rng_retry_fini(struct vb_rng_retry *retry)
{
	vb_timer_cancel(&retry->timer);
}

static ssize_t succeeded(struct vb_rng_retry *retry, ssize_t n)
{
	retry->wait = MIN_WAIT;
	if (retry->failed)
		retry->events.recovered(retry->events.context);
	retry->failed = false;

	return n;
}

ssize_t vb_rng_retry_filter(struct vb_rng_retry *retry, ssize_t n)
{
	if (n > 0)
		return succeeded(retry, n);
	/* Not the source's fault, but that of whoever owns the buffer. */
	if (n == -EFAULT)
		return n;

	if (n != -EAGAIN && !retry->failed) {
		retry->failed = true;
		retry->events.failed(retry->events.context, (int)-n);
	}

	vb_timer_set(retry->loop, &retry->timer,
		     vb_loop_now(retry->loop) + retry->wait);
	retry->wait = VD_MIN(retry->wait * 2, MAX_WAIT);

	return -EAGAIN;
}
