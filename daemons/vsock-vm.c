/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "daemons/log.h"
#include "daemons/vsock-ports.h"
#include "daemons/vsock-vm.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock.h"

/* 0 to 2 and the last one have a meaning of their own, see vsock(7). */
#define MIN_GUEST_CID 3
#define MAX_CID (UINT32_MAX - 1)

/* Virtio has no larger rings. */
#define MAX_QUEUE_SIZE 32768

/* The longest of the names that are made of --uds-path. */
#define UDS_SUFFIX "_4294967295"

/* How values are read; the error of each names what there is to choose from. */
typedef int set_func(struct vsock_vm *vm, const char *value,
		     struct options_error *error);

static int set_guest_cid(struct vsock_vm *vm, const char *value,
			 struct options_error *error)
{
	return vsock_number(value, MIN_GUEST_CID, MAX_CID, &vm->guest_cid,
			    error);
}

static int check_path(const char *path, const char *suffix,
		      struct options_error *error)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (!path[0])
		return options_fail(error, "a path is needed");
	if (strlen(path) + strlen(suffix) > room)
		return options_fail(error,
				    "'%s' is too long for a socket; it can "
				    "have %zu bytes",
				    path, room - strlen(suffix));

	return 0;
}

static int set_socket(struct vsock_vm *vm, const char *value,
		      struct options_error *error)
{
	(void)vm;

	return check_path(value, "", error);
}

static int set_uds_path(struct vsock_vm *vm, const char *value,
			struct options_error *error)
{
	(void)vm;

	return check_path(value, UDS_SUFFIX, error);
}

/* 1, this machine, is the usual one; 2 is the host if this is a guest itself. */
static int set_forward_cid(struct vsock_vm *vm, const char *value,
			   struct options_error *error)
{
	vm->forwards = true;

	return vsock_number(value, 1, MAX_CID, &vm->forward_cid, error);
}

static int set_forward_listen(struct vsock_vm *vm, const char *value,
			      struct options_error *error)
{
	return vsock_read_ports(value, &vm->forward_listen, error);
}

/* Of command lines that have worked elsewhere, any number may come. */
static int set_tx_buffer_size(struct vsock_vm *vm, const char *value,
			      struct options_error *error)
{
	uint32_t size;
	int r;

	r = vsock_number(value, 0, UINT32_MAX, &size, error);
	if (r < 0)
		return r;

	vm->tx_buffer_size = VD_MAX(size, VD_VSOCK_BUF_ALLOC_MIN);
	vm->tx_buffer_size = VD_MIN(vm->tx_buffer_size, VD_VSOCK_BUF_ALLOC_MAX);
	if (vm->tx_buffer_size != size)
		log_warning(NULL,
			    "tx-buffer-size: %u is not from %u to %u; taking "
			    "%u",
			    size, VD_VSOCK_BUF_ALLOC_MIN,
			    VD_VSOCK_BUF_ALLOC_MAX, vm->tx_buffer_size);

	return 0;
}

static int set_queue_size(struct vsock_vm *vm, const char *value,
			  struct options_error *error)
{
	int r;

	r = vsock_number(value, 2, MAX_QUEUE_SIZE, &vm->queue_size, error);
	if (r == 0 && (vm->queue_size & (vm->queue_size - 1)))
		return options_fail(error,
				    "'%s' is no power of two, as 1024 is one",
				    value);

	return r;
}

static int set_groups(struct vsock_vm *vm, const char *value,
		      struct options_error *error)
{
	return vsock_read_groups(value, &vm->groups, error);
}

static int set_max_connections(struct vsock_vm *vm, const char *value,
			       struct options_error *error)
{
	return vsock_number(value, 1, VD_VSOCK_CONNECTIONS_MAX,
			    &vm->max_connections, error);
}

static int set_port_map(struct vsock_vm *vm, const char *value,
			struct options_error *error)
{
	int r;

	r = vsock_read_map(value, &vm->port_map, error);
	for (size_t i = 0; r == 0 && i < vm->port_map.n; i++)
		r = check_path(vm->port_map.items[i].path, "", error);

	return r;
}

static int set_allow_ports(struct vsock_vm *vm, const char *value,
			   struct options_error *error)
{
	return vsock_read_ranges(value, &vm->policy, error);
}

static int set_direction(struct vsock_vm *vm, const char *value,
			 struct options_error *error)
{
	static const char *const words[] = {
		[VB_VSOCK_BOTH] = "both",
		[VB_VSOCK_CONNECT_ONLY] = "connect-only",
		[VB_VSOCK_LISTEN_ONLY] = "listen-only",
	};

	for (size_t i = 0; i < VD_ARRAY_SIZE(words); i++) {
		if (!strcmp(value, words[i])) {
			vm->policy.direction = (enum vb_vsock_direction)i;
			return 0;
		}
	}

	return options_fail(error,
			    "needs one of both, connect-only, "
			    "listen-only, not '%s'",
			    value);
}

static const struct {
	const char *name;
	const char *initial;
	set_func *set;
} keys[VSOCK_N_KEYS] = {
	[VSOCK_GUEST_CID] = { "guest-cid", "3", set_guest_cid },
	[VSOCK_SOCKET] = { "socket", NULL, set_socket },
	[VSOCK_UDS_PATH] = { "uds-path", NULL, set_uds_path },
	[VSOCK_FORWARD_CID] = { "forward-cid", NULL, set_forward_cid },
	[VSOCK_FORWARD_LISTEN] = { "forward-listen", NULL, set_forward_listen },
	[VSOCK_TX_BUFFER_SIZE] = { "tx-buffer-size", "262144",
				   set_tx_buffer_size },
	[VSOCK_QUEUE_SIZE] = { "queue-size", "1024", set_queue_size },
	[VSOCK_GROUPS] = { "groups", "default", set_groups },
	[VSOCK_MAX_CONNECTIONS] = { "max-connections", "1024",
				    set_max_connections },
	[VSOCK_PORT_MAP] = { "port-map", NULL, set_port_map },
	[VSOCK_ALLOW_PORTS] = { "allow-ports", NULL, set_allow_ports },
	[VSOCK_DIRECTION] = { "direction", "both", set_direction },
};

const char *vsock_key_name(enum vsock_key key)
{
	return keys[key].name;
}

static bool same_key(const char *name, const char *other)
{
	for (; *name && *other; name++, other++) {
		if ((*name == '_' ? '-' : *name) != *other)
			return false;
	}

	return *name == *other;
}

enum vsock_key vsock_key_find(const char *name)
{
	unsigned int key = 0;

	while (key < VSOCK_N_KEYS && !same_key(name, keys[key].name))
		key++;

	return (enum vsock_key)key;
}

int vsock_vm_set(struct vsock_vm *vm, enum vsock_key key, const char *value,
		 struct options_error *error)
{
	vm->values[key] = strdup(value);
	if (!vm->values[key])
		return -ENOMEM;

	return keys[key].set(vm, value, error);
}

static int blame(enum vsock_key *ret, enum vsock_key key)
{
	*ret = key;

	return -EINVAL;
}

/* Where do the guest's connections lead? */
static int check_backend(const struct vsock_vm *vm, enum vsock_key *key,
			 struct options_error *error)
{
	char *const *values = vm->values;

	if (!values[VSOCK_UDS_PATH] && !values[VSOCK_FORWARD_CID] &&
	    !values[VSOCK_FORWARD_LISTEN]) {
		options_fail(error, "missing; say where the host's "
				    "programs are to find the guest, or "
				    "set forward-cid");
		return blame(key, VSOCK_UDS_PATH);
	}
	if (values[VSOCK_UDS_PATH] &&
	    (values[VSOCK_FORWARD_CID] || values[VSOCK_FORWARD_LISTEN])) {
		options_fail(error, "excludes forward-cid and forward-listen; "
				    "use one or the other");
		return blame(key, VSOCK_UDS_PATH);
	}
	if (values[VSOCK_FORWARD_LISTEN] && !values[VSOCK_FORWARD_CID]) {
		options_fail(error, "needs forward-cid as well; 1 is this "
				    "machine");
		return blame(key, VSOCK_FORWARD_LISTEN);
	}
	if (values[VSOCK_PORT_MAP] && values[VSOCK_FORWARD_CID]) {
		options_fail(error, "leads to sockets in the file system; use "
				    "uds-path in the place of forward-cid");
		return blame(key, VSOCK_PORT_MAP);
	}

	return 0;
}

int vsock_vm_complete(struct vsock_vm *vm, bool need_socket,
		      enum vsock_key *key, struct options_error *error)
{
	int r;

	if (need_socket && !vm->values[VSOCK_SOCKET]) {
		options_fail(error, "missing; say where the VMM is to "
				    "connect");
		return blame(key, VSOCK_SOCKET);
	}

	r = check_backend(vm, key, error);
	for (unsigned int i = 0; r == 0 && i < VSOCK_N_KEYS; i++) {
		if (!vm->values[i] && keys[i].initial)
			r = vsock_vm_set(vm, (enum vsock_key)i, keys[i].initial,
					 error);
	}

	return r;
}

static bool same_value(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool vsock_vm_equal(const struct vsock_vm *a, const struct vsock_vm *b)
{
	for (unsigned int i = 0; i < VSOCK_N_KEYS; i++) {
		if (!same_value(a->values[i], b->values[i]))
			return false;
	}

	return true;
}

void vsock_vm_fini(struct vsock_vm *vm)
{
	for (size_t i = 0; i < VSOCK_N_KEYS; i++)
		free(vm->values[i]);
	for (size_t i = 0; i < vm->groups.n; i++)
		free(vm->groups.items[i]);
	for (size_t i = 0; i < vm->port_map.n; i++)
		free(vm->port_map.items[i].path);
	free(vm->forward_listen.items);
	free(vm->groups.items);
	free(vm->port_map.items);
	free(vm->policy.ranges);
	*vm = (struct vsock_vm){ 0 };
}
