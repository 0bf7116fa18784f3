/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What all commands have in common: getting a back-end to work, and explaining
 * why it does not.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* Features of the protocol that make sense without a VM. */
#define PROTOCOL_FEATURES \
	(VD_BIT(VHU_PROTOCOL_F_MQ) | VD_BIT(VHU_PROTOCOL_F_REPLY_ACK) | \
	 VD_BIT(VHU_PROTOCOL_F_CONFIG) | \
	 VD_BIT(VHU_PROTOCOL_F_CONFIGURE_MEM_SLOTS))

/* As on a PC with memory above 4 GiB: addresses that need all of 64 bits. */
#define GUEST_BASE (1ULL << 32)

/* Rings of the largest size that is used here take less, each. */
#define RING_BYTES ((size_t)1 << 20)

/* A guest's index is appended to the paths of our own daemons. */
static bool exists_with_index(const char *path)
{
	char indexed[4096];
	int n = snprintf(indexed, sizeof(indexed), "%s0", path);

	return n > 0 && (size_t)n < sizeof(indexed) &&
	       access(indexed, F_OK) == 0;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 || S_ISSOCK(st.st_mode);
}

static const char *connect_problem(const char *path, int error)
{
	switch (error) {
	case -ENOENT:
		return exists_with_index(path)
			       ? "there is no such socket, but there is one "
				 "with "
				 "a 0 appended: the first guest's"
			       : "there is no such socket; start the back-end "
				 "first, or correct '--socket-path'";
	case -ECONNREFUSED:
		return is_socket(path)
			       ? "nobody listens there any more; start the "
				 "back-end again"
			       : "it is not a socket; correct '--socket-path'";
	case -EACCES:
		return "permission denied; you need to be in the socket's "
		       "group, or to be root";
	case -EPROTOTYPE:
		return "it is not a stream socket, so not that of a vhost-user "
		       "back-end";
	case -ETIMEDOUT:
		return "the back-end does not accept the connection; perhaps "
		       "other front-ends are waiting, too";
	case -ENAMETOOLONG:
		return "the path is too long for a socket";
	default:
		return strerror(-error);
	}
}

static int open_path(struct probe *probe)
{
	const char *path = probe->settings.socket_path;
	int r;

	r = vhu_frontend_connect(path, (unsigned int)probe->settings.timeout,
				 &probe->frontend);
	if (r < 0)
		log_error(path, "%s", connect_problem(path, r));

	return r;
}

static int open_fd(struct probe *probe)
{
	int fd = (int)probe->settings.fd;
	socklen_t len = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 ||
	    listening) {
		log_error(probe->name, "%s",
			  listening ? "it listens; a connected socket is "
				      "needed"
				    : "it is not a socket");
		return -ENOTCONN;
	}

	fcntl(fd, F_SETFD, FD_CLOEXEC);

	return vhu_frontend_new(fd, (unsigned int)probe->settings.timeout,
				&probe->frontend);
}

/* Nothing has come from it yet: perhaps it is something else altogether. */
static const char *first_problem(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "no answer; it serves another front-end now, or is no "
		       "vhost-user back-end";
	case -ECONNRESET:
		return "the connection was closed; it is no vhost-user "
		       "back-end, or serves another front-end now";
	case -EBADMSG:
		return "the answer makes no sense; it is no vhost-user "
		       "back-end";
	default:
		return strerror(-error);
	}
}

static const char *later_problem(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "no answer; the back-end hangs, is another device, or "
		       "'--timeout' is too short";
	case -ECONNRESET:
		return "the back-end has closed the connection; see what it "
		       "has logged";
	case -EBADMSG:
		return "the back-end's answer breaks the protocol";
	case -EREMOTEIO:
		return "the back-end has refused it; see what it has logged, "
		       "and whether it is another device ('info')";
	case -EIO:
		return "the back-end says that the ring is broken";
	case -EPROTO:
		return "the back-end gave back a request that it did not have, "
		       "or wrote more bytes than there was room for";
	default:
		return strerror(-error);
	}
}

int probe_failed(const struct probe *probe, int error)
{
	bool first = vhu_frontend_features(probe->frontend)->offered == 0;

	log_error(probe->name, "at %s: %s",
		  vhu_request_name(vhu_frontend_request(probe->frontend)),
		  first ? first_problem(error) : later_problem(error));

	return error;
}

int probe_read_config(const struct probe *probe, void *ret, size_t len,
		      const char *what)
{
	int r = vhu_frontend_get_config(probe->frontend, 0, ret, len);

	if (r == -EOPNOTSUPP)
		log_error(probe->name,
			  "the back-end does not offer a configuration space; "
			  "is it %s?",
			  what);
	else if (r == -ERANGE)
		log_error(probe->name,
			  "the configuration space is too small; is it %s?",
			  what);
	else if (r < 0)
		return probe_failed(probe, r);

	return r;
}

/* Once requests flow, the last message has nothing to do with it. */
int probe_request_failed(const struct probe *probe, int error)
{
	log_error(probe->name, "%s", later_problem(error));

	return error;
}

int probe_open(struct probe *probe)
{
	int r = probe->settings.socket_path ? open_path(probe) : open_fd(probe);

	if (r < 0)
		return r;

	r = vhu_frontend_negotiate(probe->frontend, PROTOCOL_FEATURES);

	return r < 0 ? probe_failed(probe, r) : 0;
}

static int choose_features(struct probe *probe, uint64_t features)
{
	const struct vhu_frontend_features *known =
		vhu_frontend_features(probe->frontend);
	uint64_t packed = VD_BIT(VIRTIO_F_RING_PACKED);

	features |= VD_VIRTQUEUE_FEATURES | VD_BIT(VIRTIO_F_IN_ORDER) |
		    VD_BIT(VHU_F_PROTOCOL_FEATURES);
	if (!probe->settings.packed_ring) {
		features &= ~packed;
	} else if (!(known->offered & packed)) {
		log_error(probe->name,
			  "the back-end does not offer packed rings; leave "
			  "'--packed-ring' out, or start it so that it does");
		return -EOPNOTSUPP;
	}

	return vhu_frontend_set_features(probe->frontend, features);
}

static int start_queues(struct probe *probe, const struct probe_device *device)
{
	for (unsigned int i = 0; i < device->n_queues; i++) {
		int r = vhu_frontend_prepare_queue(probe->frontend, i,
						   device->size);

		if (r == 0)
			r = vhu_frontend_start_queue(probe->frontend, i);
		if (r < 0)
			return r;
	}

	/* Whatever it did not like, say so now, and at the right message. */
	return vhu_frontend_sync(probe->frontend);
}

int probe_start(struct probe *probe, const struct probe_device *device)
{
	const size_t page = 4096;
	const struct vhu_guest_range range = {
		.gpa = GUEST_BASE,
		.size = (device->bytes + device->n_queues * RING_BYTES + page -
			 1) &
			~(page - 1),
	};
	int r;

	r = choose_features(probe, device->features);
	if (r == -EOPNOTSUPP)
		return r;
	if (r == 0)
		r = vhu_guest_memory_new(&range, 1, &probe->memory);
	if (r == 0)
		r = vhu_frontend_set_memory(probe->frontend, probe->memory);
	if (r == 0)
		r = start_queues(probe, device);

	return r < 0 ? probe_failed(probe, r) : 0;
}

void *probe_alloc(struct probe *probe, uint32_t size,
		  struct vhu_driver_buffer *ret)
{
	void *buffer =
		vhu_guest_memory_alloc(probe->memory, size, 64, &ret->gpa);

	assert(buffer);
	ret->len = size;

	return buffer;
}
