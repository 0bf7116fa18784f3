/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An I2C bus in memory, for people without hardware.
 */

#ifndef BACKENDS_I2C_SIM_H
#define BACKENDS_I2C_SIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_i2c_backend;

/**
 * vb_i2c_sim_new() - make a bus
 * @ret: the bus, with nothing on it
 *
 * Return: 0 or -ENOMEM.
 */
int vb_i2c_sim_new(struct vd_i2c_backend **ret);

/**
 * vb_i2c_sim_add() - put a client on the bus
 * @backend: made by vb_i2c_sim_new()
 * @address: 7 bits
 *
 * What it is depends on the address, as it does on most boards:
 *
 * * 0x50 to 0x57: an EEPROM 24C02: 256 bytes, written from an address byte on
 *   within pages of 8, and read on from where it stands;
 * * 0x76: a chip with registers, see below, that holds the clock for a tenth of
 *   a second in each message, as long as an adapter lets it;
 * * 0x77: nobody, who never answers;
 * * all others: a chip with 256 registers of 16 bits, least significant byte
 *   first, that steps to the next register by itself.
 *
 * Return: 0, -EINVAL if the address is above 0x77, where no client can be, or
 *         -ENOMEM.
 */
int vb_i2c_sim_add(struct vd_i2c_backend *backend, uint16_t address);

#ifdef __cplusplus
}
#endif

#endif
