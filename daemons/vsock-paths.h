/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The sockets of guests: none may be another one's, or a guest could get at a
 * guest with which it has no group in common.
 */

#ifndef DAEMONS_VSOCK_PATHS_H
#define DAEMONS_VSOCK_PATHS_H

#include "daemons/options.h"
#include "daemons/vsock-vm.h"

/**
 * vsock_paths_check_own() - has a guest two uses for a path?
 * @vm:    the guest
 * @key:   for -EINVAL, the key to blame
 * @error: for -EINVAL, what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int vsock_paths_check_own(const struct vsock_vm *vm, enum vsock_key *key,
			  struct options_error *error);

/**
 * vsock_paths_check() - does a guest want a path that another one has?
 * @vm:    the guest
 * @other: the one that was there before
 * @key:   for -EINVAL, the key of @vm to blame
 * @error: for -EINVAL, what is wrong
 *
 * A guest has its sockets, and all that is uds-path with "_" and a port, or
 * "_seqpacket", behind it.
 *
 * Return: 0 or -EINVAL.
 */
int vsock_paths_check(const struct vsock_vm *vm, const struct vsock_vm *other,
		      enum vsock_key *key, struct options_error *error);

#endif
