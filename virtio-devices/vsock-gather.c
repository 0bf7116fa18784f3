/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Several packets of the guest in one write.
 */

#include "virtio-devices/vsock-gather.h"
#include "virtio-devices/chain.h"
#include "virtio-devices/util.h"
#include "virtio-devices/vsock-connection.h"
#include "virtio-devices/vsock-device.h"
#include "virtio-devices/vsock-write.h"

bool vd_gather_add(struct vd_vsock_connection *connection,
		   struct vd_chain *chain, uint32_t len)
{
	struct vd_vsock *vsock = connection->vsock;
	struct vd_gather *gather = &vsock->gather;
	size_t n_iov;

	if (gather->n_chains && gather->connection != connection)
		return false;
	if (gather->n_chains == VD_VSOCK_CHAINS ||
	    gather->n_iov == VD_VSOCK_PIECES)
		return false;
	if (vd_stream_borrow(&chain->readable, vsock->iov + gather->n_iov,
			     VD_VSOCK_PIECES - gather->n_iov, len,
			     &n_iov) < len)
		return false;

	chain->tag[0] = len;
	vsock->chains[gather->n_chains++] = chain;
	gather->connection = connection;
	gather->n_iov += n_iov;
	gather->len += len;

	return true;
}

void vd_gather_flush(struct vd_vsock *vsock)
{
	struct vd_gather gather = vsock->gather;
	size_t taken;

	if (!gather.n_chains)
		return;

	vsock->gather = (struct vd_gather){ 0 };
	taken = vd_write_pieces(gather.connection, vsock->iov, gather.n_iov,
				gather.len);

	for (size_t i = 0; i < gather.n_chains; i++) {
		struct vd_chain *chain = vsock->chains[i];
		size_t n = VD_MIN(taken, chain->tag[0]);

		taken -= n;
		vd_stream_skip(&chain->readable, n);
		vd_write_keep(gather.connection, &chain->readable,
			      (uint32_t)(chain->tag[0] - n));
		vd_chain_complete(chain, 0);
	}

	vd_write_tell_credit(gather.connection);
}
