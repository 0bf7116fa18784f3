/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver that the probe has for vsock, against the device's side of its
 * queues.  Nobody listens at the other end of the front-end's socket.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemons/probe-vsock-guest.h"
#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/chain.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define N_RX 4
#define N_TX 2
#define RX_SIZE 256
#define TX_SIZE 512
#define CID 3
#define N_QUEUES 3

static struct vhu_frontend *frontend;
static struct vhu_guest_memory *memory;
static struct probe_vsock_guest *guest;
static struct vd_virtqueue *vqs[N_QUEUES];
static struct vd_chain *held[N_RX];
static size_t n_held;
static unsigned int n_notified;
static int peer;

static void *translate(struct vd_virtqueue_host *host, uint64_t gpa,
		       uint64_t *len)
{
	(void)host;

	return vhu_guest_memory_at(memory, gpa, len);
}

static void notify(struct vd_virtqueue_host *host)
{
	(void)host;
	n_notified++;
}

static void fault(struct vd_virtqueue_host *host, enum vd_virtqueue_fault which)
{
	(void)host;
	cr_assert(false, "fault %d", which);
}

static const struct vd_virtqueue_host_ops host_ops = {
	.translate = translate,
	.notify = notify,
	.fault = fault,
};
static struct vd_virtqueue_host host = { .ops = &host_ops };

static struct vd_queue *queue(unsigned int which)
{
	return vd_virtqueue_queue(vqs[which]);
}

static void start_queue(unsigned int index)
{
	const struct vhu_driver_layout *layout;
	struct vd_virtqueue_config config = { .size = 8 };

	cr_assert_eq(vhu_frontend_prepare_queue(frontend, index, config.size),
		     0);
	layout = vhu_driver_ring_layout(
		vhu_frontend_queue(frontend, index)->ring);
	config.desc = layout->desc.at;
	config.driver = layout->driver.at;
	config.device = layout->device.at;
	cr_assert_eq(vd_virtqueue_new(&host, &vqs[index]), 0);
	cr_assert_eq(vd_virtqueue_start(vqs[index], &config), 0);
}

static void open_guest(void)
{
	const struct vhu_guest_range range = { .gpa = 1ULL << 32,
					       .size = 1U << 20 };
	struct probe_vsock_config config = {
		.cid = CID,
		.n_rx = N_RX,
		.rx_size = RX_SIZE,
		.n_tx = N_TX,
		.tx_size = TX_SIZE,
	};
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
		     0);
	peer = fds[1];
	cr_assert_eq(vhu_frontend_new(fds[0], 50, &frontend), 0);
	cr_assert_eq(vhu_guest_memory_new(&range, 1, &memory), 0);
	cr_assert_eq(vhu_frontend_set_memory(frontend, memory), 0);
	for (unsigned int i = 0; i < N_QUEUES; i++)
		start_queue(i);

	config.frontend = frontend;
	config.memory = memory;
	cr_assert_eq(probe_vsock_new(&config, &guest), 0);
}

static void close_guest(void)
{
	while (n_held > 0)
		vd_chain_complete(held[--n_held], 0);
	for (unsigned int i = 0; i < N_QUEUES; i++) {
		queue(i)->ops->flush(queue(i));
		vd_virtqueue_stop(vqs[i]);
		vd_virtqueue_free(vqs[i]);
	}
	probe_vsock_free(guest);
	vhu_frontend_free(frontend);
	vhu_guest_memory_free(memory);
	close(peer);
}

TestSuite(probe_vsock_guest, .init = open_guest, .fini = close_guest);

static struct vd_chain *pop(enum probe_vsock_queue which)
{
	struct vd_chain *chain;

	cr_assert_eq(vd_queue_pop(queue(which), &chain), 1);
	cr_assert(n_held < VD_ARRAY_SIZE(held));
	held[n_held++] = chain;

	return chain;
}

/* The last one that was popped. */
static void complete(enum probe_vsock_queue which, struct vd_chain *chain,
		     size_t written)
{
	cr_assert_eq(held[--n_held], chain);
	vd_chain_complete(chain, written);
	queue(which)->ops->flush(queue(which));
}

/* A packet of the device with this payload. */
static void deliver(const char *payload)
{
	const struct probe_vsock_header header = {
		.dst_cid = CID,
		.len = (uint32_t)strlen(payload),
		.op = VIRTIO_VSOCK_OP_RW,
	};
	struct vd_chain *chain = pop(PROBE_VSOCK_RX);
	struct virtio_vsock_hdr wire;

	probe_vsock_encode(&header, &wire);
	cr_assert_eq(vd_chain_write(chain, &wire, sizeof(wire)), 0);
	cr_assert_eq(vd_chain_write(chain, payload, header.len), 0);
	complete(PROBE_VSOCK_RX, chain, sizeof(wire) + header.len);
}

static int send_payload(const char *payload)
{
	const struct probe_vsock_header header = {
		.src_cid = CID,
		.op = VIRTIO_VSOCK_OP_RW,
		.len = (uint32_t)strlen(payload),
	};
	int r = probe_vsock_send(guest, &header, payload);

	cr_assert_eq(probe_vsock_flush(guest), 0);

	return r;
}

Test(probe_vsock_guest, has_buffers_for_packets_from_the_start)
{
	for (int i = 0; i < N_RX; i++)
		cr_assert_eq(pop(PROBE_VSOCK_RX)->writable.left, RX_SIZE);
}

Test(probe_vsock_guest, sends_header_and_payload)
{
	struct virtio_vsock_hdr wire;
	struct probe_vsock_header header;
	struct vd_chain *chain;
	char payload[3];

	cr_assert_eq(send_payload("abc"), 0);

	chain = pop(PROBE_VSOCK_TX);
	cr_assert_eq(vd_chain_read(chain, &wire, sizeof(wire)), 0);
	cr_assert_eq(vd_chain_read(chain, payload, 3), 0);
	cr_assert_eq(chain->readable.left, 0);
	cr_assert_eq(chain->writable.left, 0);
	cr_assert_arr_eq(payload, "abc", 3);
	probe_vsock_decode(&wire, &header);
	cr_assert_eq(header.src_cid, CID);
	cr_assert_eq(header.op, VIRTIO_VSOCK_OP_RW);
	cr_assert_eq(header.len, 3);
}

Test(probe_vsock_guest, does_not_send_more_than_the_device_takes)
{
	cr_assert_eq(send_payload("a"), 0);
	cr_assert_eq(send_payload("b"), 0);
	cr_assert_eq(probe_vsock_can_send(guest), 0);
	cr_assert_eq(send_payload("c"), -EAGAIN);

	complete(PROBE_VSOCK_TX, pop(PROBE_VSOCK_TX), 0);
	cr_assert_eq(probe_vsock_can_send(guest), 1);
	cr_assert_eq(send_payload("c"), 0);
}

Test(probe_vsock_guest, wants_to_know_when_it_can_send_again)
{
	unsigned int n;

	send_payload("a");
	complete(PROBE_VSOCK_TX, pop(PROBE_VSOCK_TX), 0);
	n = n_notified;
	send_payload("b");
	complete(PROBE_VSOCK_TX, pop(PROBE_VSOCK_TX), 0);
	cr_assert_eq(n_notified, n, "there was room");

	send_payload("c");
	send_payload("d");
	cr_assert_eq(probe_vsock_can_send(guest), 0);
	complete(PROBE_VSOCK_TX, pop(PROBE_VSOCK_TX), 0);
	cr_assert_eq(n_notified, n + 1);
}

Test(probe_vsock_guest, receives_what_the_device_sends)
{
	struct probe_vsock_packet packet;

	cr_assert_eq(probe_vsock_receive(guest, &packet), 0);
	deliver("hello");

	cr_assert_eq(probe_vsock_receive(guest, &packet), 1);
	cr_assert_eq(packet.header.op, VIRTIO_VSOCK_OP_RW);
	cr_assert_eq(packet.header.len, 5);
	cr_assert_arr_eq((const char *)packet.data, "hello", 5);
	cr_assert_eq(probe_vsock_receive(guest, &packet), 0);
}

Test(probe_vsock_guest, uses_buffers_over_and_over)
{
	for (int i = 0; i < 10 * N_RX; i++) {
		struct probe_vsock_packet packet;

		deliver("x");
		cr_assert_eq(probe_vsock_receive(guest, &packet), 1);
		probe_vsock_release(guest, &packet);
		cr_assert_eq(probe_vsock_flush(guest), 0);
	}
}

Test(probe_vsock_guest, does_not_believe_in_a_packet_without_a_header)
{
	struct probe_vsock_packet packet;

	complete(PROBE_VSOCK_RX, pop(PROBE_VSOCK_RX),
		 PROBE_VSOCK_HEADER_SIZE - 1);

	cr_assert_eq(probe_vsock_receive(guest, &packet), -EPROTO);
}

static void deliver_header(const struct probe_vsock_header *header)
{
	struct vd_chain *chain = pop(PROBE_VSOCK_RX);
	struct virtio_vsock_hdr wire;

	probe_vsock_encode(header, &wire);
	cr_assert_eq(vd_chain_write(chain, &wire, sizeof(wire)), 0);
	complete(PROBE_VSOCK_RX, chain, sizeof(wire));
}

Test(probe_vsock_guest, does_not_believe_in_payload_that_is_not_there)
{
	const struct probe_vsock_header header = { .dst_cid = CID, .len = 1 };
	struct probe_vsock_packet packet;

	deliver_header(&header);

	cr_assert_eq(probe_vsock_receive(guest, &packet), -EPROTO);
}

Test(probe_vsock_guest, does_not_take_what_is_for_another_guest)
{
	const struct probe_vsock_header header = { .dst_cid = CID + 1 };
	struct probe_vsock_packet packet;

	deliver_header(&header);

	cr_assert_eq(probe_vsock_receive(guest, &packet), -EPROTO);
}

Test(probe_vsock_guest, notices_a_transport_reset)
{
	const uint32_t reset = VIRTIO_VSOCK_EVENT_TRANSPORT_RESET;
	struct vd_chain *chain = pop(PROBE_VSOCK_EVENT);

	cr_assert_eq(probe_vsock_was_reset(guest), 0);
	cr_assert_eq(vd_chain_write(chain, &reset, sizeof(reset)), 0);
	complete(PROBE_VSOCK_EVENT, chain, sizeof(reset));

	cr_assert_eq(probe_vsock_was_reset(guest), 1);
	cr_assert_eq(probe_vsock_was_reset(guest), 0);
}

Test(probe_vsock_guest, does_not_wait_for_a_back_end_that_has_gone)
{
	cr_assert_eq(probe_vsock_wait(guest, 0), -ETIMEDOUT);
	shutdown(peer, SHUT_RDWR);

	cr_assert_eq(probe_vsock_wait(guest, 5000), -ENOTCONN);
}

Test(probe_vsock_guest, does_not_wait_for_a_broken_queue)
{
	const uint64_t one = 1;
	int fd = vhu_frontend_queue(frontend, PROBE_VSOCK_TX)->err_fd;

	cr_assert_eq(write(fd, &one, sizeof(one)), (ssize_t)sizeof(one));

	cr_assert_eq(probe_vsock_wait(guest, 5000), -EIO);
}
