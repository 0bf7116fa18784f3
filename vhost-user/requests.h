/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Functions for messages that are not in requests.c, where the table is.  Each
 * returns 0, or a negative errno to refuse the message.  Not installed.
 */

#ifndef VHOST_USER_REQUESTS_H
#define VHOST_USER_REQUESTS_H

struct vhu_message;
struct vhu_session;

int vhu_set_log_base(struct vhu_session *session, struct vhu_message *message);
int vhu_set_log_fd(struct vhu_session *session, struct vhu_message *message);
int vhu_get_inflight_fd(struct vhu_session *session,
			struct vhu_message *message);
int vhu_set_inflight_fd(struct vhu_session *session,
			struct vhu_message *message);
int vhu_set_device_state_fd(struct vhu_session *session,
			    struct vhu_message *message);
int vhu_check_device_state(struct vhu_session *session,
			   struct vhu_message *message);

int vhu_set_vring_num(struct vhu_session *session, struct vhu_message *message);
int vhu_set_vring_addr(struct vhu_session *session,
		       struct vhu_message *message);
int vhu_set_vring_base(struct vhu_session *session,
		       struct vhu_message *message);
int vhu_get_vring_base(struct vhu_session *session,
		       struct vhu_message *message);
int vhu_set_vring_kick(struct vhu_session *session,
		       struct vhu_message *message);
int vhu_set_vring_call(struct vhu_session *session,
		       struct vhu_message *message);
int vhu_set_vring_err(struct vhu_session *session, struct vhu_message *message);
int vhu_set_vring_enable(struct vhu_session *session,
			 struct vhu_message *message);
int vhu_vring_kick(struct vhu_session *session, struct vhu_message *message);

#endif
