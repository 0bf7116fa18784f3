/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The memory of a pool of chains.  What is done for each chain is in the
 * header.
 */

#include <stdlib.h>

#include "virtio-devices/virtqueue-pool.h"

/*
 * Links beyond the one in each slot: enough for three of the longest chains,
 * or for sixty that carry 80 ms of sound in single pages.  Pages of this that
 * are never needed cost no memory.
 */
#define SPARE_LINKS 1024

/* Fresh from calloc(), so that memory that is never used is never touched. */
int vd_pool_init(struct vd_pool *pool, struct vd_queue *queue, uint32_t n_slots)
{
	uint32_t n_links = n_slots + SPARE_LINKS;

	*pool = (struct vd_pool){
		.queue = queue,
		.slots = calloc(n_slots, sizeof(*pool->slots)),
		.n_slots = n_slots,
		.links = calloc(n_links, sizeof(*pool->links)),
		.n_links = n_links,
	};
	if (!pool->slots || !pool->links) {
		vd_pool_fini(pool);
		return -ENOMEM;
	}

	return 0;
}

void vd_pool_fini(struct vd_pool *pool)
{
	free(pool->slots);
	free(pool->links);
}

static struct vd_segments *link_get(struct vd_pool *pool)
{
	struct vd_segments *link = pool->free_links;

	if (link)
		pool->free_links = link->next;
	else if (pool->n_links_used < pool->n_links)
		link = &pool->links[pool->n_links_used++];
	else
		return NULL;

	link->n = 0;
	link->next = NULL;

	return link;
}

int vd_slot_extend(struct vd_pool *pool, struct vd_slot *slot)
{
	struct vd_segments *link = link_get(pool);

	if (!link)
		return -ENOBUFS;

	slot->tail->next = link;
	slot->tail = link;

	return 0;
}
