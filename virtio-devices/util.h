/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Small things that every file needs: little-endian fields, the embedded
 * object idiom, and clean-up at the end of a scope.
 */

#ifndef VIRTIO_DEVICES_UTIL_H
#define VIRTIO_DEVICES_UTIL_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vd_container_at() - what container_of() is made of
 * @member: address of a member
 * @offset: where in its structure it is
 *
 * Return: address of the structure.
 */
static inline void *vd_container_at(const void *member, size_t offset)
{
	return (void *)((uintptr_t)member - offset);
}

/**
 * container_of() - from a member to the structure that it is embedded in
 * @ptr:    address of the member; never NULL
 * @type:   the enclosing structure
 * @member: the member's name in it
 */
#define container_of(ptr, type, member) \
	((type *)vd_container_at(ptr, offsetof(type, member)))

#define VD_MIN(a, b) ((a) < (b) ? (a) : (b))
#define VD_MAX(a, b) ((a) > (b) ? (a) : (b))
#define VD_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define VD_BIT(n) (1ULL << (n))

/**
 * typedef vd_aligned_u64 - a number that one instruction can store
 *
 * In a structure, uint64_t is aligned to four bytes on i386.
 */
typedef uint64_t vd_aligned_u64 __attribute__((aligned(8)));

/**
 * VD_CLEANUP() - call @func with the variable's address when it leaves scope
 * @func: takes a pointer to the variable, and does nothing if that holds none
 */
#define VD_CLEANUP(func) __attribute__((cleanup(func)))

/**
 * VD_STEAL() - take a pointer out of a variable that would free it
 * @ptr: the variable; left NULL
 */
#define VD_STEAL(ptr) \
	__extension__({ \
		__auto_type _p = &(ptr); \
		__auto_type _v = *_p; \
		*_p = NULL; \
		_v; \
	})

/* Times are nanoseconds on one monotonic clock, whichever the caller has. */
#define VD_NSEC_PER_SEC 1000000000ULL
#define VD_NSEC_PER_MSEC 1000000ULL
#define VD_NSEC_PER_USEC 1000ULL

/* A time that never comes. */
#define VD_NEVER UINT64_MAX

#ifdef __cplusplus
}
#endif

#endif
