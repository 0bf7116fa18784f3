/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How fast is vhost-device-vsock, and how fast could it be?  The floor of bytes
 * is a stream socket between two processes; what is between a guest and an
 * application on the host has to be gone through in any case.
 *
 * Usage: vsock VHOST-DEVICE-VSOCK [TURNS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "daemons/probe-vsock-header.h"
#include "tests/bench/bench.h"
#include "tests/bench/table.h"
#include "tests/bench/vsock.h"
#include "virtio-devices/util.h"

#define DEFAULT_TURNS 9

#define SMALL 4096
#define LARGE 65536

#define N_IDLE 1000
#define MANY 16

/**
 * struct turn - all that was measured in one turn
 * @floor_wakeup: round trip between two processes, in ns
 * @floor_small:  4 KiB at a time
 * @floor_large:  64 KiB at a time
 * @send_small:   from the guest, in packets of 4 KiB
 * @send_large:   from the guest, in packets of 64 KiB
 * @receive_small: to the guest, into buffers of 4 KiB
 * @receive_large: to the guest, into buffers of 64 KiB
 * @echo:         one byte there and back, in ns
 * @connect:      connections of the guest, one after the other, per second
 * @connect_many: sixteen of them at once
 * @accept:       connections to the guest
 */
struct turn {
	double floor_wakeup;
	struct vsock_flow floor_small;
	struct vsock_flow floor_large;
	struct vsock_flow send_small;
	struct vsock_flow send_large;
	struct vsock_flow receive_small;
	struct vsock_flow receive_large;
	double echo;
	double connect;
	double connect_many;
	double accept;
};

static struct turn turns[BENCH_MAX_TURNS];
static size_t n_turns = DEFAULT_TURNS;

#define MEDIAN(member) \
	bench_median(turns, sizeof(turns[0]), n_turns, \
		     offsetof(struct turn, member), SIZE_MAX)
#define MEDIAN_RATIO(member, floor) \
	bench_median(turns, sizeof(turns[0]), n_turns, \
		     offsetof(struct turn, member), \
		     offsetof(struct turn, floor))

static void take_turn(const struct bench_cpus *cpus,
		      const struct bench_daemon *daemon, struct turn *turn)
{
	bench_pin(cpus->main);
	turn->floor_wakeup = bench_floor_wakeup(cpus);
	turn->echo = vsock_echo(daemon);
	turn->floor_large = vsock_floor(LARGE);
	turn->send_large = vsock_send(daemon, LARGE);
	turn->receive_large = vsock_receive(daemon, LARGE);
	turn->receive_small =
		vsock_receive(daemon, SMALL - PROBE_VSOCK_HEADER_SIZE);
	turn->floor_small = vsock_floor(SMALL);
	turn->send_small = vsock_send(daemon, SMALL);
	turn->connect = vsock_connect(daemon, 1);
	turn->connect_many = vsock_connect(daemon, MANY);
	turn->accept = vsock_accept(daemon);
}

/* Bytes and what they cost; the floor of the latter is one side's. */
static void print_flow(const char *what, double rate, double floor,
		       double ratio, double least, double cpu, double floor_cpu,
		       double cpu_ratio)
{
	char target[16];

	snprintf(target, sizeof(target), ">= %.2f x", least);
	bench_print_row(&(struct bench_row){ what, rate / 1e6, floor / 1e6,
					     ratio, "MB/s", target,
					     ratio >= least });
	bench_print_row(&(struct bench_row){
		"  CPU time of the daemon", cpu * 1024, floor_cpu * 1024,
		cpu_ratio, "ns/KiB", "<= 1.50 x", cpu_ratio <= 1.5 });
}

#define PRINT_FLOW(what, flow, floor, side, least) \
	print_flow(what, MEDIAN(flow.rate), MEDIAN(floor.rate), \
		   MEDIAN_RATIO(flow.rate, floor.rate), least, \
		   MEDIAN(flow.cpu), MEDIAN(floor.side), \
		   MEDIAN_RATIO(flow.cpu, floor.side))

static void print_flows(void)
{
	PRINT_FLOW("guest to host, packets of 64 KiB", send_large, floor_large,
		   cpu, 0.85);
	PRINT_FLOW("  packets of 4 KiB", send_small, floor_small, cpu, 0.7);
	PRINT_FLOW("host to guest, buffers of 64 KiB", receive_large,
		   floor_large, other_cpu, 0.85);
	PRINT_FLOW("  buffers of 4 KiB", receive_small, floor_large, other_cpu,
		   0.6);
}

static void print_rounds(void)
{
	double echo = MEDIAN(echo) / 1e3;
	double floor = 2 * MEDIAN(floor_wakeup) / 1e3;
	double connect = MEDIAN(connect) / 1e3;
	double many = MEDIAN(connect_many) / 1e3;
	double accept = MEDIAN(accept) / 1e3;
	const struct bench_row rows[] = {
		{ "one byte there and back, median", echo, floor, echo / floor,
		  "us", "<= + 10 us", echo <= floor + 10 },
		{ "connections of the guest", connect, 0, 0, "k/s", ">= 20 k/s",
		  connect >= 20 },
		{ "  16 at a time", many, 0, 0, "k/s", NULL, true },
		{ "connections to the guest", accept, 0, 0, "k/s", ">= 20 k/s",
		  accept >= 20 },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

static void print_memory(const char *program, int cpu)
{
	struct bench_daemon daemon = vsock_daemon_start(program, cpu);
	double bytes = vsock_hold(&daemon, N_IDLE);

	bench_daemon_stop(&daemon);
	bench_print_row(&(struct bench_row){ "memory of an idle connection",
					     bytes, 0, 0, "bytes", "<= 1024",
					     bytes <= 1024 });
}

static void take_turns(const struct bench_cpus *cpus, const char *program)
{
	struct bench_daemon daemon = vsock_daemon_start(program, cpus->main);

	for (size_t i = 0; i < n_turns; i++) {
		bench_print_progress(i + 1, n_turns);
		take_turn(cpus, &daemon, &turns[i]);
	}

	bench_daemon_stop(&daemon);
}

/* Each connection is a descriptor, of the daemon and of the application. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct bench_cpus cpus;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s VHOST-DEVICE-VSOCK [TURNS]\n",
			argv[0]);
		return 2;
	}
	if (argc == 3)
		n_turns = strtoul(argv[2], NULL, 10);
	if (n_turns < 1 || n_turns > BENCH_MAX_TURNS) {
		fprintf(stderr, "bench: from 1 to %d turns\n", BENCH_MAX_TURNS);
		return 2;
	}

	allow_descriptors();
	cpus = bench_choose_cpus();
	take_turns(&cpus, argv[1]);

	printf("vhost-device-vsock, all on one CPU: medians of %zu turns\n\n",
	       n_turns);
	bench_print_head();
	print_flows();
	print_rounds();
	print_memory(argv[1], cpus.main);
	printf("\nThe floor of bytes is a stream socket between two processes: "
	       "the same writes, and\nreads of 64 KiB; that of CPU time is "
	       "what "
	       "the side costs that the daemon is.  The\nfloor of a byte there "
	       "and back are two round trips between eventfds.\n");

	return 0;
}
