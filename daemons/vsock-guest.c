/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "backends/vsock-sibling.h"
#include "backends/vsock-unix.h"
#include "backends/vsock-vsock.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/sockets.h"
#include "daemons/vsock-guest.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-host.h"
#include "virtio-devices/vsock.h"

/**
 * struct vsock_files - the sockets that the host's programs connect to
 * @stream:    at the path that the user has chosen
 * @seqpacket: beside it
 */
struct vsock_files {
	struct socket_file stream;
	struct socket_file seqpacket;
};

static void files_free(void *context)
{
	struct vsock_files *files = context;

	socket_file_fini(&files->stream);
	socket_file_fini(&files->seqpacket);
	free(files);
}

static int files_new(const char *path, struct vsock_files **ret)
{
	struct vsock_files *files = calloc(1, sizeof(*files));
	char *other = NULL;
	int r;

	if (!files)
		return -ENOMEM;

	r = socket_file_listen(&files->stream, path, SOCK_STREAM, SOMAXCONN);
	if (r == 0 && asprintf(&other, "%s" VSOCK_SEQPACKET_SUFFIX, path) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = socket_file_listen(&files->seqpacket, other, SOCK_SEQPACKET,
				       SOMAXCONN);
	free(other);
	if (r < 0) {
		files_free(files);
		return r;
	}

	*ret = files;
	return 0;
}

static int new_unix(struct vb_loop *loop, const struct vsock_vm *vm,
		    struct vd_vsock_host **ret)
{
	const char *path = vm->values[VSOCK_UDS_PATH];
	struct vb_vsock_unix_config config = {
		.path = path,
		.map = &vm->port_map,
		.policy = &vm->policy,
		.closing = files_free,
	};
	struct vsock_files *files = NULL;
	int r;

	r = files_new(path, &files);
	if (r < 0)
		return r;

	config.context = files;
	config.stream_fd = files->stream.fd;
	config.seqpacket_fd = files->seqpacket.fd;
	files->stream.fd = -1;
	files->seqpacket.fd = -1;
	r = vb_vsock_unix_new(loop, &config, ret);
	if (r < 0) {
		log_error(path, "cannot serve this socket: %s", strerror(-r));
		files_free(files);
	}

	return r;
}

static const char *vsock_problem(int error)
{
	switch (error) {
	case EAFNOSUPPORT:
		return "this kernel has no AF_VSOCK; load the module vsock";
	case EADDRINUSE:
		return "another program has this port";
	case EACCES:
	case EPERM:
		return "ports below 1024 are for root";
	default:
		return strerror(error);
	}
}

static int new_vsock(const char *name, struct vb_loop *loop,
		     const struct vsock_vm *vm, struct vd_vsock_host **ret)
{
	const struct vb_vsock_vsock_config config = {
		.cid = vm->forward_cid,
		.ports = vm->forward_listen.items,
		.n_ports = vm->forward_listen.n,
		.policy = &vm->policy,
	};
	uint32_t port = 0;
	int r;

	r = vb_vsock_vsock_new(loop, &config, &port, ret);
	if (r < 0)
		log_error(name, "cannot listen at port %u of AF_VSOCK: %s",
			  port, vsock_problem(-r));

	return r;
}

static int new_host(struct guest *guest, struct vb_loop *loop,
		    struct vb_vsock_switch *switch_, const struct vsock_vm *vm,
		    struct vd_vsock_host **ret)
{
	struct vd_vsock_host *uplink;
	int r;

	if (vm->forwards)
		r = new_vsock(guest_name(guest), loop, vm, &uplink);
	else
		r = new_unix(loop, vm, &uplink);
	if (r < 0)
		return r;

	r = vb_vsock_sibling_new(switch_, uplink,
				 (const char *const *)vm->groups.items,
				 vm->groups.n, &vm->policy, ret);
	if (r < 0)
		uplink->ops->destroy(uplink);

	return r;
}

/*
 * Random bytes, once: in the sandbox there are none.  With the same ones, guests
 * do each other no harm, for each has ports of its own.
 */
static int get_seed(uint64_t ret[2])
{
	static uint64_t seed[2];

	if (!seed[0] && !seed[1] && getrandom(seed, sizeof(seed), 0) < 0) {
		log_error(NULL, "there are no random numbers: %s",
			  strerror(errno));
		return -EIO;
	}
	memcpy(ret, seed, sizeof(seed));

	return 0;
}

int vsock_guest_new_device(struct guest *guest, struct vb_loop *loop,
			   struct vb_vsock_switch *switch_,
			   const struct vsock_vm *vm, struct vd_device **ret)
{
	struct vd_vsock_config config = {
		.guest_cid = vm->guest_cid,
		.seqpacket = true,
		.buf_alloc = vm->tx_buffer_size,
		.max_connections = vm->max_connections,
	};
	struct vd_vsock_host *host;
	int r;

	r = get_seed(config.seed);
	if (r < 0)
		return r;

	r = new_host(guest, loop, switch_, vm, &host);
	if (r < 0)
		return r;

	r = vd_vsock_new(host, &config, ret);
	if (r < 0)
		host->ops->destroy(host);

	return r;
}
