/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * From a stream to the guest: one read fills as many of the guest's buffers as
 * there is something for.
 */

#ifndef VIRTIO_DEVICES_VSOCK_READ_H
#define VIRTIO_DEVICES_VSOCK_READ_H

#include <stdbool.h>
#include <stddef.h>

struct vd_vsock;
struct vd_vsock_connection;

/**
 * struct vd_batch - buffers of the guest, held for one read
 * @n_chains: in vsock->chains
 * @n_iov:    pieces in vsock->iov, which leave out the headers
 * @room:     bytes in these
 */
struct vd_batch {
	size_t n_chains;
	size_t n_iov;
	size_t room;
};

/**
 * vd_batch_gather() - take buffers for one read
 * @most:   bytes that may be read
 * @enough: no more buffers are needed when these have room for so many
 * @limit:  most buffers, but one in any case
 */
struct vd_batch vd_batch_gather(struct vd_vsock *vsock, size_t most,
				size_t enough, size_t limit);

/**
 * vd_batch_send() - send what was read into the first buffers
 * @len:   bytes that were read, no more than @batch->room; if 0, an empty
 *         packet is sent
 * @flags: VD_VSOCK_EOM and VD_VSOCK_EOR, which belong to the end
 *
 * The other buffers are given back.
 */
void vd_batch_send(struct vd_vsock_connection *connection,
		   const struct vd_batch *batch, size_t len,
		   unsigned int flags);

/**
 * vd_batch_give_back() - nothing was read
 */
void vd_batch_give_back(struct vd_vsock *vsock, const struct vd_batch *batch);

/**
 * vd_read_failed() - a read brought no bytes
 * @error: what it returned: 0 at the end of the stream, or a negative errno
 */
void vd_read_failed(struct vd_vsock_connection *connection, int error);

/**
 * vd_read_stream() - let a connection that has data send some of it
 *
 * Return: false if there is no buffer for it.
 */
bool vd_read_stream(struct vd_vsock_connection *connection);

#endif
