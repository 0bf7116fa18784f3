/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_KEEPER_H
#define VHOST_USER_KEEPER_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: Sessions that outlive a process
 *
 * A front-end that cannot connect again need not notice that a back-end was
 * killed, or restarted, if somebody keeps the descriptors of the session: the
 * connection, guest memory, eventfds, and a file with all else that is known.
 * systemd does, see FileDescriptorStoreMax= in systemd.service(5).
 *
 * Each file is kept once, under a number, wherever the session uses it: systemd
 * would not keep it twice.
 */

/* Numbers are below this; two of them are always the same. */
#define VHU_N_KEPT 64
#define VHU_KEPT_STATE 0
#define VHU_KEPT_CONNECTION 1

struct vhu_keeper;

/**
 * struct vhu_keeper_ops - somebody who keeps descriptors
 * @keep: keep a duplicate of @fd, which stays the caller's
 * @drop: forget what has this number
 * @is_same: are these two one file to the keeper, which it would keep once?
 * @is_settled: has all of that been done?  A keeper may take its time: a
 *        front-end that shares files all the time must not keep it busy
 */
struct vhu_keeper_ops {
	void (*keep)(struct vhu_keeper *keeper, unsigned int number, int fd);
	void (*drop)(struct vhu_keeper *keeper, unsigned int number);
	bool (*is_same)(struct vhu_keeper *keeper, int a, int b);
	bool (*is_settled)(struct vhu_keeper *keeper);
};

/**
 * struct vhu_keeper - the part of a keeper that a session sees
 * @ops:     how to talk to it
 * @settled: for the keeper to call when @is_settled has become true; set by the
 *           session that there is, or NULL
 * @context: for @settled
 */
struct vhu_keeper {
	const struct vhu_keeper_ops *ops;
	void (*settled)(void *context);
	void *context;
};

/**
 * struct vhu_kept - what has been kept
 * @fds: by number; -1 where there is none
 */
struct vhu_kept {
	int fds[VHU_N_KEPT];
};

#ifdef __cplusplus
}
#endif

#endif
