/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/fd-store.h"
#include "daemons/log.h"
#include "daemons/service.h"
#include "daemons/worker.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define RING_PACKED VD_BIT(34 /* VIRTIO_F_RING_PACKED */)

/* Called by a guest, in its worker's thread. */
static void guest_changed(void *context)
{
	const struct service *service = context;
	const uint64_t one = 1;
	ssize_t n = write(service->changed.fd, &one, sizeof(one));

	(void)n;
}

/*
 * The thread of all guests hangs, in the middle of something that was asked for:
 * so what it works with can be neither used nor freed.
 */
static void guests_hang(void *context)
{
	struct service *service = context;

	log_error(NULL, "the thread of all guests does not answer; ending");
	endpoints_fini(&service->endpoints);
	_exit(EXIT_FAILURE);
}

size_t service_count(const struct service *service, enum guest_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < service->endpoints.n; i++) {
		if (guest_state(service->guests[i]) == state)
			count++;
	}

	return count;
}

static size_t number_of(const struct service *service, size_t index,
			const void *data)
{
	const struct daemon *daemon = service->daemon;

	return daemon->number ? daemon->number(data) : index;
}

static int start_guest(struct service *service, size_t index, void *data)
{
	struct endpoint *endpoint = &service->endpoints.items[index];
	const struct daemon_settings *settings = &service->settings;
	const struct guest_config config = {
		.name = endpoint->name,
		.keep = service->daemon->keep,
		.index = number_of(service, index, data),
		.fd = endpoint->fd,
		.features = settings->packed_ring
				    ? VD_VIRTQUEUE_FEATURES
				    : VD_VIRTQUEUE_FEATURES & ~RING_PACKED,
		.poll_usec = (uint32_t)settings->poll_usec,
		.in_band = settings->in_band,
		.worker = service->worker,
		.new_device = service->daemon->new_device,
		.data = data,
		.changed = guest_changed,
		.hangs = guests_hang,
		.context = service,
	};
	int r;

	endpoint->fd = -1;
	r = guest_new(&config, &service->guests[index]);
	/* All else has been told about by who knows the remedy. */
	if (r == -ENOMEM)
		log_error(endpoint->name, "cannot serve this guest: %s",
			  strerror(-r));

	return r;
}

static int start_all(struct service *service, void *data)
{
	size_t n = service->endpoints.n;
	int r = 0;

	service->guests = calloc(n, sizeof(struct guest *));
	if (!service->guests)
		return -ENOMEM;

	/* Whatever keeps a guest from starting, it is not the command line. */
	for (size_t i = 0; r == 0 && i < n; i++)
		r = start_guest(service, i, data);

	return r < 0 ? -EIO : 0;
}

int service_add_usual_guests(struct service *service, void *data)
{
	int r;

	r = endpoints_init(&service->endpoints, &service->settings);
	if (r < 0)
		return r;

	if (service->daemon->prepare) {
		r = service->daemon->prepare(service->endpoints.n);
		if (r < 0)
			return r;
	}

	return start_all(service, data);
}

/* Room for a guest beside each endpoint. */
static int grow_guests(struct service *service)
{
	size_t n = service->endpoints.n;
	struct guest **guests;

	guests = reallocarray(service->guests, n, sizeof(struct guest *));
	if (!guests)
		return -ENOMEM;
	guests[n - 1] = NULL;
	service->guests = guests;

	return 0;
}

/* Want of memory is the one error that has not been told about. */
static int no_guest(const char *path, const char *name, int r)
{
	if (r == -ENOMEM)
		log_error(path ? path : name, "cannot serve this guest: %s",
			  strerror(-r));

	return -EIO;
}

int service_add_guest(struct service *service, const char *path,
		      const char *name, void *data)
{
	size_t index = service->endpoints.n;
	int r;

	r = endpoints_add(&service->endpoints, path, name);
	if (r < 0)
		return no_guest(path, name, r);

	r = grow_guests(service);
	if (r < 0) {
		endpoints_remove(&service->endpoints, index);
		return no_guest(path, name, r);
	}

	r = start_guest(service, index, data);
	if (r < 0)
		endpoints_remove(&service->endpoints, index);

	return r < 0 ? -EIO : 0;
}

/* The socket file goes first: nobody is to come in any more. */
void service_remove_guest(struct service *service, const void *data)
{
	size_t i = 0;

	while (i < service->endpoints.n &&
	       guest_data(service->guests[i]) != data)
		i++;
	if (i == service->endpoints.n)
		return;

	log_info(guest_name(service->guests[i]), "no longer served");
	endpoints_remove(&service->endpoints, i);
	guest_remove(service->guests[i]);
	memmove(&service->guests[i], &service->guests[i + 1],
		(service->endpoints.n - i) * sizeof(struct guest *));
}

static int add_guests(struct service *service)
{
	const struct daemon *daemon = service->daemon;

	if (endpoints_take_passed(&service->endpoints) < 0)
		return -EIO;
	if (!daemon->add_guests)
		return service_add_usual_guests(service, NULL);

	return daemon->add_guests(service, &service->settings);
}

int service_start_guests(struct service *service)
{
	int r = 0;

	fd_store_init();
	if (service->daemon->one_worker)
		r = worker_new(guest_changed, service, &service->worker);
	if (r < 0) {
		log_error(NULL, "cannot make an event loop: %s", strerror(-r));
		return -EIO;
	}

	r = add_guests(service);
	fd_store_fini();

	return r;
}

int service_start_threads(struct service *service)
{
	int r = 0;

	if (service->worker)
		r = worker_start(service->worker);
	for (size_t i = 0; r == 0 && i < service->endpoints.n; i++)
		r = guest_start(service->guests[i]);
	if (r < 0)
		log_error(NULL, "cannot start a thread: %s", strerror(-r));

	return r < 0 ? -EIO : 0;
}

void service_go(struct service *service)
{
	if (service->worker)
		worker_go(service->worker);
	for (size_t i = 0; i < service->endpoints.n; i++)
		guest_go(service->guests[i]);
}

static void take_all_apart(void *context)
{
	struct service *service = context;

	for (size_t i = 0; i < service->n_ending; i++) {
		if (service->guests[i])
			guest_take_apart(service->guests[i]);
	}
}

/* All guests end at the same time, each in its own thread or all in theirs. */
static int end_guests(struct service *service)
{
	int r;

	for (size_t i = 0; i < service->n_ending; i++) {
		if (service->guests[i])
			guest_end(service->guests[i]);
	}
	if (!service->worker)
		return 0;

	worker_end(service->worker, take_all_apart, service);
	r = worker_join(service->worker);
	if (r < 0)
		log_error(NULL, "the thread of all guests does not answer");

	return r;
}

/* One that hangs keeps no other from being freed. */
static int free_guests(struct service *service)
{
	int r = 0;

	for (size_t i = 0; i < service->n_ending; i++) {
		if (guest_free(service->guests[i]) < 0)
			r = -ETIMEDOUT;
	}

	return r;
}

/*
 * As service_remove_guest(), for all of them.  What a thread that hangs works
 * with is left to it.
 */
int service_stop_guests(struct service *service)
{
	int r;

	service->n_ending = service->guests ? service->endpoints.n : 0;
	endpoints_fini(&service->endpoints);
	r = end_guests(service);
	if (r == 0)
		r = free_guests(service);
	if (r < 0)
		return r;

	free(service->guests);
	worker_free(service->worker);
	if (service->daemon->finish)
		service->daemon->finish();

	return 0;
}
