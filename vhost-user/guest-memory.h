/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_GUEST_MEMORY_H
#define VHOST_USER_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "vhost-user/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: The memory of a guest that is not there
 *
 * Anonymous files (memfd), one for each region, mapped here and to be shared
 * with a back-end.  Rings, tables and buffers are carved out of it, and never
 * given back: whoever needs a new start makes a new memory.
 */

struct vhu_guest_memory;

/**
 * struct vhu_guest_range - a region that is wanted
 * @gpa:  guest-physical address, a multiple of the page size
 * @size: bytes, likewise; not 0
 */
struct vhu_guest_range {
	uint64_t gpa;
	uint64_t size;
};

/**
 * vhu_guest_memory_new() - make a memory, filled with zeros
 * @ranges: its regions, which do not overlap.  They may touch: then there is
 *          one piece of guest memory that is two pieces for everybody else
 * @n:      how many, at most VHU_MAX_TABLE
 * @ret:    the memory
 *
 * Return: 0, -EINVAL for too many regions, -ENOMEM, or the error of
 *         memfd_create(), ftruncate() or mmap().
 */
int vhu_guest_memory_new(const struct vhu_guest_range *ranges, size_t n,
			 struct vhu_guest_memory **ret);

/**
 * vhu_guest_memory_free() - the opposite
 * @memory: may be NULL
 */
void vhu_guest_memory_free(struct vhu_guest_memory *memory);

/**
 * vhu_guest_memory_alloc() - carve out a piece, in one region
 * @memory: the memory
 * @size:   bytes
 * @align:  a power of two
 * @ret:    its guest-physical address
 *
 * Return: the piece, or NULL if no region has so much left.
 */
void *vhu_guest_memory_alloc(struct vhu_guest_memory *memory, size_t size,
			     size_t align, uint64_t *ret);

/**
 * vhu_guest_memory_at() - find the bytes at a guest-physical address
 * @memory: the memory
 * @gpa:    the address
 * @len:    bytes wanted; becomes how many are in one piece there
 *
 * Return: where they are, or NULL if @gpa is not in the memory.
 */
void *vhu_guest_memory_at(const struct vhu_guest_memory *memory, uint64_t gpa,
			  uint64_t *len);

/**
 * vhu_guest_memory_table() - the regions, as a back-end is told about them
 * @memory:  keeps the files
 * @regions: receives them, at most VHU_MAX_TABLE; @user is where they are here
 * @fds:     receives their files
 *
 * Return: how many there are.
 */
size_t vhu_guest_memory_table(const struct vhu_guest_memory *memory,
			      struct vhu_region *regions, int *fds);

/**
 * vhu_guest_memory_user() - where a back-end is told that an address is
 * @memory: the memory
 * @gpa:    guest-physical address
 *
 * Ring addresses are given like this.  An address that is not in the memory
 * stays as it is: a test may want to send it.
 */
uint64_t vhu_guest_memory_user(const struct vhu_guest_memory *memory,
			       uint64_t gpa);

#ifdef __cplusplus
}
#endif

#endif
