/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A file has to be dropped before it is given again under another number, or
 * systemd, which keeps it once, ends up without it.  So what is to be dropped
 * goes first, and as long as there is any, nothing is given.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemons/fd-keeper.h"
#include "daemons/systemd.h"
#include "virtio-devices/util.h"

/*
 * A session takes up to fifty, a guest that boots about a dozen of them again.
 * Beyond so many, 16 come in a second.
 */
#define BUDGET 256
#define BUDGET_MSEC 16000

/* A service manager that had no room is left alone for so long. */
#define RETRY VD_NSEC_PER_SEC

static struct fd_keeper *from_keeper(struct vhu_keeper *keeper)
{
	return container_of(keeper, struct fd_keeper, keeper);
}

static void name(char *text, size_t size, const char *verb, size_t guest,
		 unsigned int number)
{
	snprintf(text, size, "%s=1\nFDNAME=vhd-%zu-%u", verb, guest, number);
}

static bool is_settled(struct vhu_keeper *keeper)
{
	const struct fd_keeper *k = from_keeper(keeper);

	return !k->doomed && !k->waiting;
}

/*
 * Returns false if there was no room.  Then nobody waits for it again: several
 * guests can have one thread, and their keepers would stop it time and again.
 */
static bool tell(struct fd_keeper *k, const char *text, int fd)
{
	k->stuck = systemd_notify_fd(text, fd, !k->stuck) == -EAGAIN;

	return !k->stuck;
}

/* Returns false if there was no room; else it has been done, or nobody cares. */
static bool send_drop(struct fd_keeper *k, unsigned int number)
{
	char text[80];

	name(text, sizeof(text), "FDSTOREREMOVE", k->guest, number);
	if (!tell(k, text, -1))
		return false;
	k->kept &= ~VD_BIT(number);
	k->doomed &= ~VD_BIT(number);

	return true;
}

static bool send_fd(struct fd_keeper *k, unsigned int number, int fd)
{
	uint64_t now = vb_loop_now(k->loop);
	char text[80];

	if (vd_token_bucket_available(&k->budget, now) == 0)
		return false;
	name(text, sizeof(text), "FDSTORE", k->guest, number);
	if (!tell(k, text, fd))
		return false;
	vd_token_bucket_take(&k->budget, 1);
	k->kept |= VD_BIT(number);

	return true;
}

static void forget_waiting(struct fd_keeper *k, unsigned int number)
{
	if (k->waiting & VD_BIT(number) && k->fds[number] >= 0)
		close(k->fds[number]);
	k->waiting &= ~VD_BIT(number);
}

/* If there is budget, systemd had no room. */
static void try_again_later(struct fd_keeper *k)
{
	uint64_t now = vb_loop_now(k->loop);
	uint64_t when = vd_token_bucket_available(&k->budget, now)
				? now + RETRY
				: vd_token_bucket_when(&k->budget, 1);

	if (!k->retry.loop)
		vb_timer_set(k->loop, &k->retry, when);
}

static bool flush(struct fd_keeper *k)
{
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (k->doomed & VD_BIT(i) && !send_drop(k, i))
			return false;
	}
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (!(k->waiting & VD_BIT(i)) || k->fds[i] < 0)
			continue;
		if (!send_fd(k, i, k->fds[i]))
			return false;
		forget_waiting(k, i);
	}

	return true;
}

static void retry(struct vb_timer *timer)
{
	struct fd_keeper *k = container_of(timer, struct fd_keeper, retry);

	if (!flush(k))
		try_again_later(k);
	else if (is_settled(&k->keeper) && k->keeper.settled)
		k->keeper.settled(k->keeper.context);
}

static void keep(struct vhu_keeper *keeper, unsigned int number, int fd)
{
	struct fd_keeper *k = from_keeper(keeper);

	if (!k->retry.loop && !k->doomed && send_fd(k, number, fd))
		return;

	k->waiting |= VD_BIT(number);
	k->fds[number] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	try_again_later(k);
}

static void drop(struct vhu_keeper *keeper, unsigned int number)
{
	struct fd_keeper *k = from_keeper(keeper);

	forget_waiting(k, number);
	if (!(k->kept & VD_BIT(number)))
		return;

	k->doomed |= VD_BIT(number);
	if (k->retry.loop || !send_drop(k, number))
		try_again_later(k);
}

/* systemd asks the kernel, too. */
static bool is_same(struct vhu_keeper *keeper, int a, int b)
{
	pid_t self = from_keeper(keeper)->self;

	return syscall(SYS_kcmp, self, self, KCMP_FILE, a, b) == 0;
}

static const struct vhu_keeper_ops keeper_ops = {
	.keep = keep,
	.drop = drop,
	.is_same = is_same,
	.is_settled = is_settled,
};

void fd_keeper_init(struct fd_keeper *keeper, size_t guest, pid_t self,
		    struct vb_loop *loop)
{
	*keeper = (struct fd_keeper){ .keeper.ops = &keeper_ops,
				      .guest = guest,
				      .self = self,
				      .loop = loop,
				      .retry.fire = retry };
	vd_token_bucket_init(&keeper->budget, BUDGET, BUDGET_MSEC);
}

void fd_keeper_adopt(struct fd_keeper *keeper, unsigned int number)
{
	keeper->kept |= VD_BIT(number);
}

void fd_keeper_drop(size_t guest, unsigned int number)
{
	char text[80];

	name(text, sizeof(text), "FDSTOREREMOVE", guest, number);
	systemd_notify(text);
}

void fd_keeper_drop_all(struct fd_keeper *keeper)
{
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (keeper->kept & VD_BIT(i))
			fd_keeper_drop(keeper->guest, i);
	}
	keeper->kept = 0;
	keeper->doomed = 0;
}

void fd_keeper_fini(struct fd_keeper *keeper)
{
	vb_timer_cancel(&keeper->retry);
	for (unsigned int i = 0; i < VHU_N_KEPT; i++) {
		if (keeper->doomed & VD_BIT(i) && !send_drop(keeper, i))
			break;
	}
	for (unsigned int i = 0; i < VHU_N_KEPT; i++)
		forget_waiting(keeper, i);
}
