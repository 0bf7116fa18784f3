/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A session of another process, taken up where that left it.
 *
 * The state was written by ourselves, or by another version of ourselves; it is
 * checked like a front-end's all the same.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost-user/kept-private.h"
#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

static int map_state(struct vhu_session *session, struct vhu_kept *kept)
{
	struct vhu_account *account = &session->account;
	size_t size = vhu_state_file_size(session->device);
	struct statx file;
	void *map;

	if (kept->fds[VHU_KEPT_STATE] < 0 ||
	    statx(kept->fds[VHU_KEPT_STATE], "", AT_EMPTY_PATH, STATX_SIZE,
		  &file) < 0 ||
	    file.stx_size != size)
		return -EBADMSG;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   kept->fds[VHU_KEPT_STATE], 0);
	if (map == MAP_FAILED)
		return -errno;

	account->map = map;
	account->file = kept->fds[VHU_KEPT_STATE];
	kept->fds[VHU_KEPT_STATE] = -1;
	vhu_kept_listen(session);

	return 0;
}

/* The newer one of those that are whole. */
static const struct vhu_saved *find_saved(struct vhu_session *session)
{
	const struct vhu_state_file *file = session->account.map;
	const struct vhu_saved *best = NULL;

	if (file->magic != VHU_STATE_MAGIC ||
	    file->version != VHU_STATE_VERSION)
		return NULL;

	for (size_t i = 0; i < VD_ARRAY_SIZE(file->saved); i++) {
		const struct vhu_saved *saved = &file->saved[i];

		if (saved->check != vhu_saved_check(saved) ||
		    saved->id != session->device->ops->id)
			continue;
		if (!best || saved->turn > best->turn)
			best = saved;
	}

	return best;
}

static int fd_at(const struct vhu_saved *saved, const struct vhu_kept *kept,
		 unsigned int place)
{
	unsigned int number = saved->numbers[place];

	if (number == VHU_KEPT_STATE || number >= VHU_N_KEPT)
		return -1;

	return kept->fds[number];
}

/* One file may be in several places, so that each has a descriptor of its own. */
static int take(const struct vhu_saved *saved, const struct vhu_kept *kept,
		unsigned int place)
{
	int fd = fd_at(saved, kept, place);

	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void note(struct vhu_session *session, const struct vhu_saved *saved,
		 const struct vhu_kept *kept, unsigned int place, int fd)
{
	struct vhu_account *account = &session->account;
	struct vhu_place fresh = { .number = saved->numbers[place], .fd = fd };
	int any = fd_at(saved, kept, place);

	if (any < 0)
		fresh.number = 0;
	else
		vhu_place_identify(&fresh, any);
	account->places[place] = fresh;
	if (fresh.number)
		account->users[fresh.number]++;
}

static int restore_memory(struct vhu_session *session,
			  const struct vhu_saved *saved, struct vhu_kept *kept)
{
	struct vhu_region regions[VHU_KEPT_REGIONS];
	int fds[VHU_KEPT_REGIONS];
	size_t n = 0;
	int r;

	for (unsigned int i = 0; i < VHU_KEPT_REGIONS; i++) {
		unsigned int place = VHU_AT_REGION(i);

		note(session, saved, kept, place, -1);
		if (!saved->numbers[place])
			continue;
		regions[n] = saved->regions[i];
		fds[n] = fd_at(saved, kept, place);
		if (fds[n++] < 0)
			return -EBADMSG;
		session->account.regions[i] = saved->regions[i];
	}

	if (n == 0)
		return 0;

	r = vhu_memory_new(regions, fds, n, &session->memory);
	if (r == 0)
		vhu_memory_set_lender(session->memory, &session->lender);

	return r;
}

static int restore_records(struct vhu_session *session,
			   const struct vhu_saved *saved, struct vhu_kept *kept)
{
	int fd = fd_at(saved, kept, VHU_AT_RECORDS);
	struct vhu_records *records;
	int r;

	if (!saved->numbers[VHU_AT_RECORDS])
		return 0;

	r = vhu_records_new(fd, &saved->records, &session->lender, &records);
	if (r < 0)
		return r;

	note(session, saved, kept, VHU_AT_RECORDS, -1);
	vhu_session_set_records(session, records);
	session->account.own_records = saved->own_records;

	return 0;
}

/* Each of them becomes the ring's if nothing is wrong with it. */
static int restore_notifiers(struct vhu_vring *vring,
			     const struct vhu_saved *saved,
			     struct vhu_kept *kept)
{
	unsigned int q = vring->index;
	int kick = take(saved, kept, VHU_AT_KICK(q));
	int call = take(saved, kept, VHU_AT_CALL(q));
	int err = take(saved, kept, VHU_AT_ERR(q));

	if (vhu_vring_set_kick(vring, kick, saved->rings[q].no_kick) < 0)
		close(kick);
	if (vhu_vring_set_call(vring, call) < 0)
		close(call);
	if (vhu_vring_set_err(vring, err) < 0)
		close(err);

	if ((saved->numbers[VHU_AT_KICK(q)] && vring->kick.fd < 0) ||
	    (saved->numbers[VHU_AT_CALL(q)] && vring->call_fd < 0))
		return -EBADMSG;

	return 0;
}

static int restore_ring(struct vhu_session *session, unsigned int q,
			const struct vhu_saved *saved, struct vhu_kept *kept)
{
	const struct vhu_saved_ring *ring = &saved->rings[q];
	struct vhu_vring *vring = &session->vrings[q];
	int r;

	r = restore_notifiers(vring, saved, kept);
	if (r < 0)
		return r;
	note(session, saved, kept, VHU_AT_KICK(q), vring->kick.fd);
	note(session, saved, kept, VHU_AT_CALL(q), vring->call_fd);
	note(session, saved, kept, VHU_AT_ERR(q), vring->err_fd);

	if (ring->has_addr)
		vhu_vring_set_addr(vring, &ring->addr);
	vring->num = ring->num;
	vring->base = ring->base;
	vring->new_base = true;
	vring->started = ring->started;
	vring->enabled = ring->enabled;

	return 0;
}

/* There is none if the device was as new. */
static void load_device(struct vhu_session *session)
{
	struct vhu_account *account = &session->account;
	const struct vhu_saved_device *devices = account->map->devices;
	size_t size = vd_device_state_size(session->device);
	size_t newer = devices[1].turn > devices[0].turn;
	int r;

	account->device_turn = devices[newer].turn;
	if (!devices[newer].turn || devices[newer].len > size)
		return;

	/* What is there stays as it is, until the device is complete. */
	account->restoring = true;
	r = vd_device_load(session->device, account->map->state + newer * size,
			   devices[newer].len);
	account->restoring = false;
	if (r < 0)
		vhu_session_report(session, VHU_EVENT_REFUSED,
				   "the device is as new, as its state cannot "
				   "be brought about again: %s",
				   strerror(-r));
}

static int restore(struct vhu_session *session, const struct vhu_saved *saved,
		   struct vhu_kept *kept)
{
	int r;

	if (saved->features & ~session->offered)
		return -EOPNOTSUPP;

	session->claimed = true;
	session->features = saved->features;
	session->protocol_features = saved->protocol_features;
	session->account.turn = saved->turn;
	session->request_fd = take(saved, kept, VHU_AT_REQUESTS);
	note(session, saved, kept, VHU_AT_CONNECTION, session->socket.fd);
	note(session, saved, kept, VHU_AT_REQUESTS, session->request_fd);

	load_device(session);
	r = vd_device_set_features(session->device, saved->features);
	if (r == 0)
		r = restore_memory(session, saved, kept);
	if (r == 0)
		r = restore_records(session, saved, kept);
	for (unsigned int q = 0; r == 0 && q < session->device->ops->n_queues;
	     q++)
		r = restore_ring(session, q, saved, kept);

	return r;
}

int vhu_kept_restore(struct vhu_session *session, struct vhu_kept *kept)
{
	const struct vhu_saved *saved;
	int r;

	r = map_state(session, kept);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < VHU_N_PLACES; i++)
		session->account.places[i].fd = -1;

	saved = find_saved(session);
	if (!saved)
		return -EBADMSG;
	if (session->account.map->busy)
		return -ESTALE;

	r = restore(session, saved, kept);
	if (r < 0)
		return r;

	vhu_session_report(session, VHU_EVENT_CLAIMED,
			   "been taken over from the process before us");
	(void)vhu_session_resume(session);
	vhu_kept_save(session);

	return 0;
}
