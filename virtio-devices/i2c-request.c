/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A request: what a chain asks for, where its bytes are, and its answer.
 */

#include <linux/virtio_i2c.h>

#include "virtio-devices/i2c-private.h"
#include "virtio-devices/util.h"

/* A 10-bit address has these in place of its five highest bits (7..3). */
#define TEN_BIT_MARK 0xf0
#define TEN_BIT_MASK 0xf9

/* Section 5.18.6.1: where the bits of an address lie in a request. */
static bool parse_address(uint16_t wire, struct vd_i2c_msg *msg)
{
	msg->ten_bit = (wire & TEN_BIT_MASK) == TEN_BIT_MARK;
	if (msg->ten_bit) {
		msg->address = (uint16_t)((wire & 0x6) << 7 | wire >> 8);
		return true;
	}

	msg->address = wire >> 1;

	return !(wire & 1) && wire <= UINT8_MAX;
}

/* The bytes stay where they are, or go into @bounce. */
bool vd_i2c_place(struct vd_i2c *i2c, struct vd_chain *chain,
		  struct vd_i2c_msg *msg)
{
	const struct vd_stream *stream =
		msg->read ? &chain->writable : &chain->readable;
	size_t n;
	struct iovec iov;

	if (msg->len == 0)
		return true;
	if (vd_stream_borrow(stream, &iov, 1, msg->len, &n) == msg->len) {
		msg->buf = iov.iov_base;
		return true;
	}
	if (msg->len > BOUNCE_SIZE - i2c->n_bounce)
		return false;

	msg->buf = i2c->bounce + i2c->n_bounce;
	i2c->n_bounce += msg->len;

	return msg->read || vd_chain_read(chain, msg->buf, msg->len) == 0;
}

bool vd_i2c_parse(const struct vd_i2c *i2c, struct vd_i2c_request *request,
		  struct vd_i2c_msg *msg)
{
	struct vd_chain *chain = request->chain;
	struct virtio_i2c_out_hdr header;
	size_t out, in, len;
	uint32_t flags;

	if (vd_chain_read(chain, &header, sizeof(header)) < 0)
		return false;

	flags = le32toh(header.flags);
	request->linked = flags & VIRTIO_I2C_FLAGS_FAIL_NEXT;
	msg->read = flags & VIRTIO_I2C_FLAGS_M_RD;
	if (!chain->room)
		return false;

	out = chain->readable.left;
	in = chain->room - sizeof(struct virtio_i2c_in_hdr);
	len = msg->read ? in : out;
	if ((msg->read ? out : in) > 0 || len > VD_I2C_MAX_LEN)
		return false;
	msg->len = (uint16_t)len;

	/* What may have reached the bus must not get there once more. */
	return parse_address(le16toh(header.addr), msg) && !chain->recovered &&
	       i2c->accepted;
}

static bool is_bounced(const struct vd_i2c *i2c, const uint8_t *buf)
{
	return (uintptr_t)buf - (uintptr_t)i2c->bounce < sizeof(i2c->bounce);
}

/* Bytes from the bus into the chain, unless that is where they went at once. */
static void deliver(const struct vd_i2c *i2c, struct vd_chain *chain,
		    const uint8_t *buf, size_t len)
{
	if (is_bounced(i2c, buf))
		(void)vd_chain_write(chain, buf, len);
	else
		vd_stream_skip(&chain->writable, len);
}

/*
 * The status is the last byte that the driver left room for.  Before it there
 * are the bytes that were read, or none: a failed read gives zeros, so that
 * what the driver sees was written by us.
 */
void vd_i2c_answer(const struct vd_i2c *i2c, size_t index, uint8_t status)
{
	struct vd_chain *chain = i2c->group[index].chain;
	size_t written = chain->room;
	size_t len;

	if (!chain->room) {
		vd_chain_complete(chain, 0);
		return;
	}

	len = chain->room - sizeof(status);
	if (len > VD_I2C_MAX_LEN) {
		vd_stream_skip(&chain->writable, len);
		written = 0;
	} else if (len > 0 && status == VIRTIO_I2C_MSG_OK) {
		deliver(i2c, chain, i2c->msgs[index].buf, len);
	} else if (len > 0) {
		(void)vd_chain_fill(chain, len);
	}
	(void)vd_chain_write(chain, &status, sizeof(status));

	vd_chain_complete(chain, written);
}
