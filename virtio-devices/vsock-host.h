/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VIRTIO_DEVICES_VSOCK_HOST_H
#define VIRTIO_DEVICES_VSOCK_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: What a vsock device needs of its host
 *
 * A *connection* is the device's: what it knows of one flow of packets, its
 * state and credit.  A *stream* is the host's: a socket, or whatever else the
 * bytes go to.  A connection has one stream from the moment it is made until
 * @close, which is called exactly once for each stream, and after which
 * neither side knows the other.
 *
 * Requests go down through struct vd_vsock_host_ops and
 * struct vd_vsock_stream_ops; none blocks.  Events come up through the
 * functions at the end.
 *
 * Readiness is told by its edges, as epoll does with EPOLLET.  Once
 * vd_vsock_readable() was called, the device reads until the stream has no
 * more, however long that takes: it may have to wait for the guest's credit or
 * buffers first, and asks for nothing meanwhile.  The same holds for writing.
 * A new stream counts as not readable, and as writable once it is connected.
 *
 * Functions that go up may be called from anywhere on the device's thread:
 * while an operation of this very device is under way, too.  Then the event is
 * remembered, and seen to before the device is left.  So two devices can be
 * each other's host: the one's @writev offers its bytes, and calls
 * vd_vsock_readable() of the other, which takes them with its @readv; the one's
 * @readv calls vd_vsock_writable() of the other, which gives what it had to
 * keep with its @writev.  If the other is busy, both are -EAGAIN, and it comes
 * back later.
 *
 * Each takes the time, in nanoseconds, see vd_device_kick().
 */

struct vd_vsock;
struct vd_vsock_connection;
struct vd_vsock_host;
struct vd_vsock_stream;

/* The values are those of virtio 1.3, section 5.10.6. */
enum vd_vsock_type {
	VD_VSOCK_STREAM = 1,
	VD_VSOCK_SEQPACKET = 2,
};

/* The context ID of the host itself. */
#define VD_VSOCK_HOST_CID 2

/* For vd_vsock_accept(): any port that is free. */
#define VD_VSOCK_PORT_ANY UINT32_MAX

/* Flags of @writev and @readv. */
#define VD_VSOCK_EOM 1U /* the message ends here */
#define VD_VSOCK_EOR \
	2U /* and so does a record, MSG_EOR; only with the former */
#define VD_VSOCK_MORE 4U /* there is more to read, though less came than fits */

/* For @shutdown: what the device will not do any more, as bits. */
#define VD_VSOCK_NO_READ 1U
#define VD_VSOCK_NO_WRITE 2U

/**
 * struct vd_vsock_flow - whose packets belong together
 * @guest_port: the guest's port
 * @peer_cid:   who is at the other end: the host (2), or a sibling guest
 * @peer_port:  the port there
 * @type:       enum vd_vsock_type
 */
struct vd_vsock_flow {
	uint32_t guest_port;
	uint32_t peer_cid;
	uint32_t peer_port;
	uint32_t type;
};

/**
 * struct vd_vsock_stream_ops - a kind of stream
 * @accepted:     the guest took the connection that vd_vsock_accept() offered;
 *                NULL if the stream does not care
 * @writev:       give bytes to the other end: how many were taken, at least 1
 *                unless @iov is empty; or -EAGAIN if none can be now, and
 *                vd_vsock_writable() will tell.  Less than all means the same.
 *                -EPIPE: the other end reads no more, but may write.  Any other
 *                error ends the connection
 * @next_message: bytes in the next message that waits, which may be 0; -EAGAIN,
 *                or -ENODATA at the end of the stream.  Only for SEQPACKET
 * @readv:        take bytes from the other end: how many came; 0 at the end of
 *                the stream; or -EAGAIN, and vd_vsock_readable() will tell.
 *                *@flags is 0 before.  Less than fits means that there is
 *                nothing more now, and that vd_vsock_readable() will tell,
 *                unless VD_VSOCK_MORE is set in *@flags.  Any other error ends
 *                the connection, once all that came before is delivered
 * @shutdown:     VD_VSOCK_NO_*: the guest has closed one direction, and all that
 *                it sent is written.  Each bit comes at most once
 * @close:        forget the connection and release the stream.  @error is 0 if
 *                it ended in good order, -ECONNREFUSED if the guest refused it,
 *                -ECONNRESET if the guest reset it, -ETIMEDOUT, -EMSGSIZE if
 *                the other end sent a message that the guest has no room for,
 *                -EPROTO if the guest broke the rules, -ENETRESET if the guest
 *                is gone, or what the stream itself or vd_vsock_abort() said
 *
 * Messages (SEQPACKET).  A stream with @next_message deals in whole ones:
 * @writev gets one message in one call, with VD_VSOCK_EOM, and takes it all or
 * is -EAGAIN; @readv is called after @next_message and has room for all of it.
 * A stream without passes fragments on, as they come: @writev gets VD_VSOCK_EOM
 * with the last one, and it counts if all was taken; @readv sets it together
 * with the last bytes of a message.  A return of 0 from @readv with
 * VD_VSOCK_EOM is an empty message, or an empty last fragment.
 */
struct vd_vsock_stream_ops {
	void (*accepted)(struct vd_vsock_stream *stream);
	ssize_t (*writev)(struct vd_vsock_stream *stream,
			  const struct iovec *iov, size_t n_iov,
			  unsigned int flags);
	ssize_t (*next_message)(struct vd_vsock_stream *stream);
	ssize_t (*readv)(struct vd_vsock_stream *stream,
			 const struct iovec *iov, size_t n_iov,
			 unsigned int *flags);
	void (*shutdown)(struct vd_vsock_stream *stream, unsigned int how);
	void (*close)(struct vd_vsock_stream *stream, int error);
};

/**
 * struct vd_vsock_stream - the part of a stream that the device can see
 * @ops:        its kind
 * @connection: set by the device; valid until @close
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_vsock_stream {
	const struct vd_vsock_stream_ops *ops;
	struct vd_vsock_connection *connection;
};

/**
 * struct vd_vsock_host_ops - a kind of host
 * @name:    for messages, e.g. "unix"
 * @attach:  a device uses this host from now on; NULL if nothing comes from
 *           this side
 * @connect: the guest wants to connect: make a stream for @flow.  1 if it is
 *           connected already, 0 if vd_vsock_connected() will tell, or a
 *           negative errno: the guest gets a RST.  Whether @flow->peer_cid is
 *           one that can be reached is for the host to say
 * @destroy: release everything, @host included; each stream was closed
 *
 * The two that return an int may not call up for the connection or device that
 * they are about.
 */
struct vd_vsock_host_ops {
	const char *name;
	void (*attach)(struct vd_vsock_host *host, struct vd_vsock *vsock);
	int (*connect)(struct vd_vsock_host *host,
		       const struct vd_vsock_flow *flow,
		       struct vd_vsock_stream **ret);
	void (*destroy)(struct vd_vsock_host *host);
};

/**
 * struct vd_vsock_host - the part of a host that the device can see
 * @ops: its kind
 *
 * Embed it first in your own structure, and recover that with container_of().
 */
struct vd_vsock_host {
	const struct vd_vsock_host_ops *ops;
};

/**
 * vd_vsock_accept() - somebody wants to connect to the guest
 * @vsock:  the device, as it was given to @attach
 * @flow:   where to; @peer_port may be VD_VSOCK_PORT_ANY
 * @stream: for the connection; the device's from now on, on success
 * @now:    the time
 *
 * The guest is asked.  The answer is @accepted, or @close with an error: it may
 * come before this function returns.
 *
 * Return: 0; -ENETDOWN if the guest does not drive its device (yet), -EMFILE
 *         if there are as many connections as are allowed, -EADDRINUSE if there
 *         is such a flow, or -EPROTONOSUPPORT if the guest knows no such type.
 */
int vd_vsock_accept(struct vd_vsock *vsock, const struct vd_vsock_flow *flow,
		    struct vd_vsock_stream *stream, uint64_t now);

/**
 * vd_vsock_connected() - a connect that was under way has ended
 * @connection: what @connect returned 0 for
 * @error:      0, or a negative errno, and @close follows
 * @now:        the time
 */
void vd_vsock_connected(struct vd_vsock_connection *connection, int error,
			uint64_t now);

/**
 * vd_vsock_readable() - there is something to read, or the end of the stream
 * @connection: of the stream
 * @now:        the time
 */
void vd_vsock_readable(struct vd_vsock_connection *connection, uint64_t now);

/**
 * vd_vsock_writable() - the stream takes bytes again
 * @connection: of the stream
 * @now:        the time
 */
void vd_vsock_writable(struct vd_vsock_connection *connection, uint64_t now);

/**
 * vd_vsock_hung_up() - nobody is at the other end any more
 * @connection: of the stream
 * @now:        the time
 *
 * What can still be read is read; nothing more is written.
 */
void vd_vsock_hung_up(struct vd_vsock_connection *connection, uint64_t now);

/**
 * vd_vsock_abort() - end a connection at once
 * @connection: of the stream
 * @error:      a negative errno, handed on to @close
 * @now:        the time
 *
 * The guest gets a RST.  @close has been called when this returns, unless an
 * operation of this device is under way: then it follows before that is left.
 */
void vd_vsock_abort(struct vd_vsock_connection *connection, int error,
		    uint64_t now);

/**
 * vd_vsock_connection_flow() - which connection is it?
 * @connection: of a stream that was not closed
 *
 * Return: valid as long as @connection; all ports are known.
 */
const struct vd_vsock_flow *
vd_vsock_connection_flow(const struct vd_vsock_connection *connection);

/**
 * vd_vsock_connection_vsock() - whose connection is it?
 * @connection: of a stream that was not closed
 *
 * Return: the device.
 */
struct vd_vsock *
vd_vsock_connection_vsock(struct vd_vsock_connection *connection);

/**
 * vd_vsock_now() - the time, as the device knows it
 * @vsock: the device
 *
 * For a host that is another device: while an operation of @vsock is under way,
 * this is the time to hand on.
 *
 * Return: nanoseconds, on the clock of whoever calls.
 */
uint64_t vd_vsock_now(const struct vd_vsock *vsock);

/**
 * vd_vsock_guest_cid() - the guest's context ID
 * @vsock: the device
 *
 * Return: the same as in its struct vd_vsock_config.
 */
uint32_t vd_vsock_guest_cid(const struct vd_vsock *vsock);

/**
 * vd_vsock_n_connections() - how many connections there are
 * @vsock: the device
 *
 * Return: those in any state, also such as wait to be accepted or reset.
 */
unsigned int vd_vsock_n_connections(const struct vd_vsock *vsock);

#ifdef __cplusplus
}
#endif

#endif
