/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A guest that does nothing but use connections.
 *
 * What is sent is whatever the buffers hold, and what is received is not looked
 * at: the time is to be that of the device.
 */

#include "daemons/probe-vsock-load.h"

#include <assert.h>
#include <errno.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>

#include "daemons/probe-load.h"
#include "daemons/probe-vsock-device.h"
#include "daemons/probe-vsock-guest.h"
#include "virtio-devices/util.h"

/* The guest's ports: a connection at once each, and not the same again soon. */
#define FIRST_PORT 0x10000

#define SHUTDOWN_BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)

/**
 * struct load - a load being run
 * @todo:   what to do
 * @connections: @todo->depth of them
 * @begun:  when each was asked for
 * @n_open: how many are there
 * @begin:  when the load, or the last echo, began
 * @end:    no more is begun after that
 * @result: so far
 */
struct load {
	const struct probe_vsock_load *todo;
	struct probe_vsock_connection *connections;
	uint64_t *begun;
	uint32_t n_open;
	uint64_t begin;
	uint64_t end;
	struct probe_vsock_load_result *result;
};

static void record(struct load *load, uint64_t nsec)
{
	struct probe_vsock_load_result *result = load->result;

	if (result->n_samples < load->todo->max_samples)
		load->todo->samples[result->n_samples++] =
			(uint32_t)VD_MIN(nsec, UINT32_MAX);
	result->n_rounds++;
}

static int wait_until_writable(struct load *load)
{
	struct probe_vsock_guest *guest = load->todo->guest;
	int r;

	while ((r = probe_vsock_can_send(guest)) == 0) {
		r = probe_vsock_flush(guest);
		if (r == 0)
			r = probe_vsock_wait(guest, load->todo->timeout);
		if (r < 0)
			break;
	}

	return r;
}

static int say(struct load *load, struct probe_vsock_connection *connection,
	       uint16_t op, uint32_t flags, uint32_t len)
{
	struct probe_vsock_header header;
	int r = wait_until_writable(load);

	if (r < 0)
		return r;
	header = probe_vsock_make(connection, op, flags, len);

	return probe_vsock_send(load->todo->guest, &header, NULL);
}

/* Each index has ports of its own, so that a packet's port tells the index. */
static int ask(struct load *load, uint32_t index)
{
	struct probe_vsock_connection *connection = &load->connections[index];
	uint32_t last = connection->port;

	*connection = (struct probe_vsock_connection){
		.cid = probe_vsock_cid(load->todo->guest),
		.port = last + load->todo->depth,
		.peer_cid = load->todo->peer_cid,
		.peer_port = load->todo->peer_port,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.buf_alloc = PROBE_VSOCK_ROOM,
	};
	load->begun[index] = probe_now();
	load->n_open++;

	return say(load, connection, VIRTIO_VSOCK_OP_REQUEST, 0, 0);
}

static struct probe_vsock_connection *
find(struct load *load, const struct probe_vsock_header *header)
{
	uint32_t index = (header->dst_port - FIRST_PORT) % load->todo->depth;
	struct probe_vsock_connection *connection = &load->connections[index];

	return probe_vsock_owns(connection, header) ? connection : NULL;
}

/* One connection has had its day: begin the next one in its place. */
static int begin_again(struct load *load,
		       const struct probe_vsock_connection *connection)
{
	uint32_t index = (uint32_t)(connection - load->connections);
	uint64_t now = probe_now();

	load->n_open--;
	record(load, now - load->begun[index]);

	return now < load->end ? ask(load, index) : 0;
}

static int closed(struct load *load,
		  const struct probe_vsock_connection *connection)
{
	if (connection->tx_cnt == 0 && connection->rx_cnt == 0 &&
	    connection->said == 0)
		return -ECONNREFUSED;
	if (connection->said != SHUTDOWN_BOTH)
		return -ECONNRESET;
	if (load->todo->kind == PROBE_VSOCK_LOAD_CONNECT)
		return begin_again(load, connection);
	load->n_open--;

	return 0;
}

static int took_data(struct load *load,
		     struct probe_vsock_connection *connection, uint32_t len)
{
	probe_vsock_consume(connection, len);
	if (load->todo->kind == PROBE_VSOCK_LOAD_RECEIVE)
		load->result->n_bytes += len;

	return probe_vsock_owes_credit(connection)
		       ? say(load, connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0,
			     0)
		       : 0;
}

static int take(struct load *load, const struct probe_vsock_header *header)
{
	struct probe_vsock_connection *connection = find(load, header);
	int r;

	if (!connection)
		return probe_vsock_refuse(load->todo->guest, header);
	r = probe_vsock_take(connection, header);
	if (r < 0)
		return r;

	switch (header->op) {
	case VIRTIO_VSOCK_OP_RESPONSE:
		return load->todo->kind == PROBE_VSOCK_LOAD_CONNECT
			       ? say(load, connection, VIRTIO_VSOCK_OP_SHUTDOWN,
				     SHUTDOWN_BOTH, 0)
			       : 0;
	case VIRTIO_VSOCK_OP_RW:
		return took_data(load, connection, header->len);
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		return say(load, connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0,
			   0);
	case VIRTIO_VSOCK_OP_RST:
		return closed(load, connection);
	default:
		return 0;
	}
}

/*
 * It has taken all that there was.  Linux tells the sender so, even if that knows
 * of much room; but what is sent for an echo says it, too.
 */
static int tell_of_room(struct load *load)
{
	struct probe_vsock_connection *connection = load->connections;

	if (load->todo->kind != PROBE_VSOCK_LOAD_RECEIVE ||
	    connection->state != PROBE_VSOCK_ESTABLISHED ||
	    connection->fwd_cnt == connection->told)
		return 0;

	return say(load, connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0);
}

/* Returns how many packets there were. */
static int take_all(struct load *load)
{
	struct probe_vsock_guest *guest = load->todo->guest;
	struct probe_vsock_packet packet;
	int n = 0;
	int r;

	while ((r = probe_vsock_receive(guest, &packet)) > 0) {
		r = take(load, &packet.header);
		probe_vsock_release(guest, &packet);
		if (r < 0)
			return r;
		n++;
	}
	if (r == 0 && n > 0)
		r = tell_of_room(load);

	return r < 0 ? r : n;
}

static int sleep_until_something_happens(struct load *load)
{
	struct probe_vsock_guest *guest = load->todo->guest;
	int r = probe_vsock_can_send(guest);

	if (r < 0)
		return r;

	return r > 0 ? probe_vsock_sleep(guest, load->todo->timeout)
		     : probe_vsock_wait(guest, load->todo->timeout);
}

/* Take what is there, or wait until there is something. */
static int step(struct load *load)
{
	int r = take_all(load);

	if (r < 0)
		return r;
	if (r == 0)
		r = sleep_until_something_happens(load);
	if (r >= 0)
		r = take_all(load);

	return r < 0 ? r : probe_vsock_flush(load->todo->guest);
}

/* A packet is not made smaller than it has to be. */
static int send_more(struct load *load,
		     struct probe_vsock_connection *connection)
{
	uint32_t len = VD_MIN(load->todo->size, connection->peer_buf_alloc);
	int r = 0;

	while (len > 0 && probe_vsock_credit(connection) >= len) {
		r = probe_vsock_can_send(load->todo->guest);
		if (r > 0)
			r = say(load, connection, VIRTIO_VSOCK_OP_RW, 0, len);
		else
			break;
		if (r < 0)
			break;
		load->result->n_bytes += len;
	}

	return r < 0 ? r : probe_vsock_flush(load->todo->guest);
}

static int echo(struct load *load, struct probe_vsock_connection *connection)
{
	uint32_t sent = connection->tx_cnt + load->todo->size;
	uint64_t begin = probe_now();
	int r;

	if (probe_vsock_credit(connection) < load->todo->size)
		return step(load);
	r = say(load, connection, VIRTIO_VSOCK_OP_RW, 0, load->todo->size);
	if (r == 0)
		r = probe_vsock_flush(load->todo->guest);
	while (r == 0 && connection->rx_cnt != sent)
		r = step(load);
	if (r < 0)
		return r;
	record(load, probe_now() - begin);
	load->result->n_bytes += load->todo->size;

	return 0;
}

static int use(struct load *load)
{
	struct probe_vsock_connection *connection = load->connections;
	int r;

	if (connection->state != PROBE_VSOCK_ESTABLISHED)
		return step(load);

	switch (load->todo->kind) {
	case PROBE_VSOCK_LOAD_SEND:
		r = send_more(load, connection);
		return r < 0 ? r : step(load);
	case PROBE_VSOCK_LOAD_ECHO:
		return echo(load, connection);
	default:
		return step(load);
	}
}

/* What has just been asked for has to be there first. */
static int close_all(struct load *load)
{
	struct probe_vsock_connection *connection = load->connections;
	int r = 0;

	while (r == 0 && load->n_open > 0) {
		if (connection->state == PROBE_VSOCK_ESTABLISHED &&
		    connection->said == 0)
			r = say(load, connection, VIRTIO_VSOCK_OP_SHUTDOWN,
				SHUTDOWN_BOTH, 0);
		if (r == 0)
			r = probe_vsock_flush(load->todo->guest);
		if (r == 0)
			r = step(load);
	}

	return r;
}

static int run(struct load *load)
{
	int r = 0;

	load->begin = probe_now();
	load->end = load->begin + load->todo->nsec;

	for (uint32_t i = 0; r == 0 && i < load->todo->depth; i++) {
		load->connections[i].port = FIRST_PORT + i;
		r = ask(load, i);
	}
	if (r == 0)
		r = probe_vsock_flush(load->todo->guest);
	while (r == 0 && probe_now() < load->end)
		r = use(load);
	if (r == 0)
		r = close_all(load);
	load->result->nsec = probe_now() - load->begin;

	return r;
}

int probe_vsock_load_run(const struct probe_vsock_load *todo,
			 struct probe_vsock_load_result *ret)
{
	struct load load = { .todo = todo, .result = ret };
	int r = -ENOMEM;

	assert(todo->depth >= 1 && todo->depth <= PROBE_VSOCK_LOAD_MAX_DEPTH);

	*ret = (struct probe_vsock_load_result){ 0 };
	load.connections = calloc(todo->depth, sizeof(*load.connections));
	load.begun = calloc(todo->depth, sizeof(*load.begun));
	if (load.connections && load.begun) {
		probe_vsock_sleep_begin(todo->guest);
		r = run(&load);
		probe_vsock_sleep_end(todo->guest);
	}
	free(load.connections);
	free(load.begun);

	return r;
}
