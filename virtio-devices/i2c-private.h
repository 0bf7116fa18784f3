/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * An I2C adapter device from inside.  Not installed.
 *
 *	i2c.c		the device, and the groups that go to a bus
 *	i2c-request.c	the requests of a group
 */

#ifndef VIRTIO_DEVICES_I2C_PRIVATE_H
#define VIRTIO_DEVICES_I2C_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/device.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/i2c.h"

/* Room for messages whose bytes are not in one piece, which are few. */
#define BOUNCE_SIZE ((size_t)2 * VD_I2C_MAX_LEN)

/**
 * struct vd_i2c_request - a request of the group being collected
 * @chain:  its chain
 * @client: whom it is for, or NULL if it must not be executed
 * @linked: it belongs together with the next one
 */
struct vd_i2c_request {
	struct vd_chain *chain;
	const struct vd_i2c_client *client;
	bool linked;
};

/**
 * struct vd_i2c - the device
 * @device:    what the transport sees
 * @buses:     where clients are
 * @n_buses:   how many
 * @clients:   whom the guest may talk to
 * @n_clients: how many
 * @accepted:  the driver knows zero-length requests, as it must
 * @group:     requests collected so far
 * @msgs:      what each of them asks for
 * @n_group:   how many
 * @failed:    the group has grown too long; the rest of it fails, too
 * @bounce:    for bytes that are not in one piece
 * @n_bounce:  how much of it this group uses
 */
struct vd_i2c {
	struct vd_device device;
	struct vd_i2c_backend **buses;
	size_t n_buses;
	struct vd_i2c_client *clients;
	size_t n_clients;
	bool accepted;
	struct vd_i2c_request group[VD_I2C_MAX_MSGS];
	struct vd_i2c_msg msgs[VD_I2C_MAX_MSGS];
	size_t n_group;
	bool failed;
	uint8_t bounce[BOUNCE_SIZE];
	size_t n_bounce;
};

/**
 * vd_i2c_parse() - what does a chain ask for?
 * @i2c:     the device
 * @request: has its chain; @linked is set even if the request is not valid
 * @msg:     the message
 *
 * Return: false if it must not be executed.
 */
bool vd_i2c_parse(const struct vd_i2c *i2c, struct vd_i2c_request *request,
		  struct vd_i2c_msg *msg);

/**
 * vd_i2c_place() - have the bytes of a message in one piece
 * @i2c:   has room for those that are not
 * @chain: has the bytes
 * @msg:   has been parsed; its @buf is set
 *
 * Return: false if there is no room.
 */
bool vd_i2c_place(struct vd_i2c *i2c, struct vd_chain *chain,
		  struct vd_i2c_msg *msg);

/**
 * vd_i2c_answer() - complete the chain of a request
 * @i2c:    the device
 * @index:  which request of the group
 * @status: VIRTIO_I2C_MSG_*
 */
void vd_i2c_answer(const struct vd_i2c *i2c, size_t index, uint8_t status);

#endif
