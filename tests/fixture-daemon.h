/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A real daemon, started for a test, and a front-end that talks to it.
 */

#ifndef TESTS_FIXTURE_DAEMON_H
#define TESTS_FIXTURE_DAEMON_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"

/* Where the guest memory of a test lies, and how much there is. */
#define GUEST_GPA 0x100000
#define GUEST_SIZE (4U << 20)

/**
 * struct fixture - a daemon at work
 * @pid:  of the daemon
 * @fds:  its descriptors, which nobody but root can open later
 * @dir:  holds its sockets
 * @path: of the first guest's socket, and of the second one
 * @name: what was started
 * @args: and how
 */
struct fixture {
	pid_t pid;
	DIR *fds;
	const char *name;
	const char *const *args;
	char dir[64];
	char path[2][96];
};

/*
 * Start a daemon, "rng" say, for two guests; @args is NULL-terminated, and has to
 * stay if the daemon is to be restarted.
 */
void fixture_start(struct fixture *fixture, const char *name,
		   const char *const *args);

/* The same in two steps, for a daemon that needs other arguments. */
void fixture_init(struct fixture *fixture);
void fixture_run(struct fixture *fixture, const char *name,
		 const char *const *args);

/*
 * A socket daemon for the guest 3 at the second path, with an option that is
 * about the daemon; it cannot be restarted.  @uds receives where programs of the
 * host find the guest.
 */
#define FIXTURE_UDS_SIZE 96
void fixture_run_vsock(struct fixture *fixture, const char *option,
		       char uds[FIXTURE_UDS_SIZE]);

/* Wait until the daemon listens for the front-end of a guest, 0 or 1. */
void fixture_wait_listening(const struct fixture *fixture, int which);

/* Have it end; fails unless it does so with status 0, leaving nothing but sound. */
void fixture_stop(struct fixture *fixture);

/* End it with SIGKILL, whatever it is doing, and start it again. */
void fixture_kill(struct fixture *fixture);
void fixture_restart(struct fixture *fixture);

/* How many descriptors it has open. */
size_t fixture_count_fds(const struct fixture *fixture);

/* Wait until it has so many. */
void fixture_wait_fds(const struct fixture *fixture, size_t n);

/* How much memory of its own it takes, in KiB. */
size_t fixture_memory(const struct fixture *fixture);

/* Is it still there? */
bool fixture_is_alive(const struct fixture *fixture);

/* Become a program, with its path first; traced, if the environment says so. */
void execute_program(char *const *argv);

/* Run a program of the build tree to its end; returns its exit status. */
int run_program(const char *name, const char *const *args, char *output,
		size_t size);

/**
 * struct guest - a guest that a test plays
 * @memory:   its memory
 * @frontend: its VMM
 * @buf:      a buffer in the memory
 * @gpa:      and its address
 */
struct guest {
	struct vhu_guest_memory *memory;
	struct vhu_frontend *frontend;
	uint8_t *buf;
	uint64_t gpa;
};

/* Connect, and negotiate everything; no queue is started. */
void guest_connect(struct guest *guest, const char *path);

/* And start queue 0 with 64 entries. */
void guest_boot(struct guest *guest, const char *path);

void guest_free(struct guest *guest);

/* Ask for @len random bytes in queue 0; returns how many came, or -errno. */
int guest_read(struct guest *guest, uint32_t len);

/* Make @chain available; it has to come back empty, with an error signalled. */
void guest_expect_refusal(struct guest *guest,
			  const struct vhu_driver_chain *chain);

/* Wait until the daemon has closed the connection. */
void guest_wait_hangup(struct guest *guest);

#endif
