/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Requests to GPIO and I2C devices, for loads.  Only one load has them at a
 * time.
 */

#ifndef TESTS_BENCH_REQUESTS_H
#define TESTS_BENCH_REQUESTS_H

#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <stdint.h>

#include "virtio-devices/util.h"

/* What the drivers have to accept. */
#define REQUESTS_GPIO_FEATURES VD_BIT(VIRTIO_GPIO_F_IRQ)
#define REQUESTS_I2C_FEATURES VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST)

struct bench_daemon;
struct vhu_driver_chain;
struct vhu_guest_memory;

/**
 * requests_get_value() - requests for the value of a line
 * @memory: guest memory
 * @chains: receives them
 * @n:      how many
 */
void requests_get_value(struct vhu_guest_memory *memory,
			struct vhu_driver_chain *chains, uint32_t n);

/**
 * requests_transfer() - transfers that name a register and read it
 * @memory: guest memory
 * @chains: receives them
 * @n:      how many requests: two for each transfer
 */
void requests_transfer(struct vhu_guest_memory *memory,
		       struct vhu_driver_chain *chains, uint32_t n);

/**
 * requests_check() - have they been answered, and without an error?
 *
 * Ends the program if not.
 */
void requests_check(void);

/**
 * bench_edge() - drive a line that another one follows, and wait for its
 * interrupt
 * @daemon: has these as lines 0 and 1 of its first guest
 *
 * Return: median, in ns.
 */
double bench_edge(const struct bench_daemon *daemon);

#endif
