/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The life of a daemon: options, sockets, guests, and then nothing to do but
 * to wait for a signal.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backends/loop.h"
#include "daemons/daemon.h"
#include "daemons/endpoints.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/systemd.h"
#include "daemons/watchdog.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define RING_PACKED VD_BIT(34 /* VIRTIO_F_RING_PACKED */)

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

/**
 * struct service - a daemon at work
 * @daemon:    which one
 * @settings:  values of the common options
 * @loop:      the main thread's
 * @signals:   a signalfd: it is time to end
 * @changed:   an eventfd: the state of a guest is another one
 * @endpoints: where the guests are served
 * @guests:    as many as there are endpoints, NULL where there is none yet
 * @watchdog:  looks after them
 */
struct service {
	const struct daemon *daemon;
	struct daemon_settings settings;
	struct vb_loop *loop;
	struct vb_source signals;
	struct vb_source changed;
	struct endpoints endpoints;
	struct guest **guests;
	struct watchdog watchdog;
};

static void end_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
}

/*
 * From here on they wait until they are asked for, so that no socket file is
 * left behind.  A reader of our messages that is gone, SIGPIPE, is no reason to
 * end at all.
 */
static void block_signals(void)
{
	sigset_t set;

	end_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Who signals once more does not want to wait for a guest that hangs. */
static void unblock_signals(void)
{
	sigset_t set;

	end_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A thousand guests need several thousand descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;

	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void signalled(struct vb_source *source, uint32_t events)
{
	struct service *service = container_of(source, struct service, signals);
	struct signalfd_siginfo info;

	(void)events;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;

	log_debug(NULL, "ending because of signal %u", info.ssi_signo);
	vb_loop_stop(service->loop);
}

/* Called by a guest, in its thread. */
static void guest_changed(void *context)
{
	const struct service *service = context;
	const uint64_t one = 1;
	ssize_t n = write(service->changed.fd, &one, sizeof(one));

	(void)n;
}

static size_t count_guests(const struct service *service,
			   enum guest_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < service->endpoints.n; i++) {
		if (guest_state(service->guests[i]) == state)
			count++;
	}

	return count;
}

static void notify_status(const struct service *service, const char *prefix)
{
	size_t running = count_guests(service, GUEST_RUNNING);
	size_t connected = count_guests(service, GUEST_CONNECTED) + running;
	char text[128];

	snprintf(text, sizeof(text),
		 "%sSTATUS=Front-ends connected: %zu of %zu; guests running: "
		 "%zu",
		 prefix, connected, service->endpoints.n, running);
	systemd_notify(text);
}

static void some_guest_changed(struct vb_source *source, uint32_t events)
{
	struct service *service = container_of(source, struct service, changed);
	uint64_t count;
	ssize_t n = read(source->fd, &count, sizeof(count));

	(void)n;
	(void)events;

	notify_status(service, "");
	if (count_guests(service, GUEST_OVER) == service->endpoints.n)
		vb_loop_stop(service->loop);
}

static int watch(struct service *service, struct vb_source *source)
{
	if (source->fd < 0)
		return -errno;

	return vb_loop_watch(service->loop, source, EPOLLIN);
}

static int start_loop(struct service *service)
{
	sigset_t set;
	int r;

	r = vb_loop_new(&service->loop);
	if (r < 0)
		return r;

	end_signals(&set);
	service->signals.ready = signalled;
	service->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r = watch(service, &service->signals);
	if (r < 0)
		return r;

	service->changed.ready = some_guest_changed;
	service->changed.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return watch(service, &service->changed);
}

static int start_guest(struct service *service, size_t index)
{
	struct endpoint *endpoint = &service->endpoints.items[index];
	const struct daemon_settings *settings = &service->settings;
	const struct guest_config config = {
		.name = endpoint->name,
		.fd = endpoint->fd,
		.features = settings->packed_ring
				    ? VD_VIRTQUEUE_FEATURES
				    : VD_VIRTQUEUE_FEATURES & ~RING_PACKED,
		.poll_usec = (uint32_t)settings->poll_usec,
		.in_band = settings->in_band,
		.new_device = service->daemon->new_device,
		.changed = guest_changed,
		.context = service,
	};
	int r;

	endpoint->fd = -1;
	r = guest_new(&config, &service->guests[index]);
	if (r < 0)
		log_error(endpoint->name, "cannot serve this guest: %s",
			  strerror(-r));

	return r;
}

static int start_guests(struct service *service)
{
	size_t n = service->endpoints.n;
	int r = 0;

	service->guests = calloc(n, sizeof(struct guest *));
	if (!service->guests)
		return -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = start_guest(service, i);

	return r;
}

static int start(struct service *service)
{
	int r;

	r = start_loop(service);
	if (r < 0) {
		log_error(NULL, "cannot make an event loop: %s", strerror(-r));
		return r;
	}

	r = endpoints_init(&service->endpoints, &service->settings);
	if (r < 0)
		return r;

	if (service->daemon->prepare) {
		r = service->daemon->prepare(service->endpoints.n);
		if (r < 0)
			return r;
	}

	/* Whatever keeps a guest from starting, it is not the command line. */
	return start_guests(service) < 0 ? -EIO : 0;
}

/* The socket files go first: nobody is to come in any more. */
static void stop(struct service *service)
{
	size_t n = service->endpoints.n;

	endpoints_fini(&service->endpoints);
	for (size_t i = 0; service->guests && i < n; i++)
		guest_free(service->guests[i]);
	free(service->guests);

	if (service->changed.fd >= 0)
		close(service->changed.fd);
	if (service->signals.fd >= 0)
		close(service->signals.fd);
	vb_loop_free(service->loop);
}

static int serve(struct service *service)
{
	int r;

	notify_status(service, "READY=1\n");
	watchdog_start(&service->watchdog, service->loop, service->guests,
		       service->endpoints.n);
	r = vb_loop_run(service->loop);
	watchdog_stop(&service->watchdog);
	systemd_notify("STOPPING=1\nSTATUS=Stopping");

	return r;
}

/* -EINVAL is reserved for a command line that is wrong. */
static int exit_status(const struct daemon *daemon, int r)
{
	if (r >= 0)
		return EXIT_OK;
	if (r != -EINVAL)
		return EXIT_FAILED;

	log_info(NULL, "'%s --help' says what there is", daemon->name);
	return EXIT_USAGE;
}

int daemon_main(const struct daemon *daemon, char **argv)
{
	struct service service = {
		.daemon = daemon,
		.signals.fd = -1,
		.changed.fd = -1,
	};
	int r;

	log_init(daemon->name);
	r = daemon_read_options(daemon, argv, &service.settings);
	if (r <= 0)
		return exit_status(daemon, r);

	log_set_level(service.settings.log_level);
	block_signals();
	raise_descriptor_limit();
	r = start(&service);
	if (r == 0)
		r = serve(&service);
	unblock_signals();
	stop(&service);

	return exit_status(daemon, r);
}
