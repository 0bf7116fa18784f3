/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * One ring of a session: what the front-end told about it, its descriptors,
 * and the virtqueue while it runs.
 *
 * A ring runs while it is started and enabled, and everything is known that is
 * needed.  Whatever changes meanwhile, it is paused, changed, and resumed.
 */

#ifndef VHOST_USER_VRING_H
#define VHOST_USER_VRING_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/loop.h"
#include "vhost-user/wire.h"
#include "virtio-devices/virtqueue.h"

struct vd_device;
struct vhu_dirty_log;
struct vhu_memory;
struct vhu_records;
struct vhu_vring;

/**
 * struct vhu_vring_owner - who looks after a ring
 * @kicked:  a kick has come
 * @call:    the driver is to be notified, and there is no call descriptor
 * @fault:   the driver made a mistake
 */
struct vhu_vring_owner {
	void (*kicked)(struct vhu_vring_owner *owner, struct vhu_vring *vring);
	void (*call)(struct vhu_vring_owner *owner, struct vhu_vring *vring);
	void (*fault)(struct vhu_vring_owner *owner, struct vhu_vring *vring,
		      enum vd_virtqueue_fault fault);
};

/**
 * struct vhu_vring_area - a part of a ring that we write to
 * @at:   where it is, as mapped here
 * @size: bytes
 */
struct vhu_vring_area {
	const void *at;
	size_t size;
};

/**
 * struct vhu_vring - a ring
 * @host:     what the virtqueue sees of us
 * @vq:       the virtqueue
 * @owner:    the session
 * @loop:     its event loop
 * @device:   its device
 * @index:    which queue this is
 * @memory:   guest memory, while the ring runs
 * @records:  of what is under way, or NULL; the session sets it
 * @log:      what is written is told there; NULL if nobody wants to know
 * @log_all:  the data in buffers, too
 * @num:      entries, or 0 if not known
 * @base:     where to go on
 * @new_base: the front-end has set @base since the ring ran last
 * @addr:     the three areas, by the front-end's addresses
 * @has_addr: it is known
 * @device_area: where the third one is, while the ring runs
 * @packed_area: likewise the first one; empty unless we write there
 * @kick:     the front-end writes to it; fd -1 if there is none
 * @n_kicks:  how often it was found readable
 * @no_kick:  the ring has to be looked at now and then
 * @look:     when
 * @call_fd:  we write to it; -1 if there is none
 * @err_fd:   likewise
 * @started:  the front-end wants the ring to be worked
 * @enabled:  and allows it
 * @running:  and it is
 * @stuck:    it could not be started, and nothing has changed since
 * @again:    the device has to be kicked again
 * @owes_interrupt: and the driver to be notified, whether anything is used or not
 */
struct vhu_vring {
	struct vd_virtqueue_host host;
	struct vd_virtqueue *vq;
	struct vhu_vring_owner *owner;
	struct vb_loop *loop;
	struct vd_device *device;
	unsigned int index;
	struct vhu_memory *memory;
	struct vhu_records *records;
	struct vhu_dirty_log *log;
	bool log_all;
	uint32_t num;
	uint32_t base;
	bool new_base;
	struct vhu_vring_addr addr;
	bool has_addr;
	struct vhu_vring_area device_area;
	struct vhu_vring_area packed_area;
	struct vb_source kick;
	unsigned int n_kicks;
	bool no_kick;
	struct vb_timer look;
	int call_fd;
	int err_fd;
	bool started;
	bool enabled;
	bool running;
	bool stuck;
	struct vb_deferred again;
	bool owes_interrupt;
};

/**
 * vhu_vring_init() - a ring of which nothing is known
 *
 * Return: 0 or -ENOMEM.
 */
int vhu_vring_init(struct vhu_vring *vring, struct vhu_vring_owner *owner,
		   struct vb_loop *loop, struct vd_device *device,
		   unsigned int index);

/**
 * vhu_vring_fini() - forget it, and close its descriptors
 * @vring: not running; no harm if it was never initialised, but zero
 */
void vhu_vring_fini(struct vhu_vring *vring);

/**
 * vhu_vring_check_num() - could a ring have this size?
 * @num:    entries
 * @packed: the format
 */
bool vhu_vring_check_num(uint32_t num, bool packed);

/**
 * vhu_vring_set_kick() - replace the kick descriptor
 * @vring:   the ring
 * @fd:      owned by the ring on success; -1 for none
 * @polling: there will be no kicks at all: look now and then
 *
 * Return: 0, or the error of vhu_notifier_accept() or of watching it.
 */
int vhu_vring_set_kick(struct vhu_vring *vring, int fd, bool polling);

/**
 * vhu_vring_set_call() - replace the call descriptor
 * @vring: the ring
 * @fd:    owned by the ring on success; -1 for none
 *
 * Return: 0, or the error of vhu_notifier_accept().
 */
int vhu_vring_set_call(struct vhu_vring *vring, int fd);

/**
 * vhu_vring_set_err() - replace the error descriptor
 * @vring: the ring
 * @fd:    owned by the ring on success; -1 for none
 *
 * Return: 0, or the error of vhu_notifier_accept().
 */
int vhu_vring_set_err(struct vhu_vring *vring, int fd);

/**
 * vhu_vring_set_addr() - say where the areas are, and whether to log them
 * @vring: the ring; may run if vhu_vring_is_at() says so
 * @addr:  copied
 */
void vhu_vring_set_addr(struct vhu_vring *vring,
			const struct vhu_vring_addr *addr);

/**
 * vhu_vring_is_at() - are the areas where they were?
 * @vring: the ring
 * @addr:  where they are to be; whether and where to log does not count
 */
bool vhu_vring_is_at(const struct vhu_vring *vring,
		     const struct vhu_vring_addr *addr);

/**
 * vhu_vring_set_log() - log what is written, or do not
 * @vring: may run
 * @log:   stays until another one is set; NULL for none
 * @all:   log the data in buffers; the ring itself is logged if its address
 *         says so
 */
void vhu_vring_set_log(struct vhu_vring *vring, struct vhu_dirty_log *log,
		       bool all);

/**
 * vhu_vring_is_ready() - is everything there that it needs to run?
 */
bool vhu_vring_is_ready(const struct vhu_vring *vring);

/**
 * vhu_vring_is_fresh() - does a new driver start with this ring?
 * @vring:    ready, not running
 * @memory:   guest memory
 * @features: as negotiated
 *
 * The front-end has put it to the very beginning, and nothing was used yet.
 */
bool vhu_vring_is_fresh(const struct vhu_vring *vring,
			struct vhu_memory *memory, uint64_t features);

/**
 * vhu_vring_start() - let it run
 * @vring:    ready, not running
 * @memory:   guest memory; must stay while the ring runs
 * @features: as negotiated
 *
 * The device is kicked soon: requests may wait already.
 *
 * Return: 0, -EFAULT if the areas are not in guest memory, -EINVAL if the ring
 *         is impossible, -EBADMSG if the record of what is under way is, or
 *         -ENOMEM.
 */
int vhu_vring_start(struct vhu_vring *vring, struct vhu_memory *memory,
		    uint64_t features);

/**
 * vhu_vring_forget() - what it had under way before is nobody's concern
 * @vring:    not running
 * @features: as negotiated
 */
void vhu_vring_forget(struct vhu_vring *vring, uint64_t features);

/**
 * vhu_vring_pause() - stop running, and remember where
 * @vring: no harm if it does not run
 */
void vhu_vring_pause(struct vhu_vring *vring);

#endif
