/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and front-ends that are signalled through what they should not be.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "virtio-devices/util.h"

static int notify_through(uint32_t request, int fd)
{
	const uint64_t zero = 0;
	int r = vhu_frontend_tell(guest.frontend, request, &zero, sizeof(zero),
				  &fd, 1);

	cr_assert_eq(vhu_frontend_sync(guest.frontend), 0);

	return r;
}

static const uint32_t notifiers[] = { VHU_SET_VRING_KICK, VHU_SET_VRING_CALL,
				      VHU_SET_VRING_ERR };

/* They stay as they were. */
ATTACK(hostile_notifiers, are_refused_if_they_are_files)
{
	const int fds[] = {
		open("/dev/null", O_RDWR | O_CLOEXEC),
		open("/", O_PATH | O_CLOEXEC),
		open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
		memfd_create("file", MFD_CLOEXEC),
		epoll_create1(EPOLL_CLOEXEC),
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++) {
		for (size_t k = 0; k < VD_ARRAY_SIZE(notifiers); k++)
			cr_assert_eq(notify_through(notifiers[k], fds[i]),
				     -EREMOTEIO, "%zu", i);
		close(fds[i]);
	}
	attack_expect_service();
}

/* Nobody reads from them, nor writes. */
ATTACK(hostile_notifiers, may_be_such_that_do_not_work)
{
	int pipes[2], sockets[2], full = eventfd(0, EFD_CLOEXEC);
	const uint64_t most = UINT64_MAX - 1;

	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	cr_assert_eq(write(full, &most, sizeof(most)), 8);
	close(pipes[0]);
	close(sockets[1]);

	const int fds[] = { pipes[1], sockets[0], full };

	for (size_t i = 0; i < VD_ARRAY_SIZE(fds); i++) {
		for (size_t k = 0; k < VD_ARRAY_SIZE(notifiers); k++)
			cr_assert_eq(notify_through(notifiers[k], fds[i]), 0);
		close(fds[i]);
	}
	/* With good ones, all is well again. */
	vhu_frontend_tell_vring(guest.frontend, 0, VHU_SET_VRING_KICK);
	vhu_frontend_tell_vring(guest.frontend, 0, VHU_SET_VRING_CALL);
	attack_expect_service();
}

static void add_request(void)
{
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, &guest, &request);
	struct vhu_driver_ring *ring = request_queue()->ring;

	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, request_index()), 0);
}

/*
 * An eventfd that it has made blocking and filled: see docs/reliability.md.  What
 * waits is the thread of its own guest, or all of the socket daemon, until there is
 * room again.
 */
ATTACK(hostile_notifiers, keep_nobody_waiting_but_their_own_guest)
{
	const uint64_t most = UINT64_MAX - 1;
	int fd = request_queue()->call_fd;
	struct vhu_driver_used used;
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n;
	cr_assert_eq(write(fd, &most, sizeof(most)), (ssize_t)sizeof(most));
	cr_assert_eq(fcntl(fd, F_SETFL, 0), 0);
	add_request();
	if (!device_types[type].answers) {
		for (int i = 0; i < 10; i++)
			guest_request(&bystander, type);
	}

	cr_assert_eq(read(fd, &count, sizeof(count)), (ssize_t)sizeof(count));
	cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (vhu_driver_ring_get(request_queue()->ring, &used) == 0)
		cr_assert_eq(vhu_frontend_wait(guest.frontend, request_index()),
			     0);
	attack_expect_service();
}
