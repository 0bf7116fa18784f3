/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Lists with a plus sign between their items, the values of some keys of a
 * guest: ports, ranges of ports, sockets for ports, and groups.
 *
 * Each function returns 0, -EINVAL with @error filled in, or -ENOMEM.  What was
 * read until then is in @ret, and the caller's to free.
 */

#ifndef DAEMONS_VSOCK_PORTS_H
#define DAEMONS_VSOCK_PORTS_H

#include "daemons/vsock-vm.h"

/**
 * vsock_number() - read a number
 * @text:  decimal digits, and nothing else
 * @min:   the least that it may be
 * @max:   the greatest
 * @ret:   the number
 * @error: says which numbers there are
 */
int vsock_number(const char *text, uint64_t min, uint64_t max, uint32_t *ret,
		 struct options_error *error);

/**
 * vsock_read_ports() - "9001+9002"
 */
int vsock_read_ports(const char *text, struct vsock_port_list *ret,
		     struct options_error *error);

/**
 * vsock_read_ranges() - "22+1024-2047", or "none"
 * @text:  the list
 * @ret:   becomes limited to these
 * @error: what is wrong
 */
int vsock_read_ranges(const char *text, struct vb_vsock_policy *ret,
		      struct options_error *error);

/**
 * vsock_read_map() - "22:/run/ssh.sock+80:/run/web.sock"
 */
int vsock_read_map(const char *text, struct vb_vsock_port_map *ret,
		   struct options_error *error);

/**
 * vsock_read_groups() - "red+blue"
 */
int vsock_read_groups(const char *text, struct vsock_group_list *ret,
		      struct options_error *error);

#endif
