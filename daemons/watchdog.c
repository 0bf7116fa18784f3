/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "daemons/watchdog.h"
#include "daemons/guest.h"
#include "daemons/systemd.h"
#include "virtio-devices/util.h"

/*
 * How often to look in the time that systemd allows.  A guest that is busy for
 * half of it is slow, and not dead.
 */
#define LOOKS 4

static bool all_answered(const struct watchdog *watchdog)
{
	for (size_t i = 0; i < watchdog->n_guests; i++) {
		if (!guest_answered(watchdog->guests[i]))
			return false;
	}

	return true;
}

static void ping_all(struct watchdog *watchdog)
{
	for (size_t i = 0; i < watchdog->n_guests; i++)
		guest_ping(watchdog->guests[i]);
	vb_timer_set(watchdog->loop, &watchdog->timer,
		     vb_loop_now(watchdog->loop) + watchdog->interval);
}

static void look(struct vb_timer *timer)
{
	struct watchdog *watchdog = container_of(timer, struct watchdog, timer);

	if (all_answered(watchdog))
		systemd_notify_if_room("WATCHDOG=1");
	ping_all(watchdog);
}

void watchdog_start(struct watchdog *watchdog, struct vb_loop *loop,
		    struct guest *const *guests, size_t n_guests)
{
	uint64_t usec = systemd_watchdog();

	*watchdog = (struct watchdog){
		.timer.fire = look,
		.loop = loop,
		.interval = usec * VD_NSEC_PER_USEC / LOOKS,
		.guests = guests,
		.n_guests = n_guests,
	};
	if (usec)
		ping_all(watchdog);
}

void watchdog_stop(struct watchdog *watchdog)
{
	vb_timer_cancel(&watchdog->timer);
}
