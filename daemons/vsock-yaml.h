/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The file of --config:
 *
 *     vms:
 *       - guest_cid: 3
 *         socket: /run/vm3.sock
 *         uds_path: /run/vm3.vsock
 *
 * The keys are those of --vm, with underscores or dashes.
 */

#ifndef DAEMONS_VSOCK_YAML_H
#define DAEMONS_VSOCK_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "daemons/vsock-config.h"

/**
 * struct vsock_yaml_error - what is wrong with a file
 * @line: where, counted from 1; 0 if it is not about a line
 * @what: names the key and the remedy
 */
struct vsock_yaml_error {
	size_t line;
	struct options_error what;
};

/**
 * vsock_yaml_parse() - read the text of a file
 * @text:        the text
 * @len:         how many bytes
 * @need_socket: see vsock_config_add_text()
 * @ret:         the guests; untouched on failure
 * @error:       for -EINVAL
 *
 * Return: 0, -EINVAL, -ENOMEM, or -ENOTSUP if the program was built without
 *         libcyaml.
 */
int vsock_yaml_parse(const char *text, size_t len, bool need_socket,
		     struct vsock_config *ret, struct vsock_yaml_error *error);

/**
 * vsock_yaml_load() - read a file
 * @path:        the file
 * @need_socket: see vsock_config_add_text()
 * @ret:         the guests; untouched on failure
 *
 * Return: 0, -EINVAL if the file is wrong, or another negative errno.  The
 *         reason has been logged.
 */
int vsock_yaml_load(const char *path, bool need_socket,
		    struct vsock_config *ret);

#endif
