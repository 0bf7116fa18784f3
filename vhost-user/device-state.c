/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vhost-user/device-state.h"
#include "vhost-user/notifier.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

/* If nothing has moved for so long, nobody is there at the other end. */
#define PATIENCE (10 * VD_NSEC_PER_SEC)

/* Nobody needs longer for the little that a state is. */
#define LIMIT (60 * VD_NSEC_PER_SEC)

void vhu_transfer_init(struct vhu_transfer *transfer, struct vb_loop *loop,
		       struct vd_device *device,
		       void (*done)(struct vhu_transfer *transfer))
{
	*transfer = (struct vhu_transfer){
		.source.fd = -1,
		.loop = loop,
		.device = device,
		.done = done,
	};
}

bool vhu_transfer_is_busy(const struct vhu_transfer *transfer)
{
	return transfer->source.fd >= 0;
}

static void stop(struct vhu_transfer *transfer)
{
	vb_timer_cancel(&transfer->patience);
	vb_source_remove(&transfer->source);
	if (transfer->source.fd >= 0)
		close(transfer->source.fd);
	transfer->source.fd = -1;
	free(transfer->buf);
	transfer->buf = NULL;
}

void vhu_transfer_cancel(struct vhu_transfer *transfer)
{
	if (vhu_transfer_is_busy(transfer))
		transfer->result = -ECANCELED;
	stop(transfer);
}

/* Not if the front-end has started a ring meanwhile. */
static int load(struct vhu_transfer *transfer)
{
	for (unsigned int i = 0; i < VD_MAX_QUEUES; i++) {
		if (transfer->device->queues[i])
			return -EBUSY;
	}

	return vd_device_load(transfer->device, transfer->buf, transfer->at);
}

static void end(struct vhu_transfer *transfer, int result)
{
	if (result == 0 && !transfer->saving)
		result = load(transfer);

	transfer->result = result;
	stop(transfer);
	transfer->done(transfer);
}

/* Returns how much was moved, 0 at the end, or a negative errno. */
static ssize_t move(struct vhu_transfer *transfer)
{
	size_t left = transfer->len - transfer->at;
	uint8_t *at = transfer->buf + transfer->at;
	ssize_t n;

	do {
		if (transfer->saving)
			n = write(transfer->source.fd, at, left);
		else
			n = read(transfer->source.fd, at, left);
	} while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : n;
}

static void be_patient(struct vhu_transfer *transfer)
{
	uint64_t at = vb_loop_now(transfer->loop) + PATIENCE;

	vb_timer_set(transfer->loop, &transfer->patience,
		     VD_MIN(at, transfer->limit));
}

/* One piece at a time: others want their turn. */
static void ready(struct vb_source *source, uint32_t events)
{
	struct vhu_transfer *transfer =
		container_of(source, struct vhu_transfer, source);
	ssize_t n = move(transfer);

	(void)events;

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		end(transfer, (int)n);
		return;
	}

	transfer->at += (size_t)n;
	be_patient(transfer);
	if (transfer->at == transfer->len)
		end(transfer, transfer->saving ? 0 : -EFBIG);
}

static void out_of_patience(struct vb_timer *timer)
{
	end(container_of(timer, struct vhu_transfer, patience), -ETIMEDOUT);
}

static int begin(struct vhu_transfer *transfer, int fd, uint32_t events)
{
	int r = vhu_notifier_accept(fd, transfer->loop);

	if (r < 0) {
		stop(transfer);
		return r;
	}

	transfer->source.ready = ready;
	transfer->source.fd = fd;
	transfer->patience.fire = out_of_patience;
	transfer->at = 0;
	r = vb_loop_watch(transfer->loop, &transfer->source, events);
	if (r < 0) {
		transfer->source.fd = -1;
		stop(transfer);
		return r;
	}

	transfer->limit = vb_loop_now(transfer->loop) + LIMIT;
	be_patient(transfer);

	return 0;
}

int vhu_transfer_save(struct vhu_transfer *transfer, int fd)
{
	size_t size = vd_device_state_size(transfer->device);

	vhu_transfer_cancel(transfer);
	transfer->saving = true;
	transfer->buf = malloc(size);
	if (!transfer->buf)
		return -ENOMEM;
	transfer->len = vd_device_save(transfer->device, transfer->buf, size);

	return begin(transfer, fd, EPOLLOUT);
}

int vhu_transfer_load(struct vhu_transfer *transfer, int fd)
{
	vhu_transfer_cancel(transfer);
	transfer->saving = false;
	/* A byte more than there may be, to see that there is not. */
	transfer->len = VD_STATE_MAX + 1;
	transfer->buf = malloc(transfer->len);
	if (!transfer->buf)
		return -ENOMEM;

	return begin(transfer, fd, EPOLLIN);
}
