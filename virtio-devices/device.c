/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What all devices have in common: the way in, and the flush on the way out.
 */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

/* A configuration space is smaller than this for every device type. */
#define MAX_CONFIG 64

int vd_queue_pop(struct vd_queue *queue, struct vd_chain **ret)
{
	return queue ? queue->ops->pop(queue, ret) : 0;
}

void vd_queue_unpop(struct vd_queue *queue, struct vd_chain *chain)
{
	queue->ops->unpop(queue, chain);
}

bool vd_queue_set_kicks(struct vd_queue *queue, bool wanted)
{
	return queue && queue->ops->set_kicks &&
	       queue->ops->set_kicks(queue, wanted);
}

void vd_device_init(struct vd_device *device, const struct vd_device_ops *ops,
		    uint64_t features)
{
	assert(ops->n_queues <= VD_MAX_QUEUES);
	assert(ops->config_len <= MAX_CONFIG);
	assert(!ops->config_len || ops->get_config);

	memset(device, 0, sizeof(*device));
	device->ops = ops;
	device->features = features;
	device->deadline = VD_NEVER;
	device->announced = VD_NEVER;
}

void vd_device_free(struct vd_device *device)
{
	if (device)
		device->ops->destroy(device);
}

void vd_device_get_config(struct vd_device *device, size_t offset, void *buf,
			  size_t len)
{
	char config[MAX_CONFIG];
	size_t n = 0;

	memset(buf, 0, len);

	if (offset < device->ops->config_len) {
		n = VD_MIN(len, device->ops->config_len - offset);
		device->ops->get_config(device, config);
		memcpy(buf, config + offset, n);
	}
}

int vd_device_set_features(struct vd_device *device, uint64_t features)
{
	if (!device->ops->set_features)
		return 0;

	return device->ops->set_features(device, features & device->features);
}

void vd_device_start_queue(struct vd_device *device, unsigned int index,
			   struct vd_queue *queue)
{
	assert(index < device->ops->n_queues);
	assert(!device->queues[index]);

	device->queues[index] = queue;
}

/* Leave the device; @kick has a bit for each queue that is not done. */
static void leave(struct vd_device *device, uint32_t kick)
{
	struct vd_device_host *host = device->host;

	device->inside = false;
	kick |= device->again;
	device->again = 0;
	/* Before the driver is told: what it was told must not be forgotten. */
	if (device->changed) {
		device->changed = false;
		if (host && host->changed)
			host->changed(host);
	}
	for (unsigned int i = 0; i < device->ops->n_queues; i++) {
		struct vd_queue *queue = device->queues[i];

		if (queue && queue->ops->flush(queue))
			kick |= 1U << i;
	}

	if (host && (kick || device->deadline != device->announced)) {
		device->announced = device->deadline;
		host->schedule(host, kick, device->deadline);
	}
}

void vd_device_stop_queue(struct vd_device *device, unsigned int index)
{
	if (!device->queues[index])
		return;

	device->inside = true;
	if (device->ops->stop)
		device->ops->stop(device, index);
	leave(device, 0);
	device->queues[index] = NULL;
}

void vd_device_kick(struct vd_device *device, unsigned int index, uint64_t now)
{
	bool more;

	if (!device->queues[index])
		return;

	device->now = now;
	device->inside = true;
	more = device->ops->kick(device, index);
	leave(device, more ? 1U << index : 0);
}

void vd_device_tick(struct vd_device *device, uint64_t now)
{
	if (now < device->deadline)
		return;

	device->now = now;
	device->deadline = VD_NEVER;
	device->announced = VD_NEVER;
	device->inside = true;
	device->ops->tick(device);
	leave(device, 0);
}

void vd_device_flush(struct vd_device *device)
{
	if (!device->inside)
		leave(device, 0);
}

void vd_device_reset(struct vd_device *device)
{
	device->inside = true;
	device->deadline = VD_NEVER;
	if (device->ops->reset)
		device->ops->reset(device);
	device->changed = true;
	leave(device, 0);
}

size_t vd_device_state_size(const struct vd_device *device)
{
	const struct vd_device_ops *ops = device->ops;
	size_t size = ops->state_size ? ops->state_size(device) : 0;

	assert(size <= VD_STATE_MAX - VD_STATE_HEADER);

	return VD_STATE_HEADER + size;
}

size_t vd_device_save(struct vd_device *device, void *buf, size_t size)
{
	struct vd_state_writer writer;
	size_t len = 0;
	int r;

	assert(size >= vd_device_state_size(device));

	vd_state_begin(&writer, buf, size);
	if (device->ops->save)
		device->ops->save(device, &writer);
	r = vd_state_end(&writer, (uint16_t)device->ops->id, &len);
	assert(r == 0);

	return len;
}

/* A device that saves nothing can do without whatever is optional. */
static int load_nothing(struct vd_state_reader *reader)
{
	struct vd_state_record record;
	int r;

	while ((r = vd_state_next(reader, &record)) > 0) {
		if (!(record.tag & VD_STATE_OPTIONAL))
			return -EBADMSG;
	}

	return r;
}

int vd_device_load(struct vd_device *device, const void *buf, size_t len)
{
	struct vd_state_reader reader;
	int r;

	vd_device_reset(device);

	r = vd_state_open(&reader, buf, len, (uint16_t)device->ops->id);
	if (r < 0)
		return r;

	device->inside = true;
	r = device->ops->load ? device->ops->load(device, &reader)
			      : load_nothing(&reader);
	device->changed = true;
	leave(device, 0);
	if (r < 0)
		vd_device_reset(device);

	return r;
}
