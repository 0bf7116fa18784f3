/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest's vsock driver.  Packets have the shapes that Linux gives them: one
 * buffer for a packet to the guest, and header and payload apart from each
 * other for one from it.
 */

#include "daemons/probe-vsock-guest.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>
#include <string.h>

#include "vhost-user/driver-ring.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

/* As Linux has it. */
#define N_EVENTS 8

#define PAGE 4096
#define CACHE_LINE 64

/**
 * struct buffer - guest memory for a packet to the guest, or an event
 * @bytes:  where it is
 * @buffer: where the device finds it
 */
struct buffer {
	void *bytes;
	struct vhu_driver_buffer buffer;
};

/**
 * struct slot - guest memory for a packet from the guest
 * @header:  where it begins
 * @payload: where it goes on
 * @buffers: where the device finds them, or bytes in the place of @payload
 */
struct slot {
	struct virtio_vsock_hdr *header;
	struct buffer payload;
	struct vhu_driver_buffer buffers[2];
};

/**
 * struct probe_vsock_guest - a guest
 * @config:  how it was made
 * @rings:   its queues; that for events may be missing
 * @rx:      buffers for packets to the guest
 * @events:  buffers for events
 * @slots:   for packets from the guest
 * @blank:   payload of packets whose payload does not matter
 * @free:    those that the device does not have
 * @n_free:  how many
 * @tx_waits: we want to be told when the device gives some back
 * @pending: queues where something was added that the device cannot see yet
 */
struct probe_vsock_guest {
	struct probe_vsock_config config;
	struct vhu_driver_ring *rings[3];
	struct buffer *rx;
	struct buffer events[N_EVENTS];
	struct slot *slots;
	struct buffer blank;
	struct slot **free;
	size_t n_free;
	bool tx_waits;
	bool pending[3];
};

static uint32_t alignment(uint32_t size)
{
	return size < PAGE ? CACHE_LINE : PAGE;
}

size_t probe_vsock_bytes(const struct probe_vsock_config *config)
{
	size_t rx = config->rx_size + alignment(config->rx_size);
	size_t tx =
		2 * CACHE_LINE + config->tx_size + alignment(config->tx_size);

	return config->n_rx * rx + (config->n_tx + 1) * tx +
	       (size_t)N_EVENTS * CACHE_LINE;
}

static void *allocate(struct probe_vsock_guest *guest, uint32_t size,
		      struct vhu_driver_buffer *ret)
{
	ret->len = size;

	return vhu_guest_memory_alloc(guest->config.memory, size,
				      alignment(size), &ret->gpa);
}

static int add_buffer(struct probe_vsock_guest *guest,
		      enum probe_vsock_queue queue, struct buffer *buffer)
{
	const struct vhu_driver_chain chain = {
		.buffers = &buffer->buffer,
		.n_writable = 1,
		.token = buffer,
	};

	guest->pending[queue] = true;

	return vhu_driver_ring_add(guest->rings[queue], &chain);
}

static int fill(struct probe_vsock_guest *guest, enum probe_vsock_queue queue,
		struct buffer *buffers, uint32_t n, uint32_t size)
{
	int r = 0;

	if (!guest->rings[queue])
		return 0;

	for (uint32_t i = 0; r == 0 && i < n; i++) {
		buffers[i].bytes = allocate(guest, size, &buffers[i].buffer);
		r = buffers[i].bytes ? add_buffer(guest, queue, &buffers[i])
				     : -ENOMEM;
	}

	return r;
}

static int make_slots(struct probe_vsock_guest *guest)
{
	const struct probe_vsock_config *config = &guest->config;

	guest->blank.bytes =
		allocate(guest, config->tx_size, &guest->blank.buffer);
	if (!guest->blank.bytes)
		return -ENOMEM;

	for (uint32_t i = 0; i < config->n_tx; i++) {
		struct slot *slot = &guest->slots[i];

		slot->header = allocate(guest, sizeof(*slot->header),
					&slot->buffers[0]);
		slot->payload.bytes =
			allocate(guest, config->tx_size, &slot->payload.buffer);
		if (!slot->header || !slot->payload.bytes)
			return -ENOMEM;
		guest->free[guest->n_free++] = slot;
	}

	if (vhu_driver_ring_free_descs(guest->rings[PROBE_VSOCK_TX]) <
	    2 * config->n_tx)
		return -ENOSPC;
	vhu_driver_ring_disable_interrupts(guest->rings[PROBE_VSOCK_TX]);

	return 0;
}

static int start(struct probe_vsock_guest *guest)
{
	const struct probe_vsock_config *config = &guest->config;
	int r;

	for (unsigned int i = 0; i < VD_ARRAY_SIZE(guest->rings); i++)
		guest->rings[i] = vhu_frontend_queue(config->frontend, i)->ring;

	guest->rx = calloc(config->n_rx, sizeof(*guest->rx));
	guest->slots = calloc(config->n_tx, sizeof(*guest->slots));
	guest->free = calloc(config->n_tx, sizeof(struct slot *));
	if (!guest->rx || !guest->slots || !guest->free)
		return -ENOMEM;

	r = fill(guest, PROBE_VSOCK_RX, guest->rx, config->n_rx,
		 config->rx_size);
	if (r == 0)
		r = fill(guest, PROBE_VSOCK_EVENT, guest->events, N_EVENTS,
			 sizeof(struct virtio_vsock_event));
	if (r == 0)
		r = make_slots(guest);

	return r < 0 ? r : probe_vsock_flush(guest);
}

int probe_vsock_new(const struct probe_vsock_config *config,
		    struct probe_vsock_guest **ret)
{
	struct probe_vsock_guest *guest = calloc(1, sizeof(*guest));
	int r;

	assert(config->rx_size > PROBE_VSOCK_HEADER_SIZE);
	assert(config->tx_size <= PROBE_VSOCK_MAX_PAYLOAD);

	if (!guest)
		return -ENOMEM;

	guest->config = *config;
	r = start(guest);
	if (r < 0) {
		probe_vsock_free(guest);
		return r;
	}
	*ret = guest;

	return 0;
}

void probe_vsock_free(struct probe_vsock_guest *guest)
{
	if (!guest)
		return;

	free(guest->rx);
	free(guest->slots);
	free(guest->free);
	free(guest);
}

uint64_t probe_vsock_cid(const struct probe_vsock_guest *guest)
{
	return guest->config.cid;
}

struct vhu_frontend *probe_vsock_frontend(const struct probe_vsock_guest *guest)
{
	return guest->config.frontend;
}

static int reclaim(struct probe_vsock_guest *guest)
{
	struct vhu_driver_used used;
	int r;

	while ((r = vhu_driver_ring_get(guest->rings[PROBE_VSOCK_TX], &used)) >
	       0)
		guest->free[guest->n_free++] = used.token;

	return r;
}

static void set_tx_waits(struct probe_vsock_guest *guest, bool waits)
{
	struct vhu_driver_ring *ring = guest->rings[PROBE_VSOCK_TX];

	if (waits == guest->tx_waits)
		return;

	guest->tx_waits = waits;
	if (waits)
		vhu_driver_ring_enable_interrupts(ring);
	else
		vhu_driver_ring_disable_interrupts(ring);
}

int probe_vsock_can_send(struct probe_vsock_guest *guest)
{
	int r = 0;

	if (guest->n_free == 0)
		r = reclaim(guest);
	if (r == 0 && guest->n_free == 0) {
		set_tx_waits(guest, true);
		r = reclaim(guest);
	}
	if (r < 0)
		return r;
	if (guest->n_free == 0)
		return 0;
	set_tx_waits(guest, false);

	return 1;
}

int probe_vsock_send(struct probe_vsock_guest *guest,
		     const struct probe_vsock_header *header, const void *data)
{
	struct vhu_driver_chain chain = { .n_readable = header->len ? 2 : 1 };
	struct slot *slot;
	int r;

	assert(header->len <= guest->config.tx_size);

	r = probe_vsock_can_send(guest);
	if (r <= 0)
		return r < 0 ? r : -EAGAIN;
	slot = guest->free[--guest->n_free];

	probe_vsock_encode(header, slot->header);
	slot->buffers[1] = data ? slot->payload.buffer : guest->blank.buffer;
	slot->buffers[1].len = header->len;
	if (data)
		memcpy(slot->payload.bytes, data, header->len);

	chain.buffers = slot->buffers;
	chain.token = slot;
	guest->pending[PROBE_VSOCK_TX] = true;

	return vhu_driver_ring_add(guest->rings[PROBE_VSOCK_TX], &chain);
}

int probe_vsock_receive(struct probe_vsock_guest *guest,
			struct probe_vsock_packet *ret)
{
	struct vhu_driver_used used;
	struct buffer *buffer;
	int r;

	r = vhu_driver_ring_get(guest->rings[PROBE_VSOCK_RX], &used);
	if (r <= 0)
		return r;

	buffer = used.token;
	if (used.len < PROBE_VSOCK_HEADER_SIZE)
		return -EPROTO;
	probe_vsock_decode(buffer->bytes, &ret->header);
	if (ret->header.len > used.len - PROBE_VSOCK_HEADER_SIZE ||
	    ret->header.dst_cid != guest->config.cid)
		return -EPROTO;
	ret->data = (const char *)buffer->bytes + PROBE_VSOCK_HEADER_SIZE;
	ret->buffer = buffer;

	return 1;
}

/* There is room: that is where it came from. */
void probe_vsock_release(struct probe_vsock_guest *guest,
			 const struct probe_vsock_packet *packet)
{
	int r = add_buffer(guest, PROBE_VSOCK_RX, packet->buffer);

	assert(r == 0);
	(void)r;
}

int probe_vsock_flush(struct probe_vsock_guest *guest)
{
	for (unsigned int i = 0; i < VD_ARRAY_SIZE(guest->rings); i++) {
		int r = 0;

		if (guest->pending[i] &&
		    vhu_driver_ring_publish(guest->rings[i]))
			r = vhu_frontend_kick(guest->config.frontend, i);
		if (r < 0)
			return r;
		guest->pending[i] = false;
	}

	return 0;
}

int probe_vsock_was_reset(struct probe_vsock_guest *guest)
{
	struct vhu_driver_ring *ring = guest->rings[PROBE_VSOCK_EVENT];
	struct vhu_driver_used used;
	int reset = 0;
	int r = 0;

	while (ring && (r = vhu_driver_ring_get(ring, &used)) > 0) {
		struct buffer *buffer = used.token;
		const struct virtio_vsock_event *event = buffer->bytes;

		if (used.len < sizeof(*event))
			return -EPROTO;
		if (le32toh(event->id) == VIRTIO_VSOCK_EVENT_TRANSPORT_RESET)
			reset = 1;
		r = add_buffer(guest, PROBE_VSOCK_EVENT, buffer);
		if (r < 0)
			break;
	}

	return r < 0 ? r : reset;
}
