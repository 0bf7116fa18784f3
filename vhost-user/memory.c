/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The regions are kept sorted by guest address, so that a look-up is a binary
 * search, and mostly not even that: requests of one guest tend to lie in the
 * region where the last one lay.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vhost-user/mapping.h"
#include "vhost-user/memory.h"
#include "virtio-devices/util.h"

/**
 * struct region - a mapped region
 * @wire:    as the front-end described it
 * @base:    where its first byte is
 * @mapping: where it is
 */
struct region {
	struct vhu_region wire;
	char *base;
	struct vhu_mapping *mapping;
};

/**
 * struct vhu_memory - a map of guest memory
 * @regions: sorted by guest address
 * @n:       how many
 * @last:    where the last look-up ended
 * @lender:  whose it is, or NULL
 */
struct vhu_memory {
	struct region *regions;
	size_t n;
	size_t last;
	struct vhu_lender *lender;
};

/* Is [at, at + len) within [start, start + size)?  Cannot wrap around. */
static bool within(uint64_t start, uint64_t size, uint64_t at, uint64_t len)
{
	return at >= start && at - start <= size && len <= size - (at - start);
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b ? b - a < a_size : a - b < b_size;
}

static bool wraps(uint64_t start, uint64_t size)
{
	return start > UINT64_MAX - (size - 1);
}

static bool is_possible(const struct vhu_region *region)
{
	return region->size > 0 && !wraps(region->gpa, region->size) &&
	       !wraps(region->user, region->size) &&
	       !wraps(region->offset, region->size);
}

static bool fits(const struct vhu_memory *memory,
		 const struct vhu_region *region)
{
	uint64_t left = VHU_MAX_MEMORY;

	for (size_t i = 0; i < memory->n; i++)
		left -= memory->regions[i].wire.size;

	return memory->n < VHU_MAX_SLOTS && region->size <= left;
}

static bool is_free(const struct vhu_memory *memory,
		    const struct vhu_region *region)
{
	for (size_t i = 0; i < memory->n; i++) {
		const struct vhu_region *other = &memory->regions[i].wire;

		if (overlap(region->gpa, region->size, other->gpa,
			    other->size) ||
		    overlap(region->user, region->size, other->user,
			    other->size))
			return false;
	}

	return true;
}

static int region_map(const struct vhu_region *wire, int fd, struct region *ret)
{
	struct vhu_mapping *mapping;
	int r;

	r = vhu_mapping_new(fd, wire->offset, wire->size, &mapping);
	if (r < 0)
		return r;

	*ret = (struct region){
		.wire = *wire,
		.base = vhu_mapping_base(mapping),
		.mapping = mapping,
	};
	return 0;
}

/* The index of the first region that begins behind @gpa. */
static size_t find_behind(const struct vhu_memory *memory, uint64_t gpa)
{
	size_t low = 0, high = memory->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memory->regions[mid].wire.gpa <= gpa)
			low = mid + 1;
		else
			high = mid;
	}

	return low;
}

int vhu_memory_add(struct vhu_memory *memory, const struct vhu_region *wire,
		   int fd)
{
	struct region *regions, region;
	size_t at;
	int r;

	if (!is_possible(wire) || !is_free(memory, wire))
		return -EINVAL;
	if (!fits(memory, wire))
		return -ENOSPC;

	regions =
		reallocarray(memory->regions, memory->n + 1, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	memory->regions = regions;

	r = region_map(wire, fd, &region);
	if (r < 0)
		return r;
	vhu_mapping_set_lender(region.mapping, memory->lender);

	at = find_behind(memory, wire->gpa);
	memmove(&regions[at + 1], &regions[at],
		(memory->n - at) * sizeof(*regions));
	regions[at] = region;
	memory->n++;

	return 0;
}

int vhu_memory_remove(struct vhu_memory *memory, const struct vhu_region *wire)
{
	for (size_t i = 0; i < memory->n; i++) {
		struct region *region = &memory->regions[i];

		if (region->wire.gpa != wire->gpa ||
		    region->wire.size != wire->size ||
		    region->wire.user != wire->user)
			continue;

		vhu_mapping_free(region->mapping);
		memory->n--;
		memory->last = 0;
		memmove(region, region + 1, (memory->n - i) * sizeof(*region));
		return 0;
	}

	return -ENOENT;
}

int vhu_memory_new(const struct vhu_region *regions, const int *fds, size_t n,
		   struct vhu_memory **ret)
{
	struct vhu_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		int r = vhu_memory_add(memory, &regions[i], fds[i]);

		if (r < 0) {
			vhu_memory_free(memory);
			return r;
		}
	}

	*ret = memory;
	return 0;
}

void vhu_memory_free(struct vhu_memory *memory)
{
	if (!memory)
		return;

	for (size_t i = 0; i < memory->n; i++)
		vhu_mapping_free(memory->regions[i].mapping);
	free(memory->regions);
	free(memory);
}

void vhu_memory_set_lender(struct vhu_memory *memory, struct vhu_lender *lender)
{
	memory->lender = lender;
	for (size_t i = 0; i < memory->n; i++)
		vhu_mapping_set_lender(memory->regions[i].mapping, lender);
}

static bool is_lost(const struct vhu_memory *memory)
{
	return memory->lender && atomic_load_explicit(&memory->lender->failed,
						      memory_order_relaxed);
}

static struct region *find(struct vhu_memory *memory, uint64_t gpa)
{
	struct region *region;
	size_t behind;

	if (!memory || !memory->n || is_lost(memory))
		return NULL;

	region = &memory->regions[memory->last];
	if (within(region->wire.gpa, region->wire.size, gpa, 1))
		return region;

	behind = find_behind(memory, gpa);
	if (behind == 0)
		return NULL;
	region = &memory->regions[behind - 1];
	if (!within(region->wire.gpa, region->wire.size, gpa, 1))
		return NULL;

	memory->last = behind - 1;

	return region;
}

void *vhu_memory_translate(struct vhu_memory *memory, uint64_t gpa,
			   uint64_t *len)
{
	struct region *region = find(memory, gpa);
	uint64_t at;

	if (!region)
		return NULL;

	at = gpa - region->wire.gpa;
	*len = VD_MIN(*len, region->wire.size - at);

	return region->base + at;
}

void *vhu_memory_at_user(struct vhu_memory *memory, uint64_t user, uint64_t len)
{
	for (size_t i = 0; memory && i < memory->n; i++) {
		struct region *region = &memory->regions[i];

		if (within(region->wire.user, region->wire.size, user, len))
			return region->base + (user - region->wire.user);
	}

	return NULL;
}

static bool holds(const struct region *region, const void *at)
{
	return within((uintptr_t)region->base, region->wire.size, (uintptr_t)at,
		      1);
}

bool vhu_memory_gpa(struct vhu_memory *memory, const void *at, uint64_t *ret)
{
	const struct region *region;

	if (!memory->n)
		return false;

	/* It was found there a moment ago, most of the time. */
	region = &memory->regions[memory->last];
	for (size_t i = 0; !holds(region, at); i++) {
		if (i == memory->n)
			return false;
		region = &memory->regions[i];
	}

	*ret = region->wire.gpa + ((uintptr_t)at - (uintptr_t)region->base);

	return true;
}
