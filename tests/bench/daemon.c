/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon of ours, and guests for it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "tests/bench/bench.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* A measurement: short, so that floors and figures see the same machine. */
#define MEASURE_NSEC (200 * VD_NSEC_PER_MSEC)

/* More than a ring takes. */
#define RING_BYTES 65536

/* What /proc/net/unix says of those who listen. */
#define ACCEPTING (1U << 16)

#define TIMEOUT_MSEC 5000
#define MAX_SAMPLES 400000

/**
 * struct bench_guest - a guest that uses its device
 * @frontend: the VMM
 * @memory:   the memory
 */
struct bench_guest {
	struct vhu_frontend *frontend;
	struct vhu_guest_memory *memory;
};

static uint32_t samples[MAX_SAMPLES];

static _Noreturn void exec_daemon(const char *program,
				  const struct bench_daemon *daemon,
				  unsigned int n_guests, const char *option,
				  int cpu)
{
	char count[16];

	snprintf(count, sizeof(count), "%u", n_guests);
	bench_pin(cpu);
	execl(program, program, "--log-level=warning", "-s", daemon->path, "-c",
	      count, option, (char *)NULL);
	bench_die(program, -errno);
}

/* A file alone is no sign: it is there a moment before anybody listens. */
static bool is_listening(const char *path)
{
	FILE *table = fopen("/proc/net/unix", "re");
	char line[512], name[256];
	unsigned int flags;
	bool found = false;

	while (table && !found && fgets(line, sizeof(line), table))
		found = sscanf(line, "%*s %*s %*s %x %*s %*s %*s %255s", &flags,
			       name) == 2 &&
			(flags & ACCEPTING) && strcmp(name, path) == 0;
	if (table)
		fclose(table);

	return found;
}

void bench_wait_for_socket(const char *path, pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 10 * VD_NSEC_PER_MSEC };

	for (int i = 0; !is_listening(path); i++) {
		if (i == 1000 || waitpid(pid, NULL, WNOHANG) > 0)
			bench_die("nobody listens", 0);
		nanosleep(&pause, NULL);
	}
}

/* The last guest's socket is the last that is made. */
static void wait_until_ready(const struct bench_daemon *daemon,
			     unsigned int n_guests)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%u", daemon->path, n_guests - 1);
	bench_wait_for_socket(path, daemon->pid);
}

struct bench_daemon bench_daemon_start(const char *program,
				       unsigned int n_guests,
				       const char *option, int cpu)
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
		exec_daemon(program, &daemon, n_guests, option, cpu);

	wait_until_ready(&daemon, n_guests);

	return daemon;
}

void bench_daemon_stop(struct bench_daemon *daemon)
{
	kill(daemon->pid, SIGTERM);
	waitpid(daemon->pid, NULL, 0);
	rmdir(daemon->dir);
}

/* The first number of a file of /proc, behind @label if there is one. */
static uint64_t read_number(const char *path, const char *label)
{
	unsigned long long number = 0;
	char text[4096] = "";
	const char *at = text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof(text) - 1);

		(void)n;
		close(fd);
	}
	if (label)
		at = strstr(text, label);
	if (!at ||
	    sscanf(at + (label ? strlen(label) : 0), "%llu", &number) != 1)
		bench_die(path, -EIO);

	return number;
}

uint64_t bench_daemon_cpu(const struct bench_daemon *daemon)
{
	char dir[64], path[384];
	struct dirent *entry;
	uint64_t sum = 0;
	DIR *tasks;

	snprintf(dir, sizeof(dir), "/proc/%d/task", (int)daemon->pid);
	tasks = opendir(dir);
	if (!tasks)
		bench_die(dir, -errno);

	while ((entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s/schedstat", dir,
			 entry->d_name);
		sum += read_number(path, NULL);
	}
	closedir(tasks);

	return sum;
}

static uint64_t read_status(const struct bench_daemon *daemon, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon->pid);

	return read_number(path, name);
}

uint64_t bench_daemon_rss(const struct bench_daemon *daemon)
{
	return read_status(daemon, "VmRSS:");
}

uint64_t bench_daemon_own_memory(const struct bench_daemon *daemon)
{
	return read_status(daemon, "RssAnon:");
}

static int start_device(struct bench_guest *guest, uint64_t features,
			uint32_t ring_size)
{
	int r;

	r = vhu_frontend_negotiate(guest->frontend,
				   VD_BIT(VHU_PROTOCOL_F_REPLY_ACK));
	if (r == 0)
		r = vhu_frontend_set_features(guest->frontend, features);
	if (r == 0)
		r = vhu_frontend_set_memory(guest->frontend, guest->memory);
	if (r == 0)
		r = vhu_frontend_prepare_queue(guest->frontend, 0, ring_size);
	if (r == 0)
		r = vhu_frontend_start_queue(guest->frontend, 0);

	return r;
}

static void guest_open(struct bench_guest *guest,
		       const struct bench_daemon *daemon, unsigned int index,
		       uint32_t ring_size, bool packed, size_t bytes)
{
	const struct vhu_guest_range range = {
		.gpa = 1ULL << 32,
		.size = (bytes + 4095) & ~(size_t)4095,
	};
	uint64_t features = VD_VIRTQUEUE_FEATURES | VD_BIT(VIRTIO_F_IN_ORDER) |
			    VD_BIT(VHU_F_PROTOCOL_FEATURES) | daemon->features;
	char path[128];
	int r;

	if (!packed)
		features &= ~VD_BIT(VIRTIO_F_RING_PACKED);
	snprintf(path, sizeof(path), "%s%u", daemon->path, index);
	r = vhu_frontend_connect(path, TIMEOUT_MSEC, &guest->frontend);
	if (r == 0)
		r = vhu_guest_memory_new(&range, 1, &guest->memory);
	if (r == 0)
		r = start_device(guest, features, ring_size);
	if (r < 0)
		bench_die(path, r);
}

static void guest_close(struct bench_guest *guest)
{
	vhu_frontend_free(guest->frontend);
	vhu_guest_memory_free(guest->memory);
}

/* @todo has all but the guest, in which it runs. */
static void run_load(struct bench_guest *guest, const struct bench_load *load,
		     struct probe_load *todo, struct probe_load_result *ret)
{
	struct vhu_driver_chain chains[PROBE_LOAD_MAX_DEPTH] = { 0 };
	int r;

	todo->frontend = guest->frontend;
	todo->memory = guest->memory;
	if (load->make) {
		load->make(guest->memory, chains, load->depth);
		todo->chains = chains;
	}
	r = probe_load_run(todo, ret);
	if (r < 0)
		bench_die("the daemon does not answer", r);
	if (load->make)
		load->check();
}

static struct bench_result judge(const struct probe_load *load,
				 const struct probe_load_result *result,
				 uint64_t cpu)
{
	double n_requests = (double)result->n_batches * load->depth;
	double seconds = (double)result->nsec / VD_NSEC_PER_SEC;

	return (struct bench_result){
		.p50 = probe_percentile(samples, result->n_samples, 50),
		.p99 = probe_percentile(samples, result->n_samples, 99),
		.rate = n_requests / seconds,
		.cpu = (double)cpu / n_requests,
		.calls = (double)result->n_calls / (double)result->n_batches,
	};
}

struct bench_result bench_run(const struct bench_daemon *daemon,
			      const struct bench_load *load)
{
	struct bench_guest guest;
	struct probe_load todo = {
		.size = load->size,
		.depth = load->depth,
		.spin = load->spin,
		.nsec = MEASURE_NSEC,
		.timeout = TIMEOUT_MSEC * VD_NSEC_PER_MSEC,
		.samples = samples,
		.max_samples = MAX_SAMPLES,
	};
	struct probe_load_result result;
	uint64_t cpu;

	guest_open(&guest, daemon, 0, PROBE_LOAD_MAX_DEPTH, load->packed,
		   probe_load_bytes(load->size, load->depth) + RING_BYTES);
	cpu = bench_daemon_cpu(daemon);
	run_load(&guest, load, &todo, &result);
	cpu = bench_daemon_cpu(daemon) - cpu;
	guest_close(&guest);

	return judge(&todo, &result, cpu);
}

/* Each guest takes a handful of descriptors, here as there. */
static void allow_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void ask_once(struct bench_guest *guest)
{
	struct vhu_driver_buffer buffer = { .len = 64 };
	const struct vhu_driver_chain chain = {
		.buffers = &buffer,
		.n_writable = 1,
	};
	struct vhu_driver_used used;
	int r;

	if (!vhu_guest_memory_alloc(guest->memory, buffer.len, 64, &buffer.gpa))
		bench_die("the guest's memory is too small", 0);
	r = vhu_frontend_exchange(guest->frontend, 0, &chain, &used);
	if (r < 0)
		bench_die("a guest gets no answer", r);
}

struct bench_guest *bench_guests_open(const struct bench_daemon *daemon,
				      unsigned int n)
{
	struct bench_guest *guests = calloc(n, sizeof(*guests));

	if (!guests)
		bench_die("there is not enough memory", 0);

	allow_descriptors();
	for (unsigned int i = 0; i < n; i++) {
		guest_open(&guests[i], daemon, i, 64, false, RING_BYTES);
		ask_once(&guests[i]);
	}

	return guests;
}

struct vhu_frontend *bench_guest_frontend(struct bench_guest *guests)
{
	return guests[0].frontend;
}

struct vhu_guest_memory *bench_guest_memory(struct bench_guest *guests)
{
	return guests[0].memory;
}

void bench_guests_close(struct bench_guest *guests, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		guest_close(&guests[i]);
	free(guests);
}
