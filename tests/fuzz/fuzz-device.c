/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Every device behind every kind of ring, with guest memory that the fuzzer has
 * written.  The first bytes of the input choose; the rest is the memory, rings
 * included.
 */

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "backends/gpio-sim.h"
#include "backends/i2c-sim.h"
#include "tests/fake-sound-backend.h"
#include "tests/fuzz/fuzz-vsock-host.h"
#include "virtio-devices/device.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/sound.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"
#include "virtio-devices/vsock.h"

/* Two regions that touch, so that borders are crossed. */
#define REGION 4096
#define N_REGIONS 2
#define RING_SIZE 8

/* Rings of all queues are at the beginning of the first region. */
#define QUEUE_BYTES 512

struct world {
	struct vd_virtqueue_host host;
	uint8_t *regions[N_REGIONS];
};

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	struct world *world = container_of(host, struct world, host);

	if (gpa >= (uint64_t)N_REGIONS * REGION)
		return NULL;

	*len = VD_MIN(*len, REGION - gpa % REGION);

	return world->regions[gpa / REGION] + gpa % REGION;
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
};

static ssize_t fill(struct vd_rng_backend *backend, const struct iovec *iov,
		    size_t n_iov)
{
	(void)backend;
	(void)n_iov;
	memset(iov[0].iov_base, 0x5a, iov[0].iov_len);
	return (ssize_t)iov[0].iov_len;
}

static void destroy(struct vd_rng_backend *backend)
{
	(void)backend;
}

static const struct vd_rng_backend_ops rng_ops = { .name = "fuzz",
						   .fill = fill,
						   .destroy = destroy };

static struct vd_device *new_rng(void)
{
	static struct vd_rng_backend backend = { &rng_ops };
	const struct vd_rng_limit limit = { 100000, 1000 };
	struct vd_device *device;

	return vd_rng_new(&backend, &limit, &device) == 0 ? device : NULL;
}

static struct vd_device *new_i2c(void)
{
	static const struct vd_i2c_client clients[] = {
		{ .address = 0x50 },
		{ .address = 0x20 },
		{ .address = 0x51, .read_only = true },
	};
	struct vd_i2c_backend *bus;
	struct vd_device *device;

	if (vb_i2c_sim_new(&bus) < 0)
		return NULL;
	for (size_t i = 0; i < VD_ARRAY_SIZE(clients); i++)
		(void)vb_i2c_sim_add(bus, clients[i].address);

	return vd_i2c_new(&bus, 1, clients, VD_ARRAY_SIZE(clients), &device) ==
			       0
		       ? device
		       : NULL;
}

static struct vd_device *new_gpio(void)
{
	struct vd_gpio_backend *backend;
	struct vd_device *device;

	if (vb_gpio_sim_new(8, true, &backend) < 0)
		return NULL;

	return vd_gpio_new(backend, &device) == 0 ? device : NULL;
}

static struct vd_vsock_host *streams;

static struct vd_device *new_vsock(void)
{
	const struct vd_vsock_config config = {
		.guest_cid = 3,
		.seqpacket = true,
		.buf_alloc = VD_VSOCK_BUF_ALLOC_MIN,
		.max_connections = 8,
	};
	struct vd_device *device;

	streams = fuzz_vsock_host_new();

	return vd_vsock_new(streams, &config, &device) == 0 ? device : NULL;
}

static void poke_vsock(uint64_t turn, uint64_t now)
{
	(void)turn;
	fuzz_vsock_host_poke(streams, now);
}

static struct fake_sound fake_sound;

/* A host that has moved a little by each turn, and is away in one of them. */
static struct vd_device *make_sound(bool clockless)
{
	const struct vd_sound_options options = { true, true };
	struct vd_device *device;

	fake_sound_init(&fake_sound);
	fake_sound.backend.clockless = clockless;
	for (uint32_t i = 0; i < FAKE_SOUND_STREAMS; i++) {
		fake_sound.streams[i].room = 0;
		fake_sound.streams[i].supply = 0;
	}

	return vd_sound_new(&fake_sound.backend, &options, &device) == 0
		       ? device
		       : NULL;
}

static struct vd_device *new_sound(void)
{
	return make_sound(false);
}

static struct vd_device *new_clockless_sound(void)
{
	return make_sound(true);
}

static void poke_sound_stream(uint32_t id, uint64_t turn, uint64_t now)
{
	struct fake_sound_stream *stream = &fake_sound.streams[id];

	stream->room += 64;
	stream->supply += 64;
	stream->lost = turn == 2;
	if (stream->lost) {
		stream->state = FAKE_SOUND_IDLE;
		vd_sound_lost(fake_sound.sound, id, now);
	} else {
		vd_sound_found(fake_sound.sound, id, now);
	}
	vd_sound_writable(fake_sound.sound, id, now);
	vd_sound_readable(fake_sound.sound, id, now);
	vd_sound_consumed(fake_sound.sound, id, turn * 64, now);
	vd_sound_xrun(fake_sound.sound, id);
	vd_sound_volume_changed(fake_sound.sound, id, -(int)turn * 1000,
				turn & 1);
}

static void poke_sound(uint64_t turn, uint64_t now)
{
	for (uint32_t i = 0; i < FAKE_SOUND_STREAMS; i++)
		poke_sound_stream(i, turn, now);
	vd_sound_jack(fake_sound.sound, 0, turn & 1);
}

/* A type of device; and what its backend does of its own accord. */
static const struct {
	struct vd_device *(*make)(void);
	void (*poke)(uint64_t turn, uint64_t now);
} types[] = {
	{ new_rng, NULL },	   { new_i2c, NULL },
	{ new_gpio, NULL },	   { new_vsock, poke_vsock },
	{ new_sound, poke_sound }, { new_clockless_sound, poke_sound },
};

static struct vd_virtqueue *start_queue(struct world *world,
					struct vd_device *device,
					unsigned int index, uint64_t features)
{
	uint8_t *at = world->regions[0] + (size_t)index * QUEUE_BYTES;
	const struct vd_virtqueue_config config = {
		.features = features,
		.size = RING_SIZE,
		.desc = at,
		.driver = at + 128,
		.device = at + 256,
		.base = features & VD_BIT(VIRTIO_F_RING_PACKED)
				? VD_VIRTQUEUE_PACKED_BASE
				: VD_VIRTQUEUE_SPLIT_BASE,
	};
	struct vd_virtqueue *vq;

	if (vd_virtqueue_new(&world->host, &vq) < 0)
		return NULL;
	if (vd_virtqueue_start(vq, &config) < 0) {
		vd_virtqueue_free(vq);
		return NULL;
	}
	vd_device_start_queue(device, index, vd_virtqueue_queue(vq));

	return vq;
}

static void run(struct world *world, struct vd_device *device,
		uint64_t features, void (*poke)(uint64_t turn, uint64_t now))
{
	struct vd_virtqueue *vqs[VD_MAX_QUEUES] = { NULL };
	unsigned int n = device->ops->n_queues;

	(void)vd_device_set_features(device, ~0ULL);
	for (unsigned int i = 0; i < n; i++)
		vqs[i] = start_queue(world, device, i, features);
	for (uint64_t turn = 0; turn < 4; turn++) {
		for (unsigned int i = 0; i < n; i++)
			vd_device_kick(device, i, turn * VD_NSEC_PER_SEC);
		if (poke)
			poke(turn, turn * VD_NSEC_PER_SEC);
		if (device->ops->tick)
			vd_device_tick(device, turn * VD_NSEC_PER_SEC);
	}
	for (unsigned int i = 0; i < n; i++) {
		vd_device_stop_queue(device, i);
		if (vqs[i])
			vd_virtqueue_stop(vqs[i]);
		vd_virtqueue_free(vqs[i]);
	}
	vd_device_reset(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .host.ops = &host_ops };
	struct vd_device *device;
	uint64_t features = 0;
	size_t type;

	if (size < 2)
		return 0;

	type = data[0] % VD_ARRAY_SIZE(types);
	device = types[type].make();
	if (data[1] & 1)
		features |= VD_BIT(VIRTIO_F_RING_PACKED);
	if (data[1] & 2)
		features |= VD_BIT(VIRTIO_RING_F_INDIRECT_DESC);
	if (data[1] & 4)
		features |= VD_BIT(VIRTIO_RING_F_EVENT_IDX);
	data += 2;
	size -= 2;

	/* Each in an allocation of its own, for AddressSanitizer. */
	for (size_t i = 0; i < N_REGIONS; i++) {
		size_t n = VD_MIN(size, (size_t)REGION);

		world.regions[i] = aligned_alloc(16, REGION);
		memset(world.regions[i], 0, REGION);
		memcpy(world.regions[i], data, n);
		data += n;
		size -= n;
	}

	if (device)
		run(&world, device, features, types[type].poke);
	vd_device_free(device);
	for (size_t i = 0; i < N_REGIONS; i++)
		free(world.regions[i]);

	return 0;
}
