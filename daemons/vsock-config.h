/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * All guests that are to be served.
 */

#ifndef DAEMONS_VSOCK_CONFIG_H
#define DAEMONS_VSOCK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "daemons/options.h"
#include "daemons/vsock-vm.h"

/* They share a thread, and descriptors; more is a mistake in a script. */
#define VSOCK_MAX_GUESTS 4096

/**
 * struct vsock_config - the guests
 * @vms: each allocated on its own, so that it can outlive the others
 * @n:   how many
 */
struct vsock_config {
	struct vsock_vm **vms;
	size_t n;
};

/**
 * vsock_config_add() - take a guest in
 * @config:      the others
 * @vm:          the guest, complete; @config's on success, and then NULL
 * @key:         for -EINVAL, the key to blame
 * @error:       for -EINVAL, what is wrong
 *
 * No two guests have the same context ID, or a path in common.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vsock_config_add(struct vsock_config *config, struct vsock_vm **vm,
		     enum vsock_key *key, struct options_error *error);

/**
 * vsock_config_add_text() - take in a guest as --vm describes it
 * @config:      the others
 * @text:        "guest-cid=3,socket=PATH,..."
 * @need_socket: it must say where its socket is
 * @error:       for -EINVAL, what is wrong
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vsock_config_add_text(struct vsock_config *config, const char *text,
			  bool need_socket, struct options_error *error);

/**
 * vsock_config_keys() - the names of all keys, for messages
 * @buf:  receives them
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *vsock_config_keys(char *buf, size_t size);

/**
 * vsock_config_fini() - free all guests
 * @config: all zeroes afterwards
 */
void vsock_config_fini(struct vsock_config *config);

/**
 * vsock_vm_freep() - free a guest that is in no configuration
 * @vm: points to NULL, or to the guest
 */
void vsock_vm_freep(struct vsock_vm **vm);

#endif
