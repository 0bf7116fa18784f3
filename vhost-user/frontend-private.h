/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Between frontend.c, which exchanges messages, and frontend-queue.c, which
 * works the rings.  Not installed.
 */

#ifndef VHOST_USER_FRONTEND_PRIVATE_H
#define VHOST_USER_FRONTEND_PRIVATE_H

#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

/**
 * struct vhu_frontend - a front-end
 * @fd:       the connection
 * @timeout:  milliseconds to wait for anything
 * @request:  the last one that was sent
 * @acks:     acknowledgements are wanted
 * @features: what has been negotiated
 * @memory:   guest memory, or NULL; not owned
 * @logging:  the back-end is to tell which pages it writes
 * @log:      a bit for each of them; NULL if it never had to
 * @log_size: bytes of it
 * @inflight: what the file of records holds
 * @inflight_fd: which the back-end has made; -1 if there is none
 * @queues:   those without a ring were not prepared
 */
struct vhu_frontend {
	int fd;
	unsigned int timeout;
	uint32_t request;
	bool acks;
	struct vhu_frontend_features features;
	struct vhu_guest_memory *memory;
	bool logging;
	uint8_t *log;
	size_t log_size;
	struct vhu_inflight inflight;
	int inflight_fd;
	struct vhu_frontend_queue queues[VHU_FRONTEND_MAX_QUEUES];
};

/**
 * vhu_frontend_has() - was a bit of the protocol's features accepted?
 */
bool vhu_frontend_has(const struct vhu_frontend *frontend,
		      enum vhu_protocol_feature feature);

/**
 * vhu_frontend_queue_fini() - free a queue; no harm if there is none
 */
void vhu_frontend_queue_fini(struct vhu_frontend_queue *queue);

/**
 * vhu_frontend_inflight_fini() - close the file of records, if there is one
 */
void vhu_frontend_inflight_fini(struct vhu_frontend *frontend);

/**
 * vhu_frontend_log_fini() - unmap the log; no harm if there is none
 */
void vhu_frontend_log_fini(struct vhu_frontend *frontend);

#endif
