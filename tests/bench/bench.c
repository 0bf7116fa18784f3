/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How fast is vhost-device-rng, and how fast could it be?
 *
 * Floors and figures are measured in turn, many times over, because a machine
 * is not the same from one minute to the next.  A ratio is the median of the
 * ratios within each turn.
 *
 * Usage: bench VHOST-DEVICE-RNG [TURNS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/table.h"
#include "virtio-devices/util.h"

#define DEFAULT_TURNS 9

#define MANY_GUESTS 1000

/* Seconds of doing nothing. */
#define IDLE 2

/* Buffers of this size, and so many at once, as a reader in bulk has them. */
#define BULK_SIZE 65536
#define BULK_DEPTH 4

#define BATCH 32

/**
 * struct turn - all that was measured in one turn, in ns
 * @floor_blocking: round trip between processes that sleep
 * @floor_epoll:    the same if one of them has an event loop
 * @floor_spinning: the same if both of them look all the time
 * @floor_bulk:     getrandom() for a batch of large buffers
 * @split:          a request
 * @packed:         with a packed ring
 * @spinning:       with a daemon that polls
 * @bulk:           large requests
 * @batch:          many at a time
 */
struct turn {
	double floor_blocking;
	double floor_epoll;
	double floor_spinning;
	double floor_bulk;
	struct bench_result split;
	struct bench_result packed;
	struct bench_result spinning;
	struct bench_result bulk;
	struct bench_result batch;
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

/* The daemons are asleep while it is not their turn. */
struct daemons {
	struct bench_daemon split;
	struct bench_daemon packed;
	struct bench_daemon polling;
};

static void take_turn(const struct bench_cpus *cpus,
		      const struct daemons *daemons, struct turn *turn)
{
	const struct bench_load one = { .size = 64, .depth = 1 };
	const struct bench_load packed = { .size = 64,
					   .depth = 1,
					   .packed = true };
	const struct bench_load spin = { .size = 64, .depth = 1, .spin = true };
	const struct bench_load bulk = { .size = BULK_SIZE,
					 .depth = BULK_DEPTH };
	const struct bench_load batch = { .size = 64, .depth = BATCH };

	bench_pin(cpus->main);
	turn->floor_blocking = bench_floor_eventfd(cpus, false);
	turn->floor_epoll = bench_floor_eventfd(cpus, true);
	turn->split = bench_run(&daemons->split, &one);
	turn->packed = bench_run(&daemons->packed, &packed);

	turn->floor_spinning = bench_floor_spin(cpus);
	turn->spinning = bench_run(&daemons->polling, &spin);

	turn->floor_bulk = bench_floor_getrandom(BULK_SIZE, BULK_DEPTH);
	turn->bulk = bench_run(&daemons->split, &bulk);
	turn->batch = bench_run(&daemons->split, &batch);
}

static void take_turns(const struct bench_cpus *cpus, const char *program)
{
	struct daemons daemons = {
		.split = bench_daemon_start(program, 1, NULL, cpus->main),
		.packed = bench_daemon_start(program, 1, "--packed-ring=on",
					     cpus->main),
		.polling = bench_daemon_start(program, 1, "--poll-us=200",
					      cpus->other),
	};

	for (size_t i = 0; i < n_turns; i++) {
		bench_print_progress(i + 1, n_turns);
		take_turn(cpus, &daemons, &turns[i]);
	}

	bench_daemon_stop(&daemons.split);
	bench_daemon_stop(&daemons.packed);
	bench_daemon_stop(&daemons.polling);
}

static void print_latency(void)
{
	double ratio = MEDIAN_RATIO(split.p50, floor_epoll);
	double cpu = MEDIAN(split.cpu) / 1e3;
	double spinning = MEDIAN(spinning.p50) / 1e3;
	const struct bench_row rows[] = {
		{ "64 B, both on one CPU, median", MEDIAN(split.p50) / 1e3,
		  MEDIAN(floor_epoll) / 1e3, ratio, "us", "<= 1.05 x",
		  ratio <= 1.05 },
		{ "  against a bare blocking read", MEDIAN(split.p50) / 1e3,
		  MEDIAN(floor_blocking) / 1e3,
		  MEDIAN_RATIO(split.p50, floor_blocking), "us", NULL, true },
		{ "  99th percentile", MEDIAN(split.p99) / 1e3, 0, 0, "us",
		  NULL, true },
		{ "  CPU time of the daemon", cpu, 0, 0, "us", "<= 4 us",
		  cpu <= 4 },
		{ "  with a packed ring, median", MEDIAN(packed.p50) / 1e3,
		  MEDIAN(floor_epoll) / 1e3,
		  MEDIAN_RATIO(packed.p50, floor_epoll), "us", NULL, true },
		{ "64 B, both polling, median", spinning,
		  MEDIAN(floor_spinning) / 1e3,
		  MEDIAN_RATIO(spinning.p50, floor_spinning), "us", "<= 1.5 us",
		  spinning <= 1.5 },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

static void print_throughput(void)
{
	const double megabytes = BULK_SIZE * BULK_DEPTH * 1e3;
	double ratio = 1 / MEDIAN_RATIO(bulk.p50, floor_bulk);
	double calls = MEDIAN(batch.calls);
	const struct bench_row rows[] = {
		{ "64 KiB, 4 at a time", megabytes / MEDIAN(bulk.p50),
		  megabytes / MEDIAN(floor_bulk), ratio, "MB/s", ">= 0.98 x",
		  ratio >= 0.98 },
		{ "64 B, 32 at a time", MEDIAN(batch.rate) / 1e3, 0, 0, "k/s",
		  NULL, true },
		{ "  notifications for each batch", calls, 0, 0, "", "<= 1",
		  calls <= 1 },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

static void rest(time_t seconds)
{
	const struct timespec pause = { .tv_sec = seconds };

	nanosleep(&pause, NULL);
}

static void print_idle(const struct bench_cpus *cpus, const char *program)
{
	struct bench_daemon daemon =
		bench_daemon_start(program, 1, NULL, cpus->main);
	struct bench_guest *guests = bench_guests_open(&daemon, 1);
	double rss = (double)bench_daemon_rss(&daemon) / 1024;
	uint64_t cpu = bench_daemon_cpu(&daemon);

	rest(IDLE);
	cpu = bench_daemon_cpu(&daemon) - cpu;
	bench_guests_close(guests, 1);
	bench_daemon_stop(&daemon);

	bench_print_row(&(struct bench_row){ "idle: resident memory", rss, 0, 0,
					     "MiB", "<= 3 MiB", rss <= 3 });
	bench_print_row(&(struct bench_row){ "idle: CPU time in two seconds",
					     (double)cpu / 1e3, 0, 0, "us", "0",
					     cpu == 0 });
}

static void print_many(const struct bench_cpus *cpus, const char *program)
{
	struct bench_daemon daemon =
		bench_daemon_start(program, MANY_GUESTS, NULL, cpus->main);
	double listening = (double)bench_daemon_rss(&daemon) / 1024;
	struct bench_guest *guests = bench_guests_open(&daemon, MANY_GUESTS);
	double rss = (double)bench_daemon_rss(&daemon) / 1024;

	bench_guests_close(guests, MANY_GUESTS);
	bench_daemon_stop(&daemon);

	bench_print_row(&(struct bench_row){ "1000 guests: resident memory",
					     rss, 0, 0, "MiB", "<= 100 MiB",
					     rss <= 100 });
	bench_print_row(&(struct bench_row){ "  before they are there",
					     listening, 0, 0, "MiB", NULL,
					     true });
}

int main(int argc, char **argv)
{
	struct bench_cpus cpus;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s VHOST-DEVICE-RNG [TURNS]\n",
			argv[0]);
		return 2;
	}
	if (argc == 3)
		n_turns = strtoul(argv[2], NULL, 10);
	if (n_turns < 1 || n_turns > BENCH_MAX_TURNS) {
		fprintf(stderr, "bench: from 1 to %d turns\n", BENCH_MAX_TURNS);
		return 2;
	}

	cpus = bench_choose_cpus();
	take_turns(&cpus, argv[1]);

	printf("vhost-device-rng: medians of %zu turns\n\n", n_turns);
	bench_print_head();
	print_latency();
	print_throughput();
	print_idle(&cpus, argv[1]);
	print_many(&cpus, argv[1]);
	printf("\nThe floor of a request is a process that gets 64 random "
	       "bytes "
	       "between two eventfds,\nor between two words of shared memory, "
	       "and does nothing else.  That of 64 KiB is\ngetrandom() "
	       "alone.\n");

	return 0;
}
