/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemons/fd-store.h"
#include "daemons/log.h"
#include "daemons/systemd.h"
#include "vhost-user/server.h"
#include "virtio-devices/util.h"

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

static struct fd_keeper *from_keeper(struct vhu_keeper *keeper)
{
	return container_of(keeper, struct fd_keeper, keeper);
}

static void keep(struct vhu_keeper *keeper, unsigned int number, int fd)
{
	char text[80];

	snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=vhd-%zu-%u",
		 from_keeper(keeper)->guest, number);
	systemd_notify_fd(text, fd);
}

static void drop(struct vhu_keeper *keeper, unsigned int number)
{
	char text[80];

	snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=vhd-%zu-%u",
		 from_keeper(keeper)->guest, number);
	systemd_notify(text);
}

/* systemd asks the kernel, too. */
static bool is_same(struct vhu_keeper *keeper, int a, int b)
{
	(void)keeper;

	return syscall(SYS_kcmp, self, self, KCMP_FILE, a, b) == 0;
}

static const struct vhu_keeper_ops keeper_ops = {
	.keep = keep,
	.drop = drop,
	.is_same = is_same,
};

struct vhu_keeper *fd_store_keeper(struct fd_keeper *keeper, size_t guest)
{
	*keeper = (struct fd_keeper){ .guest = guest };
	if (!keeps)
		return NULL;
	keeper->keeper.ops = &keeper_ops;

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
	bool was_there[VHU_N_KEPT];
	int r;

	if (collect(keeper->guest, &kept) == 0)
		return;

	for (unsigned int i = 0; i < VHU_N_KEPT; i++)
		was_there[i] = kept.fds[i] >= 0;
	r = restore(server, &kept);
	if (r < 0)
		log_warning(name,
			    "the front-end that was connected before cannot be "
			    "taken up again: %s; it has to connect again",
			    strerror(-r));
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (r < 0 && was_there[i])
			drop(&keeper->keeper, i);
		if (kept.fds[i] >= 0)
			close(kept.fds[i]);
	}
}

void fd_store_forget(struct fd_keeper *keeper)
{
	if (!keeper->keeper.ops)
		return;

	for (unsigned int i = 0; i < VHU_N_KEPT; i++)
		drop(&keeper->keeper, i);
}

void fd_store_fini(void)
{
	for (size_t i = 0; i < n_passed; i++) {
		struct fd_keeper nobody = { .guest = passed[i].guest };

		if (passed[i].fd < 0)
			continue;
		drop(&nobody.keeper, passed[i].number);
		close(passed[i].fd);
	}
	free(passed);
	passed = NULL;
	n_passed = 0;
}
