/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>

#include "vhost-user/inflight.h"
#include "vhost-user/mapping.h"
#include "vhost-user/sealed-file.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

/* Records are aligned to this in their file, as in QEMU's. */
#define ALIGN 64

/* Several times what any device of ours needs, and nothing in address space. */
#define MAX_BYTES (64U << 20)

/**
 * struct vhu_records - records of all queues
 * @wire:    as the front-end described them
 * @base:    where the first one is
 * @mapping: where they are
 */
struct vhu_records {
	struct vhu_inflight wire;
	char *base;
	struct vhu_mapping *mapping;
};

static bool is_possible(const struct vhu_inflight *wire)
{
	return wire->n_queues > 0 && wire->queue_size > 0 &&
	       wire->queue_size <= VD_VIRTQUEUE_MAX_SIZE;
}

static uint64_t bytes_needed(const struct vhu_inflight *wire, bool packed)
{
	return (uint64_t)wire->n_queues *
	       vd_virtqueue_inflight_bytes(wire->queue_size, packed);
}

int vhu_records_create(struct vhu_inflight *wire, bool packed)
{
	uint64_t size;
	int fd;

	if (!is_possible(wire))
		return -EINVAL;

	size = bytes_needed(wire, packed);
	fd = vhu_sealed_file_new("vhost-user-inflight", size);
	if (fd < 0)
		return fd;

	*wire = (struct vhu_inflight){ .mmap_size = size,
				       .n_queues = wire->n_queues,
				       .queue_size = wire->queue_size };

	return fd;
}

int vhu_records_new(int fd, const struct vhu_inflight *wire,
		    struct vhu_lender *lender, struct vhu_records **ret)
{
	struct vhu_records *records;
	int r;

	/* Of the two formats, this is the smaller one. */
	if (!is_possible(wire) || wire->mmap_size < bytes_needed(wire, false) ||
	    wire->mmap_size > MAX_BYTES || wire->mmap_offset % ALIGN)
		return -EINVAL;

	records = calloc(1, sizeof(*records));
	if (!records)
		return -ENOMEM;

	records->wire = *wire;
	r = vhu_mapping_new(fd, wire->mmap_offset, wire->mmap_size,
			    &records->mapping);
	if (r < 0) {
		free(records);
		return r;
	}

	vhu_mapping_set_lender(records->mapping, lender);
	records->base = vhu_mapping_base(records->mapping);

	*ret = records;
	return 0;
}

void vhu_records_free(struct vhu_records *records)
{
	if (!records)
		return;

	vhu_mapping_free(records->mapping);
	free(records);
}

void vhu_records_describe(const struct vhu_records *records,
			  struct vhu_inflight *ret)
{
	*ret = records->wire;
}

void *vhu_records_queue(struct vhu_records *records, unsigned int index,
			bool packed, uint32_t *size)
{
	const struct vhu_inflight *wire;

	if (!records || index >= records->wire.n_queues)
		return NULL;

	/* The format may be another one now than when they were made. */
	wire = &records->wire;
	if (wire->mmap_size < bytes_needed(wire, packed))
		return NULL;

	*size = wire->queue_size;

	return records->base +
	       index * vd_virtqueue_inflight_bytes(*size, packed);
}
