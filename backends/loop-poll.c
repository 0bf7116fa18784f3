/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Pollers: what is looked at all the time, for a while.
 */

#include "backends/loop-private.h"
#include "virtio-devices/util.h"

/* While polling, the other sources are looked at once in so many rounds. */
#define POLL_ROUNDS 64

void vb_poller_start(struct vb_loop *loop, struct vb_poller *poller,
		     uint32_t usec)
{
	poller->nsec = usec * VD_NSEC_PER_USEC;
	poller->until = vb_loop_now(loop) + poller->nsec;
	if (poller->loop)
		return;

	poller->loop = loop;
	poller->next = loop->pollers;
	loop->pollers = poller;
}

void vb_poller_stop(struct vb_poller *poller)
{
	struct vb_loop *loop = poller->loop;
	struct vb_poller **at;

	if (!loop)
		return;

	at = &loop->pollers;
	while (*at != poller)
		at = &(*at)->next;
	*at = poller->next;
	if (loop->poll_next == poller)
		loop->poll_next = poller->next;
	poller->loop = NULL;
}

static bool is_polling(const struct vb_loop *loop,
		       const struct vb_poller *poller)
{
	const struct vb_poller *at = loop->pollers;

	while (at && at != poller)
		at = at->next;

	return at;
}

/* Take each poller in turn; any of them may be gone by then. */
static struct vb_poller *next_poller(struct vb_loop *loop)
{
	struct vb_poller *poller = loop->poll_next;

	if (poller)
		loop->poll_next = poller->next;

	return poller;
}

static void poll_all(struct vb_loop *loop)
{
	struct vb_poller *poller;

	loop->poll_next = loop->pollers;
	while ((poller = next_poller(loop))) {
		bool found = poller->poll(poller);

		if (found && is_polling(loop, poller)) {
			loop->now = 0;
			poller->until = vb_loop_now(loop) + poller->nsec;
		}
	}
}

static void stop_idle_pollers(struct vb_loop *loop)
{
	struct vb_poller *poller;

	loop->now = 0;
	loop->poll_next = loop->pollers;
	while ((poller = next_poller(loop))) {
		if (vb_loop_now(loop) < poller->until)
			continue;
		vb_poller_stop(poller);
		poller->idle(poller);
	}
}

void vb_loop_spin(struct vb_loop *loop)
{
	for (int i = 0; i < POLL_ROUNDS && loop->pollers; i++)
		poll_all(loop);
	stop_idle_pollers(loop);
}
