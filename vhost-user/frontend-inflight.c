/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end that outlives its back-end: the record of what is under way, and
 * a new connection in the place of the old one.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <unistd.h>

#include "vhost-user/frontend-private.h"
#include "virtio-devices/util.h"

void vhu_frontend_inflight_fini(struct vhu_frontend *frontend)
{
	if (frontend->inflight_fd >= 0)
		close(frontend->inflight_fd);
	frontend->inflight_fd = -1;
}

static int receive_file(struct vhu_frontend *frontend)
{
	VD_CLEANUP(vhu_message_fini) struct vhu_message reply = { 0 };
	const struct vhu_inflight *wire = &reply.payload.inflight;
	int r;

	r = vhu_frontend_receive(frontend, &reply);
	if (r < 0)
		return r;
	if (reply.header.request != VHU_GET_INFLIGHT_FD ||
	    reply.header.flags != (VHU_VERSION | VHU_REPLY) ||
	    reply.header.size != sizeof(*wire) || reply.n_fds != 1 ||
	    wire->mmap_size == 0)
		return -EBADMSG;

	vhu_frontend_inflight_fini(frontend);
	frontend->inflight = *wire;
	frontend->inflight_fd = vhu_message_take_fd(&reply, 0);

	return 0;
}

int vhu_frontend_get_inflight(struct vhu_frontend *frontend, uint16_t n_queues,
			      uint16_t queue_size)
{
	const struct vhu_header header = {
		.request = VHU_GET_INFLIGHT_FD,
		.flags = VHU_VERSION,
		.size = sizeof(struct vhu_inflight),
	};
	const struct vhu_inflight wire = { .n_queues = n_queues,
					   .queue_size = queue_size };
	int r;

	if (!vhu_frontend_has(frontend, VHU_PROTOCOL_F_INFLIGHT_SHMFD))
		return -EOPNOTSUPP;

	r = vhu_frontend_send(frontend, &header, &wire, NULL, 0);
	if (r < 0)
		return r;

	return receive_file(frontend);
}

int vhu_frontend_set_inflight(struct vhu_frontend *frontend)
{
	if (frontend->inflight_fd < 0)
		return -ENOENT;

	return vhu_frontend_tell(
		frontend, VHU_SET_INFLIGHT_FD, &frontend->inflight,
		sizeof(frontend->inflight), &frontend->inflight_fd, 1);
}

/*
 * A back-end that is gone cannot tell the base.  Of a split ring the used index
 * is known; packed rings go on where the record says.
 */
static void guess_bases(struct vhu_frontend *frontend)
{
	if (frontend->features.accepted & VD_BIT(VIRTIO_F_RING_PACKED))
		return;

	for (size_t i = 0; i < VHU_FRONTEND_MAX_QUEUES; i++) {
		struct vhu_frontend_queue *queue = &frontend->queues[i];
		const struct vring_used *used;

		if (!queue->ring)
			continue;
		used = vhu_driver_ring_layout(queue->ring)->device.at;
		queue->base =
			le16toh(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE));
	}
}

int vhu_frontend_reconnect(struct vhu_frontend *frontend, const char *path)
{
	struct vhu_frontend *fresh;
	int r;

	r = vhu_frontend_connect(path, frontend->timeout, &fresh);
	if (r < 0)
		return r;

	close(frontend->fd);
	frontend->fd = fresh->fd;
	fresh->fd = -1;
	vhu_frontend_free(fresh);
	guess_bases(frontend);

	return 0;
}

int vhu_frontend_resume(struct vhu_frontend *frontend)
{
	const struct vhu_frontend_features before = frontend->features;
	int r;

	frontend->features = (struct vhu_frontend_features){ 0 };
	r = vhu_frontend_negotiate(frontend, before.protocol_accepted);
	if (r < 0)
		return r;
	r = vhu_frontend_set_features(frontend, before.accepted);
	if (r < 0)
		return r;
	/* The rings were made for those features. */
	if (frontend->features.accepted != before.accepted)
		return -EOPNOTSUPP;
	r = vhu_frontend_set_memory(frontend, frontend->memory);
	if (r == 0 && frontend->inflight_fd >= 0)
		r = vhu_frontend_set_inflight(frontend);

	for (unsigned int i = 0; r == 0 && i < VHU_FRONTEND_MAX_QUEUES; i++) {
		if (frontend->queues[i].ring)
			r = vhu_frontend_start_queue(frontend, i);
	}

	return r;
}
