/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How to put a device into a VMM of your own, with no vhost-user anywhere.
 *
 * This program is three things at once: a VMM with 64 KiB of guest memory, an
 * entropy source, and the guest's driver, which in real life is Linux.  Read it
 * from top to bottom.  Build it with
 *
 *     cc embed-rng.c $(pkg-config --cflags --libs virtio-devices)
 */

#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <virtio-devices/device.h>
#include <virtio-devices/rng-backend.h>
#include <virtio-devices/rng.h>
#include <virtio-devices/util.h>
#include <virtio-devices/virtqueue.h>

/*
 * 1. The backend
 *
 * A device does not know where its data comes from.  It calls a backend, which
 * is a structure of yours with a table of functions.  Here it is the host
 * kernel's generator; the bytes go straight into guest memory.
 */

static ssize_t fill(struct vd_rng_backend *backend, const struct iovec *iov,
		    size_t n_iov)
{
	ssize_t n;

	(void)backend;
	(void)n_iov;

	/* A short answer is all right: the device asks again for the rest. */
	n = getrandom(iov[0].iov_base, iov[0].iov_len, GRND_NONBLOCK);

	return n > 0 ? n : -EAGAIN;
}

/* The device owns its backend, and destroys it.  Ours needs nothing. */
static void destroy(struct vd_rng_backend *backend)
{
	(void)backend;
}

static const struct vd_rng_backend_ops backend_ops = {
	.name = "example",
	.fill = fill,
	.destroy = destroy,
};

static struct vd_rng_backend backend = { .ops = &backend_ops };

/*
 * 2. The VMM
 *
 * A virtqueue needs to be told two things by the VMM: where guest memory is,
 * and how to interrupt the guest.
 */

#define RAM_BASE 0x10000000ULL
#define RAM_SIZE 0x10000ULL

struct vmm {
	struct vd_virtqueue_host host; /* what the virtqueue sees of us */
	struct vd_virtqueue *vq;
	struct vd_device *device;
	unsigned int n_interrupts;
};

static _Alignas(4096) uint8_t ram[RAM_SIZE];

/* From an address in the guest to one of ours.  NULL: the guest is wrong. */
static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	(void)host;

	if (gpa < RAM_BASE || gpa - RAM_BASE >= RAM_SIZE)
		return NULL;
	/* Say how much there is from here on, if that is less. */
	*len = VD_MIN(*len, RAM_SIZE - (gpa - RAM_BASE));

	return ram + (gpa - RAM_BASE);
}

/* A real VMM would raise an interrupt line, or send an MSI. */
static void interrupt(struct vd_virtqueue_host *host)
{
	container_of(host, struct vmm, host)->n_interrupts++;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = interrupt,
};

/*
 * 3. The driver
 *
 * Normally the guest lays out a split ring like this in its own memory, and
 * tells the VMM where it is and how large.
 */

#define RING_SIZE 4

struct ring {
	struct vring_desc desc[RING_SIZE];
	struct {
		uint16_t flags, idx, ring[RING_SIZE], used_event;
	} avail;
	_Alignas(4) struct {
		uint16_t flags, idx;
		struct vring_used_elem ring[RING_SIZE];
		uint16_t avail_event;
	} used;
};

#define BUFFER_AT 0x1000 /* within guest memory */
#define BUFFER_SIZE 64

/* Make a buffer available, for the device to write to. */
static void driver_add_buffer(struct ring *ring)
{
	uint16_t idx = le16toh(ring->avail.idx);

	ring->desc[0].addr = htole64(RAM_BASE + BUFFER_AT);
	ring->desc[0].len = htole32(BUFFER_SIZE);
	ring->desc[0].flags = htole16(VRING_DESC_F_WRITE);
	ring->avail.ring[idx % RING_SIZE] = htole16(0);
	__atomic_store_n(&ring->avail.idx, htole16((uint16_t)(idx + 1)),
			 __ATOMIC_RELEASE);
}

/*
 * 4. Everything together
 */

static int start(struct vmm *vmm, struct ring *ring)
{
	struct vd_virtqueue_config config = {
		.features = VD_BIT(VIRTIO_F_VERSION_1),
		.size = RING_SIZE,
		.desc = ring->desc,
		.driver = &ring->avail,
		.device = &ring->used,
		.base = VD_VIRTQUEUE_SPLIT_BASE,
	};
	int r;

	/* The device: here without a limit. */
	r = vd_rng_new(&backend, NULL, &vmm->device);
	if (r < 0)
		return r;

	/* What the driver accepted of VD_VIRTQUEUE_FEATURES and of the device's
	 * own features goes to both of them. */
	r = vd_device_set_features(vmm->device, config.features);
	if (r < 0)
		return r;

	/* Once the driver has set DRIVER_OK, the queue begins to run, */
	r = vd_virtqueue_new(&vmm->host, &vmm->vq);
	if (r < 0)
		return r;
	r = vd_virtqueue_start(vmm->vq, &config);
	if (r < 0)
		return r;

	/* and is handed to the device. */
	vd_device_start_queue(vmm->device, 0, vd_virtqueue_queue(vmm->vq));

	return 0;
}

static void stop(struct vmm *vmm)
{
	/* In the opposite order: the device lets go of the queue first. */
	vd_device_stop_queue(vmm->device, 0);
	vd_virtqueue_stop(vmm->vq);
	vd_virtqueue_free(vmm->vq);
	vd_device_free(vmm->device);
}

int main(void)
{
	struct vmm vmm = { .host.ops = &host_ops };
	struct ring *ring = (struct ring *)(void *)ram;
	const uint8_t *buffer = ram + BUFFER_AT;
	uint32_t len;
	int r;

	r = start(&vmm, ring);
	if (r < 0) {
		fprintf(stderr, "cannot start: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}

	/* The guest makes a buffer available, and writes to the notification
	 * register, on which the VMM kicks the device.  The time matters only to
	 * devices that need it. */
	driver_add_buffer(ring);
	vd_device_kick(vmm.device, 0, 0);

	/* The answer is there already, and the guest was interrupted. */
	len = le32toh(ring->used.ring[0].len);
	if (le16toh(ring->used.idx) != 1 || len != BUFFER_SIZE ||
	    vmm.n_interrupts != 1) {
		fprintf(stderr, "the device did not answer as it should\n");
		return EXIT_FAILURE;
	}

	printf("%u random bytes:", len);
	for (uint32_t i = 0; i < len; i++)
		printf(" %02x", buffer[i]);
	printf("\n");

	stop(&vmm);

	return EXIT_SUCCESS;
}
