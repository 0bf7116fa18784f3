/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The memory in which virtqueues record what is under way: we make it, and the
 * front-end keeps it.
 */

#ifndef VHOST_USER_INFLIGHT_H
#define VHOST_USER_INFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost-user/wire.h"

struct vhu_lender;
struct vhu_records;

/**
 * vhu_records_create() - make a file of empty records
 * @wire:   how many queues of which size; receives where the records are
 * @packed: the format of the rings
 *
 * Return: the file, or a negative errno: -EINVAL for no queues, or a size that
 *         no ring has.
 */
int vhu_records_create(struct vhu_inflight *wire, bool packed);

/**
 * vhu_records_new() - map the records of a front-end
 * @fd:     their file; stays the caller's
 * @wire:   what is in it; anything may have been written there
 * @lender: whose file it is, see vhu_mapping_set_lender(); or NULL
 * @ret:    the records; untouched on failure
 *
 * Return: 0, -EINVAL if that cannot be, -ENOMEM, or an error of
 *         vhu_mapping_new().
 */
int vhu_records_new(int fd, const struct vhu_inflight *wire,
		    struct vhu_lender *lender, struct vhu_records **ret);

/**
 * vhu_records_free() - unmap them
 * @records: may be NULL
 */
void vhu_records_free(struct vhu_records *records);

/**
 * vhu_records_describe() - what vhu_records_new() was told
 */
void vhu_records_describe(const struct vhu_records *records,
			  struct vhu_inflight *ret);

/**
 * vhu_records_queue() - the record of a queue
 * @records: the records; may be NULL
 * @index:   of the queue
 * @packed:  the format of its ring
 * @size:    receives how many entries the record has
 *
 * Return: the record, or NULL if there is none for this queue.
 */
void *vhu_records_queue(struct vhu_records *records, unsigned int index,
			bool packed, uint32_t *size);

#endif
