/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef BACKENDS_VSOCK_UNIX_H
#define BACKENDS_VSOCK_UNIX_H

/**
 * DOC: The host's end of vsock as sockets in the file system
 *
 * "Hybrid vsock", as in Firecracker and cloud-hypervisor.
 *
 * A program of the host connects to the guest's socket, PATH, says
 * "CONNECT 1234\n" and is answered "OK 5678\n" once the guest has accepted.
 * What it sends behind its line at once is not lost.
 *
 * When the guest connects to port 1234 of the host, a connection is made to
 * PATH_1234, where a program may listen; or to a socket that was named for this
 * port.
 *
 * For SOCK_SEQPACKET the former happens at a socket of that type,
 * PATH_seqpacket: the line is a message of its own, and so is the answer.  The
 * latter happens at the same path, PATH_1234, which then has to be a socket of
 * that type: a port has one type.
 */

#include "backends/vsock-policy.h"

struct vb_loop;
struct vd_vsock_host;

/**
 * struct vb_vsock_unix_config - where the sockets are
 * @path:         what the paths of ports begin with; copied
 * @stream_fd:    listens for streams; non-blocking
 * @seqpacket_fd: listens for SOCK_SEQPACKET; or -1
 * @map:          sockets of certain ports
 * @policy:       what the guest may do
 * @closing:      the host is being destroyed, and the two descriptors are still
 *                open: remove their files.  May be NULL
 * @context:      for @closing
 *
 * @map and @policy must outlive the host.
 */
struct vb_vsock_unix_config {
	const char *path;
	int stream_fd;
	int seqpacket_fd;
	const struct vb_vsock_port_map *map;
	const struct vb_vsock_policy *policy;
	void (*closing)(void *context);
	void *context;
};

/**
 * vb_vsock_unix_new() - have the host's end in the file system
 * @loop:   all is done in its thread
 * @config: the descriptors in it are the host's from now on, also if it cannot
 *          be made
 * @ret:    the host
 *
 * Return: 0, -ENOMEM, or what watching a descriptor fails with.
 */
int vb_vsock_unix_new(struct vb_loop *loop,
		      const struct vb_vsock_unix_config *config,
		      struct vd_vsock_host **ret);

#endif
