/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The GPIO device: what it says of itself and its lines, and how it ends.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <string.h>

#include "tests/gpio-driver.h"
#include "virtio-devices/util.h"

TestSuite(gpio, .init = gpio_setup, .fini = gpio_teardown);

/* Names and configuration. */

static void read_config(struct virtio_gpio_config *config)
{
	vd_device_get_config(gpio, 0, config, sizeof(*config));
}

/* Ask for names, with @more room than they need. */
static size_t ask_names(char *block, uint8_t *status, ssize_t more)
{
	struct virtio_gpio_request request =
		make_request(VIRTIO_GPIO_MSG_GET_NAMES, 0, 0);
	struct virtio_gpio_config config;
	uint8_t response[256];
	struct fake_request *sent;
	size_t size;

	read_config(&config);
	size = le32toh(config.gpio_names_size);
	memset(response, UNTOUCHED, sizeof(response));
	sent = gpio_send(&requests, &request, sizeof(request), response,
			 1 + size + (size_t)more);
	vd_device_kick(gpio, 0, 0);
	*status = response[0];
	memcpy(block, response + 1, size);

	return sent->written;
}

Test(gpio, tells_how_many_lines_there_are)
{
	struct virtio_gpio_config config;

	memset(&config, UNTOUCHED, sizeof(config));
	read_config(&config);

	cr_assert_eq(le16toh(config.ngpio), N_LINES);
	cr_assert_eq(config.padding[0], 0);
	cr_assert_eq(config.padding[1], 0);
	cr_assert_eq(le32toh(config.gpio_names_size), 0);
}

Test(gpio, gives_a_name_for_each_line)
{
	char block[64];
	uint8_t status;

	lines.names[1] = "reset";
	lines.names[3] = "led";
	make_again(&lines_ops);

	cr_assert_eq(ask_names(block, &status, 0),
		     1 + sizeof("\0reset\0\0led"));
	cr_assert_eq(status, OK);
	cr_assert_arr_eq(block, "\0reset\0\0led", sizeof("\0reset\0\0led"));
}

Test(gpio, gives_a_name_to_the_first_line_only_that_claims_it)
{
	char block[64];
	uint8_t status;

	lines.names[0] = "led";
	lines.names[2] = "led";
	lines.names[3] = "ledge";
	make_again(&lines_ops);
	ask_names(block, &status, 0);

	cr_assert_arr_eq(block, "led\0\0\0ledge", sizeof("led\0\0\0ledge"));
}

Test(gpio, leaves_out_names_that_are_not_ascii)
{
	char block[64];
	uint8_t status;

	lines.names[0] = "caf\xc3\xa9";
	lines.names[1] = "tea";
	make_again(&lines_ops);
	ask_names(block, &status, 0);

	cr_assert_arr_eq(block, "\0tea\0\0", sizeof("\0tea\0\0"));
}

Test(gpio, announces_the_size_of_what_it_gives)
{
	struct virtio_gpio_config config;

	lines.names[0] = "led";
	lines.names[2] = "led";
	lines.names[3] = "caf\xc3\xa9";
	make_again(&lines_ops);
	read_config(&config);

	cr_assert_eq(le32toh(config.gpio_names_size), sizeof("led\0\0\0"));
}

Test(gpio, refuses_to_cut_names)
{
	char block[64];
	uint8_t status;

	lines.names[1] = "reset";
	make_again(&lines_ops);

	cr_assert_eq(ask_names(block, &status, -1), 2);
	cr_assert_eq(status, ERR);
}

Test(gpio, refuses_too_much_room_for_names)
{
	char block[64];
	uint8_t status;

	lines.names[1] = "reset";
	make_again(&lines_ops);

	cr_assert_eq(ask_names(block, &status, 1), 2);
	cr_assert_eq(status, ERR);
}

Test(gpio, has_no_names_to_give_if_no_line_has_one)
{
	struct answer answer = ask(VIRTIO_GPIO_MSG_GET_NAMES, 0, 0);

	cr_assert_eq(answer.status, ERR);
	cr_assert_eq(answer.written, 2);
}

/* The end. */

Test(gpio, returns_buffers_when_the_event_queue_stops)
{
	struct event *one, *two;

	enable_irq(1, RISING);
	enable_irq(2, HIGH);
	one = unmask(1);
	two = unmask(2);
	vd_device_stop_queue(gpio, 1);

	cr_assert(came_back(one, INVALID));
	cr_assert(came_back(two, INVALID));
}

Test(gpio, remembers_an_edge_while_the_event_queue_is_stopped)
{
	enable_irq(0, RISING);
	unmask(0);
	vd_device_stop_queue(gpio, 1);
	pull(0, true);
	vd_device_start_queue(gpio, 1, &events.queue);

	cr_assert(came_back(unmask(0), VALID));
}

Test(gpio, holds_nothing_of_the_request_queue_when_that_stops)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	vd_device_stop_queue(gpio, 0);

	cr_assert(waits(event), "the other queue still runs");
}

Test(gpio, releases_lines_at_reset)
{
	set_direction(0, VD_GPIO_OUTPUT);
	enable_irq(1, RISING);
	vd_device_stop_queue(gpio, 0);
	vd_device_stop_queue(gpio, 1);
	vd_device_reset(gpio);

	cr_assert_eq(lines.direction[0], VD_GPIO_NONE);
	cr_assert_eq(lines.direction[1], VD_GPIO_NONE);
	cr_assert_eq(lines.watched[1], VD_GPIO_NO_EDGE);
}

Test(gpio, forgets_values_at_reset)
{
	set_value(0, 1);
	vd_device_stop_queue(gpio, 0);
	vd_device_reset(gpio);
	vd_device_start_queue(gpio, 0, &requests.queue);
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert_not(lines.value[0]);
}

Test(gpio, offers_interrupts)
{
	cr_assert_neq(gpio->features & VD_BIT(VIRTIO_GPIO_F_IRQ), 0);
}

Test(gpio, has_no_interrupts_if_the_backend_cannot_watch)
{
	make_again(&bare_ops);
	set_direction(0, VD_GPIO_INPUT);

	cr_assert_eq(gpio->features & VD_BIT(VIRTIO_GPIO_F_IRQ), 0);
	cr_assert_eq(set_irq_type(0, RISING), ERR);
	cr_assert_eq(set_irq_type(0, NO_IRQ), ERR);
}

Test(gpio, destroys_its_backend)
{
	make_again(&lines_ops);
	cr_assert_eq(lines.n_destroyed, 1);
}

Test(gpio, needs_a_line)
{
	struct fake_lines none = { .backend = { .ops = &lines_ops } };
	struct vd_device *device = gpio;

	cr_assert_eq(vd_gpio_new(&none.backend, &device), -EINVAL);
	cr_assert_eq(device, gpio);
	cr_assert_eq(none.n_destroyed, 0);
}
