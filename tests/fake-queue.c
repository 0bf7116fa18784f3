/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tests/fake-queue.h"
#include "virtio-devices/util.h"

static int fake_pop(struct vd_queue *queue, struct vd_chain **ret)
{
	struct fake_queue *fake = container_of(queue, struct fake_queue, queue);

	if (fake->broken)
		return -EPROTO;
	if (fake->n_popped == fake->n_requests)
		return 0;
	if (fake->n_left == 0) {
		fake->more = true;
		return -EAGAIN;
	}

	fake->n_left--;
	*ret = &fake->requests[fake->n_popped++].chain;

	return 1;
}

static void rewind_stream(struct vd_stream *stream, struct vd_segments *from)
{
	size_t left = 0;

	for (size_t i = 0; i < from->n; i++)
		left += from->iov[i].iov_len;
	*stream = (struct vd_stream){ .link = from, .left = left };
}

/* As if nobody had looked at it yet. */
static void rewind_request(struct fake_request *request)
{
	rewind_stream(&request->chain.readable, &request->readable);
	rewind_stream(&request->chain.writable, &request->writable);
	request->chain.room = request->chain.writable.left;
}

static void fake_unpop(struct vd_queue *queue, struct vd_chain *chain)
{
	struct fake_queue *fake = container_of(queue, struct fake_queue, queue);

	/* Newest first. */
	assert(chain == &fake->requests[fake->n_popped - 1].chain);
	rewind_request(&fake->requests[--fake->n_popped]);
}

static void fake_complete(struct vd_chain *chain, size_t written)
{
	struct fake_queue *fake =
		container_of(chain->queue, struct fake_queue, queue);
	struct fake_request *request =
		container_of(chain, struct fake_request, chain);

	assert(!request->done && request < fake->requests + fake->n_popped);

	request->done = true;
	request->written = written;
	request->rank = ++fake->n_completed;
}

static bool fake_flush(struct vd_queue *queue)
{
	struct fake_queue *fake = container_of(queue, struct fake_queue, queue);
	bool more = fake->more;

	fake->n_flushes++;
	fake->n_flushed = fake->n_completed;
	fake->n_left = fake->budget;
	fake->more = false;

	return more;
}

static bool fake_set_kicks(struct vd_queue *queue, bool wanted)
{
	struct fake_queue *fake = container_of(queue, struct fake_queue, queue);

	fake->quiet = !wanted;

	return wanted && fake->n_popped < fake->n_requests;
}

static const struct vd_queue_ops fake_ops = {
	.pop = fake_pop,
	.unpop = fake_unpop,
	.complete = fake_complete,
	.flush = fake_flush,
	.set_kicks = fake_set_kicks,
};

void fake_queue_init(struct fake_queue *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->queue.ops = &fake_ops;
	fake->budget = FAKE_QUEUE_MAX;
	fake->n_left = FAKE_QUEUE_MAX;
}

struct fake_request *fake_queue_add(struct fake_queue *fake)
{
	struct fake_request *request = &fake->requests[fake->n_requests++];

	assert(fake->n_requests <= FAKE_QUEUE_MAX);
	request->chain.queue = &fake->queue;
	rewind_request(request);

	return request;
}

static void add_piece(struct vd_segments *segments, void *buf, size_t len)
{
	assert(segments->n < VD_SEGMENTS_PER_LINK);
	segments->iov[segments->n++] = (struct iovec){ buf, len };
}

void fake_queue_say(struct fake_request *request, const void *buf, size_t len)
{
	add_piece(&request->readable, (void *)(uintptr_t)buf, len);
	rewind_request(request);
}

void fake_queue_room(struct fake_request *request, void *buf, size_t len)
{
	add_piece(&request->writable, buf, len);
	rewind_request(request);
}

struct fake_request *fake_queue_ask(struct fake_queue *fake, void *buf,
				    size_t len)
{
	struct fake_request *request = fake_queue_add(fake);

	fake_queue_room(request, buf, len);

	return request;
}
