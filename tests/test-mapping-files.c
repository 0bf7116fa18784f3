/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Files of other file systems than those that memory is usually on.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vhost-user/mapping.h"

#define PAGE 4096U

/* What a file system says of its blocks, in place of the truth; 0: the truth. */
static uint32_t block_size;

int statx(int fd, const char *path, int flags, unsigned int mask,
	  struct statx *ret)
{
	long r = syscall(SYS_statx, fd, path, flags, mask, ret);

	if (r == 0 && block_size)
		ret->stx_blksize = block_size;

	return (int)r;
}

static const char *const directories[] = { "lower", "upper", "work", "merged" };

/* Whoever is not root is root for himself alone. */
static bool is_on_its_own(void)
{
	if (unshare(CLONE_NEWNS) < 0 &&
	    unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0)
		return false;

	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool has_overlay(const char *path, const char *type)
{
	if (mount("none", path, type, 0, NULL) < 0 || chdir(path) < 0)
		return false;
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		cr_assert_eq(mkdir(directories[i], 0700), 0);

	return mount("none", "merged", "overlay", 0,
		     "lowerdir=lower,upperdir=upper,workdir=work") == 0;
}

static int open_file(const char *type)
{
	char path[] = "/tmp/test-mapping.XXXXXX";
	int fd = -1;

	if (!is_on_its_own())
		cr_skip_test("nothing can be mounted here");
	cr_assert_not_null(mkdtemp(path));
	if (has_overlay(path, type))
		fd = open("merged/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(chdir("/"), 0);
	(void)umount2(path, MNT_DETACH);
	rmdir(path);
	if (fd < 0)
		cr_skip_test("there is no overlayfs on %s", type);
	cr_assert_eq(ftruncate(fd, PAGE), 0);

	return fd;
}

/*
 * Whoever makes the pages of the lower file system makes those of both.  Of ramfs
 * no more is known than of FUSE, and it takes no program to mount it.
 */
Test(mapping_of_files, are_not_local_because_overlayfs_is)
{
	struct vhu_mapping *mapping;
	int fd = open_file("ramfs");

	cr_assert_eq(vhu_mapping_new(fd, 0, PAGE, &mapping), -EOPNOTSUPP);
	close(fd);
}

Test(mapping_of_files, may_be_of_overlayfs_on_memory)
{
	struct vhu_mapping *mapping;
	int fd = open_file("tmpfs");

	cr_assert_eq(vhu_mapping_new(fd, 0, PAGE, &mapping), 0);
	*(char *)vhu_mapping_base(mapping) = 1;
	vhu_mapping_free(mapping);
	close(fd);
}

/* XFS says how wide its stripes are, if it is mounted with "largeio". */
Test(mapping_of_files, may_have_blocks_of_any_size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	struct vhu_mapping *mapping;

	cr_assert_eq(ftruncate(fd, 4 * PAGE), 0);
	cr_assert_eq(pwrite(fd, "x", 1, PAGE), 1);
	block_size = 3 * 64 * 1024;
	cr_assert_eq(vhu_mapping_new(fd, PAGE, 3 * PAGE, &mapping), 0);
	cr_assert_eq(*(char *)vhu_mapping_base(mapping), 'x');
	vhu_mapping_free(mapping);
	close(fd);
}
