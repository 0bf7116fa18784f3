/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Tables of names.  A new type of device is an entry in probe_types[] and in
 * probe_type_names[], in the same order.
 */

#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_snd.h>
#include <linux/virtio_vsock.h>
#include <stdbool.h>

#include "daemons/probe-names.h"
#include "virtio-devices/util.h"

static const struct probe_bit common_bits[] = {
	{ 24, "NOTIFY_ON_EMPTY" },   { 26, "LOG_ALL (vhost)" },
	{ 27, "ANY_LAYOUT" },	     { 28, "INDIRECT_DESC" },
	{ 29, "EVENT_IDX" },	     { 30, "PROTOCOL_FEATURES (vhost-user)" },
	{ 32, "VERSION_1" },	     { 33, "ACCESS_PLATFORM" },
	{ 34, "RING_PACKED" },	     { 35, "IN_ORDER" },
	{ 36, "ORDER_PLATFORM" },    { 37, "SR_IOV" },
	{ 38, "NOTIFICATION_DATA" }, { 39, "NOTIF_CONFIG_DATA" },
	{ 40, "RING_RESET" },	     { 41, "ADMIN_VQ" },
	{ 43, "SUSPEND" },
};

static const struct probe_bit protocol_bits[] = {
	{ 0, "MQ" },
	{ 1, "LOG_SHMFD" },
	{ 2, "RARP" },
	{ 3, "REPLY_ACK" },
	{ 4, "NET_MTU" },
	{ 5, "BACKEND_REQ" },
	{ 6, "CROSS_ENDIAN" },
	{ 7, "CRYPTO_SESSION" },
	{ 8, "PAGEFAULT" },
	{ 9, "CONFIG" },
	{ 10, "BACKEND_SEND_FD" },
	{ 11, "HOST_NOTIFIER" },
	{ 12, "INFLIGHT_SHMFD" },
	{ 13, "RESET_DEVICE" },
	{ 14, "INBAND_NOTIFICATIONS" },
	{ 15, "CONFIGURE_MEM_SLOTS" },
	{ 16, "STATUS" },
	{ 17, "XEN_MMAP" },
	{ 18, "SHARED_OBJECT" },
	{ 19, "DEVICE_STATE" },
	{ 20, "GET_VRING_BASE_INFLIGHT" },
	{ 21, "GPA_ADDRESSES" },
	{ 22, "SHMEM" },
};

static const struct probe_bit i2c_bits[] = {
	{ 0, "ZERO_LENGTH_REQUEST" },
};

static const struct probe_bit gpio_bits[] = {
	{ 0, "IRQ" },
};

static const struct probe_bit sound_bits[] = {
	{ 0, "CTLS" },
};

static const struct probe_bit vsock_bits[] = {
	{ 0, "STREAM" },
	{ 1, "SEQPACKET" },
	{ 2, "NO_IMPLIED_STREAM" },
};

static const struct probe_field gpio_fields[] = {
	{ offsetof(struct virtio_gpio_config, ngpio), 2, "ngpio" },
	{ offsetof(struct virtio_gpio_config, gpio_names_size), 4,
	  "gpio_names_size" },
};

static const struct probe_field sound_fields[] = {
	{ 0, 4, "jacks" },
	{ 4, 4, "streams" },
	{ 8, 4, "chmaps" },
	{ 12, 4, "controls" },
};

static const struct probe_field vsock_fields[] = {
	{ offsetof(struct virtio_vsock_config, guest_cid), 8, "guest_cid" },
};

#define BITS(table) .bits = (table), .n_bits = VD_ARRAY_SIZE(table)
#define FIELDS(table) .fields = (table), .n_fields = VD_ARRAY_SIZE(table)

const struct probe_type probe_types[] = {
	{ .name = "rng", .id = VIRTIO_ID_RNG, .n_queues = 1 },
	{ .name = "i2c",
	  .id = VIRTIO_ID_I2C_ADAPTER,
	  .n_queues = 1,
	  BITS(i2c_bits) },
	{ .name = "gpio",
	  .id = VIRTIO_ID_GPIO,
	  .n_queues = 2,
	  BITS(gpio_bits),
	  FIELDS(gpio_fields) },
	{ .name = "sound",
	  .id = VIRTIO_ID_SOUND,
	  .n_queues = 4,
	  BITS(sound_bits),
	  FIELDS(sound_fields) },
	{ .name = "vsock",
	  .id = VIRTIO_ID_VSOCK,
	  .n_queues = 3,
	  BITS(vsock_bits),
	  FIELDS(vsock_fields) },
};

const size_t probe_n_types = VD_ARRAY_SIZE(probe_types);

const char *const probe_type_names[] = { "rng",	  "i2c",   "gpio",
					 "sound", "vsock", NULL };

static const char *find(const struct probe_bit *bits, size_t n,
			unsigned int bit)
{
	for (size_t i = 0; i < n; i++) {
		if (bits[i].bit == bit)
			return bits[i].name;
	}

	return NULL;
}

const char *probe_feature_name(const struct probe_type *type, unsigned int bit)
{
	const char *name = NULL;

	if (type)
		name = find(type->bits, type->n_bits, bit);

	return name ? name : find(common_bits, VD_ARRAY_SIZE(common_bits), bit);
}

const char *probe_protocol_feature_name(unsigned int bit)
{
	return find(protocol_bits, VD_ARRAY_SIZE(protocol_bits), bit);
}

size_t probe_config_len(const struct probe_type *type, uint64_t features)
{
	const struct probe_field *last;

	if (type->n_fields == 0)
		return 0;

	/* The number of controls is there only if there can be some. */
	if (type->id == VIRTIO_ID_SOUND && !(features & 1))
		return type->fields[3].offset;

	last = &type->fields[type->n_fields - 1];

	return last->offset + last->size;
}
