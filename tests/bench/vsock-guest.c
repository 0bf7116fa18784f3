/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon, and a guest for it that uses connections.
 */

#include <errno.h>
#include <linux/virtio_vsock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "daemons/probe-vsock-connection.h"
#include "daemons/probe-vsock-device.h"
#include "daemons/probe-vsock-guest.h"
#include "tests/bench/vsock.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define CID "3"

/* As QEMU has it; and buffers that fit, two descriptors for a packet. */
#define RING_SIZE 128
#define N_TX 64

/* Packets to the guest take so much memory, be they large or small. */
#define RX_BYTES (512U << 10)

#define TIMEOUT_MSEC 5000
#define MAX_SAMPLES 400000

/* Before memory is counted: each part of the daemon has been used by then. */
#define VSOCK_FEW 20

/**
 * struct guest - a guest at work
 * @frontend: its VMM
 * @memory:   its memory
 * @guest:    its driver
 */
struct guest {
	struct vhu_frontend *frontend;
	struct vhu_guest_memory *memory;
	struct probe_vsock_guest *guest;
};

static uint32_t samples[MAX_SAMPLES];

static _Noreturn void exec_daemon(const char *program,
				  const struct bench_daemon *daemon, int cpu)
{
	char uds[96];

	snprintf(uds, sizeof(uds), "%s/uds", daemon->dir);
	bench_pin(cpu);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execl(program, program, "--log-level=warning", "--guest-cid=" CID,
	      "--socket", daemon->path, "--uds-path", uds, (char *)NULL);
	bench_die(program, -errno);
}

struct bench_daemon vsock_daemon_start(const char *program, int cpu)
{
	struct bench_daemon daemon = {
		.dir = "/tmp/vhost-device-bench.XXXXXX"
	};

	if (!mkdtemp(daemon.dir))
		bench_die("cannot make a directory in /tmp", -errno);
	snprintf(daemon.path, sizeof(daemon.path), "%s/guest", daemon.dir);

	daemon.pid = fork();
	if (daemon.pid < 0)
		bench_die("cannot fork", -errno);
	if (daemon.pid == 0)
		exec_daemon(program, &daemon, cpu);

	bench_wait_for_socket(daemon.path, daemon.pid);

	return daemon;
}

static int start_queues(struct guest *guest, size_t bytes)
{
	const struct vhu_guest_range range = {
		.gpa = 1ULL << 32,
		.size = (bytes + (1U << 20)) & ~(size_t)4095,
	};
	uint64_t features = VD_VIRTQUEUE_FEATURES | VD_BIT(VIRTIO_F_IN_ORDER) |
			    VD_BIT(VHU_F_PROTOCOL_FEATURES);
	int r;

	features &= ~VD_BIT(VIRTIO_F_RING_PACKED);
	r = vhu_guest_memory_new(&range, 1, &guest->memory);
	if (r == 0)
		r = vhu_frontend_negotiate(guest->frontend,
					   VD_BIT(VHU_PROTOCOL_F_REPLY_ACK));
	if (r == 0)
		r = vhu_frontend_set_features(guest->frontend, features);
	if (r == 0)
		r = vhu_frontend_set_memory(guest->frontend, guest->memory);
	for (unsigned int i = PROBE_VSOCK_RX; r == 0 && i <= PROBE_VSOCK_TX;
	     i++) {
		r = vhu_frontend_prepare_queue(guest->frontend, i, RING_SIZE);
		if (r == 0)
			r = vhu_frontend_start_queue(guest->frontend, i);
	}

	return r < 0 ? r : vhu_frontend_sync(guest->frontend);
}

static void guest_open(struct guest *guest, const struct bench_daemon *daemon,
		       uint32_t payload)
{
	struct probe_vsock_config config = {
		.cid = 3,
		.n_rx = VD_MIN(RING_SIZE, RX_BYTES / payload),
		.rx_size = payload + PROBE_VSOCK_HEADER_SIZE,
		.n_tx = N_TX,
		.tx_size = PROBE_VSOCK_MAX_PAYLOAD,
	};
	int r;

	r = vhu_frontend_connect(daemon->path, TIMEOUT_MSEC, &guest->frontend);
	if (r == 0)
		r = start_queues(guest, probe_vsock_bytes(&config));
	if (r == 0) {
		config.frontend = guest->frontend;
		config.memory = guest->memory;
		r = probe_vsock_new(&config, &guest->guest);
	}
	if (r < 0)
		bench_die(daemon->path, r);
}

static void guest_close(struct guest *guest)
{
	probe_vsock_free(guest->guest);
	vhu_frontend_free(guest->frontend);
	vhu_guest_memory_free(guest->memory);
}

/* Run a load for a guest; @cpu is what it costs the daemon. */
static struct probe_vsock_load_result run(const struct bench_daemon *daemon,
					  enum probe_vsock_load_kind kind,
					  uint32_t size, uint32_t payload,
					  uint32_t depth, uint64_t *cpu)
{
	struct probe_vsock_load load = {
		.kind = kind,
		.peer_cid = 2,
		.peer_port = VSOCK_PORT,
		.size = size,
		.depth = depth,
		.nsec = VSOCK_MEASURE_NSEC,
		.timeout = TIMEOUT_MSEC,
		.samples = samples,
		.max_samples = MAX_SAMPLES,
	};
	struct probe_vsock_load_result result;
	struct guest guest;
	int r;

	guest_open(&guest, daemon, payload);
	load.guest = guest.guest;

	*cpu = bench_daemon_cpu(daemon);
	r = probe_vsock_load_run(&load, &result);
	if (r < 0)
		bench_die("a connection of the guest fails", r);
	*cpu = bench_daemon_cpu(daemon) - *cpu;
	guest_close(&guest);

	return result;
}

struct vsock_flow vsock_send(const struct bench_daemon *daemon, uint32_t size)
{
	struct vsock_app app = vsock_app_start(daemon, VSOCK_APP_SINK);
	struct vsock_app_report report;
	uint64_t cpu;

	run(daemon, PROBE_VSOCK_LOAD_SEND, size, 4096, 1, &cpu);
	report = vsock_app_report(&app);

	return (struct vsock_flow){
		.rate = (double)report.n * VD_NSEC_PER_SEC /
			(double)report.nsec,
		.cpu = (double)cpu / (double)report.n,
	};
}

struct vsock_flow vsock_receive(const struct bench_daemon *daemon,
				uint32_t payload)
{
	struct vsock_app app = vsock_app_start(daemon, VSOCK_APP_SOURCE);
	struct probe_vsock_load_result result;
	uint64_t cpu;

	result = run(daemon, PROBE_VSOCK_LOAD_RECEIVE, 1, payload, 1, &cpu);
	vsock_app_stop(&app);

	return (struct vsock_flow){
		.rate = (double)result.n_bytes * VD_NSEC_PER_SEC /
			(double)result.nsec,
		.cpu = (double)cpu / (double)result.n_bytes,
	};
}

double vsock_echo(const struct bench_daemon *daemon)
{
	struct vsock_app app = vsock_app_start(daemon, VSOCK_APP_ECHO);
	struct probe_vsock_load_result result;
	uint64_t cpu;

	result = run(daemon, PROBE_VSOCK_LOAD_ECHO, 1, 4096, 1, &cpu);
	vsock_app_stop(&app);

	return probe_percentile(samples, result.n_samples, 50);
}

double vsock_connect(const struct bench_daemon *daemon, uint32_t depth)
{
	struct vsock_app app = vsock_app_start(daemon, VSOCK_APP_SINK);
	struct probe_vsock_load_result result;
	uint64_t cpu;

	result = run(daemon, PROBE_VSOCK_LOAD_CONNECT, 1, 4096, depth, &cpu);
	vsock_app_stop(&app);

	return (double)result.n_rounds * VD_NSEC_PER_SEC / (double)result.nsec;
}

/* Agree to everything: to a connection, and to its end. */
static int agree(struct probe_vsock_guest *guest,
		 const struct probe_vsock_header *header)
{
	struct probe_vsock_connection connection;
	struct probe_vsock_header answer;

	switch (header->op) {
	case VIRTIO_VSOCK_OP_REQUEST:
		probe_vsock_accept(&connection, header, PROBE_VSOCK_ROOM);
		answer = probe_vsock_make(&connection, VIRTIO_VSOCK_OP_RESPONSE,
					  0, 0);
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		answer = probe_vsock_reset_header(header);
		break;
	default:
		return 0;
	}

	return probe_vsock_send(guest, &answer, NULL);
}

static int agree_to_all(struct probe_vsock_guest *guest)
{
	struct probe_vsock_packet packet;
	int r;

	while ((r = probe_vsock_can_send(guest)) > 0 &&
	       (r = probe_vsock_receive(guest, &packet)) > 0) {
		r = agree(guest, &packet.header);
		probe_vsock_release(guest, &packet);
		if (r < 0)
			break;
	}

	return r < 0 ? r : probe_vsock_flush(guest);
}

double vsock_accept(const struct bench_daemon *daemon)
{
	struct vsock_app_report report;
	struct vsock_app app;
	struct guest guest;
	int r = 0;

	guest_open(&guest, daemon, 4096);
	app = vsock_app_start(daemon, VSOCK_APP_CALL);
	while (r == 0) {
		r = probe_vsock_wait(guest.guest, 200);
		if (r == 0)
			r = agree_to_all(guest.guest);
	}
	if (r != -ETIMEDOUT)
		bench_die("a connection to the guest fails", r);
	report = vsock_app_report(&app);
	guest_close(&guest);

	return (double)report.n * VD_NSEC_PER_SEC / (double)report.nsec;
}

static void open_connections(struct probe_vsock_guest *guest,
			     unsigned int first, unsigned int n)
{
	for (unsigned int i = first; i < first + n; i++) {
		struct probe_vsock_connection connection = {
			.cid = 3,
			.port = 0x20000 + i,
			.peer_cid = 2,
			.peer_port = VSOCK_PORT,
			.type = VIRTIO_VSOCK_TYPE_STREAM,
			.buf_alloc = PROBE_VSOCK_ROOM,
		};
		int r = probe_vsock_connect(guest, &connection, TIMEOUT_MSEC);

		if (r < 0)
			bench_die("one of many connections fails", r);
	}
}

/* What the daemon has anyway is there after some connections. */
double vsock_hold(const struct bench_daemon *daemon, unsigned int n)
{
	struct vsock_app app = vsock_app_start(daemon, VSOCK_APP_HOLD);
	struct guest guest;
	uint64_t few, all;

	guest_open(&guest, daemon, 4096);
	open_connections(guest.guest, 0, VSOCK_FEW);
	few = bench_daemon_own_memory(daemon);
	open_connections(guest.guest, VSOCK_FEW, n - VSOCK_FEW);
	all = bench_daemon_own_memory(daemon);
	guest_close(&guest);
	vsock_app_stop(&app);

	return ((double)all - (double)few) * 1024 / (n - VSOCK_FEW);
}
