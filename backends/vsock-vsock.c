/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "backends/vsock-listener.h"
#include "backends/vsock-stream.h"
#include "backends/vsock-vsock.h"
#include "virtio-devices/util.h"

struct vsock_host;

/**
 * struct forward - a port that is listened at
 * @listener: the socket
 * @owner:    whose it is
 * @port:     which port
 */
struct forward {
	struct vb_vsock_listener listener;
	struct vsock_host *owner;
	uint32_t port;
};

/**
 * struct vsock_host - the host's end in AF_VSOCK
 * @host:       what the device sees
 * @loop:       of the guest
 * @vsock:      the device
 * @cid:        whom the guest is connected to
 * @policy:     what it may do
 * @forwards:   ports that are listened at
 * @n_forwards: how many
 */
struct vsock_host {
	struct vd_vsock_host host;
	struct vb_loop *loop;
	struct vd_vsock *vsock;
	uint32_t cid;
	const struct vb_vsock_policy *policy;
	struct forward *forwards;
	size_t n_forwards;
};

static void release(struct vb_vsock_stream *stream)
{
	free(stream);
}

static const struct vb_vsock_stream_events stream_events = {
	.release = release,
};

static void free_stream(struct vb_vsock_stream *stream)
{
	vb_vsock_stream_fini(stream);
	free(stream);
}

static struct vb_vsock_stream *new_stream(struct vsock_host *owner, int fd,
					  uint32_t type)
{
	struct vb_vsock_stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		close(fd);
		return NULL;
	}
	vb_vsock_stream_init(stream, owner->loop, type, fd, &stream_events);

	return stream;
}

static uint32_t peer_port(int fd)
{
	struct sockaddr_vm peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &len) < 0)
		return VD_VSOCK_PORT_ANY;

	return peer.svm_port;
}

/*
 * The guest sees the port that the other one has.  Two from different machines
 * can have the same, and then one of them gets another.
 */
static int offer(struct forward *forward, struct vb_vsock_stream *stream)
{
	struct vsock_host *owner = forward->owner;
	struct vd_vsock_flow flow = {
		.guest_port = forward->port,
		.peer_cid = VD_VSOCK_HOST_CID,
		.peer_port = peer_port(stream->source.fd),
		.type = VD_VSOCK_STREAM,
	};
	uint64_t now = vb_loop_now(owner->loop);
	int r;

	r = vb_vsock_stream_open(stream);
	if (r < 0)
		return r;

	r = vd_vsock_accept(owner->vsock, &flow, &stream->stream, now);
	if (r != -EADDRINUSE)
		return r;

	flow.peer_port = VD_VSOCK_PORT_ANY;

	return vd_vsock_accept(owner->vsock, &flow, &stream->stream, now);
}

static void somebody_came(struct vb_vsock_listener *listener, int fd)
{
	struct forward *forward =
		container_of(listener, struct forward, listener);
	struct vb_vsock_stream *stream;

	stream = new_stream(forward->owner, fd, VD_VSOCK_STREAM);
	if (stream && offer(forward, stream) < 0)
		free_stream(stream);
}

static int connect_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;

	return -error;
}

/* A connect has ended, well or not. */
static void connect_ready(struct vb_source *source, uint32_t events)
{
	struct vb_vsock_stream *stream =
		container_of(source, struct vb_vsock_stream, source);
	int r = connect_error(source->fd);

	(void)events;

	if (r == 0) {
		vb_source_remove(source);
		stream->open = true;
		r = vb_vsock_stream_open(stream);
	}
	vd_vsock_connected(stream->stream.connection, r,
			   vb_loop_now(stream->loop));
}

/* Returns 1 if it is connected, 0 if that takes a while, or an error. */
static int start_connect(struct vb_vsock_stream *stream, uint32_t cid,
			 uint32_t port)
{
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = port,
	};
	int r;

	if (connect(stream->source.fd, (const struct sockaddr *)&address,
		    sizeof(address)) == 0) {
		stream->open = true;
		r = vb_vsock_stream_open(stream);
		return r < 0 ? r : 1;
	}
	if (errno != EINPROGRESS)
		return -errno;

	stream->source.ready = connect_ready;

	return vb_loop_watch(stream->loop, &stream->source, EPOLLOUT);
}

static int vsock_connect(struct vd_vsock_host *host,
			 const struct vd_vsock_flow *flow,
			 struct vd_vsock_stream **ret)
{
	struct vsock_host *owner = container_of(host, struct vsock_host, host);
	struct vb_vsock_stream *stream;
	int fd, r;

	if (flow->peer_cid != VD_VSOCK_HOST_CID)
		return -EHOSTUNREACH;
	if (!vb_vsock_may_connect(owner->policy, flow->peer_port))
		return -EACCES;

	fd = socket(AF_VSOCK,
		    vb_vsock_socket_type(flow->type) | SOCK_CLOEXEC |
			    SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -errno;
	stream = new_stream(owner, fd, flow->type);
	if (!stream)
		return -ENOMEM;

	r = start_connect(stream, owner->cid, flow->peer_port);
	if (r < 0) {
		free_stream(stream);
		return r;
	}

	*ret = &stream->stream;
	return r;
}

static void vsock_attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	container_of(host, struct vsock_host, host)->vsock = vsock;
}

static void vsock_destroy(struct vd_vsock_host *host)
{
	struct vsock_host *owner = container_of(host, struct vsock_host, host);

	for (size_t i = 0; i < owner->n_forwards; i++)
		vb_vsock_listener_fini(&owner->forwards[i].listener);
	free(owner->forwards);
	free(owner);
}

static const struct vd_vsock_host_ops vsock_ops = {
	.name = "vsock",
	.attach = vsock_attach,
	.connect = vsock_connect,
	.destroy = vsock_destroy,
};

static int listen_at(struct vsock_host *owner, uint32_t port)
{
	struct forward *forward = &owner->forwards[owner->n_forwards];
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = port,
	};
	int fd;

	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}

	owner->n_forwards++;
	forward->owner = owner;
	forward->port = port;
	forward->listener.accepted = somebody_came;

	return vb_vsock_listener_init(&forward->listener, owner->loop, fd);
}

int vb_vsock_vsock_new(struct vb_loop *loop,
		       const struct vb_vsock_vsock_config *config,
		       uint32_t *port, struct vd_vsock_host **ret)
{
	struct vsock_host *owner = calloc(1, sizeof(*owner));
	int r = 0;

	if (!owner)
		return -ENOMEM;

	owner->host.ops = &vsock_ops;
	owner->loop = loop;
	owner->cid = config->cid;
	owner->policy = config->policy;
	owner->forwards = calloc(config->n_ports + 1, sizeof(struct forward));
	if (!owner->forwards)
		r = -ENOMEM;

	for (size_t i = 0; r == 0 && i < config->n_ports &&
			   vb_vsock_may_be_reached(config->policy);
	     i++) {
		*port = config->ports[i];
		r = listen_at(owner, *port);
	}
	if (r < 0) {
		vsock_destroy(&owner->host);
		return r;
	}

	*ret = &owner->host;
	return 0;
}
