/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The guest is put together and taken apart in the worker's thread, or while
 * that does not run, so that the state alone is shared between threads; and that
 * it is this thread, and no other, that hangs if something does.
 */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/loop.h"
#include "daemons/fd-store.h"
#include "daemons/guest.h"
#include "daemons/worker.h"
#include "vhost-user/server.h"
#include "virtio-devices/device.h"
#include "virtio-devices/util.h"

/* A longer text is cut off. */
#define MAX_REPORT 512

/*
 * What lines are about.  Each topic has a limit of its own: a front-end that
 * comes and goes all the time must not hide what is said once about the host.
 */
enum topic {
	TOPIC_SESSION, /* front-ends come and go */
	TOPIC_MISTAKE, /* of a front-end or a driver */
	TOPIC_HOST, /* what the device needs of it */
	N_TOPICS,
};

/**
 * struct guest - a guest
 * @name:     for messages
 * @changed:  tell that @state is another one
 * @hangs:    tell that the worker does not answer, see struct guest_config
 * @context:  for both
 * @fd:       the socket, until @server has it; then -1
 * @worker:   does the work
 * @own_worker: the same if it works for this guest alone, or NULL
 * @data:     see guest_data()
 * @device:   what the guest is offered
 * @server:   who offers it
 * @keeper:   keeps what is needed to go on after a restart; its @ops are NULL if
 *            nothing is kept
 * @gone:     the next process will not have this guest
 * @ending:   its own worker was told to end
 * @state:    what the guest is doing
 * @limits:   bound what the guest can have logged
 */
struct guest {
	char *name;
	void (*changed)(void *context);
	void (*hangs)(void *context);
	void *context;
	int fd;
	struct worker *worker;
	struct worker *own_worker;
	void *data;
	struct vd_device *device;
	struct vhu_server *server;
	struct fd_keeper keeper;
	bool gone;
	bool ending;
	_Atomic(enum guest_state) state;
	struct log_limit limits[N_TOPICS];
};

static void write_report(struct guest *guest, enum topic topic,
			 enum log_level level, const char *text)
{
	log_limited(&guest->limits[topic],
		    vb_loop_now(worker_loop(guest->worker)), level, guest->name,
		    text);
}

void guest_report(struct guest *guest, enum log_level level, const char *format,
		  ...)
{
	char text[MAX_REPORT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_report(guest, TOPIC_HOST, level, text);
}

static void set_state(struct guest *guest, enum guest_state state)
{
	atomic_store(&guest->state, state);
	guest->changed(guest->context);
}

/* What comes of an event: a line in the log, and perhaps another state. */
static const struct {
	const char *prefix;
	enum topic topic;
	enum guest_state state;
} reactions[] = {
	[VHU_EVENT_CLAIMED] = { "a front-end has ", TOPIC_SESSION,
				GUEST_CONNECTED },
	[VHU_EVENT_STARTED] = { "", TOPIC_SESSION, GUEST_RUNNING },
	[VHU_EVENT_STOPPED] = { "the device is ", TOPIC_SESSION,
				GUEST_CONNECTED },
	[VHU_EVENT_REFUSED] = { "the front-end made a mistake: ", TOPIC_MISTAKE,
				0 },
	[VHU_EVENT_FAULT] = { "the guest's driver made a mistake: ",
			      TOPIC_MISTAKE, 0 },
	[VHU_EVENT_ENDED] = { "", TOPIC_SESSION, GUEST_WAITING },
};

static void session_event(void *context, enum vhu_event event,
			  const char *detail)
{
	struct guest *guest = context;
	enum topic topic;
	char text[MAX_REPORT];

	assert(event < VD_ARRAY_SIZE(reactions));

	topic = reactions[event].topic;
	snprintf(text, sizeof(text), "%s%s", reactions[event].prefix, detail);
	write_report(guest, topic,
		     topic == TOPIC_MISTAKE ? LOG_LEVEL_WARNING
					    : LOG_LEVEL_INFO,
		     text);
	if (topic == TOPIC_SESSION)
		set_state(guest, reactions[event].state);
}

static void server_ended(void *context)
{
	struct guest *guest = context;

	set_state(guest, GUEST_OVER);
}

void guest_ping(struct guest *guest)
{
	worker_ping(guest->worker);
}

bool guest_answered(const struct guest *guest)
{
	return worker_answered(guest->worker);
}

enum guest_state guest_state(const struct guest *guest)
{
	return worker_has_failed(guest->worker) ? GUEST_OVER
						: atomic_load(&guest->state);
}

const char *guest_name(const struct guest *guest)
{
	return guest->name;
}

void *guest_data(const struct guest *guest)
{
	return guest->data;
}

static void worker_ended(void *context)
{
	struct guest *guest = context;

	guest->changed(guest->context);
}

static struct vhu_keeper *find_keeper(struct guest *guest,
				      const struct guest_config *config)
{
	if (!config->keep)
		return NULL;

	return fd_store_keeper(&guest->keeper, config->index,
			       worker_loop(guest->worker));
}

static int cannot_serve(const struct guest *guest, int error)
{
	if (error != -ENOMEM)
		log_error(guest->name, "cannot serve this guest: %s",
			  strerror(-error));

	return error;
}

static int start_server(struct guest *guest, const struct guest_config *config)
{
	const struct vhu_server_config server = {
		.session = {
			.features = config->features,
			.poll_usec = config->poll_usec,
			.in_band = config->in_band,
			.keeper = find_keeper(guest, config),
			.event = session_event,
			.context = guest,
		},
		.ended = server_ended,
		.context = guest,
	};
	int r;

	r = vhu_server_new(worker_loop(guest->worker), guest->device, guest->fd,
			   &server, &guest->server);
	if (r < 0)
		return cannot_serve(guest, r);

	guest->fd = -1;
	if (guest->keeper.keeper.ops)
		fd_store_restore(&guest->keeper, guest->server, guest->name);

	return 0;
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
	guest->hangs = config->hangs;
	guest->context = config->context;
	guest->fd = config->fd;
	guest->worker = config->worker;
	guest->data = config->data;
	for (size_t i = 0; i < N_TOPICS; i++)
		log_limit_init(&guest->limits[i]);
	guest->name = strdup(config->name);
	if (!guest->name) {
		(void)guest_free(guest);
		return NULL;
	}

	return guest;
}

static void guest_freep(struct guest **guest)
{
	(void)guest_free(*guest);
}

/**
 * struct build - a guest being put together
 * @guest:  which
 * @config: how
 * @r:      what came of it
 */
struct build {
	struct guest *guest;
	const struct guest_config *config;
	int r;
};

static void build(void *context)
{
	struct build *build = context;
	struct guest *guest = build->guest;

	build->r = build->config->new_device(guest, worker_loop(guest->worker),
					     &guest->device);
	if (build->r == 0)
		build->r = start_server(guest, build->config);
}

static void take_apart(void *context)
{
	struct guest *guest = context;

	vhu_server_free(VD_STEAL(guest->server));
	vd_device_free(VD_STEAL(guest->device));
	if (!guest->keeper.keeper.ops)
		return;

	if (guest->gone)
		fd_keeper_drop_all(&guest->keeper);
	fd_keeper_fini(&guest->keeper);
	guest->keeper.keeper.ops = NULL;
}

/* The thread of several guests hangs, and there is nothing to go on with. */
static void call_worker(struct guest *guest, void (*call)(void *context),
			void *context)
{
	if (worker_call(guest->worker, call, context) < 0)
		guest->hangs(guest->context);
}

int guest_new(const struct guest_config *config, struct guest **ret)
{
	VD_CLEANUP(guest_freep) struct guest *guest = guest_alloc(config);
	struct build building = { .guest = guest, .config = config };
	int r = 0;

	if (!guest)
		return -ENOMEM;

	if (!guest->worker)
		r = worker_new(worker_ended, guest, &guest->own_worker);
	if (r < 0)
		return cannot_serve(guest, r);
	if (guest->own_worker)
		guest->worker = guest->own_worker;

	call_worker(guest, build, &building);
	if (building.r < 0)
		return building.r;
	log_info(guest->name, "ready for a front-end");

	*ret = VD_STEAL(guest);
	return 0;
}

int guest_start(struct guest *guest)
{
	return guest->own_worker ? worker_start(guest->own_worker) : 0;
}

void guest_go(struct guest *guest)
{
	if (guest->own_worker)
		worker_go(guest->own_worker);
}

void guest_end(struct guest *guest)
{
	if (!guest->own_worker || guest->ending)
		return;

	guest->ending = true;
	worker_end(guest->own_worker, take_apart, guest);
}

void guest_take_apart(struct guest *guest)
{
	take_apart(guest);
}

/* Returns false if the guest's own thread hangs. */
static bool bring_to_an_end(struct guest *guest)
{
	if (guest->own_worker) {
		guest_end(guest);
		if (worker_join(guest->own_worker) < 0) {
			log_error(guest->name,
				  "the thread of this guest does not answer");
			return false;
		}
	} else if (guest->worker) {
		call_worker(guest, take_apart, guest);
	}

	return true;
}

int guest_free(struct guest *guest)
{
	if (!guest)
		return 0;

	if (!bring_to_an_end(guest))
		return -ETIMEDOUT;

	if (guest->fd >= 0)
		close(guest->fd);
	worker_free(guest->own_worker);
	free(guest->name);
	free(guest);

	return 0;
}

void guest_remove(struct guest *guest)
{
	guest->gone = true;
	(void)guest_free(guest);
}
