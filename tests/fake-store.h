/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The descriptors that a service manager keeps for a service.
 */

#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include <pthread.h>
#include <stddef.h>

#define FAKE_STORE_MAX 128

/* Below this there are the descriptors that a service is given. */
#define FAKE_STORE_HIGH_FD 300

/**
 * struct fake_store_entry - a descriptor
 * @name: as the service calls it
 * @fd:   ours
 */
struct fake_store_entry {
	char name[64];
	int fd;
};

/**
 * struct fake_store - the store
 * @lock:       for what follows
 * @kept:       by the service's wish
 * @n:          how many
 * @n_messages: how many messages have come
 */
struct fake_store {
	pthread_mutex_t lock;
	struct fake_store_entry kept[FAKE_STORE_MAX];
	size_t n;
	size_t n_messages;
};

void fake_store_init(struct fake_store *store);

/* A message of the service; @fd came with it and is the store's now, or is -1. */
void fake_store_take(struct fake_store *store, const char *text, int fd);

/* How much is kept, and how many messages have come. */
size_t fake_store_count(struct fake_store *store);
size_t fake_store_count_messages(struct fake_store *store);

/* A duplicate of what is kept under a name, or -1. */
int fake_store_find(struct fake_store *store, const char *name);

void fake_store_fini(struct fake_store *store);

#endif
