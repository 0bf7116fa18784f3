/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The file of vhost-device-vsock's --config: it is taken, or the reason is told,
 * and then the old guests are still there.
 */

#include <errno.h>
#include <string.h>

#include "daemons/vsock-yaml.h"
#include "virtio-devices/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vsock_yaml_error error = { 0 };
	struct vsock_config config = { 0 };
	bool need_socket;
	int r;

	if (size < 1)
		return 0;
	need_socket = data[0] & 1;
	r = vsock_yaml_parse((const char *)data + 1, size - 1, need_socket,
			     &config, &error);
	if (r == -EINVAL && (config.n || !error.what.text[0]))
		__builtin_trap();
	if (r != 0 && r != -EINVAL && r != -ENOMEM)
		__builtin_trap();
	vsock_config_fini(&config);

	return 0;
}
