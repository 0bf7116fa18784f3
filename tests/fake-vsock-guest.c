/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <assert.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake-vsock-guest.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-device.h"

static struct fake_ring *to_ring(struct vd_queue *queue)
{
	return container_of(queue, struct fake_ring, queue);
}

static struct fake_slot *slot_at(struct fake_ring *ring, unsigned int position)
{
	return &ring->slots[position % FAKE_RING];
}

static int ring_pop(struct vd_queue *queue, struct vd_chain **ret)
{
	struct fake_ring *ring = to_ring(queue);
	struct fake_slot *slot = slot_at(ring, ring->popped);
	const struct vd_stream all = { .link = slot->links, .left = slot->len };
	bool from_guest = slot->chain.room == 0;

	if (ring->popped == ring->added)
		return 0;

	/* As if nobody had looked at it yet. */
	slot->chain.readable = from_guest ? all : (struct vd_stream){ 0 };
	slot->chain.writable = from_guest ? (struct vd_stream){ 0 } : all;
	ring->popped++;
	*ret = &slot->chain;

	return 1;
}

static void ring_unpop(struct vd_queue *queue, struct vd_chain *chain)
{
	struct fake_ring *ring = to_ring(queue);

	/* Newest first, and none that came later was used. */
	assert(chain == &slot_at(ring, ring->popped - 1)->chain);
	assert(ring->used < ring->popped);
	ring->popped--;
}

static void ring_complete(struct vd_chain *chain, size_t written)
{
	struct fake_ring *ring = to_ring(chain->queue);
	struct fake_slot *slot = slot_at(ring, ring->used);

	/* In order, and the stream says how far it was written. */
	assert(&slot->chain == chain && ring->used < ring->popped);
	assert(written == chain->room - chain->writable.left);
	slot->written = written;
	ring->used++;
}

static bool ring_flush(struct vd_queue *queue)
{
	to_ring(queue)->flushes++;

	return false;
}

static const struct vd_queue_ops ring_ops = {
	.pop = ring_pop,
	.unpop = ring_unpop,
	.complete = ring_complete,
	.flush = ring_flush,
};

/* Cut @len bytes at @buf into pieces. */
static struct vd_segments *cut(uint8_t *buf, size_t len, size_t piece)
{
	struct vd_segments *first = NULL, **at = &first, *link = NULL;

	while (len > 0) {
		size_t n = VD_MIN(len, piece);

		if (!link || link->n == VD_SEGMENTS_PER_LINK) {
			link = *at = calloc(1, sizeof(*link));
			assert(link);
			at = &link->next;
		}
		link->iov[link->n++] = (struct iovec){ buf, n };
		buf += n;
		len -= n;
	}

	return first;
}

static void slot_clear(struct fake_slot *slot)
{
	while (slot->links) {
		struct vd_segments *next = slot->links->next;

		free(slot->links);
		slot->links = next;
	}
	free(VD_STEAL(slot->buf));
}

static struct fake_slot *ring_add(struct fake_guest *guest, unsigned int index,
				  size_t len)
{
	struct fake_ring *ring = &guest->rings[index];
	struct fake_slot *slot = slot_at(ring, ring->added);

	assert(ring->added - ring->taken < FAKE_RING);
	slot_clear(slot);
	*slot = (struct fake_slot){ .buf = malloc(VD_MAX(len, 1U)),
				    .len = len };
	assert(slot->buf);
	memset(slot->buf, 0xee, len);
	slot->links = cut(slot->buf, len, guest->piece ? guest->piece : len);
	slot->chain.queue = &ring->queue;
	slot->chain.room = index == VD_VSOCK_TX ? 0 : len;
	ring->added++;

	return slot;
}

static void kick(struct fake_guest *guest, unsigned int index)
{
	vd_device_kick(guest->device, index, guest->now);
}

static void schedule(struct vd_device_host *host, uint32_t kick,
		     uint64_t deadline)
{
	struct fake_guest *guest = container_of(host, struct fake_guest, host);

	(void)deadline;
	guest->kicks |= kick;
}

void fake_guest_start(struct fake_guest *guest, struct vd_device *device,
		      unsigned int n_buffers, size_t room)
{
	guest->device = device;
	guest->host.schedule = schedule;
	device->host = &guest->host;
	for (unsigned int i = 0; i < 3; i++) {
		guest->rings[i].queue.ops = &ring_ops;
		vd_device_start_queue(device, i, &guest->rings[i].queue);
	}
	fake_guest_fill(guest, n_buffers, room);
}

void fake_guest_stop(struct fake_guest *guest)
{
	for (unsigned int i = 0; i < 3; i++) {
		vd_device_stop_queue(guest->device, i);
		assert(guest->rings[i].popped == guest->rings[i].used);
		for (unsigned int j = 0; j < FAKE_RING; j++)
			slot_clear(&guest->rings[i].slots[j]);
		memset(&guest->rings[i], 0, sizeof(guest->rings[i]));
	}
}

void fake_guest_post(struct fake_guest *guest, size_t room)
{
	(void)ring_add(guest, VD_VSOCK_RX, room);
	kick(guest, VD_VSOCK_RX);
}

void fake_guest_fill(struct fake_guest *guest, unsigned int n, size_t room)
{
	for (unsigned int i = 0; i < n; i++)
		(void)ring_add(guest, VD_VSOCK_RX, room);
	kick(guest, VD_VSOCK_RX);
}

void fake_guest_post_event(struct fake_guest *guest, size_t room)
{
	(void)ring_add(guest, VD_VSOCK_EVENT, room);
	kick(guest, VD_VSOCK_EVENT);
}

/* Of what the device has done with, nothing is of interest. */
static void tx_sent(struct fake_guest *guest)
{
	struct fake_ring *ring = &guest->rings[VD_VSOCK_TX];

	kick(guest, VD_VSOCK_TX);
	ring->taken = ring->used;
}

void fake_guest_send_raw(struct fake_guest *guest, const void *bytes,
			 size_t len)
{
	memcpy(ring_add(guest, VD_VSOCK_TX, len)->buf, bytes, len);
	tx_sent(guest);
}

/* A header goes to the wire as the device has it; both are little-endian. */
static void put_header(uint8_t *buf, const struct vd_packet *packet)
{
	struct vd_segments link = { .iov[0] = { buf, VD_PACKET_HEADER },
				    .n = 1 };
	struct vd_chain chain = {
		.writable = { .link = &link, .left = VD_PACKET_HEADER },
	};

	vd_packet_write(&chain, packet);
}

void fake_guest_queue(struct fake_guest *guest, const struct vd_packet *packet,
		      const void *payload, size_t len)
{
	uint8_t *buf =
		ring_add(guest, VD_VSOCK_TX, VD_PACKET_HEADER + len)->buf;

	put_header(buf, packet);
	if (len)
		memcpy(buf + VD_PACKET_HEADER, payload, len);
}

void fake_guest_send(struct fake_guest *guest, const struct vd_packet *packet,
		     const void *payload, size_t len)
{
	fake_guest_queue(guest, packet, payload, len);
	tx_sent(guest);
}

bool fake_guest_receive(struct fake_guest *guest, struct vd_packet *packet,
			void *payload)
{
	struct fake_ring *ring = &guest->rings[VD_VSOCK_RX];
	struct fake_slot *slot = slot_at(ring, ring->taken);
	struct vd_segments link = { .n = 1 };
	struct vd_chain chain = { 0 };
	int r;

	if (ring->taken == ring->used)
		return false;
	ring->taken++;

	link.iov[0] = (struct iovec){ slot->buf, slot->written };
	chain.readable =
		(struct vd_stream){ .link = &link, .left = slot->written };
	r = vd_packet_read(&chain, packet);
	assert(r == 0 && packet->len == chain.readable.left);
	if (payload)
		(void)vd_chain_read(&chain, payload, packet->len);

	return true;
}

struct vd_packet fake_guest_expect(struct fake_guest *guest, uint16_t op)
{
	struct vd_packet packet = { 0 };

	cr_assert(fake_guest_receive(guest, &packet, NULL), "no packet came");
	cr_assert_eq(packet.op, op, "op %u came, not %u", packet.op, op);
	cr_assert_eq(packet.dst_cid, FAKE_GUEST_CID);

	return packet;
}

bool fake_guest_hears_nothing(struct fake_guest *guest)
{
	struct fake_ring *ring = &guest->rings[VD_VSOCK_RX];

	return ring->taken == ring->used;
}

void fake_guest_run(struct fake_guest *guest)
{
	while (guest->kicks) {
		uint32_t kicks = guest->kicks;

		guest->kicks = 0;
		for (unsigned int i = 0; i < 3; i++) {
			if (kicks & 1U << i)
				kick(guest, i);
		}
	}
}

void fake_guest_wait(struct fake_guest *guest, uint64_t nsec)
{
	guest->now += nsec;
	vd_device_tick(guest->device, guest->now);
}
