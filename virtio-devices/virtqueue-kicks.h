/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a driver is told about kicks.  Not installed.
 */

#ifndef VIRTIO_DEVICES_VIRTQUEUE_KICKS_H
#define VIRTIO_DEVICES_VIRTQUEUE_KICKS_H

#include <stdbool.h>

#include "virtio-devices/virtqueue-ring.h"

/* The ring is empty: have the driver kick, unless it just was not empty. */
static inline bool vd_kicks_ask(struct vd_virtqueue *vq)
{
	if (vq->polling || vq->quiet)
		return false;

	vq->ring->enable_kicks(vq);
	vq->kicks = true;
	/* The driver sees our wish, or we see its chain. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	return vq->ring->ready(vq);
}

/* We look again anyway.  With EVENT_IDX an index that is past says as much. */
static inline void vd_kicks_refuse(struct vd_virtqueue *vq)
{
	if (vq->kicks && !vq->event_idx) {
		vq->ring->disable_kicks(vq);
		vq->kicks = false;
	}
}

/*
 * Kicks are wanted if neither the device nor its host says otherwise.  Returns
 * true if there is something already.
 */
static inline bool vd_kicks_update(struct vd_virtqueue *vq)
{
	if (!vq->polling && !vq->quiet)
		return !vq->broken && vd_kicks_ask(vq);

	vd_kicks_refuse(vq);

	return false;
}

#endif
