/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What does it cost to play through vhost-device-sound?  The floor is pacat,
 * which plays the same into the same server with as much buffered: both do
 * nothing but to carry bytes.
 *
 * Usage: sound VHOST-DEVICE-SOUND [TURNS]
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"
#include "tests/bench/bench.h"
#include "tests/bench/sound-handover.h"
#include "tests/bench/sound-server.h"
#include "tests/bench/table.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

#define DEFAULT_TURNS 5

#define MANY 16
#define MEASURE_NSEC (2 * VD_NSEC_PER_SEC)

/* 10 ms, and four of them under way, as pacat's. */
static const struct probe_sound_params params = {
	.format = VIRTIO_SND_PCM_FMT_S16,
	.channels = 2,
	.hz = 48000,
	.frame = 4,
	.period = 1920,
	.n_periods = 4,
	.xruns = true,
};

/**
 * struct turn - all that was measured in one turn
 * @floor: CPU time of pacat for a second of sound, in ns
 * @one:   of the daemon, with one stream
 * @many:  with several, for each of them
 * @xruns: how often one of these ran dry
 * @handover: until the server has a message that it waits for
 */
struct turn {
	double floor;
	double one;
	double many;
	double xruns;
	struct bench_handover handover;
};

/**
 * struct guest - one that plays
 * @probe:   its VMM
 * @sound:   its device
 * @streams: how it plays
 * @n:       how many they are
 */
struct guest {
	struct probe probe;
	struct probe_sound sound;
	struct probe_sound_stream streams[MANY];
	size_t n;
};

static struct turn turns[BENCH_MAX_TURNS];
static size_t n_turns = DEFAULT_TURNS;

static uint64_t nsec_of(pid_t pid)
{
	const struct bench_daemon process = { .pid = pid };

	return bench_daemon_cpu(&process);
}

/* What it costs to begin is no part of it. */
static double measure_pacat(void)
{
	const struct timespec warm = { .tv_nsec = 500 * VD_NSEC_PER_MSEC };
	const struct timespec span = { .tv_sec = 1 };
	char *const argv[] = {
		(char[]){ "pacat" },
		(char[]){ "--raw" },
		(char[]){ "--rate=48000" },
		(char[]){ "--latency-msec=40" },
		(char[]){ "--process-time-msec=10" },
		(char[]){ "/dev/zero" },
		NULL,
	};
	pid_t pid = bench_spawn(argv);
	uint64_t before, after;

	nanosleep(&warm, NULL);
	before = nsec_of(pid);
	nanosleep(&span, NULL);
	after = nsec_of(pid);
	bench_end(pid);

	return (double)(after - before) / (double)span.tv_sec;
}

static struct bench_daemon start_daemon(const char *program)
{
	struct bench_daemon daemon = {
		.dir = "/tmp/vhost-device-bench.XXXXXX",
	};
	char name[256];
	char *const argv[] = {
		name,
		(char[]){ "--socket" },
		daemon.path,
		(char[]){ "--streams=16" },
		(char[]){ "--xruns" },
		NULL,
	};

	if (!mkdtemp(daemon.dir))
		bench_die("cannot make a directory in /tmp", -errno);
	snprintf(name, sizeof(name), "%s", program);
	snprintf(daemon.path, sizeof(daemon.path), "%s/s", daemon.dir);
	daemon.pid = bench_spawn(argv);
	bench_wait_for_socket(daemon.path, daemon.pid);

	return daemon;
}

static void must(int r)
{
	if (r < 0)
		bench_die("the device does not work", r);
}

static void open_stream(struct guest *guest, uint32_t i)
{
	struct probe_sound_stream *stream = &guest->streams[i];
	uint32_t id;

	must(probe_sound_find(&guest->sound, VIRTIO_SND_D_OUTPUT, i, &params,
			      &id));
	must(probe_sound_open(stream, &guest->sound, VIRTIO_SND_D_OUTPUT, id,
			      &params));
	for (uint32_t m = 0; m < params.n_periods; m++) {
		struct probe_sound_message *message = &stream->messages[m];

		memset(message->data, (int)(i + m + 1), params.period);
		message->len = params.period;
		must(probe_sound_submit(message));
	}
}

static void open_guest(struct guest *guest, const struct bench_daemon *daemon,
		       size_t n)
{
	*guest = (struct guest){
		.probe = {
			.settings = {
				.socket_path = daemon->path,
				.fd = PROBE_NO_FD,
				.timeout = 5000,
			},
			.name = daemon->path,
		},
		.n = n,
	};
	must(probe_open(&guest->probe));
	must(probe_sound_start(&guest->sound, &guest->probe,
			       n * probe_sound_bytes(&params)));
	for (uint32_t i = 0; i < n; i++)
		open_stream(guest, i);
	for (uint32_t i = 0; i < n; i++)
		must(probe_sound_request(&guest->streams[i],
					 VIRTIO_SND_R_PCM_START));
}

static void close_guest(struct guest *guest)
{
	vhu_frontend_free(guest->probe.frontend);
	vhu_guest_memory_free(guest->probe.memory);
}

static void play(struct guest *guest, uint64_t nsec)
{
	uint64_t begin = probe_now();

	while (probe_now() - begin < nsec) {
		struct probe_sound_message *message;

		must(probe_sound_collect(&guest->sound, VIRTIO_SND_D_OUTPUT,
					 &message));
		must(probe_sound_submit(message));
	}
}

/* CPU time for a second of one of @n streams; and how often they ran dry. */
static double measure(const struct bench_daemon *daemon, size_t n,
		      double *xruns)
{
	static struct guest guest;
	unsigned int n_before;
	uint64_t before, after;

	open_guest(&guest, daemon, n);
	play(&guest, 500 * VD_NSEC_PER_MSEC);
	n_before = guest.sound.n_xruns;
	before = nsec_of(daemon->pid);
	play(&guest, MEASURE_NSEC);
	after = nsec_of(daemon->pid);
	*xruns = guest.sound.n_xruns - n_before;
	close_guest(&guest);

	return (double)(after - before) / (double)n /
	       ((double)MEASURE_NSEC / (double)VD_NSEC_PER_SEC);
}

static void take_turns(const char *program)
{
	for (size_t i = 0; i < n_turns; i++) {
		struct bench_daemon daemon = start_daemon(program);
		struct turn *turn = &turns[i];
		double ignored;

		bench_print_progress(i + 1, n_turns);
		/* Before and after: what else goes on has its share in both. */
		turn->floor = measure_pacat() / 2;
		turn->one = measure(&daemon, 1, &ignored);
		turn->floor += measure_pacat() / 2;
		turn->many = measure(&daemon, MANY, &turn->xruns);
		bench_daemon_stop(&daemon);
		turn->handover = bench_measure_handover();
	}
}

/* Of one that plays: everything that it needs on its way is there. */
static double kib_of_a_stream(const char *program)
{
	struct bench_daemon daemon = start_daemon(program);
	static struct guest guest;
	uint64_t few, many;

	open_guest(&guest, &daemon, 1);
	play(&guest, 500 * VD_NSEC_PER_MSEC);
	few = bench_daemon_rss(&daemon);
	close_guest(&guest);
	open_guest(&guest, &daemon, MANY);
	play(&guest, 500 * VD_NSEC_PER_MSEC);
	many = bench_daemon_rss(&daemon);
	close_guest(&guest);
	bench_daemon_stop(&daemon);

	return many > few ? (double)(many - few) / (MANY - 1) : 0;
}

static double median(size_t offset, size_t divisor)
{
	return bench_median(turns, sizeof(turns[0]), n_turns, offset, divisor);
}

#define AT(member) offsetof(struct turn, member)

static void print_table(const char *program)
{
	double floor = median(AT(floor), SIZE_MAX) / 1e6;
	double one = median(AT(one), AT(floor));
	double many = median(AT(many), AT(floor));
	double xruns = median(AT(xruns), SIZE_MAX);
	double p50 = median(AT(handover.p50), SIZE_MAX);
	double p99 = median(AT(handover.p99), SIZE_MAX);
	const struct bench_row rows[] = {
		{ "CPU time for a second of a stream",
		  median(AT(one), SIZE_MAX) / 1e6, floor, one, "ms", "<= 1 x",
		  one <= 1 },
		{ "  with 16 streams, of each",
		  median(AT(many), SIZE_MAX) / 1e6, floor, many, "ms", NULL,
		  true },
		{ "  and how often one of them ran dry", xruns, 0, 0, "", "0",
		  xruns < 0.5 },
		{ "from the driver to the server, median", p50, 0, 0, "us",
		  NULL, true },
		{ "  p99", p99, 0, 0, "us", "<= 1000", p99 <= 1000 },
		{ "memory of a stream", kib_of_a_stream(program), 0, 0, "KiB",
		  NULL, true },
	};

	bench_print_head();
	for (size_t i = 0; i < VD_ARRAY_SIZE(rows); i++)
		bench_print_row(&rows[i]);
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s VHOST-DEVICE-SOUND [TURNS]\n",
			argv[0]);
		return 2;
	}
	if (argc == 3)
		n_turns = strtoul(argv[2], NULL, 10);
	if (n_turns < 1 || n_turns > BENCH_MAX_TURNS) {
		fprintf(stderr, "bench: from 1 to %d turns\n", BENCH_MAX_TURNS);
		return 2;
	}

	bench_sound_server_start();
	take_turns(argv[1]);
	printf("vhost-device-sound, 48000 Hz, messages of 10 ms, four of them "
	       "under way:\nmedians of %zu turns\n\n",
	       n_turns);
	print_table(argv[1]);
	printf("\nThe floor is pacat, which plays the same into the same "
	       "server.\n");
	bench_sound_server_stop();

	return 0;
}
