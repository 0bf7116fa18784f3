/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VIRTIO_DEVICES_DEVICE_H
#define VIRTIO_DEVICES_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/chain.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: The seam between a device and whatever carries it
 *
 * What a virtio device has, whatever its type and its transport (virtio 1.3,
 * chapter 2): feature bits, a configuration space, and virtqueues.
 *
 * A transport calls down through the vd_device_*() functions; a device calls
 * back through the queues that it was given.  Neither side knows the other by
 * name: the transport may be vhost-user, a VMM's own PCI or MMIO code, or a
 * unit test.
 *
 * All calls for one device come from one thread, or under one lock.  None
 * blocks, and none allocates after the device was made.
 *
 * Time is an argument.  Whoever drives the device says what time it is, in
 * nanoseconds on a monotonic clock, and is told through struct vd_device_host
 * when the device wants vd_device_tick() to be called.
 */

/*
 * Bytes of the largest state there is; see state.h.  A GPIO controller with as
 * many lines as there can be needs a quarter of it.
 */
#define VD_STATE_MAX (1U << 20)

/* No device type has more virtqueues than sound. */
#define VD_MAX_QUEUES 4

struct vd_device;
struct vd_device_host;
struct vd_state_reader;
struct vd_state_writer;

/**
 * struct vd_queue_ops - what a transport offers a device
 * @pop:      1 and the next chain in @ret, 0 if there is none, or -EPROTO if
 *            the driver has corrupted the ring.  Gives out one ringful between
 *            two flushes, so that a busy driver cannot keep the thread to
 *            itself; then -EAGAIN
 * @unpop:    take back the chain that was popped last and is still held
 * @complete: see vd_chain_complete()
 * @flush:    publish what was completed, and notify the driver if it wants to
 *            be.  Returns true if chains are left that @pop held back, so
 *            that the device has to be kicked again
 * @set_kicks: see vd_queue_set_kicks(); NULL if kicks cannot be helped
 */
struct vd_queue_ops {
	int (*pop)(struct vd_queue *queue, struct vd_chain **ret);
	void (*unpop)(struct vd_queue *queue, struct vd_chain *chain);
	void (*complete)(struct vd_chain *chain, size_t written);
	bool (*flush)(struct vd_queue *queue);
	bool (*set_kicks)(struct vd_queue *queue, bool wanted);
};

/**
 * struct vd_queue - a virtqueue as a device sees it
 * @ops: how to work it
 *
 * Embedded first in the transport's own structure.
 */
struct vd_queue {
	const struct vd_queue_ops *ops;
};

/**
 * vd_queue_pop() - take the next request
 * @queue: NULL if the transport never set this queue up: then there is none
 * @ret:   the chain, the caller's until it is completed or unpopped
 *
 * Return: 1, 0 if there is none, -EAGAIN if there may be some, but not now (the
 *         device will be kicked again), or -EPROTO if the ring is broken.
 */
int vd_queue_pop(struct vd_queue *queue, struct vd_chain **ret);

/**
 * vd_queue_unpop() - put a request back, to be popped again later
 * @queue: where it came from
 * @chain: the one popped last of those still held; gone after this call.  None
 *         that was popped after it may have been completed: a ring remembers a
 *         position, and would serve that one again
 */
void vd_queue_unpop(struct vd_queue *queue, struct vd_chain *chain);

/**
 * vd_queue_set_kicks() - say whether kicks would be of any use
 * @queue:  NULL if the transport never set this queue up: then nothing happens
 * @wanted: true, as at the start: the driver shall kick when a chain becomes
 *          available.  False: it need not, though it may.  The device looks
 *          for chains by itself, when something else has woken it
 *
 * Return: true if kicks are wanted again, and a chain has become available that
 *         none will tell about.
 */
bool vd_queue_set_kicks(struct vd_queue *queue, bool wanted);

/**
 * struct vd_device_ops - a type of device
 * @name:         the type's name, e.g. "rng"
 * @id:           virtio device ID, as in <linux/virtio_ids.h>
 * @n_queues:     virtqueues that the device has
 * @replayable:   a bit for each queue whose requests may be served twice with
 *                no harm.  After a transport lost track of which were served,
 *                it may start such a queue from the oldest unanswered one
 * @config_len:   bytes of configuration space; 0 if it has none
 * @get_config:   fill all @config_len bytes; NULL if it has none
 * @set_features: the driver's choice, a subset of what was offered.  -EINVAL
 *                if the device cannot work with it.  NULL: any will do
 * @kick:         chains may wait in queue @index: serve them.  Returns true if
 *                the device stopped for fairness and wants another call
 * @tick:         the deadline has come.  NULL if the device never sets one, and
 *                does not care what time it is
 * @stop:         let go of every chain of queue @index: complete it, or unpop
 *                it, newest first.  NULL if the device never holds one
 * @reset:        to the state after creation; no queue is running.  NULL if
 *                there is no state
 * @state_size:   how many bytes @save writes at most; NULL if there is nothing
 *                to be saved, and then there is no @save and no @load
 * @save:         write what the device has to know of its driver to go on in
 *                another process.  See state.h
 * @load:         the opposite: @device is as new.  The records may say anything;
 *                one that is unknown is an error unless it is optional.
 *                Negative if it cannot be; then the device is reset
 * @destroy:      release everything, the backend and @device included
 */
struct vd_device_ops {
	const char *name;
	uint32_t id;
	unsigned int n_queues;
	uint32_t replayable;
	size_t config_len;
	void (*get_config)(struct vd_device *device, void *config);
	int (*set_features)(struct vd_device *device, uint64_t features);
	bool (*kick)(struct vd_device *device, unsigned int index);
	void (*tick)(struct vd_device *device);
	void (*stop)(struct vd_device *device, unsigned int index);
	void (*reset)(struct vd_device *device);
	size_t (*state_size)(const struct vd_device *device);
	void (*save)(struct vd_device *device, struct vd_state_writer *writer);
	int (*load)(struct vd_device *device, struct vd_state_reader *reader);
	void (*destroy)(struct vd_device *device);
};

/**
 * struct vd_device_host - what drives a device
 * @schedule: the device has just been left, and wants each queue whose bit is
 *            set in @kick to be kicked again once others had their turn, and
 *            vd_device_tick() at @deadline, which replaces the earlier one
 *            (VD_NEVER: none).  Not called if nothing changed.  Must not enter
 *            the device
 *
 * @changed:  the device has just been changed in a way that @save would write,
 *            and is about to tell the driver.  NULL if nobody wants to know.
 *            May call vd_device_save(), even while queues run
 *
 * A host for devices that need no time and queues that are drained by hand
 * can do without one.
 */
struct vd_device_host {
	void (*schedule)(struct vd_device_host *host, uint32_t kick,
			 uint64_t deadline);
	void (*changed)(struct vd_device_host *host);
};

/**
 * struct vd_device - the part of a device that every transport can see
 * @ops:      its type
 * @features: feature bits that it offers, beside those of the transport and of
 *            the rings.  VIRTIO_F_IN_ORDER is among them if it always uses
 *            buffers in the order in which they were made available
 * @queues:   the queues that it may use now; NULL where there is none
 * @now:      what time it is; set on each entry, for devices with a @tick
 * @deadline: for the device: when it wants to be told the time again, or
 *            VD_NEVER
 * @announced: the deadline that the host knows
 * @again:    for the device: a bit for each queue that it wants to be kicked
 *            again, other than the one whose kick it returns from
 * @inside:   the device has been entered, and will be flushed on the way out
 * @changed:  for the device: @save would write something else than before
 * @host:     set by whoever drives the device; may be NULL
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_device {
	const struct vd_device_ops *ops;
	uint64_t features;
	struct vd_queue *queues[VD_MAX_QUEUES];
	uint64_t now;
	uint64_t deadline;
	uint64_t announced;
	uint32_t again;
	bool inside;
	bool changed;
	struct vd_device_host *host;
};

/**
 * vd_device_init() - fill in the common part; for device implementations
 * @device:   the part
 * @ops:      must outlive the device
 * @features: what the device offers
 */
void vd_device_init(struct vd_device *device, const struct vd_device_ops *ops,
		    uint64_t features);

/**
 * vd_device_free() - destroy a device
 * @device: no queue of it runs; may be NULL
 */
void vd_device_free(struct vd_device *device);

/**
 * vd_device_get_config() - read the configuration space
 * @device: the device
 * @offset: first byte wanted
 * @buf:    receives @len bytes; what lies beyond the space reads as zero
 * @len:    how many
 */
void vd_device_get_config(struct vd_device *device, size_t offset, void *buf,
			  size_t len);

/**
 * vd_device_set_features() - tell the device what the driver accepted
 * @device:   the device; no queue of it runs
 * @features: a subset of @device->features, other bits are ignored
 *
 * Return: 0, or -EINVAL if the device cannot work with this choice.
 */
int vd_device_set_features(struct vd_device *device, uint64_t features);

/**
 * vd_device_start_queue() - hand a queue to the device
 * @device: the device
 * @index:  below @device->ops->n_queues, and not running
 * @queue:  stays the caller's, and valid until vd_device_stop_queue()
 *
 * Requests may wait in it already: follow with vd_device_kick().
 */
void vd_device_start_queue(struct vd_device *device, unsigned int index,
			   struct vd_queue *queue);

/**
 * vd_device_stop_queue() - take a queue away
 * @device: the device
 * @index:  which queue; no harm if it is not running
 *
 * The device completes or gives back each chain that it holds.  Completions
 * are published before this returns.
 */
void vd_device_stop_queue(struct vd_device *device, unsigned int index);

/**
 * vd_device_kick() - the driver has made chains available
 * @device: the device
 * @index:  in which queue; no harm if it is not running
 * @now:    the time; may be anything if the device has no @tick
 */
void vd_device_kick(struct vd_device *device, unsigned int index, uint64_t now);

/**
 * vd_device_tick() - the device's deadline has come
 * @device: the device
 * @now:    the time; no harm if it is too early
 */
void vd_device_tick(struct vd_device *device, uint64_t now);

/**
 * vd_device_flush() - publish what was completed, on all queues
 * @device: the device
 *
 * For device implementations: each function by which a backend enters the
 * device calls this before it returns.  The vd_device_*() calls do it
 * themselves, and while one of them is under way this does nothing.
 */
void vd_device_flush(struct vd_device *device);

/**
 * vd_device_reset() - back to the state after creation
 * @device: the device; no queue of it runs
 */
void vd_device_reset(struct vd_device *device);

/**
 * vd_device_state_size() - how long can its state be?
 * @device: the device
 *
 * Return: bytes, at most VD_STATE_MAX.
 */
size_t vd_device_state_size(const struct vd_device *device);

/**
 * vd_device_save() - write what has to travel to another process
 * @device: the device, which goes on as it is.  If a queue of it runs, requests
 *          that it holds are not part of its state
 * @buf:    receives the state
 * @size:   at least vd_device_state_size()
 *
 * Return: how long the state is.
 */
size_t vd_device_save(struct vd_device *device, void *buf, size_t size);

/**
 * vd_device_load() - go on where a device in another process was
 * @device: no queue of it runs; it is reset first
 * @buf:    what vd_device_save() wrote, or anything else
 * @len:    bytes of it
 *
 * Return: 0, or a negative errno if it is not a state, not one of this device,
 *         or one that cannot be brought about here.  Then the device is as new.
 */
int vd_device_load(struct vd_device *device, const void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
