/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * QEMU's are eventfds, while User-Mode Linux uses pipes and sockets for the
 * calls.  So all of them are non-blocking, and what goes wrong with one of them is
 * the front-end's own affair.
 *
 * The flag is only ever set and never cleared: the open file is shared with
 * the front-end, and QEMU hangs if it finds its event notifier blocking.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/loop.h"
#include "vhost-user/notifier.h"

/* One of them would say that it does not have the loop; anything else cannot. */
static bool is_epoll(int fd, const struct vb_loop *loop)
{
	return epoll_ctl(fd, EPOLL_CTL_DEL, vb_loop_fd(loop), NULL) == 0 ||
	       errno == ENOENT;
}

/* What has no name in any file system, an eventfd for one, is of no type. */
static int check(int fd, const struct vb_loop *loop)
{
	struct statx file;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE,
		  &file) < 0)
		return -errno;

	switch (file.stx_mode & S_IFMT) {
	case 0:
		return is_epoll(fd, loop) ? -EINVAL : 0;
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	default:
		return -EINVAL;
	}
}

int vhu_notifier_accept(int fd, const struct vb_loop *loop)
{
	int flags, r;

	r = check(fd, loop);
	if (r < 0)
		return r;

	flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && !(flags & O_NONBLOCK))
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);

	return 0;
}

void vhu_notifier_signal(int fd)
{
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n;
}
