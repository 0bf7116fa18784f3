/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Guest memory, as the front-end shares it: regions of files, mapped.
 */

#ifndef VHOST_USER_MEMORY_H
#define VHOST_USER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost-user/wire.h"

/*
 * What GET_MAX_MEM_SLOTS answers: as many as KVM gave QEMU for a long time, and
 * what front-ends have come to expect.
 */
#define VHU_MAX_SLOTS 509

/*
 * Bytes of all regions: an eighth of the address space that processes have on
 * most machines, so that one front-end cannot take all of it from the others.
 */
#define VHU_MAX_MEMORY (1ULL << 44)

struct vhu_lender;
struct vhu_memory;

/**
 * vhu_memory_new() - map a table of regions
 * @regions: the table
 * @fds:     a file for each region; they stay the caller's
 * @n:       how many of both, at most VHU_MAX_SLOTS; may be 0
 * @ret:     the map; untouched on failure
 *
 * Return: 0, -EINVAL if a region is empty, wraps around, overlaps another one
 *         or is not within its file, -ENOMEM, or an error of
 *         vhu_mapping_new().
 */
int vhu_memory_new(const struct vhu_region *regions, const int *fds, size_t n,
		   struct vhu_memory **ret);

/**
 * vhu_memory_free() - unmap everything
 * @memory: may be NULL
 */
void vhu_memory_free(struct vhu_memory *memory);

/**
 * vhu_memory_add() - map one more region
 * @memory: what was mapped stays where it is
 * @region: the region
 * @fd:     its file; stays the caller's
 *
 * Return: 0, -ENOSPC if there are VHU_MAX_SLOTS already, or it would be more
 *         than VHU_MAX_MEMORY, or as vhu_memory_new().
 */
int vhu_memory_add(struct vhu_memory *memory, const struct vhu_region *region,
		   int fd);

/**
 * vhu_memory_remove() - unmap a region
 * @memory: nothing of the region is in use
 * @region: by guest address, size and user address; the offset does not count
 *
 * Return: 0, or -ENOENT if there is no such region.
 */
int vhu_memory_remove(struct vhu_memory *memory,
		      const struct vhu_region *region);

/**
 * vhu_memory_set_lender() - say whose memory it is
 * @memory: the map
 * @lender: outlives it.  Once it has taken something away, see mapping.h,
 *          nothing is found any more
 */
void vhu_memory_set_lender(struct vhu_memory *memory,
			   struct vhu_lender *lender);

/**
 * vhu_memory_translate() - find guest memory
 * @memory: the map; may be NULL
 * @gpa:    guest-physical address
 * @len:    bytes wanted; becomes how many are in one piece there
 *
 * Return: where they are, or NULL if @gpa is not in guest memory.
 */
void *vhu_memory_translate(struct vhu_memory *memory, uint64_t gpa,
			   uint64_t *len);

/**
 * vhu_memory_at_user() - find guest memory by the front-end's own address
 * @memory: the map; may be NULL
 * @user:   address in the front-end
 * @len:    bytes wanted
 *
 * Return: where they are, or NULL if they are not in one region altogether.
 */
void *vhu_memory_at_user(struct vhu_memory *memory, uint64_t user,
			 uint64_t len);

/**
 * vhu_memory_gpa() - the opposite of vhu_memory_translate()
 * @memory: the map
 * @at:     an address in guest memory, as mapped here
 * @ret:    receives its guest-physical address; untouched on failure
 *
 * Return: true, or false if @at is not in guest memory.
 */
bool vhu_memory_gpa(struct vhu_memory *memory, const void *at, uint64_t *ret);

#endif
