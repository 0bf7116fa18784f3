/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The guest memory of each message stays where it is, and is used again for the
 * next transfer.
 */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "daemons/log.h"
#include "daemons/probe-i2c-driver.h"
#include "daemons/probe.h"
#include "vhost-user/frontend.h"
#include "virtio-devices/util.h"

/* A message has three descriptors at most; a ring is a power of two. */
#define RING_SIZE 128

/* The device has not got there: neither VIRTIO_I2C_MSG_OK nor _ERR. */
#define STATUS_MISSING 0xff

/* Others would take messages for requests of theirs, and even answer. */
static int check_queues(const struct probe *probe)
{
	uint64_t n = 1;
	int r = vhu_frontend_n_queues(probe->frontend, &n);

	if (r < 0 && r != -EOPNOTSUPP)
		return probe_failed(probe, r);
	if (n == 1)
		return 0;

	log_error(probe->name,
		  "the back-end has %" PRIu64 " queues, and an I2C adapter has "
		  "one; which device is it?",
		  n);

	return -EPROTO;
}

int probe_i2c_start(struct probe_i2c *adapter, struct probe *probe,
		    size_t n_slots)
{
	const uint64_t zero_length = VD_BIT(VIRTIO_I2C_F_ZERO_LENGTH_REQUEST);
	const struct probe_device device = {
		.features = zero_length,
		.n_queues = 1,
		.size = RING_SIZE,
		.bytes = n_slots * (PROBE_I2C_MAX_LEN + 128),
	};
	int r;

	if (!(vhu_frontend_features(probe->frontend)->offered & zero_length)) {
		log_error(probe->name,
			  "the back-end does not offer ZERO_LENGTH_REQUEST, "
			  "which it must; is it an I2C adapter?");
		return -EOPNOTSUPP;
	}

	r = check_queues(probe);
	if (r == 0)
		r = probe_start(probe, &device);
	if (r < 0)
		return r;

	*adapter = (struct probe_i2c){ .probe = probe, .n_slots = n_slots };
	for (size_t i = 0; i < n_slots; i++) {
		struct probe_i2c_slot *slot = &adapter->slots[i];

		slot->header = probe_alloc(probe, sizeof(*slot->header),
					   &slot->header_at);
		slot->data =
			probe_alloc(probe, PROBE_I2C_MAX_LEN, &slot->data_at);
		slot->status = probe_alloc(probe, sizeof(*slot->status),
					   &slot->status_at);
	}

	return 0;
}

static int add_message(struct vhu_driver_ring *ring,
		       struct probe_i2c_slot *slot,
		       const struct probe_i2c_message *message, bool last)
{
	struct vhu_driver_buffer buffers[3] = { slot->header_at };
	struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	size_t n = 1;

	*slot->header = (struct virtio_i2c_out_hdr){
		.addr = htole16((uint16_t)(message->addr << 1)),
		.flags = htole32((last ? 0 : VIRTIO_I2C_FLAGS_FAIL_NEXT) |
				 (message->read ? VIRTIO_I2C_FLAGS_M_RD : 0)),
	};
	slot->status->status = STATUS_MISSING;

	if (message->len) {
		slot->data_at.len = message->len;
		buffers[n++] = slot->data_at;
		if (message->read)
			chain.n_writable++;
		else
			chain.n_readable++;
	}
	if (message->read)
		memset(slot->data, 0, message->len);
	else
		memcpy(slot->data, message->data, message->len);
	buffers[n] = slot->status_at;

	return vhu_driver_ring_add(ring, &chain);
}

/* As Linux does it: all messages at once, with one kick. */
static int exchange(struct probe_i2c *adapter,
		    const struct probe_i2c_transfer *wanted)
{
	struct vhu_frontend *frontend = adapter->probe->frontend;
	struct vhu_driver_ring *ring = vhu_frontend_queue(frontend, 0)->ring;
	size_t n_done = 0;
	int r = 0;

	assert(wanted->n == adapter->n_slots);
	for (size_t i = 0; i < adapter->n_slots && r == 0; i++)
		r = add_message(ring, &adapter->slots[i], &wanted->messages[i],
				i == adapter->n_slots - 1);
	if (r == 0 && vhu_driver_ring_publish(ring))
		r = vhu_frontend_kick(frontend, 0);

	while (r == 0 && n_done < adapter->n_slots) {
		struct vhu_driver_used used;

		r = vhu_driver_ring_get(ring, &used);
		if (r > 0) {
			n_done++;
			r = 0;
		} else if (r == 0) {
			r = vhu_frontend_wait(frontend, 0);
		}
	}

	return r < 0 ? probe_request_failed(adapter->probe, r) : 0;
}

int probe_i2c_do(struct probe_i2c *adapter, struct probe_i2c_transfer *wanted,
		 size_t *ret)
{
	size_t i;
	int r;

	r = exchange(adapter, wanted);
	if (r < 0)
		return r;

	for (i = 0; i < adapter->n_slots; i++) {
		struct probe_i2c_message *message = &wanted->messages[i];
		const struct probe_i2c_slot *slot = &adapter->slots[i];
		uint8_t status = slot->status->status;

		if (status == STATUS_MISSING) {
			log_error(adapter->probe->name,
				  "the device answered without a status; is it "
				  "an I2C adapter?");
			return -EPROTO;
		}
		if (status != VIRTIO_I2C_MSG_OK)
			break;
		if (message->read)
			memcpy(message->data, slot->data, message->len);
	}
	*ret = i;

	return 0;
}
