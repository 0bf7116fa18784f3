/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <string.h>

#include "backends/gpio-sim.h"
#include "backends/i2c-sim.h"
#include "tests/fake-sound-backend.h"
#include "tests/fuzz/fuzz-types.h"
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
#include "virtio-devices/vsock.h"

static struct vd_rng *rng;
static bool rng_is_empty;

static void attach(struct vd_rng_backend *backend, struct vd_rng *to)
{
	(void)backend;
	rng = to;
}

static ssize_t fill(struct vd_rng_backend *backend, const struct iovec *iov,
		    size_t n_iov)
{
	(void)backend;
	(void)n_iov;
	if (rng_is_empty)
		return -EAGAIN;
	memset(iov[0].iov_base, 0x5a, iov[0].iov_len);
	return (ssize_t)iov[0].iov_len;
}

static void destroy(struct vd_rng_backend *backend)
{
	(void)backend;
}

static const struct vd_rng_backend_ops rng_ops = {
	.name = "fuzz", .attach = attach, .fill = fill, .destroy = destroy
};

static struct vd_device *new_rng(void)
{
	static struct vd_rng_backend backend = { &rng_ops };
	const struct vd_rng_limit limit = { 3000, 1000 };
	struct vd_device *device;

	rng_is_empty = false;

	return vd_rng_new(&backend, &limit, &device) == 0 ? device : NULL;
}

static void poke_rng(unsigned int turn, uint64_t now)
{
	(void)now;
	rng_is_empty = turn & 1;
	if (!rng_is_empty)
		vd_rng_ready(rng);
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

static struct vd_gpio_backend *lines;

static struct vd_device *new_gpio(void)
{
	struct vd_device *device;

	if (vb_gpio_sim_new(8, true, &lines) < 0)
		return NULL;

	return vd_gpio_new(lines, &device) == 0 ? device : NULL;
}

static void poke_gpio(unsigned int turn, uint64_t now)
{
	(void)now;
	vb_gpio_sim_pull(lines, turn & 7, turn >> 3 & 1);
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

static void poke_vsock(unsigned int turn, uint64_t now)
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

static void poke_sound_stream(uint32_t id, unsigned int turn, uint64_t now)
{
	struct fake_sound_stream *stream = &fake_sound.streams[id];

	stream->room += 64 + turn * 16;
	stream->supply += 64 + turn * 16;
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

static void poke_sound(unsigned int turn, uint64_t now)
{
	for (uint32_t i = 0; i < FAKE_SOUND_STREAMS; i++)
		poke_sound_stream(i, turn, now);
	vd_sound_jack(fake_sound.sound, 0, turn & 1);
}

const struct fuzz_type fuzz_types[FUZZ_N_TYPES] = {
	[FUZZ_RNG] = { new_rng, poke_rng },
	[FUZZ_I2C] = { new_i2c, NULL },
	[FUZZ_GPIO] = { new_gpio, poke_gpio },
	[FUZZ_VSOCK] = { new_vsock, poke_vsock },
	[FUZZ_SOUND] = { new_sound, poke_sound },
	[FUZZ_CLOCKLESS_SOUND] = { new_clockless_sound, poke_sound },
};
