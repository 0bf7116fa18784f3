/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/loop.h"
#include "vhost-user/notifier.h"

static struct vb_loop *loop;

static void setup(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
}

static void teardown(void)
{
	vb_loop_free(loop);
}

TestSuite(notifier, .init = setup, .fini = teardown);

static bool is_nonblocking(int fd)
{
	return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

static void expect_accepted(int fd)
{
	cr_assert(fd >= 0);
	cr_assert_not(is_nonblocking(fd));
	cr_assert_eq(vhu_notifier_accept(fd, loop), 0);
	cr_assert(is_nonblocking(fd));
	close(fd);
}

static void expect_refused(int fd, int error)
{
	cr_assert_eq(vhu_notifier_accept(fd, loop), error);
	cr_assert(fd < 0 || !is_nonblocking(fd));
	close(fd);
}

Test(notifier, may_be_an_eventfd)
{
	expect_accepted(eventfd(0, 0));
}

Test(notifier, may_be_either_end_of_a_pipe)
{
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	expect_accepted(fds[0]);
	expect_accepted(fds[1]);
}

Test(notifier, may_be_a_socket)
{
	expect_accepted(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* Each interrupt would be eight bytes more of it. */
Test(notifier, is_not_memory)
{
	expect_refused(memfd_create("memory", 0), -EINVAL);
}

Test(notifier, is_not_a_file)
{
	expect_refused(open("/proc/self/exe", O_RDONLY), -EINVAL);
	expect_refused(open("/", O_RDONLY | O_DIRECTORY), -EINVAL);
}

/* Of those that programs provide, write() and epoll may take for ever. */
Test(notifier, is_not_a_device)
{
	expect_refused(open("/dev/null", O_RDWR), -EINVAL);
	expect_refused(open("/dev/null", O_PATH), -EINVAL);
}

/* It would stand for any number of others. */
Test(notifier, is_not_made_by_epoll)
{
	int full = epoll_create1(0), fd = eventfd(0, 0);
	struct epoll_event event = { .events = EPOLLIN };

	expect_refused(epoll_create1(0), -EINVAL);
	cr_assert_eq(epoll_ctl(full, EPOLL_CTL_ADD, fd, &event), 0);
	expect_refused(full, -EINVAL);
	close(fd);
}

Test(notifier, has_to_be_open)
{
	expect_refused(-1, -EBADF);
}

Test(notifier, wakes_the_other_end)
{
	int fd = eventfd(0, 0);
	uint64_t count = 0;

	cr_assert_eq(vhu_notifier_accept(fd, loop), 0);
	vhu_notifier_signal(fd);
	vhu_notifier_signal(fd);
	cr_assert_eq(read(fd, &count, sizeof(count)), (ssize_t)sizeof(count));
	cr_assert_eq(count, 2);
	close(fd);
}

Test(notifier, is_not_waited_for_when_it_is_full)
{
	const uint64_t most = UINT64_MAX - 1;
	int fd = eventfd(0, 0);
	uint64_t count = 0;

	cr_assert_eq(write(fd, &most, sizeof(most)), (ssize_t)sizeof(most));
	cr_assert_eq(vhu_notifier_accept(fd, loop), 0);
	vhu_notifier_signal(fd);
	cr_assert_eq(read(fd, &count, sizeof(count)), (ssize_t)sizeof(count));
	cr_assert_eq(count, most);
	close(fd);
}
