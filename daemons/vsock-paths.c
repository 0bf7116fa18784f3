/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "daemons/vsock-paths.h"

#include <string.h>

#include "daemons/vsock-guest.h"
#include "virtio-devices/util.h"

/* The keys whose values are files that we make. */
static const enum vsock_key keys[] = { VSOCK_SOCKET, VSOCK_UDS_PATH };

/* What is behind uds-path in a path; NULL if that does not begin with it. */
static const char *suffix_of(const char *path, const struct vsock_vm *vm)
{
	const char *uds_path = vm->values[VSOCK_UDS_PATH];
	size_t len = uds_path ? strlen(uds_path) : 0;

	return len && !strncmp(path, uds_path, len) ? path + len : NULL;
}

/* What uds-path makes of a port, or where its other socket is. */
static bool is_derived(const char *path, const struct vsock_vm *vm)
{
	const char *suffix = suffix_of(path, vm);

	if (!suffix)
		return false;
	if (!strcmp(suffix, VSOCK_SEQPACKET_SUFFIX))
		return true;

	return suffix[0] == '_' && suffix[1] &&
	       suffix[1 + strspn(suffix + 1, "0123456789")] == '\0';
}

/* Which of the guest's keys makes a socket there?  VSOCK_N_KEYS for none. */
static enum vsock_key key_of(const char *path, const struct vsock_vm *vm)
{
	const char *suffix = suffix_of(path, vm);
	const char *socket = vm->values[VSOCK_SOCKET];

	if (socket && !strcmp(path, socket))
		return VSOCK_SOCKET;
	if (suffix && (!suffix[0] || !strcmp(suffix, VSOCK_SEQPACKET_SUFFIX)))
		return VSOCK_UDS_PATH;

	return VSOCK_N_KEYS;
}

static int check_path(const char *path, const struct vsock_vm *other,
		      struct options_error *error)
{
	enum vsock_key key = key_of(path, other);

	if (is_derived(path, other))
		return options_fail(
			error,
			"'%s' is what the uds-path of guest %u becomes "
			"with a port or _seqpacket behind it; "
			"choose another path",
			path, other->guest_cid);
	if (key == VSOCK_N_KEYS)
		return 0;

	return options_fail(error,
			    "'%s' is the %s of guest %u; choose another "
			    "path",
			    path, vsock_key_name(key), other->guest_cid);
}

/* The first target of a guest's port map that is a socket of this one. */
static const struct vb_vsock_port_socket *
find_target(const struct vsock_vm *vm, const struct vsock_vm *other)
{
	for (size_t i = 0; i < vm->port_map.n; i++) {
		if (key_of(vm->port_map.items[i].path, other) != VSOCK_N_KEYS)
			return &vm->port_map.items[i];
	}

	return NULL;
}

static int check_port_map(const struct vsock_vm *vm,
			  const struct vsock_vm *other, enum vsock_key *key,
			  struct options_error *error)
{
	const struct vb_vsock_port_socket *target = find_target(vm, other);

	if (!target)
		return 0;

	*key = VSOCK_PORT_MAP;
	return options_fail(error,
			    "the port %u leads to '%s', which the %s of guest "
			    "%u makes; choose another path",
			    target->port, target->path,
			    vsock_key_name(key_of(target->path, other)),
			    other->guest_cid);
}

/* Would a guest that was there before reach the new one by its sockets? */
static int check_reached(const struct vsock_vm *vm,
			 const struct vsock_vm *other, enum vsock_key *key,
			 struct options_error *error)
{
	const struct vb_vsock_port_socket *target = find_target(other, vm);

	if (target) {
		*key = key_of(target->path, vm);
		return options_fail(error,
				    "the port-map of guest %u leads to '%s'; "
				    "choose another path",
				    other->guest_cid, target->path);
	}

	for (size_t i = 0; i < VD_ARRAY_SIZE(keys); i++) {
		const char *path = other->values[keys[i]];

		if (!path || !is_derived(path, vm))
			continue;
		*key = VSOCK_UDS_PATH;
		return options_fail(
			error,
			"with a port or _seqpacket behind it, it "
			"is '%s', the %s of guest %u; choose another "
			"path",
			path, vsock_key_name(keys[i]), other->guest_cid);
	}

	return 0;
}

int vsock_paths_check_own(const struct vsock_vm *vm, enum vsock_key *key,
			  struct options_error *error)
{
	const char *socket = vm->values[VSOCK_SOCKET];
	const char *uds_path = vm->values[VSOCK_UDS_PATH];

	if (socket && uds_path && !strcmp(socket, uds_path)) {
		*key = VSOCK_UDS_PATH;
		return options_fail(
			error,
			"'%s' is the socket as well, which is for the "
			"VMM; choose another path",
			uds_path);
	}

	*key = VSOCK_SOCKET;
	if (socket && is_derived(socket, vm))
		return check_path(socket, vm, error);

	return check_port_map(vm, vm, key, error);
}

int vsock_paths_check(const struct vsock_vm *vm, const struct vsock_vm *other,
		      enum vsock_key *key, struct options_error *error)
{
	int r;

	for (size_t i = 0; i < VD_ARRAY_SIZE(keys); i++) {
		const char *path = vm->values[keys[i]];

		r = path ? check_path(path, other, error) : 0;
		if (r < 0) {
			*key = keys[i];
			return r;
		}
	}

	r = check_port_map(vm, other, key, error);

	return r < 0 ? r : check_reached(vm, other, key, error);
}
