/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The probe's commands, and the options that all of them have.
 */

#include <limits.h>

#include "daemons/probe.h"
#include "virtio-devices/util.h"

/* An hour: whoever wants to attach a debugger to the back-end needs time. */
#define MAX_TIMEOUT 3600000

const struct probe_command *const probe_commands[] = {
	&probe_info,
	&probe_rng,
	&probe_bench_rng,
	&probe_i2c_detect,
	&probe_i2c_transfer,
	&probe_i2c_get,
	&probe_i2c_set,
	&probe_gpio_info,
	&probe_gpio_get,
	&probe_gpio_set,
	&probe_gpio_monitor,
	&probe_sound_info,
	&probe_sound_play,
	&probe_sound_record,
	&probe_bench_sound,
	&probe_vsock_connect_command,
	&probe_vsock_listen_command,
	&probe_bench_vsock,
};

const size_t probe_n_commands = VD_ARRAY_SIZE(probe_commands);

#define AT(member) offsetof(struct probe_settings, member)

static const struct option_def defs[] = {
	{ .letter = 's',
	  .name = "socket-path",
	  .type = OPTION_STRING,
	  .offset = AT(socket_path),
	  .value = "PATH",
	  .help = "Connect to the back-end at this socket. The path is taken "
		  "as it is: the daemons of this project append the guest's "
		  "index to theirs." },
	{ .name = "fd",
	  .type = OPTION_NUMBER,
	  .offset = AT(fd),
	  .value = "FDNUM",
	  .max = INT_MAX,
	  .help = "Use a connected socket that was inherited. Excludes "
		  "--socket-path." },
	{ .name = "packed-ring",
	  .type = OPTION_FLAG,
	  .offset = AT(packed_ring),
	  .help = "Use packed virtqueues. It is an error if the back-end does "
		  "not offer them." },
	{ .name = "timeout",
	  .type = OPTION_NUMBER,
	  .offset = AT(timeout),
	  .value = "MS",
	  .initial = "5000",
	  .min = 1,
	  .max = MAX_TIMEOUT,
	  .help = "Give up if the back-end does not answer for so many "
		  "milliseconds." },
	OPTION_HELP(AT(help)),
	OPTION_VERSION(AT(version)),
};

void probe_option_groups(const struct probe_command *command,
			 struct probe_settings *settings,
			 struct option_group ret[PROBE_N_GROUPS])
{
	ret[0] = command->options;
	ret[1] = (struct option_group){
		.heading = "Options of all commands",
		.defs = defs,
		.n_defs = VD_ARRAY_SIZE(defs),
		.settings = settings,
	};
}
