/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The part of a virtqueue that both ring formats share: the pool of chains,
 * collecting buffers, and the rules of publication and notification.
 */

#include <assert.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue-ring.h"

/*
 * A buffer that crosses a border of memory regions takes two segments.  More
 * than two for each descriptor is a driver that tries something.
 */
#define MAX_SEGMENTS (2 * VD_VIRTQUEUE_MAX_CHAIN)

/*
 * Links beyond the one in each slot: enough for three of the longest chains,
 * or for sixty that carry 80 ms of sound in single pages.  Pages of this that
 * are never needed cost no memory.
 */
#define SPARE_LINKS 1024

static struct vd_segments *link_get(struct vd_virtqueue *vq)
{
	struct vd_segments *link = vq->free_links;

	if (link)
		vq->free_links = link->next;
	else if (vq->n_links_used < vq->n_links)
		link = &vq->links[vq->n_links_used++];
	else
		return NULL;

	link->n = 0;
	link->next = NULL;

	return link;
}

/* Give the links back; the slot's own one stays, empty. */
static void slot_clear(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct vd_segments *more = slot->segments.next;

	if (more) {
		slot->tail->next = vq->free_links;
		vq->free_links = more;
		slot->segments.next = NULL;
	}

	slot->tail = &slot->segments;
	slot->segments.n = 0;
	slot->n_segments = 0;
	slot->n_entries = 0;
}

/* Part by part, which is quicker than the whole of it. */
static void chain_clear(struct vd_chain *chain)
{
	chain->readable = (struct vd_stream){ 0 };
	chain->writable = (struct vd_stream){ 0 };
	chain->room = 0;
	chain->recovered = false;
	chain->next = NULL;
	chain->tag[0] = 0;
	chain->tag[1] = 0;
}

/* A free slot holds nothing, so that a chain can be collected at once. */
static void slot_put(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	slot_clear(vq, slot);
	chain_clear(&slot->chain);
	slot->next = vq->free_slots;
	vq->free_slots = slot;
}

/* The first free slot.  It stays free until slot_take(). */
static struct vd_slot *slot_get(struct vd_virtqueue *vq)
{
	if (!vq->free_slots && vq->n_slots_used < vq->size) {
		struct vd_slot *slot = &vq->slots[vq->n_slots_used++];

		slot->chain.queue = &vq->queue;
		slot_put(vq, slot);
	}

	return vq->free_slots;
}

static void slot_take(struct vd_virtqueue *vq, const struct vd_slot *slot)
{
	vq->free_slots = slot->next;
}

static int slot_add_link(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	struct vd_segments *link = link_get(vq);

	if (!link)
		return -ENOBUFS;

	slot->tail->next = link;
	slot->tail = link;

	return 0;
}

/* Append one contiguous buffer to a stream of the chain. */
static int slot_append(struct vd_virtqueue *vq, struct vd_slot *slot,
		       struct vd_stream *stream, void *base, size_t len)
{
	struct vd_segments *tail;

	if (++slot->n_segments > MAX_SEGMENTS)
		return -EBADMSG;
	if (slot->tail->n == VD_SEGMENTS_PER_LINK &&
	    slot_add_link(vq, slot) < 0)
		return -ENOBUFS;

	tail = slot->tail;
	if (!stream->link) {
		stream->link = tail;
		stream->index = tail->n;
	}
	stream->left += len;
	tail->iov[tail->n++] = (struct iovec){ base, len };

	return 0;
}

int vd_slot_add(struct vd_virtqueue *vq, struct vd_slot *slot, uint64_t addr,
		uint32_t len, bool write)
{
	struct vd_chain *chain = &slot->chain;
	struct vd_stream *stream = write ? &chain->writable : &chain->readable;
	uint64_t left = len;

	if (++slot->n_entries > VD_VIRTQUEUE_MAX_CHAIN)
		return -EBADMSG;
	if (!write && chain->writable.left)
		return -EBADMSG;

	/* Lengths add up to what used.len can say, and addresses do not wrap. */
	if (chain->readable.left + chain->writable.left + left > UINT32_MAX)
		return -EBADMSG;
	if (left && addr > UINT64_MAX - (left - 1))
		return -EBADMSG;

	while (left > 0) {
		uint64_t piece = left;
		void *base = vq->host->ops->translate(vq->host, addr, &piece);
		int r;

		if (!base)
			return -EBADMSG;
		r = slot_append(vq, slot, stream, base, piece);
		if (r < 0)
			return r;

		addr += piece;
		left -= piece;
	}

	return 0;
}

int vd_table_read(struct vd_virtqueue *vq, uint64_t table, uint32_t index,
		  void *dst)
{
	uint64_t addr = table + index * sizeof(struct vring_desc);
	uint64_t left = sizeof(struct vring_desc);
	char *p = dst;

	if (addr < table || addr > UINT64_MAX - (left - 1))
		return -EBADMSG;

	/* An entry may lie across a border: drivers need not align tables. */
	while (left > 0) {
		uint64_t piece = left;
		void *src = vq->host->ops->translate(vq->host, addr, &piece);

		if (!src)
			return -EBADMSG;
		vd_copy_once(p, src, piece);
		p += piece;
		addr += piece;
		left -= piece;
	}

	return 0;
}

int vd_table_length(const struct vd_virtqueue *vq, uint32_t len, uint16_t flags)
{
	uint32_t n = len / sizeof(struct vring_desc);

	if (!vq->indirect || flags & VRING_DESC_F_NEXT)
		return -EBADMSG;
	if (!n || len % sizeof(struct vring_desc))
		return -EBADMSG;

	/* Longer ones are no use to a driver, but the entries may be few. */
	return (int)VD_MIN(n, VD_VIRTQUEUE_MAX_CHAIN + 1U);
}

static void fault(struct vd_virtqueue *vq, enum vd_virtqueue_fault fault)
{
	if (fault == VD_VIRTQUEUE_BROKEN)
		vq->broken = true;
	if (vq->host->ops->fault)
		vq->host->ops->fault(vq->host, fault);
}

/* The ring is empty: have the driver kick, unless it just was not empty. */
static bool ready_after_all(struct vd_virtqueue *vq)
{
	if (vq->polling)
		return false;

	vq->ring->enable_kicks(vq);
	vq->kicks = true;
	/* The driver sees our wish, or we see its chain. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);

	return vq->ring->ready(vq);
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

	if (r == 0 && ready_after_all(vq)) {
		r = vq->ring->next(vq, slot);
		/* A driver that takes it back is not worth a third look now. */
		if (r == 0)
			return hold_back(vq);
	}

	return r;
}

/* Those come first that were under way when another process ended. */
static bool has_parked(const struct vd_virtqueue *vq)
{
	return vq->inflight.at < vq->inflight.n_parked;
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

	slot_clear(vq, slot);
	chain_clear(&slot->chain);
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
	int r = has_parked(vq) ? next_parked(vq, slot)
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
	slot_clear(vq, slot);
	chain_clear(&slot->chain);

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

	slot = slot_get(vq);
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

	slot_take(vq, slot);
	vq->budget--;
	if (vq->kicks && !vq->event_idx) {
		vq->ring->disable_kicks(vq);
		vq->kicks = false;
	}

	*ret = &slot->chain;
	return 1;
}

/* It has room for a chain that is waiting for that. */
static void slot_release(struct vd_virtqueue *vq, struct vd_slot *slot)
{
	slot_put(vq, slot);
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

static const struct vd_queue_ops virtqueue_ops = {
	.pop = virtqueue_pop,
	.unpop = virtqueue_unpop,
	.complete = virtqueue_complete,
	.flush = virtqueue_flush,
};

int vd_virtqueue_new(struct vd_virtqueue_host *host, struct vd_virtqueue **ret)
{
	struct vd_virtqueue *vq;

	assert(host->ops->translate && host->ops->notify);

	vq = calloc(1, sizeof(*vq));
	if (!vq)
		return -ENOMEM;

	vq->queue.ops = &virtqueue_ops;
	vq->host = host;

	*ret = vq;
	return 0;
}

void vd_virtqueue_free(struct vd_virtqueue *vq)
{
	if (!vq)
		return;

	assert(!vq->ring);
	free(vq);
}

static bool is_aligned(const void *p, uintptr_t to)
{
	return (uintptr_t)p % to == 0;
}

static bool config_is_possible(const struct vd_virtqueue_config *config)
{
	uint32_t size = config->size;
	bool packed = config->features & VD_BIT(VIRTIO_F_RING_PACKED);

	if (!size || size > VD_VIRTQUEUE_MAX_SIZE)
		return false;
	if (!config->desc || !config->driver || !config->device)
		return false;
	if (!is_aligned(config->desc, 16) || !is_aligned(config->device, 4))
		return false;

	if (config->inflight &&
	    (config->inflight_size < size ||
	     config->inflight_size > VD_VIRTQUEUE_MAX_SIZE ||
	     !is_aligned(config->inflight, 8)))
		return false;

	if (packed)
		return (config->base & 0x7fff) < size &&
		       (config->base >> 16 & 0x7fff) < size &&
		       is_aligned(config->driver, 4);

	return (size & (size - 1)) == 0 && config->base <= UINT16_MAX &&
	       is_aligned(config->driver, 2);
}

/* Fresh from calloc(), so that memory that is never used is never touched. */
static int pools_new(struct vd_virtqueue *vq, uint32_t size)
{
	uint32_t n_links = size + SPARE_LINKS;

	vq->slots = calloc(size, sizeof(*vq->slots));
	vq->links = calloc(n_links, sizeof(*vq->links));
	if (!vq->slots || !vq->links) {
		free(vq->slots);
		free(vq->links);
		return -ENOMEM;
	}

	vq->n_links = n_links;

	return 0;
}

static void pools_free(struct vd_virtqueue *vq)
{
	free(vq->slots);
	free(vq->links);
}

/* The opposite of what vd_virtqueue_stop() returns. */
static void begin_packed(struct vd_virtqueue *vq, uint32_t base)
{
	vq->ring = &vd_packed_ring;
	vq->avail = base & 0x7fff;
	vq->avail_wrap = base >> 15 & 1;
	vq->used = base >> 16 & 0x7fff;
	vq->used_wrap = base >> 31;
}

/* Of the used index it says nothing; that is read here, and never again. */
static void begin_split(struct vd_virtqueue *vq, uint32_t base)
{
	const struct vring_used *used = vq->device;

	vq->ring = &vd_split_ring;
	vq->avail = (uint16_t)base;
	vq->avail_end = vq->avail;
	vq->used = le16toh(__atomic_load_n(&used->idx, __ATOMIC_RELAXED));
}

int vd_virtqueue_start(struct vd_virtqueue *vq,
		       const struct vd_virtqueue_config *config)
{
	struct vd_virtqueue fresh = { .queue = vq->queue, .host = vq->host };
	int r;

	assert(!vq->ring);

	if (!config_is_possible(config))
		return -EINVAL;
	r = pools_new(&fresh, config->size);
	if (r < 0)
		return r;

	fresh.size = config->size;
	fresh.budget = config->size;
	fresh.event_idx = config->features & VD_BIT(VIRTIO_RING_F_EVENT_IDX);
	fresh.indirect = config->features & VD_BIT(VIRTIO_RING_F_INDIRECT_DESC);
	fresh.desc = config->desc;
	fresh.driver = config->driver;
	fresh.device = config->device;
	fresh.kicks = true;
	if (config->features & VD_BIT(VIRTIO_F_RING_PACKED))
		begin_packed(&fresh, config->base);
	else
		begin_split(&fresh, config->base);

	r = vd_inflight_start(&fresh, config->inflight, config->inflight_size);
	if (r < 0) {
		pools_free(&fresh);
		return r;
	}

	*vq = fresh;

	return 0;
}

uint32_t vd_virtqueue_stop(struct vd_virtqueue *vq)
{
	uint32_t base = vq->avail;

	assert(vq->ring && !vq->n_busy && !vq->n_pending);

	if (vq->ring == &vd_packed_ring)
		base |= (uint32_t)vq->avail_wrap << 15 |
			(uint32_t)vq->used << 16 |
			(uint32_t)vq->used_wrap << 31;

	vd_inflight_stop(vq);
	pools_free(vq);
	vq->ring = NULL;

	return base;
}

struct vd_queue *vd_virtqueue_queue(struct vd_virtqueue *vq)
{
	return &vq->queue;
}

bool vd_virtqueue_ready(const struct vd_virtqueue *vq)
{
	return !vq->broken && (has_parked(vq) || vq->ring->ready(vq));
}

bool vd_virtqueue_set_polling(struct vd_virtqueue *vq, bool polling)
{
	vq->polling = polling;

	if (!polling)
		return !vq->broken && ready_after_all(vq);

	if (vq->kicks && !vq->event_idx) {
		vq->ring->disable_kicks(vq);
		vq->kicks = false;
	}

	return false;
}
