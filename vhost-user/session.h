/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_SESSION_H
#define VHOST_USER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: A session with one front-end
 *
 * Everything between the acceptance of a connection and its end: the
 * negotiation, guest memory, and a vring for each queue of the device.  See
 * docs/interop/vhost-user.rst in QEMU.
 *
 * A message that is wrong changes nothing.  It is refused with a non-zero
 * acknowledgement where the front-end asked for one, and else by closing the
 * connection; every descriptor that came along is closed.
 */

struct vb_loop;
struct vd_device;
struct vhu_kept;
struct vhu_keeper;
struct vhu_session;

/* What a session has to tell about; see struct vhu_session_config. */
enum vhu_event {
	VHU_EVENT_CLAIMED, /* the first complete message has come */
	VHU_EVENT_STARTED, /* the first ring runs */
	VHU_EVENT_STOPPED, /* no ring runs any more */
	VHU_EVENT_REFUSED, /* a message was refused */
	VHU_EVENT_FAULT, /* the driver made a mistake, see @detail */
	VHU_EVENT_ENDED, /* the connection is over; free the session soon */
};

/**
 * struct vhu_session_config - how a session is to be held
 * @features: ring features to offer, of VD_VIRTQUEUE_FEATURES
 * @poll_usec: look at the rings for so long after a kick before sleeping; 0
 *            for not at all
 * @in_band:  offer VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS, for front-ends
 *            that simulate time.  Slower: each kick becomes a message
 * @keeper:   keeps what another process needs to take up the session; NULL for
 *            none
 * @event:    told what happens; @detail is a short text for people, never
 *            NULL.  Must not free the session.  May be NULL
 * @context:  for @event
 */
struct vhu_session_config {
	uint64_t features;
	uint32_t poll_usec;
	bool in_band;
	struct vhu_keeper *keeper;
	void (*event)(void *context, enum vhu_event event, const char *detail);
	void *context;
};

/**
 * vhu_session_new() - begin to talk to a front-end
 * @loop:   all is done in its thread
 * @device: as new; stays the caller's
 * @fd:     a connected socket; owned by the session on success
 * @config: copied
 * @ret:    the session
 *
 * A front-end may have closed the other end of a pipe or socket that the driver is
 * notified through, or that a state is sent to.  It must not be able to end the
 * process so: SIGPIPE has to be ignored.  For memory that it takes away, see
 * vhu_catch_bus_errors().
 *
 * Return: 0, -ENOMEM, or what watching the socket fails with.
 */
int vhu_session_new(struct vb_loop *loop, struct vd_device *device, int fd,
		    const struct vhu_session_config *config,
		    struct vhu_session **ret);

/**
 * vhu_session_restore() - go on where another process was
 * @session: just made, with the connection that was kept
 * @kept:    what else was; descriptors that are used are taken out of it
 *
 * Return: 0, or a negative errno if that cannot be: the session has to be freed.
 *         -ESTALE if the other process ended in the middle of a message.
 */
int vhu_session_restore(struct vhu_session *session, struct vhu_kept *kept);

/**
 * vhu_session_free() - end it
 * @session: stops the rings, resets the device and closes every descriptor;
 *           may be NULL
 *
 * What was kept stays kept, unless the front-end has gone.
 */
void vhu_session_free(struct vhu_session *session);

/**
 * vhu_catch_bus_errors() - survive a front-end that truncates its memory
 *
 * Without this, whoever touches memory that a front-end has shared and then
 * taken away is ended by SIGBUS.  With it, the session with that front-end
 * ends, and nothing else.  It is the process's handler for that signal from
 * then on, which passes on what is not about guest memory; SIGBUS must not be
 * blocked in a thread that runs a session.
 *
 * Return: 0, or the error of sigaction().
 */
int vhu_catch_bus_errors(void);

#ifdef __cplusplus
}
#endif

#endif
