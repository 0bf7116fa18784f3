/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What each message of a front-end means: one table, and a function for each
 * entry.  By the time a function is called, the size of the payload and the
 * number of descriptors are as the table says.
 *
 * A function that refuses a message leaves everything as it was.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vhost-user/requests.h"
#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

/* Who is answered, and how. */
enum answer {
	ACK, /* an acknowledgement, if one was asked for */
	U64, /* payload.u64 */
	U64_OR_ACK, /* likewise, but a refusal can be acknowledged */
	STATE, /* payload.state */
	CONFIG, /* payload.config, as long as it came */
	INFLIGHT, /* payload.inflight, with a descriptor */
	CHECK, /* payload.u64, once a transfer has ended */
};

/**
 * struct request - a message of the front-end
 * @handle:   do it; -EPROTO and others refuse it.  NULL: there is no such
 *            message
 * @size:     of the payload; of its fixed part, if @varies
 * @varies:   the payload may be longer
 * @max_fds:  descriptors that may come along; an exact number is up to @handle
 * @answer:   what goes back
 */
struct request {
	int (*handle)(struct vhu_session *session, struct vhu_message *message);
	uint32_t size;
	bool varies;
	uint8_t max_fds;
	enum answer answer;
};

static uint64_t offered_protocol_features(const struct vhu_session *session)
{
	uint64_t features = VD_BIT(VHU_PROTOCOL_F_MQ) |
			    VD_BIT(VHU_PROTOCOL_F_LOG_SHMFD) |
			    VD_BIT(VHU_PROTOCOL_F_REPLY_ACK) |
			    VD_BIT(VHU_PROTOCOL_F_BACKEND_REQ) |
			    VD_BIT(VHU_PROTOCOL_F_INFLIGHT_SHMFD) |
			    VD_BIT(VHU_PROTOCOL_F_RESET_DEVICE) |
			    VD_BIT(VHU_PROTOCOL_F_CONFIGURE_MEM_SLOTS) |
			    VD_BIT(VHU_PROTOCOL_F_DEVICE_STATE);

	if (session->device->ops->config_len)
		features |= VD_BIT(VHU_PROTOCOL_F_CONFIG);
	/* A front-end that is offered these uses them, and is slower. */
	if (session->config.in_band)
		features |= VD_BIT(VHU_PROTOCOL_F_INBAND_NOTIFICATIONS);

	return features;
}

static int get_features(struct vhu_session *session,
			struct vhu_message *message)
{
	message->payload.u64 = session->offered;
	return 0;
}

/* Without the protocol bit there is no SET_VRING_ENABLE. */
static void enable_all(struct vhu_session *session)
{
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		session->vrings[i].enabled = true;
}

/* A migration begins, or has been called off: nothing that rings notice. */
static bool same_but_for_logging(uint64_t a, uint64_t b)
{
	return ((a ^ b) & ~VD_BIT(VHU_F_LOG_ALL)) == 0;
}

static int set_features(struct vhu_session *session,
			struct vhu_message *message)
{
	uint64_t features = message->payload.u64;
	int r;

	if (features & ~session->offered)
		return -EINVAL;

	if (!session->n_running ||
	    !same_but_for_logging(features, session->features)) {
		vhu_session_pause(session);
		r = vd_device_set_features(session->device, features);
		if (r < 0) {
			(void)vhu_session_resume(session);
			return r;
		}
	}
	session->features = features;
	vhu_session_set_log(session);

	if (!(features & VD_BIT(VHU_F_PROTOCOL_FEATURES)))
		enable_all(session);

	return vhu_session_resume(session);
}

/* Ownership means nothing to us, and giving it up is not a reset. */
static int set_owner(struct vhu_session *session, struct vhu_message *message)
{
	(void)session;
	(void)message;
	return 0;
}

/* The old map stays until the new one is complete. */
static int set_mem_table(struct vhu_session *session,
			 struct vhu_message *message)
{
	const struct vhu_mem_table *table = &message->payload.table;
	uint32_t n = table->n_regions;
	struct vhu_memory *memory;
	int r;

	if (n > VHU_MAX_TABLE || n != message->n_fds ||
	    message->header.size != offsetof(struct vhu_mem_table, regions[n]))
		return -EPROTO;

	r = vhu_memory_new(table->regions, message->fds, n, &memory);
	if (r < 0)
		return r;
	vhu_memory_set_lender(memory, &session->lender);

	vhu_session_pause(session);
	vhu_memory_free(session->memory);
	session->memory = memory;
	vhu_kept_clear_regions(session);
	for (uint32_t i = 0; i < n; i++)
		vhu_kept_add_region(session, &table->regions[i],
				    message->fds[i]);

	return vhu_session_resume(session);
}

static int get_max_mem_slots(struct vhu_session *session,
			     struct vhu_message *message)
{
	(void)session;
	message->payload.u64 = VHU_MAX_SLOTS;
	return 0;
}

/* What is mapped stays, so rings that run can go on; others may start now. */
static int add_mem_reg(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_region *region = &message->payload.mem_reg.region;
	int r;

	if (message->n_fds != 1)
		return -EPROTO;

	if (!session->memory) {
		r = vhu_memory_new(NULL, NULL, 0, &session->memory);
		if (r < 0)
			return r;
		vhu_memory_set_lender(session->memory, &session->lender);
	}

	r = vhu_memory_add(session->memory, region, message->fds[0]);
	if (r < 0)
		return r;

	vhu_kept_add_region(session, region, message->fds[0]);
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		session->vrings[i].stuck = false;
	(void)vhu_session_resume(session);

	return 0;
}

static int rem_mem_reg(struct vhu_session *session, struct vhu_message *message)
{
	const struct vhu_region *region = &message->payload.mem_reg.region;
	int r;

	if (!session->memory)
		return -ENOENT;

	vhu_session_pause(session);
	r = vhu_memory_remove(session->memory, region);
	if (r == 0)
		vhu_kept_remove_region(session, region);

	/* A ring that lay in that region cannot go on, and that is no fault. */
	(void)vhu_session_resume(session);

	return r;
}

static int get_protocol_features(struct vhu_session *session,
				 struct vhu_message *message)
{
	message->payload.u64 = offered_protocol_features(session);
	return 0;
}

static int set_protocol_features(struct vhu_session *session,
				 struct vhu_message *message)
{
	uint64_t features = message->payload.u64;
	const uint64_t in_band = VD_BIT(VHU_PROTOCOL_F_INBAND_NOTIFICATIONS);
	const uint64_t needed = VD_BIT(VHU_PROTOCOL_F_REPLY_ACK) |
				VD_BIT(VHU_PROTOCOL_F_BACKEND_REQ);

	if (features & ~offered_protocol_features(session))
		return -EINVAL;
	if (features & in_band && (features & needed) != needed)
		return -EINVAL;

	session->protocol_features = features;
	return 0;
}

static int get_queue_num(struct vhu_session *session,
			 struct vhu_message *message)
{
	message->payload.u64 = session->device->ops->n_queues;
	return 0;
}

static int set_backend_req_fd(struct vhu_session *session,
			      struct vhu_message *message)
{
	if (message->n_fds != 1)
		return -EPROTO;

	if (session->request_fd >= 0)
		close(session->request_fd);
	session->request_fd = vhu_message_take_fd(message, 0);
	vhu_kept_put(session, VHU_AT_REQUESTS, session->request_fd);

	return 0;
}

static bool config_is_possible(const struct vhu_message *message)
{
	const struct vhu_config *config = &message->payload.config;

	return config->size == message->header.size - VHU_CONFIG_HEADER &&
	       config->offset <= VHU_MAX_CONFIG &&
	       config->size <= VHU_MAX_CONFIG - config->offset;
}

/* Never refused for lying beyond the space: cloud-hypervisor would panic. */
static int get_config(struct vhu_session *session, struct vhu_message *message)
{
	struct vhu_config *config = &message->payload.config;

	if (!config_is_possible(message))
		return -EINVAL;

	vd_device_get_config(session->device, config->offset, config->data,
			     config->size);
	return 0;
}

/* No device of ours has a field that a driver may write. */
static int set_config(struct vhu_session *session, struct vhu_message *message)
{
	(void)session;
	return config_is_possible(message) ? 0 : -EINVAL;
}

static int reset_device(struct vhu_session *session,
			struct vhu_message *message)
{
	(void)message;

	vhu_session_pause(session);
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++) {
		session->vrings[i].started = false;
		session->vrings[i].enabled = false;
	}
	vhu_session_reset_device(session);

	return 0;
}

#define SIZE_STATE sizeof(struct vhu_vring_state)

static const struct request requests[VHU_N_REQUESTS] = {
	[VHU_GET_FEATURES] = { get_features, 0, false, 0, U64 },
	[VHU_SET_FEATURES] = { set_features, 8, false, 0, ACK },
	[VHU_SET_OWNER] = { set_owner, 0, false, 0, ACK },
	[VHU_RESET_OWNER] = { set_owner, 0, false, 0, ACK },
	[VHU_SET_MEM_TABLE] = { set_mem_table, 8, true, VHU_MAX_TABLE, ACK },
	[VHU_SET_LOG_BASE] = { vhu_set_log_base, sizeof(struct vhu_log), false,
			       1, U64_OR_ACK },
	[VHU_SET_LOG_FD] = { vhu_set_log_fd, 0, false, 1, ACK },
	[VHU_SET_VRING_NUM] = { vhu_set_vring_num, SIZE_STATE, false, 0, ACK },
	[VHU_SET_VRING_ADDR] = { vhu_set_vring_addr,
				 sizeof(struct vhu_vring_addr), false, 0, ACK },
	[VHU_SET_VRING_BASE] = { vhu_set_vring_base, SIZE_STATE, false, 0,
				 ACK },
	[VHU_GET_VRING_BASE] = { vhu_get_vring_base, SIZE_STATE, false, 0,
				 STATE },
	[VHU_SET_VRING_KICK] = { vhu_set_vring_kick, 8, false, 1, ACK },
	[VHU_SET_VRING_CALL] = { vhu_set_vring_call, 8, false, 1, ACK },
	[VHU_SET_VRING_ERR] = { vhu_set_vring_err, 8, false, 1, ACK },
	[VHU_GET_PROTOCOL_FEATURES] = { get_protocol_features, 0, false, 0,
					U64 },
	[VHU_SET_PROTOCOL_FEATURES] = { set_protocol_features, 8, false, 0,
					ACK },
	[VHU_GET_QUEUE_NUM] = { get_queue_num, 0, false, 0, U64 },
	[VHU_SET_VRING_ENABLE] = { vhu_set_vring_enable, SIZE_STATE, false, 0,
				   ACK },
	[VHU_SET_BACKEND_REQ_FD] = { set_backend_req_fd, 0, false, 1, ACK },
	[VHU_GET_CONFIG] = { get_config, VHU_CONFIG_HEADER, true, 0, CONFIG },
	[VHU_SET_CONFIG] = { set_config, VHU_CONFIG_HEADER, true, 0, ACK },
	[VHU_GET_INFLIGHT_FD] = { vhu_get_inflight_fd, VHU_INFLIGHT_MIN, true,
				  0, INFLIGHT },
	[VHU_SET_INFLIGHT_FD] = { vhu_set_inflight_fd, VHU_INFLIGHT_MIN, true,
				  1, ACK },
	[VHU_SET_DEVICE_STATE_FD] = { vhu_set_device_state_fd,
				      sizeof(struct vhu_device_state), false, 1,
				      U64 },
	[VHU_CHECK_DEVICE_STATE] = { vhu_check_device_state, 0, false, 0,
				     CHECK },
	[VHU_RESET_DEVICE] = { reset_device, 0, false, 0, ACK },
	[VHU_VRING_KICK] = { vhu_vring_kick, SIZE_STATE, false, 0, ACK },
	[VHU_GET_MAX_MEM_SLOTS] = { get_max_mem_slots, 0, false, 0, U64 },
	[VHU_ADD_MEM_REG] = { add_mem_reg, sizeof(struct vhu_mem_reg), false, 1,
			      ACK },
	/* Some front-ends send the file along here, too. */
	[VHU_REM_MEM_REG] = { rem_mem_reg, sizeof(struct vhu_mem_reg), false, 1,
			      ACK },
};

static const struct request *find_request(const struct vhu_header *header)
{
	if (header->request >= VHU_N_REQUESTS ||
	    !requests[header->request].handle)
		return NULL;

	return &requests[header->request];
}

static int handle(struct vhu_session *session, const struct request *request)
{
	struct vhu_message *message = &session->message;
	uint32_t size = message->header.size;

	if (!request)
		return -EOPNOTSUPP;
	if (request->varies ? size < request->size : size != request->size)
		return -EPROTO;
	if (message->n_fds > request->max_fds)
		return -EPROTO;

	return request->handle(session, message);
}

static uint32_t answer_size(const struct vhu_message *message,
			    enum answer answer)
{
	switch (answer) {
	case STATE:
		return SIZE_STATE;
	case CONFIG:
		return message->header.size;
	case INFLIGHT:
		return sizeof(message->payload.inflight);
	default:
		return sizeof(message->payload.u64);
	}
}

static int send_answer(struct vhu_session *session, uint32_t size, size_t n_fds)
{
	const struct vhu_message *message = &session->message;
	const struct vhu_header header = {
		.request = message->header.request,
		.flags = VHU_VERSION | VHU_REPLY,
		.size = size,
	};
	int r;

	r = vhu_message_send(session->socket.fd, &header, &message->payload,
			     message->fds, n_fds);
	/* From here on it would not be answered a second time. */
	if (r == 0)
		vhu_kept_end(session);

	return r;
}

int vhu_session_answer_check(struct vhu_session *session)
{
	session->message.header.request = VHU_CHECK_DEVICE_STATE;
	session->message.payload.u64 = session->transfer.result < 0;

	return send_answer(session, sizeof(session->message.payload.u64), 0);
}

static int acknowledge(struct vhu_session *session, int result)
{
	struct vhu_message *message = &session->message;

	if (!(message->header.flags & VHU_NEED_REPLY) ||
	    !(session->protocol_features & VD_BIT(VHU_PROTOCOL_F_REPLY_ACK)))
		return result < 0 ? -EPROTO : 0;

	message->payload.u64 = result < 0;

	return send_answer(session, sizeof(message->payload.u64), 0);
}

int vhu_session_handle(struct vhu_session *session)
{
	const struct vhu_header *header = &session->message.header;
	const struct request *request = find_request(header);
	int r;

	r = handle(session, request);
	vhu_kept_save(session);
	if (r < 0)
		vhu_session_report(session, VHU_EVENT_REFUSED,
				   "%s (%u) was refused: %s",
				   vhu_request_name(header->request),
				   header->request, strerror(-r));

	if (!request || request->answer == ACK ||
	    (request->answer == U64_OR_ACK && r < 0))
		return acknowledge(session, r);
	if (r < 0)
		return -EPROTO;
	if (request->answer == CHECK) {
		if (vhu_transfer_is_busy(&session->transfer))
			return 0;
		session->checking = false;
		return vhu_session_answer_check(session);
	}

	return send_answer(session,
			   answer_size(&session->message, request->answer),
			   request->answer == INFLIGHT);
}
