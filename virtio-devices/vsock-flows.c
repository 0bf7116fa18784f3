/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A hash table of connections.
 */

#include <errno.h>
#include <stdlib.h>

#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-flows.h"
#include "virtio-devices/vsock-host.h"

static uint64_t rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* The last word carries the length of the message, 12 bytes, on top. */
static uint64_t sip(const uint64_t seed[2], const struct vd_vsock_flow *flow)
{
	uint64_t v[4] = {
		seed[0] ^ 0x736f6d6570736575,
		seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261,
		seed[1] ^ 0x7465646279746573,
	};

	sip_word(v, (uint64_t)flow->guest_port << 32 | flow->peer_port);
	sip_word(v, 12ULL << 56 | flow->peer_cid);
	v[2] ^= 0xff;
	for (unsigned int i = 0; i < 3; i++)
		sip_round(v);

	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct vd_vsock_connection **bucket_of(const struct vd_flows *flows,
					      const struct vd_vsock_flow *flow)
{
	return &flows->buckets[sip(flows->seed, flow) & flows->mask];
}

int vd_flows_init(struct vd_flows *flows, size_t n, const uint64_t seed[2])
{
	size_t size = 1;

	while (size < n)
		size *= 2;

	flows->buckets = calloc(size, sizeof(struct vd_vsock_connection *));
	if (!flows->buckets)
		return -ENOMEM;

	flows->mask = size - 1;
	flows->seed[0] = seed[0];
	flows->seed[1] = seed[1];

	return 0;
}

void vd_flows_fini(struct vd_flows *flows)
{
	free(flows->buckets);
}

struct vd_vsock_connection *vd_flows_find(const struct vd_flows *flows,
					  const struct vd_vsock_flow *flow)
{
	struct vd_vsock_connection *at = *bucket_of(flows, flow);

	while (at && (at->flow.guest_port != flow->guest_port ||
		      at->flow.peer_port != flow->peer_port ||
		      at->flow.peer_cid != flow->peer_cid))
		at = at->next;

	return at;
}

void vd_flows_add(struct vd_flows *flows,
		  struct vd_vsock_connection *connection)
{
	struct vd_vsock_connection **bucket =
		bucket_of(flows, &connection->flow);

	connection->next = *bucket;
	*bucket = connection;
}

void vd_flows_remove(struct vd_flows *flows,
		     struct vd_vsock_connection *connection)
{
	struct vd_vsock_connection **at = bucket_of(flows, &connection->flow);

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	connection->next = NULL;
}
