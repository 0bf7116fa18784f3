/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end takes away memory that payload is moved from or to.  Where the
 * kernel was to move it, that is the end of a vsock connection or of a message;
 * where the device was, it is the end of the session.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "hostile-sound.h"
#include "hostile-vsock.h"
#include "virtio-devices/util.h"

#define PAGE 4096U

/* The first byte that is lost when the memory is a page shorter. */
#define EDGE (GUEST_GPA + GUEST_SIZE - PAGE)

static void truncate_memory(off_t size)
{
	struct vhu_region regions[VHU_MAX_TABLE];
	int fds[VHU_MAX_TABLE];

	cr_assert_eq(vhu_guest_memory_table(guest.memory, regions, fds), 1);
	cr_assert_eq(ftruncate(fds[0], size), 0);
}

/* --- sockets --------------------------------------------------------------- */

/* A packet with payload on both sides of the edge. */
static void send_over_the_edge(uint32_t port)
{
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_RW, STREAM, port);
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(header) },
		{ EDGE - 100, 200 },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 2 };
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, VSOCK_TX)->ring;

	header.len = htole32(200);
	memcpy(guest.buf, &header, sizeof(header));
	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, VSOCK_TX), 0);
}

static void expect_reset(uint32_t port)
{
	struct vsock_packet packet;

	do
		vsock_receive(port, &packet);
	while (le16toh(packet.header.op) != VIRTIO_VSOCK_OP_RST);
}

ParameterizedTestParameters(lost_data, that_a_socket_was_to_have_ends_it)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, lost_data,
		  that_a_socket_was_to_have_ends_it, .timeout = 60)
{
	int fd;

	vsock_attack_start(t);
	fd = vsock_connect(STREAM, ++vsock_port);
	truncate_memory(GUEST_SIZE - PAGE);
	send_over_the_edge(vsock_port);
	expect_reset(vsock_port);
	host_expect_end(fd);
	close(fd);
	close(vsock_connect(STREAM, ++vsock_port));
	attack_again();
	vsock_attack_stop();
}

/* A buffer with room for data on the lost page only. */
static void add_buffer_over_the_edge(void)
{
	const struct vhu_driver_buffer buffer = { EDGE - 44, 1000 };
	uint64_t len;
	const struct vhu_driver_chain chain = {
		.buffers = &buffer,
		.n_writable = 1,
		.token = vhu_guest_memory_at(guest.memory, buffer.gpa, &len),
	};
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, VSOCK_RX)->ring;

	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, VSOCK_RX), 0);
}

ParameterizedTestParameters(lost_data, that_the_guest_was_to_have_ends_a_socket)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, lost_data,
		  that_the_guest_was_to_have_ends_a_socket, .timeout = 60)
{
	uint8_t data[5000] = { 0 };
	int fd;

	vsock_attack_start(t);
	fd = vsock_connect(STREAM, ++vsock_port);
	vsock_use_up_buffers(vsock_port);
	truncate_memory(GUEST_SIZE - PAGE);
	add_buffer_over_the_edge();
	cr_assert_eq(send(fd, data, sizeof(data), MSG_NOSIGNAL),
		     (ssize_t)sizeof(data));
	expect_reset(vsock_port);
	host_expect_end(fd);
	close(fd);
	close(vsock_connect(STREAM, ++vsock_port));
	attack_again();
	vsock_attack_stop();
}

ParameterizedTestParameters(lost_data, that_has_to_be_kept_ends_the_session)
{
	return each_format("vsock");
}

/*
 * The host does not read, so that the device copies what there is.  Before that,
 * a socket holds more on s390x, and nearly as much as a guest may send.
 */
ParameterizedTest(struct target *t, lost_data,
		  that_has_to_be_kept_ends_the_session, .timeout = 60)
{
	struct virtio_vsock_hdr header;
	int fd;

	vsock_attack_start(t);
	fd = vsock_connect(STREAM, ++vsock_port);
	header = vsock_header(VIRTIO_VSOCK_OP_RW, STREAM, vsock_port);
	header.len = htole32(60000);
	for (int i = 0; i < 4; i++)
		vsock_send(&header, 60000);
	header.len = htole32(20000);
	vsock_send(&header, 20000);
	truncate_memory(GUEST_SIZE - PAGE);
	send_over_the_edge(vsock_port);
	guest_wait_hangup(&guest);
	close(fd);
	attack_again();
	vsock_attack_stop();
}

ParameterizedTestParameters(lost_data, while_sockets_are_busy_is_contained)
{
	return each_format("vsock");
}

/* Both ways, at any moment, with nothing said about it. */
static void lose_all_while_busy(int round)
{
	uint8_t data[100000] = { 0 };
	struct virtio_vsock_hdr header;
	int fd = vsock_connect(STREAM, ++vsock_port);

	header = vsock_header(VIRTIO_VSOCK_OP_RW, STREAM, vsock_port);
	header.len = htole32(20000);
	(void)send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
	for (int i = 0; i < round % 4; i++) {
		vsock_send(&header, 20000);
		vsock_add_buffers(RING_SIZE, PAGE);
	}
	truncate_memory(0);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, VSOCK_TX), 0);
	(void)send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);
	guest_wait_hangup(&guest);
	close(fd);
	host_turn_away();
}

ParameterizedTest(struct target *t, lost_data,
		  while_sockets_are_busy_is_contained, .timeout = 60)
{
	vsock_attack_start(t);
	for (int i = 0; i < 20; i++) {
		lose_all_while_busy(i);
		guest_request(&bystander, type);
		attack_again();
	}
	vsock_attack_stop();
}

/* --- sound ----------------------------------------------------------------- */

static void begin(uint32_t stream)
{
	sound_do_pcm(VIRTIO_SND_R_PCM_SET_PARAMS, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_PREPARE, stream);
	sound_do_pcm(VIRTIO_SND_R_PCM_START, stream);
	sound_set_stream(stream);
	for (int i = 0; i < 4; i++)
		(void)(stream == SOUND_OUT
			       ? sound_add_message(SOUND_TX, 4 + SOUND_PERIOD,
						   8)
			       : sound_add_message(SOUND_RX, 4,
						   SOUND_PERIOD + 8));
}

ParameterizedTestParameters(lost_data, that_is_played_ends_the_session)
{
	return each_format("sound");
}

/* Nobody kicks: it is the clock that the device works by. */
ParameterizedTest(struct target *t, lost_data, that_is_played_ends_the_session,
		  .timeout = 60)
{
	attack_start(t);
	for (uint32_t i = 0; i < 10; i++) {
		begin(i % 2);
		truncate_memory(0);
		guest_wait_hangup(&guest);
		guest_request(&bystander, type);
		attack_again();
	}
	sound_attack_stop();
}
