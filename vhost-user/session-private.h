/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Between session.c, which keeps the connection and the rings going, and
 * requests.c, which knows what each message means.  Not installed.
 */

#ifndef VHOST_USER_SESSION_PRIVATE_H
#define VHOST_USER_SESSION_PRIVATE_H

#include "backends/loop.h"
#include "vhost-user/device-state.h"
#include "vhost-user/dirty-log.h"
#include "vhost-user/inflight.h"
#include "vhost-user/kept.h"
#include "vhost-user/mapping.h"
#include "vhost-user/memory.h"
#include "vhost-user/message.h"
#include "vhost-user/session.h"
#include "vhost-user/vring.h"
#include "virtio-devices/device.h"

/**
 * struct vhu_session - a session
 * @config:   how it is to be held
 * @loop:     its event loop
 * @device:   what is offered
 * @host:     what the device sees of us
 * @tick:     the device's deadline
 * @owner:    what the rings see of us
 * @poller:   looks at the rings after a kick, if that is wanted
 * @socket:   the connection
 * @message:  being received, or being answered
 * @stall:    when to give up waiting for the rest of it
 * @claimed:  a message has come
 * @ended:    the connection is over
 * @offered:  feature bits
 * @features: those of them that were accepted
 * @protocol_features: likewise, of the protocol
 * @lender:   the front-end, for what it shares
 * @memory:   guest memory, or NULL
 * @log:      what is written in it, or NULL
 * @account:  of what another process needs to take up the session
 * @transfer: of the device's state
 * @checking: CHECK_DEVICE_STATE waits for the end of it, and is not answered yet
 * @records:  of what is under way, or NULL
 * @vrings:   a ring for each queue of the device
 * @n_running: how many of them run
 * @used:     some ring ran since the device was last as new
 * @request_fd: a socket for our own requests, or -1
 */
struct vhu_session {
	struct vhu_session_config config;
	struct vb_loop *loop;
	struct vd_device *device;
	struct vd_device_host host;
	struct vb_timer tick;
	struct vhu_vring_owner owner;
	struct vb_poller poller;
	struct vb_source socket;
	struct vhu_message message;
	struct vb_timer stall;
	bool claimed;
	bool ended;
	uint64_t offered;
	uint64_t features;
	uint64_t protocol_features;
	struct vhu_lender lender;
	struct vhu_memory *memory;
	struct vhu_dirty_log *log;
	struct vhu_account account;
	struct vhu_transfer transfer;
	bool checking;
	struct vhu_records *records;
	struct vhu_vring vrings[VD_MAX_QUEUES];
	unsigned int n_running;
	bool used;
	int request_fd;
};

/**
 * vhu_session_is_packed() - have packed rings been negotiated?
 */
static inline bool vhu_session_is_packed(const struct vhu_session *session)
{
	return session->features & 1ULL << 34 /* VIRTIO_F_RING_PACKED */;
}

/* session-rings.c */

/**
 * vhu_session_init_rings() - make the rings, of which none runs
 * @session: @loop and @device are set
 *
 * Return: 0, or the error of vhu_vring_init().
 */
int vhu_session_init_rings(struct vhu_session *session);

/**
 * vhu_session_pause() - let no ring run, until vhu_session_resume()
 */
void vhu_session_pause(struct vhu_session *session);

/**
 * vhu_session_resume() - let those rings run that can
 *
 * Return: 0, or the error of the first ring that could not be started.
 */
int vhu_session_resume(struct vhu_session *session);

/**
 * vhu_session_pause_vring() - let one ring not run; something is to change
 */
void vhu_session_pause_vring(struct vhu_session *session,
			     struct vhu_vring *vring);

/**
 * vhu_session_reset_device() - the device is to be as new; no ring runs
 */
void vhu_session_reset_device(struct vhu_session *session);

/**
 * vhu_session_set_log() - have the rings log as was negotiated
 * @session: @features and @log are as they are to be
 */
void vhu_session_set_log(struct vhu_session *session);

/**
 * vhu_session_set_records() - have the rings record what is under way
 * @session: no ring runs
 * @records: owned by the session; the old ones are freed
 */
void vhu_session_set_records(struct vhu_session *session,
			     struct vhu_records *records);

/* requests.c */

/**
 * vhu_session_handle() - do what a message asks, and answer it
 * @session: @message is complete
 *
 * Return: 0, or a negative errno if the connection has to be closed.
 */
int vhu_session_handle(struct vhu_session *session);

/**
 * vhu_session_answer_check() - answer CHECK_DEVICE_STATE, which is @checking
 *
 * Return: 0, or a negative errno if the connection has to be closed.
 */
int vhu_session_answer_check(struct vhu_session *session);

/* session.c */

/**
 * vhu_session_report() - tell whoever holds the session
 */
void vhu_session_report(struct vhu_session *session, enum vhu_event event,
			const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
