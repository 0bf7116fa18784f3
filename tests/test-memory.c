/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Guest memory: what is mapped, what is refused, and what is found.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost-user/memory.h"
#include "virtio-devices/util.h"

#define PAGE 4096ULL

static int guest_ram(uint64_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	cr_assert_eq(ftruncate(fd, (off_t)size), 0);

	return fd;
}

/* A map of @n regions in one file of 16 pages. */
static struct vhu_memory *map_of(const struct vhu_region *regions, size_t n)
{
	struct vhu_memory *memory = NULL;
	int fd = guest_ram(16 * PAGE);
	int fds[8];

	for (size_t i = 0; i < n; i++)
		fds[i] = fd;
	cr_assert_eq(vhu_memory_new(regions, fds, n, &memory), 0);
	close(fd);

	return memory;
}

static const struct vhu_region two[] = {
	{ .gpa = 16 * PAGE, .size = PAGE, .user = 0x70000000, .offset = PAGE },
	{ .gpa = 0, .size = PAGE, .user = 0x60000000, .offset = 0 },
};

Test(memory, finds_a_guest_address_in_any_order_of_regions)
{
	struct vhu_memory *memory = map_of(two, 2);
	uint64_t len = 1;

	cr_assert(vhu_memory_translate(memory, 16 * PAGE + 5, &len));
	cr_assert(vhu_memory_translate(memory, 5, &len));
	cr_assert_eq(len, 1);
	vhu_memory_free(memory);
}

Test(memory, gives_the_bytes_of_the_file_at_the_offset)
{
	struct vhu_region region = { .gpa = 0,
				     .size = PAGE,
				     .offset = 3 * PAGE + 128 };
	struct vhu_memory *memory = NULL;
	int fd = guest_ram(16 * PAGE);
	uint64_t len = 4;
	char *p;

	cr_assert_eq(pwrite(fd, "here", 4, 3 * PAGE + 128), 4);
	cr_assert_eq(vhu_memory_new(&region, &fd, 1, &memory), 0);
	p = vhu_memory_translate(memory, 0, &len);
	cr_assert_eq(memcmp(p, "here", 4), 0);
	close(fd);
	vhu_memory_free(memory);
}

Test(memory, cuts_the_length_where_a_region_ends)
{
	struct vhu_memory *memory = map_of(two, 2);
	uint64_t len = 100;

	cr_assert(vhu_memory_translate(memory, PAGE - 10, &len));
	cr_assert_eq(len, 10);
	vhu_memory_free(memory);
}

Test(memory, has_nothing_between_and_behind_the_regions)
{
	struct vhu_memory *memory = map_of(two, 2);
	uint64_t len = 1;

	cr_assert_null(vhu_memory_translate(memory, PAGE, &len));
	cr_assert_null(vhu_memory_translate(memory, 16 * PAGE - 1, &len));
	cr_assert_null(vhu_memory_translate(memory, 17 * PAGE, &len));
	cr_assert_null(vhu_memory_translate(memory, UINT64_MAX, &len));
	cr_assert_null(vhu_memory_translate(NULL, 0, &len));
	vhu_memory_free(memory);
}

Test(memory, finds_a_front_ends_address_only_if_all_of_it_is_there)
{
	struct vhu_memory *memory = map_of(two, 2);

	cr_assert(vhu_memory_at_user(memory, 0x60000000, PAGE));
	cr_assert_null(vhu_memory_at_user(memory, 0x60000000, PAGE + 1));
	cr_assert_null(vhu_memory_at_user(memory, 0x60000001, PAGE));
	cr_assert_null(vhu_memory_at_user(memory, 0x5fffffff, 1));
	cr_assert_null(vhu_memory_at_user(memory, UINT64_MAX, UINT64_MAX));
	vhu_memory_free(memory);
}

Test(memory, holds_no_descriptor)
{
	struct vhu_memory *memory = NULL;
	int fd = guest_ram(16 * PAGE), probe;

	cr_assert_eq(vhu_memory_new(&two[0], &fd, 1, &memory), 0);
	close(fd);
	probe = dup(0);
	cr_assert_eq(probe, fd);
	close(probe);
	vhu_memory_free(memory);
}

struct bad_region {
	char why[32];
	uint64_t gpa, size, user, offset;
};

ParameterizedTestParameters(memory, refuses_impossible_regions)
{
	static struct bad_region regions[] = {
		{ "empty", 0, 0, 0, 0 },
		{ "wraps in guest space", UINT64_MAX - 10, PAGE, 0, 0 },
		{ "wraps in the front-end", 0, PAGE, UINT64_MAX - 10, 0 },
		{ "wraps in the file", 0, PAGE, 0, UINT64_MAX - 10 },
		{ "offset beyond the file", 0, PAGE, 0, 17 * PAGE },
		{ "end beyond the file", 0, PAGE + 1, 0, 15 * PAGE },
		{ "all of the address space", 0, UINT64_MAX, 0, 0 },
		{ "huge", 0, 1ULL << 63, 0, 0 },
		{ "overlaps in guest space", 100 * PAGE, 16 * PAGE, 0, 0 },
		{ "one byte in guest space", 101 * PAGE - 1, 16 * PAGE, 0, 0 },
		{ "overlaps in the front-end", 0, 16 * PAGE, 0x50000fff, 0 },
	};

	return cr_make_param_array(struct bad_region, regions,
				   VD_ARRAY_SIZE(regions));
}

ParameterizedTest(struct bad_region *t, memory, refuses_impossible_regions)
{
	const struct vhu_region good = { .gpa = 100 * PAGE,
					 .size = PAGE,
					 .user = 0x50000000 };
	const struct vhu_region bad = { t->gpa, t->size, t->user, t->offset };
	struct vhu_memory *memory = map_of(&good, 1);
	int fd = guest_ram(16 * PAGE);
	uint64_t len = 1;

	cr_assert_eq(vhu_memory_add(memory, &bad, fd), -EINVAL, "%s", t->why);
	cr_assert(vhu_memory_translate(memory, 100 * PAGE, &len),
		  "%s: the old region is gone", t->why);
	close(fd);
	vhu_memory_free(memory);
}

Test(memory, leaves_the_result_alone_when_a_table_is_bad)
{
	struct vhu_region regions[] = { two[0], two[0] };
	struct vhu_memory *memory = (void *)1;
	int fd = guest_ram(16 * PAGE);
	int fds[] = { fd, fd };

	cr_assert_eq(vhu_memory_new(regions, fds, 2, &memory), -EINVAL);
	cr_assert_eq(memory, (void *)1);
	close(fd);
}

Test(memory, refuses_what_is_no_regular_file)
{
	struct vhu_memory *memory = NULL;
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	cr_assert_eq(vhu_memory_new(two, fds, 1, &memory), -EINVAL);
	close(fds[0]);
	close(fds[1]);
	cr_assert_lt(vhu_memory_new(two, fds, 1, &memory), 0);
}

Test(memory, removes_a_region_whatever_its_offset)
{
	struct vhu_memory *memory = map_of(two, 2);
	struct vhu_region region = two[0];
	uint64_t len = 1;

	region.offset = 12345;
	cr_assert_eq(vhu_memory_remove(memory, &region), 0);
	cr_assert_null(vhu_memory_translate(memory, region.gpa, &len));
	cr_assert(vhu_memory_translate(memory, 0, &len));
	cr_assert_eq(vhu_memory_remove(memory, &region), -ENOENT);
	vhu_memory_free(memory);
}

Test(memory, holds_as_many_regions_as_it_says_and_no_more)
{
	struct vhu_memory *memory = NULL;
	int fd = guest_ram(16 * PAGE);

	cr_assert_eq(vhu_memory_new(NULL, NULL, 0, &memory), 0);
	for (uint64_t i = 0; i <= VHU_MAX_SLOTS; i++) {
		/* Every other place, from the back. */
		const struct vhu_region region = {
			.gpa = 2 * (VHU_MAX_SLOTS - i + 1) * PAGE,
			.size = PAGE,
			.user = i * PAGE,
			.offset = i % 16 * PAGE,
		};
		int expected = i < VHU_MAX_SLOTS ? 0 : -ENOSPC;

		cr_assert_eq(vhu_memory_add(memory, &region, fd), expected);
	}
	for (uint64_t i = 1; i / 2 < VHU_MAX_SLOTS; i++) {
		uint64_t len = 1;
		bool there = vhu_memory_translate(memory, i * PAGE + 3, &len);

		cr_assert_eq(there, i >= 4 && i % 2 == 0, "page %lu",
			     (unsigned long)i);
	}
	close(fd);
	vhu_memory_free(memory);
}

/* That takes more than the 32 bits that a long may have. */
Test(memory, finds_what_is_far_into_a_file)
{
	const uint64_t far = 1ULL << 32;
	struct vhu_region region = { .size = PAGE, .offset = far };
	struct vhu_memory *memory = NULL;
	uint64_t len = 1;
	char *found;
	int fd = guest_ram(far + PAGE);

	cr_assert_eq(pwrite(fd, "far", 3, (off_t)far), 3);
	cr_assert_eq(vhu_memory_new(&region, &fd, 1, &memory), 0);

	found = vhu_memory_translate(memory, 0, &len);

	cr_assert_not_null(found);
	cr_assert_arr_eq(found, "far", 3);
	close(fd);
	vhu_memory_free(memory);
}

/* Files can be so long and have nothing in them. */
Test(memory, leaves_address_space_for_others)
{
	const struct vhu_region regions[] = {
		{ .size = PAGE },
		{ .gpa = PAGE, .user = PAGE, .size = VHU_MAX_MEMORY },
		{ .gpa = PAGE,
		  .user = PAGE,
		  .size = VHU_MAX_MEMORY - PAGE + 1 },
	};
	struct vhu_memory *memory = map_of(regions, 1);
	int fd = guest_ram(2 * VHU_MAX_MEMORY);

	cr_assert_eq(vhu_memory_add(memory, &regions[1], fd), -ENOSPC);
	cr_assert_eq(vhu_memory_add(memory, &regions[2], fd), -ENOSPC);
	close(fd);
	vhu_memory_free(memory);
}
