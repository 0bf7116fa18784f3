/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A vsock device between a guest, which is this process, and a host's
 * application, which is a child of it; and the same without the device.
 */

#ifndef TESTS_BENCH_VSOCK_H
#define TESTS_BENCH_VSOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemons/probe-vsock-load.h"
#include "tests/bench/bench.h"

/* A measurement: short, so that floors and figures see the same machine. */
#define VSOCK_MEASURE_NSEC 150000000ULL

/* What applications read and write at once. */
#define VSOCK_APP_SIZE 65536

/**
 * vsock_daemon_start() - start a vhost-device-vsock for one guest
 * @program: path of the executable
 * @cpu:     where to run it
 */
struct bench_daemon vsock_daemon_start(const char *program, int cpu);

/**
 * enum vsock_app_kind - what an application on the host does
 * @VSOCK_APP_SINK:   reads all that comes
 * @VSOCK_APP_SOURCE: writes as much as it can
 * @VSOCK_APP_ECHO:   writes what it has read
 * @VSOCK_APP_HOLD:   accepts connections, and keeps them
 * @VSOCK_APP_CALL:   connects to the guest and closes, again and again
 */
enum vsock_app_kind {
	VSOCK_APP_SINK,
	VSOCK_APP_SOURCE,
	VSOCK_APP_ECHO,
	VSOCK_APP_HOLD,
	VSOCK_APP_CALL,
};

/**
 * struct vsock_app_report - what an application has done
 * @n:    bytes, or connections
 * @nsec: how long it took; or CPU time for floors
 */
struct vsock_app_report {
	uint64_t n;
	uint64_t nsec;
};

/**
 * struct vsock_app - an application
 * @pid:    the process
 * @report: a pipe from it
 */
struct vsock_app {
	pid_t pid;
	int report;
};

/**
 * vsock_app_start() - start an application, which uses port VSOCK_PORT
 * @daemon: whose guest it is for
 * @kind:   what it does
 *
 * It listens when this returns.
 */
struct vsock_app vsock_app_start(const struct bench_daemon *daemon,
				 enum vsock_app_kind kind);

/* Where applications listen; and the guest, for those that call it. */
#define VSOCK_PORT 5000

/**
 * vsock_app_report() - wait for a sink or a caller to be done
 * @app: ends, and need not be stopped
 */
struct vsock_app_report vsock_app_report(struct vsock_app *app);

/**
 * vsock_app_stop() - have it end
 */
void vsock_app_stop(struct vsock_app *app);

/**
 * struct vsock_flow - how bytes went through
 * @rate: bytes a second
 * @cpu:  CPU time of the daemon for a byte, in ns; or of the writer of a floor
 * @other_cpu: and of its reader
 */
struct vsock_flow {
	double rate;
	double cpu;
	double other_cpu;
};

/**
 * vsock_floor() - bytes from one process to another, through a stream socket
 * @size: what is written at once
 */
struct vsock_flow vsock_floor(size_t size);

/**
 * vsock_send() - bytes from the guest to an application
 * @daemon: the daemon
 * @size:   bytes in a packet
 */
struct vsock_flow vsock_send(const struct bench_daemon *daemon, uint32_t size);

/**
 * vsock_receive() - bytes from an application to the guest
 * @daemon:  the daemon
 * @payload: what each of the guest's buffers takes, beside the header
 */
struct vsock_flow vsock_receive(const struct bench_daemon *daemon,
				uint32_t payload);

/**
 * vsock_echo() - one byte to an application, and back
 * @daemon: the daemon
 *
 * Return: median, in ns.
 */
double vsock_echo(const struct bench_daemon *daemon);

/**
 * vsock_connect() - connections that the guest makes and closes
 * @daemon: the daemon
 * @depth:  how many at once
 *
 * Return: how many a second.
 */
double vsock_connect(const struct bench_daemon *daemon, uint32_t depth);

/**
 * vsock_accept() - connections that an application makes and closes
 * @daemon: the daemon
 *
 * Return: how many a second.
 */
double vsock_accept(const struct bench_daemon *daemon);

/**
 * vsock_hold() - resident memory of the daemon for an idle connection
 * @daemon: the daemon
 * @n:      how many there are
 *
 * Return: bytes.
 */
double vsock_hold(const struct bench_daemon *daemon, unsigned int n);

#endif
