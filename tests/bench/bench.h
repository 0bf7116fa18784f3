/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Measurements, each of which can be repeated.  A floor is what the same thing
 * costs without a device: the machine can do no better.
 *
 * All of them end the program with a message if something is wrong.
 */

#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct vhu_driver_chain;
struct vhu_frontend;
struct vhu_guest_memory;

/* The CPUs that are used: all on @main, but for those who spin together. */
struct bench_cpus {
	int main;
	int other;
};

/**
 * bench_choose_cpus() - the first two that we may use
 */
struct bench_cpus bench_choose_cpus(void);

/**
 * bench_die() - the end
 * @what:  what could not be done
 * @error: a negative errno, or 0
 */
_Noreturn void bench_die(const char *what, int error);

/**
 * bench_pin() - stay on a CPU from now on
 */
void bench_pin(int cpu);

/**
 * bench_floor_eventfd() - 64 random bytes, there and back between two processes
 * on one CPU
 * @cpus:  that is the main one
 * @epoll: the other process has an event loop: epoll_wait() and a read(); else
 *         it waits for nothing else, in a blocking read()
 *
 * Return: median, in ns.
 */
double bench_floor_eventfd(const struct bench_cpus *cpus, bool epoll);

/**
 * bench_floor_wakeup() - nothing at all, there and back between two processes
 * on one CPU, of which one has an event loop
 * @cpus: that is the main one
 *
 * Return: median, in ns.
 */
double bench_floor_wakeup(const struct bench_cpus *cpus);

/**
 * bench_floor_spin() - the same between two CPUs that look all the time
 *
 * Return: median, in ns.
 */
double bench_floor_spin(const struct bench_cpus *cpus);

/**
 * bench_floor_getrandom() - the system call
 * @size:  bytes in each
 * @depth: how many calls make a batch
 *
 * Return: median for a batch, in ns.
 */
double bench_floor_getrandom(size_t size, size_t depth);

/**
 * struct bench_daemon - a daemon that was started
 * @pid:  the process
 * @dir:  a directory of its own
 * @path: its sockets, but for the index
 * @features: of the device, for guests to accept; at first none
 */
struct bench_daemon {
	pid_t pid;
	char dir[64];
	char path[80];
	uint64_t features;
};

/**
 * bench_wait_for_socket() - wait until somebody listens there
 * @path: absolute
 * @pid:  a child, who should
 */
void bench_wait_for_socket(const char *path, pid_t pid);

/**
 * bench_daemon_start() - start one, and wait until it is ready
 * @program:  path of the executable
 * @n_guests: how many
 * @option:   one more option, or NULL
 * @cpu:      where to run it
 */
struct bench_daemon bench_daemon_start(const char *program,
				       unsigned int n_guests,
				       const char *option, int cpu);

/**
 * bench_daemon_stop() - the opposite
 */
void bench_daemon_stop(struct bench_daemon *daemon);

/**
 * bench_daemon_cpu() - CPU time that it has taken, in ns
 */
uint64_t bench_daemon_cpu(const struct bench_daemon *daemon);

/**
 * bench_daemon_rss() - resident memory, in KiB
 */
uint64_t bench_daemon_rss(const struct bench_daemon *daemon);

/**
 * bench_daemon_own_memory() - resident memory without files, in KiB
 *
 * The guest's memory, which the daemon maps, is not among it.
 */
uint64_t bench_daemon_own_memory(const struct bench_daemon *daemon);

/**
 * struct bench_load - requests to a daemon
 * @size:   bytes in each
 * @depth:  how many at once
 * @spin:   look for the answers all the time
 * @packed: use packed rings
 * @make:   make @depth requests in guest memory; NULL: they are buffers of
 *          @size bytes for the device to fill
 * @check:  called in the end, if there is @make
 */
struct bench_load {
	uint32_t size;
	uint32_t depth;
	bool spin;
	bool packed;
	void (*make)(struct vhu_guest_memory *memory,
		     struct vhu_driver_chain *chains, uint32_t depth);
	void (*check)(void);
};

/**
 * struct bench_result - how it went
 * @p50:   median of the time for a batch, in ns
 * @p99:   and what only one in a hundred exceeds
 * @rate:  requests a second
 * @bytes: bytes a second
 * @cpu:   CPU time of the daemon for a request, in ns
 * @calls: notifications from the daemon for a batch
 */
struct bench_result {
	double p50;
	double p99;
	double rate;
	double cpu;
	double calls;
};

/**
 * bench_run() - send requests for a while, and see how it goes
 * @daemon: its first guest is played
 * @load:   what to send
 */
struct bench_result bench_run(const struct bench_daemon *daemon,
			      const struct bench_load *load);

struct bench_guest;

/**
 * bench_guests_open() - have several guests use their devices
 * @daemon: has that many
 * @n:      how many
 *
 * Each has sent one request and got the answer.
 */
struct bench_guest *bench_guests_open(const struct bench_daemon *daemon,
				      unsigned int n);

/**
 * bench_guest_frontend() - the VMM of the first of them
 */
struct vhu_frontend *bench_guest_frontend(struct bench_guest *guests);

/**
 * bench_guest_memory() - and its memory
 */
struct vhu_guest_memory *bench_guest_memory(struct bench_guest *guests);

/**
 * bench_guests_close() - the opposite
 */
void bench_guests_close(struct bench_guest *guests, unsigned int n);

#endif
