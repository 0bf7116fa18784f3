/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The options that all daemons have, after QEMU's "Backend program
 * conventions" (docs/interop/vhost-user.rst).
 */

#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "daemons/daemon.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"

/* As many as there could be sockets with the usual limit on descriptors. */
#define MAX_GUESTS 100000

/* A second; more is a mistake in the unit. */
#define MAX_POLL_USEC 1000000

static const char *const switches[] = { "off", "on", NULL };

#define AT(member) offsetof(struct daemon_settings, member)

static const struct option_def defs[] = {
	{ .letter = 's',
	  .name = "socket-path",
	  .type = OPTION_STRING,
	  .offset = AT(socket_path),
	  .value = "PATH",
	  .help = "Make a listening socket for each guest, at PATH with the "
		  "guest's index appended: PATH0, PATH1, and so on." },
	{ .letter = 'c',
	  .name = "socket-count",
	  .type = OPTION_NUMBER,
	  .offset = AT(socket_count),
	  .value = "N",
	  .initial = "1",
	  .min = 1,
	  .max = MAX_GUESTS,
	  .help = "How many guests to serve." },
	{ .name = "fd",
	  .alias = "socket-fd",
	  .type = OPTION_NUMBER,
	  .offset = AT(fd),
	  .value = "FDNUM",
	  .max = INT_MAX,
	  .help = "Serve one guest at a socket that was inherited. It may be "
		  "listening, or connected: then the program ends together "
		  "with the connection. Excludes --socket-path." },
	{ .name = "packed-ring",
	  .type = OPTION_CHOICE,
	  .offset = AT(packed_ring),
	  .value = "on|off",
	  .initial = "off",
	  .choices = switches,
	  .help = "Offer packed virtqueues. QEMU cannot recover these if the "
		  "program ends while the guest runs." },
	{ .name = "poll-us",
	  .type = OPTION_NUMBER,
	  .offset = AT(poll_usec),
	  .value = "N",
	  .initial = "0",
	  .max = MAX_POLL_USEC,
	  .help = "After a request, look for the next one for N microseconds "
		  "before going to sleep. That makes answers faster, and takes "
		  "a CPU for as long." },
	{ .name = "in-band",
	  .type = OPTION_FLAG,
	  .offset = AT(in_band),
	  .help = "Offer in-band notifications, for front-ends that simulate "
		  "time. This is slower." },
	{ .name = "sandbox",
	  .type = OPTION_CHOICE,
	  .offset = AT(sandbox),
	  .value = "on|log|off",
	  .initial = SANDBOX_DEFAULT,
	  .choices = sandbox_mode_names,
	  .help = "Before there is a front-end, give up everything that is not "
		  "needed: privileges, files, and system calls. With log, "
		  "other system calls are recorded by the kernel, but not "
		  "forbidden." },
	{ .name = "log-level",
	  .type = OPTION_CHOICE,
	  .offset = AT(log_level),
	  .value = "error|warning|info|debug",
	  .initial = "info",
	  .choices = log_level_names,
	  .help = "Leave out messages that are less important than this." },
	{ .name = "print-capabilities",
	  .type = OPTION_STOP,
	  .offset = AT(print_capabilities),
	  .help = "Print what the program can do, as JSON, and exit. All other "
		  "options are ignored." },
	OPTION_HELP(AT(help)),
	OPTION_VERSION(AT(version)),
};

void daemon_option_groups(const struct daemon *daemon,
			  struct daemon_settings *settings,
			  struct option_group ret[DAEMON_N_GROUPS])
{
	ret[0] = daemon->options;
	ret[1] = (struct option_group){
		.heading = "Options of all vhost-device programs",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = settings,
	};
}

/* It counts wherever it is, even among options that are wrong. */
static bool wants_capabilities(char **argv)
{
	while (*argv) {
		if (!strcmp(*argv++, "--print-capabilities"))
			return true;
	}

	return false;
}

/* No feature has been defined for any type of device that we have. */
static void print_capabilities(const struct daemon *daemon)
{
	printf("{\n  \"type\": \"%s\",\n  \"features\": []\n}\n", daemon->type);
}

static void print_help(const struct daemon *daemon,
		       const struct option_group *groups)
{
	if (daemon->usage)
		printf("Usage: %s\n\n%s\n", daemon->usage, daemon->summary);
	else
		printf("Usage: %s [OPTIONS] --socket-path PATH\n"
		       "       %s [OPTIONS] --fd FDNUM\n\n%s\n",
		       daemon->name, daemon->name, daemon->summary);
	options_print_help(groups, DAEMON_N_GROUPS, stdout);
}

/* Output that was asked for and got lost is a failure. */
static int flushed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;

	log_error(NULL, "cannot write to standard output: %s", strerror(errno));
	return -EIO;
}

static int wrong(const char *reason)
{
	log_error(NULL, "%s", reason);
	return -EINVAL;
}

static int check(const struct daemon_settings *settings)
{
	bool by_fd = settings->fd != DAEMON_NO_FD;

	if (by_fd && settings->socket_path)
		return wrong("'--fd' and '--socket-path' exclude each other; "
			     "use one of them");
	if (!settings->socket_path && settings->socket_count != 1)
		return wrong("'--socket-count' is for '--socket-path', which "
			     "makes a socket for each guest; any other "
			     "socket is for one");

	return 1;
}

int daemon_read_options(const struct daemon *daemon, char **argv,
			struct daemon_settings *settings)
{
	struct option_group groups[DAEMON_N_GROUPS];
	struct options_error error;
	int r;

	*settings = (struct daemon_settings){ .fd = DAEMON_NO_FD };
	daemon_option_groups(daemon, settings, groups);

	if (wants_capabilities(argv)) {
		print_capabilities(daemon);
		return flushed();
	}

	r = options_parse(groups, DAEMON_N_GROUPS, argv, NULL, &error);
	if (r == -EINVAL)
		return wrong(error.text);
	if (r < 0)
		return r;

	if (settings->help) {
		print_help(daemon, groups);
		return flushed();
	}
	if (settings->version) {
		printf("%s %s\n", daemon->name, PACKAGE_VERSION);
		return flushed();
	}

	return check(settings);
}
