/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Entropy device (virtio 1.3, section 5.4).
 *
 * The driver lends us empty buffers; we hand them back full of randomness.
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/state.h"
#include "virtio-devices/token-bucket.h"
#include "virtio-devices/util.h"

/*
 * Descriptors of one chain may overlap, so a chain can claim far more room
 * than the guest has memory.  Stop here; a short answer is a valid one.
 */
#define MAX_ANSWER 65536

/* Enough for one page each; a chain of smaller pieces is filled in rounds. */
#define MAX_PIECES 16

/*
 * How much one kick may bring, about a millisecond's worth, before whatever
 * else waits on the same thread gets its turn.
 */
#define MAX_KICK 262144

/* In the state: what the guest may still take, in eight bytes. */
#define TAG_BUDGET (VD_STATE_OPTIONAL | 1)

/**
 * struct vd_rng - the device
 * @device:  what the transport sees
 * @backend: where the entropy comes from
 * @limited: @bucket counts
 * @bucket:  what the guest may still take
 * @waiting: the chain that has had no byte yet, or NULL
 */
struct vd_rng {
	struct vd_device device;
	struct vd_rng_backend *backend;
	bool limited;
	struct vd_token_bucket bucket;
	struct vd_chain *waiting;
};

/* How much of @want may be had now; if nothing, @deadline says when. */
static size_t rng_allowance(struct vd_rng *rng, size_t want)
{
	struct vd_token_bucket *bucket = &rng->bucket;

	if (!rng->limited)
		return want;

	/* Wait for the whole answer, rather than dribble byte by byte. */
	want = VD_MIN(want, bucket->capacity);
	if (vd_token_bucket_available(bucket, rng->device.now) >= want)
		return want;

	rng->device.deadline = vd_token_bucket_when(bucket, want);
	return 0;
}

/*
 * Fill up to @len bytes; less only if the source has no more now.  Returns how
 * many, or -EAGAIN or -EFAULT if it was none.
 */
static ssize_t rng_fill(struct vd_rng *rng, struct vd_stream *stream,
			size_t len)
{
	struct iovec iov[MAX_PIECES];
	size_t done = 0;

	while (done < len) {
		size_t n_iov;
		ssize_t n;

		vd_stream_borrow(stream, iov, MAX_PIECES, len - done, &n_iov);
		n = rng->backend->ops->fill(rng->backend, iov, n_iov);
		if (n <= 0)
			return done ? (ssize_t)done : n;

		vd_stream_skip(stream, (size_t)n);
		done += (size_t)n;
	}

	return (ssize_t)done;
}

/*
 * Answer the chain in @waiting.  Returns how many bytes it got, 0 if there was
 * no room for any, or -EAGAIN if it has to wait.
 */
static ssize_t rng_answer(struct vd_rng *rng)
{
	struct vd_chain *chain = rng->waiting;
	size_t len = VD_MIN(chain->room, (size_t)MAX_ANSWER);
	ssize_t n = 0;

	/* A driver must not do that; it learns that nothing came of it. */
	if (len > 0) {
		len = rng_allowance(rng, len);
		n = len ? rng_fill(rng, &chain->writable, len) : -EAGAIN;
		if (n == -EAGAIN)
			return n;
	}

	/* The same if its buffer is not there any more. */
	if (n < 0)
		n = 0;
	if (rng->limited) {
		vd_token_bucket_take(&rng->bucket, (size_t)n);
		rng->device.changed = true;
	}
	rng->waiting = NULL;
	vd_chain_complete(chain, (size_t)n);

	return n;
}

/* Returns true if it stopped for fairness, with work left. */
static bool rng_serve(struct vd_rng *rng)
{
	struct vd_queue *queue = rng->device.queues[0];
	size_t done = 0;

	while (done < MAX_KICK) {
		ssize_t n;

		if (!rng->waiting && vd_queue_pop(queue, &rng->waiting) <= 0)
			return false;

		n = rng_answer(rng);
		if (n < 0)
			return false;
		done += (size_t)n;
	}

	return true;
}

static bool rng_kick(struct vd_device *device, unsigned int index)
{
	(void)index;
	return rng_serve(container_of(device, struct vd_rng, device));
}

static void rng_tick(struct vd_device *device)
{
	if (rng_serve(container_of(device, struct vd_rng, device)))
		device->deadline = device->now;
}

void vd_rng_ready(struct vd_rng *rng)
{
	if (!rng->waiting)
		return;

	if (rng_serve(rng))
		rng->device.deadline = rng->device.now;
	vd_device_flush(&rng->device);
}

static void rng_stop(struct vd_device *device, unsigned int index)
{
	struct vd_rng *rng = container_of(device, struct vd_rng, device);

	if (rng->waiting)
		vd_queue_unpop(device->queues[index], VD_STEAL(rng->waiting));
	device->deadline = VD_NEVER;
}

/* Whatever the limits are here and there: states have one size. */
static size_t rng_state_size(const struct vd_device *device)
{
	(void)device;

	return VD_STATE_RECORD + sizeof(uint64_t);
}

static void rng_save(struct vd_device *device, struct vd_state_writer *writer)
{
	struct vd_rng *rng = container_of(device, struct vd_rng, device);
	uint64_t tokens = htole64(rng->bucket.tokens);

	if (rng->limited)
		vd_state_put(writer, TAG_BUDGET, &tokens, sizeof(tokens));
}

static int load_budget(struct vd_rng *rng, const struct vd_state_record *record)
{
	uint64_t tokens;

	if (record->len != sizeof(tokens))
		return -EBADMSG;

	memcpy(&tokens, record->data, sizeof(tokens));
	if (rng->limited)
		vd_token_bucket_restore(&rng->bucket, le64toh(tokens));

	return 0;
}

static int rng_load(struct vd_device *device, struct vd_state_reader *reader)
{
	struct vd_rng *rng = container_of(device, struct vd_rng, device);
	struct vd_state_record record;
	int r;

	while ((r = vd_state_next(reader, &record)) > 0) {
		if (record.tag == TAG_BUDGET)
			r = load_budget(rng, &record);
		else if (!(record.tag & VD_STATE_OPTIONAL))
			r = -EBADMSG;
		if (r < 0)
			return r;
	}

	return r;
}

static void rng_destroy(struct vd_device *device)
{
	struct vd_rng *rng = container_of(device, struct vd_rng, device);

	rng->backend->ops->destroy(rng->backend);
	free(rng);
}

static const struct vd_device_ops rng_ops = {
	.name = "rng",
	.id = VIRTIO_ID_RNG,
	.n_queues = 1,
	.replayable = 1,
	.kick = rng_kick,
	.tick = rng_tick,
	.stop = rng_stop,
	.state_size = rng_state_size,
	.save = rng_save,
	.load = rng_load,
	.destroy = rng_destroy,
};

int vd_rng_new(struct vd_rng_backend *backend, const struct vd_rng_limit *limit,
	       struct vd_device **ret)
{
	struct vd_rng *rng;

	assert(backend->ops->fill && backend->ops->destroy);

	if (limit && (!limit->bytes || !limit->period ||
		      limit->period > VD_TOKEN_BUCKET_MAX_PERIOD))
		return -EINVAL;

	rng = calloc(1, sizeof(*rng));
	if (!rng)
		return -ENOMEM;

	vd_device_init(&rng->device, &rng_ops, VD_BIT(VIRTIO_F_IN_ORDER));
	rng->backend = backend;
	if (limit) {
		rng->limited = true;
		vd_token_bucket_init(&rng->bucket, limit->bytes, limit->period);
	}
	if (backend->ops->attach)
		backend->ops->attach(backend, rng);

	*ret = &rng->device;
	return 0;
}
