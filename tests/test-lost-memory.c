/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end that takes away memory while the device works with it loses its
 * own connection, and nobody notices but itself.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fixture-request.h"
#include "virtio-devices/util.h"

#define N_AT_ONCE 60

static struct fixture fixture;
static struct guest guest;
static struct guest bystander;

static void start(size_t type)
{
	device_start(&fixture, type, false);
	device_boot(&bystander, fixture.path[1], type);
	guest_request(&bystander, type);
	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
}

/* From here on, the test must not touch the guest's memory either. */
static void truncate_memory(off_t size)
{
	struct vhu_region regions[VHU_MAX_TABLE];
	int fds[VHU_MAX_TABLE];

	cr_assert_eq(vhu_guest_memory_table(guest.memory, regions, fds), 1);
	cr_assert_eq(ftruncate(fds[0], size), 0);
}

static void expect_only_that_one_lost(size_t type)
{
	guest_wait_hangup(&guest);
	guest_free(&guest);
	guest_request(&bystander, type);
	cr_assert_eq(vhu_frontend_sync(bystander.frontend), 0);

	device_boot(&guest, fixture.path[0], type);
	guest_request(&guest, type);
	guest_free(&guest);
	guest_free(&bystander);
	fixture_stop(&fixture);
}

static struct criterion_test_params each_type(void)
{
	static size_t types[8];

	for (size_t i = 0; i < n_device_types; i++)
		types[i] = i;

	return cr_make_param_array(size_t, types, n_device_types);
}

ParameterizedTestParameters(lost_memory, with_the_ring_ends_one_connection)
{
	return each_type();
}

ParameterizedTest(size_t *type, lost_memory, with_the_ring_ends_one_connection)
{
	start(*type);
	truncate_memory(0);
	cr_assert_eq(
		vhu_frontend_kick(guest.frontend, device_types[*type].queue),
		0);
	expect_only_that_one_lost(*type);
}

ParameterizedTestParameters(lost_memory, while_requests_are_served_does)
{
	return each_type();
}

/* Somewhere between the first and the last of them. */
ParameterizedTest(size_t *type, lost_memory, while_requests_are_served_does)
{
	struct vhu_frontend_queue *queue;
	struct vhu_driver_chain chain;
	struct request request;

	start(*type);
	queue = vhu_frontend_queue(guest.frontend, device_types[*type].queue);
	chain = request_chain(*type, &guest, &request);
	for (int i = 0; i < N_AT_ONCE / 4; i++)
		cr_assert_eq(vhu_driver_ring_add(queue->ring, &chain), 0);
	vhu_driver_ring_publish(queue->ring);
	cr_assert_eq(eventfd_write(queue->kick_fd, 1), 0);
	truncate_memory(0);
	cr_assert_eq(eventfd_write(queue->kick_fd, 1), 0);
	expect_only_that_one_lost(*type);
}

ParameterizedTestParameters(lost_memory, is_noticed_by_one_daemon_every_time)
{
	return each_type();
}

ParameterizedTest(size_t *type, lost_memory,
		  is_noticed_by_one_daemon_every_time)
{
	size_t fds;

	start(*type);
	guest_free(&guest);
	device_boot(&guest, fixture.path[0], *type);
	fds = fixture_count_fds(&fixture);
	for (int i = 0; i < 20; i++) {
		truncate_memory(0);
		cr_assert_eq(vhu_frontend_kick(guest.frontend,
					       device_types[*type].queue),
			     0);
		guest_wait_hangup(&guest);
		guest_free(&guest);
		device_boot(&guest, fixture.path[0], *type);
		guest_request(&guest, *type);
	}
	device_wait_fds(&fixture, fds);
	truncate_memory(0);
	cr_assert_eq(
		vhu_frontend_kick(guest.frontend, device_types[*type].queue),
		0);
	expect_only_that_one_lost(*type);
}

/* The ring is still there, so the driver learns that it was a bad buffer. */
Test(lost_memory, of_a_buffer_that_the_kernel_fills_is_a_short_answer)
{
	const struct vhu_driver_buffer buffer = { GUEST_GPA + GUEST_SIZE - 4096,
						  64 };
	const struct vhu_driver_chain chain = { .buffers = &buffer,
						.n_writable = 1 };
	struct vhu_driver_used used;

	start(0);
	truncate_memory(GUEST_SIZE - 4096);
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	cr_assert_eq(used.len, 0);
	guest_request(&guest, 0);
	guest_free(&guest);
	guest_free(&bystander);
	fixture_stop(&fixture);
}
