/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What is logged of a guest, and what must not be left out.
 */

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/rng-getrandom.h"
#include "backends/rng-retry.h"
#include "daemons/guest.h"
#include "daemons/worker.h"
#include "tests/captured.h"
#include "virtio-devices/device.h"
#include "virtio-devices/rng-backend.h"
#include "virtio-devices/rng.h"

/* More than a guest can have logged at once. */
#define MANY 50

static struct worker *worker;
static struct guest *guest;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t address_len;

static int listening(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int len;

	/* An abstract name, so that there is no file to be removed. */
	len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
		       "test-guest-log-%d", (int)getpid());
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				  (size_t)len);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, address_len), 0);
	cr_assert_eq(listen(fd, 1), 0);

	return fd;
}

static int new_device(struct guest *owner, struct vb_loop *loop,
		      struct vd_device **ret)
{
	static const struct vb_rng_events none;
	struct vd_rng_backend *backend;

	(void)owner;
	cr_assert_eq(vb_rng_getrandom_new(loop, &none, &backend), 0);

	return vd_rng_new(backend, NULL, ret);
}

static void ignore(void *context)
{
	(void)context;
}

static void start(void)
{
	struct guest_config config = {
		.name = "test",
		.new_device = new_device,
		.changed = ignore,
	};

	capture_stderr();
	log_init("program");
	cr_assert_eq(worker_new(ignore, NULL, &worker), 0);
	config.worker = worker;
	config.fd = listening();
	cr_assert_eq(guest_new(&config, &guest), 0);
	cr_assert_eq(worker_start(worker), 0);
	worker_go(worker);
}

static void stop(void)
{
	guest_free(guest);
	worker_free(worker);
}

TestSuite(guest_log, .init = start, .fini = stop);

/* A front-end that asks for the features, and goes. */
static void come_and_go(void)
{
	static const uint32_t request[] = { 1 /* GET_FEATURES */, 1, 0 };
	char answer[20];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&address, address_len), 0);
	cr_assert_eq(write(fd, request, sizeof(request)), sizeof(request));
	cr_assert_eq(recv(fd, answer, sizeof(answer), MSG_WAITALL),
		     sizeof(answer));
	close(fd);
}

/* A front-end that sends what is no message. */
static void send_nonsense(void)
{
	static const uint32_t request[] = { 0xbad, 1, 0 };
	char byte;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&address, address_len), 0);
	cr_assert_eq(write(fd, request, sizeof(request)), sizeof(request));
	cr_assert_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void report(void *context)
{
	guest_report(guest, LOG_LEVEL_WARNING, "%s", (const char *)context);
}

static void report_once(const char *text)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%s", text);
	worker_call(worker, report, copy);
}

Test(guest_log, names_the_guest_and_the_host_s_trouble)
{
	report_once("no such chip");
	cr_assert(strstr(captured(), "program: warning: test: no such chip\n"));
}

Test(guest_log, leaves_no_trouble_out_for_front_ends_that_come_and_go)
{
	for (int i = 0; i < MANY; i++)
		come_and_go();
	report_once("no such chip");
	cr_assert(strstr(captured(), "no such chip\n"));
}

Test(guest_log, leaves_no_trouble_out_for_mistakes)
{
	for (int i = 0; i < MANY; i++)
		send_nonsense();
	report_once("no such chip");
	cr_assert(strstr(captured(), "no such chip\n"));
}

Test(guest_log, leaves_no_mistake_out_for_front_ends_that_come_and_go)
{
	for (int i = 0; i < MANY; i++)
		come_and_go();
	send_nonsense();
	cr_assert(strstr(captured(), "the front-end made a mistake"));
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;

	return n;
}

Test(guest_log, bounds_what_front_ends_can_cause)
{
	size_t n;

	for (int i = 0; i < MANY; i++)
		come_and_go();
	n = count(captured(), "a front-end has ");
	cr_assert_geq(n, 1);
	cr_assert_lt(n, MANY);
}
