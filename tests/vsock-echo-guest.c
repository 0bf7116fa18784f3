/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <linux/virtio_vsock.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/probe-vsock-guest.h"
#include "virtio-devices/util.h"
#include "vsock-echo-guest.h"

#define BUF_ALLOC 65536

static const struct probe_vsock_config usual = {
	.n_rx = 256,
	.rx_size = 4096,
	.n_tx = 64,
	.tx_size = 16384,
};

/* A test's guest never frees memory: this one can boot often. */
static const struct probe_vsock_config small = {
	.n_rx = 16,
	.rx_size = 1024,
	.n_tx = 4,
	.tx_size = 1024,
};

#define SHUTDOWN_BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)

static void keep_record(const struct echo_guest *guest)
{
	cr_assert_eq(vhu_frontend_get_inflight(guest->config.frontend, 3,
					       (uint16_t)guest->config.n_rx),
		     0);
	cr_assert_eq(vhu_frontend_set_inflight(guest->config.frontend), 0);
}

static void start_driver(struct echo_guest *guest)
{
	const struct probe_vsock_config *config = &guest->config;

	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(vhu_frontend_prepare_queue(config->frontend, i,
							config->n_rx),
			     0);
	for (unsigned int i = 0; i < 2; i++)
		cr_assert_eq(vhu_frontend_start_queue(config->frontend, i), 0);
	cr_assert_eq(probe_vsock_new(config, &guest->driver), 0);
	cr_assert_eq(vhu_frontend_sync(config->frontend), 0);
	guest->connections = calloc(ECHO_PORTS, sizeof(*guest->connections));
	guest->active = calloc(ECHO_PORTS, sizeof(struct echo_connection *));
	guest->n_active = 0;
	guest->n_open = 0;
}

static void forget_driver(struct echo_guest *guest)
{
	for (size_t i = 0; i < ECHO_PORTS; i++)
		free(guest->connections[i].data);
	free(guest->connections);
	free(guest->active);
	probe_vsock_free(guest->driver);
}

static void boot(struct echo_guest *guest,
		 const struct probe_vsock_config *config, const char *path,
		 uint64_t cid, uint64_t features)
{
	*guest = (struct echo_guest){ .config = *config };
	guest_connect(&guest->vm, path);
	guest->config.cid = cid;
	guest->config.frontend = guest->vm.frontend;
	guest->config.memory = guest->vm.memory;
	cr_assert_eq(vhu_frontend_set_features(guest->vm.frontend, features),
		     0);
	cr_assert_eq(
		vhu_frontend_set_memory(guest->vm.frontend, guest->vm.memory),
		0);
}

void echo_guest_boot(struct echo_guest *guest, const char *path, uint64_t cid)
{
	echo_guest_boot_without(guest, path, cid, 0);
}

void echo_guest_boot_without(struct echo_guest *guest, const char *path,
			     uint64_t cid, uint64_t features)
{
	boot(guest, &usual, path, cid, ~features);
	start_driver(guest);
}

void echo_guest_boot_recoverable(struct echo_guest *guest, const char *path,
				 uint64_t cid)
{
	boot(guest, &usual, path, cid, ~0ULL);
	keep_record(guest);
	start_driver(guest);
}

void echo_guest_boot_small(struct echo_guest *guest, const char *path,
			   uint64_t cid)
{
	boot(guest, &small, path, cid, ~0ULL);
	keep_record(guest);
	start_driver(guest);
}

/* As QEMU does it: rings stop, and begin anew. */
void echo_guest_reboot(struct echo_guest *guest)
{
	struct vhu_frontend *frontend = guest->vm.frontend;

	for (unsigned int i = 0; i < 2; i++) {
		cr_assert_eq(vhu_frontend_enable(frontend, i, false), 0);
		cr_assert_eq(vhu_frontend_stop_queue(frontend, i), 0);
	}
	forget_driver(guest);
	start_driver(guest);
}

void echo_guest_come_back(struct echo_guest *guest, const char *path)
{
	cr_assert_eq(vhu_frontend_reconnect(guest->vm.frontend, path), 0);
	cr_assert_eq(vhu_frontend_resume(guest->vm.frontend), 0);
}

void echo_guest_free(struct echo_guest *guest)
{
	forget_driver(guest);
	guest_free(&guest->vm);
}

static void send_packet(struct echo_guest *guest,
			struct echo_connection *connection, uint16_t op,
			uint32_t flags, uint32_t len)
{
	struct probe_vsock_header header =
		probe_vsock_make(&connection->state, op, flags, len);

	cr_assert_eq(probe_vsock_send(guest->driver, &header, connection->data),
		     0);
}

static void activate(struct echo_guest *guest,
		     struct echo_connection *connection)
{
	if (connection->active)
		return;

	connection->active = true;
	guest->active[guest->n_active++] = connection;
}

static void accept_one(struct echo_guest *guest,
		       struct echo_connection *connection,
		       const struct probe_vsock_header *header)
{
	cr_assert_not(connection->used);
	probe_vsock_accept(&connection->state, header, BUF_ALLOC);
	connection->used = true;
	connection->len = 0;
	guest->n_open++;
	guest->n_accepted++;
	send_packet(guest, connection, VIRTIO_VSOCK_OP_RESPONSE, 0, 0);
}

static void keep(struct echo_connection *connection, const void *data,
		 size_t len)
{
	if (!connection->data)
		connection->data = malloc(BUF_ALLOC);
	memcpy(connection->data + connection->len, data, len);
	connection->len += len;
}

static void closed(struct echo_guest *guest, struct echo_connection *connection)
{
	connection->used = false;
	free(connection->data);
	connection->data = NULL;
	guest->n_open--;
}

static void take(struct echo_guest *guest,
		 const struct probe_vsock_packet *packet)
{
	const struct probe_vsock_header *header = &packet->header;
	struct echo_connection *connection =
		&guest->connections[header->src_port % ECHO_PORTS];

	if (header->op == VIRTIO_VSOCK_OP_REQUEST) {
		accept_one(guest, connection, header);
		return;
	}
	/* A packet that was under way when the connection ended. */
	if (!connection->used)
		return;

	cr_assert_eq(probe_vsock_take(&connection->state, header), 0);
	if (header->op == VIRTIO_VSOCK_OP_RW)
		keep(connection, packet->data, header->len);
	if (connection->state.state == PROBE_VSOCK_CLOSED)
		closed(guest, connection);
	else
		activate(guest, connection);
}

static bool can_send(struct echo_guest *guest)
{
	int r = probe_vsock_can_send(guest->driver);

	cr_assert_geq(r, 0);

	return r > 0;
}

static void send_back(struct echo_guest *guest,
		      struct echo_connection *connection)
{
	uint32_t n = VD_MIN(probe_vsock_credit(&connection->state),
			    guest->config.tx_size);

	n = VD_MIN(n, (uint32_t)connection->len);
	if (n == 0)
		return;

	send_packet(guest, connection, VIRTIO_VSOCK_OP_RW, 0, n);
	connection->len -= n;
	memmove(connection->data, connection->data + n, connection->len);
	probe_vsock_consume(&connection->state, n);
}

static void say_credit(struct echo_guest *guest,
		       struct echo_connection *connection)
{
	if (probe_vsock_owes_credit(&connection->state))
		send_packet(guest, connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0,
			    0);
}

/* Whoever hears that nobody is there has the last word. */
static void say_the_end(struct echo_guest *guest,
			struct echo_connection *connection)
{
	const struct probe_vsock_connection *state = &connection->state;

	if (connection->len > 0)
		return;

	if ((state->heard & SHUTDOWN_BOTH) == SHUTDOWN_BOTH) {
		send_packet(guest, connection, VIRTIO_VSOCK_OP_RST, 0, 0);
		closed(guest, connection);
	} else if (state->heard & VIRTIO_VSOCK_SHUTDOWN_SEND && !state->said) {
		send_packet(guest, connection, VIRTIO_VSOCK_OP_SHUTDOWN,
			    SHUTDOWN_BOTH, 0);
	}
}

/* Returns false if there is more to be said than can be now. */
static bool serve(struct echo_guest *guest, struct echo_connection *connection)
{
	if (connection->state.heard & VIRTIO_VSOCK_SHUTDOWN_RCV)
		connection->len = 0;
	if (!can_send(guest))
		return false;
	send_back(guest, connection);
	if (!can_send(guest))
		return false;
	say_credit(guest, connection);
	if (!can_send(guest))
		return false;
	say_the_end(guest, connection);

	return true;
}

static void serve_active(struct echo_guest *guest)
{
	size_t kept = 0;

	for (size_t i = 0; i < guest->n_active; i++) {
		struct echo_connection *connection = guest->active[i];
		bool done = !connection->used || serve(guest, connection);

		connection->active =
			connection->used && (!done || connection->len > 0);
		if (connection->active)
			guest->active[kept++] = connection;
	}
	guest->n_active = kept;
}

void echo_guest_pump(struct echo_guest *guest)
{
	struct probe_vsock_packet packet;
	int r = 1;

	/* What comes may have to be answered. */
	while (can_send(guest) &&
	       (r = probe_vsock_receive(guest->driver, &packet)) > 0) {
		take(guest, &packet);
		probe_vsock_release(guest->driver, &packet);
	}
	cr_assert_geq(r, 0);
	serve_active(guest);
	cr_assert_eq(probe_vsock_flush(guest->driver), 0);
}

void echo_guest_work(struct echo_guest *guest)
{
	(void)probe_vsock_wait(guest->driver, 1);
	echo_guest_pump(guest);
}

int echo_guest_connect(struct echo_guest *guest, uint32_t port)
{
	struct echo_connection *connection =
		&guest->connections[port % ECHO_PORTS];

	connection->state = (struct probe_vsock_connection){
		.cid = probe_vsock_cid(guest->driver),
		.port = 1024,
		.peer_cid = 2,
		.peer_port = port,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.buf_alloc = BUF_ALLOC,
	};
	connection->used = true;
	guest->n_open++;
	send_packet(guest, connection, VIRTIO_VSOCK_OP_REQUEST, 0, 0);
	cr_assert_eq(probe_vsock_flush(guest->driver), 0);

	while (connection->used &&
	       connection->state.state == PROBE_VSOCK_REQUESTED) {
		cr_assert_eq(probe_vsock_wait(guest->driver, 20000), 0);
		echo_guest_pump(guest);
	}

	return connection->used;
}

void echo_guest_ask(struct echo_guest *guest)
{
	for (size_t i = 0; i < ECHO_PORTS; i++) {
		struct echo_connection *connection = &guest->connections[i];

		if (!connection->used)
			continue;
		while (!can_send(guest)) {
			cr_assert_eq(probe_vsock_wait(guest->driver, 20000), 0);
			echo_guest_pump(guest);
		}
		if (connection->used)
			send_packet(guest, connection,
				    VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0, 0);
	}
	cr_assert_eq(probe_vsock_flush(guest->driver), 0);
}
