/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-store.h"

void fake_store_init(struct fake_store *store)
{
	*store = (struct fake_store){ 0 };
	pthread_mutex_init(&store->lock, NULL);
}

/* systemd keeps a file once, under the name that it had first. */
static bool is_kept(struct fake_store *store, int fd)
{
	pid_t self = getpid();

	for (size_t i = 0; i < store->n; i++) {
		if (syscall(SYS_kcmp, self, self, KCMP_FILE, store->kept[i].fd,
			    fd) == 0)
			return true;
	}

	return false;
}

static void keep(struct fake_store *store, const char *name, int fd)
{
	struct fake_store_entry *entry = &store->kept[store->n];

	if (is_kept(store, fd) || store->n == FAKE_STORE_MAX) {
		close(fd);
		return;
	}

	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->fd = fd;
	store->n++;
}

static void drop(struct fake_store *store, const char *name)
{
	for (size_t i = 0; i < store->n;) {
		if (strcmp(store->kept[i].name, name) != 0) {
			i++;
			continue;
		}
		close(store->kept[i].fd);
		store->kept[i] = store->kept[--store->n];
	}
}

void fake_store_take(struct fake_store *store, const char *text, int fd)
{
	const char *name = strstr(text, "FDNAME=");
	char copy[64] = "";

	if (name)
		sscanf(name, "FDNAME=%63s", copy);

	pthread_mutex_lock(&store->lock);
	store->n_messages++;
	if (!strncmp(text, "FDSTOREREMOVE=1", 15))
		drop(store, copy);
	else if (!strncmp(text, "FDSTORE=1", 9) && fd >= 0)
		keep(store, copy, fd);
	pthread_mutex_unlock(&store->lock);
}

size_t fake_store_count(struct fake_store *store)
{
	size_t n;

	pthread_mutex_lock(&store->lock);
	n = store->n;
	pthread_mutex_unlock(&store->lock);

	return n;
}

size_t fake_store_count_messages(struct fake_store *store)
{
	size_t n;

	pthread_mutex_lock(&store->lock);
	n = store->n_messages;
	pthread_mutex_unlock(&store->lock);

	return n;
}

int fake_store_find(struct fake_store *store, const char *name)
{
	int fd = -1;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; fd < 0 && i < store->n; i++) {
		if (!strcmp(store->kept[i].name, name))
			fd = fcntl(store->kept[i].fd, F_DUPFD_CLOEXEC,
				   FAKE_STORE_HIGH_FD);
	}
	pthread_mutex_unlock(&store->lock);

	return fd;
}

void fake_store_fini(struct fake_store *store)
{
	for (size_t i = 0; i < store->n; i++)
		close(store->kept[i].fd);
}
