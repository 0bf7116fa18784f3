/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The GPIO device: what each request does, and when interrupts are delivered.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <linux/virtio_gpio.h>
#include <string.h>

#include "tests/fake-queue.h"
#include "virtio-devices/gpio-backend.h"
#include "virtio-devices/gpio.h"
#include "virtio-devices/util.h"

#define N_LINES 4
#define UNTOUCHED 0xaa
#define OK VIRTIO_GPIO_STATUS_OK
#define ERR VIRTIO_GPIO_STATUS_ERR
#define VALID VIRTIO_GPIO_IRQ_STATUS_VALID
#define INVALID VIRTIO_GPIO_IRQ_STATUS_INVALID
#define RISING VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING
#define FALLING VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING
#define BOTH VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH
#define HIGH VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH
#define LOW VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW
#define NO_IRQ VIRTIO_GPIO_IRQ_TYPE_NONE

/* Lines that do as they are told, or all fail with @error. */
struct fake_lines {
	struct vd_gpio_backend backend;
	struct vd_gpio *gpio;
	const char *names[N_LINES];
	enum vd_gpio_direction direction[N_LINES];
	bool value[N_LINES];
	enum vd_gpio_edges watched[N_LINES];
	unsigned int n_set_values;
	unsigned int n_destroyed;
	int error;
};

static struct fake_lines *to_lines(struct vd_gpio_backend *backend)
{
	return container_of(backend, struct fake_lines, backend);
}

static void lines_attach(struct vd_gpio_backend *backend, struct vd_gpio *gpio)
{
	to_lines(backend)->gpio = gpio;
}

static const char *lines_name(struct vd_gpio_backend *backend, uint16_t line)
{
	return to_lines(backend)->names[line];
}

static int lines_get_direction(struct vd_gpio_backend *backend, uint16_t line)
{
	struct fake_lines *fake = to_lines(backend);

	return fake->error ? fake->error : (int)fake->direction[line];
}

static int lines_set_direction(struct vd_gpio_backend *backend, uint16_t line,
			       enum vd_gpio_direction direction, bool value)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->direction[line] = direction;
	if (direction == VD_GPIO_OUTPUT)
		fake->value[line] = value;

	return 0;
}

static int lines_get_value(struct vd_gpio_backend *backend, uint16_t line)
{
	struct fake_lines *fake = to_lines(backend);

	return fake->error ? fake->error : fake->value[line];
}

static int lines_set_value(struct vd_gpio_backend *backend, uint16_t line,
			   bool value)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->value[line] = value;
	fake->n_set_values++;

	return 0;
}

static int lines_watch(struct vd_gpio_backend *backend, uint16_t line,
		       enum vd_gpio_edges edges)
{
	struct fake_lines *fake = to_lines(backend);

	if (fake->error)
		return fake->error;

	fake->watched[line] = edges;

	return 0;
}

static void lines_destroy(struct vd_gpio_backend *backend)
{
	to_lines(backend)->n_destroyed++;
}

static const struct vd_gpio_backend_ops lines_ops = {
	.name = "fake",
	.attach = lines_attach,
	.line_name = lines_name,
	.get_direction = lines_get_direction,
	.set_direction = lines_set_direction,
	.get_value = lines_get_value,
	.set_value = lines_set_value,
	.watch = lines_watch,
	.destroy = lines_destroy,
};

/* Such as an expander whose interrupt is not wired. */
static const struct vd_gpio_backend_ops bare_ops = {
	.name = "bare",
	.get_direction = lines_get_direction,
	.set_direction = lines_set_direction,
	.get_value = lines_get_value,
	.set_value = lines_set_value,
	.destroy = lines_destroy,
};

static struct fake_lines lines;
static struct fake_queue requests, events;
static struct vd_device *gpio;

static void make(const struct vd_gpio_backend_ops *ops)
{
	lines.backend.ops = ops;
	lines.backend.n_lines = N_LINES;
	cr_assert_eq(vd_gpio_new(&lines.backend, &gpio), 0);
	fake_queue_init(&requests);
	fake_queue_init(&events);
	vd_device_start_queue(gpio, 0, &requests.queue);
	vd_device_start_queue(gpio, 1, &events.queue);
}

static void setup(void)
{
	make(&lines_ops);
}

static void teardown(void)
{
	vd_device_free(gpio);
}

/* Exchange the device of the set-up for one with other lines. */
static void make_again(const struct vd_gpio_backend_ops *ops)
{
	vd_device_free(gpio);
	make(ops);
}

/**
 * struct answer - to a request
 * @status:  its status
 * @value:   its value
 * @written: what the driver was told that was written (used.len)
 */
struct answer {
	uint8_t status;
	uint8_t value;
	size_t written;
};

static struct virtio_gpio_request make_request(uint16_t type, uint16_t line,
					       uint32_t value)
{
	return (struct virtio_gpio_request){
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
}

/* Nothing to read, or no room, if the length is 0. */
static struct fake_request *send(struct fake_queue *queue, const void *out,
				 size_t out_len, void *in, size_t in_len)
{
	struct fake_request *sent = fake_queue_add(queue);

	if (out_len)
		fake_queue_say(sent, out, out_len);
	if (in_len)
		fake_queue_room(sent, in, in_len);

	return sent;
}

/* Send the beginning of a request, with so much room for the answer. */
static struct answer ask_with(struct virtio_gpio_request request, size_t len,
			      size_t room)
{
	uint8_t response[64];
	struct fake_request *sent;

	memset(response, UNTOUCHED, sizeof(response));
	sent = send(&requests, &request, len, response, room);
	vd_device_kick(gpio, 0, 0);
	cr_assert(sent->done, "a request is answered at once");

	return (struct answer){
		.status = response[0],
		.value = response[1],
		.written = sent->written,
	};
}

static struct answer ask(uint16_t type, uint16_t line, uint32_t value)
{
	return ask_with(make_request(type, line, value),
			sizeof(struct virtio_gpio_request), 2);
}

static uint8_t set_direction(uint16_t line, uint32_t direction)
{
	return ask(VIRTIO_GPIO_MSG_SET_DIRECTION, line, direction).status;
}

static uint8_t set_value(uint16_t line, uint32_t value)
{
	return ask(VIRTIO_GPIO_MSG_SET_VALUE, line, value).status;
}

static uint8_t set_irq_type(uint16_t line, uint32_t type)
{
	return ask(VIRTIO_GPIO_MSG_IRQ_TYPE, line, type).status;
}

/* What a driver does to enable an interrupt, but for the buffer. */
static void enable_irq(uint16_t line, uint32_t type)
{
	cr_assert_eq(set_direction(line, VD_GPIO_INPUT), OK);
	cr_assert_eq(set_irq_type(line, type), OK);
}

/**
 * struct event - a buffer for an interrupt
 * @request: which line
 * @status:  what came back in it
 * @sent:    how it was sent
 */
struct event {
	struct virtio_gpio_irq_request request;
	uint8_t status;
	struct fake_request *sent;
};

static struct event *unmask(uint16_t line)
{
	static struct event pool[FAKE_QUEUE_MAX];
	struct event *event = &pool[events.n_requests];

	event->request.gpio = htole16(line);
	event->status = UNTOUCHED;
	event->sent = send(&events, &event->request, sizeof(event->request),
			   &event->status, 1);
	vd_device_kick(gpio, 1, 0);

	return event;
}

static bool came_back(const struct event *event, uint8_t status)
{
	return event->sent->done && event->sent->written == 1 &&
	       event->status == status &&
	       events.n_flushed == events.n_completed;
}

static bool waits(const struct event *event)
{
	return !event->sent->done && event->status == UNTOUCHED;
}

/* From outside, set the level of a line. */
static void pull(uint16_t line, bool value)
{
	bool changes = lines.value[line] != value;

	lines.value[line] = value;
	if (changes &&
	    lines.watched[line] & (value ? VD_GPIO_RISING : VD_GPIO_FALLING))
		vd_gpio_edge(lines.gpio, line);
}

TestSuite(gpio, .init = setup, .fini = teardown);

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
		send(&requests, &request[i], sizeof(request[i]), response[i],
		     2);
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
	sent = send(&requests, &request, sizeof(request), response,
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
	sent = send(&events, &half, 1, &status, 1);
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
	sent = send(&events, &request, sizeof(request), NULL, 0);
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
	sent = send(&events, &request, sizeof(request), room, sizeof(room));
	vd_device_kick(gpio, 1, 0);
	pull(0, true);

	cr_assert(sent->done);
	cr_assert_eq(sent->written, 1);
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
	vd_device_free(gpio);
	cr_assert_eq(lines.n_destroyed, 1);
	make(&lines_ops);
}

Test(gpio, needs_a_line)
{
	struct fake_lines none = { .backend = { .ops = &lines_ops } };
	struct vd_device *device = gpio;

	cr_assert_eq(vd_gpio_new(&none.backend, &device), -EINVAL);
	cr_assert_eq(device, gpio);
	cr_assert_eq(none.n_destroyed, 0);
}
