/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Lines of a chip of the host: when they are requested and released, and which
 * edges reach the device.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "backends/gpiod.h"
#include "backends/loop.h"
#include "tests/fake-gpiod.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/util.h"

/* Stands in for the device: it counts edges. */
struct vd_gpio {
	unsigned int n_edges;
	uint16_t line;
};

void vd_gpio_edge(struct vd_gpio *gpio, uint16_t line)
{
	gpio->n_edges++;
	gpio->line = line;
}

static struct {
	unsigned int n_refused;
	unsigned int offset;
	const char *consumer;
	int error;
	unsigned int n_lost;
} told;

static void refused(void *context, unsigned int offset, const char *consumer,
		    int error)
{
	cr_assert_eq(context, &told);
	told.n_refused++;
	told.offset = offset;
	told.consumer = consumer;
	told.error = error;
}

static void lost(void *context, unsigned int offset)
{
	cr_assert_eq(context, &told);
	told.n_lost++;
	told.offset = offset;
}

static struct vd_gpio gpio;
static struct vb_loop *loop;
static struct vd_gpio_backend *lines;

static int open_chip(const char *name, const unsigned int *offsets, size_t n)
{
	const struct vb_gpiod_events events = {
		.refused = refused,
		.lost = lost,
		.context = &told,
	};

	return vb_gpiod_new(loop, name, offsets, n, &events, &lines);
}

/* The guest's lines are these of the chip, in this order. */
#define LED 0
#define BUTTON 1
static const unsigned int offsets[] = { 3, 1 };

static void setup(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
	cr_assert_eq(open_chip("0", offsets, 2), 0);
	lines->ops->attach(lines, &gpio);
}

static void teardown(void)
{
	lines->ops->destroy(lines);
	cr_assert_eq(chip.n_open, 0);
	vb_loop_free(loop);
}

TestSuite(gpiod, .init = setup, .fini = teardown, .timeout = 60);

static int set_direction(uint16_t line, enum vd_gpio_direction direction,
			 bool value)
{
	return lines->ops->set_direction(lines, line, direction, value);
}

static int watch(uint16_t line, enum vd_gpio_edges edges)
{
	return lines->ops->watch(lines, line, edges);
}

/* As the device does it. */
static void enable(enum vd_gpio_edges edges)
{
	cr_assert_eq(set_direction(BUTTON, VD_GPIO_INPUT, false), 0);
	cr_assert_eq(watch(BUTTON, edges), 0);
}

static void pull(bool level)
{
	fake_gpiod_pull(offsets[BUTTON], level);
}

static unsigned int edges_so_far(void)
{
	cr_assert_eq(vb_loop_step(loop), 0);

	return gpio.n_edges;
}

Test(gpiod, has_the_names_of_its_lines_in_the_order_of_the_guest)
{
	cr_assert_eq(lines->n_lines, 2);
	cr_assert_str_eq(lines->ops->line_name(lines, LED), "three");
	cr_assert_null(lines->ops->line_name(lines, BUTTON));
}

Test(gpiod, requests_no_line_before_it_is_used)
{
	cr_assert_eq(chip.n_open, 0);
	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, true), 0);

	cr_assert_eq(chip.n_open, 1);
	cr_assert_str_eq(chip.lines[3].consumer, "vhost-device-gpio");
	cr_assert_eq(chip.lines[3].direction, GPIOD_LINE_DIRECTION_OUTPUT);
	cr_assert(chip.lines[3].level, "from the first moment");
}

Test(gpiod, releases_a_line_that_is_not_used_any_more)
{
	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, true), 0);
	cr_assert_eq(set_direction(LED, VD_GPIO_NONE, false), 0);

	cr_assert_eq(chip.n_open, 0);
	cr_assert_null(chip.lines[3].consumer);
}

Test(gpiod, keeps_the_request_when_the_direction_changes)
{
	cr_assert_eq(set_direction(LED, VD_GPIO_INPUT, false), 0);
	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, false), 0);

	cr_assert_eq(chip.lines[3].n_requests, 1);
	cr_assert_eq(chip.lines[3].direction, GPIOD_LINE_DIRECTION_OUTPUT);
}

Test(gpiod, sets_an_output)
{
	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, false), 0);
	cr_assert_eq(lines->ops->set_value(lines, LED, true), 0);
	cr_assert(chip.lines[3].level);
	cr_assert_eq(lines->ops->get_value(lines, LED), 1);
}

Test(gpiod, reads_a_line_that_nobody_uses_and_leaves_it_as_it_is)
{
	chip.lines[1].direction = GPIOD_LINE_DIRECTION_OUTPUT;
	pull(true);

	cr_assert_eq(lines->ops->get_value(lines, BUTTON), 1);
	cr_assert_eq(chip.lines[1].n_requests, 1);
	cr_assert_eq(chip.n_open, 0);
	cr_assert_eq(chip.lines[1].direction, GPIOD_LINE_DIRECTION_OUTPUT);
}

Test(gpiod, says_who_has_a_line_that_it_cannot_have)
{
	chip.lines[3].consumer = "somebody";

	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, true), -EBUSY);
	cr_assert_eq(told.n_refused, 1);
	cr_assert_eq(told.offset, 3);
	cr_assert_str_eq(told.consumer, "somebody");
	cr_assert_eq(told.error, -EBUSY);
}

Test(gpiod, tells_of_edges)
{
	enable(VD_GPIO_RISING);
	pull(true);
	cr_assert_eq(edges_so_far(), 1);
	cr_assert_eq(gpio.line, BUTTON, "as the guest counts");
	pull(false);
	cr_assert_eq(edges_so_far(), 1);
	cr_assert_eq(watch(BUTTON, VD_GPIO_BOTH), 0);
	pull(true);
	cr_assert_eq(edges_so_far(), 2);
	pull(false);

	cr_assert_eq(edges_so_far(), 3);
}

Test(gpiod, tells_of_more_edges_than_the_kernel_keeps_at_least_once)
{
	enable(VD_GPIO_BOTH);
	for (int i = 0; i < 5 * MAX_EDGES; i++)
		pull(i % 2 == 0);
	cr_assert_geq(edges_so_far(), 1);

	while (edges_so_far() != gpio.n_edges)
		;
	gpio.n_edges = 0;
	pull(true);
	cr_assert_eq(edges_so_far(), 1, "and of those that come later");
}

Test(gpiod, stops_telling_when_nobody_wants_to_know)
{
	enable(VD_GPIO_BOTH);
	cr_assert_eq(watch(BUTTON, VD_GPIO_NO_EDGE), 0);
	pull(true);

	cr_assert_eq(edges_so_far(), 0);
}

Test(gpiod, forgets_edges_of_before_when_it_is_to_tell_again)
{
	enable(VD_GPIO_RISING);
	pull(true);
	cr_assert_eq(watch(BUTTON, VD_GPIO_NO_EDGE), 0);
	cr_assert_eq(watch(BUTTON, VD_GPIO_RISING), 0);

	cr_assert_eq(edges_so_far(), 0);
}

Test(gpiod, forgets_edges_of_before_when_others_are_wanted)
{
	enable(VD_GPIO_RISING);
	pull(true);
	cr_assert_eq(watch(BUTTON, VD_GPIO_FALLING), 0);
	cr_assert_eq(edges_so_far(), 0);
	pull(false);

	cr_assert_eq(edges_so_far(), 1);
}

Test(gpiod, goes_on_as_before_when_other_edges_cannot_be_had)
{
	enable(VD_GPIO_RISING);
	chip.error = EINVAL;
	cr_assert_eq(watch(BUTTON, VD_GPIO_FALLING), -EINVAL);
	chip.error = 0;
	pull(true);

	cr_assert_eq(edges_so_far(), 1);
}

Test(gpiod, keeps_telling_of_an_input_that_is_made_one_again)
{
	enable(VD_GPIO_RISING);
	cr_assert_eq(set_direction(BUTTON, VD_GPIO_INPUT, false), 0);
	pull(true);

	cr_assert_eq(edges_so_far(), 1);
}

Test(gpiod, does_not_tell_of_an_output)
{
	enable(VD_GPIO_BOTH);
	cr_assert_eq(set_direction(BUTTON, VD_GPIO_OUTPUT, true), 0);

	cr_assert_eq(chip.lines[1].edges, GPIOD_LINE_EDGE_NONE);
	cr_assert_eq(edges_so_far(), 0);
}

Test(gpiod, watches_no_line_that_is_not_used)
{
	cr_assert_eq(watch(BUTTON, VD_GPIO_RISING), -EPERM);
	cr_assert_eq(watch(BUTTON, VD_GPIO_NO_EDGE), 0);
}

Test(gpiod, tells_once_that_the_chip_has_gone)
{
	enable(VD_GPIO_RISING);
	fake_gpiod_unplug();
	edges_so_far();
	edges_so_far();

	cr_assert_eq(told.n_lost, 1);
	cr_assert_eq(told.offset, 1);
	cr_assert_eq(gpio.n_edges, 0);
}

Test(gpiod, fails_whatever_is_asked_of_a_chip_that_has_gone)
{
	enable(VD_GPIO_RISING);
	fake_gpiod_unplug();
	edges_so_far();

	cr_assert_eq(watch(BUTTON, VD_GPIO_BOTH), -ENODEV);
	cr_assert_eq(lines->ops->get_value(lines, BUTTON), -ENODEV);
	cr_assert_eq(lines->ops->get_direction(lines, BUTTON), -ENODEV);
	cr_assert_eq(set_direction(LED, VD_GPIO_OUTPUT, true), -ENODEV);
	cr_assert_eq(set_direction(BUTTON, VD_GPIO_NONE, false), 0);
}

static void setup_loop(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
}

static void free_loop(void)
{
	vb_loop_free(loop);
}

TestSuite(gpiod_new, .init = setup_loop, .fini = free_loop);

Test(gpiod_new, finds_a_chip_by_all_its_names)
{
	static const char *const names[] = { "0", "gpiochip0", "fake",
					     "/dev/gpiochip0" };

	for (size_t i = 0; i < VD_ARRAY_SIZE(names); i++) {
		cr_assert_eq(open_chip(names[i], NULL, 0), 0, "%s", names[i]);
		cr_assert_eq(lines->n_lines, N_LINES);
		lines->ops->destroy(lines);
	}
}

Test(gpiod_new, says_that_a_chip_may_not_be_opened_whatever_its_name)
{
	chip.closed = true;

	cr_assert_eq(open_chip("0", NULL, 0), -EACCES);
	cr_assert_eq(open_chip("/dev/gpiochip0", NULL, 0), -EACCES);
	cr_assert_eq(open_chip("fake", NULL, 0), -EACCES);
}

Test(gpiod_new, refuses_a_chip_or_a_line_that_is_not_there)
{
	const unsigned int beyond = N_LINES;

	cr_assert_eq(open_chip("1", NULL, 0), -ENOENT);
	cr_assert_eq(open_chip("/dev/gpiochip1", NULL, 0), -ENOENT);
	cr_assert_eq(open_chip("real", NULL, 0), -ENOENT);
	cr_assert_eq(open_chip("0", &beyond, 1), -EINVAL);
}
