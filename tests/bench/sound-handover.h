/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * How long a message takes from the driver to the sound server.
 */

#ifndef TESTS_BENCH_SOUND_HANDOVER_H
#define TESTS_BENCH_SOUND_HANDOVER_H

/**
 * struct bench_handover - how long it took, in us
 * @p50: half of the messages
 * @p99: 99 of 100
 */
struct bench_handover {
	double p50;
	double p99;
};

/**
 * bench_measure_handover() - play, with a server that always waits for more
 *
 * The device is in a process of its own, which is made of the library, and
 * writes down when libpulse has sent each message.
 */
struct bench_handover bench_measure_handover(void);

#endif
