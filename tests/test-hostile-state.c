/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All daemons, and front-ends that ask for any part of the configuration, change
 * it, and bring a state of the device along that never was one.
 */

#include <criterion/criterion.h>
#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hostile-driver.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

/* --- the configuration ----------------------------------------------------- */

/* No device of ours has more. */
#define MAX_CONFIG 32

static const uint32_t edges[] = { 0,   1,    2,	   3,	 4,    7,
				  8,   9,    11,   12,	 13,   15,
				  16,  17,   31,   32,	 33,   255,
				  256, 4094, 4095, 4096, 4097, UINT32_MAX };

/* Returns what answers, or -ECONNRESET if there is no such part. */
static int read_part(uint32_t offset, uint32_t size, uint8_t *data)
{
	struct vhu_config config = { .offset = offset, .size = size };
	int r;

	r = vhu_frontend_ask(guest.frontend, VHU_GET_CONFIG, &config,
			     VHU_CONFIG_HEADER + size, &config,
			     VHU_CONFIG_HEADER + size);
	if (r == 0) {
		cr_assert_eq(config.size, size);
		memcpy(data, config.data, size);
	}

	return r;
}

ATTACK(hostile_config, is_the_same_in_any_part)
{
	static uint8_t whole[VHU_MAX_CONFIG], part[VHU_MAX_CONFIG];

	cr_assert_eq(read_part(0, sizeof(whole), whole), 0);
	for (size_t i = MAX_CONFIG; i < sizeof(whole); i++)
		cr_assert_eq(whole[i], 0);

	for (size_t i = 0; i < VD_ARRAY_SIZE(edges); i++) {
		for (size_t k = 0; k < VD_ARRAY_SIZE(edges); k++) {
			if (edges[k] > sizeof(whole))
				continue;
			if (edges[i] + (uint64_t)edges[k] > sizeof(whole)) {
				cr_assert_eq(
					read_part(edges[i], edges[k], part),
					-ECONNRESET);
				attack_again();
				continue;
			}
			cr_assert_eq(read_part(edges[i], edges[k], part), 0);
			cr_assert_eq(memcmp(part, whole + edges[i], edges[k]),
				     0);
		}
	}
	guest_request(&guest, type);
}

ATTACK(hostile_config, cannot_be_changed)
{
	uint8_t before[MAX_CONFIG], after[MAX_CONFIG];
	struct vhu_config config = { 0 };

	memset(config.data, 0xff, sizeof(config.data));
	cr_assert_eq(read_part(0, sizeof(before), before), 0);
	for (size_t i = 0; i < VD_ARRAY_SIZE(edges); i++) {
		for (uint32_t size = 0; size <= MAX_CONFIG; size++) {
			config.offset = edges[i];
			config.size = size;
			config.flags = size % 3;
			cr_assert_eq(vhu_frontend_tell(guest.frontend,
						       VHU_SET_CONFIG, &config,
						       VHU_CONFIG_HEADER + size,
						       NULL, 0),
				     edges[i] + (uint64_t)size > VHU_MAX_CONFIG
					     ? -EREMOTEIO
					     : 0);
		}
	}
	cr_assert_eq(read_part(0, sizeof(after), after), 0);
	cr_assert_eq(memcmp(before, after, sizeof(before)), 0);
	guest_request(&guest, type);
}

/* Neither the size that it says it has, nor any. */
ATTACK(hostile_config, is_as_long_as_its_message)
{
	struct vhu_config config = { 0 };

	for (size_t i = 0; i < VD_ARRAY_SIZE(edges); i++) {
		config.size = edges[i];
		if (edges[i] != 1)
			cr_assert_eq(vhu_frontend_tell(guest.frontend,
						       VHU_SET_CONFIG, &config,
						       VHU_CONFIG_HEADER + 1,
						       NULL, 0),
				     -EREMOTEIO);
	}
	guest_request(&guest, type);
}

/* --- the state ------------------------------------------------------------- */

/* More than the state has of any device that has just begun. */
static uint8_t state[8192];
static size_t state_len;

static void stop_all(void)
{
	for (unsigned int i = 0; i < device_types[type].n_queues; i++)
		cr_assert_eq(vhu_frontend_stop_queue(guest.frontend, i), 0);
}

static void expect_service(void)
{
	for (unsigned int i = 0; i < device_types[type].n_queues; i++)
		cr_assert_eq(vhu_frontend_start_queue(guest.frontend, i), 0);
	guest_request(&guest, type);
}

static void take_state(void)
{
	signal(SIGPIPE, SIG_IGN);
	stop_all();
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &state_len),
		     0);
	cr_assert_leq(VD_STATE_HEADER, state_len);
}

static int load(size_t len)
{
	return vhu_frontend_load_state(guest.frontend, state, len);
}

ATTACK(hostile_state, is_refused_at_any_other_length)
{
	take_state();
	for (size_t len = 0; len <= state_len + 16; len++)
		cr_assert_eq(load(len), len == state_len ? 0 : -EREMOTEIO);
	expect_service();
}

ATTACK(hostile_state, is_refused_with_any_byte_changed)
{
	take_state();
	for (size_t i = 0; i < state_len; i++) {
		state[i] ^= 0x40;
		cr_assert_eq(load(state_len), -EREMOTEIO, "byte %zu", i);
		state[i] ^= 0x40;
	}
	expect_service();
}

/* The checksum is no secret. */
static void seal(void)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = VD_STATE_HEADER; i < state_len; i++) {
		crc ^= state[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	crc = htole32(~crc);
	memcpy(state + VD_STATE_HEADER - sizeof(crc), &crc, sizeof(crc));
}

/* Whatever becomes of it, the device is one that works. */
ATTACK(hostile_state, is_believed_in_nothing)
{
	static const uint8_t values[] = { 0, 1, 2, 0x7f, 0x80, 0xff };

	take_state();
	for (size_t i = VD_STATE_HEADER; i < state_len; i++) {
		uint8_t old = state[i];

		for (size_t k = 0; k < VD_ARRAY_SIZE(values); k++) {
			int r;

			state[i] = values[k];
			seal();
			r = load(state_len);
			cr_assert(r == 0 || r == -EREMOTEIO, "byte %zu: %s", i,
				  strerror(-r));
		}
		state[i] = old;
		if (i % 16 == 0) {
			expect_service();
			stop_all();
		}
	}
	expect_service();
}

ATTACK(hostile_state, has_an_end)
{
	static uint8_t large[VD_STATE_MAX + 1];

	take_state();
	for (int i = 0; i < 3; i++)
		cr_assert_lt(vhu_frontend_load_state(guest.frontend, large,
						     sizeof(large)),
			     0);
	expect_service();
}

ATTACK(hostile_state, does_not_travel_while_a_queue_runs)
{
	cr_assert_eq(load(0), -EREMOTEIO);
	cr_assert_eq(vhu_frontend_save_state(guest.frontend, state,
					     sizeof(state), &state_len),
		     -EREMOTEIO);
	guest_request(&guest, type);
}

/* It comes from its own guest, or from nobody. */
ATTACK(hostile_state, is_given_up_with_its_front_end)
{
	struct vhu_device_state wire = { .direction = VHU_STATE_LOAD };
	int fds[2];

	for (int i = 0; i < 4; i++) {
		cr_assert_eq(pipe(fds), 0);
		stop_all();
		wire.direction = i % 2 ? VHU_STATE_LOAD : VHU_STATE_SAVE;
		(void)vhu_frontend_tell(guest.frontend, VHU_SET_DEVICE_STATE_FD,
					&wire, sizeof(wire),
					&fds[i % 2 ? 0 : 1], 1);
		attack_again();
		guest_request(&guest, type);
		close(fds[0]);
		close(fds[1]);
	}
}
