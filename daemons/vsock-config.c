/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/vsock-config.h"
#include "daemons/vsock-paths.h"
#include "virtio-devices/util.h"

void vsock_vm_freep(struct vsock_vm **vm)
{
	if (!*vm)
		return;

	vsock_vm_fini(*vm);
	free(*vm);
}

const char *vsock_config_keys(char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int key = 0; key < VSOCK_N_KEYS && len < size; key++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					key ? ", " : "",
					vsock_key_name((enum vsock_key)key));

	return buf;
}

static int check_pair(const struct vsock_vm *vm, const struct vsock_vm *other,
		      enum vsock_key *key, struct options_error *error)
{
	if (vm->guest_cid == other->guest_cid) {
		*key = VSOCK_GUEST_CID;
		return options_fail(error,
				    "another guest has %u; give each its own",
				    vm->guest_cid);
	}

	return vsock_paths_check(vm, other, key, error);
}

int vsock_config_add(struct vsock_config *config, struct vsock_vm **vm,
		     enum vsock_key *key, struct options_error *error)
{
	struct vsock_vm **vms;
	int r;

	r = vsock_paths_check_own(*vm, key, error);
	for (size_t i = 0; r == 0 && i < config->n; i++)
		r = check_pair(*vm, config->vms[i], key, error);
	if (r < 0)
		return r;

	if (config->n == VSOCK_MAX_GUESTS) {
		*key = VSOCK_GUEST_CID;
		return options_fail(error,
				    "these are more than %d guests; use "
				    "several processes",
				    VSOCK_MAX_GUESTS);
	}

	vms = reallocarray(config->vms, config->n + 1,
			   sizeof(struct vsock_vm *));
	if (!vms)
		return -ENOMEM;
	config->vms = vms;
	config->vms[config->n++] = VD_STEAL(*vm);

	return 0;
}

static int set_pair(struct vsock_vm *vm, char *pair,
		    struct options_error *error)
{
	char *value = strchr(pair, '=');
	struct options_error reason;
	enum vsock_key key;
	char keys[256];
	int r;

	if (!value)
		return options_fail(error, "'%s' is not KEY=VALUE", pair);
	*value++ = '\0';

	key = vsock_key_find(pair);
	if (key == VSOCK_N_KEYS)
		return options_fail(error, "there is no key '%s'; there are %s",
				    pair,
				    vsock_config_keys(keys, sizeof(keys)));
	if (vm->values[key])
		return options_fail(error, "%s is there twice; leave one out",
				    vsock_key_name(key));

	r = vsock_vm_set(vm, key, value, &reason);
	if (r == -EINVAL)
		options_fail(error, "%s: %s", vsock_key_name(key), reason.text);

	return r;
}

static int set_pairs(struct vsock_vm *vm, const char *text,
		     struct options_error *error)
{
	char *copy = strdup(text), *rest = copy, *pair;
	int r = 0;

	if (!copy)
		return -ENOMEM;

	while (r == 0 && (pair = strsep(&rest, ",")))
		r = set_pair(vm, pair, error);
	free(copy);

	return r;
}

/* Takes the guest in if it is complete. */
static int add_complete(struct vsock_config *config, struct vsock_vm **vm,
			bool need_socket, struct options_error *error)
{
	enum vsock_key key = VSOCK_GUEST_CID;
	struct options_error reason;
	int r;

	r = vsock_vm_complete(*vm, need_socket, &key, &reason);
	if (r == 0)
		r = vsock_config_add(config, vm, &key, &reason);
	if (r == -EINVAL)
		options_fail(error, "%s: %s", vsock_key_name(key), reason.text);

	return r;
}

int vsock_config_add_text(struct vsock_config *config, const char *text,
			  bool need_socket, struct options_error *error)
{
	struct vsock_vm *vm = calloc(1, sizeof(*vm));
	int r;

	if (!vm)
		return -ENOMEM;

	r = set_pairs(vm, text, error);
	if (r == 0)
		r = add_complete(config, &vm, need_socket, error);
	vsock_vm_freep(&vm);

	return r;
}

void vsock_config_fini(struct vsock_config *config)
{
	for (size_t i = 0; i < config->n; i++)
		vsock_vm_freep(&config->vms[i]);
	free(config->vms);
	*config = (struct vsock_config){ 0 };
}
