/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A device's state on its way out of this process, or into it, through a
 * descriptor of the front-end's.
 *
 * The other end may be slow, and is read or written only after we have answered;
 * so all of it happens piece by piece, between other things.
 */

#ifndef VHOST_USER_DEVICE_STATE_H
#define VHOST_USER_DEVICE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/loop.h"

struct vd_device;

/**
 * struct vhu_transfer - a state on its way
 * @source:  the front-end's descriptor; fd -1 if no transfer is under way
 * @patience: when to give up, if nothing moves
 * @limit:   when to give up, however much moves
 * @loop:    where it happens
 * @device:  whose state it is
 * @done:    called once it has ended; set by whoever embeds this
 * @saving:  it goes out
 * @buf:     the state
 * @len:     bytes of it, or when loading, room for it
 * @at:      how many were moved
 * @result:  0, or a negative errno: how the last transfer ended
 */
struct vhu_transfer {
	struct vb_source source;
	struct vb_timer patience;
	uint64_t limit;
	struct vb_loop *loop;
	struct vd_device *device;
	void (*done)(struct vhu_transfer *transfer);
	bool saving;
	uint8_t *buf;
	size_t len;
	size_t at;
	int result;
};

/**
 * vhu_transfer_init() - nothing is under way, and nothing has been
 */
void vhu_transfer_init(struct vhu_transfer *transfer, struct vb_loop *loop,
		       struct vd_device *device,
		       void (*done)(struct vhu_transfer *transfer));

/**
 * vhu_transfer_save() - send the state
 * @transfer: an earlier one is given up
 * @fd:       where to; becomes non-blocking, is owned on success, and closed at
 *            the end
 *
 * Whoever reads must not be able to end us: SIGPIPE has to be ignored.
 *
 * Return: 0, -ENOMEM, or the error of vhu_notifier_accept() or of waiting for the
 *         descriptor.
 */
int vhu_transfer_save(struct vhu_transfer *transfer, int fd);

/**
 * vhu_transfer_load() - receive a state, up to the end of the file
 * @transfer: an earlier one is given up
 * @fd:       likewise
 *
 * It becomes the device's if it is good; or else the device is as new.
 *
 * Return: as vhu_transfer_save() does.
 */
int vhu_transfer_load(struct vhu_transfer *transfer, int fd);

/**
 * vhu_transfer_is_busy() - is one under way?
 */
bool vhu_transfer_is_busy(const struct vhu_transfer *transfer);

/**
 * vhu_transfer_cancel() - give it up
 * @transfer: no harm if none is under way; @done is not called
 */
void vhu_transfer_cancel(struct vhu_transfer *transfer);

#endif
