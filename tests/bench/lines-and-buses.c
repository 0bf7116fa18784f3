/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How fast are vhost-device-gpio and vhost-device-i2c, and how fast could they
 * be?  What is behind them is simulated, and costs nothing to speak of: the
 * floor is a process that answers at once.
 *
 * Usage: lines-and-buses VHOST-DEVICE-GPIO VHOST-DEVICE-I2C [TURNS]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/requests.h"
#include "tests/bench/table.h"
#include "virtio-devices/util.h"

#define DEFAULT_TURNS 9

/* Guests in one process, to see what each of them takes. */
#define N_GUESTS 200

/* Lines as a chip has them, of which the odd ones follow the even ones. */
#define CHIP "s8=loop"

/**
 * struct turn - all that was measured in one turn, in ns
 * @floor: round trip between a process that waits and one with an event loop
 * @get:   reading a line
 * @gets:  reading eight times
 * @edge:  from driving a line to the interrupt of another one
 * @group: writing to a client of a bus, and reading from it, in one transfer
 */
struct turn {
	double floor;
	struct bench_result get;
	struct bench_result gets;
	double edge;
	struct bench_result group;
};

static struct turn turns[BENCH_MAX_TURNS];
static size_t n_turns = DEFAULT_TURNS;

#define MEDIAN(member) \
	bench_median(turns, sizeof(turns[0]), n_turns, \
		     offsetof(struct turn, member), SIZE_MAX)
#define MEDIAN_RATIO(member) \
	bench_median(turns, sizeof(turns[0]), n_turns, \
		     offsetof(struct turn, member), \
		     offsetof(struct turn, floor))

static void take_turn(const struct bench_cpus *cpus,
		      const struct bench_daemon *gpio,
		      const struct bench_daemon *i2c, struct turn *turn)
{
	const struct bench_load get = { .depth = 1,
					.make = requests_get_value,
					.check = requests_check };
	const struct bench_load gets = { .depth = 8,
					 .make = requests_get_value,
					 .check = requests_check };
	const struct bench_load group = { .depth = 2,
					  .make = requests_transfer,
					  .check = requests_check };

	bench_pin(cpus->main);
	turn->floor = bench_floor_wakeup(cpus);
	turn->get = bench_run(gpio, &get);
	turn->gets = bench_run(gpio, &gets);
	turn->edge = bench_edge(gpio);
	turn->group = bench_run(i2c, &group);
}

static void take_turns(const struct bench_cpus *cpus, char *const *programs)
{
	struct bench_daemon gpio = bench_daemon_start(
		programs[0], 1, "--device-list=" CHIP, cpus->main);
	struct bench_daemon i2c = bench_daemon_start(
		programs[1], 1, "--device-list=sim:0x50:0x20", cpus->main);

	gpio.features = REQUESTS_GPIO_FEATURES;
	i2c.features = REQUESTS_I2C_FEATURES;
	for (size_t i = 0; i < n_turns; i++) {
		bench_print_progress(i + 1, n_turns);
		take_turn(cpus, &gpio, &i2c, &turns[i]);
	}

	bench_daemon_stop(&gpio);
	bench_daemon_stop(&i2c);
}

/* Resident memory that a connected guest adds, in KiB. */
static double memory_of_a_guest(const char *program, const char *option,
				uint64_t features, int cpu)
{
	struct bench_daemon daemon =
		bench_daemon_start(program, N_GUESTS, option, cpu);
	struct bench_guest *guests;
	uint64_t few, all;

	daemon.features = features;
	guests = bench_guests_open(&daemon, 1);
	few = bench_daemon_rss(&daemon);
	bench_guests_close(guests, 1);
	guests = bench_guests_open(&daemon, N_GUESTS);
	all = bench_daemon_rss(&daemon);
	bench_guests_close(guests, N_GUESTS);
	bench_daemon_stop(&daemon);

	return ((double)all - (double)few) / (N_GUESTS - 1);
}

static double memory_of_lines(const char *program, int cpu)
{
	char option[sizeof("--device-list=") + N_GUESTS * sizeof(CHIP)] =
		"--device-list=" CHIP;
	size_t len = strlen(option);

	for (int i = 1; i < N_GUESTS; i++)
		len += (size_t)snprintf(option + len, sizeof(option) - len,
					":" CHIP);

	return memory_of_a_guest(program, option, REQUESTS_GPIO_FEATURES, cpu);
}

static void print_gpio(const char *program, int cpu)
{
	double floor = MEDIAN(floor) / 1e3, ratio = MEDIAN_RATIO(get.p50);
	double edge = MEDIAN(edge) / 1e3, rate = MEDIAN(gets.rate) / 1e3;
	double busy = MEDIAN(get.cpu) / 1e3;
	const struct bench_row rows[] = {
		{ "GPIO: reading a line, median", MEDIAN(get.p50) / 1e3, floor,
		  ratio, "us", "<= 1.05 x", ratio <= 1.05 },
		{ "  99th percentile", MEDIAN(get.p99) / 1e3, 0, 0, "us", NULL,
		  true },
		{ "  CPU time of the daemon", busy, 0, 0, "us", "<= 4 us",
		  busy <= 4 },
		{ "  8 at a time", rate, 0, 0, "k/s", ">= 1000 k/s",
		  rate >= 1000 },
		{ "  edge to the guest's buffer", edge, floor,
		  MEDIAN_RATIO(edge), "us", "<= + 10 us", edge <= floor + 10 },
		{ "  memory of each guest", memory_of_lines(program, cpu), 0, 0,
		  "KiB", NULL, true },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

/* A group is two requests, and the results are for each of them. */
static void print_i2c(const char *program, int cpu)
{
	double floor = MEDIAN(floor) / 1e3, ratio = MEDIAN_RATIO(group.p50);
	double busy = 2 * MEDIAN(group.cpu) / 1e3;
	double memory = memory_of_a_guest(program, "--device-list=sim:0x50",
					  REQUESTS_I2C_FEATURES, cpu);
	const struct bench_row rows[] = {
		{ "I2C: a write and a read, median", MEDIAN(group.p50) / 1e3,
		  floor, ratio, "us", "<= 1.05 x", ratio <= 1.05 },
		{ "  99th percentile", MEDIAN(group.p99) / 1e3, 0, 0, "us",
		  NULL, true },
		{ "  CPU time of the daemon", busy, 0, 0, "us", "<= 4.5 us",
		  busy <= 4.5 },
		{ "  memory of each guest", memory, 0, 0, "KiB", NULL, true },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

int main(int argc, char **argv)
{
	struct bench_cpus cpus;

	if (argc < 3 || argc > 4) {
		fprintf(stderr,
			"usage: %s VHOST-DEVICE-GPIO VHOST-DEVICE-I2C "
			"[TURNS]\n",
			argv[0]);
		return 2;
	}
	if (argc == 4)
		n_turns = strtoul(argv[3], NULL, 10);
	if (n_turns < 1 || n_turns > BENCH_MAX_TURNS) {
		fprintf(stderr, "bench: from 1 to %d turns\n", BENCH_MAX_TURNS);
		return 2;
	}

	cpus = bench_choose_cpus();
	take_turns(&cpus, argv + 1);

	printf("vhost-device-gpio and vhost-device-i2c, simulated, all on one "
	       "CPU: medians of %zu\nturns\n\n",
	       n_turns);
	bench_print_head();
	print_gpio(argv[1], cpus.main);
	print_i2c(argv[2], cpus.main);
	printf("\nThe floor is a process that waits for an eventfd with an "
	       "event loop, and answers\nwith another one.\n");

	return 0;
}
