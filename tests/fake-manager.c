/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake-manager.h"
#include "fake-store.h"
#include "fixture-daemon.h"

#define MAX_SOCKETS 4
#define MAX_ARGS 16
#define PATIENCE_MSEC 20000

/**
 * struct passed - a socket that the service is given
 * @name: what the service calls it
 * @path: what front-ends do
 * @fd:   listens
 */
struct passed {
	const char *name;
	char path[100];
	int fd;
};

/**
 * struct manager - the manager
 * @program:  the service
 * @args:     its options
 * @dir:      where the sockets are
 * @notify_path: ours
 * @sockets:  the service's
 * @n_sockets: how many
 * @notify:   ours
 * @pid:      of the service, or 0
 * @thread:   reads from @notify
 * @store:    what it keeps
 * @lock:     for what follows
 * @n_syncs:  messages of our own that have come through
 * @paused:   the thread reads nothing
 * @resumed:  it is to go on
 * @ending:   the thread is to end
 */
struct manager {
	const char *program;
	const char *const *args;
	char dir[64];
	char notify_path[100];
	struct passed sockets[MAX_SOCKETS];
	size_t n_sockets;
	int notify;
	pid_t pid;
	pthread_t thread;
	struct fake_store store;
	pthread_mutex_t lock;
	unsigned int n_syncs;
	bool paused;
	pthread_cond_t resumed;
	bool ending;
};

static void pause_briefly(void)
{
	const struct timespec ts = { .tv_nsec = 2000000 };

	nanosleep(&ts, NULL);
}

static void address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strncpy(ret->sun_path, path, sizeof(ret->sun_path) - 1);
}

static int bind_at(const char *path, int type)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	address_of(path, &address);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);

	return fd;
}

static void take_message(struct manager *manager, const char *text, int fd)
{
	bool ours = !strncmp(text, "SYNC", 4);

	if (!ours)
		fake_store_take(&manager->store, text, fd);

	pthread_mutex_lock(&manager->lock);
	manager->n_syncs += ours;
	while (manager->paused)
		pthread_cond_wait(&manager->resumed, &manager->lock);
	pthread_mutex_unlock(&manager->lock);
}

static bool receive(struct manager *manager)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	char text[512] = "";
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	int fd = -1;

	if (recvmsg(manager->notify, &msg, MSG_CMSG_CLOEXEC) < 0)
		return false;

	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS) {
		int low;

		memcpy(&low, CMSG_DATA(cmsg), sizeof(low));
		fd = fcntl(low, F_DUPFD_CLOEXEC, FAKE_STORE_HIGH_FD);
		close(low);
	}
	take_message(manager, text, fd);

	return !manager->ending;
}

static void *run(void *context)
{
	while (receive(context))
		;

	return NULL;
}

/* All that was said before has been heard afterwards. */
static void sync_up(struct manager *manager)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int before = manager->n_syncs;
	struct sockaddr_un address;

	address_of(manager->notify_path, &address);
	cr_assert_eq(sendto(fd, "SYNC", 4, 0, (struct sockaddr *)&address,
			    sizeof(address)),
		     4);
	close(fd);

	for (;;) {
		bool done;

		pthread_mutex_lock(&manager->lock);
		done = manager->n_syncs != before;
		pthread_mutex_unlock(&manager->lock);
		if (done)
			return;
		pause_briefly();
	}
}

static void pass(int from, int to)
{
	int fd = fcntl(from, F_DUPFD, FAKE_STORE_HIGH_FD);

	if (fd < 0 || dup2(fd, to) < 0)
		_exit(126);
	close(fd);
}

/* Returns how many there are; the caller frees their names. */
static int pass_all(const struct manager *manager, char **names)
{
	size_t len;
	FILE *list = open_memstream(names, &len);
	int fd = 3;

	for (size_t i = 0; i < manager->n_sockets; i++) {
		fprintf(list, "%s%s", i ? ":" : "", manager->sockets[i].name);
		pass(manager->sockets[i].fd, fd++);
	}
	for (size_t i = 0; i < manager->store.n; i++) {
		fprintf(list, ":%s", manager->store.kept[i].name);
		pass(manager->store.kept[i].fd, fd++);
	}
	fclose(list);

	return fd - 3;
}

static void become_service(struct manager *manager)
{
	char *names = NULL, number[16];
	const char *dir = getenv("builddir");
	char path[256];
	char *argv[MAX_ARGS] = { path };
	int n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	n = pass_all(manager, &names);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%d", n);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", manager->notify_path, 1);
	setenv("FDSTORE", "128", 1);

	snprintf(path, sizeof(path), "%s/daemons/%s", dir ? dir : ".",
		 manager->program);
	for (size_t i = 0; i + 2 < MAX_ARGS && manager->args[i]; i++)
		argv[i + 1] = (char *)(uintptr_t)manager->args[i];
	execute_program(argv);
	_exit(127);
}

void manager_start_service(struct manager *manager)
{
	manager->pid = fork();
	cr_assert(manager->pid >= 0);
	if (manager->pid == 0)
		become_service(manager);
}

int manager_end_service(struct manager *manager, int signal)
{
	int status;

	cr_assert_eq(kill(manager->pid, signal), 0);
	cr_assert_eq(waitpid(manager->pid, &status, 0), manager->pid);
	manager->pid = 0;
	manager_go_on(manager);
	sync_up(manager);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void listen_for_all(struct manager *manager, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		struct passed *passed = &manager->sockets[i];

		cr_assert(i < MAX_SOCKETS);
		passed->name = names[i];
		snprintf(passed->path, sizeof(passed->path), "%s/service%zu",
			 manager->dir, i);
		passed->fd = bind_at(passed->path, SOCK_STREAM);
		cr_assert_eq(listen(passed->fd, 8), 0);
		manager->n_sockets++;
	}
}

struct manager *manager_new_for(const char *program, const char *const *args,
				const char *const *names)
{
	struct manager *manager = calloc(1, sizeof(*manager));

	cr_assert(manager);
	manager->program = program;
	manager->args = args;
	fake_store_init(&manager->store);
	pthread_mutex_init(&manager->lock, NULL);
	pthread_cond_init(&manager->resumed, NULL);
	snprintf(manager->dir, sizeof(manager->dir), "/tmp/vhd.XXXXXX");
	cr_assert(mkdtemp(manager->dir));
	snprintf(manager->notify_path, sizeof(manager->notify_path),
		 "%s/notify", manager->dir);
	listen_for_all(manager, names);
	manager->notify = bind_at(manager->notify_path, SOCK_DGRAM);
	cr_assert_eq(pthread_create(&manager->thread, NULL, run, manager), 0);

	return manager;
}

struct manager *manager_new(const char *program, const char *const *args)
{
	static const char *const names[] = { "vhost-user", NULL };
	struct manager *manager = manager_new_for(program, args, names);

	manager_start_service(manager);

	return manager;
}

void manager_set_args(struct manager *manager, const char *const *args)
{
	manager->args = args;
}

const char *manager_path(const struct manager *manager)
{
	return manager_path_of(manager, 0);
}

const char *manager_path_of(const struct manager *manager, size_t which)
{
	cr_assert(which < manager->n_sockets);

	return manager->sockets[which].path;
}

const char *manager_dir(const struct manager *manager)
{
	return manager->dir;
}

size_t manager_count_messages(struct manager *manager)
{
	sync_up(manager);

	return fake_store_count_messages(&manager->store);
}

void manager_pause(struct manager *manager)
{
	pthread_mutex_lock(&manager->lock);
	manager->paused = true;
	pthread_mutex_unlock(&manager->lock);
	/* One message more, to see that. */
	sync_up(manager);
}

/* Each socket can have so many messages under way; so can the receiver. */
static size_t send_many(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	size_t n = 0;

	while (sendto(fd, "X", 1, 0, (const struct sockaddr *)address,
		      sizeof(*address)) == 1)
		n++;
	close(fd);

	return n;
}

void manager_clog(struct manager *manager)
{
	struct sockaddr_un address;

	manager_pause(manager);
	address_of(manager->notify_path, &address);
	while (send_many(&address) > 0)
		;
}

void manager_go_on(struct manager *manager)
{
	pthread_mutex_lock(&manager->lock);
	manager->paused = false;
	pthread_cond_signal(&manager->resumed);
	pthread_mutex_unlock(&manager->lock);
}

int manager_find(struct manager *manager, const char *name)
{
	sync_up(manager);

	return fake_store_find(&manager->store, name);
}

size_t manager_count(struct manager *manager)
{
	sync_up(manager);

	return fake_store_count(&manager->store);
}

unsigned int manager_n_ends(unsigned int usual)
{
	const char *text = getenv("ENDS");

	return text ? (unsigned int)strtoul(text, NULL, 10) : usual;
}

void manager_wait_empty(struct manager *manager)
{
	for (int i = 0; manager_count(manager) > 0; i++) {
		cr_assert(i < PATIENCE_MSEC / 2, "%zu descriptors are kept",
			  manager_count(manager));
		pause_briefly();
	}
}

void manager_free(struct manager *manager)
{
	cr_assert_eq(manager_end_service(manager, SIGTERM), 0);
	manager->ending = true;
	sync_up(manager);
	pthread_join(manager->thread, NULL);
	fake_store_fini(&manager->store);
	for (size_t i = 0; i < manager->n_sockets; i++) {
		close(manager->sockets[i].fd);
		unlink(manager->sockets[i].path);
	}
	close(manager->notify);
	unlink(manager->notify_path);
	cr_assert_eq(rmdir(manager->dir), 0);
	free(manager);
}
