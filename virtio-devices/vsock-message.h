/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Whole messages from a stream to the guest.
 *
 * A message is read in one go, straight into the guest's buffers if there are
 * enough of them; if not, it is put in memory until there are.
 */

#ifndef VIRTIO_DEVICES_VSOCK_MESSAGE_H
#define VIRTIO_DEVICES_VSOCK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vd_vsock_connection;

/**
 * struct vd_message - what is left of a message
 * @at:    the next byte
 * @len:   of it all
 * @flags: VD_VSOCK_EOM and VD_VSOCK_EOR, of its end
 * @data:  its bytes
 */
struct vd_message {
	uint32_t at;
	uint32_t len;
	unsigned int flags;
	uint8_t data[];
};

/**
 * vd_message_read() - send the next message, if there is one
 *
 * Return: false if there is no buffer for it.
 */
bool vd_message_read(struct vd_vsock_connection *connection);

/**
 * vd_message_send() - send what is left of a message
 *
 * Return: false if there are no buffers for the rest.
 */
bool vd_message_send(struct vd_vsock_connection *connection);

/**
 * vd_message_release() - forget what is left
 */
void vd_message_release(struct vd_vsock_connection *connection);

#endif
