/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What the machine can do at best.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemons/probe-load.h"
#include "tests/bench/bench.h"
#include "virtio-devices/util.h"

/* Long enough for a median that does not move. */
#define ROUNDS 20000

/* In all, a fraction of a second's worth; and at once. */
#define RANDOM_BYTES (64U << 20)
#define MAX_BYTES (512U << 10)

static uint32_t samples[ROUNDS];

struct bench_cpus bench_choose_cpus(void)
{
	struct bench_cpus cpus = { -1, -1 };
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		bench_die("cannot find out about the CPUs", -errno);

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET((size_t)cpu, &set))
			continue;
		if (cpus.main >= 0) {
			cpus.other = cpu;
			return cpus;
		}
		cpus.main = cpu;
	}

	bench_die("two CPUs are needed", 0);
}

void bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bench_die("cannot choose a CPU", -errno);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void get_random(char *buf, size_t size)
{
	if (getrandom(buf, size, 0) != (ssize_t)size)
		bench_die("cannot get random bytes", -errno);
}

/* Answer until killed, with the system calls that a request takes. */
static _Noreturn void answer_blocking(int from, int to)
{
	uint64_t value;
	char buf[64];

	while (read(from, &value, sizeof(value)) > 0) {
		get_random(buf, sizeof(buf));
		if (write(to, &value, sizeof(value)) < 0)
			break;
	}
	_exit(1);
}

/* The same in an event loop, as programs have that wait for several things. */
static _Noreturn void answer_epoll(int from, int to)
{
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t value;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	char buf[64];

	epoll_ctl(epoll, EPOLL_CTL_ADD, from, &event);
	while (epoll_wait(epoll, &event, 1, -1) > 0) {
		if (read(from, &value, sizeof(value)) < 0)
			break;
		get_random(buf, sizeof(buf));
		if (write(to, &value, sizeof(value)) < 0)
			break;
	}
	_exit(1);
}

static void ask(int to, int from)
{
	uint64_t value = 1;

	if (write(to, &value, sizeof(value)) < 0 ||
	    read(from, &value, sizeof(value)) < 0)
		bench_die("cannot use an eventfd", -errno);
}

/* Like it, with nothing to be done. */
static _Noreturn void answer_at_once(int from, int to)
{
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t value;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(epoll, EPOLL_CTL_ADD, from, &event);
	while (epoll_wait(epoll, &event, 1, -1) > 0) {
		if (read(from, &value, sizeof(value)) < 0 ||
		    write(to, &value, sizeof(value)) < 0)
			break;
	}
	_exit(1);
}

static double ping_pong(int cpu, void (*answer)(int from, int to))
{
	int there = eventfd(0, EFD_CLOEXEC);
	int back = eventfd(0, EFD_CLOEXEC);
	uint64_t last;
	pid_t pid;

	bench_pin(cpu);
	pid = fork();
	if (pid < 0)
		bench_die("cannot fork", -errno);
	if (pid == 0)
		answer(there, back);

	ask(there, back);
	last = probe_now();
	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t now;

		ask(there, back);
		now = probe_now();
		samples[i] = (uint32_t)(now - last);
		last = now;
	}

	end(pid);
	close(there);
	close(back);

	return probe_percentile(samples, ROUNDS, 50);
}

double bench_floor_eventfd(const struct bench_cpus *cpus, bool epoll)
{
	return ping_pong(cpus->main, epoll ? answer_epoll : answer_blocking);
}

double bench_floor_wakeup(const struct bench_cpus *cpus)
{
	return ping_pong(cpus->main, answer_at_once);
}

static void *shared_page(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		bench_die("cannot map a page", -errno);

	return page;
}

static _Noreturn void answer_spinning(_Atomic uint32_t *from,
				      _Atomic uint32_t *to)
{
	char buf[64];

	for (uint32_t last = 0;;) {
		uint32_t value = atomic_load(from);

		if (value == last)
			continue;
		get_random(buf, sizeof(buf));
		atomic_store(to, value);
		last = value;
	}
}

double bench_floor_spin(const struct bench_cpus *cpus)
{
	/* A cache line for each direction, as a ring has. */
	_Atomic uint32_t *there = shared_page();
	_Atomic uint32_t *back = there + 64;
	uint64_t last;
	pid_t pid;

	pid = fork();
	if (pid < 0)
		bench_die("cannot fork", -errno);
	if (pid == 0) {
		bench_pin(cpus->other);
		answer_spinning(there, back);
	}

	bench_pin(cpus->main);
	last = probe_now();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t now;

		atomic_store(there, i + 1);
		while (atomic_load(back) != i + 1)
			;
		now = probe_now();
		samples[i] = (uint32_t)(now - last);
		last = now;
	}

	end(pid);
	munmap(there, 4096);

	return probe_percentile(samples, ROUNDS, 50);
}

double bench_floor_getrandom(size_t size, size_t depth)
{
	static char buf[MAX_BYTES] __attribute__((aligned(4096)));
	size_t n = VD_MIN((size_t)ROUNDS, RANDOM_BYTES / (size * depth));
	uint64_t last = probe_now();

	for (size_t i = 0; i < n; i++) {
		uint64_t now;

		for (size_t k = 0; k < depth; k++)
			get_random(buf + k * size, size);
		now = probe_now();
		samples[i] = (uint32_t)(now - last);
		last = now;
	}

	return probe_percentile(samples, n, 50);
}
