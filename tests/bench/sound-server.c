/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "tests/bench/sound-server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

static char dir[] = "/tmp/vhost-device-bench.XXXXXX";
static pid_t server;

static _Noreturn void exec_quietly(char *const *argv)
{
	int null = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

pid_t bench_spawn(char *const *argv)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_die("cannot fork", -errno);
	if (pid == 0)
		exec_quietly(argv);

	return pid;
}

void bench_end(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

/*
 * The server gives up a real-time class that it was started in.  It would be
 * interrupted by those it wakes then, and wake them again for each thing that it
 * has to say.
 */
static void share_class(void)
{
	struct sched_param param;
	struct dirent *entry;
	char path[32];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)server);
	threads = opendir(path);
	if (!threads || sched_getparam(0, &param) < 0)
		bench_die(path, -errno);

	while ((entry = readdir(threads))) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

		if (thread > 0 &&
		    sched_setscheduler(thread, sched_getscheduler(0), &param) <
			    0)
			bench_die("cannot give the server our class", -errno);
	}
	closedir(threads);
}

void bench_sound_server_start(void)
{
	char native[64], module[192];
	char sink[] = "--load=module-null-sink rate=48000 norewinds=1";
	char *const argv[] = {
		(char[]){ "pulseaudio" },
		(char[]){ "-n" },
		(char[]){ "--exit-idle-time=-1" },
		(char[]){ "--daemonize=no" },
		(char[]){ "--use-pid-file=no" },
		(char[]){ "--high-priority=no" },
		(char[]){ "--realtime=no" },
		sink,
		module,
		NULL,
	};

	if (!mkdtemp(dir))
		bench_die("cannot make a directory in /tmp", -errno);
	snprintf(native, sizeof(native), "%s/native", dir);
	snprintf(module, sizeof(module),
		 "--load=module-native-protocol-unix socket=%s "
		 "auth-anonymous=1 auth-cookie-enabled=0",
		 native);
	setenv("HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	setenv("PULSE_RUNTIME_PATH", dir, 1);
	setenv("PULSE_STATE_PATH", dir, 1);
	server = bench_spawn(argv);
	bench_wait_for_socket(native, server);
	share_class();
	snprintf(module, sizeof(module), "unix:%s", native);
	setenv("PULSE_SERVER", module, 1);
}

void bench_sound_server_stop(void)
{
	char command[64];

	bench_end(server);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		bench_die(dir, 0);
}
