/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A service manager that keeps descriptors, as systemd does: it gets them by
 * sd_notify(3), and passes them on when the service is started again.
 */

#ifndef TESTS_FAKE_MANAGER_H
#define TESTS_FAKE_MANAGER_H

#include <stddef.h>
#include <sys/types.h>

struct manager;

/* Listen for a service at a socket of its own; start it for the first time. */
struct manager *manager_new(const char *program, const char *const *args);

/* The same with several sockets, by their names, which end with NULL; it is not
 * started. */
struct manager *manager_new_for(const char *program, const char *const *args,
				const char *const *names);

/* Other options from the next start on. */
void manager_set_args(struct manager *manager, const char *const *args);

/* End it with a signal, and collect what it had to say; returns its status. */
int manager_end_service(struct manager *manager, int signal);

/* Start it again, with all that was kept. */
void manager_start_service(struct manager *manager);

/* How often a test is to end it: so often, or as the environment's ENDS says. */
unsigned int manager_n_ends(unsigned int usual);

/* The service's first socket, and another one. */
const char *manager_path(const struct manager *manager);
const char *manager_path_of(const struct manager *manager, size_t which);

/* A directory for what the service makes, which has to be gone in the end. */
const char *manager_dir(const struct manager *manager);

/* How many messages have come from the service. */
size_t manager_count_messages(struct manager *manager);

/* Read no message from now on; and read all that have come meanwhile. */
void manager_pause(struct manager *manager);
void manager_go_on(struct manager *manager);

/* The same as the former, and nobody else can send one, either. */
void manager_clog(struct manager *manager);

/* A duplicate of what is kept under a name, or -1. */
int manager_find(struct manager *manager, const char *name);

/* How many descriptors are kept; wait until there are none. */
size_t manager_count(struct manager *manager);
void manager_wait_empty(struct manager *manager);

/* End the service by SIGTERM, and everything else. */
void manager_free(struct manager *manager);

#endif
