/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * I2C adapter device (virtio 1.3, section 5.18).
 */

#ifndef VIRTIO_DEVICES_I2C_H
#define VIRTIO_DEVICES_I2C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_device;
struct vd_i2c_backend;

/**
 * struct vd_i2c_client - something on a bus that the guest may talk to
 * @address:   7 bits, at most 0x77, or 10
 * @ten_bit:   which of them
 * @read_only: the guest may only read from it, and address registers with
 *             writes of one byte that a read follows in the same transfer
 * @bus:       which bus it is on
 */
struct vd_i2c_client {
	uint16_t address;
	bool ten_bit;
	bool read_only;
	unsigned int bus;
};

/**
 * vd_i2c_new() - make an I2C adapter
 * @buses:     where clients are; owned by the device on success, the array is
 *             copied
 * @n_buses:   how many
 * @clients:   whom the guest may talk to, each address once; copied
 * @n_clients: how many; may be 0
 * @ret:       the device
 *
 * The guest sees one adapter with all clients on it.  Each message that it
 * sends is checked: others do not answer.  Requests that the driver links with
 * VIRTIO_I2C_FLAGS_FAIL_NEXT become one transfer with repeated starts, and
 * fail as one.
 *
 * Return: 0, -EINVAL if an address is out of range or there is no such bus,
 *         -EEXIST if an address is there twice, or -ENOMEM.
 */
int vd_i2c_new(struct vd_i2c_backend *const *buses, size_t n_buses,
	       const struct vd_i2c_client *clients, size_t n_clients,
	       struct vd_device **ret);

#ifdef __cplusplus
}
#endif

#endif
