/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Sends messages over sockets of type SOCK_SEQPACKET, and has them sent back:
 *
 *   messages echo ADDRESS              send back what comes, until its end
 *   messages check ADDRESS LENGTH...   send messages of these lengths, and see
 *                                      that they come back as they were
 *   messages records ADDRESS LENGTH... the same, and each is the end of a record
 *                                      (MSG_EOR), of which AF_UNIX does not tell
 *
 * An ADDRESS is one of
 *
 *   vsock-listen:PORT   a listener, for one connection
 *   vsock:CID:PORT
 *   unix-listen:PATH    likewise
 *   unix:PATH:PORT      the socket of a vhost-device-vsock that leads to the
 *                       guest's port
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Of some kernels, it needs <sys/socket.h> before it. */
#include <linux/vm_sockets.h>

#define MAX_LENGTH (1U << 20)

static char sent[MAX_LENGTH];
static char received[MAX_LENGTH + 1];

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "messages: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void fail(const char *what, size_t length)
{
	fprintf(stderr, "messages: %s (%zu bytes)\n", what, length);
	exit(1);
}

static int open_socket(int family)
{
	int fd = socket(family, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");

	return fd;
}

static int accept_one(int family, const void *addr, socklen_t len)
{
	int listener = open_socket(family);
	int fd;

	if (bind(listener, addr, len) < 0 || listen(listener, 1) < 0)
		die("cannot listen");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("cannot accept a connection");
	close(listener);

	return fd;
}

static int connect_one(int family, const void *addr, socklen_t len)
{
	int fd = open_socket(family);

	if (connect(fd, addr, len) < 0)
		die("cannot connect");

	return fd;
}

static void unix_address(struct sockaddr_un *addr, const char *path, size_t len)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (len >= sizeof(addr->sun_path))
		fail("the path is too long", len);
	memcpy(addr->sun_path, path, len);
}

/* The line is a message of its own, and so is its answer. */
static int connect_to_guest(const char *path, const char *port)
{
	struct sockaddr_un addr;
	char line[32];
	int fd, n;

	unix_address(&addr, path, (size_t)(port - path));
	fd = connect_one(AF_UNIX, &addr, sizeof(addr));
	n = snprintf(line, sizeof(line), "CONNECT %s\n", port + 1);
	if (send(fd, line, (size_t)n, 0) != n)
		die("cannot ask for a connection");
	if (recv(fd, line, sizeof(line), 0) < 3 || memcmp(line, "OK ", 3) != 0)
		fail("the guest does not accept a connection", 0);

	return fd;
}

static bool takes(const char **address, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*address, prefix, len) != 0)
		return false;
	*address += len;

	return true;
}

static int open_vsock(const char *address, bool listens)
{
	const char *port = listens ? address : strchr(address, ':');
	struct sockaddr_vm addr = { .svm_family = AF_VSOCK };

	if (!port)
		fail("CID:PORT is needed", 0);
	addr.svm_cid = listens ? VMADDR_CID_ANY
			       : (unsigned int)strtoul(address, NULL, 10);
	addr.svm_port = (unsigned int)strtoul(port + !listens, NULL, 10);

	return listens ? accept_one(AF_VSOCK, &addr, sizeof(addr))
		       : connect_one(AF_VSOCK, &addr, sizeof(addr));
}

static int open_address(const char *address)
{
	struct sockaddr_un addr;

	if (takes(&address, "vsock-listen:"))
		return open_vsock(address, true);
	if (takes(&address, "vsock:"))
		return open_vsock(address, false);
	if (takes(&address, "unix-listen:")) {
		unix_address(&addr, address, strlen(address));
		return accept_one(AF_UNIX, &addr, sizeof(addr));
	}
	if (takes(&address, "unix:") && strrchr(address, ':'))
		return connect_to_guest(address, strrchr(address, ':'));

	fail("that is no address", 0);
}

static void send_message(int fd, const char *message, size_t length, int eor)
{
	if (send(fd, message, length, MSG_NOSIGNAL | eor) != (ssize_t)length)
		die("cannot send a message");
}

/* *@eor is MSG_EOR at the end of a record, and 0 within. */
static size_t receive_message(int fd, int *eor)
{
	struct iovec iov = { received, sizeof(received) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &message, 0);

	if (n < 0)
		die("cannot receive a message");
	*eor = message.msg_flags & MSG_EOR;

	return (size_t)n;
}

static void echo(int fd)
{
	size_t length;
	int eor;

	while ((length = receive_message(fd, &eor)) > 0)
		send_message(fd, received, length, eor);
}

/* Different in each message, and at each place of it. */
static void fill(size_t length)
{
	for (size_t i = 0; i < length; i++)
		sent[i] = (char)(length + i * 7 + i / 251);
}

static void check(int fd, size_t length, int eor)
{
	int eor_back;

	fill(length);
	send_message(fd, sent, length, eor);
	if (receive_message(fd, &eor_back) != length)
		fail("a message came back with another length", length);
	if (eor_back != eor)
		fail("the end of a record got lost", length);
	if (memcmp(sent, received, length) != 0)
		fail("a message came back changed", length);
}

int main(int argc, char **argv)
{
	bool echoes = argc == 3 && strcmp(argv[1], "echo") == 0;
	bool checks = argc > 3 && strcmp(argv[1], "check") == 0;
	bool records = argc > 3 && strcmp(argv[1], "records") == 0;
	int fd;

	if (!echoes && !checks && !records) {
		fprintf(stderr, "usage: messages echo ADDRESS\n"
				"       messages check ADDRESS LENGTH...\n"
				"       messages records ADDRESS LENGTH...\n");
		return 2;
	}

	fd = open_address(argv[2]);
	if (echoes)
		echo(fd);
	for (int i = 3; i < argc; i++) {
		size_t length = strtoul(argv[i], NULL, 10);

		if (length < 1 || length > MAX_LENGTH)
			fail("no such length", length);
		check(fd, length, records ? MSG_EOR : 0);
	}
	if (!echoes)
		printf("messages: %d came back as they were\n", argc - 3);
	close(fd);

	return 0;
}
