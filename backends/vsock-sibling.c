/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backends/vsock-pair.h"
#include "backends/vsock-policy.h"
#include "backends/vsock-sibling.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-host.h"

/**
 * struct sibling - a guest at a switch
 * @host:     what its device sees
 * @uplink:   the host's own end
 * @switch_:  where the others are
 * @next:     of them
 * @vsock:    the device, or NULL before there is one
 * @groups:   names
 * @n_groups: how many
 * @policy:   what it may do
 */
struct sibling {
	struct vd_vsock_host host;
	struct vd_vsock_host *uplink;
	struct vb_vsock_switch *switch_;
	struct sibling *next;
	struct vd_vsock *vsock;
	const char *const *groups;
	size_t n_groups;
	const struct vb_vsock_policy *policy;
};

/**
 * struct vb_vsock_switch - guests that talk to each other
 * @siblings: the guests
 */
struct vb_vsock_switch {
	struct sibling *siblings;
};

int vb_vsock_switch_new(struct vb_vsock_switch **ret)
{
	*ret = calloc(1, sizeof(**ret));

	return *ret ? 0 : -ENOMEM;
}

void vb_vsock_switch_free(struct vb_vsock_switch *switch_)
{
	free(switch_);
}

static bool has_group(const struct sibling *sibling, const char *name)
{
	for (size_t i = 0; i < sibling->n_groups; i++) {
		if (!strcmp(sibling->groups[i], name))
			return true;
	}

	return false;
}

static bool share_group(const struct sibling *a, const struct sibling *b)
{
	for (size_t i = 0; i < a->n_groups; i++) {
		if (has_group(b, a->groups[i]))
			return true;
	}

	return false;
}

static struct sibling *find(const struct sibling *from, uint32_t cid)
{
	struct sibling *sibling = from->switch_->siblings;

	while (sibling && (sibling == from || !sibling->vsock ||
			   vd_vsock_guest_cid(sibling->vsock) != cid))
		sibling = sibling->next;

	return sibling;
}

static int sibling_connect(struct vd_vsock_host *host,
			   const struct vd_vsock_flow *flow,
			   struct vd_vsock_stream **ret)
{
	struct sibling *from = container_of(host, struct sibling, host), *to;

	if (flow->peer_cid == VD_VSOCK_HOST_CID)
		return from->uplink->ops->connect(from->uplink, flow, ret);

	to = find(from, flow->peer_cid);
	if (!to || !share_group(from, to))
		return -EHOSTUNREACH;
	if (from->policy->direction == VB_VSOCK_LISTEN_ONLY ||
	    !vb_vsock_may_be_reached(to->policy))
		return -EACCES;

	return vb_vsock_pair_connect(flow, from->vsock, to->vsock, ret);
}

static void sibling_attach(struct vd_vsock_host *host, struct vd_vsock *vsock)
{
	struct sibling *sibling = container_of(host, struct sibling, host);

	sibling->vsock = vsock;
	if (sibling->uplink->ops->attach)
		sibling->uplink->ops->attach(sibling->uplink, vsock);
}

static void sibling_destroy(struct vd_vsock_host *host)
{
	struct sibling *sibling = container_of(host, struct sibling, host);
	struct sibling **at = &sibling->switch_->siblings;

	while (*at != sibling)
		at = &(*at)->next;
	*at = sibling->next;
	sibling->uplink->ops->destroy(sibling->uplink);
	free(sibling);
}

static const struct vd_vsock_host_ops sibling_ops = {
	.name = "sibling",
	.attach = sibling_attach,
	.connect = sibling_connect,
	.destroy = sibling_destroy,
};

int vb_vsock_sibling_new(struct vb_vsock_switch *switch_,
			 struct vd_vsock_host *uplink,
			 const char *const *groups, size_t n_groups,
			 const struct vb_vsock_policy *policy,
			 struct vd_vsock_host **ret)
{
	struct sibling *sibling = calloc(1, sizeof(*sibling));

	if (!sibling)
		return -ENOMEM;

	*sibling = (struct sibling){
		.host.ops = &sibling_ops,
		.uplink = uplink,
		.switch_ = switch_,
		.next = switch_->siblings,
		.groups = groups,
		.n_groups = n_groups,
		.policy = policy,
	};
	switch_->siblings = sibling;

	*ret = &sibling->host;
	return 0;
}
