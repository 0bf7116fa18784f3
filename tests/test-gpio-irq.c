/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The GPIO device: when interrupts are delivered.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <string.h>

#include "tests/gpio-driver.h"
#include "virtio-devices/util.h"

TestSuite(gpio, .init = gpio_setup, .fini = gpio_teardown);

/* Interrupts: what fires. */

Test(gpio, fires_on_a_rising_edge)
{
	struct event *event;

	lines.value[0] = true;
	enable_irq(0, RISING);
	event = unmask(0);
	pull(0, false);
	cr_assert(waits(event));
	pull(0, true);

	cr_assert(came_back(event, VALID));
}

Test(gpio, fires_on_a_falling_edge)
{
	struct event *event;

	enable_irq(0, FALLING);
	event = unmask(0);
	pull(0, true);
	cr_assert(waits(event));
	pull(0, false);

	cr_assert(came_back(event, VALID));
}

Test(gpio, fires_on_both_edges)
{
	struct event *event;

	enable_irq(0, BOTH);
	event = unmask(0);
	pull(0, true);
	cr_assert(came_back(event, VALID));
	event = unmask(0);
	pull(0, false);

	cr_assert(came_back(event, VALID));
}

Test(gpio, fires_when_a_line_becomes_high)
{
	struct event *event;

	enable_irq(0, HIGH);
	event = unmask(0);
	cr_assert(waits(event));
	pull(0, true);

	cr_assert(came_back(event, VALID));
}

Test(gpio, fires_when_a_line_becomes_low)
{
	struct event *event;

	lines.value[0] = true;
	enable_irq(0, LOW);
	event = unmask(0);
	cr_assert(waits(event));
	pull(0, false);

	cr_assert(came_back(event, VALID));
}

Test(gpio, fires_for_the_line_that_changed)
{
	struct event *one, *two;

	enable_irq(1, RISING);
	enable_irq(2, RISING);
	one = unmask(1);
	two = unmask(2);
	pull(2, true);

	cr_assert(waits(one));
	cr_assert(came_back(two, VALID));
}

/* Interrupts: masks. */

Test(gpio, masks_an_interrupt_that_was_delivered)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	pull(0, true);
	pull(0, false);
	pull(0, true);

	cr_assert(came_back(event, VALID));
	cr_assert_eq(events.n_completed, 1);
}

Test(gpio, remembers_an_edge_while_masked)
{
	enable_irq(0, RISING);
	pull(0, true);
	pull(0, false);

	cr_assert(came_back(unmask(0), VALID));
}

Test(gpio, remembers_one_edge_only)
{
	enable_irq(0, BOTH);
	pull(0, true);
	pull(0, false);
	cr_assert(came_back(unmask(0), VALID));

	cr_assert(waits(unmask(0)));
}

Test(gpio, does_not_remember_a_level)
{
	struct event *event;

	enable_irq(0, HIGH);
	pull(0, true);
	pull(0, false);
	event = unmask(0);

	cr_assert(waits(event));
}

Test(gpio, looks_at_a_level_when_it_is_unmasked)
{
	lines.value[0] = true;
	enable_irq(0, HIGH);
	cr_assert(came_back(unmask(0), VALID));
	cr_assert(came_back(unmask(0), VALID), "it is still high");
	pull(0, false);

	cr_assert(waits(unmask(0)));
}

Test(gpio, does_not_take_an_error_for_a_level)
{
	struct event *event;

	enable_irq(0, LOW);
	lines.error = -EIO;
	event = unmask(0);
	lines.error = 0;

	cr_assert(waits(event));
}

/* Interrupts: the driver changes its mind. */

Test(gpio, returns_the_buffer_when_the_interrupt_is_disabled)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	cr_assert_eq(set_irq_type(0, NO_IRQ), OK);

	cr_assert(came_back(event, INVALID));
	cr_assert_eq(lines.watched[0], VD_GPIO_NO_EDGE);
}

Test(gpio, forgets_an_edge_when_the_interrupt_is_disabled)
{
	enable_irq(0, RISING);
	pull(0, true);
	set_irq_type(0, NO_IRQ);
	set_irq_type(0, RISING);

	cr_assert(waits(unmask(0)));
}

Test(gpio, allows_to_disable_what_is_not_enabled)
{
	cr_assert_eq(set_irq_type(0, NO_IRQ), OK);
}

Test(gpio, ignores_an_edge_that_comes_too_late)
{
	enable_irq(0, RISING);
	set_irq_type(0, NO_IRQ);
	vd_gpio_edge(lines.gpio, 0);
	set_irq_type(0, RISING);

	cr_assert(waits(unmask(0)));
}

Test(gpio, keeps_the_buffer_when_the_type_changes)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	cr_assert_eq(set_irq_type(0, FALLING), OK);
	pull(0, true);
	cr_assert(waits(event));
	pull(0, false);

	cr_assert(came_back(event, VALID));
}

Test(gpio, forgets_an_edge_when_the_type_changes)
{
	enable_irq(0, RISING);
	pull(0, true);
	set_irq_type(0, FALLING);

	cr_assert(waits(unmask(0)));
}

Test(gpio, looks_at_the_level_when_the_type_changes)
{
	struct event *event;

	lines.value[0] = true;
	enable_irq(0, RISING);
	event = unmask(0);
	cr_assert(waits(event));
	set_irq_type(0, HIGH);

	cr_assert(came_back(event, VALID));
}

Test(gpio, keeps_the_old_type_when_the_new_one_cannot_be_had)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	lines.error = -EIO;
	cr_assert_eq(set_irq_type(0, FALLING), ERR);
	lines.error = 0;
	pull(0, true);

	cr_assert(came_back(event, VALID));
}

Test(gpio, makes_a_line_an_input_that_is_wanted_for_its_interrupt_alone)
{
	cr_assert_eq(set_irq_type(0, RISING), OK);
	cr_assert_eq(lines.direction[0], VD_GPIO_INPUT);
	cr_assert_eq(lines.watched[0], VD_GPIO_RISING);
}

Test(gpio, refuses_an_interrupt_on_an_output)
{
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert_eq(set_irq_type(0, RISING), ERR);
	cr_assert_eq(lines.watched[0], VD_GPIO_NO_EDGE);
}

/* Buffers. */

Test(gpio, returns_a_second_buffer_at_once)
{
	struct event *first, *second;

	enable_irq(0, RISING);
	first = unmask(0);
	second = unmask(0);
	cr_assert(came_back(second, INVALID));
	cr_assert(waits(first));
	pull(0, true);

	cr_assert(came_back(first, VALID));
}

Test(gpio, returns_a_buffer_for_an_interrupt_that_is_disabled)
{
	cr_assert(came_back(unmask(0), INVALID));
}

Test(gpio, returns_a_buffer_for_a_line_that_is_not_there)
{
	cr_assert(came_back(unmask(N_LINES), INVALID));
	cr_assert(came_back(unmask(65535), INVALID));
}

Test(gpio, returns_a_buffer_that_names_no_line)
{
	uint8_t half = 0, status = UNTOUCHED;
	struct fake_request *sent;

	enable_irq(0, RISING);
	sent = gpio_send(&events, &half, 1, &status, 1);
	vd_device_kick(gpio, 1, 0);

	cr_assert(sent->done);
	cr_assert_eq(sent->written, 1);
	cr_assert_eq(status, INVALID);
}

Test(gpio, returns_a_buffer_without_room)
{
	struct virtio_gpio_irq_request request = { 0 };
	struct fake_request *sent;

	enable_irq(0, RISING);
	sent = gpio_send(&events, &request, sizeof(request), NULL, 0);
	vd_device_kick(gpio, 1, 0);

	cr_assert(sent->done);
	cr_assert_eq(sent->written, 0);
}

Test(gpio, says_that_one_byte_was_written_however_large_the_buffer)
{
	struct virtio_gpio_irq_request request = { 0 };
	uint8_t room[8];
	struct fake_request *sent;

	enable_irq(0, RISING);
	sent = gpio_send(&events, &request, sizeof(request), room,
			 sizeof(room));
	vd_device_kick(gpio, 1, 0);
	pull(0, true);

	cr_assert(sent->done);
	cr_assert_eq(sent->written, 1);
}
