/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The log of dirty pages: what is mapped, what is refused, which bits are set.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost-user/dirty-log.h"

#define PAGE 4096ULL
#define FILE_SIZE (2 * PAGE)

static int log_file(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	cr_assert_eq(ftruncate(fd, FILE_SIZE), 0);

	return fd;
}

/* The file, after @len bytes at @gpa were marked in a log of @size at @offset. */
static const uint8_t *mark(uint64_t offset, uint64_t size, uint64_t gpa,
			   uint64_t len)
{
	struct vhu_dirty_log *log = NULL;
	int fd = log_file();
	const uint8_t *bytes;

	cr_assert_eq(vhu_dirty_log_new(fd, offset, size, NULL, &log), 0);
	vhu_dirty_log_mark(log, gpa, len);
	vhu_dirty_log_free(log);
	bytes = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	cr_assert(bytes != MAP_FAILED);
	close(fd);

	return bytes;
}

static unsigned int count_bits(const uint8_t *bytes)
{
	unsigned int n = 0;

	for (size_t i = 0; i < FILE_SIZE; i++)
		n += (unsigned int)__builtin_popcount(bytes[i]);

	return n;
}

Test(dirty_log, has_a_bit_for_each_page)
{
	const uint8_t *bytes = mark(0, PAGE, 10 * PAGE + 5, 1);

	cr_assert_eq(bytes[1], 1U << 2);
	cr_assert_eq(count_bits(bytes), 1);
}

Test(dirty_log, takes_the_last_byte_into_account)
{
	cr_assert_eq(count_bits(mark(0, PAGE, PAGE - 1, 1)), 1);
	cr_assert_eq(count_bits(mark(0, PAGE, PAGE - 1, 2)), 2);
	cr_assert_eq(count_bits(mark(0, PAGE, 0, PAGE)), 1);
	cr_assert_eq(count_bits(mark(0, PAGE, 1, 10 * PAGE)), 11);
}

Test(dirty_log, may_begin_anywhere_in_its_file)
{
	const uint8_t *bytes = mark(PAGE + 3, 1, 7 * PAGE, 1);

	cr_assert_eq(bytes[PAGE + 3], 1U << 7);
	cr_assert_eq(count_bits(bytes), 1);
}

Test(dirty_log, leaves_out_pages_that_it_has_no_bit_for)
{
	cr_assert_eq(count_bits(mark(0, 1, 8 * PAGE, 1)), 0);
	cr_assert_eq(count_bits(mark(0, 1, 7 * PAGE, 100 * PAGE)), 1);
	cr_assert_eq(count_bits(mark(0, PAGE, UINT64_MAX - 1, 2)), 0);
	cr_assert_eq(count_bits(mark(0, PAGE, 1ULL << 63, 1)), 0);
}

struct bad_log {
	char why[32];
	uint64_t offset, size;
};

ParameterizedTestParameters(dirty_log, is_refused_if_it_is_impossible)
{
	static struct bad_log logs[] = {
		{ "empty", 0, 0 },
		{ "a byte beyond the file", 0, FILE_SIZE + 1 },
		{ "begins beyond the file", FILE_SIZE + 1, 1 },
		{ "begins at its end", FILE_SIZE, 1 },
		{ "wraps around", UINT64_MAX, 2 },
		{ "wraps around to the end", 1, UINT64_MAX },
		{ "2^63", 1ULL << 63, 1ULL << 63 },
		{ "2^63 bytes", 0, 1ULL << 63 },
		{ "all there is", 0, UINT64_MAX },
	};

	return cr_make_param_array(struct bad_log, logs,
				   sizeof(logs) / sizeof(logs[0]));
}

ParameterizedTest(struct bad_log *bad, dirty_log,
		  is_refused_if_it_is_impossible)
{
	struct vhu_dirty_log *log = (void *)0x1;
	int fd = log_file();

	cr_assert_eq(vhu_dirty_log_new(fd, bad->offset, bad->size, NULL, &log),
		     -EINVAL, "%s", bad->why);
	cr_assert_eq(log, (void *)0x1);
	close(fd);
}

Test(dirty_log, is_no_longer_than_what_a_guest_can_address)
{
	struct vhu_dirty_log *log = NULL;
	int fd = log_file();

	cr_assert_eq(ftruncate(fd, VHU_LOG_MAX + 1), 0);
	cr_assert_eq(vhu_dirty_log_new(fd, 0, VHU_LOG_MAX + 1, NULL, &log),
		     -EINVAL);
	close(fd);
}

Test(dirty_log, has_to_be_a_file)
{
	struct vhu_dirty_log *log = NULL;
	int fd = eventfd(0, EFD_CLOEXEC);

	cr_assert_eq(vhu_dirty_log_new(fd, 0, PAGE, NULL, &log), -EINVAL);
	close(fd);
	cr_assert_eq(vhu_dirty_log_new(fd, 0, PAGE, NULL, &log), -EBADF);
}
