/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A piece of a file that a front-end shares, mapped.  Not installed.
 *
 * The file stays the front-end's, which may truncate it.  Whoever touches what
 * is then missing gets SIGBUS.  With vhu_catch_bus_errors(), zeroes appear
 * there instead, the lender is marked, and its connection is shut down: the
 * session ends as soon as the loop comes to its socket.
 */

#ifndef VHOST_USER_MAPPING_H
#define VHOST_USER_MAPPING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct vhu_lender - the front-end that shares memory
 * @socket: shut down when something is missing; may be -1
 * @failed: something was missing
 */
struct vhu_lender {
	int socket;
	_Atomic(bool) failed;
};

/* One mapping.  Never freed, but used again. */
struct vhu_mapping;

/**
 * vhu_mapping_new() - map a piece of a file, to be read and written
 * @fd:     the file; stays the caller's
 * @offset: where the piece begins, in bytes
 * @size:   bytes; what is mapped with it is the rest of its first page and of
 *          its last one
 * @ret:    the mapping
 *
 * It does not become part of a core dump: guests have secrets.
 *
 * The file has to be memory (tmpfs, hugetlbfs, memfd_create()) or on a disk of
 * this machine, so that nobody can let us wait for a page.
 *
 * Return: 0, -ENOMEM, -EINVAL if the piece is empty or not within a regular
 *         file, -EOPNOTSUPP if the file is on FUSE, NFS or the like, or the
 *         error of statx() or mmap().
 */
int vhu_mapping_new(int fd, uint64_t offset, uint64_t size,
		    struct vhu_mapping **ret);

/**
 * vhu_mapping_free() - unmap it
 * @mapping: nobody touches it any more; may be NULL
 */
void vhu_mapping_free(struct vhu_mapping *mapping);

/**
 * vhu_mapping_base() - where the piece is
 */
void *vhu_mapping_base(const struct vhu_mapping *mapping);

/**
 * vhu_mapping_set_lender() - say whose file it is
 * @mapping: the mapping
 * @lender:  outlives it; NULL for nobody's
 */
void vhu_mapping_set_lender(struct vhu_mapping *mapping,
			    struct vhu_lender *lender);

#endif
