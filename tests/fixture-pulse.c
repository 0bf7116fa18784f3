/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "fixture-pulse.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE_FORMAT "format=s16le rate=48000 channels=2"

void pulse_pause(void)
{
	const struct timespec ts = { .tv_nsec = 2000000 };

	nanosleep(&ts, NULL);
}

static bool is_installed(const char *program)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);

	return system(command) == 0;
}

void pulse_init(struct pulse *pulse)
{
	char path[64];

	if (!is_installed("pulseaudio") || !is_installed("pactl"))
		cr_skip_test("pulseaudio is not installed");

	*pulse = (struct pulse){ .dir = "/tmp/vhd.XXXXXX" };
	cr_assert(mkdtemp(pulse->dir));
	snprintf(pulse->server, sizeof(pulse->server), "unix:%s/native",
		 pulse->dir);
	snprintf(pulse->fifo, sizeof(pulse->fifo), "%s/fifo", pulse->dir);
	cr_assert_eq(mkfifo(pulse->fifo, 0600), 0);

	snprintf(path, sizeof(path), "%s/cookie", pulse->dir);
	setenv("PULSE_COOKIE", path, 1);
	setenv("PULSE_SERVER", pulse->server, 1);
	setenv("PULSE_RUNTIME_PATH", pulse->dir, 1);
	setenv("PULSE_STATE_PATH", pulse->dir, 1);
	setenv("XDG_CONFIG_HOME", pulse->dir, 1);
	setenv("HOME", pulse->dir, 1);
}

static bool listens(const struct pulse *pulse)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	strcpy(address.sun_path, strchr(pulse->server, ':') + 1);
	good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);

	return good;
}

/*
 * It listens once everything else is there.  What it has to say is of interest
 * only to those who look for a mistake.
 */
static void run_server(const struct pulse *pulse, const char *module)
{
	char native[192], load[192], log[64];
	int fd;

	snprintf(native, sizeof(native),
		 "--load=module-native-protocol-unix socket=%s/native "
		 "auth-anonymous=1 auth-cookie-enabled=0",
		 pulse->dir);
	snprintf(load, sizeof(load), "--load=%s", module);
	snprintf(log, sizeof(log), "%s/log", pulse->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execlp("pulseaudio", "pulseaudio", "-n", "--exit-idle-time=-1",
	       "--daemonize=no", "--use-pid-file=no", "--high-priority=no",
	       "--realtime=no", load, native, (char *)NULL);
	_exit(127);
}

void pulse_start(struct pulse *pulse, const char *module)
{
	pulse->pid = fork();
	cr_assert_geq(pulse->pid, 0);
	if (pulse->pid == 0) {
		/* A test that fails must not leave it behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_server(pulse, module);
	}

	for (int i = 0; !listens(pulse); i++) {
		cr_assert(i < PULSE_PATIENCE, "the server does not listen");
		cr_assert_eq(waitpid(pulse->pid, NULL, WNOHANG), 0,
			     "the server has ended");
		pulse_pause();
	}
}

void pulse_start_pipe_sink(struct pulse *pulse)
{
	char module[160];

	snprintf(module, sizeof(module),
		 "module-pipe-sink sink_name=test file=%s " PIPE_FORMAT,
		 pulse->fifo);
	pulse_start(pulse, module);
}

void pulse_start_pipe_source(struct pulse *pulse)
{
	char module[160];

	snprintf(module, sizeof(module),
		 "module-pipe-source source_name=test file=%s " PIPE_FORMAT,
		 pulse->fifo);
	/* It makes the pipe, and refuses one that is there. */
	unlink(pulse->fifo);
	pulse_start(pulse, module);
}

void pulse_signal(struct pulse *pulse, int number)
{
	cr_assert_eq(kill(pulse->pid, number), 0);
	if (number != SIGKILL && number != SIGTERM)
		return;

	cr_assert_eq(waitpid(pulse->pid, NULL, 0), pulse->pid);
	pulse->pid = 0;
}

void pulse_fini(struct pulse *pulse)
{
	char command[64];

	if (pulse->pid)
		pulse_signal(pulse, SIGKILL);
	snprintf(command, sizeof(command), "rm -rf %s", pulse->dir);
	cr_assert_eq(system(command), 0);
}

const char *pulse_ctl(struct pulse *pulse, const char *command)
{
	static char output[16384];
	char line[256];
	size_t n;
	FILE *pipe;

	snprintf(line, sizeof(line), "timeout 10 pactl -s %s %s 2>&1",
		 pulse->server, command);
	pipe = popen(line, "re");
	cr_assert(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	pclose(pipe);

	return output;
}

void pulse_expect(struct pulse *pulse, const char *command, const char *text)
{
	for (int i = 0; !strstr(pulse_ctl(pulse, command), text); i++) {
		cr_assert(i < 500, "pactl %s never says '%s', but '%s'",
			  command, text, pulse_ctl(pulse, command));
		pulse_pause();
	}
}

static void hear(struct pulse_ear *ear, const uint32_t *frames, size_t n)
{
	pthread_mutex_lock(&ear->lock);
	for (size_t i = 0; i < n; i++) {
		if (!frames[i])
			continue;
		if (ear->n < ear->max)
			ear->frames[ear->n] = frames[i];
		ear->n++;
	}
	pthread_mutex_unlock(&ear->lock);
}

static bool is_stopped(struct pulse_ear *ear)
{
	bool stop;

	pthread_mutex_lock(&ear->lock);
	stop = ear->stop;
	pthread_mutex_unlock(&ear->lock);

	return stop;
}

static void *listen_to(void *context)
{
	struct pulse_ear *ear = context;
	struct pollfd pollfd = { .fd = ear->fd, .events = POLLIN };
	union {
		uint8_t bytes[4096];
		uint32_t frames[1024];
	} buffer;
	size_t have = 0;

	while (!is_stopped(ear)) {
		ssize_t n;

		if (poll(&pollfd, 1, 10) <= 0)
			continue;
		n = read(ear->fd, buffer.bytes + have, sizeof(buffer) - have);
		if (n <= 0)
			continue;
		have += (size_t)n;
		hear(ear, buffer.frames, have / 4);
		memmove(buffer.bytes, buffer.bytes + have / 4 * 4, have % 4);
		have %= 4;
	}

	return NULL;
}

void pulse_listen(struct pulse *pulse, struct pulse_ear *ear, size_t max)
{
	*ear = (struct pulse_ear){ .max = max };
	pthread_mutex_init(&ear->lock, NULL);
	ear->frames = calloc(max, sizeof(*ear->frames));
	/* Both ends, so that it does not end when the server does. */
	ear->fd = open(pulse->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(ear->fd, 0);
	cr_assert_eq(pthread_create(&ear->thread, NULL, listen_to, ear), 0);
}

size_t pulse_heard(struct pulse_ear *ear)
{
	size_t n;

	pthread_mutex_lock(&ear->lock);
	n = ear->n;
	pthread_mutex_unlock(&ear->lock);

	return n;
}

void pulse_wait_heard(struct pulse_ear *ear, size_t n)
{
	for (int i = 0; pulse_heard(ear) < n; i++) {
		cr_assert(i < PULSE_PATIENCE, "only %zu frames of %zu came",
			  pulse_heard(ear), n);
		pulse_pause();
	}
}

void pulse_listen_no_more(struct pulse_ear *ear)
{
	pthread_mutex_lock(&ear->lock);
	ear->stop = true;
	pthread_mutex_unlock(&ear->lock);
	pthread_join(ear->thread, NULL);
	close(ear->fd);
	free(ear->frames);
}
