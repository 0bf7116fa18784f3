/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * The other end of a vsock device: streams whose state can be read, and that
 * take and give as much as the test says.
 */

#ifndef TESTS_FAKE_VSOCK_HOST_H
#define TESTS_FAKE_VSOCK_HOST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio-devices/vsock-host.h"

#define FAKE_STREAMS 2048
#define FAKE_MESSAGES 64

/**
 * struct fake_bytes - bytes, and how they are divided into messages
 * @data:   all of them, whatever was taken out
 * @len:    how many
 * @at:     how many were taken out
 * @ends:   where messages end
 * @flags:  of these
 * @n_ends: how many
 * @end_at: those before this one were taken out
 */
struct fake_bytes {
	uint8_t *data;
	size_t len;
	size_t at;
	size_t ends[FAKE_MESSAGES];
	unsigned int flags[FAKE_MESSAGES];
	unsigned int n_ends;
	unsigned int end_at;
};

/**
 * struct fake_stream - a stream
 * @stream:      what the device sees
 * @in:          what the guest sent
 * @out:         what the guest is to get
 * @room:        so many more bytes can be written
 * @ended:       no more comes after @out
 * @read_error:  what comes after @out, if not 0
 * @write_error: what a write returns, if not 0
 * @n_writes:    calls of writev
 * @n_reads:     calls of readv
 * @memory:      where the last write came from, or the last read went to
 * @accepted:    the guest accepted it
 * @shut:        VD_VSOCK_NO_*, as the device said
 * @n_shuts:     how often it did
 * @closed:      it is
 * @error:       and this is why
 * @on_write:    if not NULL, called while a write is under way
 * @on_read:     the same for a read that finds nothing
 * @on_close:    the same for the end
 */
struct fake_stream {
	struct vd_vsock_stream stream;
	struct fake_bytes in;
	struct fake_bytes out;
	size_t room;
	bool ended;
	int read_error;
	int write_error;
	unsigned int n_writes;
	unsigned int n_reads;
	const void *memory;
	bool accepted;
	unsigned int shut;
	unsigned int n_shuts;
	bool closed;
	int error;
	void (*on_write)(struct fake_stream *stream);
	void (*on_read)(struct fake_stream *stream);
	void (*on_close)(struct fake_stream *stream);
};

/**
 * struct fake_host - the host
 * @host:      what the device sees
 * @vsock:     the device
 * @answer:    what connect returns
 * @whole:     streams deal in whole messages
 * @streams:   all there ever were
 * @n_streams: how many
 * @last:      the flow of the last connect
 * @destroyed: it is
 */
struct fake_host {
	struct vd_vsock_host host;
	struct vd_vsock *vsock;
	int answer;
	bool whole;
	struct fake_stream streams[FAKE_STREAMS];
	unsigned int n_streams;
	struct vd_vsock_flow last;
	bool destroyed;
};

/**
 * fake_host_init() - a host that accepts everything
 */
void fake_host_init(struct fake_host *host);

/**
 * fake_host_fini() - forget what was sent and received
 *
 * Asserts that each stream was closed.
 */
void fake_host_fini(struct fake_host *host);

/**
 * fake_host_connect() - connect to a guest
 * @type: enum vd_vsock_type
 * @ret:  receives the stream
 *
 * Return: as vd_vsock_accept() does.
 */
int fake_host_connect(struct fake_host *host, uint32_t port, uint32_t type,
		      uint64_t now, struct fake_stream **ret);

/**
 * fake_stream_put() - have something for the guest
 * @flags: VD_VSOCK_EOM and VD_VSOCK_EOR, of its end
 *
 * The device is not told.
 */
void fake_stream_put(struct fake_stream *stream, const void *bytes, size_t len,
		     unsigned int flags);

#endif
