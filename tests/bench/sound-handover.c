/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "tests/bench/sound-handover.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/sound-pulse.h"
#include "daemons/probe-load.h"
#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "tests/bench/bench.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "vhost-user/server.h"
#include "virtio-devices/device.h"
#include "virtio-devices/sound.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* The first ones come before the start, and while the server gets going. */
#define N_WARM 100
#define N_MESSAGES 600

/* Two periods are less than the server would like to have. */
static const struct probe_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.channels = 2,
	.hz = 48000,
	.frame = 4,
	.period = 1920,
	.n_periods = 2,
};

/**
 * struct times - written by the device's process
 * @bytes: that it has handed over
 * @sent:  when each message was gone
 */
struct times {
	uint64_t bytes;
	uint64_t sent[N_MESSAGES];
};

static struct times *times;
static struct vb_loop *loop;
static ssize_t (*real_write)(struct vd_sound_backend *backend, uint32_t stream,
			     const struct iovec *iov, size_t n_iov);

/* libpulse sends in a deferred call, which stands before this one. */
static void note(struct vb_deferred *deferred)
{
	uint64_t n = __atomic_load_n(&times->bytes, __ATOMIC_RELAXED);
	uint64_t now = probe_now();

	(void)deferred;
	n = VD_MIN(n / params.period, (uint64_t)N_MESSAGES);
	while (n > 0 && !times->sent[n - 1])
		__atomic_store_n(&times->sent[--n], now, __ATOMIC_RELEASE);
}

static ssize_t timed_write(struct vd_sound_backend *backend, uint32_t stream,
			   const struct iovec *iov, size_t n_iov)
{
	static struct vb_deferred noting = { .call = note };
	ssize_t n = real_write(backend, stream, iov, n_iov);

	if (n > 0) {
		times->bytes += (uint64_t)n;
		vb_defer(loop, &noting);
	}

	return n;
}

static void ignore_server(void *context, const char *problem)
{
	(void)context;
	(void)problem;
}

static void ignore_device(void *context, enum vd_sound_direction direction,
			  const char *problem)
{
	(void)context;
	(void)direction;
	(void)problem;
}

static struct vd_sound_backend *new_backend(void)
{
	static struct vd_sound_backend_ops ops;
	const struct vb_sound_pulse_config config = {
		.name = "bench",
		.n_playback = 1,
		.events = { .server = ignore_server, .device = ignore_device },
	};
	struct vd_sound_backend *backend;

	if (vb_sound_pulse_new(loop, &config, &backend) < 0)
		_exit(1);
	ops = *backend->ops;
	real_write = ops.write;
	ops.write = timed_write;
	backend->ops = &ops;

	return backend;
}

static _Noreturn void serve(int fd)
{
	const struct vhu_server_config config = {
		.session.features = VD_VIRTQUEUE_FEATURES,
	};
	struct vhu_server *server;
	struct vd_device *device;

	if (vb_loop_new(&loop) < 0 ||
	    vd_sound_new(new_backend(), NULL, &device) < 0 ||
	    vhu_server_new(loop, device, fd, &config, &server) < 0)
		_exit(1);
	_exit(vb_loop_run(loop) < 0);
}

static pid_t start(int *fd)
{
	int fds[2];
	pid_t pid;

	times = mmap(NULL, sizeof(*times), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (times == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		bench_die("cannot make a device", 0);
	pid = fork();
	if (pid < 0)
		bench_die("cannot fork", 0);
	if (pid == 0) {
		close(fds[1]);
		serve(fds[0]);
	}
	close(fds[0]);
	*fd = fds[1];

	return pid;
}

static void must(int r)
{
	if (r < 0)
		bench_die("the device does not work", r);
}

static void submit(struct probe_sound_message *message, uint64_t *at)
{
	memset(message->data, 1, params.period);
	message->len = params.period;
	*at = probe_now();
	must(probe_sound_submit(message));
}

/* Receives when each message was available. */
static void play(struct probe *probe, uint64_t *at)
{
	struct probe_sound_stream stream;
	struct probe_sound_message *message;
	struct probe_sound sound;
	size_t n = 0;

	must(probe_open(probe));
	must(probe_sound_start(&sound, probe, probe_sound_bytes(&params)));
	must(probe_sound_open(&stream, &sound, VIRTIO_SND_D_OUTPUT, 0,
			      &params));
	for (; n < params.n_periods; n++)
		submit(&stream.messages[n], &at[n]);
	must(probe_sound_request(&stream, VIRTIO_SND_R_PCM_START));
	for (; n < N_MESSAGES; n++) {
		must(probe_sound_collect(&sound, VIRTIO_SND_D_OUTPUT,
					 &message));
		submit(message, &at[n]);
	}
	for (size_t i = 0; i < params.n_periods; i++)
		must(probe_sound_collect(&sound, VIRTIO_SND_D_OUTPUT,
					 &message));
}

static struct bench_handover evaluate(const uint64_t *at)
{
	uint32_t samples[N_MESSAGES];
	size_t n = 0;

	for (size_t i = N_WARM; i < N_MESSAGES; i++) {
		uint64_t sent =
			__atomic_load_n(&times->sent[i], __ATOMIC_ACQUIRE);

		if (sent > at[i])
			samples[n++] = (uint32_t)VD_MIN(sent - at[i],
							(uint64_t)UINT32_MAX);
	}
	if (n < (N_MESSAGES - N_WARM) / 2)
		bench_die("the server did not get what it waits for", 0);

	return (struct bench_handover){
		.p50 = probe_percentile(samples, n, 50) / 1e3,
		.p99 = probe_percentile(samples, n, 99) / 1e3,
	};
}

struct bench_handover bench_measure_handover(void)
{
	uint64_t at[N_MESSAGES];
	struct probe probe = {
		.settings.timeout = 5000,
		.name = "the bench's own device",
	};
	struct bench_handover result;
	int fd;
	pid_t pid = start(&fd);

	probe.settings.fd = (uint64_t)fd;
	play(&probe, at);
	result = evaluate(at);
	vhu_frontend_free(probe.frontend);
	vhu_guest_memory_free(probe.memory);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(times, sizeof(*times));

	return result;
}
