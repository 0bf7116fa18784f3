/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Guests, their threads, and the watchdog that looks after them.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/rng-getrandom.h"
#include "backends/rng-retry.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/systemd.h"
#include "daemons/watchdog.h"
#include "tests/captured.h"
#include "virtio-devices/device.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/util.h"

/* Long enough for any machine; a test that passes does not wait for it. */
#define TIMEOUT 10000

static struct guest *guest;
static int front_end = -1;
static int changes = -1;

/* A guest whose device hangs does so between these two. */
static sem_t hanging, released;
static struct vb_timer hang_timer;

static void hang(struct vb_timer *timer)
{
	(void)timer;
	sem_post(&hanging);
	sem_wait(&released);
}

static int new_device(struct guest *owner, struct vb_loop *loop,
		      struct vd_device **ret)
{
	static const struct vb_rng_events none;
	struct vd_rng_backend *backend;

	(void)owner;
	cr_assert_eq(vb_rng_getrandom_new(loop, &none, &backend), 0);

	return vd_rng_new(backend, NULL, ret);
}

static int new_device_that_hangs(struct guest *owner, struct vb_loop *loop,
				 struct vd_device **ret)
{
	hang_timer.fire = hang;
	vb_timer_set(loop, &hang_timer, vb_loop_now(loop));

	return new_device(owner, loop, ret);
}

static int no_device(struct guest *owner, struct vb_loop *loop,
		     struct vd_device **ret)
{
	(void)owner;
	(void)loop;
	(void)ret;

	return -ENODEV;
}

static void changed(void *context)
{
	const uint64_t one = 1;

	(void)context;
	cr_assert_eq(write(changes, &one, sizeof(one)), sizeof(one));
}

static int start(int (*new)(struct guest *, struct vb_loop *,
			    struct vd_device **))
{
	struct guest_config config = {
		.name = "test",
		.new_device = new,
		.changed = changed,
	};
	int fds[2];
	int r;

	log_set_level(LOG_LEVEL_ERROR);
	changes = eventfd(0, EFD_CLOEXEC);
	sem_init(&hanging, 0, 0);
	sem_init(&released, 0, 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
		     0);
	front_end = fds[1];
	config.fd = fds[0];

	r = guest_new(&config, &guest);
	if (r < 0)
		return r;
	cr_assert_eq(guest_start(guest), 0);
	guest_go(guest);

	return 0;
}

static void wait_for_state(enum guest_state state)
{
	struct pollfd pollfd = { .fd = changes, .events = POLLIN };
	uint64_t count;

	while (guest_state(guest) != state) {
		cr_assert_eq(poll(&pollfd, 1, TIMEOUT), 1);
		cr_assert_eq(read(changes, &count, sizeof(count)),
			     sizeof(count));
	}
}

Test(guest, waits_and_can_be_stopped)
{
	cr_assert_eq(start(new_device), 0);
	cr_assert_eq(guest_state(guest), GUEST_WAITING);
	guest_free(guest);
}

Test(guest, that_was_not_let_go_can_be_stopped)
{
	struct guest_config config = {
		.name = "test",
		.new_device = new_device,
		.changed = changed,
	};
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
		     0);
	config.fd = fds[0];
	cr_assert_eq(guest_new(&config, &guest), 0);
	cr_assert_eq(guest_start(guest), 0);
	guest_free(guest);
	close(fds[1]);
}

Test(guest, is_over_when_the_only_front_end_has_gone)
{
	cr_assert_eq(start(new_device), 0);
	close(front_end);
	wait_for_state(GUEST_OVER);
	guest_free(guest);
}

Test(guest, is_connected_once_the_front_end_has_spoken)
{
	/* GET_FEATURES, version 1, no payload. */
	static const uint32_t header[] = { 1, 1, 0 };

	cr_assert_eq(start(new_device), 0);
	cr_assert_eq(write(front_end, header, sizeof(header)), sizeof(header));
	wait_for_state(GUEST_CONNECTED);
	guest_free(guest);
}

Test(guest, takes_the_socket_along_when_it_cannot_be_made)
{
	char byte;

	cr_assert_eq(start(no_device), -ENODEV);
	cr_assert_null(guest);
	cr_assert_eq(read(front_end, &byte, 1), 0);
}

Test(guest, that_hangs_is_named_and_left_as_it_is, .timeout = 60)
{
	cr_assert_eq(start(new_device_that_hangs), 0);
	sem_wait(&hanging);
	capture_stderr();
	log_init("program");
	cr_assert_eq(guest_free(guest), -ETIMEDOUT);
	cr_assert_str_eq(captured(), "program: error: test: the thread of this "
				     "guest does not answer\n");
	sem_post(&released);
	while (guest_free(guest) < 0)
		sched_yield();
}

/* The notifications of a service, as systemd would get them. */
static int notify_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int len;

	/* An abstract name, so that there is no file to be removed. */
	len = snprintf(name, sizeof(name), "@test-guest-%d", (int)getpid());
	memcpy(address.sun_path + 1, name + 1, (size_t)len - 1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				      (size_t)len)),
		     0);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "20000", 1);

	return fd;
}

static size_t count_messages(int fd)
{
	size_t count = 0;
	char text[64];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0) {
		cr_assert_eq(n, (ssize_t)strlen("WATCHDOG=1"));
		cr_assert(!memcmp(text, "WATCHDOG=1", (size_t)n));
		count++;
	}

	return count;
}

static struct vb_loop *main_loop;

static void end(struct vb_timer *timer)
{
	(void)timer;
	vb_loop_stop(main_loop);
}

/* The kernel queues no more than ten messages, and nobody reads meanwhile. */
#define MAX_LOOKS 8

/* Have the watchdog look after @guest for as long as @looks looks take. */
static size_t signs_of_life(unsigned int looks)
{
	struct vb_timer timer = { .fire = end };
	struct watchdog watchdog;
	size_t count;
	int fd = notify_socket();

	systemd_notify_open();
	cr_assert_eq(vb_loop_new(&main_loop), 0);
	watchdog_start(&watchdog, main_loop, &guest, 1);
	cr_assert_eq(watchdog.interval, 5 * VD_NSEC_PER_MSEC);
	vb_timer_set(main_loop, &timer,
		     vb_loop_now(main_loop) + looks * watchdog.interval);
	cr_assert_eq(vb_loop_run(main_loop), 0);
	watchdog_stop(&watchdog);
	vb_loop_free(main_loop);
	count = count_messages(fd);
	systemd_notify_close();
	close(fd);

	return count;
}

Test(watchdog, gives_signs_of_life_while_guests_answer)
{
	cr_assert_eq(start(new_device), 0);
	cr_assert_geq(signs_of_life(MAX_LOOKS), 1);
	guest_free(guest);
}

Test(watchdog, does_not_wait_for_systemd, .timeout = 60)
{
	int fd = notify_socket(), r;
	struct sockaddr_un address;
	socklen_t len = sizeof(address);
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	cr_assert_eq(connect(other, (struct sockaddr *)&address, len), 0);
	do {
		r = (int)send(other, "WATCHDOG=1", strlen("WATCHDOG=1"), 0);
	} while (r > 0);
	cr_assert_eq(errno, EAGAIN);

	systemd_notify_open();
	systemd_notify_if_room("WATCHDOG=1");
	cr_assert_gt(count_messages(fd), 0);
	systemd_notify_if_room("WATCHDOG=1");
	cr_assert_eq(count_messages(fd), 1);
	systemd_notify_close();
	close(other);
	close(fd);
}

Test(watchdog, is_silent_while_a_guest_hangs)
{
	size_t count;

	cr_assert_eq(start(new_device_that_hangs), 0);
	sem_wait(&hanging);
	count = signs_of_life(MAX_LOOKS);
	sem_post(&released);
	cr_assert_eq(count, 0);
	guest_free(guest);
}

Test(watchdog, does_nothing_where_nobody_wants_it)
{
	struct watchdog watchdog;

	cr_assert_eq(start(new_device), 0);
	unsetenv("WATCHDOG_USEC");
	cr_assert_eq(vb_loop_new(&main_loop), 0);
	watchdog_start(&watchdog, main_loop, &guest, 1);
	cr_assert_null(watchdog.timer.loop);
	watchdog_stop(&watchdog);
	vb_loop_free(main_loop);
	guest_free(guest);
}
