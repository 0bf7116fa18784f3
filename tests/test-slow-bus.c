/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Two guests of one daemon, whose simulated buses have a chip that holds the
 * clock: the bus of one guest is no affair of the other.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <linux/virtio_i2c.h>
#include <string.h>

#include "fixture-daemon.h"
#include "virtio-devices/util.h"

#define QUICK 0x50
#define SLOW 0x76

/* Each takes a tenth of a second; and a ring has two entries for each. */
#define N_SLOW 20
#define N_QUICK 100

#define REQUEST_SIZE 64

static struct fixture fixture;
static struct guest slow, quick;

static void setup(void)
{
	const char *const args[] = { "--device-list=sim:0x50:0x76", NULL };

	fixture_start(&fixture, "i2c", args);
	guest_boot(&slow, fixture.path[0]);
	guest_boot(&quick, fixture.path[1]);
}

static void teardown(void)
{
	guest_free(&slow);
	guest_free(&quick);
	fixture_stop(&fixture);
}

TestSuite(slow_bus, .init = setup, .fini = teardown, .timeout = 120);

/* The request with this index reads a byte, and belongs to those behind it. */
static struct vhu_driver_chain *read_byte(struct guest *guest, size_t index,
					  uint16_t address, bool linked)
{
	static struct vhu_driver_buffer buffers[2];
	static struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	const struct virtio_i2c_out_hdr header = {
		.addr = htole16((uint16_t)(address << 1)),
		.flags = htole32(VIRTIO_I2C_FLAGS_M_RD |
				 (linked ? VIRTIO_I2C_FLAGS_FAIL_NEXT : 0)),
	};
	size_t offset = index * REQUEST_SIZE;

	memcpy(guest->buf + offset, &header, sizeof(header));
	buffers[0] = (struct vhu_driver_buffer){ guest->gpa + offset,
						 sizeof(header) };
	buffers[1] = (struct vhu_driver_buffer){ guest->gpa + offset + 32, 2 };

	return &chain;
}

static struct vhu_driver_ring *ring_of(struct guest *guest)
{
	return vhu_frontend_queue(guest->frontend, 0)->ring;
}

static uint8_t status(const struct guest *guest, size_t index)
{
	return guest->buf[index * REQUEST_SIZE + 33];
}

/* One transfer of many messages, which takes as many tenths of a second. */
static void post_slow_transfer(void)
{
	for (size_t i = 0; i < N_SLOW; i++)
		cr_assert_eq(vhu_driver_ring_add(
				     ring_of(&slow),
				     read_byte(&slow, i, SLOW, i + 1 < N_SLOW)),
			     0);
	vhu_driver_ring_publish(ring_of(&slow));
	cr_assert_eq(vhu_frontend_kick(slow.frontend, 0), 0);
}

static void wait_for_slow_transfer(void)
{
	struct vhu_driver_used used;

	for (size_t i = 0; i < N_SLOW; i++) {
		while (vhu_driver_ring_get(ring_of(&slow), &used) == 0)
			cr_assert_eq(vhu_frontend_wait(slow.frontend, 0), 0);
		cr_assert_eq(status(&slow, i), VIRTIO_I2C_MSG_OK);
	}
}

Test(slow_bus, delays_no_other_guest)
{
	struct vhu_driver_used used;

	post_slow_transfer();
	for (size_t i = 0; i < N_QUICK; i++) {
		cr_assert_eq(vhu_frontend_exchange(
				     quick.frontend, 0,
				     read_byte(&quick, 0, QUICK, false), &used),
			     0);
		cr_assert_eq(status(&quick, 0), VIRTIO_I2C_MSG_OK);
	}
	cr_assert_eq(vhu_driver_ring_get(ring_of(&slow), &used), 0,
		     "the slow transfer was over before the quick ones");

	wait_for_slow_transfer();
}

Test(slow_bus, keeps_no_other_guest_from_starting)
{
	struct vhu_driver_used used;

	post_slow_transfer();
	guest_free(&quick);
	guest_boot(&quick, fixture.path[1]);
	cr_assert_eq(vhu_frontend_exchange(quick.frontend, 0,
					   read_byte(&quick, 0, QUICK, false),
					   &used),
		     0);
	cr_assert_eq(vhu_driver_ring_get(ring_of(&slow), &used), 0,
		     "the slow transfer was over before the other guest");

	wait_for_slow_transfer();
}
