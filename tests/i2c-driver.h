/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two buses that a test can look at, an I2C adapter with clients on them, and a
 * driver that uses it.
 */

#ifndef TESTS_I2C_DRIVER_H
#define TESTS_I2C_DRIVER_H

#include <linux/virtio_i2c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fake-queue.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"

#define UNTOUCHED 0xaa
#define OK VIRTIO_I2C_MSG_OK
#define ERR VIRTIO_I2C_MSG_ERR
#define LINKED VIRTIO_I2C_FLAGS_FAIL_NEXT
#define READ VIRTIO_I2C_FLAGS_M_RD

/* Clients of the two buses. */
#define EEPROM 0x50
#define SENSOR 0x48
#define WIDE 0x2a5
#define OTHER_BUS 0x30

/* What the driver writes; a bus has others to be read. */
#define WRITTEN(i) ((uint8_t)(0x10 + (i)))

/* Remembers the last transfer; what is read from it counts from 1. */
struct fake_bus {
	struct vd_i2c_backend backend;
	unsigned int n_transfers;
	size_t n;
	struct vd_i2c_msg msgs[VD_I2C_MAX_MSGS];
	uint8_t taken[VD_I2C_MAX_MSGS][16];
	unsigned int n_destroyed;
	int error;
};

extern struct fake_bus buses[2];
extern struct vd_i2c_backend *const backends[2];
extern struct fake_bus *const bus;
extern struct fake_queue queue;
extern struct vd_device *i2c;

/* Which queues have to be kicked again. */
extern uint32_t wanted;

/* On the first bus, but for OTHER_BUS. */
#define N_CLIENTS 4
extern const struct vd_i2c_client clients[N_CLIENTS];

/* Make an adapter, and end it. */
void i2c_setup(void);
void i2c_teardown(void);

/**
 * struct message - a request
 * @header: what precedes the data
 * @data:   to be written, or that was read
 * @status: of the answer
 * @sent:   how it was sent
 */
struct message {
	struct virtio_i2c_out_hdr header;
	uint8_t data[VD_I2C_MAX_LEN + 8];
	uint8_t status;
	struct fake_request *sent;
};

/* An address of 7 bits, and one of 10, in a request. */
uint16_t seven(uint16_t address);
uint16_t ten(uint16_t address);

/* Make room for a request, which has no buffers yet. */
struct message *prepare(uint16_t wire, uint32_t flags);

/* Make a request available, with @out bytes to write and @in to be read. */
struct message *post(uint16_t wire, uint32_t flags, size_t out, size_t in);
struct message *post_write(uint16_t address, size_t len, uint32_t flags);
struct message *post_read(uint16_t address, size_t len, uint32_t flags);

void kick(void);

bool answered(const struct message *message, uint8_t status);

bool all_zero(const uint8_t *bytes, size_t len);

#endif
