/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The control socket of simulated lines, at a real daemon: what is pulled there
 * reaches the guest, and what the guest does is seen there.
 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <endian.h>
#include <linux/virtio_gpio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fixture-daemon.h"
#include "virtio-devices/util.h"

#define PATIENCE_MSEC 20000
#define MAX_CLIENTS 8

static struct fixture fixture;
static struct guest guest;
static char control[2][96];
static char dir[64];

static void setup(void)
{
	char option[128];
	const char *args[] = { "--device-list=s8:s8=loop", option, NULL };

	snprintf(dir, sizeof(dir), "/tmp/vhd-control.XXXXXX");
	cr_assert(mkdtemp(dir));
	for (int i = 0; i < 2; i++)
		snprintf(control[i], sizeof(control[i]), "%s/c%d", dir, i);
	snprintf(option, sizeof(option), "--control-path=%s/c", dir);

	fixture_start(&fixture, "gpio", args);
	guest_boot(&guest, fixture.path[0]);
}

static void teardown(void)
{
	guest_free(&guest);
	fixture_stop(&fixture);
	cr_assert_eq(rmdir(dir), 0, "a control socket was left behind");
}

TestSuite(gpio_control, .init = setup, .fini = teardown, .timeout = 120);

/* A program at the socket. */

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);

	return fd;
}

static void say(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
		     (ssize_t)strlen(text));
}

/* The next line of text, without its end; empty if there will be none. */
static const char *hear(int fd)
{
	static char line[64];
	size_t len = 0;

	while (len + 1 < sizeof(line)) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };

		cr_assert_eq(poll(&pollfd, 1, PATIENCE_MSEC), 1,
			     "there is no answer");
		if (read(fd, &line[len], 1) != 1 || line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';

	return line;
}

static const char *ask(int fd, const char *text)
{
	say(fd, text);
	return hear(fd);
}

/* A guest that has the lines. */

/* Returns the value of the answer; it has to be a good one. */
static int request(uint16_t type, uint16_t line, uint32_t value)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(struct virtio_gpio_request) },
		{ guest.gpa + 64, sizeof(struct virtio_gpio_response) },
	};
	const struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	const struct virtio_gpio_request request = {
		.type = htole16(type),
		.gpio = htole16(line),
		.value = htole32(value),
	};
	struct vhu_driver_used used;

	memcpy(guest.buf, &request, sizeof(request));
	cr_assert_eq(vhu_frontend_exchange(guest.frontend, 0, &chain, &used),
		     0);
	cr_assert_eq(guest.buf[64], VIRTIO_GPIO_STATUS_OK);

	return guest.buf[65];
}

static void make_input(uint16_t line)
{
	request(VIRTIO_GPIO_MSG_SET_DIRECTION, line, VIRTIO_GPIO_DIRECTION_IN);
}

static void drive(uint16_t line, uint32_t value)
{
	request(VIRTIO_GPIO_MSG_SET_VALUE, line, value);
	request(VIRTIO_GPIO_MSG_SET_DIRECTION, line, VIRTIO_GPIO_DIRECTION_OUT);
}

static int value_of(uint16_t line)
{
	return request(VIRTIO_GPIO_MSG_GET_VALUE, line, 0);
}

Test(gpio_control, pulls_a_line_of_the_guest)
{
	int fd = connect_to(control[0]);

	make_input(3);
	cr_assert_str_eq(ask(fd, "pull 3 1\nget 3\n"), "3 input 1");
	cr_assert_eq(value_of(3), 1);
	cr_assert_str_eq(ask(fd, "pull 3 0\nget 3\n"), "3 input 0");
	cr_assert_eq(value_of(3), 0);
	close(fd);
}

Test(gpio_control, has_the_lines_of_one_guest)
{
	int first = connect_to(control[0]), second = connect_to(control[1]);

	cr_assert_str_eq(ask(first, "pull 3 1\nget 3\n"), "3 unused 1");
	cr_assert_str_eq(ask(second, "get 3\n"), "3 unused 0");
	close(first);
	close(second);
}

Test(gpio_control, causes_an_interrupt)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa + 128, sizeof(struct virtio_gpio_irq_request) },
		{ guest.gpa + 192, sizeof(struct virtio_gpio_irq_response) },
	};
	const struct vhu_driver_chain chain = {
		.buffers = buffers,
		.n_readable = 1,
		.n_writable = 1,
	};
	struct vhu_driver_ring *ring;
	struct vhu_driver_used used;
	int fd = connect_to(control[0]);

	cr_assert_eq(vhu_frontend_prepare_queue(guest.frontend, 1, 4), 0);
	cr_assert_eq(vhu_frontend_start_queue(guest.frontend, 1), 0);
	make_input(5);
	request(VIRTIO_GPIO_MSG_IRQ_TYPE, 5, VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
	guest.buf[128] = 5;
	guest.buf[129] = 0;
	ring = vhu_frontend_queue(guest.frontend, 1)->ring;
	cr_assert_eq(vhu_driver_ring_add(ring, &chain), 0);
	vhu_driver_ring_publish(ring);
	cr_assert_eq(vhu_frontend_kick(guest.frontend, 1), 0);

	say(fd, "pull 5 1\n");
	while (vhu_driver_ring_get(ring, &used) == 0)
		cr_assert_eq(vhu_frontend_wait(guest.frontend, 1), 0);
	cr_assert_eq(guest.buf[192], VIRTIO_GPIO_IRQ_STATUS_VALID);
	close(fd);
}

Test(gpio_control, tells_what_the_guest_drives)
{
	int fd = connect_to(control[0]);

	cr_assert_str_eq(ask(fd, "get 2\n"), "2 unused 0");
	drive(2, 1);
	cr_assert_str_eq(ask(fd, "get 2\n"), "2 output 1");
	close(fd);
}

Test(gpio_control, tells_every_change_to_who_watches)
{
	int fd = connect_to(control[0]);

	cr_assert_str_eq(ask(fd, "watch\nget 0\n"), "0 unused 0");
	drive(4, 0);
	drive(4, 1);
	drive(4, 0);
	make_input(4);
	cr_assert_str_eq(hear(fd), "4 output 0");
	cr_assert_str_eq(hear(fd), "4 output 1");
	cr_assert_str_eq(hear(fd), "4 output 0");
	cr_assert_str_eq(hear(fd), "4 input 0");
	close(fd);
}

Test(gpio_control, tells_changes_to_who_says_no_more)
{
	int fd = connect_to(control[0]);

	cr_assert_str_eq(ask(fd, "watch\nget 0\n"), "0 unused 0");
	cr_assert_eq(shutdown(fd, SHUT_WR), 0);
	drive(4, 1);
	cr_assert_str_eq(hear(fd), "4 output 1");
	close(fd);
}

Test(gpio_control, tells_that_the_guest_has_gone)
{
	int fd = connect_to(control[0]);

	cr_assert_str_eq(ask(fd, "watch\nget 0\n"), "0 unused 0");
	drive(4, 1);
	cr_assert_str_eq(hear(fd), "4 output 1");
	vhu_frontend_free(guest.frontend);
	guest.frontend = NULL;
	cr_assert_str_eq(hear(fd), "4 unused 0");
	close(fd);
}

/**
 * struct command - that makes no sense
 * @text: the command
 */
struct command {
	char text[24];
};

ParameterizedTestParameters(gpio_control, says_what_is_wrong)
{
	static struct command commands[] = {
		{ "\n" },	    { "push 1 1\n" },	{ "get\n" },
		{ "get x\n" },	    { "get 1 2\n" },	{ "get 8\n" },
		{ "pull 1\n" },	    { "pull 1 2\n" },	{ "pull 8 1\n" },
		{ "pull 1 1 1\n" }, { "get -1\n" },	{ "watch 1\n" },
		{ "get 65536\n" },  { "get 999999\n" },
	};

	return cr_make_param_array(struct command, commands,
				   VD_ARRAY_SIZE(commands));
}

ParameterizedTest(struct command *command, gpio_control, says_what_is_wrong)
{
	int fd = connect_to(control[0]);
	const char *text = ask(fd, command->text);

	cr_assert(strncmp(text, "error: ", 7) == 0, "%s: %s", command->text,
		  text);
	cr_assert_str_eq(ask(fd, "get 1\n"), "1 unused 0");
	close(fd);
}

Test(gpio_control, ends_with_who_says_too_much)
{
	int fd = connect_to(control[0]);

	cr_assert_str_eq(ask(fd, "pull 1 1                               "),
			 "error: that is too long");
	cr_assert_str_eq(hear(fd), "");
	close(fd);
}

Test(gpio_control, does_not_wait_for_who_does_not_listen)
{
	int fd = connect_to(control[0]);
	char buf[4096];

	cr_assert_str_eq(ask(fd, "watch\nget 0\n"), "0 unused 0");
	for (int i = 0; i < 10000; i++)
		drive(4, !(i % 2));

	/* What has been said can be read, and then it was thrown out. */
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	cr_assert_eq(value_of(4), 0);
}

Test(gpio_control, turns_away_whom_it_has_no_room_for)
{
	int fds[MAX_CLIENTS], fd;

	for (int i = 0; i < MAX_CLIENTS; i++) {
		fds[i] = connect_to(control[0]);
		cr_assert_str_eq(ask(fds[i], "get 1\n"), "1 unused 0");
	}
	fd = connect_to(control[0]);
	cr_assert_str_eq(hear(fd), "");
	close(fd);
	for (int i = 0; i < MAX_CLIENTS; i++)
		close(fds[i]);
}

/* What the daemon has used of a processor, in milliseconds. */
static unsigned long long cpu_time(void)
{
	struct timespec used;
	clockid_t clock;

	cr_assert_eq(clock_getcpuclockid(fixture.pid, &clock), 0);
	cr_assert_eq(clock_gettime(clock, &used), 0);

	return (unsigned long long)used.tv_sec * 1000 +
	       (unsigned long long)used.tv_nsec / 1000000;
}

Test(gpio_control, rests_while_there_are_no_descriptors)
{
	struct rlimit low = { 0 }, old;
	struct pollfd pollfd = { .events = POLLIN };
	unsigned long long before;

	cr_assert_eq(prlimit(fixture.pid, RLIMIT_NOFILE, NULL, &old), 0);
	low.rlim_max = old.rlim_max;
	cr_assert_eq(prlimit(fixture.pid, RLIMIT_NOFILE, &low, NULL), 0);

	before = cpu_time();
	pollfd.fd = connect_to(control[0]);
	say(pollfd.fd, "get 1\n");
	cr_assert_eq(poll(&pollfd, 1, 500), 0);
	cr_assert_lt(cpu_time() - before, 100);

	cr_assert_eq(prlimit(fixture.pid, RLIMIT_NOFILE, &old, NULL), 0);
	cr_assert_str_eq(hear(pollfd.fd), "1 unused 0");
	close(pollfd.fd);
}

Test(gpio_control, is_for_simulated_lines)
{
	const char *const args[] = {
		"-s", "/tmp/x", "-l", "0", "--control-path=/tmp/y", NULL
	};
	char output[1024];

	cr_assert_eq(
		run_program("vhost-device-gpio", args, output, sizeof(output)),
		2);
	cr_assert(strstr(output, "'0' is none"), "%s", output);
}
