/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The vsock daemon, and a driver that sends too much, connects too often, or
 * changes its packets while they are read.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "hostile-message.h"
#include "hostile-vsock.h"
#include "virtio-devices/util.h"

#define MANY 20000

/* A host that does not read has to keep no more than was promised. */
static void send_too_much(uint16_t kind, uint32_t flags, uint32_t len, int n)
{
	int fd = vsock_connect(kind, ++vsock_port);
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_RW, kind, vsock_port);

	header.len = htole32(len);
	header.flags = htole32(flags);
	for (int i = 0; i < n; i++) {
		vsock_send(&header, len);
		vsock_drop();
	}
	host_expect_end(fd);
	close(fd);
	vsock_n_cases++;
}

ParameterizedTestParameters(hostile_vsock_load, may_not_send_more_than_it_may)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock_load,
		  may_not_send_more_than_it_may, .timeout = 120)
{
	size_t memory = 0;

	vsock_attack_start(t);
	for (int i = 0; i < 200; i++) {
		send_too_much(STREAM, 0, 65536, 20);
		send_too_much(SEQPACKET, VIRTIO_VSOCK_SEQ_EOM, 65536, 20);
		send_too_much(SEQPACKET, 0, 50000, 20);
		if (i == 20)
			memory = fixture_memory(&fixture);
	}
	attack_expect_memory(memory, 1024);
	vsock_attack_stop();
}

ParameterizedTestParameters(hostile_vsock_load, may_send_too_many_messages)
{
	return each_format("vsock");
}

/* What each takes beside its byte is not part of what was promised. */
ParameterizedTest(struct target *t, hostile_vsock_load,
		  may_send_too_many_messages, .timeout = 120)
{
	size_t memory;

	vsock_attack_start(t);
	memory = fixture_memory(&fixture);
	send_too_much(SEQPACKET, VIRTIO_VSOCK_SEQ_EOM, 1, 120000);
	attack_expect_memory(memory, 2048);
	vsock_attack_stop();
}

/* So many connections may a guest have if nothing else is said. */
#define MAX_CONNECTIONS 1024

ParameterizedTestParameters(hostile_vsock_load, may_connect_without_end)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock_load, may_connect_without_end,
		  .timeout = 120)
{
	size_t fds;

	vsock_attack_start(t);
	fds = fixture_count_fds(&fixture);
	for (int i = 0; i < MANY; i++) {
		vsock_drop();
		vsock_send_op(VIRTIO_VSOCK_OP_REQUEST,
			      i % 2 ? STREAM : SEQPACKET, ++vsock_port);
		vsock_n_cases++;
		if (i % 1000 == 0)
			guest_request(&bystander, type);
	}
	cr_assert_leq(fixture_count_fds(&fixture), fds + MAX_CONNECTIONS);
	attack_again();
	vsock_attack_stop();
}

ParameterizedTestParameters(hostile_vsock_load,
			    may_call_another_guest_without_end)
{
	return each_format("vsock");
}

/* It hears of that, for they are of one group; but it is served. */
ParameterizedTest(struct target *t, hostile_vsock_load,
		  may_call_another_guest_without_end, .timeout = 120)
{
	vsock_attack_start(t);
	for (int i = 0; i < MANY / 4; i++) {
		struct virtio_vsock_hdr header = vsock_header(
			VIRTIO_VSOCK_OP_REQUEST, STREAM, ++vsock_port);

		vsock_drop();
		header.dst_cid = htole64(4);
		vsock_send(&header, 0);
		vsock_n_cases++;
		if (i % 100 == 0)
			guest_request(&bystander, type);
	}
	attack_again();
	vsock_attack_stop();
}

/* --- what changes while the device works ----------------------------------- */

#define RACE_MSEC 1000
#define ROUND_MSEC 100
#define RACE_AT (520U << 10)

static _Atomic(bool) race_is_over;
static volatile uint32_t race_template[sizeof(struct virtio_vsock_hdr) / 4];

static volatile uint32_t *race_header(void)
{
	return (volatile uint32_t *)(void *)(guest.buf + RACE_AT);
}

/* Mostly, a header that is all right but for one field. */
static void *rewrite(void *context)
{
	volatile uint32_t *header = race_header();
	unsigned int seed = 1;

	while (!race_is_over) {
		size_t i = (size_t)rand_r(&seed);
		size_t at = 6 + i % 5;

		header[at] =
			i & 0x100 ? (uint32_t)(i >> 8) % 5000
				  : (uint32_t)hostile_values[(i >> 9) %
							     n_hostile_values];
		if (i % 64 == 0)
			header[7] = (race_template[7] & 0xffff) |
				    (uint32_t)(i >> 10) % 8 << 16;
		for (size_t k = 0; k < VD_ARRAY_SIZE(race_template); k++)
			header[k] = race_template[k];
	}

	return context;
}

/* As many as the ring takes; what has come back may go again. */
static void offer_packets(void)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa + RACE_AT, sizeof(race_template) },
		{ guest.gpa + (640U << 10), 4096 },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 2 };
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, VSOCK_TX)->ring;
	struct vhu_driver_used used;

	while (vhu_driver_ring_get(ring, &used) > 0)
		continue;
	while (vhu_driver_ring_add(ring, &chain) == 0)
		vsock_n_cases++;
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, VSOCK_TX), 0);
	vsock_drop();
}

static void finish_packets(void)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, VSOCK_TX);
	struct vhu_driver_used used;

	while (vhu_driver_ring_free_descs(queue->ring) < queue->size) {
		vsock_drop();
		if (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	}
}

/* Returns when the connection has ended, as it soon does, or the time has. */
static void race_on(int fd)
{
	uint64_t until = msec_now() + ROUND_MSEC;
	uint8_t buf[8192] = { 0 };

	while (msec_now() < until) {
		ssize_t n;

		offer_packets();
		(void)send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return;
	}
}

static void prepare_race(uint16_t kind)
{
	struct virtio_vsock_hdr header =
		vsock_header(VIRTIO_VSOCK_OP_RW, kind, vsock_port);
	uint32_t words[VD_ARRAY_SIZE(race_template)];

	header.len = htole32(1000);
	memcpy(words, &header, sizeof(words));
	for (size_t i = 0; i < VD_ARRAY_SIZE(words); i++)
		race_template[i] = words[i];
}

ParameterizedTestParameters(hostile_vsock_load, may_change_at_any_moment)
{
	return each_format("vsock");
}

ParameterizedTest(struct target *t, hostile_vsock_load,
		  may_change_at_any_moment, .timeout = 120)
{
	uint64_t until = msec_now() + RACE_MSEC;
	pthread_t thread;
	int rounds = 0;

	vsock_attack_start(t);
	cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
	for (; msec_now() < until || rounds < 4; rounds++) {
		uint16_t kind = rounds % 2 ? SEQPACKET : STREAM;
		int fd = vsock_connect(kind, ++vsock_port);

		prepare_race(kind);
		race_on(fd);
		finish_packets();
		close(fd);
		guest_request(&bystander, type);
	}
	race_is_over = true;
	pthread_join(thread, NULL);
	printf("# %d connections\n", rounds);
	vsock_attack_stop();
}
