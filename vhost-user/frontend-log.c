/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The log of dirty pages, as a front-end that migrates its guest has it.
 */

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost-user/dirty-log.h"
#include "vhost-user/frontend-private.h"
#include "virtio-devices/util.h"

void vhu_frontend_log_fini(struct vhu_frontend *frontend)
{
	if (frontend->log)
		munmap(frontend->log, frontend->log_size);
	frontend->log = NULL;
}

/* A bit for each page up to the end of the last region. */
static size_t log_bytes(const struct vhu_guest_memory *memory)
{
	struct vhu_region regions[VHU_MAX_TABLE];
	int fds[VHU_MAX_TABLE];
	size_t n = vhu_guest_memory_table(memory, regions, fds);
	uint64_t end = 0;

	for (size_t i = 0; i < n; i++)
		end = VD_MAX(end, regions[i].gpa + regions[i].size);

	return (size_t)(end / VHU_LOG_PAGE / 8 + 1);
}

/* Returns the log's file; it is mapped. */
static int make_log(struct vhu_frontend *frontend)
{
	size_t size = log_bytes(frontend->memory);
	int fd = memfd_create("vhost-user-log", MFD_CLOEXEC);
	void *map = MAP_FAILED;
	int r;

	if (fd < 0)
		return -errno;

	if (ftruncate(fd, (off_t)size) == 0)
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
	if (map == MAP_FAILED) {
		r = -errno;
		close(fd);
		return r;
	}

	vhu_frontend_log_fini(frontend);
	frontend->log = map;
	frontend->log_size = size;
	frontend->logging = true;

	return fd;
}

/* This one is answered, and each back-end has its own idea of the answer. */
static int tell_log_base(struct vhu_frontend *frontend, int fd)
{
	VD_CLEANUP(vhu_message_fini) struct vhu_message reply = { 0 };
	const struct vhu_header header = {
		.request = VHU_SET_LOG_BASE,
		.flags = VHU_VERSION,
		.size = sizeof(struct vhu_log),
	};
	const struct vhu_log wire = { .size = frontend->log_size };
	int r;

	r = vhu_frontend_send(frontend, &header, &wire, &fd, 1);
	if (r < 0)
		return r;
	r = vhu_frontend_receive(frontend, &reply);
	if (r < 0)
		return r;

	return reply.header.request == VHU_SET_LOG_BASE ? 0 : -EBADMSG;
}

static int tell_addresses(struct vhu_frontend *frontend)
{
	for (unsigned int i = 0; i < VHU_FRONTEND_MAX_QUEUES; i++) {
		int r;

		if (!frontend->queues[i].ring)
			continue;
		r = vhu_frontend_tell_vring(frontend, i, VHU_SET_VRING_ADDR);
		if (r < 0)
			return r;
	}

	return 0;
}

int vhu_frontend_start_log(struct vhu_frontend *frontend)
{
	int fd, r;

	assert(frontend->memory);

	if (!vhu_frontend_has(frontend, VHU_PROTOCOL_F_LOG_SHMFD) ||
	    !(frontend->features.offered & VD_BIT(VHU_F_LOG_ALL)))
		return -EOPNOTSUPP;

	fd = make_log(frontend);
	if (fd < 0)
		return fd;
	r = tell_log_base(frontend, fd);
	close(fd);
	if (r < 0)
		return r;

	r = vhu_frontend_set_features(frontend, frontend->features.accepted |
							VD_BIT(VHU_F_LOG_ALL));

	return r < 0 ? r : tell_addresses(frontend);
}

int vhu_frontend_stop_log(struct vhu_frontend *frontend)
{
	int r;

	frontend->logging = false;
	r = vhu_frontend_set_features(frontend, frontend->features.accepted &
							~VD_BIT(VHU_F_LOG_ALL));

	return r < 0 ? r : tell_addresses(frontend);
}

bool vhu_frontend_take_dirty(struct vhu_frontend *frontend, uint64_t gpa)
{
	uint64_t page = gpa / VHU_LOG_PAGE;
	uint8_t bit = (uint8_t)(1U << page % 8);

	if (page / 8 >= frontend->log_size)
		return false;

	return __atomic_fetch_and(&frontend->log[page / 8], (uint8_t)~bit,
				  __ATOMIC_ACQUIRE) &
	       bit;
}
