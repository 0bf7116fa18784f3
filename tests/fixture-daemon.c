/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture-daemon.h"
#include "virtio-devices/util.h"
#include "virtio-devices/virtqueue.h"

#define MAX_ARGS 32

/* The tracer is not the parent, so that the daemon is still our child. */
#define TRACER "exec strace -D -f -qq -o \"$trace.$$\" \"$0\" \"$@\""

/* Sanitizers and a busy machine are slow; a test that hangs hangs for ever. */
#define PATIENCE_MSEC 20000

static void program_path(const char *name, char *path, size_t size)
{
	const char *dir = getenv("builddir");

	snprintf(path, size, "%s/daemons/%s", dir ? dir : ".", name);
}

/* Between two looks at a condition that nothing tells us about. */
static void pause_briefly(void)
{
	const struct timespec ts = { .tv_nsec = 2000000 };

	nanosleep(&ts, NULL);
}

/* Whoever sets this wants to know the system calls: check-sandbox.sh. */
void execute_program(char *const *argv)
{
	char *shell[MAX_ARGS + 3] = { (char *)(uintptr_t) "sh",
				      (char *)(uintptr_t) "-c",
				      (char *)(uintptr_t)TRACER };

	if (!getenv("trace")) {
		execv(argv[0], argv);
		return;
	}
	for (size_t i = 0; i < MAX_ARGS && argv[i]; i++)
		shell[3 + i] = argv[i];
	execvp(shell[0], shell);
}

/* The child waits until we have closed the pipe @gate; NULL: it does not. */
static pid_t spawn(const char *name, const char *const *args, int out,
		   const int *gate)
{
	char path[256];
	char *argv[MAX_ARGS] = { path };
	pid_t pid;
	char byte;

	program_path(name, path, sizeof(path));
	for (size_t i = 0; args[i]; i++) {
		cr_assert(i + 2 < MAX_ARGS);
		argv[i + 1] = (char *)(uintptr_t)args[i];
	}

	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		/* A test that fails must not leave it behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (out >= 0) {
			dup2(out, STDOUT_FILENO);
			dup2(out, STDERR_FILENO);
		}
		if (gate) {
			close(gate[1]);
			while (read(gate[0], &byte, 1) < 0)
				continue;
		}
		execute_program(argv);
		_exit(127);
	}

	return pid;
}

static int exit_status(pid_t pid)
{
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_program(const char *name, const char *const *args, char *output,
		size_t size)
{
	size_t len = 0;
	int fds[2];
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = spawn(name, args, fds[1], NULL);
	close(fds[1]);
	while (len + 1 < size &&
	       (n = read(fds[0], output + len, size - len - 1)) > 0)
		len += (size_t)n;
	output[len] = '\0';
	close(fds[0]);

	return exit_status(pid);
}

/* The file of a socket is there a moment before somebody listens to it. */
static bool is_listening(const char *path)
{
	struct vhu_frontend *frontend;

	if (vhu_frontend_connect(path, PATIENCE_MSEC, &frontend) < 0)
		return false;
	vhu_frontend_free(frontend);

	return true;
}

/*
 * A daemon in its sandbox does not let us look at its descriptors, unless we
 * have begun before.
 */
static void spawn_and_look(struct fixture *fixture, const char *program,
			   const char *const *args)
{
	char path[64];
	int gate[2];

	cr_assert_eq(pipe2(gate, O_CLOEXEC), 0);
	fixture->pid = spawn(program, args, -1, gate);
	snprintf(path, sizeof(path), "/proc/%d/fd", fixture->pid);
	fixture->fds = opendir(path);
	cr_assert(fixture->fds);
	close(gate[0]);
	close(gate[1]);
}

void fixture_init(struct fixture *fixture)
{
	snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/vhd.XXXXXX");
	cr_assert(mkdtemp(fixture->dir));
	for (int i = 0; i < 2; i++)
		snprintf(fixture->path[i], sizeof(fixture->path[i]), "%s/s%d",
			 fixture->dir, i);
}

void fixture_run_vsock(struct fixture *fixture, const char *option,
		       char uds[FIXTURE_UDS_SIZE])
{
	const char *const args[] = { "--log-level=error",
				     option,
				     "--guest-cid=3",
				     "--socket",
				     fixture->path[1],
				     "--uds-path",
				     uds,
				     NULL };

	snprintf(uds, FIXTURE_UDS_SIZE, "%s/v3", fixture->dir);
	fixture_run(fixture, "vsock", args);
}

void fixture_wait_listening(const struct fixture *fixture, int which)
{
	for (int i = 0; !is_listening(fixture->path[which]); i++) {
		cr_assert(fixture_is_alive(fixture), "the daemon has ended");
		cr_assert(i < PATIENCE_MSEC / 2, "the daemon does not listen");
		pause_briefly();
	}
}

void fixture_run(struct fixture *fixture, const char *name,
		 const char *const *args)
{
	char program[64];

	snprintf(program, sizeof(program), "vhost-device-%s", name);
	spawn_and_look(fixture, program, args);
	fixture_wait_listening(fixture, 1);
}

static void launch(struct fixture *fixture)
{
	const char *args[MAX_ARGS] = { "--socket-count=2", "--log-level=error",
				       "--socket-path" };
	char prefix[80];
	size_t n = 4;

	snprintf(prefix, sizeof(prefix), "%s/s", fixture->dir);
	args[3] = prefix;
	for (size_t i = 0; fixture->args && fixture->args[i]; i++)
		args[n++] = fixture->args[i];
	fixture_run(fixture, fixture->name, args);
}

void fixture_start(struct fixture *fixture, const char *name,
		   const char *const *extra)
{
	fixture->name = name;
	fixture->args = extra;
	fixture_init(fixture);
	launch(fixture);
}

void fixture_kill(struct fixture *fixture)
{
	cr_assert_eq(kill(fixture->pid, SIGKILL), 0);
	cr_assert_eq(exit_status(fixture->pid), 128 + SIGKILL);
	closedir(fixture->fds);
}

void fixture_restart(struct fixture *fixture)
{
	launch(fixture);
}

/* Those that it was given, and those that it made. */
static void remove_sound(const char *dir)
{
	char pattern[80];
	glob_t names;

	snprintf(pattern, sizeof(pattern), "%s/*.wav", dir);
	if (glob(pattern, 0, NULL, &names) != 0)
		return;
	for (size_t i = 0; i < names.gl_pathc; i++)
		unlink(names.gl_pathv[i]);
	globfree(&names);
}

void fixture_stop(struct fixture *fixture)
{
	cr_assert_eq(kill(fixture->pid, SIGTERM), 0);
	cr_assert_eq(exit_status(fixture->pid), 0);
	remove_sound(fixture->dir);
	cr_assert_eq(rmdir(fixture->dir), 0, "something was left behind");
	closedir(fixture->fds);
}

bool fixture_is_alive(const struct fixture *fixture)
{
	return waitpid(fixture->pid, NULL, WNOHANG) == 0;
}

size_t fixture_count_fds(const struct fixture *fixture)
{
	struct dirent *entry;
	size_t n = 0;

	rewinddir(fixture->fds);
	while ((entry = readdir(fixture->fds)))
		n += entry->d_name[0] != '.';
	cr_assert(n, "the daemon has ended");

	return n;
}

/* What it shares comes and goes as the kernel likes: files, guest memory. */
size_t fixture_memory(const struct fixture *fixture)
{
	unsigned long resident, shared;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", fixture->pid);
	file = fopen(path, "re");
	cr_assert(file, "the daemon has ended");
	cr_assert_eq(fscanf(file, "%*u %lu %lu", &resident, &shared), 2);
	fclose(file);

	return (resident - shared) * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

void fixture_wait_fds(const struct fixture *fixture, size_t n)
{
	for (int i = 0; fixture_count_fds(fixture) != n; i++) {
		cr_assert(i < PATIENCE_MSEC / 2,
			  "%zu descriptors are open, not %zu",
			  fixture_count_fds(fixture), n);
		pause_briefly();
	}
}

#define ALL_PROTOCOL_FEATURES \
	(VD_BIT(VHU_PROTOCOL_F_MQ) | VD_BIT(VHU_PROTOCOL_F_LOG_SHMFD) | \
	 VD_BIT(VHU_PROTOCOL_F_DEVICE_STATE) | \
	 VD_BIT(VHU_PROTOCOL_F_REPLY_ACK) | VD_BIT(VHU_PROTOCOL_F_CONFIG) | \
	 VD_BIT(VHU_PROTOCOL_F_INFLIGHT_SHMFD) | \
	 VD_BIT(VHU_PROTOCOL_F_RESET_DEVICE) | \
	 VD_BIT(VHU_PROTOCOL_F_CONFIGURE_MEM_SLOTS))

void guest_connect(struct guest *guest, const char *path)
{
	const struct vhu_guest_range range = { GUEST_GPA, GUEST_SIZE };

	*guest = (struct guest){ 0 };
	cr_assert_eq(vhu_guest_memory_new(&range, 1, &guest->memory), 0);
	guest->buf = vhu_guest_memory_alloc(guest->memory, 1U << 20, 4096,
					    &guest->gpa);
	cr_assert(guest->buf);
	cr_assert_eq(
		vhu_frontend_connect(path, PATIENCE_MSEC, &guest->frontend), 0);
	cr_assert_eq(
		vhu_frontend_negotiate(guest->frontend, ALL_PROTOCOL_FEATURES),
		0);
}

void guest_boot(struct guest *guest, const char *path)
{
	guest_connect(guest, path);
	cr_assert_eq(vhu_frontend_set_features(guest->frontend, ~0ULL), 0);
	cr_assert_eq(vhu_frontend_set_memory(guest->frontend, guest->memory),
		     0);
	cr_assert_eq(vhu_frontend_prepare_queue(guest->frontend, 0, 64), 0);
	cr_assert_eq(vhu_frontend_start_queue(guest->frontend, 0), 0);
}

void guest_free(struct guest *guest)
{
	vhu_frontend_free(guest->frontend);
	vhu_guest_memory_free(guest->memory);
}

int guest_read(struct guest *guest, uint32_t len)
{
	const struct vhu_driver_buffer buffer = { guest->gpa, len };
	const struct vhu_driver_chain chain = { .buffers = &buffer,
						.n_writable = 1 };
	struct vhu_driver_used used;
	int r;

	r = vhu_frontend_exchange(guest->frontend, 0, &chain, &used);

	return r < 0 ? r : (int)used.len;
}

static void wait_and_drain(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	cr_assert_eq(poll(&pollfd, 1, PATIENCE_MSEC), 1);
	cr_assert_eq(read(fd, &count, sizeof(count)), (ssize_t)sizeof(count));
}

void guest_expect_refusal(struct guest *guest,
			  const struct vhu_driver_chain *chain)
{
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest->frontend, 0);
	struct vhu_driver_used used;

	cr_assert_eq(vhu_driver_ring_add(queue->ring, chain), 0);
	vhu_driver_ring_publish(queue->ring);
	cr_assert_eq(vhu_frontend_kick(guest->frontend, 0), 0);

	wait_and_drain(queue->err_fd);
	while (vhu_driver_ring_get(queue->ring, &used) == 0)
		wait_and_drain(queue->call_fd);
	cr_assert_eq(used.len, 0);
}

void guest_wait_hangup(struct guest *guest)
{
	struct pollfd pollfd = { .fd = vhu_frontend_fd(guest->frontend),
				 .events = POLLRDHUP };

	cr_assert_eq(poll(&pollfd, 1, PATIENCE_MSEC), 1,
		     "the connection stays open");
}
