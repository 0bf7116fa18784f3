/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Guest memory for a front-end without a guest.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

/**
 * struct region - a piece of guest memory
 * @wire: as a back-end is told about it
 * @base: where it is mapped here
 * @fd:   its file
 * @used: how much of it has been carved out
 */
struct region {
	struct vhu_region wire;
	char *base;
	int fd;
	uint64_t used;
};

struct vhu_guest_memory {
	struct region regions[VHU_MAX_TABLE];
	size_t n_regions;
};

static int region_init(struct region *region,
		       const struct vhu_guest_range *range)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	void *base;
	int r;

	if (fd < 0)
		return -errno;

	if (ftruncate(fd, (off_t)range->size) < 0)
		goto fail;
	base = mmap(NULL, range->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (base == MAP_FAILED)
		goto fail;

	region->wire = (struct vhu_region){
		.gpa = range->gpa,
		.size = range->size,
		.user = (uint64_t)(uintptr_t)base,
	};
	region->base = base;
	region->fd = fd;
	region->used = 0;

	return 0;

fail:
	r = -errno;
	close(fd);

	return r;
}

int vhu_guest_memory_new(const struct vhu_guest_range *ranges, size_t n,
			 struct vhu_guest_memory **ret)
{
	struct vhu_guest_memory *memory;

	if (n > VHU_MAX_TABLE)
		return -EINVAL;

	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		int r = region_init(&memory->regions[i], &ranges[i]);

		if (r < 0) {
			vhu_guest_memory_free(memory);
			return r;
		}
		memory->n_regions++;
	}

	*ret = memory;
	return 0;
}

void vhu_guest_memory_free(struct vhu_guest_memory *memory)
{
	if (!memory)
		return;

	for (size_t i = 0; i < memory->n_regions; i++) {
		munmap(memory->regions[i].base, memory->regions[i].wire.size);
		close(memory->regions[i].fd);
	}
	free(memory);
}

static void *carve(struct region *region, size_t size, size_t align,
		   uint64_t *ret)
{
	uint64_t at = (region->used + align - 1) & ~((uint64_t)align - 1);

	if (at > region->wire.size || size > region->wire.size - at)
		return NULL;

	region->used = at + size;
	*ret = region->wire.gpa + at;

	return region->base + at;
}

void *vhu_guest_memory_alloc(struct vhu_guest_memory *memory, size_t size,
			     size_t align, uint64_t *ret)
{
	for (size_t i = 0; i < memory->n_regions; i++) {
		void *piece = carve(&memory->regions[i], size, align, ret);

		if (piece)
			return piece;
	}

	return NULL;
}

static const struct region *find(const struct vhu_guest_memory *memory,
				 uint64_t gpa)
{
	for (size_t i = 0; i < memory->n_regions; i++) {
		const struct vhu_region *wire = &memory->regions[i].wire;

		if (gpa >= wire->gpa && gpa - wire->gpa < wire->size)
			return &memory->regions[i];
	}

	return NULL;
}

void *vhu_guest_memory_at(const struct vhu_guest_memory *memory, uint64_t gpa,
			  uint64_t *len)
{
	const struct region *region = find(memory, gpa);
	uint64_t at;

	if (!region)
		return NULL;

	at = gpa - region->wire.gpa;
	*len = VD_MIN(*len, region->wire.size - at);

	return region->base + at;
}

size_t vhu_guest_memory_table(const struct vhu_guest_memory *memory,
			      struct vhu_region *regions, int *fds)
{
	for (size_t i = 0; i < memory->n_regions; i++) {
		regions[i] = memory->regions[i].wire;
		fds[i] = memory->regions[i].fd;
	}

	return memory->n_regions;
}

uint64_t vhu_guest_memory_user(const struct vhu_guest_memory *memory,
			       uint64_t gpa)
{
	const struct region *region = find(memory, gpa);

	if (!region)
		return gpa;

	return region->wire.user + (gpa - region->wire.gpa);
}
