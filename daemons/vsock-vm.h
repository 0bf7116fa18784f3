/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * What one guest's vsock device is to be like, as the user says it: on the
 * command line, in --vm, or in a file.  All three have the same keys and the
 * same values.
 */

#ifndef DAEMONS_VSOCK_VM_H
#define DAEMONS_VSOCK_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/vsock-policy.h"
#include "daemons/options.h"

/* A name for each key; vsock_key_name() has its spelling. */
enum vsock_key {
	VSOCK_GUEST_CID,
	VSOCK_SOCKET,
	VSOCK_UDS_PATH,
	VSOCK_FORWARD_CID,
	VSOCK_FORWARD_LISTEN,
	VSOCK_TX_BUFFER_SIZE,
	VSOCK_QUEUE_SIZE,
	VSOCK_GROUPS,
	VSOCK_MAX_CONNECTIONS,
	VSOCK_PORT_MAP,
	VSOCK_ALLOW_PORTS,
	VSOCK_DIRECTION,
	VSOCK_N_KEYS,
};

/**
 * struct vsock_port_list - some ports
 * @items: the ports
 * @n:     how many
 */
struct vsock_port_list {
	uint32_t *items;
	size_t n;
};

/**
 * struct vsock_group_list - some groups
 * @items: their names
 * @n:     how many
 */
struct vsock_group_list {
	char **items;
	size_t n;
};

/**
 * struct vsock_vm - a guest
 * @values:    what was given for each key, NULL where nothing was
 * @guest_cid: its address
 * @forwards:  connections go to @forward_cid, and not to @uds_path
 * @forward_cid: whom to connect to over AF_VSOCK
 * @forward_listen: ports of AF_VSOCK that lead to the guest
 * @tx_buffer_size: what the guest may send ahead on one connection, in bytes
 * @queue_size: checked, and not needed: rings of all sizes are served
 * @groups:    whom of the other guests it may talk to
 * @max_connections: at a time
 * @port_map:  ports that lead to sockets of their own
 * @policy:    what the guest may do
 * @served:    for the daemon: it is one of its guests
 *
 * All zeroes is one for which nothing was given yet.
 */
struct vsock_vm {
	char *values[VSOCK_N_KEYS];
	uint32_t guest_cid;
	bool forwards;
	uint32_t forward_cid;
	struct vsock_port_list forward_listen;
	uint32_t tx_buffer_size;
	uint32_t queue_size;
	struct vsock_group_list groups;
	uint32_t max_connections;
	struct vb_vsock_port_map port_map;
	struct vb_vsock_policy policy;
	bool served;
};

/**
 * vsock_key_name() - how a key is spelled
 * @key: the key
 *
 * Return: the name, with dashes.
 */
const char *vsock_key_name(enum vsock_key key);

/**
 * vsock_key_find() - which key is this?
 * @name: may have underscores in the place of dashes
 *
 * Return: the key, or VSOCK_N_KEYS if there is none of this name.
 */
enum vsock_key vsock_key_find(const char *name);

/**
 * vsock_vm_set() - give a value
 * @vm:    the guest
 * @key:   what the value is for; has none yet
 * @value: copied
 * @error: filled in for -EINVAL, without the name of the key
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int vsock_vm_set(struct vsock_vm *vm, enum vsock_key key, const char *value,
		 struct options_error *error);

/**
 * vsock_vm_complete() - fill in what was not given
 * @vm:          the guest
 * @need_socket: nobody else has a socket for it
 * @key:         for -EINVAL, the key to blame
 * @error:       for -EINVAL, what is wrong
 *
 * Return: 0, -EINVAL if something is missing or does not go together, or
 *         -ENOMEM.
 */
int vsock_vm_complete(struct vsock_vm *vm, bool need_socket,
		      enum vsock_key *key, struct options_error *error);

/**
 * vsock_vm_equal() - do two guests have the same settings?
 * @a: one
 * @b: the other
 */
bool vsock_vm_equal(const struct vsock_vm *a, const struct vsock_vm *b);

/**
 * vsock_vm_fini() - free what belongs to it
 * @vm: all zeroes afterwards
 */
void vsock_vm_fini(struct vsock_vm *vm);

#endif
