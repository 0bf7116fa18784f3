/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The front-end reads and clears the bitmap while we set bits in it, so that
 * each is set with an atomic operation, after what it tells about was written.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "vhost-user/dirty-log.h"
#include "vhost-user/mapping.h"
#include "virtio-devices/util.h"

/**
 * struct vhu_dirty_log - a log
 * @bits:    the bitmap
 * @n_pages: how many bits it has
 * @mapping: where it is
 */
struct vhu_dirty_log {
	uint8_t *bits;
	uint64_t n_pages;
	struct vhu_mapping *mapping;
};

int vhu_dirty_log_new(int fd, uint64_t offset, uint64_t size,
		      struct vhu_lender *lender, struct vhu_dirty_log **ret)
{
	struct vhu_dirty_log *log;
	int r;

	if (size > VHU_LOG_MAX)
		return -EINVAL;

	log = calloc(1, sizeof(*log));
	if (!log)
		return -ENOMEM;

	r = vhu_mapping_new(fd, offset, size, &log->mapping);
	if (r < 0) {
		free(log);
		return r;
	}

	vhu_mapping_set_lender(log->mapping, lender);
	log->bits = vhu_mapping_base(log->mapping);
	log->n_pages = size * 8;

	*ret = log;
	return 0;
}

void vhu_dirty_log_free(struct vhu_dirty_log *log)
{
	if (!log)
		return;

	vhu_mapping_free(log->mapping);
	free(log);
}

void vhu_dirty_log_mark(struct vhu_dirty_log *log, uint64_t gpa, uint64_t len)
{
	uint64_t page = gpa / VHU_LOG_PAGE;
	uint64_t last = (gpa + (len - 1)) / VHU_LOG_PAGE;

	assert(len > 0);

	/* Pages that the front-end gave no bit for are its own affair. */
	for (; page <= last && page < log->n_pages; page++)
		__atomic_fetch_or(&log->bits[page / 8],
				  (uint8_t)(1U << page % 8), __ATOMIC_RELEASE);
}
