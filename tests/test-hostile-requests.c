/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and drivers that cut their requests into pieces, ask for what
 * makes no sense, or change everything while the device works.
 */

#include <criterion/criterion.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hostile-driver.h"
#include "hostile-message.h"
#include "virtio-devices/util.h"

/* --- requests of any shape ------------------------------------------------- */

static size_t cut(const struct vhu_driver_buffer *whole, size_t n_whole,
		  uint32_t piece, struct vhu_driver_buffer *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < n_whole; i++) {
		for (uint32_t at = 0; at < whole[i].len; at += piece)
			ret[n++] = (struct vhu_driver_buffer){
				whole[i].gpa + at,
				VD_MIN(piece, whole[i].len - at),
			};
	}

	return n;
}

static void ask_in_pieces(uint32_t readable, uint32_t writable, size_t n_direct,
			  bool table)
{
	struct vhu_driver_buffer buffers[2 * RING_SIZE];
	struct vhu_driver_chain chain = { .buffers = buffers };
	struct vhu_driver_used used;
	struct request request;

	request_chain(type, &guest, &request);
	chain.n_readable =
		cut(request.buffers, request.n_readable, readable, buffers);
	chain.n_writable =
		cut(request.buffers + request.n_readable, request.n_writable,
		    writable, buffers + chain.n_readable);
	if (table) {
		chain.table = guest.buf + 8192;
		chain.table_gpa = guest.gpa + 8192;
		chain.n_direct = VD_MIN(n_direct, chain.n_readable);
	}

	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	cr_assert_eq(used.len, request.used);
}

ParameterizedTestParameters(hostile_requests, may_be_cut_into_any_pieces)
{
	return each_target();
}

ParameterizedTest(struct target *t, hostile_requests,
		  may_be_cut_into_any_pieces, .timeout = 120)
{
	attack_start(t);
	for (uint32_t readable = 1; readable <= 8; readable++) {
		for (uint32_t writable = 1; writable <= 64; writable++) {
			ask_in_pieces(readable, writable, 0, false);
			ask_in_pieces(readable, writable, 0, true);
			ask_in_pieces(readable, writable, 1, true);
		}
	}
	attack_stop();
}

/* --- requests that make no sense ------------------------------------------- */

/* Ask for something, with room for an answer of any size; it has to return. */
static void ask_nonsense(size_t at, size_t width, uint64_t value, uint32_t room)
{
	struct request request;
	struct vhu_driver_buffer buffers[2];
	struct vhu_driver_chain chain = { .buffers = buffers };
	struct vhu_driver_used used;

	request_chain(type, &guest, &request);
	memcpy(guest.buf + at, &value, width);
	buffers[0] = (struct vhu_driver_buffer){ guest.gpa, 8 };
	buffers[1] = (struct vhu_driver_buffer){ guest.gpa + 64, room };
	chain.n_readable = 1;
	chain.n_writable = room > 0;
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used), 0,
		     "%#zx: %#llx, room %u", at, (unsigned long long)value,
		     room);
	cr_assert_leq(used.len, room);
}

ParameterizedTestParameters(hostile_requests, may_be_for_anything)
{
	return each_target();
}

ParameterizedTest(struct target *t, hostile_requests, may_be_for_anything,
		  .timeout = 120)
{
	static const uint32_t rooms[] = { 0, 1, 2, 3, 4, 5, 64, 9000 };

	attack_start(t);
	for (size_t i = 0; i < n_hostile_values; i++) {
		for (size_t k = 0; k < VD_ARRAY_SIZE(rooms); k++) {
			for (size_t at = 0; at < 8; at += 2)
				ask_nonsense(at, 2, hostile_values[i],
					     rooms[k]);
			for (size_t at = 0; at < 8; at += 4)
				ask_nonsense(at, 4, hostile_values[i],
					     rooms[k]);
		}
		guest_request(&guest, type);
	}
	attack_stop();
}

/* --- what changes while the device works ----------------------------------- */

#define RACE_MSEC 300

static _Atomic(bool) race_is_over;

/* Rewrites the ring and the requests, without end. */
static void *rewrite(void *context)
{
	const struct vhu_driver_layout *layout =
		vhu_driver_ring_layout(request_queue()->ring);
	volatile uint64_t *desc = layout->desc.at;
	volatile uint16_t *avail = layout->driver.at;
	volatile uint32_t *header = (volatile uint32_t *)(void *)guest.buf;
	unsigned int seed = 1;

	while (!race_is_over) {
		size_t i = (size_t)rand_r(&seed);
		uint64_t value = hostile_values[i % n_hostile_values];

		/* Mostly what might pass. */
		if (i & 0x1000)
			desc[i % (2 * RING_SIZE)] = value;
		else if (i & 0x2000)
			desc[i % RING_SIZE * 2] = guest.gpa + i % 4096;
		else
			desc[i % RING_SIZE * 2 + 1] =
				(i % 4096) | (i % 8) << 32 |
				(uint64_t)(i % RING_SIZE) << 48;
		header[i % 32] = (uint32_t)value;
		if (!packed && i % 64 == 0)
			avail[2 + i % RING_SIZE] = (uint16_t)(i % RING_SIZE);
	}

	return context;
}

static uint64_t msec_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* One chain after the other, whatever is in it by then. */
static void offer_more(void)
{
	const struct vhu_driver_layout *layout =
		vhu_driver_ring_layout(request_queue()->ring);
	struct vring_avail *avail = layout->driver.at;

	if (!packed)
		__atomic_fetch_add(&avail->idx, 1, __ATOMIC_RELEASE);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, 0), 0);
}

ParameterizedTestParameters(hostile_requests, may_change_at_any_moment)
{
	return each_target();
}

ParameterizedTest(struct target *t, hostile_requests, may_change_at_any_moment,
		  .timeout = 120)
{
	uint64_t end;
	pthread_t thread;

	attack_start(t);
	end = msec_now() + RACE_MSEC;
	while (msec_now() < end) {
		race_is_over = false;
		attack_again();
		cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
		for (int i = 0; i < 200; i++)
			offer_more();
		cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
		race_is_over = true;
		pthread_join(thread, NULL);
		guest_request(&bystander, type);
	}
	attack_stop();
}
