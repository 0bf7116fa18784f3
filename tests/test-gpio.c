/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The GPIO device: what each request does.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <string.h>

#include "tests/gpio-driver.h"
#include "virtio-devices/util.h"

TestSuite(gpio, .init = gpio_setup, .fini = gpio_teardown);

/* Requests that succeed. */

Test(gpio, tells_the_direction_of_a_line)
{
	struct answer answer;

	lines.direction[2] = VD_GPIO_INPUT;
	answer = ask(VIRTIO_GPIO_MSG_GET_DIRECTION, 2, 0);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.value, VIRTIO_GPIO_DIRECTION_IN);
	cr_assert_eq(answer.written, 2);
}

Test(gpio, sets_the_direction_of_a_line)
{
	struct answer answer = ask(VIRTIO_GPIO_MSG_SET_DIRECTION, 3,
				   VIRTIO_GPIO_DIRECTION_OUT);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.value, 0);
	cr_assert_eq(answer.written, 2);
	cr_assert_eq(lines.direction[3], VD_GPIO_OUTPUT);
}

Test(gpio, tells_the_value_of_a_line)
{
	struct answer answer;

	lines.value[1] = true;
	answer = ask(VIRTIO_GPIO_MSG_GET_VALUE, 1, 0);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.value, 1);
	cr_assert_eq(answer.written, 2);
}

Test(gpio, sets_the_value_of_an_output)
{
	struct answer answer;

	set_direction(0, VD_GPIO_OUTPUT);
	answer = ask(VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.value, 0);
	cr_assert_eq(answer.written, 2);
	cr_assert(lines.value[0]);
}

Test(gpio, accepts_an_interrupt_type_for_an_input)
{
	struct answer answer;

	set_direction(0, VD_GPIO_INPUT);
	answer = ask(VIRTIO_GPIO_MSG_IRQ_TYPE, 0, BOTH);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.value, 0);
	cr_assert_eq(answer.written, 2);
	cr_assert_eq(lines.watched[0], VD_GPIO_BOTH);
}

Test(gpio, serves_the_last_line)
{
	cr_assert_eq(set_direction(N_LINES - 1, VD_GPIO_INPUT), OK);
	cr_assert_eq(lines.direction[N_LINES - 1], VD_GPIO_INPUT);
}

Test(gpio, serves_requests_in_order)
{
	struct virtio_gpio_request request[2] = {
		make_request(VIRTIO_GPIO_MSG_SET_DIRECTION, 0, VD_GPIO_OUTPUT),
		make_request(VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0),
	};
	uint8_t response[2][2];

	for (int i = 0; i < 2; i++)
		gpio_send(&requests, &request[i], sizeof(request[i]),
			  response[i], 2);
	vd_device_kick(gpio, 0, 0);

	cr_assert_eq(requests.n_flushed, 2);
	cr_assert_eq(requests.requests[0].rank, 1);
	cr_assert_eq(response[1][1], VIRTIO_GPIO_DIRECTION_OUT);
}

Test(gpio, takes_a_request_in_pieces)
{
	static const size_t pieces[] = { 1, 0, 2, 1, 3, 1 };
	struct virtio_gpio_request request =
		make_request(VIRTIO_GPIO_MSG_GET_VALUE, 1, 0);
	struct fake_request *sent = fake_queue_add(&requests);
	uint8_t response[2] = { UNTOUCHED, UNTOUCHED };
	uint8_t *p = (uint8_t *)&request;

	for (size_t i = 0; i < VD_ARRAY_SIZE(pieces); i++) {
		fake_queue_say(sent, p, pieces[i]);
		p += pieces[i];
	}
	fake_queue_room(sent, response, 1);
	fake_queue_room(sent, response + 1, 1);
	lines.value[1] = true;
	vd_device_kick(gpio, 0, 0);

	cr_assert_eq(response[0], OK);
	cr_assert_eq(response[1], 1);
}

Test(gpio, says_that_two_bytes_were_written_however_much_room_there_was)
{
	struct answer answer =
		ask_with(make_request(VIRTIO_GPIO_MSG_GET_VALUE, 0, 0),
			 sizeof(struct virtio_gpio_request), 16);

	cr_assert_eq(answer.status, OK);
	cr_assert_eq(answer.written, 2);
}

/* Requests that fail. */

struct bad_request {
	char why[40];
	uint16_t type;
	uint16_t line;
	uint32_t value;
	size_t missing;
};

ParameterizedTestParameters(gpio, refuses)
{
	static struct bad_request bad[] = {
		{ "line beyond the end", VIRTIO_GPIO_MSG_GET_VALUE, N_LINES, 0,
		  0 },
		{ "line 65535", VIRTIO_GPIO_MSG_SET_VALUE, 65535, 0, 0 },
		{ "type 0", 0, 0, 0, 0 },
		{ "type 7", 7, 0, 0, 0 },
		{ "type 65535", 65535, 0, 0, 0 },
		{ "type 4 in the wrong byte order", 0x0400, 0, 0, 0 },
		{ "direction 3", VIRTIO_GPIO_MSG_SET_DIRECTION, 0, 3, 0 },
		{ "direction 65538", VIRTIO_GPIO_MSG_SET_DIRECTION, 0, 65538,
		  0 },
		{ "value 2", VIRTIO_GPIO_MSG_SET_VALUE, 0, 2, 0 },
		{ "value 256", VIRTIO_GPIO_MSG_SET_VALUE, 0, 256, 0 },
		{ "interrupt type 5", VIRTIO_GPIO_MSG_IRQ_TYPE, 1, 5, 0 },
		{ "interrupt type 12", VIRTIO_GPIO_MSG_IRQ_TYPE, 1, 12, 0 },
		{ "interrupt type 65537", VIRTIO_GPIO_MSG_IRQ_TYPE, 1, 65537,
		  0 },
		{ "a request of 7 bytes", VIRTIO_GPIO_MSG_GET_VALUE, 0, 0, 1 },
		{ "an empty request", VIRTIO_GPIO_MSG_GET_VALUE, 0, 0, 8 },
	};

	return cr_make_param_array(struct bad_request, bad, VD_ARRAY_SIZE(bad));
}

ParameterizedTest(struct bad_request *bad, gpio, refuses)
{
	size_t len = sizeof(struct virtio_gpio_request) - bad->missing;
	struct answer answer;

	/* Or else each of the interrupt types is wrong for another reason. */
	set_direction(1, VD_GPIO_INPUT);
	answer = ask_with(make_request(bad->type, bad->line, bad->value), len,
			  2);

	cr_assert_eq(answer.status, ERR, "%s", bad->why);
	cr_assert_eq(answer.value, 0, "%s", bad->why);
	cr_assert_eq(answer.written, 2, "%s", bad->why);
}

Test(gpio, gives_the_status_alone_if_there_is_no_room_for_more)
{
	struct answer answer =
		ask_with(make_request(VIRTIO_GPIO_MSG_GET_VALUE, 0, 0),
			 sizeof(struct virtio_gpio_request), 1);

	cr_assert_eq(answer.status, ERR);
	cr_assert_eq(answer.value, UNTOUCHED);
	cr_assert_eq(answer.written, 1);
}

Test(gpio, does_nothing_if_there_is_no_room_for_the_answer)
{
	ask_with(make_request(VIRTIO_GPIO_MSG_SET_DIRECTION, 0, VD_GPIO_INPUT),
		 sizeof(struct virtio_gpio_request), 1);

	cr_assert_eq(lines.direction[0], VD_GPIO_NONE);
}

Test(gpio, returns_a_chain_with_nothing_in_it)
{
	struct answer answer = ask_with(make_request(0, 0, 0), 0, 0);

	cr_assert_eq(answer.written, 0);
	cr_assert_eq(requests.n_flushed, 1);
}

Test(gpio, says_so_when_the_backend_fails)
{
	static const uint16_t types[] = {
		VIRTIO_GPIO_MSG_GET_DIRECTION, VIRTIO_GPIO_MSG_SET_DIRECTION,
		VIRTIO_GPIO_MSG_GET_VALUE,     VIRTIO_GPIO_MSG_SET_VALUE,
		VIRTIO_GPIO_MSG_IRQ_TYPE,
	};

	set_direction(0, VD_GPIO_OUTPUT);
	set_direction(1, VD_GPIO_INPUT);
	lines.error = -EBUSY;
	for (size_t i = 0; i < VD_ARRAY_SIZE(types); i++) {
		bool irq = types[i] == VIRTIO_GPIO_MSG_IRQ_TYPE;
		struct answer answer = ask(types[i], irq, 1);

		cr_assert_eq(answer.status, ERR, "type %u", types[i]);
		cr_assert_eq(answer.value, 0, "type %u", types[i]);
		cr_assert_eq(answer.written, 2, "type %u", types[i]);
	}
	lines.error = 0;
}

Test(gpio, keeps_the_old_direction_when_the_backend_fails)
{
	set_direction(0, VD_GPIO_INPUT);
	lines.error = -EIO;
	set_direction(0, VD_GPIO_OUTPUT);
	lines.error = 0;

	/* An output would have been set at once. */
	cr_assert_eq(set_value(0, 1), OK);
	cr_assert_eq(lines.n_set_values, 0);
}

/* Values and directions. */

Test(gpio, remembers_a_value_until_the_line_is_an_output)
{
	set_value(0, 1);
	cr_assert_not(lines.value[0]);
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert(lines.value[0]);
	cr_assert_eq(lines.n_set_values, 0, "it would have been low before");
}

Test(gpio, does_not_set_the_value_of_an_input)
{
	set_direction(0, VD_GPIO_INPUT);
	cr_assert_eq(set_value(0, 1), OK);
	cr_assert_eq(lines.n_set_values, 0);
}

Test(gpio, keeps_the_value_of_an_output_that_was_an_input_for_a_while)
{
	set_direction(0, VD_GPIO_OUTPUT);
	set_value(0, 1);
	set_direction(0, VD_GPIO_INPUT);
	lines.value[0] = false;
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert(lines.value[0]);
}

Test(gpio, forgets_the_value_of_a_line_that_is_released)
{
	set_value(0, 1);
	set_direction(0, VD_GPIO_NONE);
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert_not(lines.value[0]);
}

Test(gpio, forgets_the_interrupt_of_a_line_that_is_released)
{
	enable_irq(0, RISING);
	set_direction(0, VD_GPIO_NONE);
	cr_assert_eq(lines.watched[0], VD_GPIO_NO_EDGE);
	set_direction(0, VD_GPIO_INPUT);

	cr_assert(came_back(unmask(0), INVALID));
}

Test(gpio, returns_the_buffer_of_a_line_that_is_released)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	set_direction(0, VD_GPIO_NONE);

	cr_assert(came_back(event, INVALID));
}

Test(gpio, ends_the_interrupt_of_a_line_that_becomes_an_output)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	set_direction(0, VD_GPIO_OUTPUT);

	cr_assert(came_back(event, INVALID));
	cr_assert_eq(lines.watched[0], VD_GPIO_NO_EDGE);
}

Test(gpio, keeps_the_interrupt_of_an_input_that_is_made_one_again)
{
	struct event *event;

	enable_irq(0, RISING);
	event = unmask(0);
	set_direction(0, VD_GPIO_INPUT);
	cr_assert(waits(event));
	pull(0, true);

	cr_assert(came_back(event, VALID));
}
