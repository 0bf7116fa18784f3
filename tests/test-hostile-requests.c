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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

	cr_assert_eq(attack_exchange(&chain).len, request.used);
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

static size_t n_asked;

/* How much of a request the device looks at. */
static uint32_t header_len(const struct request *request)
{
	return request->n_readable ? request->buffers[0].len : 8;
}

/*
 * Ask for something, with room for an answer of any size; it has to return.
 * Returns how long the header is.
 */
static size_t ask_nonsense(size_t at, size_t width, uint64_t value,
			   uint32_t room)
{
	struct request request;
	struct vhu_driver_buffer buffers[2];
	struct vhu_driver_chain chain = { .buffers = buffers };
	uint32_t len;

	request_chain(type, &guest, &request);
	len = header_len(&request);
	memcpy(guest.buf + at, &value, width);
	buffers[0] = (struct vhu_driver_buffer){ guest.gpa, len };
	buffers[1] = (struct vhu_driver_buffer){ guest.gpa + 64, room };
	chain.n_readable = 1;
	chain.n_writable = room > 0;
	cr_assert_leq(attack_exchange(&chain).len, room, "%#zx: %#llx, room %u",
		      at, (unsigned long long)value, room);
	n_asked++;

	return len;
}

static void ask_all_nonsense(uint64_t value, uint32_t room)
{
	size_t len = 8;

	for (size_t width = 2; width <= 8; width *= 2) {
		for (size_t at = 0; at + width <= len; at += width)
			len = ask_nonsense(at, width, value, room);
	}
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
		for (size_t k = 0; k < VD_ARRAY_SIZE(rooms); k++)
			ask_all_nonsense(hostile_values[i], rooms[k]);
		guest_request(&guest, type);
	}
	printf("# %s: %zu requests\n", device_types[type].name, n_asked);
	attack_stop();
}

/* --- what changes while the device works ----------------------------------- */

#define RACE_MSEC 300

/* Behind what any request needs. */
#define RACE_BYTES 128

/**
 * struct race - what is rewritten
 * @over:    it is not any more
 * @layouts: of the rings: that of requests, and another one
 * @request: one that is all right
 */
struct race {
	_Atomic(bool) over;
	const struct vhu_driver_layout *layouts[2];
	uint32_t request[RACE_BYTES / 4];
};

static struct race race;

/* Mostly what might pass. */
static void rewrite_ring(const struct vhu_driver_layout *layout, size_t i)
{
	volatile uint64_t *desc = layout->desc.at;
	volatile uint16_t *avail = layout->driver.at;

	if (i & 0x1000)
		desc[i % (2 * RING_SIZE)] =
			hostile_values[i % n_hostile_values];
	else if (i & 0x2000)
		desc[i % RING_SIZE * 2] = guest.gpa + i % 4096;
	else
		desc[i % RING_SIZE * 2 + 1] = (i % 4096) |
					      (uint64_t)(i % 8) << 32 |
					      (uint64_t)(i % RING_SIZE) << 48;
	if (!packed && i % 64 == 0)
		avail[2 + i % RING_SIZE] = (uint16_t)(i % RING_SIZE);
}

static void rewrite_request(size_t i)
{
	volatile uint32_t *header = (volatile uint32_t *)(void *)guest.buf;
	size_t at = i % (RACE_BYTES / 4);

	header[at] = i & 0xc000
			     ? race.request[at]
			     : (uint32_t)hostile_values[i % n_hostile_values];
}

/* Without end. */
static void *rewrite(void *context)
{
	unsigned int seed = 1;

	while (!race.over) {
		size_t i = (size_t)rand_r(&seed);

		rewrite_ring(race.layouts[i >> 16 & 1], i);
		rewrite_request(i);
	}

	return context;
}

/* One chain after the other, whatever is in it by then. */
static void offer_more(unsigned int index)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, index)->ring);
	struct vring_avail *avail = layout->driver.at;

	if (!packed)
		__atomic_fetch_add(&avail->idx, 1, __ATOMIC_RELEASE);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, index), 0);
}

static void race_once(unsigned int other)
{
	struct request request;
	pthread_t thread;

	race.over = false;
	race.layouts[0] = vhu_driver_ring_layout(request_queue()->ring);
	race.layouts[1] = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, other)->ring);
	request_chain(type, &guest, &request);
	memcpy(race.request, guest.buf, RACE_BYTES);
	cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
	for (int i = 0; i < 200; i++) {
		offer_more(other);
		if (other != request_index())
			offer_more(request_index());
	}
	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
	race.over = true;
	pthread_join(thread, NULL);
}

ParameterizedTestParameters(hostile_requests, may_change_at_any_moment)
{
	return each_queue();
}

ParameterizedTest(struct target *t, hostile_requests, may_change_at_any_moment,
		  .timeout = 120)
{
	uint64_t end;

	attack_start(t);
	end = msec_now() + RACE_MSEC;
	while (msec_now() < end) {
		attack_again();
		race_once(t->queue);
		guest_request(&bystander, type);
	}
	attack_stop();
}
