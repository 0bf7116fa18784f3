/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A sound server that nobody else uses, and programs that do.
 */

#ifndef TESTS_BENCH_SOUND_SERVER_H
#define TESTS_BENCH_SOUND_SERVER_H

#include <sys/types.h>

/**
 * bench_sound_server_start() - start it, and have libpulse find it
 *
 * It plays into nothing, in the scheduling class that we are in.
 */
void bench_sound_server_start(void);

/**
 * bench_sound_server_stop() - the opposite
 */
void bench_sound_server_stop(void);

/**
 * bench_spawn() - start a program whose output is of no interest
 * @argv: its name and arguments
 *
 * It does not outlive us.
 */
pid_t bench_spawn(char *const *argv);

/**
 * bench_end() - end it
 */
void bench_end(pid_t pid);

#endif
