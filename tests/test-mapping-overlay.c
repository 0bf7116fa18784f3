/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Files of file systems that are put on top of others: who makes the pages of
 * the lower one makes those of both.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost-user/mapping.h"

#define PAGE 4096U

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
 * Of ramfs no more is known than of FUSE, and it does not take a program to mount
 * it.
 */
Test(mapping_overlay, is_not_on_a_disk_because_it_is_on_top)
{
	struct vhu_mapping *mapping;
	int fd = open_file("ramfs");

	cr_assert_eq(vhu_mapping_new(fd, 0, PAGE, &mapping), -EOPNOTSUPP);
	close(fd);
}

Test(mapping_overlay, may_be_on_top_of_memory)
{
	struct vhu_mapping *mapping;
	int fd = open_file("tmpfs");

	cr_assert_eq(vhu_mapping_new(fd, 0, PAGE, &mapping), 0);
	*(char *)vhu_mapping_base(mapping) = 1;
	vhu_mapping_free(mapping);
	close(fd);
}
