/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and front-ends whose messages mean them no good.  After each
 * attack the daemon lives, has no descriptor more than before, and serves a
 * guest that has been there all the time, and the next front-end.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fixture-request.h"
#include "virtio-devices/util.h"

static struct fixture fixture;
static struct guest guest;
static struct guest bystander;
static size_t type;
static size_t fds_before;

static void start(size_t device_type)
{
	type = device_type;
	fixture_start(&fixture, device_types[type].name,
		      device_types[type].args);
	guest_boot(&bystander, fixture.path[1]);
	guest_request(&bystander, type);
	fds_before = fixture_count_fds(&fixture);
	guest_boot(&guest, fixture.path[0]);
	guest_request(&guest, type);
}

/* A new front-end for the guest, whatever has become of the last one. */
static void boot_again(void)
{
	guest_free(&guest);
	guest_boot(&guest, fixture.path[0]);
}

static void stop(void)
{
	guest_request(&bystander, type);
	guest_free(&guest);
	fixture_wait_fds(&fixture, fds_before);

	guest_boot(&guest, fixture.path[0]);
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

/* --- slow ones ------------------------------------------------------------- */

ParameterizedTestParameters(hostile_messages, are_not_waited_for_half_way)
{
	return each_type();
}

ParameterizedTest(size_t *t, hostile_messages, are_not_waited_for_half_way,
		  .timeout = 120)
{
	static const uint8_t half[7] = { VHU_GET_FEATURES, 0, 0, 0, 1 };

	start(*t);
	cr_assert_eq(send(vhu_frontend_fd(guest.frontend), half, sizeof(half),
			  MSG_NOSIGNAL),
		     (ssize_t)sizeof(half));
	guest_request(&guest, type);
	guest_request(&bystander, type);
	guest_wait_hangup(&guest);
	boot_again();
	stop();
}
