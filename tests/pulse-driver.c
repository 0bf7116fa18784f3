/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "pulse-driver.h"

#include <errno.h>
#include <linux/virtio_snd.h>
#include <poll.h>
#include <string.h>

#include "backends/sound-pulse.h"

void vd_sound_writable(struct vd_sound *device, uint32_t stream, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, PLAYBACK);
	device->n_writable++;
}

void vd_sound_readable(struct vd_sound *device, uint32_t stream, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, CAPTURE);
	device->n_readable++;
}

void vd_sound_consumed(struct vd_sound *device, uint32_t stream,
		       uint64_t position, uint64_t now)
{
	(void)now;
	cr_assert_eq(stream, PLAYBACK);
	cr_assert_geq(position, device->consumed);
	device->consumed = position;
}

void vd_sound_xrun(struct vd_sound *device, uint32_t stream)
{
	(void)stream;
	device->n_xruns++;
}

void vd_sound_lost(struct vd_sound *device, uint32_t stream, uint64_t now)
{
	(void)now;
	device->lost[stream] = true;
}

void vd_sound_found(struct vd_sound *device, uint32_t stream, uint64_t now)
{
	(void)now;
	device->lost[stream] = false;
	device->n_found++;
}

void vd_sound_volume_changed(struct vd_sound *device, uint32_t stream,
			     int volume, bool mute)
{
	(void)stream;
	device->volume = volume;
	device->mute = mute;
	device->n_volumes++;
}

struct pulse pulse;
struct pulse_ear ear;
struct vb_loop *loop;
struct vd_sound sound;
struct vd_sound_backend *backend;
const char *server_problem, *device_problem[2];
unsigned int n_server_events;
uint32_t numbers[N_NUMBERS];

const struct vd_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.rate = VIRTIO_SND_PCM_RATE_48000,
	.channels = 2,
	.hz = 48000,
	.frame_bytes = 4,
	.period_bytes = 1920,
	.buffer_bytes = 7680,
};

static void server_event(void *context, const char *problem)
{
	(void)context;
	server_problem = problem;
	n_server_events++;
}

static void device_event(void *context, enum vd_sound_direction direction,
			 const char *problem)
{
	(void)context;
	device_problem[direction] = problem;
}

static void make(const char *sink)
{
	const struct vb_sound_pulse_config config = {
		.sink = sink,
		.name = "Test machine",
		.n_playback = 1,
		.n_capture = 1,
		.volumes = true,
		.events = { .server = server_event, .device = device_event },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(numbers); i++)
		numbers[i] = (uint32_t)i + 1;
	cr_assert_eq(vb_loop_new(&loop), 0);
	cr_assert_eq(vb_sound_pulse_new(loop, &config, &backend), 0);
}

void setup_pulse(void)
{
	pulse_init(&pulse);
	make(NULL);
}

void remake_backend(const char *sink)
{
	backend->ops->destroy(backend);
	vb_loop_free(loop);
	make(sink);
}

void teardown_pulse(void)
{
	if (ear.frames)
		pulse_listen_no_more(&ear);
	backend->ops->destroy(backend);
	vb_loop_free(loop);
	pulse_fini(&pulse);
}

void step(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	poll(&pollfd, 1, 10);
	cr_assert_eq(vb_loop_step(loop), 0);
}

void run_until_said(const char *command, const char *text)
{
	RUN_UNTIL(strstr(pulse_ctl(&pulse, command), text));
}

void attach(uint32_t stream)
{
	backend->ops->attach(backend, &sound);
	RUN_UNTIL(!sound.lost[stream]);
}

void prepare(uint32_t stream)
{
	cr_assert_eq(backend->ops->prepare(backend, stream, &params), 0);
}

/* What was not taken has to be offered again when there is room. */
void write_all(const void *bytes, size_t len)
{
	const char *p = bytes;

	for (int i = 0; len > 0; i++) {
		const struct iovec iov = { (char *)(uintptr_t)p, len };
		ssize_t n = backend->ops->write(backend, PLAYBACK, &iov, 1);

		cr_assert(n > 0 || n == -EAGAIN);
		cr_assert(i < PATIENCE, "%zu bytes are not taken", len);
		if (n < 0) {
			step();
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
}

void expect_heard(size_t n)
{
	RUN_UNTIL(pulse_heard(&ear) >= n);
	cr_assert_eq(ear.n, n);
	cr_assert_arr_eq(ear.frames, numbers, n * 4);
}

void start_pipe_sink(void)
{
	pulse_start_pipe_sink(&pulse);
	pulse_listen(&pulse, &ear, VD_ARRAY_SIZE(numbers));
}
