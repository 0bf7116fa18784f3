/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver's side of an I2C adapter.  Whatever fails has been explained to
 * the user when a function returns.
 */

#ifndef DAEMONS_PROBE_I2C_DRIVER_H
#define DAEMONS_PROBE_I2C_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "daemons/probe-i2c-messages.h"
#include "vhost-user/driver-ring.h"

struct probe;
struct virtio_i2c_in_hdr;
struct virtio_i2c_out_hdr;

/**
 * struct probe_i2c_slot - guest memory for a message
 * @header: for the device to read
 * @data:   PROBE_I2C_MAX_LEN bytes, for it to read or to write
 * @status: for it to write
 * @header_at: where the device finds them
 * @data_at:   likewise
 * @status_at: likewise
 */
struct probe_i2c_slot {
	struct virtio_i2c_out_hdr *header;
	uint8_t *data;
	struct virtio_i2c_in_hdr *status;
	struct vhu_driver_buffer header_at;
	struct vhu_driver_buffer data_at;
	struct vhu_driver_buffer status_at;
};

/**
 * struct probe_i2c - an I2C adapter at work
 * @probe: the back-end
 * @slots: @n_slots of them, as many as each transfer has messages
 */
struct probe_i2c {
	struct probe *probe;
	struct probe_i2c_slot slots[PROBE_I2C_MAX_MESSAGES];
	size_t n_slots;
};

/**
 * probe_i2c_start() - make an adapter ready for transfers
 * @adapter: filled in; needs no clean-up
 * @probe:   opened; keeps it
 * @n_slots: messages in each transfer
 *
 * Return: 0 or a negative errno.
 */
int probe_i2c_start(struct probe_i2c *adapter, struct probe *probe,
		    size_t n_slots);

/**
 * probe_i2c_do() - do a transfer
 * @adapter: the adapter
 * @wanted:  of as many messages as it has slots; gets the bytes that were read
 * @ret:     the first message that failed, or their number
 *
 * Return: 0, or a negative errno if there was no answer.
 */
int probe_i2c_do(struct probe_i2c *adapter, struct probe_i2c_transfer *wanted,
		 size_t *ret);

#endif
