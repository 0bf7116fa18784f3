/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sockets that front-ends connect to: made here, or inherited.
 */

#ifndef DAEMONS_SOCKETS_H
#define DAEMONS_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct socket_file - a listening socket in the file system
 * @path:  where; owned
 * @fd:    the socket, or -1 once somebody else has taken it
 * @dev:   device and
 * @inode: inode of the file that we made
 */
struct socket_file {
	char *path;
	int fd;
	dev_t dev;
	ino_t inode;
};

/**
 * socket_file_init() - listen at a path
 * @file: receives the socket
 * @path: the file; its mode follows the umask
 *
 * A socket file that nobody listens at any more is replaced.  Nothing else that
 * is in the way is touched.
 *
 * Return: 0, -EADDRINUSE if another program listens there, -EEXIST if the file
 *         is no socket, -ENAMETOOLONG, or what bind() fails with, -ENOENT if
 *         the directory is missing.  The reason has been logged.
 */
int socket_file_init(struct socket_file *file, const char *path);

/**
 * socket_file_listen() - likewise, for other programs than front-ends
 * @file:    receives the socket
 * @path:    the file
 * @type:    SOCK_STREAM or SOCK_SEQPACKET
 * @backlog: how many may wait to be accepted
 *
 * Return: as socket_file_init().
 */
int socket_file_listen(struct socket_file *file, const char *path, int type,
		       int backlog);

/**
 * socket_file_fini() - close the socket if it is still here, remove the file
 * @file: was initialised, or is all zeroes
 *
 * A file that somebody else has put in our file's place stays.  That can be told
 * for sure as long as the socket is open, here or elsewhere: until then, its
 * inode is not used again.
 */
void socket_file_fini(struct socket_file *file);

/**
 * socket_adopt() - make an inherited socket fit for a server
 * @fd:   the descriptor; becomes non-blocking and close-on-exec
 * @name: for messages
 *
 * It may be listening, or connected to a front-end.
 *
 * Return: 1 if it is listening, 0 if it is connected, -EBADF if it is not open,
 *         -ENOTSOCK if it is no socket, -EPROTOTYPE if not a stream of AF_UNIX,
 *         or -ENOTCONN.  The reason has been logged.
 */
int socket_adopt(int fd, const char *name);

/**
 * socket_describe() - what to call an inherited socket
 * @fd: the socket
 *
 * Return: its path, or "fd N" where it has none; the caller frees it.  NULL if
 *         there is no memory.
 */
char *socket_describe(int fd);

#endif
