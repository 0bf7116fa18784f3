/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/fd-store.h"
#include "daemons/log.h"
#include "vhost-user/server.h"

/**
 * struct stored - a descriptor that was passed to us
 * @guest:  whose
 * @number: which of the guest's
 * @fd:     the descriptor, or -1 once somebody has it
 */
struct stored {
	size_t guest;
	unsigned int number;
	int fd;
};

/* Only the main thread looks at them, before the guests run. */
static struct stored *passed;
static size_t n_passed;

/* Set before there is a sandbox, and not changed afterwards. */
static pid_t self;
static bool keeps;

void fd_store_init(void)
{
	const char *room = getenv("FDSTORE");

	self = getpid();
	keeps = room && strtoul(room, NULL, 10) > 0;
}

bool fd_store_adopt(const char *name, int fd)
{
	struct stored stored = { .fd = fd };
	struct stored *more;
	int end = 0;

	if (sscanf(name, "vhd-%zu-%u%n", &stored.guest, &stored.number, &end) !=
		    2 ||
	    name[end] || stored.number >= VHU_N_KEPT)
		return false;

	more = reallocarray(passed, n_passed + 1, sizeof(*passed));
	if (!more) {
		close(fd);
		return true;
	}

	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	passed = more;
	passed[n_passed++] = stored;

	return true;
}

struct vhu_keeper *fd_store_keeper(struct fd_keeper *keeper, size_t guest,
				   struct vb_loop *loop)
{
	if (!keeps)
		return NULL;

	fd_keeper_init(keeper, guest, self, loop);

	return &keeper->keeper;
}

/* Returns how many there are. */
static size_t collect(size_t guest, struct vhu_kept *ret)
{
	size_t n = 0;

	for (unsigned int i = 0; i < VHU_N_KEPT; i++)
		ret->fds[i] = -1;
	for (size_t i = 0; i < n_passed; i++) {
		struct stored *stored = &passed[i];

		if (stored->guest != guest || stored->fd < 0 ||
		    ret->fds[stored->number] >= 0)
			continue;
		ret->fds[stored->number] = stored->fd;
		stored->fd = -1;
		n++;
	}

	return n;
}

static int restore(struct vhu_server *server, struct vhu_kept *kept)
{
	int connection = kept->fds[VHU_KEPT_CONNECTION];

	if (connection < 0)
		return -ENOTCONN;
	connection = fcntl(connection, F_DUPFD_CLOEXEC, 0);
	if (connection < 0)
		return -errno;

	return vhu_server_restore(server, connection, kept);
}

void fd_store_restore(struct fd_keeper *keeper, struct vhu_server *server,
		      const char *name)
{
	struct vhu_kept kept;
	int r;

	if (collect(keeper->guest, &kept) == 0)
		return;

	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (kept.fds[i] >= 0)
			fd_keeper_adopt(keeper, i);
	}
	r = restore(server, &kept);
	if (r < 0)
		log_warning(name,
			    "the front-end that was connected before cannot be "
			    "taken up again: %s; it has to connect again",
			    strerror(-r));
	if (r < 0)
		fd_keeper_drop_all(keeper);
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (kept.fds[i] >= 0)
			close(kept.fds[i]);
	}
}

void fd_store_fini(void)
{
	for (size_t i = 0; i < n_passed; i++) {
		if (passed[i].fd < 0)
			continue;
		fd_keeper_drop(passed[i].guest, passed[i].number);
		close(passed[i].fd);
	}
	free(passed);
	passed = NULL;
	n_passed = 0;
}
