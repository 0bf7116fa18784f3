/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/daemon.h"
#include "daemons/endpoints.h"
#include "daemons/fd-store.h"
#include "daemons/log.h"
#include "daemons/systemd.h"

/**
 * struct passed_socket - a socket that systemd listens at for us
 * @fd:   stays open, so that its guest may come and go; -1 once an endpoint that
 *        stays has it
 * @name: as in FileDescriptorName=
 * @path: where it is
 */
struct passed_socket {
	int fd;
	char *name;
	char *path;
};

static int alloc_items(struct endpoints *endpoints, size_t n)
{
	endpoints->items = calloc(n, sizeof(*endpoints->items));
	if (!endpoints->items)
		return -ENOMEM;

	endpoints->n = n;
	for (size_t i = 0; i < n; i++)
		endpoints->items[i].fd = -1;

	return 0;
}

/* Has a name already. */
static int make_socket(struct endpoint *endpoint)
{
	int r;

	r = socket_file_init(&endpoint->file, endpoint->name);
	if (r < 0)
		return r;

	endpoint->fd = endpoint->file.fd;
	endpoint->file.fd = -1;

	return 0;
}

static int make_endpoint(struct endpoint *endpoint, const char *path,
			 size_t index)
{
	if (asprintf(&endpoint->name, "%s%zu", path, index) < 0) {
		endpoint->name = NULL;
		return -ENOMEM;
	}

	return make_socket(endpoint);
}

static int adopt_endpoint(struct endpoint *endpoint, int fd, const char *name)
{
	int r;

	r = socket_adopt(fd, name);
	if (r < 0)
		return r;

	endpoint->fd = fd;
	endpoint->name = socket_describe(fd);

	return endpoint->name ? 0 : -ENOMEM;
}

static int from_paths(struct endpoints *endpoints, const char *path,
		      uint64_t count)
{
	int r;

	r = alloc_items(endpoints, count);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = make_endpoint(&endpoints->items[i], path, i);

	return r;
}

/* It may be one that systemd has passed, too. */
static void disown(struct endpoints *endpoints, int fd)
{
	for (size_t i = 0; i < endpoints->n_passed; i++) {
		if (endpoints->passed[i].fd == fd)
			endpoints->passed[i].fd = -1;
	}
}

static int from_fd(struct endpoints *endpoints, int fd)
{
	char name[32];
	int r;

	snprintf(name, sizeof(name), "--fd %d", fd);
	r = alloc_items(endpoints, 1);
	if (r < 0)
		return r;

	r = adopt_endpoint(&endpoints->items[0], fd, name);
	if (r == 0)
		disown(endpoints, fd);

	return r;
}

/*
 * Sockets for other purposes may come one day, and have other names then.  One
 * without a name is called after its unit, or "unknown", or "connection" if it
 * is from a socket unit with Accept=yes.
 */
static bool is_for_guest(const char *name)
{
	size_t len = strlen(name);

	if (!strncmp(name, "vhost-user", strlen("vhost-user")))
		return true;
	if (!strcmp(name, "unknown") || !strcmp(name, "connection"))
		return true;

	return len > 7 && !strcmp(name + len - 7, ".socket");
}

static int adopt_activated(struct endpoint *endpoint,
			   struct passed_socket *passed)
{
	int r;

	if (!is_for_guest(passed->name)) {
		log_error(passed->name,
			  "we have no use for a socket of this name; set "
			  "FileDescriptorName=vhost-user in its unit");
		return -EINVAL;
	}

	r = adopt_endpoint(endpoint, passed->fd, passed->name);
	if (r == 0)
		passed->fd = -1;

	return r;
}

static int from_systemd(struct endpoints *endpoints)
{
	size_t n = endpoints->n_passed;
	int r;

	if (n == 0) {
		log_error(NULL, "where are the guests to be served? Say "
				"'--socket-path PATH', or '--fd FDNUM'");
		return -EINVAL;
	}

	r = alloc_items(endpoints, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = adopt_activated(&endpoints->items[i],
				    &endpoints->passed[i]);

	/* The command line is not to blame. */
	return r == -EINVAL ? -ENOTSUP : r;
}

/* Front-ends that connect there would wait for ever. */
static void warn_of_unused(const struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n_passed; i++) {
		if (endpoints->passed[i].fd >= 0)
			log_warning(endpoints->passed[i].path,
				    "systemd listens there for us, but the "
				    "command line says where to serve; leave "
				    "out '--socket-path' and '--fd'");
	}
}

int endpoints_init(struct endpoints *endpoints,
		   const struct daemon_settings *settings)
{
	int r;

	if (settings->socket_path)
		r = from_paths(endpoints, settings->socket_path,
			       settings->socket_count);
	else if (settings->fd != DAEMON_NO_FD)
		r = from_fd(endpoints, (int)settings->fd);
	else
		r = from_systemd(endpoints);
	if (r == 0)
		warn_of_unused(endpoints);

	return r;
}

static int take_passed(struct passed_socket *passed, int fd, const char *name)
{
	passed->fd = fd;
	passed->name = strdup(name);
	passed->path = socket_describe(fd);

	return passed->name && passed->path ? 0 : -ENOMEM;
}

static int sort_passed(struct endpoints *endpoints, int n, char **names)
{
	int r = 0;

	endpoints->passed = calloc((size_t)n, sizeof(*endpoints->passed));
	if (!endpoints->passed)
		return -ENOMEM;

	for (int i = 0; r == 0 && i < n; i++) {
		int fd = SYSTEMD_FIRST_FD + i;

		if (!fd_store_adopt(names[i], fd))
			r = take_passed(
				&endpoints->passed[endpoints->n_passed++], fd,
				names[i]);
	}

	return r;
}

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

int endpoints_take_passed(struct endpoints *endpoints)
{
	char **names = NULL;
	int n, r;

	n = systemd_listen_fds(&names);
	r = n > 0 ? sort_passed(endpoints, n, names) : n;
	if (n > 0)
		free_names(names, (size_t)n);
	if (r < 0)
		log_error(NULL,
			  "cannot take the sockets that systemd passes: "
			  "%s",
			  strerror(-r));

	return r;
}

static const struct passed_socket *
find_passed(const struct endpoints *endpoints, const char *path,
	    const char *name)
{
	for (size_t i = 0; i < endpoints->n_passed; i++) {
		const struct passed_socket *passed = &endpoints->passed[i];

		if (path ? !strcmp(passed->path, path)
			 : name && !strcmp(passed->name, name))
			return passed;
	}

	return !path && !name && endpoints->n_passed == 1 ? endpoints->passed
							  : NULL;
}

static int no_passed(const struct endpoints *endpoints, const char *name)
{
	if (name)
		log_error(name, "systemd has passed no socket of this name; "
				"set FileDescriptorName= in its unit");
	else
		log_error(NULL,
			  "systemd has passed %zu sockets, and there is one "
			  "guest; leave one ListenStream= in the socket unit",
			  endpoints->n_passed);

	return -ENOENT;
}

static int add_item(const struct endpoints *endpoints,
		    struct endpoint *endpoint, const char *path,
		    const char *name)
{
	const struct passed_socket *passed = find_passed(endpoints, path, name);
	int r;

	if (!passed && !path)
		return no_passed(endpoints, name);

	endpoint->name = strdup(passed ? passed->path : path);
	if (!endpoint->name)
		return -ENOMEM;
	if (!passed)
		return make_socket(endpoint);

	/* Its guest may go, and come again. */
	r = socket_adopt(passed->fd, passed->name);
	if (r < 0)
		return r;
	endpoint->fd = fcntl(passed->fd, F_DUPFD_CLOEXEC, 0);

	return endpoint->fd < 0 ? -errno : 0;
}

int endpoints_add(struct endpoints *endpoints, const char *path,
		  const char *name)
{
	struct endpoint *items;
	int r;

	items = reallocarray(endpoints->items, endpoints->n + 1,
			     sizeof(*items));
	if (!items)
		return -ENOMEM;

	endpoints->items = items;
	items[endpoints->n] = (struct endpoint){ .fd = -1 };
	r = add_item(endpoints, &items[endpoints->n++], path, name);
	if (r < 0)
		endpoints_remove(endpoints, endpoints->n - 1);

	return r;
}

static void free_endpoint(struct endpoint *endpoint)
{
	socket_file_fini(&endpoint->file);
	if (endpoint->fd >= 0)
		close(endpoint->fd);
	free(endpoint->name);
}

void endpoints_remove(struct endpoints *endpoints, size_t index)
{
	struct endpoint *at = &endpoints->items[index];

	free_endpoint(at);
	endpoints->n--;
	memmove(at, at + 1, (endpoints->n - index) * sizeof(*at));
}

void endpoints_fini(struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n; i++)
		free_endpoint(&endpoints->items[i]);
	free(endpoints->items);
	for (size_t i = 0; i < endpoints->n_passed; i++) {
		if (endpoints->passed[i].fd >= 0)
			close(endpoints->passed[i].fd);
		free(endpoints->passed[i].name);
		free(endpoints->passed[i].path);
	}
	free(endpoints->passed);
	*endpoints = (struct endpoints){ 0 };
}
