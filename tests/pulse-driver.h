/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A real sound server, its backend, and a device that does no more than to
 * remember what it is told.  One of each, for each test makes its own.
 */

#ifndef TESTS_PULSE_DRIVER_H
#define TESTS_PULSE_DRIVER_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/loop.h"
#include "fixture-pulse.h"
#include "virtio-devices/sound-backend.h"
#include "virtio-devices/util.h"

/* Twenty seconds, if there is nothing at all to be done. */
#define PATIENCE 2000

/* The streams of the backend. */
#define PLAYBACK 0
#define CAPTURE 1

/* Frames that can be told from one another. */
#define N_NUMBERS 48000

/* Stands in for the device: what it was told of each of the two streams. */
struct vd_sound {
	bool lost[2];
	unsigned int n_found;
	unsigned int n_writable;
	unsigned int n_readable;
	unsigned int n_xruns;
	uint64_t consumed;
	int volume;
	bool mute;
	unsigned int n_volumes;
};

extern struct pulse pulse;
extern struct pulse_ear ear;
extern struct vb_loop *loop;
extern struct vd_sound sound;
extern struct vd_sound_backend *backend;
extern const char *server_problem, *device_problem[2];
extern unsigned int n_server_events;
extern uint32_t numbers[N_NUMBERS];

/* What a stream carries if nothing else is said: 10 ms periods, and four. */
extern const struct vd_sound_params params;

/**
 * setup_pulse() - a place for a server, which does not run yet, and a backend
 */
void setup_pulse(void);

/**
 * teardown_pulse() - the opposite
 */
void teardown_pulse(void);

/**
 * remake_backend() - exchange it for one that plays on this sink
 */
void remake_backend(const char *sink);

/**
 * step() - go round once, or wait a moment for a reason to
 */
void step(void);

#define RUN_UNTIL(condition) \
	do { \
		for (int i_ = 0; !(condition); i_++) { \
			cr_assert(i_ < PATIENCE, "waited in vain"); \
			step(); \
		} \
	} while (0)

/**
 * run_until_said() - go on until pactl prints this text
 */
void run_until_said(const char *command, const char *text);

/**
 * attach() - and wait until the stream is not lost any more
 */
void attach(uint32_t stream);

/**
 * prepare() - with @params
 */
void prepare(uint32_t stream);

/**
 * write_all() - offer bytes again and again until all are taken
 */
void write_all(const void *bytes, size_t len);

/**
 * start_pipe_sink() - a server whose sink is listened to
 */
void start_pipe_sink(void);

/**
 * expect_heard() - the first @n numbers, and nothing else
 */
void expect_heard(size_t n);

#endif
