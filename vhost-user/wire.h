/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The vhost-user protocol as it lies on the socket: numbers, names and layouts
 * of docs/interop/vhost-user.rst in QEMU.  Fields are in the host's own byte
 * order, both ends being on one host.
 */

#ifndef VHOST_USER_WIRE_H
#define VHOST_USER_WIRE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Requests of the front-end. */
enum vhu_request {
	VHU_GET_FEATURES = 1,
	VHU_SET_FEATURES = 2,
	VHU_SET_OWNER = 3,
	VHU_RESET_OWNER = 4,
	VHU_SET_MEM_TABLE = 5,
	VHU_SET_LOG_BASE = 6,
	VHU_SET_LOG_FD = 7,
	VHU_SET_VRING_NUM = 8,
	VHU_SET_VRING_ADDR = 9,
	VHU_SET_VRING_BASE = 10,
	VHU_GET_VRING_BASE = 11,
	VHU_SET_VRING_KICK = 12,
	VHU_SET_VRING_CALL = 13,
	VHU_SET_VRING_ERR = 14,
	VHU_GET_PROTOCOL_FEATURES = 15,
	VHU_SET_PROTOCOL_FEATURES = 16,
	VHU_GET_QUEUE_NUM = 17,
	VHU_SET_VRING_ENABLE = 18,
	VHU_SET_BACKEND_REQ_FD = 21,
	VHU_GET_CONFIG = 24,
	VHU_SET_CONFIG = 25,
	VHU_GET_INFLIGHT_FD = 31,
	VHU_SET_INFLIGHT_FD = 32,
	VHU_RESET_DEVICE = 34,
	VHU_VRING_KICK = 35,
	VHU_GET_MAX_MEM_SLOTS = 36,
	VHU_ADD_MEM_REG = 37,
	VHU_REM_MEM_REG = 38,
	VHU_SET_STATUS = 39,
	VHU_GET_STATUS = 40,
	VHU_SET_DEVICE_STATE_FD = 42,
	VHU_CHECK_DEVICE_STATE = 43,
	VHU_N_REQUESTS,
};

/* Requests of the back-end, on the socket of VHU_SET_BACKEND_REQ_FD. */
enum vhu_backend_request {
	VHU_BACKEND_CONFIG_CHANGE_MSG = 2,
	VHU_BACKEND_VRING_CALL = 4,
	VHU_BACKEND_VRING_ERR = 5,
};

/* Bits of GET_PROTOCOL_FEATURES. */
enum vhu_protocol_feature {
	VHU_PROTOCOL_F_MQ = 0,
	VHU_PROTOCOL_F_LOG_SHMFD = 1,
	VHU_PROTOCOL_F_REPLY_ACK = 3,
	VHU_PROTOCOL_F_BACKEND_REQ = 5,
	VHU_PROTOCOL_F_CONFIG = 9,
	VHU_PROTOCOL_F_INFLIGHT_SHMFD = 12,
	VHU_PROTOCOL_F_RESET_DEVICE = 13,
	VHU_PROTOCOL_F_INBAND_NOTIFICATIONS = 14,
	VHU_PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15,
	VHU_PROTOCOL_F_STATUS = 16,
	VHU_PROTOCOL_F_DEVICE_STATE = 19,
};

/* Bits of GET_FEATURES that are the transport's and not the device's. */
#define VHU_F_LOG_ALL 26
#define VHU_F_PROTOCOL_FEATURES 30

/* struct vhu_header.flags */
#define VHU_VERSION 0x1U
#define VHU_VERSION_MASK 0x3U
#define VHU_REPLY 0x4U
#define VHU_NEED_REPLY 0x8U

/* In the u64 of SET_VRING_KICK, _CALL and _ERR. */
#define VHU_VRING_INDEX_MASK 0xffU
#define VHU_VRING_NO_FD 0x100U

/* struct vhu_vring_addr.flags */
#define VHU_VRING_F_LOG 0x1U

/* Regions in one SET_MEM_TABLE, and so the most descriptors in one message. */
#define VHU_MAX_TABLE 8
#define VHU_MAX_FDS VHU_MAX_TABLE

/* Configuration space that a message can carry. */
#define VHU_MAX_CONFIG 4096

struct vhu_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

struct vhu_vring_state {
	uint32_t index;
	uint32_t num;
};

struct vhu_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vhu_region {
	uint64_t gpa;
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

struct vhu_mem_table {
	uint32_t n_regions;
	uint32_t padding;
	struct vhu_region regions[VHU_MAX_TABLE];
};

struct vhu_mem_reg {
	uint64_t padding;
	struct vhu_region region;
};

struct vhu_log {
	uint64_t size;
	uint64_t offset;
};

struct vhu_inflight {
	uint64_t mmap_size;
	uint64_t mmap_offset;
	uint16_t n_queues;
	uint16_t queue_size;
	/* On 32 bits the compiler would add none, and ends may differ. */
	uint32_t padding;
};

/* struct vhu_device_state.direction, and what SET_DEVICE_STATE_FD answers. */
#define VHU_STATE_SAVE 0
#define VHU_STATE_LOAD 1
#define VHU_STATE_NO_FD 0x100U

struct vhu_device_state {
	uint32_t direction;
	uint32_t phase;
};

/* What it has without the padding at its end. */
#define VHU_INFLIGHT_MIN 20

struct vhu_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t data[VHU_MAX_CONFIG];
};

/* What precedes the data in struct vhu_config. */
#define VHU_CONFIG_HEADER 12

union vhu_payload {
	uint64_t u64;
	struct vhu_vring_state state;
	struct vhu_vring_addr addr;
	struct vhu_mem_table table;
	struct vhu_mem_reg mem_reg;
	struct vhu_log log;
	struct vhu_inflight inflight;
	struct vhu_device_state device_state;
	struct vhu_config config;
};

#ifdef __cplusplus
}
#endif

#endif
