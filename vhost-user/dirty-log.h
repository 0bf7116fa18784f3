/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which pages of guest memory were written: a bitmap that the front-end shares,
 * for migrating a guest that runs.
 */

#ifndef VHOST_USER_DIRTY_LOG_H
#define VHOST_USER_DIRTY_LOG_H

#include <stdint.h>

/* Guest memory that one bit stands for, whatever the host's pages are. */
#define VHU_LOG_PAGE 4096

/* A bit for each page of what a guest can address (52 bits) takes so much. */
#define VHU_LOG_MAX (1ULL << (52 - 12 - 3))

struct vhu_dirty_log;
struct vhu_lender;

/**
 * vhu_dirty_log_new() - map a log
 * @fd:     its file; stays the caller's
 * @offset: where in the file it begins
 * @size:   bytes; bits beyond them do not exist, and setting them does nothing
 * @lender: whose file it is, see vhu_mapping_set_lender(); or NULL
 * @ret:    the log; untouched on failure
 *
 * Return: 0, -EINVAL if it is empty, wraps around or is not within a regular
 *         file, -ENOMEM, or an error of vhu_mapping_new().
 */
int vhu_dirty_log_new(int fd, uint64_t offset, uint64_t size,
		      struct vhu_lender *lender, struct vhu_dirty_log **ret);

/**
 * vhu_dirty_log_free() - unmap it
 * @log: may be NULL
 */
void vhu_dirty_log_free(struct vhu_dirty_log *log);

/**
 * vhu_dirty_log_mark() - guest memory was written
 * @log: the log
 * @gpa: where
 * @len: bytes, not 0; the end does not wrap around
 *
 * Whoever finds a bit set can see what was written before this was called.
 */
void vhu_dirty_log_mark(struct vhu_dirty_log *log, uint64_t gpa, uint64_t len);

#endif
