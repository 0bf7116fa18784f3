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
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "daemons/service.h"
#include "daemons/systemd.h"
#include "vhost-user/session.h"
#include "virtio-devices/util.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
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

static void notify_status(const struct service *service,
			  void (*notify)(const char *state), const char *prefix)
{
	size_t running = service_count(service, GUEST_RUNNING);
	size_t connected = service_count(service, GUEST_CONNECTED) + running;
	char text[128];

	snprintf(text, sizeof(text),
		 "%sSTATUS=Front-ends connected: %zu of %zu; guests running: "
		 "%zu",
		 prefix, connected, service->endpoints.n, running);
	notify(text);
}

static void watch_guests(struct service *service)
{
	watchdog_start(&service->watchdog, service->loop, service->guests,
		       service->endpoints.n);
}

/* The guests that there are run on meanwhile. */
static bool reload(struct service *service)
{
	char text[64];
	bool done;

	if (!service->daemon->reload)
		return false;

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(vb_loop_now(service->loop) /
				      VD_NSEC_PER_USEC));
	systemd_notify(text);
	watchdog_stop(&service->watchdog);
	done = service->daemon->reload(service);
	watch_guests(service);
	if (done)
		notify_status(service, systemd_notify, "READY=1\n");

	return done;
}

static void signalled(struct vb_source *source, uint32_t events)
{
	struct service *service = container_of(source, struct service, signals);
	struct signalfd_siginfo info;

	(void)events;

	if (read(source->fd, &info, sizeof(info)) != sizeof(info))
		return;

	if (info.ssi_signo == SIGHUP && reload(service))
		return;

	log_debug(NULL, "ending because of signal %u", info.ssi_signo);
	vb_loop_stop(service->loop);
}

static void some_guest_changed(struct vb_source *source, uint32_t events)
{
	struct service *service = container_of(source, struct service, changed);
	uint64_t count;
	ssize_t n = read(source->fd, &count, sizeof(count));

	(void)n;
	(void)events;

	notify_status(service, systemd_notify_if_room, "");
	if (service->endpoints.n > 0 &&
	    service_count(service, GUEST_OVER) == service->endpoints.n)
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

/* No front-end is listened to before this is done. */
static int enter_sandbox(struct service *service)
{
	enum sandbox_mode mode = service->settings.sandbox;
	int r;

	sandbox_restrict(mode);
	r = service_start_threads(service);
	if (r == 0 && sandbox_filter(mode, service->daemon->calls) < 0)
		r = -EIO;
	if (r == 0)
		service_go(service);

	return r;
}

static int start(struct service *service)
{
	int r;

	systemd_notify_open();
	r = start_loop(service);
	if (r < 0) {
		log_error(NULL, "cannot make an event loop: %s", strerror(-r));
		return r;
	}

	r = service_start_guests(service);
	if (r != 0)
		return r;

	return enter_sandbox(service);
}

/* Returns false if there is a thread that hangs, and may use any of this. */
static bool stop(struct service *service)
{
	if (service_stop_guests(service) < 0)
		return false;

	if (service->changed.fd >= 0)
		close(service->changed.fd);
	if (service->signals.fd >= 0)
		close(service->signals.fd);
	vb_loop_free(service->loop);
	systemd_notify_close();

	return true;
}

static int serve(struct service *service)
{
	int r;

	notify_status(service, systemd_notify, "READY=1\n");
	watch_guests(service);
	r = vb_loop_run(service->loop);
	watchdog_stop(&service->watchdog);
	/* Signals are blocked yet: do not wait for anybody. */
	systemd_notify_if_room("STOPPING=1\nSTATUS=Stopping");

	return r;
}

/* -EINVAL is reserved for a command line that is wrong. */
static int exit_status(const struct daemon *daemon, int r)
{
	if (r >= 0)
		return EXIT_OK;
	/* The one error that is not told about where it happens. */
	if (r == -ENOMEM)
		log_error(NULL, "there is not enough memory");
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
	bool stopped;
	int r;

	log_init(daemon->name);
	r = daemon_read_options(daemon, argv, &service.settings);
	if (r <= 0)
		return exit_status(daemon, r);

	log_set_level(service.settings.log_level);
	block_signals();
	(void)vhu_catch_bus_errors();
	raise_descriptor_limit();
	r = start(&service);
	if (r == 0)
		r = serve(&service);
	unblock_signals();
	stopped = stop(&service);
	r = exit_status(daemon, r);
	if (!stopped)
		_exit(r);

	return r;
}
