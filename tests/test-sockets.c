/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sockets: whose files are replaced and removed, and which descriptors do.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemons/log.h"
#include "daemons/sockets.h"

static char dir[] = "/tmp/test-sockets.XXXXXX";
static char path[sizeof(dir) + 8];
static struct socket_file file;

/* What is said is the business of people, see the tests of the log. */
static void make_dir(void)
{
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	file = (struct socket_file){ .fd = -1 };
	log_set_level(LOG_LEVEL_ERROR);
}

static void remove_dir(void)
{
	socket_file_fini(&file);
	unlink(path);
	cr_expect_eq(rmdir(dir), 0, "something was left behind");
}

TestSuite(sockets, .init = make_dir, .fini = remove_dir);

static int connect_to(const char *to)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	memcpy(address.sun_path, to, strlen(to));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -errno;
	}

	return fd;
}

static bool exists(const char *name)
{
	return access(name, F_OK) == 0;
}

/* A socket file of the kind that a killed program leaves behind. */
static void leave_socket(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	memcpy(address.sun_path, path, strlen(path));
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

Test(sockets, can_be_connected_to)
{
	int fd;

	cr_assert_eq(socket_file_init(&file, path), 0);
	fd = connect_to(path);
	cr_assert(fd >= 0);
	close(fd);
}

Test(sockets, have_the_mode_that_the_umask_leaves)
{
	struct stat st;

	umask(027);
	cr_assert_eq(socket_file_init(&file, path), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0750);
}

Test(sockets, are_gone_when_we_go)
{
	cr_assert_eq(socket_file_init(&file, path), 0);
	socket_file_fini(&file);
	cr_assert_not(exists(path));
}

Test(sockets, are_removed_even_if_another_has_taken_the_descriptor)
{
	cr_assert_eq(socket_file_init(&file, path), 0);
	close(file.fd);
	file.fd = -1;
	socket_file_fini(&file);
	cr_assert_not(exists(path));
}

Test(sockets, replace_one_that_nobody_listens_at)
{
	int fd;

	leave_socket(SOCK_STREAM);
	cr_assert_eq(socket_file_init(&file, path), 0);
	fd = connect_to(path);
	cr_assert(fd >= 0);
	close(fd);
}

Test(sockets, leave_one_alone_that_somebody_listens_at)
{
	struct socket_file second = { .fd = -1 };
	int fd;

	cr_assert_eq(socket_file_init(&file, path), 0);
	cr_assert_eq(socket_file_init(&second, path), -EADDRINUSE);
	socket_file_fini(&second);
	fd = connect_to(path);
	cr_assert(fd >= 0, "the first one does not work any more");
	close(fd);
}

/* One of several that begin when there is a byte for them; messages go into @log. */
static pid_t compete(int gate, int log)
{
	pid_t pid = fork();
	char byte;

	cr_assert(pid >= 0);
	if (pid == 0) {
		dup2(log, STDERR_FILENO);
		(void)!read(gate, &byte, 1);
		_exit(socket_file_init(&file, path) < 0);
	}

	return pid;
}

static size_t count_lines(int fd)
{
	size_t n = 0;
	char byte;

	while (read(fd, &byte, 1) == 1)
		n += byte == '\n';

	return n;
}

#define N_COMPETITORS 8
#define N_ROUNDS 50

/* Wherever it is that they find out. */
Test(sockets, are_refused_with_a_message_to_who_comes_at_the_same_time)
{
	for (int i = 0; i < N_ROUNDS; i++) {
		int gate[2], log[2], status;
		size_t n_refused = 0;

		cr_assert_eq(pipe2(gate, O_CLOEXEC), 0);
		cr_assert_eq(pipe2(log, O_CLOEXEC), 0);
		for (int k = 0; k < N_COMPETITORS; k++)
			(void)compete(gate[0], log[1]);
		close(log[1]);
		close(gate[0]);
		cr_assert_eq(write(gate[1], "12345678", N_COMPETITORS),
			     N_COMPETITORS);
		while (wait(&status) > 0)
			n_refused += WEXITSTATUS(status);
		cr_assert_eq(count_lines(log[0]), n_refused);
		close(log[0]);
		close(gate[1]);
		unlink(path);
	}
}

Test(sockets, leave_a_file_of_another_kind_alone)
{
	FILE *out = fopen(path, "w");

	cr_assert_not_null(out);
	fputs("precious", out);
	fclose(out);

	cr_assert_eq(socket_file_init(&file, path), -EEXIST);
	cr_assert(exists(path));
}

Test(sockets, do_not_follow_a_link_to_see_what_it_is)
{
	cr_assert_eq(symlink("/dev/null", path), 0);
	cr_assert_eq(socket_file_init(&file, path), -EEXIST);
	cr_assert_eq(unlink(path), 0);
}

Test(sockets, leave_a_file_alone_that_has_taken_their_place)
{
	cr_assert_eq(socket_file_init(&file, path), 0);
	cr_assert_eq(unlink(path), 0);
	leave_socket(SOCK_STREAM);
	socket_file_fini(&file);
	cr_assert(exists(path));
}

Test(sockets, need_a_directory)
{
	char deep[sizeof(path) + 8];

	snprintf(deep, sizeof(deep), "%s/not/there", dir);
	cr_assert_eq(socket_file_init(&file, deep), -ENOENT);
}

Test(sockets, need_a_path_that_fits)
{
	char deep[200];

	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	cr_assert_eq(socket_file_init(&file, deep), -ENAMETOOLONG);
}

Test(sockets, are_adopted_if_they_listen)
{
	char *name;

	cr_assert_eq(socket_file_init(&file, path), 0);
	cr_assert_eq(fcntl(file.fd, F_SETFL, 0), 0);
	cr_assert_eq(fcntl(file.fd, F_SETFD, 0), 0);

	cr_assert_eq(socket_adopt(file.fd, "test"), 1);
	cr_assert(fcntl(file.fd, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
	name = socket_describe(file.fd);
	cr_assert_str_eq(name, path);
	free(name);
}

Test(sockets, are_adopted_if_they_are_connected)
{
	char expected[16];
	char *name;
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	cr_assert_eq(socket_adopt(fds[0], "test"), 0);
	name = socket_describe(fds[0]);
	snprintf(expected, sizeof(expected), "fd %d", fds[0]);
	cr_assert_str_eq(name, expected);
	free(name);
	close(fds[0]);
	close(fds[1]);
}

static int adopt_and_close(int fd)
{
	int r;

	cr_assert(fd >= 0);
	r = socket_adopt(fd, "test");
	close(fd);

	return r;
}

Test(sockets, are_not_adopted_if_they_are_something_else)
{
	cr_assert_eq(socket_adopt(12345, "test"), -EBADF);
	cr_assert_eq(adopt_and_close(open("/dev/null", O_RDONLY)), -ENOTSOCK);
	cr_assert_eq(adopt_and_close(socket(AF_UNIX, SOCK_DGRAM, 0)),
		     -EPROTOTYPE);
	cr_assert_eq(adopt_and_close(socket(AF_INET, SOCK_STREAM, 0)),
		     -EPROTOTYPE);
	cr_assert_eq(adopt_and_close(socket(AF_UNIX, SOCK_STREAM, 0)),
		     -ENOTCONN);
}
