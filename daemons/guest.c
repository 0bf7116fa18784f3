/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The guest is put together before its thread runs and taken apart after it
 * has ended, so that only three things are shared between threads: the state,
 * the two counters of the watchdog, and the eventfd that wakes the loop.
 */

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backends/loop.h"
#include "daemons/guest.h"
#include "vhost-user/server.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

/*
 * The deepest path needs a tenth of this.  With the usual 8 MiB, a thousand
 * guests would claim 8 GiB of address space, and of memory under mlockall().
 */
#define STACK_SIZE (128 * 1024UL)

/**
 * struct guest - a guest
 * @name:     for messages
 * @changed:  tell that @state is another one
 * @context:  for @changed
 * @fd:       the socket, until @server has it; then -1
 * @loop:     belongs to @thread while that runs
 * @device:   what the guest is offered
 * @server:   who offers it
 * @thread:   where all this happens
 * @started:  @thread exists
 * @state:    what the guest is doing
 * @ping:     an eventfd in @loop
 * @asked:    pings so far
 * @answered: how many of them @loop has seen
 * @limit:    bounds what the guest can have logged
 */
struct guest {
	char *name;
	void (*changed)(void *context);
	void *context;
	int fd;
	struct vb_loop *loop;
	struct vd_device *device;
	struct vhu_server *server;
	pthread_t thread;
	bool started;
	_Atomic(enum guest_state) state;
	struct vb_source ping;
	uint64_t asked;
	_Atomic(uint64_t) answered;
	struct log_limit limit;
};

void guest_report(struct guest *guest, enum log_level level, const char *format,
		  ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	log_limited(&guest->limit, vb_loop_now(guest->loop), level, guest->name,
		    text);
}

static void set_state(struct guest *guest, enum guest_state state)
{
	atomic_store(&guest->state, state);
	guest->changed(guest->context);
}

/* What comes of an event: a line in the log, and another state. */
static const struct {
	enum log_level level;
	const char *prefix;
	bool changes;
	enum guest_state state;
} reactions[] = {
	[VHU_EVENT_CLAIMED] = { LOG_LEVEL_INFO, "a front-end has ", true,
				GUEST_CONNECTED },
	[VHU_EVENT_STARTED] = { LOG_LEVEL_INFO, "", true, GUEST_RUNNING },
	[VHU_EVENT_STOPPED] = { LOG_LEVEL_INFO, "the device is ", true,
				GUEST_CONNECTED },
	[VHU_EVENT_REFUSED] = { LOG_LEVEL_WARNING,
				"the front-end made a mistake: ", false, 0 },
	[VHU_EVENT_FAULT] = { LOG_LEVEL_WARNING,
			      "the guest's driver made a mistake: ", false, 0 },
	[VHU_EVENT_ENDED] = { LOG_LEVEL_INFO, "", true, GUEST_WAITING },
};

static void session_event(void *context, enum vhu_event event,
			  const char *detail)
{
	struct guest *guest = context;

	assert(event < VD_ARRAY_SIZE(reactions));

	guest_report(guest, reactions[event].level, "%s%s",
		     reactions[event].prefix, detail);
	if (reactions[event].changes)
		set_state(guest, reactions[event].state);
}

static void server_ended(void *context)
{
	struct guest *guest = context;

	set_state(guest, GUEST_OVER);
}

static void ping_ready(struct vb_source *source, uint32_t events)
{
	struct guest *guest = container_of(source, struct guest, ping);
	uint64_t count;

	(void)events;

	if (read(source->fd, &count, sizeof(count)) == sizeof(count))
		atomic_fetch_add(&guest->answered, count);
}

void guest_ping(struct guest *guest)
{
	const uint64_t one = 1;

	if (write(guest->ping.fd, &one, sizeof(one)) == sizeof(one))
		guest->asked++;
}

bool guest_answered(const struct guest *guest)
{
	return atomic_load(&guest->answered) == guest->asked;
}

enum guest_state guest_state(const struct guest *guest)
{
	return atomic_load(&guest->state);
}

static void *run(void *context)
{
	struct guest *guest = context;
	int r;

	r = vb_loop_run(guest->loop);
	if (r < 0) {
		log_error(guest->name, "the event loop has failed: %s",
			  strerror(-r));
		set_state(guest, GUEST_OVER);
	}

	return NULL;
}

/* Signals are the main thread's affair. */
static int start_thread(struct guest *guest)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int r;

	r = pthread_attr_init(&attr);
	if (r != 0)
		return -r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_attr_setstacksize(&attr, STACK_SIZE);
	assert(r == 0);
	r = pthread_create(&guest->thread, &attr, run, guest);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	guest->started = r == 0;

	return -r;
}

static int watch_pings(struct guest *guest)
{
	guest->ping.ready = ping_ready;
	guest->ping.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (guest->ping.fd < 0)
		return -errno;

	return vb_loop_watch(guest->loop, &guest->ping, EPOLLIN);
}

static int start_server(struct guest *guest, const struct guest_config *config)
{
	const struct vhu_server_config server = {
		.session = {
			.features = config->features,
			.poll_usec = config->poll_usec,
			.in_band = config->in_band,
			.event = session_event,
			.context = guest,
		},
		.ended = server_ended,
		.context = guest,
	};

	int r;

	r = vhu_server_new(guest->loop, guest->device, guest->fd, &server,
			   &guest->server);
	if (r == 0)
		guest->fd = -1;

	return r;
}

/* A guest with nothing but its socket and its name. */
static struct guest *guest_alloc(const struct guest_config *config)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest) {
		close(config->fd);
		return NULL;
	}

	guest->changed = config->changed;
	guest->context = config->context;
	guest->fd = config->fd;
	guest->ping.fd = -1;
	log_limit_init(&guest->limit);
	guest->name = strdup(config->name);
	if (!guest->name) {
		guest_free(guest);
		return NULL;
	}

	return guest;
}

static void guest_freep(struct guest **guest)
{
	guest_free(*guest);
}

int guest_new(const struct guest_config *config, struct guest **ret)
{
	VD_CLEANUP(guest_freep) struct guest *guest = guest_alloc(config);
	int r;

	if (!guest)
		return -ENOMEM;

	r = vb_loop_new(&guest->loop);
	if (r < 0)
		return r;
	r = watch_pings(guest);
	if (r < 0)
		return r;
	r = config->new_device(guest, guest->loop, &guest->device);
	if (r < 0)
		return r;
	r = start_server(guest, config);
	if (r < 0)
		return r;
	log_info(guest->name, "ready for a front-end");
	r = start_thread(guest);
	if (r < 0)
		return r;

	*ret = VD_STEAL(guest);
	return 0;
}

void guest_free(struct guest *guest)
{
	if (!guest)
		return;

	if (guest->started) {
		vb_loop_stop(guest->loop);
		pthread_join(guest->thread, NULL);
	}
	vhu_server_free(guest->server);
	vd_device_free(guest->device);
	if (guest->ping.fd >= 0)
		close(guest->ping.fd);
	if (guest->fd >= 0)
		close(guest->fd);
	vb_loop_free(guest->loop);
	free(guest->name);
	free(guest);
}
