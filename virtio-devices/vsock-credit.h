/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Credit: how much each side of a connection may send (virtio 1.3, section
 * 5.10.6.3).  All counters wrap at 2^32, and what the guest says of its own may
 * be anything.
 */

#ifndef VIRTIO_DEVICES_VSOCK_CREDIT_H
#define VIRTIO_DEVICES_VSOCK_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct vd_credit - both directions of a connection
 * @peer_buf_alloc: how much the guest can hold, as it says
 * @peer_fwd_cnt:   how much of what we sent has left its buffer, as it says
 * @tx_cnt:         bytes that we sent
 * @buf_alloc:      how much we can hold
 * @rx_cnt:         bytes that the guest sent
 * @fwd_cnt:        how many of these the host took
 * @told_fwd_cnt:   how many of these the guest knows to be taken
 */
struct vd_credit {
	uint32_t peer_buf_alloc;
	uint32_t peer_fwd_cnt;
	uint32_t tx_cnt;
	uint32_t buf_alloc;
	uint32_t rx_cnt;
	uint32_t fwd_cnt;
	uint32_t told_fwd_cnt;
};

/*
 * How much we may send.  Nothing, if the guest made its buffer smaller than
 * what is under way, or says that it got what we never sent.
 */
static inline uint32_t vd_credit_to_send(const struct vd_credit *credit)
{
	uint32_t under_way = credit->tx_cnt - credit->peer_fwd_cnt;

	if (under_way > credit->peer_buf_alloc)
		return 0;

	return credit->peer_buf_alloc - under_way;
}

/* How much the guest may send, as far as it knows. */
static inline uint32_t vd_credit_promised(const struct vd_credit *credit)
{
	return credit->buf_alloc - (credit->rx_cnt - credit->told_fwd_cnt);
}

/*
 * Has the guest to be told that there is room again?  Not before it has used
 * half of it: a packet of its own for every packet would be too many.
 */
static inline bool vd_credit_is_news(const struct vd_credit *credit)
{
	return credit->fwd_cnt != credit->told_fwd_cnt &&
	       vd_credit_promised(credit) < credit->buf_alloc / 2;
}

#endif
