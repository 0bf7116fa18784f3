/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The part of the record of requests that both layouts share.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

static void fini(struct vd_inflight *inflight)
{
	free(inflight->batch);
	free(inflight->parked);
	free(inflight->next);
	*inflight = (struct vd_inflight){ 0 };
}

int vd_inflight_start(struct vd_virtqueue *vq, void *record, uint32_t size)
{
	struct vd_inflight *inflight = &vq->inflight;
	bool packed = vq->ring == &vd_packed_ring;
	int r;

	if (!record)
		return 0;

	inflight->ops = packed ? &vd_inflight_packed : &vd_inflight_split;
	inflight->record = record;
	inflight->size = size;
	/* All that the device held, and one ringful that it popped since. */
	inflight->batch =
		calloc(2 * (size_t)vq->size, sizeof(*inflight->batch));
	inflight->parked = calloc(size, sizeof(*inflight->parked));
	inflight->next = calloc(size, sizeof(*inflight->next));
	if (!inflight->batch || !inflight->parked || !inflight->next) {
		fini(inflight);
		return -ENOMEM;
	}

	r = inflight->ops->recover(vq);
	if (r < 0)
		fini(inflight);

	return r;
}

void vd_inflight_stop(struct vd_virtqueue *vq)
{
	struct vd_inflight_head *head = vq->inflight.record;

	if (head && vq->inflight.at == vq->inflight.n_parked)
		head->version = 0;
	fini(&vq->inflight);
}

void vd_inflight_park(struct vd_inflight *inflight,
		      struct vd_inflight_span span)
{
	inflight->parked[inflight->n_parked++] = span;
}

/*
 * Shell's sort: the counters may have been chosen to make it slow, and may
 * change while it works.
 */
void vd_inflight_sort(struct vd_virtqueue *vq,
		      uint64_t (*counter)(const struct vd_inflight *inflight,
					  uint16_t entry))
{
	struct vd_inflight *inflight = &vq->inflight;
	struct vd_inflight_span *parked = inflight->parked;
	uint32_t gap = 1;

	while (gap < inflight->n_parked / 3)
		gap = 3 * gap + 1;

	for (; gap > 0; gap /= 3) {
		for (uint32_t i = gap; i < inflight->n_parked; i++) {
			struct vd_inflight_span span = parked[i];
			uint64_t key = counter(inflight, span.first);
			uint32_t k = i;

			for (; k >= gap; k -= gap) {
				if (counter(inflight, parked[k - gap].first) <=
				    key)
					break;
				parked[k] = parked[k - gap];
			}
			parked[k] = span;
		}
	}

	if (inflight->n_parked > 0)
		inflight->counter =
			counter(inflight,
				parked[inflight->n_parked - 1].first) +
			1;
}

size_t vd_virtqueue_inflight_bytes(uint32_t size, bool packed)
{
	size_t bytes = packed ? 32 + 32 * (size_t)size : 16 + 16 * (size_t)size;

	return (bytes + 63) / 64 * 64;
}

void vd_virtqueue_inflight_forget(void *record)
{
	struct vd_inflight_head *head = record;

	head->version = 0;
}

bool vd_virtqueue_inflight_found(const void *record)
{
	const struct vd_inflight_head *head = record;

	return head->version != 0;
}
