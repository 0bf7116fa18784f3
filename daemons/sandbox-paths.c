/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Landlock, by its system calls: the C library has no functions for them.
 */

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemons/sandbox.h"
#include "virtio-devices/util.h"

/* Those of Landlock's first version; each later one adds the next. */
#define FS_FIRST ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_TCP 3ULL
#define SCOPE_ALL 3ULL

/**
 * struct rules - struct landlock_ruleset_attr, as of its version 6
 * @fs:     what is forbidden that has to do with files
 * @net:    likewise, networks
 * @scoped: likewise, processes outside
 *
 * The header may be older than the kernel, which looks only at what is not 0.
 */
struct rules {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* It is done: nothing can be added any more. */
static bool sealed;

/* There are files of somebody else. */
static bool foreign;

/* What is forbidden, or -1 if nobody has asked yet, or it cannot be. */
static int rules_fd = -1;

static int abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
			    LANDLOCK_CREATE_RULESET_VERSION);
}

static size_t rules_size(int version)
{
	if (version >= 6)
		return sizeof(struct rules);

	return version >= 4 ? offsetof(struct rules, scoped)
			    : offsetof(struct rules, net);
}

static int rules_open(void)
{
	int version = abi();
	const struct rules rules = {
		.fs = FS_FIRST | (version >= 2 ? FS_REFER : 0) |
		      (version >= 3 ? FS_TRUNCATE : 0) |
		      (version >= 5 ? FS_IOCTL_DEV : 0),
		.net = version >= 4 ? NET_TCP : 0,
		.scoped = version >= 6 ? SCOPE_ALL : 0,
	};

	if (version < 1)
		return -1;
	if (rules_fd < 0)
		rules_fd = (int)syscall(SYS_landlock_create_ruleset, &rules,
					rules_size(version), 0);

	return rules_fd;
}

static int open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	int fd;

	if (!slash)
		return open(".", O_PATH | O_CLOEXEC);
	if (slash == path)
		return open("/", O_PATH | O_CLOEXEC);

	directory = strndup(path, (size_t)(slash - path));
	if (!directory)
		return -1;
	fd = open(directory, O_PATH | O_CLOEXEC);
	free(directory);

	return fd;
}

/* Do this with @fd, which is closed, and with anything below a directory. */
static void keep_fd(int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = fd,
	};

	if (rules_open() >= 0)
		(void)syscall(SYS_landlock_add_rule, rules_fd,
			      LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(fd);
}

/* Do this with anything in the directory that @path is in. */
static void keep(const char *path, uint64_t access)
{
	int fd = open_directory(path);
	struct stat st;

	if (fd < 0)
		return;

	if (fstat(fd, &st) == 0 && st.st_uid != geteuid())
		foreign = true;
	keep_fd(fd, access);
}

void sandbox_keep_file(const char *path)
{
	if (!sealed)
		keep(path, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

void sandbox_keep_config(const char *path)
{
	keep(path, LANDLOCK_ACCESS_FS_READ_FILE);
	keep("/",
	     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

void sandbox_keep_input(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;

	keep_fd(fd, fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)
			    ? LANDLOCK_ACCESS_FS_READ_FILE |
				      LANDLOCK_ACCESS_FS_READ_DIR
			    : LANDLOCK_ACCESS_FS_READ_FILE);
}

void sandbox_keep_output(const char *path)
{
	keep(path, LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_WRITE_FILE |
			   (abi() >= 3 ? FS_TRUNCATE : 0));
}

void sandbox_keep_override(void)
{
	foreign = true;
}

bool sandbox_needs_override(void)
{
	return foreign;
}

bool sandbox_seal_paths(void)
{
	bool done;

	sealed = true;
	if (rules_open() < 0)
		return false;

	done = syscall(SYS_landlock_restrict_self, rules_fd, 0) == 0;
	close(rules_fd);
	rules_fd = -1;

	return done;
}
