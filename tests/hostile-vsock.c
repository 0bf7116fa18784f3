/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "hostile-vsock.h"
#include "virtio-devices/util.h"

#define PATIENCE_MSEC 20000

uint32_t vsock_port;
size_t vsock_n_cases;

/* Places in the guest's buffer. */
#define RX_AT (128U << 10)
#define RX_ROOM 4096U
#define TX_AT (640U << 10)

/* --- programs -------------------------------------------------------------- */

static int listeners[2];

static struct sockaddr_un address_of(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	cr_assert_lt(snprintf(address.sun_path, sizeof(address.sun_path),
			      "%s/%s", fixture.dir, name),
		     (int)sizeof(address.sun_path));

	return address;
}

static int listen_at(const char *name, int kind)
{
	const struct sockaddr_un address = address_of(name);
	int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	cr_assert_eq(
		bind(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	cr_assert_eq(listen(fd, 1024), 0);

	return fd;
}

static void host_open(void)
{
	listeners[0] = listen_at("v3_1234", SOCK_STREAM);
	listeners[1] = listen_at("v3_1235", SOCK_SEQPACKET);
}

static void host_close(void)
{
	for (int i = 0; i < 2; i++)
		close(listeners[i]);
	unlink(address_of("v3_1234").sun_path);
	unlink(address_of("v3_1235").sun_path);
}

void host_turn_away(void)
{
	for (int i = 0; i < 2; i++) {
		int fd;

		while ((fd = accept(listeners[i], NULL, NULL)) >= 0)
			close(fd);
	}
}

static void wait_for_input(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	cr_assert_eq(poll(&pollfd, 1, PATIENCE_MSEC), 1);
}

int host_connect(void)
{
	const struct sockaddr_un address = address_of("v3");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(
		connect(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	cr_assert_eq(write(fd, "CONNECT 99\n", 11), 11);

	return fd;
}

void host_expect(int fd, const uint8_t *data, size_t len)
{
	uint8_t buf[4096];
	ssize_t n;

	for (size_t got = 0; got < len; got += (size_t)n) {
		wait_for_input(fd);
		n = recv(fd, buf, VD_MIN(sizeof(buf), len - got), MSG_DONTWAIT);
		cr_assert_gt(n, 0, "%zu of %zu bytes", got, len);
		cr_assert_arr_eq(buf, data + got, n);
	}
}

void host_expect_end(int fd)
{
	uint8_t buf[4096];

	do
		wait_for_input(fd);
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0);
}

/* --- packets --------------------------------------------------------------- */

struct virtio_vsock_hdr vsock_header(uint16_t op, uint16_t kind, uint32_t port)
{
	uint32_t peer = kind == SEQPACKET ? SEQPACKET_PORT : STREAM_PORT;

	return (struct virtio_vsock_hdr){
		.src_cid = htole64(3),
		.dst_cid = htole64(2),
		.src_port = htole32(port),
		.dst_port = htole32(peer),
		.type = htole16(kind),
		.op = htole16(op),
		.buf_alloc = htole32(65536),
	};
}

uint8_t *vsock_payload(void)
{
	return guest.buf + TX_AT;
}

void vsock_add_buffers(uint32_t n, uint32_t size)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_RX);
	static uint32_t next;

	while (queue->size - vhu_driver_ring_free_descs(queue->ring) < n) {
		const uint32_t at = RX_AT + RX_ROOM * (next++ % RING_SIZE);
		const struct vhu_driver_buffer buffer = { guest.gpa + at,
							  size };
		const struct vhu_driver_chain chain = { .buffers = &buffer,
							.n_writable = 1,
							.token = guest.buf +
								 at };

		cr_assert_eq(vhu_driver_ring_add(queue->ring, &chain), 0);
	}
	vhu_driver_ring_publish(queue->ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, VSOCK_RX), 0);
}

void vsock_send(const struct virtio_vsock_hdr *header, uint32_t len)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(*header) },
		{ guest.gpa + TX_AT, len },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1 + (len > 0) };
	struct vhu_driver_used used;
	int r;

	memcpy(guest.buf, header, sizeof(*header));
	r = vhu_frontend_exchange(guest.frontend, VSOCK_TX, &chain, &used);
	cr_assert_eq(r, 0, "%s", strerror(-r));
	cr_assert_eq(used.len, 0);
}

void vsock_send_op(uint16_t op, uint16_t kind, uint32_t port)
{
	const struct virtio_vsock_hdr header = vsock_header(op, kind, port);

	vsock_send(&header, 0);
}

void vsock_receive(uint32_t port, struct vsock_packet *ret)
{
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_RX);
	struct vhu_driver_used used;

	do {
		vsock_add_buffers(RING_SIZE / 2, RX_ROOM);
		while (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(
				vhu_frontend_wait(guest.frontend, VSOCK_RX), 0);
		if (!used.len)
			continue;
		memcpy(&ret->header, used.token, sizeof(ret->header));
		ret->data = (uint8_t *)used.token + sizeof(ret->header);
		cr_assert_eq(used.len,
			     sizeof(ret->header) + le32toh(ret->header.len));
	} while (!used.len || le32toh(ret->header.dst_port) != port);
}

void vsock_use_up_buffers(uint32_t port)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_RX);
	struct vhu_driver_used used;

	while (vhu_driver_ring_free_descs(queue->ring) < queue->size) {
		vsock_send_op(VIRTIO_VSOCK_OP_CREDIT_REQUEST, STREAM, port);
		while (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(
				vhu_frontend_wait(guest.frontend, VSOCK_RX), 0);
	}
}

void vsock_drop(void)
{
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_RX);
	struct vhu_driver_used used;

	while (vhu_driver_ring_get(queue->ring, &used) > 0)
		continue;
	vsock_add_buffers(RING_SIZE / 2, RX_ROOM);
}

int vsock_connect(uint16_t kind, uint32_t port)
{
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_REQUEST, kind, port);
	int listener = listeners[kind == SEQPACKET];
	struct vsock_packet packet;
	int fd;

	vsock_add_buffers(RING_SIZE / 2, RX_ROOM);
	vsock_send(&header, 0);
	vsock_receive(port, &packet);
	cr_assert_eq(le16toh(packet.header.op), VIRTIO_VSOCK_OP_RESPONSE);
	wait_for_input(listener);
	fd = accept(listener, NULL, NULL);
	cr_assert(fd >= 0);

	return fd;
}

#define AMOUNT 10000U

static void expect_to_guest(int fd, uint32_t port, const uint8_t *data)
{
	struct vsock_packet packet;
	uint32_t got = 0;

	cr_assert_eq(send(fd, data, AMOUNT, MSG_NOSIGNAL), (ssize_t)AMOUNT);
	while (got < AMOUNT) {
		vsock_receive(port, &packet);
		if (le16toh(packet.header.op) != VIRTIO_VSOCK_OP_RW)
			continue;
		cr_assert_leq(got + le32toh(packet.header.len), AMOUNT);
		cr_assert_arr_eq(packet.data, data + got,
				 le32toh(packet.header.len));
		got += le32toh(packet.header.len);
	}
}

static void expect_service(uint32_t port)
{
	int fd = vsock_connect(STREAM, port);
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_RW, STREAM, port);

	for (size_t i = 0; i < AMOUNT; i++)
		vsock_payload()[i] = (uint8_t)(i * 7 + port);
	header.len = htole32(AMOUNT);
	vsock_send(&header, AMOUNT);
	host_expect(fd, vsock_payload(), AMOUNT);
	expect_to_guest(fd, port, vsock_payload());

	vsock_send_op(VIRTIO_VSOCK_OP_RST, STREAM, port);
	host_expect_end(fd);
	close(fd);
}

/* --- attacks --------------------------------------------------------------- */

void vsock_attack_start(const struct target *target)
{
	attack_start(target);
	host_open();
}

void vsock_attack_stop(void)
{
	host_turn_away();
	expect_service(++vsock_port);
	host_close();
	printf("# vsock: %zu cases\n", vsock_n_cases);
	attack_stop();
}
