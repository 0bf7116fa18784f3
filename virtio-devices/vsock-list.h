/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Doubly linked lists through members of what is in them: an entry can be taken
 * out of the middle, and knows whether it is in one.
 */

#ifndef VIRTIO_DEVICES_VSOCK_LIST_H
#define VIRTIO_DEVICES_VSOCK_LIST_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct vd_link - an entry's member, or a list's head
 * @prev: the last entry, for a head
 * @next: the first entry, for a head; NULL if the entry is in no list
 */
struct vd_link {
	struct vd_link *prev;
	struct vd_link *next;
};

static inline void vd_list_init(struct vd_link *head)
{
	head->prev = head;
	head->next = head;
}

static inline bool vd_list_empty(const struct vd_link *head)
{
	return head->next == head;
}

static inline bool vd_link_listed(const struct vd_link *link)
{
	return link->next != NULL;
}

static inline void vd_link_insert(struct vd_link *link, struct vd_link *after)
{
	link->prev = after;
	link->next = after->next;
	after->next->prev = link;
	after->next = link;
}

static inline void vd_list_append(struct vd_link *head, struct vd_link *link)
{
	vd_link_insert(link, head->prev);
}

static inline void vd_list_prepend(struct vd_link *head, struct vd_link *link)
{
	vd_link_insert(link, head);
}

/* No harm if it is in none. */
static inline void vd_link_remove(struct vd_link *link)
{
	if (!link->next)
		return;

	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->prev = NULL;
	link->next = NULL;
}

#endif
