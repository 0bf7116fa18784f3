/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end's queues: telling a back-end about them, and using them.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vhost-user/frontend-private.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* Rings are aligned to this, as Linux does it. */
#define RING_ALIGN 4096

void vhu_frontend_queue_fini(struct vhu_frontend_queue *queue)
{
	if (!queue->ring)
		return;

	vhu_driver_ring_free(queue->ring);
	close(queue->kick_fd);
	close(queue->call_fd);
	close(queue->err_fd);
	queue->ring = NULL;
}

static int make_eventfds(struct vhu_frontend_queue *queue)
{
	int r;

	queue->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	queue->err_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->kick_fd >= 0 && queue->call_fd >= 0 && queue->err_fd >= 0)
		return 0;

	r = -errno;
	close(queue->kick_fd);
	close(queue->call_fd);
	close(queue->err_fd);

	return r;
}

static int make_ring(struct vhu_frontend *frontend,
		     struct vhu_frontend_queue *queue)
{
	uint64_t features = frontend->features.accepted;
	bool packed = features & VD_BIT(VIRTIO_F_RING_PACKED);
	struct vhu_driver_ring_config config = {
		.features = features,
		.size = queue->size,
		.base = packed ? VD_VIRTQUEUE_PACKED_BASE
			       : VD_VIRTQUEUE_SPLIT_BASE,
	};

	config.memory = vhu_guest_memory_alloc(
		frontend->memory, vhu_driver_ring_bytes(queue->size, packed),
		RING_ALIGN, &config.gpa);
	if (!config.memory)
		return -ENOMEM;

	queue->base = config.base;

	return vhu_driver_ring_new(&config, &queue->ring);
}

int vhu_frontend_prepare_queue(struct vhu_frontend *frontend,
			       unsigned int index, uint32_t size)
{
	struct vhu_frontend_queue *queue = vhu_frontend_queue(frontend, index);
	struct vhu_frontend_queue fresh = { .size = size };
	int r;

	assert(frontend->memory);

	r = make_ring(frontend, &fresh);
	if (r < 0)
		return r;
	r = make_eventfds(&fresh);
	if (r < 0) {
		vhu_driver_ring_free(fresh.ring);
		return r;
	}

	vhu_frontend_queue_fini(queue);
	*queue = fresh;

	return 0;
}

struct vhu_frontend_queue *vhu_frontend_queue(struct vhu_frontend *frontend,
					      unsigned int index)
{
	assert(index < VHU_FRONTEND_MAX_QUEUES);

	return &frontend->queues[index];
}

static int tell_addr(struct vhu_frontend *frontend, unsigned int index,
		     const struct vhu_frontend_queue *queue)
{
	const struct vhu_driver_layout *layout =
		vhu_driver_ring_layout(queue->ring);
	const struct vhu_guest_memory *memory = frontend->memory;
	const struct vhu_vring_addr addr = {
		.index = index,
		.desc = vhu_guest_memory_user(memory, layout->desc.gpa),
		.avail = vhu_guest_memory_user(memory, layout->driver.gpa),
		.used = vhu_guest_memory_user(memory, layout->device.gpa),
		.flags = frontend->logging ? VHU_VRING_F_LOG : 0,
		.log = layout->device.gpa,
	};

	return vhu_frontend_tell(frontend, VHU_SET_VRING_ADDR, &addr,
				 sizeof(addr), NULL, 0);
}

static int tell_fd(struct vhu_frontend *frontend, enum vhu_request request,
		   unsigned int index, int fd)
{
	uint64_t value = index;

	return vhu_frontend_tell(frontend, request, &value, sizeof(value), &fd,
				 1);
}

int vhu_frontend_tell_vring(struct vhu_frontend *frontend, unsigned int index,
			    enum vhu_request request)
{
	struct vhu_frontend_queue *queue = vhu_frontend_queue(frontend, index);

	assert(queue->ring);

	switch (request) {
	case VHU_SET_VRING_NUM:
		return vhu_frontend_tell_state(frontend, request, index,
					       queue->size);
	case VHU_SET_VRING_BASE:
		return vhu_frontend_tell_state(frontend, request, index,
					       queue->base);
	case VHU_SET_VRING_ADDR:
		return tell_addr(frontend, index, queue);
	case VHU_SET_VRING_KICK:
		return tell_fd(frontend, request, index, queue->kick_fd);
	case VHU_SET_VRING_CALL:
		return tell_fd(frontend, request, index, queue->call_fd);
	case VHU_SET_VRING_ERR:
		return tell_fd(frontend, request, index, queue->err_fd);
	default:
		assert(!"not a message about a queue");
		return -EINVAL;
	}
}

/* In the order of QEMU; the kick comes last, as it may start the ring. */
int vhu_frontend_start_queue(struct vhu_frontend *frontend, unsigned int index)
{
	static const enum vhu_request sequence[] = {
		VHU_SET_VRING_CALL, VHU_SET_VRING_ERR,	VHU_SET_VRING_NUM,
		VHU_SET_VRING_BASE, VHU_SET_VRING_ADDR, VHU_SET_VRING_KICK,
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(sequence); i++) {
		int r = vhu_frontend_tell_vring(frontend, index, sequence[i]);

		if (r < 0)
			return r;
	}

	return vhu_frontend_enable(frontend, index, true);
}

/* Without protocol features rings are enabled from the start. */
int vhu_frontend_enable(struct vhu_frontend *frontend, unsigned int index,
			bool enabled)
{
	if (!(frontend->features.accepted & VD_BIT(VHU_F_PROTOCOL_FEATURES)))
		return enabled ? 0 : -EOPNOTSUPP;

	return vhu_frontend_tell_state(frontend, VHU_SET_VRING_ENABLE, index,
				       enabled);
}

int vhu_frontend_stop_queue(struct vhu_frontend *frontend, unsigned int index)
{
	const struct vhu_vring_state state = { .index = index };
	struct vhu_vring_state reply;
	int r;

	r = vhu_frontend_ask(frontend, VHU_GET_VRING_BASE, &state,
			     sizeof(state), &reply, sizeof(reply));
	if (r < 0)
		return r;
	if (reply.index != index)
		return -EBADMSG;

	vhu_frontend_queue(frontend, index)->base = reply.num;

	return 0;
}

int vhu_frontend_kick(struct vhu_frontend *frontend, unsigned int index)
{
	const uint64_t one = 1;
	int fd = vhu_frontend_queue(frontend, index)->kick_fd;

	/* A full eventfd says all that can be said. */
	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return -errno;

	return 0;
}

static int poll_again(struct pollfd *fds, nfds_t n, int timeout)
{
	int r;

	do {
		r = poll(fds, n, timeout);
	} while (r < 0 && errno == EINTR);

	return r < 0 ? -errno : r;
}

int vhu_frontend_wait(struct vhu_frontend *frontend, unsigned int index)
{
	struct vhu_frontend_queue *queue = vhu_frontend_queue(frontend, index);
	struct pollfd fds[] = {
		{ .fd = queue->call_fd, .events = POLLIN },
		{ .fd = queue->err_fd, .events = POLLIN },
		{ .fd = frontend->fd, .events = POLLRDHUP },
	};
	uint64_t n_calls;
	int r;

	r = poll_again(fds, VD_ARRAY_SIZE(fds), (int)frontend->timeout);
	if (r < 0)
		return r;

	if (fds[0].revents & POLLIN)
		return read(queue->call_fd, &n_calls, sizeof(n_calls)) < 0
			       ? -errno
			       : 0;
	if (fds[1].revents & POLLIN)
		return -EIO;

	return fds[2].revents ? -ECONNRESET : -ETIMEDOUT;
}

int vhu_frontend_exchange(struct vhu_frontend *frontend, unsigned int index,
			  const struct vhu_driver_chain *chain,
			  struct vhu_driver_used *ret)
{
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(frontend, index)->ring;
	int r;

	r = vhu_driver_ring_add(ring, chain);
	if (r < 0)
		return r;

	if (vhu_driver_ring_publish(ring)) {
		r = vhu_frontend_kick(frontend, index);
		if (r < 0)
			return r;
	}

	while ((r = vhu_driver_ring_get(ring, ret)) == 0) {
		r = vhu_frontend_wait(frontend, index);
		if (r < 0)
			return r;
	}

	return r < 0 ? r : 0;
}
