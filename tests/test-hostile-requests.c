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
#include <unistd.h>

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

/* Chains that the device is to have seen before there are more. */
#define RACE_BATCH 16

/**
 * struct race - what is rewritten
 * @over:    it is not any more
 * @layouts: of the rings: that of requests, and another one
 * @request: one that is all right
 * @header:  so much of it is read by the device
 */
struct race {
	_Atomic(bool) over;
	const struct vhu_driver_layout *layouts[2];
	uint32_t request[RACE_BYTES / 4];
	uint32_t header;
};

static struct race race;

/* How often the device has interrupted the driver, or found something wrong. */
static uint64_t n_signs;

/* A descriptor's flags are where a packed ring has them, or a split one. */
static uint64_t any_length_and_flags(uint32_t at, uint32_t dice)
{
	uint64_t len = dice & 1 ? race.header : dice >> 1 & 0xff;
	uint64_t flags = dice >> 9 & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE);

	if (!(dice >> 11 & 15))
		flags |= VRING_DESC_F_INDIRECT;
	if (!packed)
		return len | flags << 32 | (uint64_t)(dice >> 15) << 48;

	/* Available in an even lap or an odd one, and rarely neither. */
	if (dice >> 15 & 15)
		flags |= 1U << (dice >> 19 & 1 ? VRING_PACKED_DESC_F_AVAIL
					       : VRING_PACKED_DESC_F_USED);

	return len | (uint64_t)at << 32 | flags << 48;
}

/* Mostly what might pass. */
static void rewrite_ring(const struct vhu_driver_layout *layout, uint32_t at,
			 uint32_t dice)
{
	volatile uint64_t *desc = (volatile uint64_t *)layout->desc.at + 2 * at;
	volatile uint16_t *driver = layout->driver.at;

	if (!(dice & 15))
		desc[dice >> 4 & 1] =
			hostile_values[(dice >> 5) % n_hostile_values];
	else if (dice & 4)
		desc[0] = guest.gpa + (dice & 8 ? 0 : (dice >> 4) % 4096);
	else
		desc[1] = any_length_and_flags(at, dice >> 4);

	/* Whether to be interrupted; and the order of what is available. */
	if (packed)
		driver[1] = (uint16_t)(dice % 3);
	else
		driver[2 + dice % (RING_SIZE + 1)] = (uint16_t)at;
}

static void rewrite_request(uint32_t at, uint32_t dice)
{
	volatile uint32_t *header = (volatile uint32_t *)(void *)guest.buf;

	at %= RACE_BYTES / 4;
	header[at] =
		dice & 3 ? race.request[at]
			 : (uint32_t)hostile_values[dice % n_hostile_values];
}

/* Without end. */
static void *rewrite(void *context)
{
	unsigned int seed = 1;

	while (!race.over) {
		uint32_t at = (uint32_t)rand_r(&seed) % RING_SIZE;
		uint32_t dice = (uint32_t)rand_r(&seed);

		rewrite_ring(race.layouts[dice >> 30 & 1], at, dice);
		rewrite_request((uint32_t)rand_r(&seed), dice);
	}

	return context;
}

/* Chains, whatever is in them by then. */
static void offer_more(unsigned int index)
{
	const struct vhu_driver_layout *layout = vhu_driver_ring_layout(
		vhu_frontend_queue(guest.frontend, index)->ring);
	struct vring_avail *avail = layout->driver.at;

	for (int i = 0; i < RACE_BATCH; i++) {
		if (!packed)
			__atomic_fetch_add(&avail->idx, 1, __ATOMIC_RELEASE);
		cr_assert_eq(vhu_frontend_kick(guest.frontend, index), 0);
	}
}

/* A ring with more than it can hold would break, and rest. */
static void offer_and_wait(unsigned int other)
{
	offer_more(other);
	if (other != request_index())
		offer_more(request_index());
	for (int i = 0; i < 2; i++)
		cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);
}

static void count_signs(unsigned int index)
{
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest.frontend, index);
	uint64_t count;

	if (read(queue->call_fd, &count, sizeof(count)) == sizeof(count))
		n_signs += count;
	if (read(queue->err_fd, &count, sizeof(count)) == sizeof(count))
		n_signs += count;
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
	race.header = header_len(&request);
	cr_assert_eq(pthread_create(&thread, NULL, rewrite, NULL), 0);
	for (int i = 0; i < 20; i++)
		offer_and_wait(other);
	race.over = true;
	pthread_join(thread, NULL);
	count_signs(request_index());
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
	/* The device has to have done something meanwhile. */
	while (msec_now() < end || !n_signs) {
		attack_again();
		race_once(t->queue);
		guest_request(&bystander, type);
	}
	printf("# %s: %llu interrupts and errors\n", device_types[type].name,
	       (unsigned long long)n_signs);
	attack_stop();
}
