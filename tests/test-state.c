/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * States of devices: what is written is read again, and what was damaged is not.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <string.h>

#include "backends/gpio-sim.h"
#include "tests/fake-device-host.h"
#include "tests/fake-entropy.h"
#include "tests/fake-queue.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/rng.h"
#include "virtio-devices/state.h"
#include "virtio-devices/util.h"

#define ID 41

static uint8_t buf[256];
static size_t len;
static struct vd_state_reader reader;
static struct vd_state_record record;

/* A state of two records, at @buf. */
static void write_state(void)
{
	struct vd_state_writer writer;

	vd_state_begin(&writer, buf, sizeof(buf));
	vd_state_put(&writer, 1, "one", 3);
	vd_state_put(&writer, 0x8002, "second", 6);
	cr_assert_eq(vd_state_end(&writer, ID, &len), 0);
}

Test(state, is_read_as_it_was_written)
{
	write_state();
	cr_assert_eq(vd_state_open(&reader, buf, len, ID), 0);
	cr_assert_eq(vd_state_next(&reader, &record), 1);
	cr_assert_eq(record.tag, 1);
	cr_assert_eq(record.len, 3);
	cr_assert_arr_eq(record.data, "one", 3);
	cr_assert_eq(vd_state_next(&reader, &record), 1);
	cr_assert_eq(record.tag, 0x8002);
	cr_assert_arr_eq(record.data, "second", 6);
	cr_assert_eq(vd_state_next(&reader, &record), 0);
}

/* The layout is a promise to other versions. */
Test(state, has_the_layout_that_is_documented)
{
	static const uint8_t expected[] = {
		'V',  'D',  'S',  'T', 1, 0, 41, 0, 9, 0, 0, 0,	  0xd9,
		0xa9, 0xd6, 0xe1, 7,   0, 0, 0,	 1, 0, 0, 0, 'x',
	};
	struct vd_state_writer writer;

	vd_state_begin(&writer, buf, sizeof(buf));
	vd_state_put(&writer, 7, "x", 1);
	cr_assert_eq(vd_state_end(&writer, ID, &len), 0);
	cr_assert_eq(len, sizeof(expected));
	cr_assert_arr_eq(buf, expected, sizeof(expected));
}

Test(state, does_not_overflow_its_buffer)
{
	struct vd_state_writer writer;

	for (size_t size = VD_STATE_HEADER; size < VD_STATE_HEADER + 19;
	     size++) {
		memset(buf, 0xaa, sizeof(buf));
		vd_state_begin(&writer, buf, size);
		vd_state_put(&writer, 1, "abc", 3);
		vd_state_put(&writer, 2, "", 0);
		cr_assert_eq(vd_state_end(&writer, ID, &len), -ENOBUFS);
		cr_assert_eq(buf[size], 0xaa);
	}
	vd_state_begin(&writer, buf, VD_STATE_HEADER + 19);
	vd_state_put(&writer, 1, "abc", 3);
	vd_state_put(&writer, 2, "", 0);
	cr_assert_eq(vd_state_end(&writer, ID, &len), 0);
}

Test(state, is_refused_with_any_bit_flipped)
{
	write_state();
	for (size_t bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= (uint8_t)(1U << bit % 8);
		cr_assert_lt(vd_state_open(&reader, buf, len, ID), 0, "bit %zu",
			     bit);
		buf[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

Test(state, is_refused_at_any_other_length)
{
	write_state();
	for (size_t n = 0; n <= sizeof(buf); n++)
		cr_assert_eq(vd_state_open(&reader, buf, n, ID),
			     n == len ? 0 : -EBADMSG, "%zu", n);
}

Test(state, says_what_is_wrong_with_it)
{
	write_state();
	cr_assert_eq(vd_state_open(&reader, buf, len, ID + 1), -ENODEV);
	buf[4] = 2;
	cr_assert_eq(vd_state_open(&reader, buf, len, ID), -EPROTONOSUPPORT);
}

/* A checksum can be forged. */
Test(state, has_records_that_end_within_it)
{
	static const uint8_t records[][8] = {
		{ 1, 0, 0, 0, 1, 0, 0, 0 },
		{ 1, 0, 0, 0, 255, 255, 255, 255 },
		{ 1, 0, 0, 0, 248, 255, 255, 255 },
		{ 1, 0, 1, 0, 0, 0, 0, 0 },
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(records); i++) {
		reader = (struct vd_state_reader){ records[i], 8 };
		cr_assert_eq(vd_state_next(&reader, &record), -EBADMSG);
	}
	for (size_t n = 1; n < 8; n++) {
		reader = (struct vd_state_reader){ records[0], n };
		cr_assert_eq(vd_state_next(&reader, &record), -EBADMSG);
	}
}

/* --- the GPIO controller --------------------------------------------------- */

#define N_LINES 4

static struct vd_gpio_backend *backend;
static struct vd_device *gpio;

static void open_gpio(void)
{
	cr_assert_eq(vb_gpio_sim_new(N_LINES, false, &backend), 0);
	cr_assert_eq(vd_gpio_new(backend, &gpio), 0);
}

static void close_gpio(void)
{
	vd_device_free(gpio);
}

TestSuite(gpio_state, .init = open_gpio, .fini = close_gpio);

/* Four bytes for each line: direction, value, interrupt, pending. */
static int load(const uint8_t lines[N_LINES][4])
{
	struct vd_state_writer writer;

	vd_state_begin(&writer, buf, sizeof(buf));
	vd_state_put(&writer, 1, lines, (size_t)N_LINES * 4);
	cr_assert_eq(vd_state_end(&writer, ID, &len), 0);

	return vd_device_load(gpio, buf, len);
}

static enum vd_gpio_direction direction(uint16_t line)
{
	return (enum vd_gpio_direction)backend->ops->get_direction(backend,
								   line);
}

Test(gpio_state, comes_back)
{
	static const uint8_t lines[N_LINES][4] = {
		{ VIRTIO_GPIO_DIRECTION_OUT, 1, 0, 0 },
		{ VIRTIO_GPIO_DIRECTION_OUT, 0, 0, 0 },
		{ VIRTIO_GPIO_DIRECTION_IN, 0, VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH,
		  1 },
		{ VIRTIO_GPIO_DIRECTION_NONE, 1, 0, 0 },
	};
	uint8_t again[sizeof(buf)];

	cr_assert_eq(load(lines), 0);
	cr_assert_eq(direction(0), VD_GPIO_OUTPUT);
	cr_assert_eq(backend->ops->get_value(backend, 0), 1);
	cr_assert_eq(backend->ops->get_value(backend, 1), 0);
	cr_assert_eq(direction(2), VD_GPIO_INPUT);
	cr_assert_eq(direction(3), VD_GPIO_NONE);

	cr_assert_eq(vd_device_state_size(gpio), len);
	cr_assert_eq(vd_device_save(gpio, again, sizeof(again)), len);
	cr_assert_arr_eq(again, buf, len);
}

struct bad_line {
	uint8_t line[4];
	char why[32];
};

ParameterizedTestParameters(gpio_state, is_refused_if_it_cannot_be)
{
	static struct bad_line bad[] = {
		{ { 3, 0, 0, 0 }, "no such direction" },
		{ { 255, 0, 0, 0 }, "no such direction" },
		{ { 1, 2, 0, 0 }, "no such value" },
		{ { 2, 0, 5, 0 }, "no such interrupt" },
		{ { 2, 0, 255, 0 }, "no such interrupt" },
		{ { 1, 0, 1, 0 }, "an interrupt of an output" },
		{ { 0, 0, 1, 0 }, "an interrupt of an unused line" },
		{ { 2, 0, 1, 2 }, "no such latch" },
	};

	return cr_make_param_array(struct bad_line, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_line *bad, gpio_state, is_refused_if_it_cannot_be)
{
	uint8_t lines[N_LINES][4] = { { VIRTIO_GPIO_DIRECTION_OUT, 1, 0, 0 } };

	memcpy(lines[N_LINES - 1], bad->line, 4);
	cr_assert_lt(load(lines), 0, "%s", bad->why);
	/* What came before it is undone. */
	cr_assert_eq(direction(0), VD_GPIO_NONE);
}

Test(gpio_state, is_of_as_many_lines)
{
	struct vd_state_writer writer;
	uint8_t lines[N_LINES + 1][4] = { 0 };

	for (size_t n = 0; n <= N_LINES + 1; n++) {
		vd_state_begin(&writer, buf, sizeof(buf));
		vd_state_put(&writer, 1, lines, n * 4);
		cr_assert_eq(vd_state_end(&writer, ID, &len), 0);
		cr_assert_eq(vd_device_load(gpio, buf, len),
			     n == N_LINES ? 0 : -EBADMSG);
	}
}

Test(gpio_state, may_hold_what_can_be_done_without)
{
	struct vd_state_writer writer;

	for (uint32_t tag = 2; tag < 0x10000; tag += 0x7ffe) {
		vd_state_begin(&writer, buf, sizeof(buf));
		vd_state_put(&writer, (uint16_t)tag, "?", 1);
		cr_assert_eq(vd_state_end(&writer, ID, &len), 0);
		cr_assert_eq(vd_device_load(gpio, buf, len),
			     tag & VD_STATE_OPTIONAL ? 0 : -EBADMSG);
	}
}

/* --- the entropy device ---------------------------------------------------- */

#define RNG_ID 4
#define TAG_BUDGET (VD_STATE_OPTIONAL | 1)

/* Any time will do. */
#define NOW VD_NSEC_PER_SEC

static const struct vd_rng_limit limit = { .bytes = 100, .period = 1000 };
static struct fake_entropy entropy;
static struct fake_queue queue;
static struct vd_device *rng;

static void open_rng(const struct vd_rng_limit *rng_limit)
{
	fake_entropy_init(&entropy);
	fake_queue_init(&queue);
	cr_assert_eq(vd_rng_new(&entropy.backend, rng_limit, &rng), 0);
	vd_device_start_queue(rng, 0, &queue.queue);
}

static void close_rng(void)
{
	vd_device_stop_queue(rng, 0);
	vd_device_free(rng);
}

/* Is the guest given @n bytes at once? */
static bool gets(size_t n, uint64_t now)
{
	static uint8_t room[256];
	struct fake_request *request = fake_queue_add(&queue);

	fake_queue_room(request, room, n);
	vd_device_kick(rng, 0, now);

	return request->done;
}

static void save_rng(void)
{
	vd_device_stop_queue(rng, 0);
	len = vd_device_save(rng, buf, sizeof(buf));
	cr_assert_leq(len, vd_device_state_size(rng));
}

static int load_rng(void)
{
	int r;

	vd_device_stop_queue(rng, 0);
	r = vd_device_load(rng, buf, len);
	vd_device_start_queue(rng, 0, &queue.queue);

	return r;
}

/* Or a guest could have as much as it likes by having its device restarted. */
Test(rng_state, holds_what_the_guest_may_still_take)
{
	open_rng(&limit);
	cr_assert(gets(90, NOW));
	save_rng();
	close_rng();

	open_rng(&limit);
	cr_assert_eq(load_rng(), 0);
	cr_assert(gets(10, NOW));
	cr_assert_not(gets(1, NOW));
	close_rng();
}

Test(rng_state, is_news_when_the_guest_has_taken_some)
{
	struct fake_device_host driver;

	open_rng(&limit);
	fake_device_host_init(&driver, rng);
	cr_assert(gets(60, NOW));
	cr_assert_eq(driver.n_news, 1);
	cr_assert_not(gets(60, NOW));
	cr_assert_eq(driver.n_news, 1);
	close_rng();
}

/* The front-end gives it, and could make one up. */
Test(rng_state, gives_no_guest_more_than_it_had)
{
	open_rng(&limit);
	save_rng();
	vd_device_start_queue(rng, 0, &queue.queue);
	cr_assert(gets(100, NOW));
	cr_assert_eq(load_rng(), 0);
	cr_assert_not(gets(1, NOW));
	close_rng();
}

Test(rng_state, can_be_of_a_guest_without_a_limit)
{
	open_rng(NULL);
	cr_assert(gets(100, NOW));
	save_rng();
	close_rng();

	open_rng(&limit);
	cr_assert_eq(load_rng(), 0);
	cr_assert(gets(100, NOW));
	save_rng();
	close_rng();

	open_rng(NULL);
	cr_assert_eq(load_rng(), 0);
	cr_assert(gets(100, NOW));
	close_rng();
}

Test(rng_state, is_refused_if_it_cannot_be)
{
	static const uint8_t budget[9] = { 0 };
	struct vd_state_writer writer;

	open_rng(&limit);
	for (size_t n = 0; n <= sizeof(budget); n++) {
		vd_state_begin(&writer, buf, sizeof(buf));
		vd_state_put(&writer, TAG_BUDGET, budget, n);
		cr_assert_eq(vd_state_end(&writer, RNG_ID, &len), 0);
		cr_assert_eq(load_rng(), n == 8 ? 0 : -EBADMSG);
	}
	vd_state_begin(&writer, buf, sizeof(buf));
	vd_state_put(&writer, 1, budget, 8);
	cr_assert_eq(vd_state_end(&writer, RNG_ID, &len), 0);
	cr_assert_eq(load_rng(), -EBADMSG);
	close_rng();
}
