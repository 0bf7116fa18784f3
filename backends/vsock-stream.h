/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A socket of the host as one end of a guest's connection.
 *
 * The descriptor is watched for edges, once for its whole life.  Only when it
 * takes no more bytes is it watched for that as well, since every read at the
 * other end would wake us otherwise.
 */

#ifndef BACKENDS_VSOCK_STREAM_H
#define BACKENDS_VSOCK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/loop.h"
#include "virtio-devices/vsock-host.h"

struct vb_vsock_stream;

/**
 * struct vb_vsock_stream_events - what the owner of a stream wants to know
 * @accepted: the guest takes the connection that it was offered, before any byte
 *            is moved; NULL if that is of no interest
 * @release:  the stream is closed and its descriptor, too: free it
 */
struct vb_vsock_stream_events {
	void (*accepted)(struct vb_vsock_stream *stream);
	void (*release)(struct vb_vsock_stream *stream);
};

/**
 * struct vb_vsock_stream - a socket as the other end of a connection
 * @stream:   what the device sees
 * @source:   the socket; @fd is -1 before there is one
 * @loop:     watches it
 * @events:   see there
 * @gone:     set to true by @release, while somebody needs to know; or NULL
 * @open:     bytes may be moved: set by @accepted, or by who has connected the
 *            socket
 * @blocked:  it took no more bytes
 * @armed:    it is watched for taking bytes again
 * @roomy:    it was given a larger buffer
 * @ended:    the other end writes no more
 * @hung_up:  nor does it read
 */
struct vb_vsock_stream {
	struct vd_vsock_stream stream;
	struct vb_source source;
	struct vb_loop *loop;
	const struct vb_vsock_stream_events *events;
	bool *gone;
	bool open;
	bool blocked;
	bool armed;
	bool roomy;
	bool ended;
	bool hung_up;
};

/**
 * vb_vsock_stream_init() - fill one in
 * @stream: the stream
 * @loop:   shall watch it
 * @type:   enum vd_vsock_type
 * @fd:     a non-blocking socket; the stream's from now on, and -1 is possible
 * @events: must outlive the stream
 */
void vb_vsock_stream_init(struct vb_vsock_stream *stream, struct vb_loop *loop,
			  uint32_t type, int fd,
			  const struct vb_vsock_stream_events *events);

/**
 * vb_vsock_stream_open() - the socket is connected: watch it
 * @stream: its socket may be watched already, by somebody else
 *
 * Return: 0, or a negative errno.
 */
int vb_vsock_stream_open(struct vb_vsock_stream *stream);

/**
 * vb_vsock_stream_note() - remember what cannot be undone
 * @stream: before vb_vsock_stream_open()
 * @events: EPOLL* that have come
 */
void vb_vsock_stream_note(struct vb_vsock_stream *stream, uint32_t events);

/**
 * vb_vsock_stream_fini() - close the socket of a stream that no device has
 * @stream: @release is not called
 */
void vb_vsock_stream_fini(struct vb_vsock_stream *stream);

/**
 * vb_vsock_socket_type() - which sockets can be streams of this type?
 * @type: enum vd_vsock_type
 *
 * Return: SOCK_STREAM or SOCK_SEQPACKET.
 */
int vb_vsock_socket_type(uint32_t type);

#endif
