/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest of vhost-device-sound with a stream.
 *
 * What it plays is numbers: each frame is its own, and none is 0, so that one that
 * gets lost, or comes twice, is noticed.
 */

#ifndef TESTS_SOUND_PLAYER_H
#define TESTS_SOUND_PLAYER_H

#include <stddef.h>
#include <stdint.h>

#include "daemons/probe-sound-driver.h"
#include "daemons/probe.h"

#define FRAME 4U
#define PERIOD_FRAMES 480U
#define N_PERIODS 4U

extern struct probe_sound sound;
extern struct probe_sound_stream stream;

/* Connect to the daemon at this socket. */
void connect_guest(const char *path);

/* No harm if it was not connected. */
void disconnect_guest(void);

/* The numbers begin with 1. */
void open_stream(unsigned int direction);

/* Give the device a message of the stream, with the next numbers in it. */
void submit_numbers(struct probe_sound_message *message);

/* Wait for the next message that comes back; it must not have failed. */
struct probe_sound_message *collect(void);

/* Give the device all messages, before the start. */
void submit_first(void);

void request(uint32_t code);

/* Open, and start with all messages. */
void begin(unsigned int direction);

/* Play so many messages more, and keep the device busy. */
void play(size_t n);

/* Wait until all have been played, and end the stream. */
void play_out(void);

#endif
