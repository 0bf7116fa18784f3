/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The state of a device moves to another daemon, while the guest's memory stays.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_gpio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "migration-test.h"
#include "virtio-devices/device.h"

/* Where the guest moves to. */
static struct fixture there;

static uint8_t state[1 << 12];
static size_t state_len;

/* The guest's memory and its rings stay; the VMM talks to another daemon. */
static void move_guest(void)
{
	traffic_stop(&traffic);
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &state_len),
		     0);
	cr_assert_eq(vhu_frontend_reconnect(guest.frontend, there.path[0]), 0);
	cr_assert_eq(vhu_frontend_negotiate(guest.frontend, UINT64_MAX), 0);
	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, state_len),
		     0);
	cr_assert_eq(vhu_frontend_resume(guest.frontend), 0);
}

ParameterizedTestParameters(migration, moves_a_busy_device)
{
	return traffic_cases();
}

ParameterizedTest(struct traffic_case *device, migration, moves_a_busy_device,
		  .timeout = 120)
{
	struct fixture home;

	begin(device->kind);
	traffic_start_daemon(&there, device->kind);
	boot(~(device->without | VD_BIT(VHU_F_LOG_ALL)));

	for (int i = 0; i < 20; i++) {
		cr_assert(traffic_wait(&traffic, TRAFFIC_MAX_OUT / 4));
		traffic_submit(&traffic, TRAFFIC_MAX_OUT / 2);
		move_guest();
		home = there;
		there = fixture;
		fixture = home;
	}
	cr_assert(traffic_wait(&traffic, 0));
	cr_assert_eq(traffic.n_errors, 0, "%s", device->name);
	guest_free(&guest);
	fixture_stop(&fixture);
	fixture_stop(&there);
}

static unsigned int gpio_ask(uint16_t type, uint16_t line, uint32_t value)
{
	const struct virtio_gpio_request request = {
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(request) }, { guest.gpa + PAGE, 2 }
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };
	struct vhu_driver_used used;

	memcpy(guest.buf, &request, sizeof(request));
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	cr_assert_eq(guest.buf[PAGE], VIRTIO_GPIO_STATUS_OK);

	return guest.buf[PAGE + 1];
}

Test(migration, takes_gpio_lines_along, .timeout = 120)
{
	begin(TRAFFIC_GPIO);
	traffic_start_daemon(&there, TRAFFIC_GPIO);
	boot(~VD_BIT(VHU_F_LOG_ALL));
	gpio_ask(VIRTIO_GPIO_MSG_SET_VALUE, 3, 1);
	gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 3, VIRTIO_GPIO_DIRECTION_OUT);
	gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 5, VIRTIO_GPIO_DIRECTION_IN);
	/* An output that is not one yet. */
	gpio_ask(VIRTIO_GPIO_MSG_SET_VALUE, 6, 1);
	move_guest();
	cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 3, 0),
		     VIRTIO_GPIO_DIRECTION_OUT);
	cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_VALUE, 3, 0), 1);
	cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 5, 0),
		     VIRTIO_GPIO_DIRECTION_IN);
	gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 6, VIRTIO_GPIO_DIRECTION_OUT);
	cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_VALUE, 6, 0), 1);
	guest_free(&guest);
	fixture_stop(&fixture);
	fixture_stop(&there);
}

/* It is refused, the device is as new, and the connection goes on. */
Test(migration, survives_a_state_that_is_none, .timeout = 120)
{
	static uint8_t large[VD_STATE_MAX + 1];

	signal(SIGPIPE, SIG_IGN);
	begin(TRAFFIC_GPIO);
	boot(~VD_BIT(VHU_F_LOG_ALL));
	gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 5, VIRTIO_GPIO_DIRECTION_IN);
	/* Not while a ring runs. */
	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, 0),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, 0), 0);
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &state_len),
		     0);

	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, 0),
		     -EREMOTEIO);
	cr_assert_eq(
		vhu_frontend_load_state(guest.frontend, state, state_len - 1),
		-EREMOTEIO);
	cr_assert_lt(
		vhu_frontend_load_state(guest.frontend, large, sizeof(large)),
		0);
	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, state_len),
		     0);
	state[state_len - 1] ^= 1;
	cr_assert_eq(vhu_frontend_load_state(guest.frontend, state, state_len),
		     -EREMOTEIO);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 0), 0);
	cr_assert_eq(gpio_ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 5, 0),
		     VIRTIO_GPIO_DIRECTION_NONE);
	guest_free(&guest);
	fixture_stop(&fixture);
}

/* A front-end that goes away in the middle of it. */
Test(migration, survives_a_transfer_that_never_ends, .timeout = 120)
{
	static const struct vhu_device_state wire = {
		.direction = VHU_STATE_LOAD,
	};
	const struct vhu_header check = { VHU_CHECK_DEVICE_STATE, VHU_VERSION,
					  0 };
	int fds[2];

	begin(TRAFFIC_GPIO);
	for (int i = 0; i < 3; i++) {
		guest_connect(&guest, fixture.path[0]);
		cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
		cr_assert_eq(vhu_frontend_tell(guest.frontend,
					       VHU_SET_DEVICE_STATE_FD, &wire,
					       sizeof(wire), fds, 1),
			     -EREMOTEIO, "0x100 is what means success");
		cr_assert_eq(vhu_frontend_send(guest.frontend, &check, NULL,
					       NULL, 0),
			     0);
		guest_free(&guest);
		close(fds[0]);
		close(fds[1]);
	}
	boot(~VD_BIT(VHU_F_LOG_ALL));
	gpio_ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 5, VIRTIO_GPIO_DIRECTION_IN);
	guest_free(&guest);
	fixture_stop(&fixture);
}
