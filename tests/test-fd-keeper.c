/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A keeper, and a service manager that may be busy.  What this tells that one is
 * caught here.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/fd-keeper.h"
#include "daemons/systemd.h"
#include "tests/wait.h"

#define NUMBER 5

static struct vb_loop *loop;
static struct fd_keeper keeper;
static bool is_busy;
static unsigned int n_sent, n_waits;

static bool is_for_manager(const struct msghdr *message)
{
	return message->msg_iovlen == 1 && message->msg_iov->iov_len > 7 &&
	       memcmp(message->msg_iov->iov_base, "FDSTORE", 7) == 0;
}

/* Criterion sends messages, too. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	if (!is_for_manager(message))
		return syscall(SYS_sendmsg, fd, message, flags);

	n_sent++;
	if (is_busy && !(flags & MSG_DONTWAIT))
		n_waits++;
	errno = EAGAIN;

	return is_busy ? -1 : 1;
}

/* Its queue is not read from, and not written to. */
static void open_manager(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* The kernel chooses a name, which begins with a zero byte. */
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)),
		     0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	address.sun_path[0] = '@';
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	systemd_notify_open();
	unsetenv("NOTIFY_SOCKET");
}

static void setup(void)
{
	open_manager();
	cr_assert_eq(vb_loop_new(&loop), 0);
	fd_keeper_init(&keeper, 0, getpid(), loop);
}

static void teardown(void)
{
	is_busy = false;
	fd_keeper_fini(&keeper);
	vb_loop_free(loop);
	systemd_notify_close();
}

TestSuite(fd_keeper, .init = setup, .fini = teardown);

static void keep(void)
{
	keeper.keeper.ops->keep(&keeper.keeper, NUMBER, STDIN_FILENO);
}

static void drop(void)
{
	keeper.keeper.ops->drop(&keeper.keeper, NUMBER);
}

static bool is_settled(void)
{
	return keeper.keeper.ops->is_settled(&keeper.keeper);
}

static void step(void)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	poll(&pollfd, 1, 100);
	cr_assert_eq(vb_loop_step(loop), 0);
}

Test(fd_keeper, is_settled_at_once_if_there_is_room)
{
	keep();
	cr_assert_eq(n_sent, 1);
	cr_assert(is_settled());
	drop();
	cr_assert_eq(n_sent, 2);
	cr_assert(is_settled());
}

Test(fd_keeper, is_settled_as_soon_as_there_is_room)
{
	is_busy = true;
	keep();
	cr_assert_not(is_settled());
	is_busy = false;
	WORK_UNTIL(is_settled(), step());
}

/* Guests that share a thread would wait for each other's keepers, all the time. */
Test(fd_keeper, waits_once_for_a_manager_that_does_nothing)
{
	is_busy = true;
	keep();
	WORK_UNTIL(n_sent == 3, step());
	cr_assert_eq(n_waits, 1);
}

Test(fd_keeper, waits_again_for_a_manager_that_has_done_something)
{
	is_busy = true;
	keep();
	is_busy = false;
	WORK_UNTIL(is_settled(), step());
	is_busy = true;
	drop();
	cr_assert_eq(n_waits, 2);
}

Test(fd_keeper, forgets_what_it_has_not_given_away)
{
	is_busy = true;
	keep();
	drop();
	cr_assert(is_settled());
	is_busy = false;
	WORK_UNTIL(!keeper.retry.loop, step());
	cr_assert_eq(n_sent, 1);
}
