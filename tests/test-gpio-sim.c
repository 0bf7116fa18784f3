/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Simulated GPIO lines: what they show, and which edges are reported.
 */

#include <criterion/criterion.h>
#include <string.h>

#include "backends/gpio-sim.h"
#include "virtio-devices/gpio-backend.h"

/* Stands in for the device: all that it has is a list of edges. */
struct vd_gpio {
	uint16_t lines[16];
	size_t n;
};

void vd_gpio_edge(struct vd_gpio *gpio, uint16_t line)
{
	cr_assert_lt(gpio->n, 16);
	gpio->lines[gpio->n++] = line;
}

static struct vd_gpio gpio;
static struct vd_gpio_backend *sim;

static void make(bool loop)
{
	cr_assert_eq(vb_gpio_sim_new(5, loop, &sim), 0);
	sim->ops->attach(sim, &gpio);
}

static void setup(void)
{
	make(false);
}

static void setup_loop(void)
{
	make(true);
}

static void teardown(void)
{
	sim->ops->destroy(sim);
}

static void set_direction(uint16_t line, enum vd_gpio_direction direction,
			  bool value)
{
	cr_assert_eq(sim->ops->set_direction(sim, line, direction, value), 0);
}

static void set_value(uint16_t line, bool value)
{
	cr_assert_eq(sim->ops->set_value(sim, line, value), 0);
}

static void watch(uint16_t line, enum vd_gpio_edges edges)
{
	set_direction(line, VD_GPIO_INPUT, false);
	cr_assert_eq(sim->ops->watch(sim, line, edges), 0);
}

static int get_value(uint16_t line)
{
	return sim->ops->get_value(sim, line);
}

TestSuite(gpio_sim, .init = setup, .fini = teardown);

Test(gpio_sim, starts_with_lines_that_are_low_and_unused)
{
	cr_assert_eq(sim->n_lines, 5);
	for (uint16_t i = 0; i < 5; i++) {
		cr_assert_eq(get_value(i), 0);
		cr_assert_eq(sim->ops->get_direction(sim, i), VD_GPIO_NONE);
	}
}

Test(gpio_sim, counts_in_the_names_of_lines)
{
	cr_assert_str_eq(sim->ops->line_name(sim, 0), "sim0");
	cr_assert_str_eq(sim->ops->line_name(sim, 4), "sim4");
}

Test(gpio_sim, tells_the_direction_that_was_set)
{
	set_direction(1, VD_GPIO_OUTPUT, false);
	set_direction(2, VD_GPIO_INPUT, false);

	cr_assert_eq(sim->ops->get_direction(sim, 1), VD_GPIO_OUTPUT);
	cr_assert_eq(sim->ops->get_direction(sim, 2), VD_GPIO_INPUT);
}

Test(gpio_sim, shows_what_an_input_is_pulled_to)
{
	set_direction(1, VD_GPIO_INPUT, false);
	vb_gpio_sim_pull(sim, 1, true);

	cr_assert_eq(get_value(1), 1);
	cr_assert_eq(get_value(2), 0);
}

Test(gpio_sim, shows_what_an_output_drives)
{
	set_direction(1, VD_GPIO_OUTPUT, false);
	vb_gpio_sim_pull(sim, 1, true);
	cr_assert_eq(get_value(1), 0);
	set_value(1, true);
	vb_gpio_sim_pull(sim, 1, false);

	cr_assert_eq(get_value(1), 1);
}

Test(gpio_sim, drives_an_output_from_the_first_moment)
{
	set_direction(1, VD_GPIO_OUTPUT, true);
	cr_assert_eq(get_value(1), 1);
}

Test(gpio_sim, shows_the_pull_again_when_a_line_is_no_output_any_more)
{
	set_direction(1, VD_GPIO_OUTPUT, true);
	set_direction(1, VD_GPIO_INPUT, false);
	cr_assert_eq(get_value(1), 0);
	set_direction(1, VD_GPIO_OUTPUT, true);
	set_direction(1, VD_GPIO_NONE, false);

	cr_assert_eq(get_value(1), 0);
}

Test(gpio_sim, reports_rising_edges)
{
	watch(1, VD_GPIO_RISING);
	vb_gpio_sim_pull(sim, 1, true);
	vb_gpio_sim_pull(sim, 1, false);

	cr_assert_eq(gpio.n, 1);
	cr_assert_eq(gpio.lines[0], 1);
}

Test(gpio_sim, reports_falling_edges)
{
	watch(1, VD_GPIO_FALLING);
	vb_gpio_sim_pull(sim, 1, true);
	cr_assert_eq(gpio.n, 0);
	vb_gpio_sim_pull(sim, 1, false);

	cr_assert_eq(gpio.n, 1);
}

Test(gpio_sim, reports_both_edges)
{
	watch(1, VD_GPIO_BOTH);
	vb_gpio_sim_pull(sim, 1, true);
	vb_gpio_sim_pull(sim, 1, false);

	cr_assert_eq(gpio.n, 2);
}

Test(gpio_sim, reports_no_edge_where_there_is_none)
{
	watch(1, VD_GPIO_BOTH);
	vb_gpio_sim_pull(sim, 1, false);
	vb_gpio_sim_pull(sim, 1, true);
	vb_gpio_sim_pull(sim, 1, true);

	cr_assert_eq(gpio.n, 1);
}

Test(gpio_sim, reports_no_edge_that_nobody_watches_for)
{
	watch(1, VD_GPIO_BOTH);
	cr_assert_eq(sim->ops->watch(sim, 1, VD_GPIO_NO_EDGE), 0);
	vb_gpio_sim_pull(sim, 1, true);
	vb_gpio_sim_pull(sim, 2, true);

	cr_assert_eq(gpio.n, 0);
}

Test(gpio_sim, stops_watching_a_line_that_is_released)
{
	watch(1, VD_GPIO_BOTH);
	set_direction(1, VD_GPIO_NONE, false);
	set_direction(1, VD_GPIO_INPUT, false);
	vb_gpio_sim_pull(sim, 1, true);

	cr_assert_eq(gpio.n, 0);
}

Test(gpio_sim, has_no_wires_unless_it_is_a_loop)
{
	set_direction(0, VD_GPIO_OUTPUT, true);
	cr_assert_eq(get_value(1), 0);
}

/* Remembers which lines have changed. */
static struct {
	unsigned int n;
	uint16_t line;
	unsigned int n_gone;
} observed;

static void line_changed(void *context, uint16_t line)
{
	(void)context;
	observed.n++;
	observed.line = line;
}

static void lines_gone(void *context)
{
	(void)context;
	observed.n_gone++;
}

static const struct vb_gpio_sim_observer observer = {
	.changed = line_changed,
	.gone = lines_gone,
};

Test(gpio_sim, tells_an_observer_of_every_change_once)
{
	vb_gpio_sim_observe(sim, &observer);
	set_direction(3, VD_GPIO_OUTPUT, true);
	cr_assert_eq(observed.n, 1);
	cr_assert_eq(observed.line, 3);
	set_direction(3, VD_GPIO_INPUT, false);
	cr_assert_eq(observed.n, 2);
	vb_gpio_sim_pull(sim, 2, true);
	cr_assert_eq(observed.n, 3);
	cr_assert_eq(observed.line, 2);
}

Test(gpio_sim, tells_an_observer_of_a_direction_alone)
{
	vb_gpio_sim_observe(sim, &observer);
	set_direction(3, VD_GPIO_INPUT, false);
	cr_assert_eq(observed.n, 1);
	set_direction(3, VD_GPIO_INPUT, false);
	vb_gpio_sim_pull(sim, 2, false);
	cr_assert_eq(observed.n, 1);
}

Test(gpio_sim, tells_an_observer_when_it_ends)
{
	struct vd_gpio_backend *other;

	cr_assert_eq(vb_gpio_sim_new(1, false, &other), 0);
	vb_gpio_sim_observe(other, &observer);
	other->ops->destroy(other);
	cr_assert_eq(observed.n_gone, 1);
}

TestSuite(gpio_loop, .init = setup_loop, .fini = teardown);

Test(gpio_loop, connects_an_even_line_with_the_next_one)
{
	set_direction(2, VD_GPIO_OUTPUT, false);
	set_value(2, true);
	cr_assert_eq(get_value(3), 1);
	set_value(2, false);

	cr_assert_eq(get_value(3), 0);
}

Test(gpio_loop, connects_no_other_lines)
{
	set_direction(1, VD_GPIO_OUTPUT, true);
	set_direction(2, VD_GPIO_OUTPUT, true);

	cr_assert_eq(get_value(0), 0);
	cr_assert_eq(get_value(3), 1);
	cr_assert_eq(get_value(4), 0);
}

Test(gpio_loop, reports_edges_at_the_other_end)
{
	watch(3, VD_GPIO_BOTH);
	set_direction(2, VD_GPIO_OUTPUT, true);
	set_value(2, false);

	cr_assert_eq(gpio.n, 2);
	cr_assert_eq(gpio.lines[0], 3);
	cr_assert_eq(gpio.lines[1], 3);
}

Test(gpio_loop, passes_on_what_an_input_is_pulled_to)
{
	watch(2, VD_GPIO_RISING);
	watch(3, VD_GPIO_RISING);
	vb_gpio_sim_pull(sim, 2, true);

	cr_assert_eq(get_value(3), 1);
	cr_assert_eq(gpio.n, 2);
}

Test(gpio_loop, lets_an_output_be_stronger_than_the_wire)
{
	set_direction(3, VD_GPIO_OUTPUT, false);
	set_direction(2, VD_GPIO_OUTPUT, true);
	cr_assert_eq(get_value(3), 0);
	set_direction(3, VD_GPIO_INPUT, false);

	cr_assert_eq(get_value(3), 1);
}

Test(gpio_loop, lets_the_wire_be_stronger_than_a_pull)
{
	watch(3, VD_GPIO_BOTH);
	vb_gpio_sim_pull(sim, 3, true);
	cr_assert_eq(get_value(3), 0);
	vb_gpio_sim_pull(sim, 2, true);
	vb_gpio_sim_pull(sim, 3, false);

	cr_assert_eq(get_value(3), 1);
	cr_assert_eq(gpio.n, 1);
}

Test(gpio_loop, leaves_the_last_of_an_odd_number_alone)
{
	set_direction(4, VD_GPIO_OUTPUT, true);
	cr_assert_eq(get_value(4), 1);
}
