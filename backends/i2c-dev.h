/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A bus of the host, through Linux' i2c-dev.
 */

#ifndef BACKENDS_I2C_DEV_H
#define BACKENDS_I2C_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_i2c_backend;

/**
 * struct vb_i2c_dev_events - whom to tell
 * @unsupported: a guest asked for a transfer that the adapter cannot do; told
 *               once for each adapter.  NULL: nobody
 * @context:     for @unsupported
 */
struct vb_i2c_dev_events {
	void (*unsupported)(void *context, const char *device);
	void *context;
};

/**
 * vb_i2c_dev_new() - use an adapter
 * @bus:    its number, its name as in /sys/bus/i2c/devices/i2c-N/name, or the
 *          path of its device file
 * @events: copied
 * @ret:    the bus
 *
 * Plain I2C adapters carry any transfer within the bounds of the ops.  Those
 * that know SMBus only carry what looks like an SMBus transfer: quick, byte,
 * byte data, word data, process call, block and I2C block.  A guest that uses
 * packet error checking computes the checksum itself.
 *
 * Return: 0, -ENOENT if there is no such adapter, -ENOTUNIQ if several have
 *         this name, -ENOTSUP if it can do neither I2C nor SMBus, -ENOTTY if
 *         the file is no i2c-dev device, -ENOMEM, or the error of open().
 */
int vb_i2c_dev_new(const char *bus, const struct vb_i2c_dev_events *events,
		   struct vd_i2c_backend **ret);

/**
 * vb_i2c_dev_force() - use clients that a driver of the kernel has, too
 * @backend: made by vb_i2c_dev_new()
 *
 * Otherwise the kernel refuses SMBus commands for those.
 */
void vb_i2c_dev_force(struct vd_i2c_backend *backend);

/**
 * vb_i2c_dev_number() - which adapter is it?
 * @backend: made by vb_i2c_dev_new(), under whatever name
 *
 * Return: its number.
 */
unsigned int vb_i2c_dev_number(struct vd_i2c_backend *backend);

/**
 * vb_i2c_dev_check() - may a client be given to a guest?
 * @backend: made by vb_i2c_dev_new()
 * @address: of the client
 * @ten_bit: whether that has 10 bits
 * @driver:  receives the name of the kernel driver that is in the way
 * @size:    of @driver; the name is cut if need be
 *
 * Return: 0, -EBUSY if the host's kernel has a driver for it, or -ENOTSUP if
 *         the adapter cannot do 10-bit addresses, which SMBus has none of.
 */
int vb_i2c_dev_check(struct vd_i2c_backend *backend, uint16_t address,
		     bool ten_bit, char *driver, size_t size);

#ifdef __cplusplus
}
#endif

#endif
