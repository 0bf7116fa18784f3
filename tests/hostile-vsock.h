/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The driver of a vsock device that sends what it likes, and the programs of
 * the host at the other end.  Its guest is that of hostile-driver.h.
 */

#ifndef TESTS_HOSTILE_VSOCK_H
#define TESTS_HOSTILE_VSOCK_H

#include <linux/virtio_vsock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostile-driver.h"

/* Ports of the host where a program listens, and of the guest. */
#define STREAM_PORT 1234
#define SEQPACKET_PORT 1235
#define GUEST_PORT 99

#define STREAM VIRTIO_VSOCK_TYPE_STREAM
#define SEQPACKET VIRTIO_VSOCK_TYPE_SEQPACKET

#define VSOCK_RX 0
#define VSOCK_TX 1

/* The last port of the guest that was used, and how often something was tried. */
extern uint32_t vsock_port;
extern size_t vsock_n_cases;

/*
 * As attack_start() and attack_stop(); there are programs of the host, and at
 * the end a new connection works.
 */
void vsock_attack_start(const struct target *target);
void vsock_attack_stop(void);

/* Let everybody in that is waiting, and send them away. */
void host_turn_away(void);

/* Connect to a port of the guest, and say so. */
int host_connect(void);

/* Have a program of the host wait until there are @len bytes, and compare. */
void host_expect(int fd, const uint8_t *data, size_t len);

/* Wait for the end of a connection, whatever comes before it. */
void host_expect_end(int fd);

/**
 * struct vsock_packet - from the device
 * @header: the header
 * @data:   payload, until the next buffers are added
 */
struct vsock_packet {
	struct virtio_vsock_hdr header;
	const uint8_t *data;
};

/* A packet from a guest's port to the host, right in all its fields. */
struct virtio_vsock_hdr vsock_header(uint16_t op, uint16_t kind, uint32_t port);

/* Where a packet's payload is taken from. */
uint8_t *vsock_payload(void);

/* Add buffers for packets to the guest; there are @n then. */
void vsock_add_buffers(uint32_t n, uint32_t size);

/* Send a header with @len bytes behind it, and see that it is taken. */
void vsock_send(const struct virtio_vsock_hdr *header, uint32_t len);

/* Send a header that is right, and nothing else. */
void vsock_send_op(uint16_t op, uint16_t kind, uint32_t port);

/* Wait for a packet to this port of the guest; others are dropped. */
void vsock_receive(uint32_t port, struct vsock_packet *ret);

/* Have all buffers used, one for each answer on a connection. */
void vsock_use_up_buffers(uint32_t port);

/* Drop all packets that have come, and have buffers for others. */
void vsock_drop(void);

/* Connect from @port; returns the other end. */
int vsock_connect(uint16_t kind, uint32_t port);

#endif
