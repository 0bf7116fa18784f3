/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Our event loop, as libpulse sees it.  Events write their letter into a diary
 * when they are called, and a small letter when they are destroyed.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include "backends/loop.h"
#include "backends/pulse-mainloop.h"
#include "virtio-devices/util.h"

static struct vb_loop *loop;
static struct vb_pulse_mainloop mainloop;
static pa_mainloop_api *api;
static char diary[64];
static pa_io_event_flags_t io_flags;

static void write_letter(char letter)
{
	size_t n = strlen(diary);

	cr_assert_lt(n, sizeof(diary) - 1, "called for ever");
	diary[n] = letter;
}

static void io_callback(pa_mainloop_api *a, pa_io_event *event, int fd,
			pa_io_event_flags_t flags, void *context)
{
	cr_assert_eq(a, api);
	cr_assert(event);
	cr_assert_geq(fd, 0);
	io_flags = flags;
	write_letter(*(char *)context);
}

static void io_callback_that_frees(pa_mainloop_api *a, pa_io_event *event,
				   int fd, pa_io_event_flags_t flags,
				   void *context)
{
	io_callback(a, event, fd, flags, context);
	api->io_free(event);
}

static void io_destroyed(pa_mainloop_api *a, pa_io_event *event, void *context)
{
	(void)a;
	(void)event;
	(void)context;
	write_letter('i');
}

static void time_callback(pa_mainloop_api *a, pa_time_event *event,
			  const struct timeval *tv, void *context)
{
	(void)event;
	(void)tv;
	cr_assert_eq(a, api);
	write_letter(*(char *)context);
}

static void time_destroyed(pa_mainloop_api *a, pa_time_event *event,
			   void *context)
{
	(void)a;
	(void)event;
	(void)context;
	write_letter('t');
}

static void defer_callback(pa_mainloop_api *a, pa_defer_event *event,
			   void *context)
{
	(void)event;
	cr_assert_eq(a, api);
	write_letter(*(char *)context);
}

static void defer_callback_that_frees(pa_mainloop_api *a, pa_defer_event *event,
				      void *context)
{
	defer_callback(a, event, context);
	api->defer_free(event);
}

static void defer_callback_that_disables(pa_mainloop_api *a,
					 pa_defer_event *event, void *context)
{
	defer_callback(a, event, context);
	api->defer_enable(event, 0);
}

static void defer_destroyed(pa_mainloop_api *a, pa_defer_event *event,
			    void *context)
{
	(void)a;
	(void)event;
	(void)context;
	write_letter('d');
}

static void setup(void)
{
	cr_assert_eq(vb_loop_new(&loop), 0);
	vb_pulse_mainloop_init(&mainloop, loop);
	api = &mainloop.api;
}

static void teardown(void)
{
	vb_loop_free(loop);
}

/* Go round until the diary says so, and a few times more. */
static void expect(const char *text)
{
	struct pollfd pollfd = { .fd = vb_loop_fd(loop), .events = POLLIN };

	while (strlen(diary) < strlen(text)) {
		cr_assert_eq(poll(&pollfd, 1, 10000), 1, "only '%s'", diary);
		cr_assert_eq(vb_loop_step(loop), 0);
	}
	cr_assert_str_eq(diary, text);
}

static void expect_nothing_more(void)
{
	size_t n = strlen(diary);

	for (int i = 0; i < 3; i++)
		cr_assert_eq(vb_loop_step(loop), 0);
	cr_assert_eq(strlen(diary), n);
}

static struct timeval in_usec(int64_t usec)
{
	struct timeval tv;

	gettimeofday(&tv, NULL);
	usec += tv.tv_usec;
	tv.tv_sec += usec / 1000000;
	tv.tv_usec = usec % 1000000;

	return tv;
}

TestSuite(pulse_mainloop, .init = setup, .fini = teardown);

static char letters[] = "ABC";

Test(pulse_mainloop, tells_when_a_descriptor_is_ready)
{
	int fd = eventfd(1, EFD_CLOEXEC);
	pa_io_event *event =
		api->io_new(api, fd, PA_IO_EVENT_INPUT, io_callback, letters);

	expect("A");
	cr_assert_eq(io_flags, PA_IO_EVENT_INPUT);
	api->io_free(event);
	expect_nothing_more();
	close(fd);
}

Test(pulse_mainloop, watches_for_what_is_enabled_only)
{
	int fd = eventfd(1, EFD_CLOEXEC);
	pa_io_event *event =
		api->io_new(api, fd, PA_IO_EVENT_NULL, io_callback, letters);

	expect_nothing_more();
	api->io_enable(event, PA_IO_EVENT_OUTPUT);
	expect("A");
	cr_assert_eq(io_flags, PA_IO_EVENT_OUTPUT);
	api->io_free(event);
	close(fd);
}

Test(pulse_mainloop, tells_that_the_other_side_has_hung_up)
{
	int fds[2];
	pa_io_event *event;

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	event = api->io_new(api, fds[0], PA_IO_EVENT_NULL, io_callback,
			    letters);
	close(fds[1]);

	expect("A");
	cr_assert_eq(io_flags, PA_IO_EVENT_HANGUP);
	api->io_free(event);
	close(fds[0]);
}

Test(pulse_mainloop, reports_a_descriptor_that_cannot_be_watched)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	pa_io_event *event =
		api->io_new(api, fd, PA_IO_EVENT_INPUT, io_callback, letters);

	cr_assert(event);
	expect("A");
	cr_assert_eq(io_flags, PA_IO_EVENT_ERROR);
	api->io_enable(event, PA_IO_EVENT_INPUT);
	expect_nothing_more();
	api->io_free(event);
	close(fd);
}

Test(pulse_mainloop, lets_a_descriptor_be_freed_when_it_is_ready)
{
	int fd = eventfd(1, EFD_CLOEXEC);
	pa_io_event *event = api->io_new(api, fd, PA_IO_EVENT_INPUT,
					 io_callback_that_frees, letters);

	api->io_set_destroy(event, io_destroyed);
	expect("Ai");
	expect_nothing_more();
	close(fd);
}

Test(pulse_mainloop, calls_once_when_the_time_has_come)
{
	const struct timeval tv = in_usec(1000);
	pa_time_event *event = api->time_new(api, &tv, time_callback, letters);

	expect("A");
	expect_nothing_more();
	api->time_set_destroy(event, time_destroyed);
	api->time_free(event);
	expect("At");
}

Test(pulse_mainloop, keeps_the_order_of_times)
{
	const struct timeval later = in_usec(20000), soon = in_usec(1000);
	pa_time_event *b = api->time_new(api, &later, time_callback, letters);
	pa_time_event *a =
		api->time_new(api, &soon, time_callback, letters + 1);

	expect("BA");
	api->time_free(a);
	api->time_free(b);
}

Test(pulse_mainloop, does_not_wait_for_a_time_that_was_taken_back)
{
	const struct timeval past = in_usec(-1000);
	pa_time_event *event =
		api->time_new(api, &past, time_callback, letters);

	api->time_restart(event, NULL);
	expect_nothing_more();
	api->time_restart(event, &past);
	expect("A");
	api->time_free(event);
}

Test(pulse_mainloop, takes_the_beginning_of_the_era_for_now)
{
	const struct timeval zero = { 0 };
	pa_time_event *event =
		api->time_new(api, &zero, time_callback, letters);

	expect("A");
	api->time_free(event);
}

Test(pulse_mainloop, calls_again_and_again_what_is_deferred)
{
	pa_defer_event *event = api->defer_new(api, defer_callback, letters);

	expect("AAA");
	api->defer_enable(event, 0);
	expect_nothing_more();
	api->defer_enable(event, 1);
	expect("AAAA");
	api->defer_set_destroy(event, defer_destroyed);
	api->defer_free(event);
	expect("AAAAd");
	expect_nothing_more();
}

Test(pulse_mainloop, lets_a_deferred_call_end_itself)
{
	pa_defer_event *a =
		api->defer_new(api, defer_callback_that_frees, letters);
	pa_defer_event *b =
		api->defer_new(api, defer_callback_that_disables, letters + 1);

	api->defer_set_destroy(a, defer_destroyed);
	expect("AdB");
	expect_nothing_more();
	api->defer_free(b);
}
