/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From the guest to a stream: payload goes straight from the guest's memory,
 * and what the stream does not take is kept until it does.
 */

#ifndef VIRTIO_DEVICES_VSOCK_WRITE_H
#define VIRTIO_DEVICES_VSOCK_WRITE_H

#include <stddef.h>
#include <stdint.h>

struct iovec;
struct vd_stream;
struct vd_vsock_connection;

/**
 * vd_write_payload() - take the payload of a packet
 * @connection: established; may be ended, if the stream fails
 * @from:       has as many bytes
 * @len:        no more than the guest was promised
 * @flags:      VD_VSOCK_EOM and VD_VSOCK_EOR, of a SEQPACKET connection
 */
void vd_write_payload(struct vd_vsock_connection *connection,
		      struct vd_stream *from, uint32_t len, unsigned int flags);

/**
 * vd_write_pieces() - offer bytes to a stream that has taken all so far
 * @connection: established; may be ended, if the stream fails
 * @len:        bytes in the pieces
 *
 * Return: how many of them need not be kept.
 */
size_t vd_write_pieces(struct vd_vsock_connection *connection,
		       const struct iovec *iov, size_t n_iov, size_t len);

/**
 * vd_write_keep() - keep what a stream did not take
 * @connection: if it has ended, nothing is kept; may be ended, for want of
 *              memory
 * @from:       has as many bytes
 * @len:        may be 0
 */
void vd_write_keep(struct vd_vsock_connection *connection,
		   struct vd_stream *from, uint32_t len);

/**
 * vd_write_kept() - the stream takes bytes again
 * @connection: may be gone after this
 */
void vd_write_kept(struct vd_vsock_connection *connection);

/**
 * vd_write_no_more() - the guest sends no more
 *
 * A message that misses its end never gets one.
 */
void vd_write_no_more(struct vd_vsock_connection *connection);

/**
 * vd_write_tell_credit() - tell the guest of room, if it is time to
 */
void vd_write_tell_credit(struct vd_vsock_connection *connection);

/**
 * vd_write_release() - forget what is kept
 */
void vd_write_release(struct vd_vsock_connection *connection);

#endif
