/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Socket device (virtio 1.3, section 5.10).
 */

#ifndef VIRTIO_DEVICES_VSOCK_H
#define VIRTIO_DEVICES_VSOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vd_device;
struct vd_vsock_flow;
struct vd_vsock_host;

/* What a configuration has where it says nothing. */
#define VD_VSOCK_BUF_ALLOC 262144
#define VD_VSOCK_MAX_CONNECTIONS 1024
#define VD_VSOCK_HANDSHAKE_TIMEOUT 2000000000ULL
#define VD_VSOCK_CLOSE_TIMEOUT 8000000000ULL

/* The bounds of what can be asked for. */
#define VD_VSOCK_BUF_ALLOC_MIN 4096
#define VD_VSOCK_BUF_ALLOC_MAX (1U << 29)
#define VD_VSOCK_CONNECTIONS_MAX 65536

/**
 * struct vd_vsock_config - what a device is to be like
 * @guest_cid:         the guest's context ID: 3 to 0xfffffffe
 * @seqpacket:         offer VIRTIO_VSOCK_F_SEQPACKET: the host has streams of
 *                     that type
 * @buf_alloc:         bytes that a guest may have under way on one connection
 *                     before the host takes them
 * @max_connections:   beyond them, who wants one more is refused
 * @max_half_open:     of these, how many may wait to be accepted; by default half
 * @handshake_timeout: nanoseconds until one that waits is given up
 * @close_timeout:     nanoseconds that a guest has to answer a SHUTDOWN, before
 *                     it gets a RST
 * @seed:              random bytes, so that a guest cannot choose ports which
 *                     make look-ups slow
 *
 * Zero means the default, except for @guest_cid, @seqpacket and @seed.
 */
struct vd_vsock_config {
	uint32_t guest_cid;
	bool seqpacket;
	uint32_t buf_alloc;
	uint32_t max_connections;
	uint32_t max_half_open;
	uint64_t handshake_timeout;
	uint64_t close_timeout;
	uint64_t seed[2];
};

/**
 * vd_vsock_new() - make a socket device
 * @host:   who is at the other end; owned by the device on success
 * @config: copied
 * @ret:    the device
 *
 * Queue 0 is rx, 1 is tx, and 2, which a transport may leave out, is for
 * events.  A connection costs memory while it is open, and up to @buf_alloc
 * bytes more while its host does not read.  With SEQPACKET these are up to
 * twice @buf_alloc, and one message to the guest of up to @buf_alloc or 256 KiB,
 * whichever is more.
 *
 * Return: 0, -EINVAL if a value of @config is impossible, or -ENOMEM.
 */
int vd_vsock_new(struct vd_vsock_host *host,
		 const struct vd_vsock_config *config, struct vd_device **ret);

/**
 * vd_vsock_known_flows() - which connections does the guest know?
 * @device: a socket device
 * @flows:  receives them, but no more than @n
 * @n:      room in @flows; @max_connections of the configuration will do
 *
 * For whoever moves the guest, or wants it to outlive this process: what cannot
 * come along has to be told to the guest, with vd_vsock_transport_reset().
 *
 * Return: how many were written to @flows.
 */
unsigned int vd_vsock_known_flows(struct vd_device *device,
				  struct vd_vsock_flow *flows, unsigned int n);

/**
 * vd_vsock_transport_reset() - connections were lost behind the guest's back
 * @device: a socket device
 * @flows:  which, as far as is known, in bad faith even; or NULL
 * @n:      how many
 *
 * After a resume on another host, or by another process.  The guest gets a RST
 * for each of these, and of those that there are, since some transports have no
 * event queue; and as soon as that runs and has a buffer, the driver is told to
 * end whatever it still knows (VIRTIO_VSOCK_EVENT_TRANSPORT_RESET).  A device
 * finds out by itself if the first packets are of connections that it never had.
 */
void vd_vsock_transport_reset(struct vd_device *device,
			      const struct vd_vsock_flow *flows,
			      unsigned int n);

#ifdef __cplusplus
}
#endif

#endif
