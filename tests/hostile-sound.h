/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver of a sound device that sends what it likes.  Its guest is that of
 * hostile-driver.h.
 */

#ifndef TESTS_HOSTILE_SOUND_H
#define TESTS_HOSTILE_SOUND_H

#include <linux/virtio_snd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostile-driver.h"

#define SOUND_CONTROL VIRTIO_SND_VQ_CONTROL
#define SOUND_TX VIRTIO_SND_VQ_TX
#define SOUND_RX VIRTIO_SND_VQ_RX

/* The streams that the daemon has if nothing else is said. */
#define SOUND_OUT 0
#define SOUND_IN 1

/* 10 ms. */
#define SOUND_PERIOD 1920U

/* How often something was tried. */
extern size_t sound_n_cases;

/* As attack_stop(), and both streams work. */
void sound_attack_stop(void);

/* Send what there is at the beginning of the buffer; returns the status. */
uint32_t sound_ask(uint32_t len, uint32_t room);

/* The parameters of a stream, as a request. */
struct virtio_snd_pcm_set_params sound_params(uint32_t stream);

/* Such a request of any other code, for all begin alike; returns the status. */
uint32_t sound_ask_pcm(uint32_t code, uint32_t stream);

/* One that succeeds. */
void sound_do_pcm(uint32_t code, uint32_t stream);

/* Say which stream messages are for. */
void sound_set_stream(uint32_t stream);

/* Add one, and kick; false if there is no room for it in the queue. */
bool sound_add_message(unsigned int index, uint32_t readable,
		       uint32_t writable);

/* Wait until all messages of a queue are back. */
void sound_wait_for_all(unsigned int index);

/* Stop a stream and release it; then none of its messages is out. */
void sound_release(uint32_t stream);

#endif
