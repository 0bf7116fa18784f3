/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What a keeper has to keep, and the file that says what it is for.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vhost-user/kept-private.h"
#include "vhost-user/sealed-file.h"
#include "vhost-user/session-private.h"
#include "virtio-devices/util.h"

/* FNV-1a: against what was cut off, and not against anybody. */
uint64_t vhu_saved_check(const struct vhu_saved *saved)
{
	const uint8_t *p = (const uint8_t *)saved + sizeof(saved->check);
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = sizeof(saved->check); i < sizeof(*saved); i++)
		hash = (hash ^ *p++) * 0x100000001b3;

	return hash;
}

static struct vhu_account *account_of(struct vhu_session *session)
{
	return session->account.map ? &session->account : NULL;
}

/* Plain files are closed once they are mapped. */
static bool is_same(const struct vhu_account *account,
		    const struct vhu_place *a, const struct vhu_place *b)
{
	struct vhu_keeper *keeper = account->keeper;

	if (a->fd < 0 || b->fd < 0)
		return a->fd < 0 && b->fd < 0 && a->dev == b->dev &&
		       a->inode == b->inode;

	return keeper->ops->is_same(keeper, a->fd, b->fd);
}

static unsigned int find_number(struct vhu_account *account,
				const struct vhu_place *place)
{
	for (unsigned int i = 0; i < VHU_N_PLACES; i++) {
		const struct vhu_place *other = &account->places[i];

		if (other->number && is_same(account, other, place))
			return other->number;
	}
	for (unsigned int i = VHU_KEPT_CONNECTION + 1; i < VHU_N_KEPT; i++) {
		if (!account->users[i])
			return i;
	}

	return 0;
}

static void clear(struct vhu_account *account, unsigned int place)
{
	unsigned int number = account->places[place].number;

	account->places[place] = (struct vhu_place){ .fd = -1 };
	if (number && --account->users[number] == 0)
		account->keeper->ops->drop(account->keeper, number);
}

void vhu_place_identify(struct vhu_place *place, int fd)
{
	struct statx file;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO, &file) < 0 ||
	    !S_ISREG(file.stx_mode))
		return;

	place->fd = -1;
	place->dev = makedev(file.stx_dev_major, file.stx_dev_minor);
	place->inode = file.stx_ino;
}

void vhu_kept_put(struct vhu_session *session, unsigned int place, int fd)
{
	struct vhu_account *account = account_of(session);
	struct vhu_place fresh = { .fd = fd };

	if (!account)
		return;

	clear(account, place);
	if (fd < 0)
		return;

	vhu_place_identify(&fresh, fd);
	fresh.number = place == VHU_AT_CONNECTION
			       ? VHU_KEPT_CONNECTION
			       : find_number(account, &fresh);
	if (!fresh.number) {
		account->too_much = true;
		return;
	}

	account->places[place] = fresh;
	if (account->users[fresh.number]++ == 0)
		account->keeper->ops->keep(account->keeper, fresh.number, fd);
}

void vhu_kept_add_region(struct vhu_session *session,
			 const struct vhu_region *region, int fd)
{
	struct vhu_account *account = account_of(session);

	for (unsigned int i = 0; account && i < VHU_KEPT_REGIONS; i++) {
		if (account->places[VHU_AT_REGION(i)].number)
			continue;
		account->regions[i] = *region;
		vhu_kept_put(session, VHU_AT_REGION(i), fd);
		return;
	}

	if (account)
		account->too_much = true;
}

void vhu_kept_remove_region(struct vhu_session *session,
			    const struct vhu_region *region)
{
	struct vhu_account *account = account_of(session);

	for (unsigned int i = 0; account && i < VHU_KEPT_REGIONS; i++) {
		if (account->regions[i].gpa == region->gpa &&
		    account->places[VHU_AT_REGION(i)].number)
			clear(account, VHU_AT_REGION(i));
	}
}

void vhu_kept_clear_regions(struct vhu_session *session)
{
	struct vhu_account *account = account_of(session);

	for (unsigned int i = 0; account && i < VHU_KEPT_REGIONS; i++)
		clear(account, VHU_AT_REGION(i));
}

/* Unless it is in the middle of a message, which has an end of its own. */
static void settled(void *context)
{
	struct vhu_session *session = context;

	if (!session->message.got && !session->checking)
		vhu_kept_end(session);
}

void vhu_kept_listen(struct vhu_session *session)
{
	struct vhu_keeper *keeper = session->account.keeper;

	keeper->settled = settled;
	keeper->context = session;
}

/* Returns false if nothing can be kept, which is no reason not to serve. */
static bool open_account(struct vhu_session *session)
{
	struct vhu_account *account = &session->account;
	size_t size = vhu_state_file_size(session->device);
	void *map;

	account->file = vhu_sealed_file_new("vhost-user-session", size);
	if (account->file < 0)
		return false;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   account->file, 0);
	if (map == MAP_FAILED) {
		close(account->file);
		account->file = -1;
		return false;
	}

	account->map = map;
	account->map->magic = VHU_STATE_MAGIC;
	account->map->version = VHU_STATE_VERSION;
	account->map->busy = true;
	for (unsigned int i = 0; i < VHU_N_PLACES; i++)
		account->places[i].fd = -1;
	vhu_kept_listen(session);
	account->keeper->ops->keep(account->keeper, VHU_KEPT_STATE,
				   account->file);
	vhu_kept_put(session, VHU_AT_CONNECTION, session->socket.fd);

	return true;
}

void vhu_kept_begin(struct vhu_session *session)
{
	struct vhu_account *account = &session->account;

	if (!account->keeper || (!account->map && !open_account(session)))
		return;

	__atomic_store_n(&account->map->busy, true, __ATOMIC_SEQ_CST);
}

static void save_ring(const struct vhu_vring *vring, struct vhu_saved_ring *ret)
{
	*ret = (struct vhu_saved_ring){
		.addr = vring->addr,
		.num = vring->num,
		.base = vring->base,
		.has_addr = vring->has_addr,
		.started = vring->started,
		.enabled = vring->enabled,
		.no_kick = vring->no_kick,
	};
}

static void save(struct vhu_session *session)
{
	struct vhu_account *account = &session->account;
	struct vhu_saved *saved = &account->map->saved[++account->turn % 2];

	*saved = (struct vhu_saved){
		.turn = account->turn,
		.features = session->features,
		.protocol_features = session->protocol_features,
		.id = session->device->ops->id,
		.own_records = account->own_records,
	};
	if (session->records)
		vhu_records_describe(session->records, &saved->records);
	for (unsigned int i = 0; i < VHU_N_PLACES; i++)
		saved->numbers[i] = (uint8_t)account->places[i].number;
	memcpy(saved->regions, account->regions, sizeof(saved->regions));
	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		save_ring(&session->vrings[i], &saved->rings[i]);
	saved->check = vhu_saved_check(saved);
}

void vhu_kept_save(struct vhu_session *session)
{
	if (account_of(session))
		save(session);
}

/* A log that is not kept would lack pages: such a session is not taken up. */
void vhu_kept_end(struct vhu_session *session)
{
	const struct vhu_account *account = account_of(session);
	struct vhu_keeper *keeper = session->account.keeper;

	if (account && !account->too_much && !session->log &&
	    keeper->ops->is_settled(keeper))
		__atomic_store_n(&account->map->busy, false, __ATOMIC_SEQ_CST);
}

/* The newer one stays until this one is complete. */
void vhu_kept_save_device(struct vhu_session *session)
{
	struct vhu_account *account = account_of(session);
	size_t size = vd_device_state_size(session->device);
	struct vhu_saved_device *saved;
	uint64_t turn;

	if (!account || account->restoring)
		return;

	turn = ++account->device_turn;
	saved = &account->map->devices[turn % 2];
	__atomic_store_n(&saved->turn, 0, __ATOMIC_SEQ_CST);
	saved->len = vd_device_save(
		session->device, account->map->state + turn % 2 * size, size);
	__atomic_store_n(&saved->turn, turn, __ATOMIC_SEQ_CST);
}

static uint32_t entries_needed(const struct vhu_session *session)
{
	uint32_t most = 0;

	for (unsigned int i = 0; i < session->device->ops->n_queues; i++)
		most = VD_MAX(most, session->vrings[i].num);

	return most;
}

/* Rings that run go on with new records: they have let go of all requests. */
void vhu_kept_records(struct vhu_session *session)
{
	struct vhu_account *account = account_of(session);
	uint32_t needed = entries_needed(session);
	struct vhu_inflight wire = {
		.n_queues = (uint16_t)session->device->ops->n_queues,
		.queue_size = (uint16_t)needed,
	};
	struct vhu_records *records;
	int fd;

	if (!account || needed == 0 || needed <= account->own_records ||
	    (session->records && !account->own_records))
		return;

	/* Of the two formats, packed rings need the larger records. */
	fd = vhu_records_create(&wire, true);
	if (fd < 0)
		return;
	if (vhu_records_new(fd, &wire, NULL, &records) == 0) {
		vhu_session_pause(session);
		vhu_session_set_records(session, records);
		account->own_records = needed;
		vhu_kept_put(session, VHU_AT_RECORDS, fd);
	}
	close(fd);
}

void vhu_kept_fini(struct vhu_session *session)
{
	struct vhu_account *account = account_of(session);

	if (!account)
		return;

	account->keeper->settled = NULL;
	munmap(account->map, vhu_state_file_size(session->device));
	close(account->file);
	account->map = NULL;
	account->file = -1;
}

void vhu_kept_forget(struct vhu_session *session)
{
	struct vhu_account *account = account_of(session);

	if (!account)
		return;

	account->map->busy = true;
	for (unsigned int i = 0; i < VHU_N_PLACES; i++)
		clear(account, i);
	account->keeper->ops->drop(account->keeper, VHU_KEPT_STATE);
	vhu_kept_fini(session);
}
