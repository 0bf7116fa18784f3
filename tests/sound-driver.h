/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The other sides of a sound device: a driver, a host, and a clock.  One of
 * each, for each test makes its own.
 */

#ifndef TESTS_SOUND_DRIVER_H
#define TESTS_SOUND_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fake-queue.h"
#include "tests/fake-sound-backend.h"
#include "virtio-devices/device.h"
#include "virtio-devices/sound-wire.h"
#include "virtio-devices/sound.h"
#include "virtio-devices/util.h"

/* What a stream carries if nothing else is said: 10 ms periods, and four. */
#define RATE_BYTES 192000
#define PERIOD 1920
#define BUFFER (4 * PERIOD)
#define PERIOD_NS (10 * VD_NSEC_PER_MSEC)

/* Streams of the fake backend. */
#define OUT 0
#define IN 1
#define OUT2 2
#define IN2 3

#define UNTOUCHED 0xaa

#define OK VIRTIO_SND_S_OK
#define BAD_MSG VIRTIO_SND_S_BAD_MSG
#define NOT_SUPP VIRTIO_SND_S_NOT_SUPP
#define IO_ERR VIRTIO_SND_S_IO_ERR

#define CONTROL VIRTIO_SND_VQ_CONTROL
#define EVENT VIRTIO_SND_VQ_EVENT
#define TX VIRTIO_SND_VQ_TX
#define RX VIRTIO_SND_VQ_RX

extern struct fake_sound host;
extern struct fake_queue queues[VIRTIO_SND_VQ_MAX];
extern struct vd_device *sound;
extern uint64_t now;

/**
 * make_sound() - a device with these options, and all queues running
 */
void make_sound(const struct vd_sound_options *options);

/**
 * setup_sound() - a host as fake_sound_init() makes it, and a plain device
 */
void setup_sound(void);

/**
 * teardown_sound() - the opposite
 */
void teardown_sound(void);

/**
 * remake_sound() - exchange the device; the host may have been changed
 */
void remake_sound(const struct vd_sound_options *options);

/**
 * stop_queues() - all of them
 */
void stop_queues(void);

/**
 * ask() - send a request on the control queue
 * @request: @size bytes
 * @answer:  room for @room bytes behind the status, UNTOUCHED before; may be
 *           NULL
 * @written: receives what the driver is told that was written; may be NULL
 *
 * Return: the status.
 */
uint32_t ask(const void *request, size_t size, void *answer, size_t room,
	     size_t *written);

/**
 * ask_pcm() - send a request that has only a stream
 */
uint32_t ask_pcm(uint32_t code, uint32_t stream);

/**
 * query() - ask for items
 */
uint32_t query(uint32_t code, uint32_t start, uint32_t count, uint32_t size,
	       void *answer, size_t room, size_t *written);

/**
 * usual_params() - a request that the fake backend's streams accept
 */
struct virtio_snd_pcm_set_params usual_params(uint32_t stream);

/**
 * prepare() - go through SET_PARAMS and PREPARE
 */
void prepare(uint32_t stream);

/**
 * start() - and START
 */
void start(uint32_t stream);

/**
 * struct message - for a stream
 * @xfer:   which
 * @status: what came back
 * @data:   played, or recorded
 * @size:   how much of it
 * @sent:   how it was sent
 * @at:     when it came back
 */
struct message {
	struct virtio_snd_pcm_xfer xfer;
	struct virtio_snd_pcm_status status;
	uint8_t data[4 * PERIOD];
	size_t size;
	struct fake_request *sent;
	uint64_t at;
};

/**
 * queue_message() - send one of any size, and do not tell the device
 */
struct message *queue_message(unsigned int index, uint32_t stream, size_t size);

/**
 * play() - send a period; its bytes go on counting where the last one ended
 */
struct message *play(uint32_t stream);

/**
 * record() - make room for a period
 */
struct message *record(uint32_t stream);

/**
 * came_back() - is it the driver's again, with this status?
 */
bool came_back(const struct message *message, uint32_t status);

/**
 * waits() - does the device hold it, or not know of it?
 */
bool waits(const struct message *message);

/**
 * pass() - let time pass, with ticks when the device wants them
 * @ns: how much
 */
void pass(uint64_t ns);

/**
 * consume() - the host has got so far with what it was given
 */
void consume(uint32_t stream, uint64_t position);

/**
 * lose() - the host of a stream goes away
 */
void lose(uint32_t stream);

/**
 * find_again() - and comes back
 */
void find_again(uint32_t stream);

#endif
