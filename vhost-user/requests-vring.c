/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Messages about one ring.
 */

#include <errno.h>

#include "vhost-user/requests.h"
#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

static struct vhu_vring *vring_at(struct vhu_session *session, uint64_t index)
{
	if (index >= session->device->ops->n_queues)
		return NULL;

	return &session->vrings[index];
}

int vhu_set_vring_num(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_vring_state *state = &message->payload.state;
	struct vhu_vring *vring = vring_at(session, state->index);

	if (!vring ||
	    !vhu_vring_check_num(state->num, vhu_session_is_packed(session)))
		return -EINVAL;

	vhu_session_pause_vring(session, vring);
	vring->num = state->num;

	return vhu_session_resume(session);
}

int vhu_set_vring_addr(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_vring_addr *addr = &message->payload.addr;
	struct vhu_vring *vring = vring_at(session, addr->index);

	if (!vring || addr->desc % 16 || addr->used % 4 ||
	    addr->avail % (vhu_session_is_packed(session) ? 4 : 2))
		return -EINVAL;

	if (!vring->running || !vhu_vring_is_at(vring, addr))
		vhu_session_pause_vring(session, vring);
	vhu_vring_set_addr(vring, addr);

	return vhu_session_resume(session);
}

int vhu_set_vring_base(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_vring_state *state = &message->payload.state;
	struct vhu_vring *vring = vring_at(session, state->index);

	if (!vring ||
	    (!vhu_session_is_packed(session) && state->num > UINT16_MAX))
		return -EINVAL;

	vhu_session_pause_vring(session, vring);
	vring->base = state->num;
	vring->new_base = true;

	return vhu_session_resume(session);
}

int vhu_get_vring_base(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_vring_state *state = &message->payload.state;
	struct vhu_vring *vring = vring_at(session, state->index);

	if (!vring)
		return -EINVAL;

	/* A kick that is still under way must not start the ring again. */
	vhu_session_pause_vring(session, vring);
	(void)vhu_vring_set_kick(vring, -1, false);
	vhu_kept_put(session, VHU_AT_KICK(vring->index), -1);
	vring->started = false;
	state->num = vring->base;

	return 0;
}

/* The ring that a message with a descriptor is about, or NULL. */
static struct vhu_vring *vring_of_fd(struct vhu_session *session,
				     const struct vhu_message *message)
{
	uint64_t u64 = message->payload.u64;
	bool no_fd = u64 & VHU_VRING_NO_FD;

	if (u64 & ~(uint64_t)(VHU_VRING_INDEX_MASK | VHU_VRING_NO_FD))
		return NULL;
	if (message->n_fds != (no_fd ? 0 : 1))
		return NULL;

	return vring_at(session, u64 & VHU_VRING_INDEX_MASK);
}

static int fd_of(const struct vhu_message *message)
{
	return message->n_fds ? message->fds[0] : -1;
}

static bool is_in_band(const struct vhu_session *session)
{
	return session->protocol_features &
	       VD_BIT(VHU_PROTOCOL_F_INBAND_NOTIFICATIONS);
}

int vhu_set_vring_kick(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_vring *vring = vring_of_fd(session, message);
	int r;

	if (!vring)
		return -EINVAL;

	r = vhu_vring_set_kick(vring, fd_of(message),
			       !message->n_fds && !is_in_band(session));
	if (r < 0)
		return r;

	vhu_message_take_fd(message, 0);
	vhu_kept_put(session, VHU_AT_KICK(vring->index), vring->kick.fd);
	vhu_session_pause_vring(session, vring);
	vring->started = true;

	return vhu_session_resume(session);
}

int vhu_set_vring_call(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_vring *vring = vring_of_fd(session, message);
	int r;

	if (!vring)
		return -EINVAL;

	r = vhu_vring_set_call(vring, fd_of(message));
	if (r < 0)
		return r;

	vhu_message_take_fd(message, 0);
	vhu_kept_put(session, VHU_AT_CALL(vring->index), vring->call_fd);
	return 0;
}

int vhu_set_vring_err(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_vring *vring = vring_of_fd(session, message);
	int r;

	if (!vring)
		return -EINVAL;

	r = vhu_vring_set_err(vring, fd_of(message));
	if (r < 0)
		return r;

	vhu_message_take_fd(message, 0);
	vhu_kept_put(session, VHU_AT_ERR(vring->index), vring->err_fd);
	return 0;
}

int vhu_set_vring_enable(struct vhu_session *session,
			 struct vhu_message *message)
{
	const struct vhu_vring_state *state = &message->payload.state;
	struct vhu_vring *vring = vring_at(session, state->index);

	if (!vring || state->num > 1)
		return -EINVAL;

	if (state->num == vring->enabled && !vring->stuck)
		return 0;

	vhu_session_pause_vring(session, vring);
	vring->enabled = state->num;

	return vhu_session_resume(session);
}

int vhu_vring_kick(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_vring *vring =
		vring_at(session, message->payload.state.index);

	if (!vring)
		return -EINVAL;

	session->owner.kicked(&session->owner, vring);
	return 0;
}
