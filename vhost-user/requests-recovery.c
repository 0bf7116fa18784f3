/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages about what outlives this process, or travels to another one: the log
 * of dirty pages, the record of what is under way, and the device's state.
 */

#include <errno.h>
#include <string.h>

#include "vhost-user/requests.h"
#include "vhost-user/sealed-file.h"
#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

/* The old log stays until the new one is there; no ring runs meanwhile. */
int vhu_set_log_base(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_log *wire = &message->payload.log;
	struct vhu_dirty_log *log;
	int r;

	if (message->n_fds != 1)
		return -EPROTO;

	r = vhu_dirty_log_new(message->fds[0], wire->offset, wire->size,
			      &session->lender, &log);
	if (r < 0)
		return r;

	vhu_dirty_log_free(session->log);
	session->log = log;
	vhu_session_set_log(session);

	message->payload.u64 = 0;
	return 0;
}

/* To be told when the log has changed: front-ends look by themselves. */
int vhu_set_log_fd(struct vhu_session *session, struct vhu_message *message)
{
	(void)session;
	return message->n_fds == 1 ? 0 : -EPROTO;
}

/* Some front-ends leave out the padding at the end. */
static bool inflight_is_possible(const struct vhu_session *session,
				 const struct vhu_message *message)
{
	return message->header.size <= sizeof(struct vhu_inflight) &&
	       message->payload.inflight.n_queues <=
		       session->device->ops->n_queues;
}

int vhu_get_inflight_fd(struct vhu_session *session,
			struct vhu_message *message)
{
	struct vhu_inflight *inflight = &message->payload.inflight;
	int fd;

	if (!inflight_is_possible(session, message))
		return -EINVAL;

	fd = vhu_records_create(inflight, vhu_session_is_packed(session));
	if (fd < 0)
		return fd;

	/* It goes out with the answer, and is closed with the message. */
	message->fds[0] = fd;
	message->n_fds = 1;

	/* Whoever asks for many of them would be given our memory. */
	return vhu_sealed_file_vacate(fd, inflight->mmap_size);
}

int vhu_set_inflight_fd(struct vhu_session *session,
			struct vhu_message *message)
{
	struct vhu_records *records;
	int r;

	if (message->n_fds != 1 || !inflight_is_possible(session, message))
		return -EINVAL;

	r = vhu_records_new(message->fds[0], &message->payload.inflight,
			    &session->lender, &records);
	if (r < 0)
		return r;

	vhu_session_pause(session);
	vhu_session_set_records(session, records);
	session->account.own_records = 0;
	vhu_kept_put(session, VHU_AT_RECORDS, message->fds[0]);

	return vhu_session_resume(session);
}

/* Without protocol errors: what goes wrong here is told in the answer. */
static int begin_transfer(struct vhu_session *session,
			  const struct vhu_message *message)
{
	const struct vhu_device_state *wire = &message->payload.device_state;

	if (message->n_fds != 1 || wire->direction > VHU_STATE_LOAD ||
	    wire->phase != 0)
		return -EINVAL;
	if (session->n_running > 0)
		return -EBUSY;

	if (wire->direction == VHU_STATE_SAVE)
		return vhu_transfer_save(&session->transfer, message->fds[0]);

	return vhu_transfer_load(&session->transfer, message->fds[0]);
}

int vhu_set_device_state_fd(struct vhu_session *session,
			    struct vhu_message *message)
{
	int r = begin_transfer(session, message);

	session->transfer.result = r;
	if (r == 0)
		vhu_message_take_fd(message, 0);
	else
		vhu_session_report(session, VHU_EVENT_REFUSED,
				   "the device's state cannot travel: %s",
				   strerror(-r));
	message->payload.u64 = VHU_STATE_NO_FD | (r < 0);

	return 0;
}

int vhu_check_device_state(struct vhu_session *session,
			   struct vhu_message *message)
{
	(void)message;
	session->checking = true;

	return 0;
}
