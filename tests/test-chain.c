/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Chains: moving bytes between a device and scattered buffers, however they
 * are cut.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "tests/fake-queue.h"
#include "virtio-devices/util.h"

#define LEN 10

static const char text[LEN + 1] = "0123456789";

static struct fake_queue queue;
static char room[LEN];

/*
 * Cut ten bytes wherever @cuts has a bit: bit 0 is a cut after the first byte.  One
 * link holds no more than VD_SEGMENTS_PER_LINK pieces, so there is a second
 * one; each begins with a piece of no length.
 */
static struct vd_stream cut(const char *bytes, unsigned int cuts)
{
	char *buf = (char *)(uintptr_t)bytes;
	static struct vd_segments first, second;
	struct vd_segments *link = &first;
	size_t from = 0;

	first = (struct vd_segments){ .iov = { { buf, 0 } }, .n = 1 };
	second = (struct vd_segments){ .iov = { { buf, 0 } }, .n = 1 };
	for (size_t i = 1; i <= LEN; i++) {
		if (i < LEN && !(cuts & 1U << (i - 1)))
			continue;
		if (link->n == VD_SEGMENTS_PER_LINK) {
			link->next = &second;
			link = &second;
		}
		link->iov[link->n++] = (struct iovec){ buf + from, i - from };
		from = i;
	}

	return (struct vd_stream){ .link = &first, .left = LEN };
}

/* A chain in one piece each way. */
static struct vd_chain *whole(void)
{
	struct fake_request *request;
	struct vd_chain *chain;

	fake_queue_init(&queue);
	request = fake_queue_add(&queue);
	fake_queue_say(request, text, LEN);
	fake_queue_room(request, room, LEN);
	cr_assert_eq(vd_queue_pop(&queue.queue, &chain), 1);

	return chain;
}

#define ALL_CUTS (1U << (LEN - 1))

Test(chain, reads_the_same_however_the_request_is_cut)
{
	for (unsigned int cuts = 0; cuts < ALL_CUTS; cuts++) {
		struct vd_chain chain = { .readable = cut(text, cuts) };
		char got[LEN] = "";

		cr_assert_eq(vd_chain_read(&chain, got, 3), 0);
		cr_assert_eq(vd_chain_read(&chain, got + 3, 0), 0);
		cr_assert_eq(vd_chain_read(&chain, got + 3, 7), 0);
		cr_assert_arr_eq(got, text, LEN, "cut at %#x", cuts);
		cr_assert_eq(chain.readable.left, 0);
	}
}

Test(chain, writes_the_same_however_the_room_is_cut)
{
	for (unsigned int cuts = 0; cuts < ALL_CUTS; cuts++) {
		struct vd_chain chain = { .writable = cut(room, cuts) };

		memset(room, 'x', LEN);
		cr_assert_eq(vd_chain_write(&chain, text, 4), 0);
		cr_assert_eq(vd_chain_write(&chain, text + 4, 6), 0);
		cr_assert_arr_eq(room, text, LEN, "cut at %#x", cuts);
		cr_assert_eq(chain.writable.left, 0);
	}
}

Test(chain, fills_with_zeros_and_no_further_than_asked)
{
	for (unsigned int cuts = 0; cuts < ALL_CUTS; cuts++) {
		struct vd_chain chain = { .writable = cut(room, cuts) };

		memset(room, 'x', LEN);
		cr_assert_eq(vd_chain_fill(&chain, 6), 0);
		cr_assert_arr_eq(room, "\0\0\0\0\0\0xxxx", LEN);
		cr_assert_eq(chain.writable.left, 4);
	}
}

Test(chain, skips_to_the_same_byte_however_it_is_cut)
{
	for (unsigned int cuts = 0; cuts < ALL_CUTS; cuts++) {
		struct vd_chain chain = { .writable = cut(room, cuts) };

		memset(room, 'x', LEN);
		vd_stream_skip(&chain.writable, 9);
		cr_assert_eq(vd_chain_write(&chain, "!", 1), 0);
		cr_assert_arr_eq(room, "xxxxxxxxx!", LEN, "cut at %#x", cuts);
	}
}

/* What an iovec says, as a string. */
static void collect(const struct iovec *iov, size_t n_iov, char *ret)
{
	for (size_t i = 0; i < n_iov; i++) {
		memcpy(ret, iov[i].iov_base, iov[i].iov_len);
		ret += iov[i].iov_len;
	}
	*ret = '\0';
}

Test(chain, lends_the_bytes_that_come_next)
{
	for (unsigned int cuts = 0; cuts < ALL_CUTS; cuts++) {
		struct vd_stream stream = cut(text, cuts);
		struct iovec iov[LEN];
		char got[LEN + 1];
		size_t n;

		vd_stream_skip(&stream, 2);
		cr_assert_eq(vd_stream_borrow(&stream, iov, LEN, 5, &n), 5);
		collect(iov, n, got);
		cr_assert_str_eq(got, "23456", "cut at %#x", cuts);
	}
}

Test(chain, lends_no_empty_pieces)
{
	struct vd_stream stream = cut(text, ALL_CUTS - 1);
	struct iovec iov[LEN + 1];
	size_t n;

	vd_stream_borrow(&stream, iov, LEN + 1, LEN, &n);
	cr_assert_eq(n, LEN);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(iov[i].iov_len, 1);
}

Test(chain, stays_where_it_is_while_bytes_are_lent)
{
	struct vd_chain *chain = whole();
	struct iovec iov;
	char got[LEN];
	size_t n;

	cr_assert_eq(vd_stream_borrow(&chain->readable, &iov, 1, LEN, &n), LEN);
	cr_assert_eq(chain->readable.left, LEN);
	cr_assert_eq(vd_chain_read(chain, got, LEN), 0);
	cr_assert_arr_eq(got, text, LEN);
}

Test(chain, lends_as_many_bytes_as_the_iovec_has_entries_for)
{
	/* Pieces of one byte each. */
	struct vd_stream stream = cut(text, ALL_CUTS - 1);
	struct iovec iov[3];
	size_t n;

	cr_assert_eq(vd_stream_borrow(&stream, iov, 3, LEN, &n), 3);
	cr_assert_eq(n, 3);
}

Test(chain, lends_no_more_than_there_is)
{
	struct vd_chain *chain = whole();
	struct iovec iov[2];
	size_t n;

	cr_assert_eq(vd_stream_borrow(&chain->readable, iov, 2, 100, &n), LEN);
	cr_assert_eq(n, 1);
	vd_stream_skip(&chain->readable, LEN);
	cr_assert_eq(vd_stream_borrow(&chain->readable, iov, 2, 100, &n), 0);
	cr_assert_eq(n, 0);
}

Test(chain, reads_all_or_nothing)
{
	struct vd_chain *chain = whole();
	char got[LEN + 1] = "untouched";

	cr_assert_eq(vd_chain_read(chain, got, LEN + 1), -ENODATA);
	cr_assert_str_eq(got, "untouched");
	cr_assert_eq(chain->readable.left, LEN);
	cr_assert_eq(vd_chain_read(chain, got, LEN), 0);
	cr_assert_eq(vd_chain_read(chain, got, 1), -ENODATA);
}

Test(chain, writes_all_or_nothing)
{
	struct vd_chain *chain = whole();

	memset(room, 'x', LEN);
	cr_assert_eq(vd_chain_write(chain, "0123456789!", LEN + 1), -ENOSPC);
	cr_assert_eq(vd_chain_fill(chain, LEN + 1), -ENOSPC);
	cr_assert_arr_eq(room, "xxxxxxxxxx", LEN);
	cr_assert_eq(chain->writable.left, LEN);
	cr_assert_eq(vd_chain_fill(chain, LEN), 0);
	cr_assert_eq(vd_chain_write(chain, "!", 1), -ENOSPC);
}

Test(chain, refuses_lengths_that_would_wrap)
{
	struct vd_chain *chain = whole();
	char byte;

	vd_stream_skip(&chain->readable, 1);
	vd_stream_skip(&chain->writable, 1);
	cr_assert_eq(vd_chain_read(chain, &byte, SIZE_MAX), -ENODATA);
	cr_assert_eq(vd_chain_write(chain, &byte, SIZE_MAX), -ENOSPC);
	cr_assert_eq(vd_chain_fill(chain, SIZE_MAX), -ENOSPC);
}

Test(chain, has_nothing_to_read_and_no_room_if_it_is_empty)
{
	struct vd_chain chain = { 0 };
	struct iovec iov;
	char byte;
	size_t n;

	cr_assert_eq(vd_chain_read(&chain, &byte, 1), -ENODATA);
	cr_assert_eq(vd_chain_write(&chain, &byte, 1), -ENOSPC);
	cr_assert_eq(vd_stream_borrow(&chain.readable, &iov, 1, 1, &n), 0);
	vd_stream_skip(&chain.writable, 0);
}

Test(chain, goes_back_to_its_queue_with_the_length_that_was_written)
{
	struct vd_chain *chain = whole();

	vd_chain_complete(chain, LEN);
	cr_assert(queue.requests[0].done);
	cr_assert_eq(queue.requests[0].written, LEN);
}
