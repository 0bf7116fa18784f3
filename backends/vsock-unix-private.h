/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The two halves of the host's end in the file system: who connects to the
 * guest, and whom the guest connects to.
 */

#ifndef BACKENDS_VSOCK_UNIX_PRIVATE_H
#define BACKENDS_VSOCK_UNIX_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/vsock-listener.h"
#include "backends/vsock-stream.h"
#include "backends/vsock-unix.h"

/**
 * struct vb_unix_stream - a socket of AF_UNIX
 * @base:     what all kinds of sockets have in common
 * @owner:    whose it is
 * @next:     in the list where it waits
 * @at:       what points here in that list; NULL if it is in none
 * @deadline: until when it may wait
 * @port:     of the guest or of the host, whichever is connected to
 * @type:     enum vd_vsock_type
 * @offered:  the guest was asked whether it accepts, and has not answered
 */
struct vb_unix_stream {
	struct vb_vsock_stream base;
	struct vb_vsock_unix *owner;
	struct vb_unix_stream *next;
	struct vb_unix_stream **at;
	uint64_t deadline;
	uint32_t port;
	uint32_t type;
	bool offered;
};

/**
 * struct vb_unix_list - streams that wait, in the order of their coming
 * @first: the first one, or NULL
 * @end:   where the next one goes
 * @n:     how many
 */
struct vb_unix_list {
	struct vb_unix_stream *first;
	struct vb_unix_stream **end;
	size_t n;
};

/**
 * struct vb_unix_listener - a socket that programs connect to
 * @base:  listens; all zeroes if there is none
 * @type:  for connections of this type
 * @owner: whose it is
 */
struct vb_unix_listener {
	struct vb_vsock_listener base;
	uint32_t type;
	struct vb_vsock_unix *owner;
};

/* One for streams, and one for SOCK_SEQPACKET. */
#define VB_UNIX_N_LISTENERS 2

/**
 * struct vb_vsock_unix - the host's end in the file system
 * @host:       what the device sees
 * @loop:       of the guest
 * @vsock:      the device
 * @path:       what paths begin with
 * @map:        and those that do not
 * @policy:     what the guest may do
 * @closing:    see struct vb_vsock_unix_config
 * @context:    likewise
 * @listeners:  where programs connect
 * @pending:    those who have not said yet where to
 * @expire:     when the first of them has to go
 * @n_offered:  those whom the guest has not answered yet
 * @connecting: streams that nobody has accepted yet
 * @retry:      when to try again
 */
struct vb_vsock_unix {
	struct vd_vsock_host host;
	struct vb_loop *loop;
	struct vd_vsock *vsock;
	char *path;
	const struct vb_vsock_port_map *map;
	const struct vb_vsock_policy *policy;
	void (*closing)(void *context);
	void *context;
	struct vb_unix_listener listeners[VB_UNIX_N_LISTENERS];
	struct vb_unix_list pending;
	struct vb_timer expire;
	size_t n_offered;
	struct vb_unix_list connecting;
	struct vb_timer retry;
};

/* Make a stream of a descriptor, which it owns on success; or return NULL. */
struct vb_unix_stream *vb_unix_stream_new(struct vb_vsock_unix *owner, int fd,
					  uint32_t type);

/* Free a stream that no device has. */
void vb_unix_stream_free(struct vb_unix_stream *stream);

void vb_unix_list_init(struct vb_unix_list *list);
void vb_unix_list_add(struct vb_unix_list *list, struct vb_unix_stream *stream);
void vb_unix_list_remove(struct vb_unix_list *list,
			 struct vb_unix_stream *stream);

/**
 * vb_unix_accept_start() - let programs connect to the guest
 * @owner:  with @loop set
 * @config: the descriptors are @owner's now
 *
 * Return: 0, or a negative errno.
 */
int vb_unix_accept_start(struct vb_vsock_unix *owner,
			 const struct vb_vsock_unix_config *config);

/* The guest has answered, or nobody waits for that any more. */
void vb_unix_answered(struct vb_unix_stream *stream);

/* The opposite, with or without success before. */
void vb_unix_accept_stop(struct vb_vsock_unix *owner);

/* See @connect in struct vd_vsock_host_ops. */
int vb_unix_connect(struct vd_vsock_host *host,
		    const struct vd_vsock_flow *flow,
		    struct vd_vsock_stream **ret);

/* What is done when @retry is due. */
void vb_unix_connect_again(struct vb_timer *retry);

#endif
