/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A record of requests that somebody has tampered with, and the ring that goes
 * with it.  The first byte tells the format; the record comes next, and then the
 * ring.  Whatever they say, the virtqueue refuses to start, or gives out no more
 * than it could, and lets itself be stopped.
 */

#include <linux/virtio_config.h>
#include <string.h>

#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define SIZE 8

/* What others can write to. */
static struct {
	char record[512] __attribute__((aligned(64)));
	char desc[16 * SIZE] __attribute__((aligned(64)));
	char driver[64] __attribute__((aligned(64)));
	char device[128] __attribute__((aligned(64)));
} shared;

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	(void)host;

	if (gpa >= sizeof(shared))
		return NULL;
	*len = VD_MIN(*len, sizeof(shared) - gpa);

	return (char *)&shared + gpa;
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
}

/* Pop all; take some back, and complete the others. */
static void work(struct vd_queue *queue, unsigned int unpops)
{
	struct vd_chain *chains[SIZE];
	size_t n = 0;

	while (n < SIZE && vd_queue_pop(queue, &chains[n]) == 1)
		n++;
	for (; unpops > 0 && n > 0; unpops--)
		vd_queue_unpop(queue, chains[--n]);
	while (n > 0)
		vd_chain_complete(chains[--n], 0);
	(void)queue->ops->flush(queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vd_virtqueue_host_ops ops = {
		.translate = translate,
		.notify = notify,
	};
	struct vd_virtqueue_host host = { .ops = &ops };
	struct vd_virtqueue_config config = {
		.size = SIZE,
		.desc = shared.desc,
		.driver = shared.driver,
		.device = shared.device,
		.inflight = shared.record,
		.inflight_size = SIZE,
	};
	struct vd_virtqueue *vq;

	if (size < 1)
		return 0;
	if (data[0] & 1) {
		config.features = VD_BIT(VIRTIO_F_RING_PACKED);
		config.base = VD_VIRTQUEUE_PACKED_BASE;
	}
	memset(&shared, 0, sizeof(shared));
	memcpy(&shared, data + 1, VD_MIN(size - 1, sizeof(shared)));

	if (vd_virtqueue_new(&host, &vq) < 0)
		__builtin_trap();
	if (vd_virtqueue_start(vq, &config) == 0) {
		work(vd_virtqueue_queue(vq), data[0] >> 1 & 3);
		work(vd_virtqueue_queue(vq), 0);
		(void)vd_virtqueue_stop(vq);
	}
	vd_virtqueue_free(vq);

	return 0;
}
