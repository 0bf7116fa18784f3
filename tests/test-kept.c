/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * When a session could be taken up by another process, and when not.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/loop.h"
#include "tests/fake-entropy.h"
#include "vhost-user/keeper.h"
#include "vhost-user/kept-private.h"
#include "vhost-user/session.h"
#include "vhost-user/wire.h"
#include "virtio-devices/device.h"
#include "virtio-devices/rng.h"

static struct vb_loop *loop;
static struct fake_entropy entropy;
static struct vd_device *device;
static struct vhu_session *session;
static int front_end, back_end;
static const struct vhu_state_file *state;
static bool is_behind;

static void keep(struct vhu_keeper *keeper, unsigned int number, int fd)
{
	void *map;

	(void)keeper;
	if (number != VHU_KEPT_STATE)
		return;

	map = mmap(NULL, sizeof(*state), PROT_READ, MAP_SHARED, fd, 0);
	cr_assert_neq(map, MAP_FAILED);
	state = map;
}

static void drop(struct vhu_keeper *keeper, unsigned int number)
{
	(void)keeper;
	(void)number;
}

static bool is_same(struct vhu_keeper *keeper, int a, int b)
{
	(void)keeper;

	return a == b;
}

static bool is_settled(struct vhu_keeper *keeper)
{
	(void)keeper;

	return !is_behind;
}

static const struct vhu_keeper_ops keeper_ops = {
	.keep = keep,
	.drop = drop,
	.is_same = is_same,
	.is_settled = is_settled,
};

static struct vhu_keeper keeper = { .ops = &keeper_ops };

static void setup(void)
{
	const struct vhu_session_config config = { .keeper = &keeper };
	int sockets[2];

	cr_assert_eq(vb_loop_new(&loop), 0);
	fake_entropy_init(&entropy);
	cr_assert_eq(vd_rng_new(&entropy.backend, NULL, &device), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	front_end = sockets[0];
	back_end = sockets[1];
	cr_assert_eq(vhu_session_new(loop, device, back_end, &config, &session),
		     0);
}

static void teardown(void)
{
	vhu_session_free(session);
	vd_device_free(device);
	vb_loop_free(loop);
	close(front_end);
}

TestSuite(kept, .init = setup, .fini = teardown);

static void step(void)
{
	cr_assert_eq(vb_loop_step(loop), 0);
}

/* A message without an answer, or the first bytes of it. */
static void say(size_t len)
{
	const struct vhu_header header = { .request = VHU_SET_OWNER,
					   .flags = VHU_VERSION };

	cr_assert_eq(write(front_end, &header, len), (ssize_t)len);
}

static void say_all(void)
{
	say(sizeof(struct vhu_header));
}

Test(kept, is_whole_after_a_message)
{
	say_all();
	step();
	cr_assert_not(state->busy);
}

Test(kept, is_busy_in_the_middle_of_a_message)
{
	say(4);
	step();
	cr_assert(state->busy);
}

Test(kept, is_busy_until_its_keeper_has_caught_up)
{
	is_behind = true;
	say_all();
	step();
	cr_assert(state->busy);
	is_behind = false;
	keeper.settled(keeper.context);
	cr_assert_not(state->busy);
}

Test(kept, is_busy_in_a_message_although_its_keeper_has_caught_up)
{
	say(4);
	step();
	keeper.settled(keeper.context);
	cr_assert(state->busy);
}

/* Comes before the session, and takes what that was told of. */
static void take_it(struct vb_source *source, uint32_t events)
{
	char buf[sizeof(struct vhu_header)];

	(void)events;
	cr_assert_eq(read(source->fd, buf, sizeof(buf)), sizeof(buf));
}

static void be_woken_for_nothing(void)
{
	struct vb_source thief = { .fd = dup(back_end),
				   .first = true,
				   .ready = take_it };

	cr_assert_eq(vb_loop_watch(loop, &thief, EPOLLIN), 0);
	say_all();
	step();
	vb_source_remove(&thief);
	vb_source_close(&thief);
}

Test(kept, is_whole_after_there_was_nothing_to_read)
{
	say_all();
	step();
	be_woken_for_nothing();
	cr_assert_not(state->busy);
}

Test(kept, is_busy_in_a_message_of_which_nothing_more_has_come)
{
	say(4);
	step();
	be_woken_for_nothing();
	cr_assert(state->busy);
}

Test(kept, is_busy_until_the_first_message)
{
	be_woken_for_nothing();
	cr_assert(state->busy);
}
