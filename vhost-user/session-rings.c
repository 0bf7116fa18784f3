/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The rings of a session: which of them run, and who serves them when.
 */

#include <string.h>

#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

void vhu_session_pause_vring(struct vhu_session *session,
			     struct vhu_vring *vring)
{
	vring->stuck = false;
	if (!vring->running)
		return;

	vhu_vring_pause(vring);
	if (--session->n_running == 0)
		vhu_session_report(session, VHU_EVENT_STOPPED, "stopped");
}

void vhu_session_pause(struct vhu_session *session)
{
	vb_poller_stop(&session->poller);
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		vhu_session_pause_vring(session, &session->vrings[i]);
}

void vhu_session_reset_device(struct vhu_session *session)
{
	vd_device_reset(session->device);
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		vhu_vring_forget(&session->vrings[i], session->features);
	session->used = false;
}

void vhu_session_set_log(struct vhu_session *session)
{
	bool all = session->features & VD_BIT(VHU_F_LOG_ALL);

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		vhu_vring_set_log(&session->vrings[i], session->log, all);
}

void vhu_session_set_records(struct vhu_session *session,
			     struct vhu_records *records)
{
	vhu_records_free(session->records);
	session->records = records;
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		session->vrings[i].records = records;
}

static int start_vring(struct vhu_session *session, struct vhu_vring *vring)
{
	int r = vhu_vring_start(vring, session->memory, session->features);

	if (r < 0) {
		vring->stuck = true;
		vhu_session_report(session, VHU_EVENT_REFUSED,
				   "queue %u cannot be started: %s",
				   vring->index, strerror(-r));
		return r;
	}

	session->used = true;
	if (session->n_running++ == 0)
		vhu_session_report(session, VHU_EVENT_STARTED,
				   "a driver is using the device");

	return 0;
}

/*
 * A guest that reboots is not announced: front-ends stop the rings and start
 * them again, just as they do when the guest was merely paused.  But a new
 * driver starts the first queue from the very beginning.
 */
static void reset_for_new_driver(struct vhu_session *session)
{
	struct vhu_vring *first = &session->vrings[0];

	if (!session->used || first->running || !vhu_vring_is_ready(first))
		return;
	if (!vhu_vring_is_fresh(first, session->memory, session->features))
		return;

	vhu_session_pause(session);
	vhu_session_reset_device(session);
}

int vhu_session_resume(struct vhu_session *session)
{
	int result = 0;

	if (!session->memory)
		return 0;

	vhu_kept_records(session);
	reset_for_new_driver(session);

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		struct vhu_vring *vring = &session->vrings[i];
		int r;

		if (vring->running || !vhu_vring_is_ready(vring))
			continue;

		r = start_vring(session, vring);
		if (r < 0 && !result)
			result = r;
	}

	return result;
}

static void host_schedule(struct vd_device_host *host, uint32_t kick,
			  uint64_t deadline)
{
	struct vhu_session *session =
		container_of(host, struct vhu_session, host);

	for (unsigned int i = 0; kick; i++, kick >>= 1) {
		if (kick & 1)
			vb_defer(session->loop, &session->vrings[i].again);
	}

	vb_timer_set(session->loop, &session->tick, deadline);
}

static void host_changed(struct vd_device_host *host)
{
	vhu_kept_save_device(container_of(host, struct vhu_session, host));
}

static void tick(struct vb_timer *timer)
{
	struct vhu_session *session =
		container_of(timer, struct vhu_session, tick);

	vd_device_tick(session->device, vb_loop_now(session->loop));
}

static void kick(struct vhu_session *session, struct vhu_vring *vring)
{
	const struct vd_device *device = session->device;
	uint64_t now = device->ops->tick ? vb_loop_now(session->loop) : 0;

	vd_device_kick(session->device, vring->index, now);
}

static void start_polling(struct vhu_session *session)
{
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		if (session->vrings[i].running)
			vd_virtqueue_set_polling(session->vrings[i].vq, true);
	}

	vb_poller_start(session->loop, &session->poller,
			session->config.poll_usec);
}

static bool poll_vrings(struct vb_poller *poller)
{
	struct vhu_session *session =
		container_of(poller, struct vhu_session, poller);
	bool found = false;

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		struct vhu_vring *vring = &session->vrings[i];

		if (vring->running && vd_virtqueue_ready(vring->vq)) {
			kick(session, vring);
			found = true;
		}
	}

	return found;
}

static void stop_polling(struct vb_poller *poller)
{
	struct vhu_session *session =
		container_of(poller, struct vhu_session, poller);

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		struct vhu_vring *vring = &session->vrings[i];

		if (vring->running &&
		    vd_virtqueue_set_polling(vring->vq, false))
			vb_defer(session->loop, &vring->again);
	}
}

static void owner_kicked(struct vhu_vring_owner *owner, struct vhu_vring *vring)
{
	struct vhu_session *session =
		container_of(owner, struct vhu_session, owner);

	/* In-band, a mere kick starts a ring that was stopped. */
	if (!vring->started) {
		vring->started = true;
		(void)vhu_session_resume(session);
	}
	if (!vring->running)
		return;

	kick(session, vring);
	if (session->config.poll_usec)
		start_polling(session);
}

/* With neither a descriptor nor a socket, the driver looks by itself. */
static void owner_call(struct vhu_vring_owner *owner, struct vhu_vring *vring)
{
	struct vhu_session *session =
		container_of(owner, struct vhu_session, owner);
	const struct vhu_header header = {
		.request = VHU_BACKEND_VRING_CALL,
		.flags = VHU_VERSION,
		.size = sizeof(struct vhu_vring_state),
	};
	const struct vhu_vring_state state = { .index = vring->index };

	if (session->request_fd >= 0 &&
	    session->protocol_features &
		    VD_BIT(VHU_PROTOCOL_F_INBAND_NOTIFICATIONS))
		(void)vhu_message_send(session->request_fd, &header, &state,
				       NULL, 0);
}

static void owner_fault(struct vhu_vring_owner *owner, struct vhu_vring *vring,
			enum vd_virtqueue_fault fault)
{
	static const char *const texts[] = {
		[VD_VIRTQUEUE_BAD_HEAD] =
			"the driver made a descriptor available that is not "
			"in the ring; it was skipped",
		[VD_VIRTQUEUE_BAD_CHAIN] =
			"the driver made a chain available that cannot be "
			"used; it was returned",
		[VD_VIRTQUEUE_BROKEN] =
			"the ring's indices make no sense; it rests until the "
			"driver sets it up again",
	};
	struct vhu_session *session =
		container_of(owner, struct vhu_session, owner);

	vhu_session_report(session, VHU_EVENT_FAULT, "queue %u: %s",
			   vring->index, texts[fault]);
}

int vhu_session_init_rings(struct vhu_session *session)
{
	session->host.schedule = host_schedule;
	session->host.changed = host_changed;
	session->tick.fire = tick;
	session->owner.kicked = owner_kicked;
	session->owner.call = owner_call;
	session->owner.fault = owner_fault;
	session->poller.poll = poll_vrings;
	session->poller.idle = stop_polling;
	session->device->host = &session->host;

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		int r = vhu_vring_init(&session->vrings[i], &session->owner,
				       session->loop, session->device, i);

		if (r < 0)
			return r;
	}

	return 0;
}
