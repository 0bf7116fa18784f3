/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A sound server for a test, which nobody else knows of.
 */

#ifndef TESTS_FIXTURE_PULSE_H
#define TESTS_FIXTURE_PULSE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A sink that consumes at the pace of the clock. */
#define PULSE_NULL_SINK "module-null-sink sink_name=test rate=48000 norewinds=1"

/**
 * struct pulse - the server
 * @pid:    its process, or 0
 * @dir:    all that it writes is in here
 * @server: where it listens, as in PULSE_SERVER
 * @fifo:   for a sink or a source that is made with it
 */
struct pulse {
	pid_t pid;
	char dir[32];
	char server[64];
	char fifo[64];
};

/*
 * Find a place for a server, and have libpulse look for it there, also in
 * programs that the test starts.  Skips the test if there is no server to be
 * had.
 */
void pulse_init(struct pulse *pulse);

/* Start it, with this module, or a second time. */
void pulse_start(struct pulse *pulse, const char *module);

/* The same with a sink that writes 16-bit samples into @fifo. */
void pulse_start_pipe_sink(struct pulse *pulse);

/* The same with a source that reads them from there. */
void pulse_start_pipe_source(struct pulse *pulse);

/* Send it a signal; if that ends it, wait for the end. */
void pulse_signal(struct pulse *pulse, int number);

/* End it, and leave nothing behind. */
void pulse_fini(struct pulse *pulse);

/* Have pactl do something; returns what it prints. */
const char *pulse_ctl(struct pulse *pulse, const char *command);

/* Wait until pactl prints this text, twenty seconds at most. */
void pulse_expect(struct pulse *pulse, const char *command, const char *text);

/* Between two looks at a condition. */
void pulse_pause(void);

/* How often to look, at most. */
#define PULSE_PATIENCE 10000

/**
 * struct pulse_ear - listens to a pipe sink
 * @thread: does so
 * @fd:     the pipe
 * @lock:   for what follows
 * @frames: two samples each, without those that are silent
 * @n:      how many there are
 * @max:    how many can be kept; the rest is counted
 * @stop:   it has heard enough
 */
struct pulse_ear {
	pthread_t thread;
	int fd;
	pthread_mutex_t lock;
	uint32_t *frames;
	size_t n;
	size_t max;
	bool stop;
};

/* Begin to listen, and keep @max frames. */
void pulse_listen(struct pulse *pulse, struct pulse_ear *ear, size_t max);

/* How many frames were heard up to now? */
size_t pulse_heard(struct pulse_ear *ear);

/* Wait until there were so many. */
void pulse_wait_heard(struct pulse_ear *ear, size_t n);

void pulse_listen_no_more(struct pulse_ear *ear);

#endif
