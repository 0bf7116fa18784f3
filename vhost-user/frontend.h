/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#ifndef VHOST_USER_FRONTEND_H
#define VHOST_USER_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost-user/driver-ring.h"
#include "vhost-user/message.h"
#include "vhost-user/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * DOC: A front-end without a guest
 *
 * The other side of the protocol: what a VMM says to a back-end, together with
 * the driver's side of the rings, so that a device can be used by a program.
 *
 * There are three levels.  The steps, vhu_frontend_negotiate() and those after
 * it, are the sequence that most VMMs have in common, and get along with
 * back-ends that lack this or that.  Below them, vhu_frontend_ask() and
 * vhu_frontend_tell() exchange one message, so that the sequence of a certain
 * VMM can be replayed.  And vhu_frontend_send() sends whatever it is given.
 *
 * Every wait ends after the time-out.  All functions return 0 or a negative
 * errno; beside those of the system calls there are
 *
 *   -ETIMEDOUT   the back-end did not answer in time
 *   -ECONNRESET  it has closed the connection
 *   -EBADMSG     its answer is not one: other request, flags or size
 *   -EREMOTEIO   it refused (a non-zero acknowledgement)
 *   -EOPNOTSUPP  what is needed was not negotiated; nothing was sent
 *
 * and vhu_frontend_request() tells at which message it happened.
 */

struct vhu_frontend;
struct vhu_guest_memory;

/* Queues of one device: more than any device here has. */
#define VHU_FRONTEND_MAX_QUEUES 8

/**
 * struct vhu_frontend_features - what has been negotiated
 * @offered:  feature bits of the back-end
 * @accepted: those that were set; none before vhu_frontend_set_features()
 * @protocol_offered:  likewise, of the protocol
 * @protocol_accepted: likewise
 */
struct vhu_frontend_features {
	uint64_t offered;
	uint64_t accepted;
	uint64_t protocol_offered;
	uint64_t protocol_accepted;
};

/**
 * struct vhu_frontend_queue - a virtqueue, from the driver's side
 * @ring:    where the requests go; NULL if the queue was not prepared
 * @size:    its entries
 * @base:    where it begins or, once it was stopped, goes on
 * @kick_fd: eventfd for the back-end to read
 * @call_fd: eventfd for us to read
 * @err_fd:  eventfd that says that the ring is broken
 *
 * None of the descriptors blocks.
 */
struct vhu_frontend_queue {
	struct vhu_driver_ring *ring;
	uint32_t size;
	uint32_t base;
	int kick_fd;
	int call_fd;
	int err_fd;
};

/**
 * vhu_frontend_new() - talk to a back-end over a connected socket
 * @fd:      the socket; owned by the front-end on success
 * @timeout: milliseconds to wait for an answer
 * @ret:     the front-end
 *
 * Return: 0 or -ENOMEM.
 */
int vhu_frontend_new(int fd, unsigned int timeout, struct vhu_frontend **ret);

/**
 * vhu_frontend_connect() - connect to a back-end that listens
 * @path:    its socket
 * @timeout: milliseconds to wait for it, and later for an answer
 * @ret:     the front-end
 *
 * Return: 0, -ENAMETOOLONG, -ENOMEM, or the error of connect().
 */
int vhu_frontend_connect(const char *path, unsigned int timeout,
			 struct vhu_frontend **ret);

/**
 * vhu_frontend_free() - close the connection, and free the queues
 * @frontend: may be NULL
 */
void vhu_frontend_free(struct vhu_frontend *frontend);

/**
 * vhu_frontend_fd() - the connection
 * @frontend: keeps it
 */
int vhu_frontend_fd(const struct vhu_frontend *frontend);

/**
 * vhu_frontend_request() - the last message that was sent
 * @frontend: the front-end
 *
 * Return: its request, or 0 if there was none.
 */
uint32_t vhu_frontend_request(const struct vhu_frontend *frontend);

/**
 * vhu_frontend_features() - what has been negotiated up to now
 * @frontend: keeps the answer
 */
const struct vhu_frontend_features *
vhu_frontend_features(const struct vhu_frontend *frontend);

/**
 * vhu_frontend_set_acks() - ask for acknowledgements, or do not
 * @frontend: the front-end
 * @wanted:   false for playing a VMM that never asks; at first true
 *
 * It is asked for them only if REPLY_ACK was negotiated.
 */
void vhu_frontend_set_acks(struct vhu_frontend *frontend, bool wanted);

/**
 * vhu_frontend_send() - send a message, and do not wait for an answer
 * @frontend: the front-end
 * @header:   sent as it is, whatever it says
 * @payload:  @header->size bytes; may be NULL if that is 0
 * @fds:      descriptors to go along, which stay the caller's
 * @n_fds:    how many, at most VHU_MAX_FDS
 */
int vhu_frontend_send(struct vhu_frontend *frontend,
		      const struct vhu_header *header, const void *payload,
		      const int *fds, size_t n_fds);

/**
 * vhu_frontend_receive() - wait for a message
 * @frontend: the front-end
 * @ret:      to be given to vhu_message_fini(), whatever is returned
 */
int vhu_frontend_receive(struct vhu_frontend *frontend,
			 struct vhu_message *ret);

/**
 * vhu_frontend_ask() - send a request that is always answered
 * @frontend: the front-end
 * @request:  which
 * @payload:  what goes with it, or NULL
 * @size:     how many bytes of it
 * @reply:    receives the payload of the answer; untouched on failure
 * @reply_size: how many bytes that has to have
 */
int vhu_frontend_ask(struct vhu_frontend *frontend, uint32_t request,
		     const void *payload, size_t size, void *reply,
		     size_t reply_size);

/**
 * vhu_frontend_ask_u64() - the most frequent form of it
 */
int vhu_frontend_ask_u64(struct vhu_frontend *frontend, uint32_t request,
			 uint64_t *ret);

/**
 * vhu_frontend_tell() - send a request that is acknowledged at most
 * @frontend: the front-end
 * @request:  which
 * @payload:  what goes with it, or NULL
 * @size:     how many bytes of it
 * @fds:      descriptors to go along, which stay the caller's
 * @n_fds:    how many
 */
int vhu_frontend_tell(struct vhu_frontend *frontend, uint32_t request,
		      const void *payload, size_t size, const int *fds,
		      size_t n_fds);

/**
 * vhu_frontend_tell_u64() - the most frequent form of it
 */
int vhu_frontend_tell_u64(struct vhu_frontend *frontend, uint32_t request,
			  uint64_t value);

/**
 * vhu_frontend_tell_state() - likewise for vring states
 */
int vhu_frontend_tell_state(struct vhu_frontend *frontend, uint32_t request,
			    uint32_t index, uint32_t num);

/**
 * vhu_frontend_sync() - wait until the back-end has done what it was told
 * @frontend: the front-end
 *
 * Messages are handled in order, so that it is enough to ask anything.  This
 * also finds out that a back-end without acknowledgements has hung up.
 */
int vhu_frontend_sync(struct vhu_frontend *frontend);

/**
 * vhu_frontend_negotiate() - become the owner, and find out what there is
 * @frontend: the front-end
 * @protocol_features: bits to accept where they are offered
 *
 * GET_FEATURES, GET_ and SET_PROTOCOL_FEATURES if there are any, SET_OWNER.
 */
int vhu_frontend_negotiate(struct vhu_frontend *frontend,
			   uint64_t protocol_features);

/**
 * vhu_frontend_set_features() - accept features
 * @frontend: after vhu_frontend_negotiate()
 * @features: bits to accept where they are offered
 */
int vhu_frontend_set_features(struct vhu_frontend *frontend, uint64_t features);

/**
 * vhu_frontend_set_memory() - share guest memory
 * @frontend: the front-end
 * @memory:   stays the caller's; must outlive @frontend
 */
int vhu_frontend_set_memory(struct vhu_frontend *frontend,
			    struct vhu_guest_memory *memory);

/**
 * vhu_frontend_n_queues() - how many queues does the back-end have?
 * @frontend: after vhu_frontend_negotiate()
 * @ret:      how many
 *
 * -EOPNOTSUPP without VHU_PROTOCOL_F_MQ.
 */
int vhu_frontend_n_queues(struct vhu_frontend *frontend, uint64_t *ret);

/**
 * vhu_frontend_get_config() - read the configuration space
 * @frontend: after vhu_frontend_negotiate()
 * @offset:   first byte
 * @buf:      receives @len bytes
 * @len:      how many, at most VHU_MAX_CONFIG
 *
 * -EOPNOTSUPP without VHU_PROTOCOL_F_CONFIG; -ERANGE if the back-end says that
 * there is no such part.
 */
int vhu_frontend_get_config(struct vhu_frontend *frontend, uint32_t offset,
			    void *buf, size_t len);

/**
 * vhu_frontend_prepare_queue() - make a queue, and tell nobody
 * @frontend: after features and memory were set
 * @index:    below VHU_FRONTEND_MAX_QUEUES; if the queue was there already, a
 *            new one takes its place
 * @size:     entries
 */
int vhu_frontend_prepare_queue(struct vhu_frontend *frontend,
			       unsigned int index, uint32_t size);

/**
 * vhu_frontend_queue() - a queue
 * @frontend: keeps it
 * @index:    below VHU_FRONTEND_MAX_QUEUES
 */
struct vhu_frontend_queue *vhu_frontend_queue(struct vhu_frontend *frontend,
					      unsigned int index);

/**
 * vhu_frontend_tell_vring() - tell one thing about a queue
 * @frontend: the front-end
 * @index:    a queue that was prepared
 * @request:  VHU_SET_VRING_NUM, _ADDR, _BASE, _KICK, _CALL or _ERR
 */
int vhu_frontend_tell_vring(struct vhu_frontend *frontend, unsigned int index,
			    enum vhu_request request);

/**
 * vhu_frontend_start_queue() - tell everything, and enable the queue
 * @frontend: the front-end
 * @index:    a queue that was prepared
 */
int vhu_frontend_start_queue(struct vhu_frontend *frontend, unsigned int index);

/**
 * vhu_frontend_enable() - let the back-end work a ring, or not
 * @frontend: the front-end
 * @index:    which
 * @enabled:  no harm if the back-end has no such message and it is true
 */
int vhu_frontend_enable(struct vhu_frontend *frontend, unsigned int index,
			bool enabled);

/**
 * vhu_frontend_stop_queue() - have the back-end leave a ring alone
 * @frontend: the front-end
 * @index:    which.  It can be started again where it was
 */
int vhu_frontend_stop_queue(struct vhu_frontend *frontend, unsigned int index);

/**
 * vhu_frontend_kick() - tell the back-end that chains are available
 * @frontend: the front-end
 * @index:    in which queue
 */
int vhu_frontend_kick(struct vhu_frontend *frontend, unsigned int index);

/**
 * vhu_frontend_wait() - wait until the back-end notifies us
 * @frontend: the front-end
 * @index:    of which queue
 *
 * -EIO if the back-end says that the ring is broken.
 */
int vhu_frontend_wait(struct vhu_frontend *frontend, unsigned int index);

/**
 * vhu_frontend_exchange() - send a request, and wait for its answer
 * @frontend: the front-end
 * @index:    in a queue where no other request is under way
 * @chain:    the request
 * @ret:      what came back
 *
 * -EPROTO if the back-end gave back something else.
 */
int vhu_frontend_exchange(struct vhu_frontend *frontend, unsigned int index,
			  const struct vhu_driver_chain *chain,
			  struct vhu_driver_used *ret);

/**
 * vhu_frontend_start_log() - have the back-end say which pages it writes
 * @frontend: after features and memory were set; queues may run
 *
 * SET_LOG_BASE with an empty log, SET_FEATURES with VHU_F_LOG_ALL, and
 * SET_VRING_ADDR for each queue that was prepared.
 */
int vhu_frontend_start_log(struct vhu_frontend *frontend);

/**
 * vhu_frontend_stop_log() - that is enough
 * @frontend: no harm if there is no log; what it says can still be asked for
 */
int vhu_frontend_stop_log(struct vhu_frontend *frontend);

/**
 * vhu_frontend_take_dirty() - has a page been written since this was last asked?
 * @frontend: with a log
 * @gpa:      an address in the page
 */
bool vhu_frontend_take_dirty(struct vhu_frontend *frontend, uint64_t gpa);

/**
 * vhu_frontend_get_inflight() - have the back-end make a file of records
 * @frontend:   after features were set
 * @n_queues:   queues that are to have a record
 * @queue_size: entries of the largest
 *
 * The front-end keeps the file: another back-end finds in it what was under way.
 *
 * -EOPNOTSUPP without VHU_PROTOCOL_F_INFLIGHT_SHMFD.
 */
int vhu_frontend_get_inflight(struct vhu_frontend *frontend, uint16_t n_queues,
			      uint16_t queue_size);

/**
 * vhu_frontend_set_inflight() - have the back-end use it
 * @frontend: before its queues are started
 *
 * -ENOENT if there is no file.
 */
int vhu_frontend_set_inflight(struct vhu_frontend *frontend);

/**
 * vhu_frontend_reconnect() - the back-end has gone: connect to another one
 * @frontend: keeps its queues, its memory and the file of records
 * @path:     where the new one listens
 */
int vhu_frontend_reconnect(struct vhu_frontend *frontend, const char *path);

/**
 * vhu_frontend_resume() - tell a new back-end all that the old one was told
 * @frontend: was reconnected
 *
 * -EOPNOTSUPP if it does not have the same features.
 */
int vhu_frontend_resume(struct vhu_frontend *frontend);

/**
 * vhu_frontend_save_state() - get the state of the device
 * @frontend: no queue runs
 * @buf:      receives it
 * @size:     bytes there; one more than a state may have, to see that it was all
 * @ret:      how long it is
 *
 * -EOPNOTSUPP without VHU_PROTOCOL_F_DEVICE_STATE.
 */
int vhu_frontend_save_state(struct vhu_frontend *frontend, void *buf,
			    size_t size, size_t *ret);

/**
 * vhu_frontend_load_state() - give a device its state
 * @frontend: no queue runs
 * @buf:      the state
 * @len:      bytes of it
 *
 * A back-end that has seen enough may hang up: SIGPIPE has to be ignored.
 */
int vhu_frontend_load_state(struct vhu_frontend *frontend, const void *buf,
			    size_t len);

#ifdef __cplusplus
}
#endif

#endif
