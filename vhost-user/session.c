/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a session, which is that of its connection.
 */

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

static void message_came(struct vhu_session *session)
{
	int r;

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
		vb_source_change(&session->socket, 0);
	else
		vhu_kept_end(session);
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
	if (r == -EAGAIN)
		wait_for_more(session);
	else if (r <= 0)
		end(session, why_ended(session, r));
	else
		message_came(session);
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

static void session_freep(struct vhu_session **session)
{
	vhu_session_free(*session);
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

	session->stall.fire = stalled;
	session->socket.ready = socket_ready;
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
	vhu_message_init(&session->message);

	r = vhu_session_init_rings(session);
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
