/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What an I2C bus must do for the I2C adapter device (virtio 1.3, section
 * 5.18).
 */

#ifndef VIRTIO_DEVICES_I2C_BACKEND_H
#define VIRTIO_DEVICES_I2C_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The bounds of Linux' I2C_RDWR: messages in one transfer, bytes in one
 * message.  What is more cannot be executed on any bus of a Linux host.
 */
#define VD_I2C_MAX_MSGS 42
#define VD_I2C_MAX_LEN 8192

/**
 * struct vd_i2c_msg - a message on the bus
 * @buf:     its bytes; guest memory mostly, which the guest may be changing
 * @len:     how many; 0 to VD_I2C_MAX_LEN
 * @address: of the client: 7 bits, or 10
 * @ten_bit: which of them
 * @read:    from the client to us
 */
struct vd_i2c_msg {
	uint8_t *buf;
	uint16_t len;
	uint16_t address;
	bool ten_bit;
	bool read;
};

struct vd_i2c_backend;

/**
 * struct vd_i2c_backend_ops - a kind of bus
 * @name:     for messages, e.g. "i2c-dev"
 * @transfer: send and receive @n messages, 1 to VD_I2C_MAX_MSGS, as one
 *            transfer, with repeated starts between them.  0 if all of it
 *            succeeded, or -errno: then nothing is said about how far it got.
 *            May take as long as the bus takes, which has a time-out
 * @destroy:  release everything, @backend included
 */
struct vd_i2c_backend_ops {
	const char *name;
	int (*transfer)(struct vd_i2c_backend *backend, struct vd_i2c_msg *msgs,
			size_t n);
	void (*destroy)(struct vd_i2c_backend *backend);
};

/**
 * struct vd_i2c_backend - the part of a bus that the device can see
 * @ops: its kind
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_i2c_backend {
	const struct vd_i2c_backend_ops *ops;
};

#ifdef __cplusplus
}
#endif

#endif
