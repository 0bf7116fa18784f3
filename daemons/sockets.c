/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A daemon that was killed leaves its socket file behind, and must be able to
 * start again; but two daemons must not take a path from each other.  Whether
 * somebody listens is found out by connecting.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "daemons/sockets.h"

/* Front-ends that wait for the one that is being served; more is unusual. */
#define BACKLOG 8

static int new_socket(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

static int make_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(ret->sun_path)) {
		log_error(path,
			  "the path of a socket can have %zu bytes, this "
			  "one has %zu; choose a shorter one",
			  sizeof(ret->sun_path) - 1, strlen(path));
		return -ENAMETOOLONG;
	}
	memcpy(ret->sun_path, path, strlen(path));

	return 0;
}

/* Returns -EADDRINUSE if somebody listens at the path, 0 if nobody does. */
static int check_stale(const struct sockaddr_un *address, int type)
{
	int fd, r = 0;

	fd = new_socket(type);
	if (fd < 0)
		return fd;

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		r = -errno;
	close(fd);

	switch (r) {
	case -ECONNREFUSED:
	case -ENOENT:
		return 0;
	case -EACCES:
	case -EPERM:
		/* It is another user's; we cannot know, so it stays. */
		return r;
	default:
		/* Also a socket of another type, or one with a full queue. */
		return -EADDRINUSE;
	}
}

/* Not lstat(): this is a system call that the sandbox allows in any case. */
static int look_at(const char *path, struct statx *ret)
{
	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
		     STATX_TYPE | STATX_INO, ret) < 0
		       ? -errno
		       : 0;
}

/* Remove what a daemon that was killed has left. */
static int make_way(const struct sockaddr_un *address, int type)
{
	const char *path = address->sun_path;
	struct statx file;
	int r;

	r = look_at(path, &file);
	if (r < 0)
		return r == -ENOENT ? 0 : r;

	if (!S_ISSOCK(file.stx_mode)) {
		log_error(path, "there is a file which is no socket; remove "
				"it, or choose another path");
		return -EEXIST;
	}

	r = check_stale(address, type);
	if (r < 0)
		return r;

	log_debug(path, "replacing the socket of a program that is gone");
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;

	return 0;
}

static int bind_and_listen(int fd, const struct sockaddr_un *address,
			   int backlog)
{
	int r;

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (listen(fd, backlog) < 0) {
		r = -errno;
		(void)unlink(address->sun_path);
		return r;
	}

	return 0;
}

static void explain(const char *path, int error)
{
	switch (error) {
	case EEXIST:
		/* make_way() has said so. */
		return;
	case EADDRINUSE:
		log_error(path, "another program listens there; stop it, or "
				"choose another path");
		return;
	case ENOENT:
		log_error(path, "the directory does not exist; create it, or "
				"choose another path");
		return;
	case EACCES:
	case EPERM:
		log_error(path,
			  "we may not make a socket there: %s; see who may "
			  "write to the directory",
			  strerror(error));
		return;
	default:
		log_error(path, "cannot listen there: %s", strerror(error));
	}
}

static int listen_at(const struct sockaddr_un *address, int type, int backlog)
{
	int fd, r;

	r = make_way(address, type);
	if (r < 0)
		return r;

	fd = new_socket(type);
	if (fd < 0)
		return fd;

	r = bind_and_listen(fd, address, backlog);
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
}

/* Remember which file it is, so that no other one is removed in its place. */
static int identify(struct socket_file *file)
{
	struct statx stx;
	int r;

	r = look_at(file->path, &stx);
	if (r < 0) {
		(void)unlink(file->path);
		return r;
	}

	file->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	file->inode = stx.stx_ino;

	return 0;
}

/* Is the file that is there now still the one that we have made? */
static bool is_ours(const struct socket_file *file)
{
	struct statx stx;

	return look_at(file->path, &stx) == 0 && stx.stx_ino == file->inode &&
	       makedev(stx.stx_dev_major, stx.stx_dev_minor) == file->dev;
}

int socket_file_init(struct socket_file *file, const char *path)
{
	return socket_file_listen(file, path, SOCK_STREAM, BACKLOG);
}

int socket_file_listen(struct socket_file *file, const char *path, int type,
		       int backlog)
{
	struct sockaddr_un address;
	int r;

	r = make_address(path, &address);
	if (r < 0)
		return r;

	file->fd = -1;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;

	r = listen_at(&address, type, backlog);
	if (r >= 0) {
		file->fd = r;
		r = identify(file);
	}
	if (r < 0) {
		explain(path, -r);
		socket_file_fini(file);
		return r;
	}
	sandbox_keep_file(path);

	return 0;
}

void socket_file_fini(struct socket_file *file)
{
	if (!file->path)
		return;

	if (is_ours(file))
		(void)unlink(file->path);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	*file = (struct socket_file){ .fd = -1 };
}

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -errno;

	return value;
}

static int is_connected(int fd)
{
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &len) < 0 ? -errno : 0;
}

/* Returns as socket_adopt() does. */
static int check_inherited(int fd)
{
	int domain = socket_option(fd, SO_DOMAIN);
	int listening = socket_option(fd, SO_ACCEPTCONN);

	if (domain < 0)
		return domain;
	if (domain != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM)
		return -EPROTOTYPE;
	if (listening)
		return listening;

	return is_connected(fd);
}

/*
 * Non-blocking, or accept() could wait for a front-end that another process
 * with the same socket has just taken.
 */
static int set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;

	return 0;
}

static const char *inherited_problem(int error)
{
	switch (error) {
	case EBADF:
		return "is not open; whoever starts us has to pass it on";
	case ENOTSOCK:
	case EPROTOTYPE:
		return "is no stream socket of AF_UNIX; pass one that listens "
		       "or is connected";
	case ENOTCONN:
		return "neither listens nor is it connected; call listen(2) "
		       "before it is passed on";
	default:
		return strerror(error);
	}
}

int socket_adopt(int fd, const char *name)
{
	int listening, r;

	listening = check_inherited(fd);
	r = listening < 0 ? listening : set_flags(fd);
	if (r < 0) {
		log_error(name, "the descriptor that was passed to us %s",
			  inherited_problem(-r));
		return r;
	}

	return listening;
}

char *socket_describe(int fd)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof(address);
	char *name;

	/* A path that fills the field comes without its final zero. */
	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
	    address.sun_family == AF_UNIX && address.sun_path[0])
		return strndup(address.sun_path, sizeof(address.sun_path));

	return asprintf(&name, "fd %d", fd) < 0 ? NULL : name;
}
