/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef DAEMONS_PROBE_H
#define DAEMONS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/options.h"
#include "vhost-user/driver-ring.h"

/**
 * DOC: vhost-device-probe
 *
 * A program that uses a vhost-user device over its socket, without a VM.  Each
 * command is a file of its own, probe-NAME.c, and an entry in the table of
 * probe-commands.c.
 *
 * It is meant for back-ends of any origin, so it asks for little, and says
 * clearly what it did not get.
 */

struct probe;
struct vhu_frontend;
struct vhu_guest_memory;

/* What --fd is when it is not there. */
#define PROBE_NO_FD UINT64_MAX

/**
 * struct probe_settings - values of the options that all commands have
 * @socket_path: where the back-end listens, or NULL
 * @fd:          a connected socket that was inherited, or PROBE_NO_FD
 * @packed_ring: accept packed rings
 * @timeout:     milliseconds to wait for anything
 * @help:        and these end the program at once
 * @version:     likewise
 */
struct probe_settings {
	const char *socket_path;
	uint64_t fd;
	bool packed_ring;
	uint64_t timeout;
	bool help;
	bool version;
};

/**
 * struct probe - a back-end being probed
 * @settings: how
 * @name:     the back-end, for messages
 * @frontend: talks to it; NULL before probe_open()
 * @memory:   guest memory; NULL before probe_start()
 */
struct probe {
	struct probe_settings settings;
	const char *name;
	struct vhu_frontend *frontend;
	struct vhu_guest_memory *memory;
};

/**
 * struct probe_command - something that the probe can do
 * @name:    one word, or two
 * @summary: what it does, in half a sentence
 * @arguments: what it takes beside options, for help texts; NULL if nothing
 * @options: its own options
 * @parse:   read the arguments, with the options already known.  0, or -EINVAL
 *           with an explanation; NULL if there are none
 * @run:     do it.  0, or a negative errno after having said why
 */
struct probe_command {
	const char *name;
	const char *summary;
	const char *arguments;
	struct option_group options;
	int (*parse)(const struct option_strings *arguments,
		     struct options_error *error);
	int (*run)(struct probe *probe);
};

/* All of them. */
extern const struct probe_command *const probe_commands[];
extern const size_t probe_n_commands;

/* How many groups of options a command has: its own, and those of all. */
#define PROBE_N_GROUPS 2

/**
 * probe_option_groups() - all options of a command
 * @command:  the command
 * @settings: takes the values of the common ones
 * @ret:      the groups
 */
void probe_option_groups(const struct probe_command *command,
			 struct probe_settings *settings,
			 struct option_group ret[PROBE_N_GROUPS]);

extern const struct probe_command probe_info;
extern const struct probe_command probe_rng;
extern const struct probe_command probe_bench_rng;
extern const struct probe_command probe_i2c_detect;
extern const struct probe_command probe_i2c_transfer;
extern const struct probe_command probe_i2c_get;
extern const struct probe_command probe_i2c_set;
extern const struct probe_command probe_gpio_info;
extern const struct probe_command probe_gpio_get;
extern const struct probe_command probe_gpio_set;
extern const struct probe_command probe_gpio_monitor;
extern const struct probe_command probe_sound_info;
extern const struct probe_command probe_sound_play;
extern const struct probe_command probe_sound_record;
extern const struct probe_command probe_bench_sound;
extern const struct probe_command probe_bench_vsock;
extern const struct probe_command probe_vsock_connect_command;
extern const struct probe_command probe_vsock_listen_command;

/**
 * probe_scan_number() - read a number at the beginning of a word
 * @text: decimal, hexadecimal with 0x, or octal with 0
 * @max:  the greatest that is allowed
 * @ret:  the number
 *
 * Return: what comes after it, or NULL if there is no such number.
 */
const char *probe_scan_number(const char *text, unsigned int max,
			      unsigned int *ret);

/**
 * probe_parse_number() - read an argument that is a number
 * @word:  the argument
 * @what:  what it stands for, for the message
 * @max:   the greatest that is allowed
 * @ret:   the number
 * @error: says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int probe_parse_number(const char *word, const char *what, unsigned int max,
		       unsigned int *ret, struct options_error *error);

/**
 * probe_open() - connect to the back-end, and find out what it offers
 * @probe: with its settings
 *
 * Return: 0, or a negative errno after having said why.
 */
int probe_open(struct probe *probe);

/**
 * struct probe_device - what a command needs of a device
 * @features: feature bits to accept, beside those of the rings
 * @n_queues: queues to start: the first ones
 * @size:     entries in each
 * @bytes:    guest memory for buffers
 */
struct probe_device {
	uint64_t features;
	unsigned int n_queues;
	uint32_t size;
	size_t bytes;
};

/**
 * probe_read_config() - read the configuration space
 * @probe: opened
 * @ret:   takes it, from its beginning
 * @len:   how much of it
 * @what:  the device that it is expected of, for messages: "an I2C adapter"
 *
 * Return: 0, or a negative errno after having said why.
 */
int probe_read_config(const struct probe *probe, void *ret, size_t len,
		      const char *what);

/**
 * probe_start() - do all that a VMM and a driver do until requests flow
 * @probe:  the back-end
 * @device: what is needed
 *
 * Return: 0, or a negative errno after having said why.
 */
int probe_start(struct probe *probe, const struct probe_device *device);

/**
 * probe_alloc() - take guest memory for a buffer
 * @probe: started, with enough memory
 * @size:  bytes
 * @ret:   the buffer, for a chain
 *
 * Return: where its bytes are.
 */
void *probe_alloc(struct probe *probe, uint32_t size,
		  struct vhu_driver_buffer *ret);

/**
 * probe_failed() - say what went wrong with a message, and what may help
 * @probe: the back-end
 * @error: what a vhu_frontend_*() function has returned
 *
 * Return: @error.
 */
int probe_failed(const struct probe *probe, int error);

/**
 * probe_request_failed() - the same for the requests in a ring
 */
int probe_request_failed(const struct probe *probe, int error);

#endif
