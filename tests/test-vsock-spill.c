/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The ring of what a host does not take, and the table of connections, each by
 * itself.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "virtio-devices/chain.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-flows.h"
#include "virtio-devices/vsock-spill.h"

#define SIZE 64
#define EOM VD_VSOCK_EOM
#define EOR VD_VSOCK_EOR

static struct vd_spill *spill;

static void setup(void)
{
	spill = vd_spill_new(SIZE);
	cr_assert(spill);
}

static void teardown(void)
{
	free(spill);
}

TestSuite(vsock_spill, .init = setup, .fini = teardown);

/* A stream over @text, whose pieces are single bytes. */
static struct vd_stream stream_over(const char *text, struct vd_segments *links)
{
	size_t len = strlen(text);
	struct vd_segments *link = links;

	link->n = 0;
	for (size_t i = 0; i < len; i++) {
		if (link->n == VD_SEGMENTS_PER_LINK) {
			link->next = link + 1;
			link++;
			link->n = 0;
		}
		link->iov[link->n++] =
			(struct iovec){ (void *)(uintptr_t)(text + i), 1 };
	}

	return (struct vd_stream){ .link = links, .left = len };
}

static int put(const char *text)
{
	struct vd_segments links[SIZE];
	struct vd_stream stream = stream_over(text, links);

	return vd_spill_put(spill, &stream, strlen(text));
}

static int put_record(const char *text, unsigned int flags)
{
	struct vd_segments links[SIZE];
	struct vd_stream stream = stream_over(text, links);
	const struct vd_record record = { (uint32_t)strlen(text), flags };

	return vd_spill_put_record(spill, &stream, record);
}

static void expect_iov(const struct iovec *iov, size_t n_iov, const char *text)
{
	char got[SIZE + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < n_iov; i++) {
		memcpy(got + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	cr_assert_eq(len, strlen(text));
	cr_assert_arr_eq(got, text, len);
}

static void expect_bytes(const char *text)
{
	struct iovec iov[VD_SPILL_PIECES];
	size_t n = vd_spill_peek(spill, iov);

	expect_iov(iov, n, text);
}

static void expect_record(const char *text, unsigned int flags)
{
	struct iovec iov[VD_SPILL_PIECES];
	struct vd_record record;
	size_t n;

	record = vd_spill_peek_record(spill, iov, &n);
	cr_assert_eq(record.len, strlen(text));
	cr_assert_eq(record.flags, flags);
	expect_iov(iov, n, text);
}

Test(vsock_spill, gives_bytes_back_in_order)
{
	cr_assert(vd_spill_empty(spill));
	cr_assert_eq(put("hello, "), 0);
	cr_assert_eq(put("world"), 0);
	expect_bytes("hello, world");
	vd_spill_skip(spill, 7);
	expect_bytes("world");
	vd_spill_skip(spill, 5);
	cr_assert(vd_spill_empty(spill));
	expect_bytes("");
}

Test(vsock_spill, takes_what_it_has_room_for_or_nothing)
{
	const char *half = "0123456789abcdef0123456789abcdef";

	cr_assert_eq(put(half), 0);
	cr_assert_eq(put("x"), 0);
	cr_assert_eq(put(half), -ENOBUFS);
	vd_spill_skip(spill, 1);
	cr_assert_eq(put(half), 0);
	cr_assert_eq(put("x"), -ENOBUFS);
}

Test(vsock_spill, wraps_anywhere)
{
	for (size_t i = 0; i < 2 * SIZE; i++) {
		cr_assert_eq(put("0123456789abcdef0123456789abcdef"), 0);
		expect_bytes("0123456789abcdef0123456789abcdef");
		vd_spill_skip(spill, 31);
		expect_bytes("f");
		vd_spill_skip(spill, 1);
	}
}

Test(vsock_spill, keeps_records_apart)
{
	cr_assert_eq(put_record("one", EOM), 0);
	cr_assert_eq(put_record("", EOM | EOR), 0);
	cr_assert_eq(put_record("three", EOM), 0);
	expect_record("one", EOM);
	vd_spill_skip_record(spill, 3);
	expect_record("", EOM | EOR);
	vd_spill_skip_record(spill, 0);
	expect_record("three", EOM);
	vd_spill_skip_record(spill, 5);
	cr_assert(vd_spill_empty(spill));
}

Test(vsock_spill, puts_records_together_that_miss_their_end)
{
	cr_assert_eq(put_record("done", EOM), 0);
	cr_assert_eq(put_record("one ", 0), 0);
	cr_assert_eq(put_record("two ", 0), 0);
	cr_assert_eq(vd_spill_open(spill), 8);
	cr_assert_eq(put_record("three", EOM | EOR), 0);
	cr_assert_eq(vd_spill_open(spill), 0);
	expect_record("done", EOM);
	vd_spill_skip_record(spill, 4);
	expect_record("one two three", EOM | EOR);
}

Test(vsock_spill, keeps_what_is_left_of_a_record)
{
	for (size_t i = 0; i < 2 * SIZE; i++) {
		cr_assert_eq(put_record("one two", 0), 0);
		vd_spill_skip_record(spill, 1);
		expect_record("ne two", 0);
		vd_spill_skip_record(spill, 5);
		expect_record("o", 0);
		cr_assert_eq(put_record(" three", EOM), 0);
		cr_assert_eq(put_record("!", EOM), 0);
		expect_record("o three", EOM);
		vd_spill_skip_record(spill, 7);
		expect_record("!", EOM);
		vd_spill_skip_record(spill, 1);
		cr_assert(vd_spill_empty(spill));
	}
}

Test(vsock_spill, begins_anew_after_a_record_that_was_taken_before_its_end)
{
	cr_assert_eq(put_record("one", 0), 0);
	vd_spill_skip_record(spill, 3);
	cr_assert(vd_spill_empty(spill));
	cr_assert_eq(put_record("two", EOM), 0);
	expect_record("two", EOM);
}

Test(vsock_spill, drops_a_record_that_misses_its_end)
{
	vd_spill_drop_open(spill);
	cr_assert_eq(put_record("one", EOM), 0);
	vd_spill_drop_open(spill);
	cr_assert_eq(put_record("two", 0), 0);
	vd_spill_drop_open(spill);
	expect_record("one", EOM);
	vd_spill_skip_record(spill, 3);
	cr_assert(vd_spill_empty(spill));
}

Test(vsock_spill, has_no_room_for_a_record_without_its_head)
{
	cr_assert_eq(put_record("0123456789abcdef0123456789abcdef", EOM), 0);
	cr_assert_eq(put_record("0123456789abcdef01234567", EOM), 0);
	cr_assert_eq(put_record("", EOM), -ENOBUFS);
	vd_spill_skip_record(spill, 32);
	cr_assert_eq(put_record("0123456789abcdef", 0), 0);
	cr_assert_eq(put_record("0123456789abcdef0", EOM), -ENOBUFS);
	cr_assert_eq(put_record("0123456789abcdef", EOM), 0);
}

#define MANY 1000

Test(vsock_flows, finds_what_was_added_and_not_removed)
{
	static struct vd_vsock_connection connections[MANY];
	const uint64_t seed[2] = { 1, 2 };
	struct vd_flows flows;

	cr_assert_eq(vd_flows_init(&flows, MANY, seed), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		connections[i].flow = (struct vd_vsock_flow){
			.guest_port = i % 10,
			.peer_port = i / 10 % 10,
			.peer_cid = i / 100,
		};
		vd_flows_add(&flows, &connections[i]);
	}
	for (uint32_t i = 0; i < MANY; i += 2)
		vd_flows_remove(&flows, &connections[i]);
	for (uint32_t i = 0; i < MANY; i++)
		cr_assert_eq(vd_flows_find(&flows, &connections[i].flow),
			     i % 2 ? &connections[i] : NULL);
	vd_flows_fini(&flows);
}

static unsigned int length_of_bucket(const struct vd_flows *flows, size_t i)
{
	const struct vd_vsock_connection *at = flows->buckets[i];
	unsigned int n = 0;

	for (; at; at = at->next)
		n++;

	return n;
}

/* Ports that follow one another must not end up in one list. */
Test(vsock_flows, spreads_connections)
{
	static struct vd_vsock_connection connections[MANY];
	const uint64_t seed[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	unsigned int longest = 0;
	struct vd_flows flows;

	cr_assert_eq(vd_flows_init(&flows, MANY, seed), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		connections[i].flow.guest_port = i << 16;
		vd_flows_add(&flows, &connections[i]);
	}
	for (size_t i = 0; i <= flows.mask; i++)
		longest = VD_MAX(longest, length_of_bucket(&flows, i));
	cr_assert_leq(longest, 8);
	vd_flows_fini(&flows);
}

/* Ports that share a list with one seed do not with another. */
Test(vsock_flows, cannot_be_made_slow_by_who_does_not_know_the_seed)
{
	static struct vd_vsock_connection evil[64];
	const uint64_t seed[2] = { 1, 2 }, other[2] = { 1, 3 };
	struct vd_flows known, flows;
	uint32_t port = 0;

	cr_assert_eq(vd_flows_init(&known, VD_ARRAY_SIZE(evil), seed), 0);
	for (size_t i = 0; i < VD_ARRAY_SIZE(evil); port++) {
		evil[i].flow.guest_port = port;
		vd_flows_add(&known, &evil[i]);
		if (length_of_bucket(&known, 0) == i + 1)
			i++;
		else
			vd_flows_remove(&known, &evil[i]);
	}
	vd_flows_fini(&known);

	cr_assert_eq(vd_flows_init(&flows, VD_ARRAY_SIZE(evil), other), 0);
	for (size_t i = 0; i < VD_ARRAY_SIZE(evil); i++)
		vd_flows_add(&flows, &evil[i]);
	for (size_t i = 0; i <= flows.mask; i++)
		cr_assert_leq(length_of_bucket(&flows, i), 8);
	vd_flows_fini(&flows);
}
