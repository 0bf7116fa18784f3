/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A virtqueue as its device sees it: chains out of the ring and back into it,
 * and the rules of publication and notification.
 */

#include <assert.h>
#include <errno.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-kicks.h"
#include "virtio-devices/virtqueue-ring.h"

static void fault(struct vd_virtqueue *vq, enum vd_virtqueue_fault fault)
{
	if (fault == VD_VIRTQUEUE_BROKEN)
		vq->broken = true;
	if (vq->host->ops->fault)
		vq->host->ops->fault(vq->host, fault);
}

/* Nothing more before the next flush, which will say that there is more. */
static int hold_back(struct vd_virtqueue *vq)
{
	vq->held_back = true;
	return -EAGAIN;
}

static int next_slot(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r = vq->ring->next(vq, slot);

	if (r == 0 && vd_kicks_ask(vq)) {
		r = vq->ring->next(vq, slot);
		/* A driver that takes it back is not worth a third look now. */
		if (r == 0)
			return hold_back(vq);
	}

	return r;
}

static int next_parked(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct vd_inflight *inflight = &vq->inflight;
	int r;

	slot->span = inflight->parked[inflight->at];
	slot->chain.recovered = true;
	r = inflight->ops->again(vq, slot);
	if (r == 1 || r == -EBADMSG)
		inflight->at++;

	return r;
}

/* Heads out of range cannot be given back, so they are passed over here. */
static int next_valid_slot(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r;

	while ((r = next_slot(vq, slot)) == -ERANGE) {
		fault(vq, VD_VIRTQUEUE_BAD_HEAD);
		if (--vq->budget == 0)
			return hold_back(vq);
	}

	return r;
}

/* A bad chain goes to the device as one that holds nothing. */
static void empty_slot(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	bool recovered = slot->chain.recovered;

	vd_slot_clear(&vq->pool, slot);
	slot->chain.recovered = recovered;
	fault(vq, VD_VIRTQUEUE_BAD_CHAIN);
}

/* From now on it is under way: on record before anybody acts on it. */
static int record_slot(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r;

	if (!vq->inflight.ops || slot->chain.recovered)
		return 1;

	r = vq->inflight.ops->take(vq, slot);
	vd_inflight_step();
	if (r < 0) {
		vq->ring->rewind(vq, slot);
		return r;
	}

	return 1;
}

static int fill_slot(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	int r = vd_inflight_has_parked(&vq->inflight)
			? next_parked(vq, slot)
			: next_valid_slot(vq, slot);

	if (r == -EBADMSG) {
		empty_slot(vq, slot);
		r = 1;
	}
	if (r != 1)
		return r;

	slot->chain.room = slot->chain.writable.left;
	slot->writable_at = slot->chain.writable;

	return record_slot(vq, slot);
}

/* Let go of what was collected of a chain that cannot be given out. */
static int give_up(struct vd_virtqueue *vq, struct vd_slot *slot, int error)
{
	vd_slot_clear(&vq->pool, slot);

	if (error == -ENOBUFS) {
		vq->starved = true;
		return -EAGAIN;
	}
	if (error == -EPROTO)
		fault(vq, VD_VIRTQUEUE_BROKEN);

	return error;
}

static int virtqueue_pop(struct vd_queue *queue, struct vd_chain **ret)
{
	struct vd_virtqueue *vq =
		container_of(queue, struct vd_virtqueue, queue);
	struct vd_slot *slot;
	int r;

	if (vq->broken)
		return -EPROTO;
	if (vq->budget == 0)
		return hold_back(vq);

	slot = vd_pool_first(&vq->pool);
	if (!slot) {
		/* A full ring is out; whatever the driver says, wait. */
		vq->starved = true;
		return -EAGAIN;
	}

	r = fill_slot(vq, slot);
	if (r == 0)
		return 0;
	if (r < 0)
		return give_up(vq, slot, r);

	vd_pool_take(&vq->pool, slot);
	vq->budget--;
	vd_kicks_refuse(vq);

	*ret = &slot->chain;
	return 1;
}

/* It has room for a chain that is waiting for that. */
static void slot_release(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	vd_pool_put(&vq->pool, slot);
	if (vq->starved) {
		vq->starved = false;
		vq->held_back = true;
	}
}

/* It stays on record. */
static void put_parked(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	struct vd_inflight *inflight = &vq->inflight;

	inflight->parked[--inflight->at] = slot->span;
	if (vq->ring == &vd_packed_ring)
		inflight->n_parked_descs += slot->span.n;
	vq->n_busy -= slot->span.n;
}

static void virtqueue_unpop(struct vd_queue *queue, struct vd_chain *chain)
{
	struct vd_virtqueue *vq =
		container_of(queue, struct vd_virtqueue, queue);
	struct vd_slot *slot = container_of(chain, struct vd_slot, chain);

	if (slot->chain.recovered) {
		put_parked(vq, slot);
	} else {
		vq->ring->rewind(vq, slot);
		if (vq->inflight.ops)
			vq->inflight.ops->untake(vq, slot);
	}
	slot_release(vq, slot);
}

/* Log what the device wrote: as far as it got in the writable part. */
static void log_written(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct vd_stream at = slot->writable_at;
	size_t left = slot->chain.room - slot->chain.writable.left;

	while (left > 0) {
		struct iovec piece;
		size_t n;

		left -= vd_stream_borrow(&at, &piece, 1, left, &n);
		vd_stream_skip(&at, piece.iov_len);
		vq->host->ops->dirty(vq->host, piece.iov_base, piece.iov_len);
	}
}

static void note_used(struct vd_inflight *inflight, struct vd_virtqueue *vq,
		      const struct vd_slot *slot)
{
	assert(inflight->n_batch < 2 * vq->size);

	inflight->batch[inflight->n_batch++] = slot->span;
	if (inflight->ops->use)
		inflight->ops->use(vq, slot);
}

static void virtqueue_complete(struct vd_chain *chain, size_t written)
{
	struct vd_virtqueue *vq =
		container_of(chain->queue, struct vd_virtqueue, queue);
	struct vd_slot *slot = container_of(chain, struct vd_slot, chain);

	if (vq->host->logging)
		log_written(vq, slot);

	if (vq->inflight.ops)
		note_used(&vq->inflight, vq, slot);

	vq->ring->use(vq, slot, (uint32_t)written);
	slot_release(vq, slot);
}

static void publish(struct vd_virtqueue *vq)
{
	const struct vd_inflight_ops *inflight = vq->inflight.ops;

	if (inflight)
		inflight->before(vq);
	vq->ring->publish(vq);
	vq->n_pending = 0;
	if (inflight) {
		vd_inflight_step();
		inflight->after(vq);
	}
}

static bool virtqueue_flush(struct vd_queue *queue)
{
	struct vd_virtqueue *vq =
		container_of(queue, struct vd_virtqueue, queue);
	uint16_t n = vq->n_pending;
	bool more = vq->held_back && !vq->broken;

	vq->held_back = false;
	vq->budget = vq->size;

	if (n > 0) {
		publish(vq);
		/* The driver sees our entries, or we see its wish. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!vq->told || vq->ring->notifiable(vq, n))
			vq->host->ops->notify(vq->host);
		vq->told = true;
	}
	vq->inflight.n_batch = 0;

	return more;
}

static bool virtqueue_set_kicks(struct vd_queue *queue, bool wanted)
{
	struct vd_virtqueue *vq =
		container_of(queue, struct vd_virtqueue, queue);

	vq->quiet = !wanted;

	return vd_kicks_update(vq);
}

const struct vd_queue_ops vd_ring_queue_ops = {
	.pop = virtqueue_pop,
	.unpop = virtqueue_unpop,
	.complete = virtqueue_complete,
	.flush = virtqueue_flush,
	.set_kicks = virtqueue_set_kicks,
};
