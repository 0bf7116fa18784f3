/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A sound server may come and go, and each time libpulse begins anew: it reads
 * its configuration and the cookie, and looks for the server's socket.
 */

#include "daemons/sound-sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "daemons/log.h"
#include "daemons/sound-host.h"
#include "virtio-devices/util.h"

/* Landlock decides which files can be opened, see sound_sandbox_keep(). */
const struct sandbox_call sound_sandbox_calls[] = {
	/* To find the server, and read the cookie: libpulse. */
	{ "openat", 0, 0, 0 },
	{ "newfstatat", 0, 0, 0 },
	{ "fstat", SANDBOX_ELSEWHERE, 0, 0 },
	{ "getdents64", 0, 0, 0 },
	{ "umask", 0, 0, 0 },
#ifdef __NR_mkdir
	{ "mkdir", 0, 0, 0 },
	{ "rmdir", SANDBOX_MISSING, 0, 0 },
	{ "symlink", SANDBOX_MISSING, 0, 0 },
	{ "readlink", 0, 0, 0 },
	{ "access", SANDBOX_ELSEWHERE, 0, 0 },
#else
	{ "mkdirat", 0, 0, 0 },
	{ "symlinkat", SANDBOX_MISSING, 0, 0 },
	{ "readlinkat", 0, 0, 0 },
	{ "faccessat", SANDBOX_ELSEWHERE, 0, 0 },
#endif
	{ "uname", 0, 0, 0 },
	{ "getpid", 0, 0, 0 },
	{ "getuid", 0, 0, 0 },
	{ "getgid", 0, 0, 0 },
	{ "sysinfo", SANDBOX_ELSEWHERE, 0, 0 },
	{ "gettimeofday", SANDBOX_ELSEWHERE, 0, 0 },

	/* To talk to it, locally: a resolver of names would need a thread. */
	{ "socket", SANDBOX_IF_EQUAL, 0, AF_UNIX },
	{ "socketpair", SANDBOX_MISSING, 0, 0 },
	{ "connect", 0, 0, 0 },
	{ "setsockopt", 0, 0, 0 },
	{ "getsockopt", 0, 0, 0 },
	{ "getsockname", 0, 0, 0 },
	{ "sendto", 0, 0, 0 },

	/* Memory that is shared with it. */
	{ "ftruncate", 0, 0, 0 },

	/* Files of sound: libsndfile. */
	{ "lseek", 0, 0, 0 },

	/* What systemd keeps: fd-store.c. */
	{ "kcmp", 0, 0, 0 },
	{ 0 },
};

/* A server's address is that of a socket's file if it looks like one. */
static bool is_local(const char *server)
{
	const char *machine_end = *server == '{' ? strchr(server, '}') : NULL;

	if (machine_end)
		server = machine_end + 1;

	return *server == '/' || !strncmp(server, "unix:", strlen("unix:"));
}

int sound_sandbox_check(const struct sound_host *host)
{
	const char *server =
		host->server ? host->server : getenv("PULSE_SERVER");

	if (host->kind != SOUND_HOST_PULSE || !server || !*server ||
	    is_local(server))
		return 0;

	log_error(NULL,
		  "the sound server '%s' is on a network, which the sandbox "
		  "has not; use '--sandbox=off', or a server of this machine",
		  server);

	return -EINVAL;
}

/* A file that the user's environment names, or one in a directory of theirs. */
static void keep_named(const char *variable, const char *name)
{
	const char *value = getenv(variable);
	char *path;

	if (!value || !*value || asprintf(&path, "%s%s", value, name) < 0)
		return;

	sandbox_keep_input(path);
	free(path);
}

static void keep_pulse(void)
{
	sandbox_keep_input("/etc/pulse");
	sandbox_keep_input("/etc/machine-id");
	sandbox_keep_input("/var/lib/dbus/machine-id");
	sandbox_keep_input("/dev/urandom");
	keep_named("HOME", "/.pulse");
	keep_named("HOME", "/.pulse-cookie");
	keep_named("HOME", "/.config/pulse");
	keep_named("XDG_CONFIG_HOME", "/pulse");
	keep_named("XDG_RUNTIME_DIR", "/pulse");
	keep_named("PULSE_RUNTIME_PATH", "");
	keep_named("PULSE_CLIENTCONFIG", "");
	keep_named("PULSE_COOKIE", "");
	/* Root, whose server is somebody else's. */
	sandbox_keep_override();
}

void sound_sandbox_keep(const struct sound_host *host)
{
	if (host->kind == SOUND_HOST_PULSE)
		keep_pulse();
	if (host->in)
		sandbox_keep_input(host->in);
	if (host->out)
		sandbox_keep_output(host->out);
}
