/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include "backends/vsock-policy.h"

bool vb_vsock_may_connect(const struct vb_vsock_policy *policy, uint32_t port)
{
	if (policy->direction == VB_VSOCK_LISTEN_ONLY)
		return false;
	if (!policy->limited)
		return true;

	for (size_t i = 0; i < policy->n_ranges; i++) {
		if (port >= policy->ranges[i].first &&
		    port <= policy->ranges[i].last)
			return true;
	}

	return false;
}

bool vb_vsock_may_be_reached(const struct vb_vsock_policy *policy)
{
	return policy->direction != VB_VSOCK_CONNECT_ONLY;
}

const char *vb_vsock_port_path(const struct vb_vsock_port_map *map,
			       uint32_t port)
{
	for (size_t i = 0; i < map->n; i++) {
		if (map->items[i].port == port)
			return map->items[i].path;
	}

	return NULL;
}
