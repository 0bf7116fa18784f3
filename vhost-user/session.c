/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a session: the connection, and which rings run.
 */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

/* A message that stops half-way keeps nobody waiting for longer. */
#define STALL_TIMEOUT (2 * VD_NSEC_PER_SEC)

void vhu_session_report(struct vhu_session *session, enum vhu_event event,
			const char *format, ...)
{
	char detail[160];
	va_list args;

	if (!session->config.event)
		return;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	session->config.event(session->config.context, event, detail);
}

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

static void end(struct vhu_session *session, const char *why)
{
	session->ended = true;
	vhu_session_pause(session);
	vb_source_remove(&session->socket);
	vb_timer_cancel(&session->stall);
	vhu_transfer_cancel(&session->transfer);
	vhu_kept_forget(session);
	vhu_session_report(session, VHU_EVENT_ENDED, "%s", why);
}

static void stalled(struct vb_timer *timer)
{
	struct vhu_session *session =
		container_of(timer, struct vhu_session, stall);

	end(session, "the front-end stopped in the middle of a message");
}

static const char *why_ended(const struct vhu_session *session, int r)
{
	if (atomic_load(&session->lender.failed))
		return "the front-end took memory away that it had shared; "
		       "has its file been truncated?";

	switch (r) {
	case 0:
		return "the front-end has closed the connection";
	case -EPROTO:
		return "the front-end sent what is no vhost-user message, "
		       "or one that cannot be refused in any other way";
	case -ECONNRESET:
		return "the front-end went away in the middle of a message";
	default:
		return strerror(-r);
	}
}

/* What woke us may be gone, and then all is as it was. */
static void wait_for_more(struct vhu_session *session)
{
	if (session->message.got == 0 && session->claimed)
		vhu_kept_end(session);
	else if (session->message.got && !session->stall.loop)
		vb_timer_set(session->loop, &session->stall,
			     vb_loop_now(session->loop) + STALL_TIMEOUT);
}

/* One message at a time, so that the rings get their turn in between. */
static void socket_ready(struct vb_source *source, uint32_t events)
{
	struct vhu_session *session =
		container_of(source, struct vhu_session, socket);
	int r;

	/* One thing after the other; but a front-end that is gone is gone. */
	if (session->checking) {
		if (events & (EPOLLHUP | EPOLLERR))
			end(session, why_ended(session, 0));
		return;
	}

	vhu_kept_begin(session);
	r = vhu_message_receive(source->fd, &session->message);
	if (r == -EAGAIN) {
		wait_for_more(session);
		return;
	}
	if (r <= 0) {
		end(session, why_ended(session, r));
		return;
	}

	vb_timer_cancel(&session->stall);
	if (!session->claimed) {
		session->claimed = true;
		vhu_session_report(session, VHU_EVENT_CLAIMED, "connected");
	}

	r = vhu_session_handle(session);
	vhu_message_fini(&session->message);
	vhu_message_init(&session->message);
	if (r < 0)
		end(session, why_ended(session, r));
	else if (session->checking)
		vb_source_change(source, 0);
	else
		vhu_kept_end(session);
}

static void transferred(struct vhu_transfer *transfer)
{
	struct vhu_session *session =
		container_of(transfer, struct vhu_session, transfer);
	int r;

	if (transfer->result < 0)
		vhu_session_report(session, VHU_EVENT_REFUSED,
				   "the device's state was not %s: %s",
				   transfer->saving ? "taken" : "accepted",
				   strerror(-transfer->result));
	if (!session->checking)
		return;

	session->checking = false;
	vb_source_change(&session->socket, EPOLLIN);
	r = vhu_session_answer_check(session);
	if (r < 0)
		end(session, why_ended(session, r));
	else
		vhu_kept_end(session);
}

static int init_vrings(struct vhu_session *session)
{
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		int r = vhu_vring_init(&session->vrings[i], &session->owner,
				       session->loop, session->device, i);

		if (r < 0)
			return r;
	}

	return 0;
}

static void session_freep(struct vhu_session **session)
{
	vhu_session_free(*session);
}

static void connect_parts(struct vhu_session *session)
{
	session->host.schedule = host_schedule;
	session->host.changed = host_changed;
	session->tick.fire = tick;
	session->owner.kicked = owner_kicked;
	session->owner.call = owner_call;
	session->owner.fault = owner_fault;
	session->poller.poll = poll_vrings;
	session->poller.idle = stop_polling;
	session->stall.fire = stalled;
	session->socket.ready = socket_ready;
}

int vhu_session_new(struct vb_loop *loop, struct vd_device *device, int fd,
		    const struct vhu_session_config *config,
		    struct vhu_session **ret)
{
	VD_CLEANUP(session_freep) struct vhu_session *session = NULL;
	int r;

	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;

	connect_parts(session);
	session->config = *config;
	session->loop = loop;
	session->device = device;
	session->socket.fd = -1;
	session->request_fd = -1;
	session->account.keeper = config->keeper;
	session->account.file = -1;
	vhu_transfer_init(&session->transfer, loop, device, transferred);
	session->offered = device->features | config->features |
			   VD_BIT(VHU_F_PROTOCOL_FEATURES) |
			   VD_BIT(VHU_F_LOG_ALL);
	device->host = &session->host;
	vhu_message_init(&session->message);

	r = init_vrings(session);
	if (r < 0)
		return r;

	/* Only now is it ours to close. */
	session->socket.fd = fd;
	session->lender.socket = fd;
	r = vb_loop_watch(loop, &session->socket, EPOLLIN);
	if (r < 0) {
		session->socket.fd = -1;
		return r;
	}

	*ret = VD_STEAL(session);
	return 0;
}

int vhu_session_restore(struct vhu_session *session, struct vhu_kept *kept)
{
	int r = vhu_kept_restore(session, kept);

	/* There is nothing to be taken up a second time. */
	if (r < 0)
		vhu_kept_forget(session);

	return r;
}

void vhu_session_free(struct vhu_session *session)
{
	if (!session)
		return;

	session->config.event = NULL;
	vhu_session_pause(session);
	if (session->claimed)
		vhu_kept_save(session);
	else
		vhu_kept_forget(session);
	vhu_kept_fini(session);
	vd_device_reset(session->device);
	session->device->host = NULL;
	vb_timer_cancel(&session->tick);
	vb_timer_cancel(&session->stall);
	vhu_transfer_cancel(&session->transfer);
	vb_source_remove(&session->socket);
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		vhu_vring_fini(&session->vrings[i]);
	vhu_memory_free(session->memory);
	vhu_dirty_log_free(session->log);
	vhu_records_free(session->records);
	vhu_message_fini(&session->message);
	if (session->request_fd >= 0)
		close(session->request_fd);
	if (session->socket.fd >= 0)
		close(session->socket.fd);
	free(session);
}
