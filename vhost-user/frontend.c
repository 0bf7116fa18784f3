/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end's connection: exchanging messages, and the steps that come
 * before there are queues.
 */

#include <errno.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost-user/frontend-private.h"
#include "virtio-devices/util.h"

int vhu_frontend_new(int fd, unsigned int timeout, struct vhu_frontend **ret)
{
	struct vhu_frontend *frontend = calloc(1, sizeof(*frontend));

	if (!frontend)
		return -ENOMEM;

	frontend->fd = fd;
	frontend->inflight_fd = -1;
	frontend->timeout = timeout;
	frontend->acks = true;

	*ret = frontend;
	return 0;
}

/*
 * A socket whose backlog is full makes connect() wait; SO_SNDTIMEO bounds that,
 * and is no bother afterwards, as nothing else here waits in the kernel.
 */
static int connect_to(const struct sockaddr_un *addr, unsigned int timeout)
{
	const struct timeval limit = {
		.tv_sec = timeout / 1000,
		.tv_usec = (suseconds_t)(timeout % 1000) * 1000,
	};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0) {
		r = errno == EAGAIN ? -ETIMEDOUT : -errno;
		close(fd);
		return r;
	}

	return fd;
}

int vhu_frontend_connect(const char *path, unsigned int timeout,
			 struct vhu_frontend **ret)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));

	fd = connect_to(&addr, timeout);
	if (fd < 0)
		return fd;

	r = vhu_frontend_new(fd, timeout, ret);
	if (r < 0)
		close(fd);

	return r;
}

void vhu_frontend_free(struct vhu_frontend *frontend)
{
	if (!frontend)
		return;

	if (frontend->fd >= 0)
		close(frontend->fd);
	vhu_frontend_inflight_fini(frontend);
	vhu_frontend_log_fini(frontend);
	for (size_t i = 0; i < VHU_FRONTEND_MAX_QUEUES; i++)
		vhu_frontend_queue_fini(&frontend->queues[i]);
	free(frontend);
}

int vhu_frontend_fd(const struct vhu_frontend *frontend)
{
	return frontend->fd;
}

uint32_t vhu_frontend_request(const struct vhu_frontend *frontend)
{
	return frontend->request;
}

const struct vhu_frontend_features *
vhu_frontend_features(const struct vhu_frontend *frontend)
{
	return &frontend->features;
}

bool vhu_frontend_has(const struct vhu_frontend *frontend,
		      enum vhu_protocol_feature feature)
{
	return frontend->features.protocol_accepted >> feature & 1;
}

void vhu_frontend_set_acks(struct vhu_frontend *frontend, bool wanted)
{
	frontend->acks = wanted;
}

int vhu_frontend_send(struct vhu_frontend *frontend,
		      const struct vhu_header *header, const void *payload,
		      const int *fds, size_t n_fds)
{
	int r;

	frontend->request = header->request;
	r = vhu_message_send(frontend->fd, header, payload, fds, n_fds);

	/* A back-end that has hung up, or one that does not read any more. */
	if (r == -EPIPE)
		return -ECONNRESET;
	if (r == -EAGAIN)
		return -ETIMEDOUT;

	return r;
}

static uint64_t msec_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return (uint64_t)now.tv_sec * 1000 +
	       (uint64_t)now.tv_nsec / VD_NSEC_PER_MSEC;
}

/* Wait until the connection can be read from, but not beyond @deadline. */
static int wait_readable(const struct vhu_frontend *frontend, uint64_t deadline)
{
	struct pollfd pollfd = { .fd = frontend->fd, .events = POLLIN };
	uint64_t now = msec_now();
	int r;

	r = poll(&pollfd, 1, now < deadline ? (int)(deadline - now) : 0);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;

	return r == 0 ? -ETIMEDOUT : 0;
}

int vhu_frontend_receive(struct vhu_frontend *frontend, struct vhu_message *ret)
{
	uint64_t deadline = msec_now() + frontend->timeout;
	int r;

	vhu_message_init(ret);

	while ((r = vhu_message_receive(frontend->fd, ret)) == -EAGAIN) {
		r = wait_readable(frontend, deadline);
		if (r < 0)
			return r;
	}

	if (r == 0)
		return -ECONNRESET;
	if (r == -EPROTO)
		return -EBADMSG;

	return r < 0 ? r : 0;
}

/*
 * The flags have to be exactly these: some VMMs compare them for equality, so
 * that a back-end that adds a bit does not work there.
 */
static bool is_reply(const struct vhu_message *message, uint32_t request)
{
	return message->header.request == request &&
	       message->header.flags == (VHU_VERSION | VHU_REPLY) &&
	       message->n_fds == 0;
}

static int receive_reply(struct vhu_frontend *frontend, uint32_t request,
			 void *reply, size_t size)
{
	VD_CLEANUP(vhu_message_fini) struct vhu_message message;
	int r;

	r = vhu_frontend_receive(frontend, &message);
	if (r < 0)
		return r;
	if (!is_reply(&message, request) || message.header.size != size)
		return -EBADMSG;

	memcpy(reply, &message.payload, size);

	return 0;
}

int vhu_frontend_ask(struct vhu_frontend *frontend, uint32_t request,
		     const void *payload, size_t size, void *reply,
		     size_t reply_size)
{
	const struct vhu_header header = {
		.request = request,
		.flags = VHU_VERSION,
		.size = (uint32_t)size,
	};
	int r;

	r = vhu_frontend_send(frontend, &header, payload, NULL, 0);
	if (r < 0)
		return r;

	return receive_reply(frontend, request, reply, reply_size);
}

int vhu_frontend_ask_u64(struct vhu_frontend *frontend, uint32_t request,
			 uint64_t *ret)
{
	return vhu_frontend_ask(frontend, request, NULL, 0, ret, sizeof(*ret));
}

int vhu_frontend_tell(struct vhu_frontend *frontend, uint32_t request,
		      const void *payload, size_t size, const int *fds,
		      size_t n_fds)
{
	bool ack = frontend->acks &&
		   vhu_frontend_has(frontend, VHU_PROTOCOL_F_REPLY_ACK);
	const struct vhu_header header = {
		.request = request,
		.flags = VHU_VERSION | (ack ? VHU_NEED_REPLY : 0),
		.size = (uint32_t)size,
	};
	uint64_t refused;
	int r;

	r = vhu_frontend_send(frontend, &header, payload, fds, n_fds);
	if (r < 0 || !ack)
		return r;

	r = receive_reply(frontend, request, &refused, sizeof(refused));
	if (r < 0)
		return r;

	return refused ? -EREMOTEIO : 0;
}

int vhu_frontend_tell_u64(struct vhu_frontend *frontend, uint32_t request,
			  uint64_t value)
{
	return vhu_frontend_tell(frontend, request, &value, sizeof(value), NULL,
				 0);
}

int vhu_frontend_tell_state(struct vhu_frontend *frontend, uint32_t request,
			    uint32_t index, uint32_t num)
{
	const struct vhu_vring_state state = { .index = index, .num = num };

	return vhu_frontend_tell(frontend, request, &state, sizeof(state), NULL,
				 0);
}

int vhu_frontend_sync(struct vhu_frontend *frontend)
{
	uint32_t request = frontend->request;
	uint64_t features;
	int r;

	r = vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES, &features);
	/* It was what came before that the back-end did not like. */
	if (r == -ECONNRESET)
		frontend->request = request;

	return r;
}

static int negotiate_protocol(struct vhu_frontend *frontend, uint64_t features)
{
	struct vhu_frontend_features *negotiated = &frontend->features;
	uint64_t accepted;
	int r;

	r = vhu_frontend_ask_u64(frontend, VHU_GET_PROTOCOL_FEATURES,
				 &negotiated->protocol_offered);
	if (r < 0)
		return r;

	/* Only messages after this one can be acknowledged. */
	accepted = negotiated->protocol_offered & features;
	r = vhu_frontend_tell_u64(frontend, VHU_SET_PROTOCOL_FEATURES,
				  accepted);
	if (r < 0)
		return r;

	negotiated->protocol_accepted = accepted;

	return 0;
}

int vhu_frontend_negotiate(struct vhu_frontend *frontend,
			   uint64_t protocol_features)
{
	struct vhu_frontend_features *negotiated = &frontend->features;
	int r;

	r = vhu_frontend_ask_u64(frontend, VHU_GET_FEATURES,
				 &negotiated->offered);
	if (r < 0)
		return r;

	if (negotiated->offered & VD_BIT(VHU_F_PROTOCOL_FEATURES)) {
		r = negotiate_protocol(frontend, protocol_features);
		if (r < 0)
			return r;
	}

	return vhu_frontend_tell(frontend, VHU_SET_OWNER, NULL, 0, NULL, 0);
}

int vhu_frontend_set_features(struct vhu_frontend *frontend, uint64_t features)
{
	struct vhu_frontend_features *negotiated = &frontend->features;
	int r;

	features &= negotiated->offered;
	r = vhu_frontend_tell_u64(frontend, VHU_SET_FEATURES, features);
	if (r < 0)
		return r;

	negotiated->accepted = features;

	return 0;
}

int vhu_frontend_set_memory(struct vhu_frontend *frontend,
			    struct vhu_guest_memory *memory)
{
	struct vhu_mem_table table = { 0 };
	int fds[VHU_MAX_TABLE];
	size_t n = vhu_guest_memory_table(memory, table.regions, fds);
	size_t size = offsetof(struct vhu_mem_table, regions) +
		      n * sizeof(table.regions[0]);

	frontend->memory = memory;
	table.n_regions = (uint32_t)n;

	return vhu_frontend_tell(frontend, VHU_SET_MEM_TABLE, &table, size, fds,
				 n);
}

int vhu_frontend_n_queues(struct vhu_frontend *frontend, uint64_t *ret)
{
	if (!vhu_frontend_has(frontend, VHU_PROTOCOL_F_MQ))
		return -EOPNOTSUPP;

	return vhu_frontend_ask_u64(frontend, VHU_GET_QUEUE_NUM, ret);
}

int vhu_frontend_get_config(struct vhu_frontend *frontend, uint32_t offset,
			    void *buf, size_t len)
{
	VD_CLEANUP(vhu_message_fini) struct vhu_message reply = { 0 };
	struct vhu_config config = { .offset = offset, .size = (uint32_t)len };
	const struct vhu_header header = {
		.request = VHU_GET_CONFIG,
		.flags = VHU_VERSION,
		.size = (uint32_t)(VHU_CONFIG_HEADER + len),
	};
	int r;

	if (!vhu_frontend_has(frontend, VHU_PROTOCOL_F_CONFIG))
		return -EOPNOTSUPP;

	r = vhu_frontend_send(frontend, &header, &config, NULL, 0);
	if (r < 0)
		return r;
	r = vhu_frontend_receive(frontend, &reply);
	if (r < 0)
		return r;

	if (!is_reply(&reply, VHU_GET_CONFIG))
		return -EBADMSG;
	/* An empty answer is how the protocol says no here. */
	if (reply.header.size == 0)
		return -ERANGE;
	if (reply.header.size != header.size)
		return -EBADMSG;

	memcpy(buf, reply.payload.config.data, len);

	return 0;
}
