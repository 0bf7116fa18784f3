/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <endian.h>
#include <linux/virtio_snd.h>
#include <linux/virtio_vsock.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "faults-session.h"
#include "fixture-request.h"
#include "virtio-devices/util.h"

/* A session that lacks something ends, or a call is lost; do not wait long. */
#define SESSION_MSEC 200

/* Places in the guest's buffer. */
#define ANSWERS_AT (128U << 10)
#define ROOM 4096U
#define N_ANSWERS 16U
#define PAYLOAD_AT (640U << 10)

static struct guest guest;
static struct sockaddr_un program_address, guest_address;
static int listener = -1;

/* --- any device ------------------------------------------------------------ */

static bool start_queues(size_t type)
{
	struct vhu_frontend *frontend = guest.frontend;

	for (unsigned int i = 0; i < device_types[type].n_queues; i++) {
		if (vhu_frontend_prepare_queue(frontend, i, 64) < 0 ||
		    vhu_frontend_start_queue(frontend, i) < 0)
			return false;
	}

	return true;
}

static bool boot(size_t type, const char *path)
{
	const struct vhu_guest_range range = { GUEST_GPA, GUEST_SIZE };

	guest = (struct guest){ 0 };
	cr_assert_eq(vhu_guest_memory_new(&range, 1, &guest.memory), 0);
	guest.buf = vhu_guest_memory_alloc(guest.memory, 1U << 20, 4096,
					   &guest.gpa);
	if (vhu_frontend_connect(path, SESSION_MSEC, &guest.frontend) < 0 ||
	    vhu_frontend_negotiate(guest.frontend, ~0ULL) < 0 ||
	    vhu_frontend_set_features(guest.frontend, ~0ULL) < 0 ||
	    vhu_frontend_set_memory(guest.frontend, guest.memory) < 0)
		return false;
	device_learn(&guest);

	return start_queues(type);
}

static bool exchange(unsigned int index, const struct vhu_driver_chain *chain)
{
	struct vhu_driver_used used;

	return vhu_frontend_exchange(guest.frontend, index, chain, &used) == 0;
}

static bool use_any(size_t type)
{
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, &guest, &request);

	return exchange(device_types[type].queue, &chain);
}

/* --- sockets --------------------------------------------------------------- */

#define PORT 1234
#define GUEST_PORT 99

static bool send_packet(struct virtio_vsock_hdr header, uint16_t op,
			uint32_t len)
{
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(header) },
		{ guest.gpa + PAYLOAD_AT, len },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1 + (len > 0) };

	header.op = htole16(op);
	header.len = htole32(len);
	memcpy(guest.buf, &header, sizeof(header));

	return exchange(1, &chain);
}

static void add_buffers(void)
{
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, 0)->ring;

	for (uint32_t i = 0; i < N_ANSWERS; i++) {
		const uint32_t at = ANSWERS_AT + i * ROOM;
		const struct vhu_driver_buffer buffer = { guest.gpa + at,
							  ROOM };
		const struct vhu_driver_chain chain = { .buffers = &buffer,
							.n_writable = 1,
							.token = guest.buf +
								 at };

		(void)vhu_driver_ring_add(ring, &chain);
	}
	vhu_driver_ring_publish(ring);
	(void)vhu_frontend_kick(guest.frontend, 0);
}

static bool receive(struct virtio_vsock_hdr *ret)
{
	struct vhu_driver_ring *ring =
		vhu_frontend_queue(guest.frontend, 0)->ring;
	struct vhu_driver_used used;

	while (vhu_driver_ring_get(ring, &used) == 0) {
		if (vhu_frontend_wait(guest.frontend, 0) < 0)
			return false;
	}
	memcpy(ret, used.token, sizeof(*ret));

	return true;
}

static struct virtio_vsock_hdr to_host(uint32_t from, uint32_t to)
{
	struct virtio_vsock_hdr header = {
		.dst_cid = htole64(2),
		.src_port = htole32(from),
		.dst_port = htole32(to),
		.type = htole16(VIRTIO_VSOCK_TYPE_STREAM),
		.buf_alloc = htole32(65536),
	};

	device_config(&guest, &header.src_cid, sizeof(header.src_cid));

	return header;
}

/* More than a socket takes, and then some for the guest. */
static void talk(struct virtio_vsock_hdr header, int fd)
{
	static uint8_t buf[60000];
	struct virtio_vsock_hdr answer;

	for (int i = 0; i < 4; i++)
		(void)send_packet(header, VIRTIO_VSOCK_OP_RW, sizeof(buf));
	for (int i = 0; i < 8; i++)
		(void)!recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	(void)!send(fd, buf, 10000, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)receive(&answer);
	(void)send_packet(header, VIRTIO_VSOCK_OP_SHUTDOWN, 0);
	(void)send_packet(header, VIRTIO_VSOCK_OP_RST, 0);
	close(fd);
}

static void call_program(void)
{
	struct virtio_vsock_hdr header = to_host(1, PORT), answer;
	int fd;

	if (!send_packet(header, VIRTIO_VSOCK_OP_REQUEST, 0) ||
	    !receive(&answer))
		return;
	fd = accept(listener, NULL, NULL);
	if (fd >= 0)
		talk(header, fd);
}

static void be_called(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct virtio_vsock_hdr header, request;

	if (connect(fd, (struct sockaddr *)&guest_address,
		    sizeof(guest_address)) < 0 ||
	    send(fd, "CONNECT 99\n", 11, MSG_NOSIGNAL) != 11 ||
	    !receive(&request)) {
		close(fd);
		return;
	}
	header = to_host(GUEST_PORT, le32toh(request.src_port));
	if (send_packet(header, VIRTIO_VSOCK_OP_RESPONSE, 0))
		talk(header, fd);
	else
		close(fd);
}

static void use_vsock(void)
{
	add_buffers();
	call_program();
	add_buffers();
	be_called();
}

void session_begin(const char *dir)
{
	program_address.sun_family = guest_address.sun_family = AF_UNIX;
	snprintf(guest_address.sun_path, sizeof(guest_address.sun_path),
		 "%s/v3", dir);
	snprintf(program_address.sun_path, sizeof(program_address.sun_path),
		 "%s/v3_%d", dir, PORT);
	listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&program_address,
			  sizeof(program_address)),
		     0);
	cr_assert_eq(listen(listener, 64), 0);
}

void session_end(void)
{
	close(listener);
	unlink(program_address.sun_path);
}

/* --- sound ----------------------------------------------------------------- */

#define PERIOD 1920U

static bool ask(uint32_t code, uint32_t stream)
{
	const struct virtio_snd_pcm_set_params request = {
		.hdr.hdr.code = htole32(code),
		.hdr.stream_id = htole32(stream),
		.buffer_bytes = htole32(4 * PERIOD),
		.period_bytes = htole32(PERIOD),
		.channels = 2,
		.format = VIRTIO_SND_PCM_FMT_S16,
		.rate = VIRTIO_SND_PCM_RATE_48000,
	};
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa, sizeof(request) },
		{ guest.gpa + 64, 4 },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };

	memcpy(guest.buf, &request, sizeof(request));

	return exchange(VIRTIO_SND_VQ_CONTROL, &chain);
}

static bool send_message(uint32_t stream)
{
	const struct virtio_snd_pcm_xfer xfer = { htole32(stream) };
	const uint32_t readable = stream ? 0 : PERIOD;
	const struct vhu_driver_buffer buffers[] = {
		{ guest.gpa + PAYLOAD_AT, 4 + readable },
		{ guest.gpa + PAYLOAD_AT + 8192, 8 + PERIOD - readable },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable = 1 };

	memcpy(guest.buf + PAYLOAD_AT, &xfer, sizeof(xfer));

	return exchange(stream ? VIRTIO_SND_VQ_RX : VIRTIO_SND_VQ_TX, &chain);
}

/* The first stream plays, the second one records. */
static void use_sound(void)
{
	for (uint32_t stream = 0; stream < 2; stream++) {
		if (!ask(VIRTIO_SND_R_PCM_SET_PARAMS, stream) ||
		    !ask(VIRTIO_SND_R_PCM_PREPARE, stream) ||
		    !ask(VIRTIO_SND_R_PCM_START, stream) ||
		    !send_message(stream) ||
		    !ask(VIRTIO_SND_R_PCM_STOP, stream) ||
		    !ask(VIRTIO_SND_R_PCM_RELEASE, stream))
			return;
	}
}

/* --- and all of it --------------------------------------------------------- */

void session_try(size_t type, const char *dir)
{
	const char *name = device_types[type].name;
	char path[96];

	snprintf(path, sizeof(path), "%s/s0", dir);
	if (boot(type, path) && use_any(type)) {
		if (strcmp(name, "vsock") == 0)
			use_vsock();
		if (strcmp(name, "sound") == 0)
			use_sound();
	}
	guest_free(&guest);
}
