/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

#include <criterion/criterion.h>
#include <endian.h>
#include <linux/virtio_i2c.h>
#include <linux/virtio_snd.h>
#include <linux/virtio_vsock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture-request.h"
#include "virtio-devices/util.h"

static void write_rng(struct guest *guest, struct request *ret)
{
	*ret = (struct request){
		.buffers = { { guest->gpa, 64 } },
		.n_writable = 1,
		.used = 64,
	};
}

/* Read four bytes of the simulated EEPROM. */
static void write_i2c(struct guest *guest, struct request *ret)
{
	const struct virtio_i2c_out_hdr header = {
		.addr = htole16(0x50 << 1),
		.flags = htole32(VIRTIO_I2C_FLAGS_M_RD),
	};

	memcpy(guest->buf, &header, sizeof(header));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(header) },
			     { guest->gpa + 64, 4 },
			     { guest->gpa + 128, 1 } },
		.n_readable = 1,
		.n_writable = 2,
		.used = 5,
	};
}

#ifdef HAVE_GPIOD
#include <linux/virtio_gpio.h>

/* Ask for the direction of the first line. */
static void write_gpio(struct guest *guest, struct request *ret)
{
	const struct virtio_gpio_request header = {
		.type = htole16(VIRTIO_GPIO_MSG_GET_DIRECTION),
	};

	memcpy(guest->buf, &header, sizeof(header));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(header) },
			     { guest->gpa + 64, 2 } },
		.n_readable = 1,
		.n_writable = 1,
		.used = 2,
	};
}
#endif

/* What the first stream can do. */
static void write_sound(struct guest *guest, struct request *ret)
{
	const struct virtio_snd_query_info query = {
		.hdr.code = htole32(VIRTIO_SND_R_PCM_INFO),
		.count = htole32(1),
		.size = htole32(sizeof(struct virtio_snd_pcm_info)),
	};
	uint32_t len = sizeof(struct virtio_snd_hdr) +
		       sizeof(struct virtio_snd_pcm_info);

	memcpy(guest->buf, &query, sizeof(query));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(query) },
			     { guest->gpa + 64, len } },
		.n_readable = 1,
		.n_writable = 1,
		.used = len,
	};
}

/* Where there is what a guest knows of its device's configuration. */
#define CONFIG_AT (512U << 10)
#define CONFIG_LEN 8

/* No two requests are from the same port, so that answers can be told apart. */
static uint32_t vsock_port;

/* Connect to a port of the host where nobody is. */
static void write_vsock(struct guest *guest, struct request *ret)
{
	struct virtio_vsock_hdr header = {
		.dst_cid = htole64(2),
		.src_port = htole32(++vsock_port),
		.dst_port = htole32(7),
		.type = htole16(VIRTIO_VSOCK_TYPE_STREAM),
		.op = htole16(VIRTIO_VSOCK_OP_REQUEST),
		.buf_alloc = htole32(65536),
	};

	device_config(guest, &header.src_cid, sizeof(header.src_cid));
	memcpy(guest->buf, &header, sizeof(header));
	*ret = (struct request){
		.buffers = { { guest->gpa, sizeof(header) } },
		.n_readable = 1,
	};
}

static bool answers_vsock(const uint8_t *buf, uint32_t len)
{
	struct virtio_vsock_hdr header;

	memcpy(&header, buf, sizeof(header));

	return len == sizeof(header) &&
	       le16toh(header.op) == VIRTIO_VSOCK_OP_RST &&
	       le32toh(header.dst_port) == vsock_port;
}

const struct device_type device_types[] = {
	{ .name = "rng", .n_queues = 1, .write = write_rng },
	{ .name = "i2c",
	  .args = { "-l", "sim:0x50" },
	  .n_queues = 1,
	  .write = write_i2c },
#ifdef HAVE_GPIOD
	{ .name = "gpio",
	  .args = { "-l", "s8:s8" },
	  .n_queues = 2,
	  .write = write_gpio },
#endif
	{ .name = "vsock",
	  .args = { "--vm", "guest-cid=3,socket=@/s0,uds-path=@/v3", "--vm",
		    "guest-cid=4,socket=@/s1,uds-path=@/v4" },
	  .sockets = true,
	  .n_queues = 3,
	  .queue = 1,
	  .write = write_vsock,
	  .answers = answers_vsock },
	{ .name = "sound",
	  .args = { "--backend", "null" },
	  .n_queues = 4,
	  .write = write_sound },
#ifdef HAVE_PULSE
	/* With all that there can be. */
	{ .name = "sound",
	  .args = { "--backend", "pulse", "--controls", "--xruns" },
	  .again = true,
	  .n_queues = 4,
	  .write = write_sound },
#endif
#ifdef HAVE_SNDFILE
	{ .name = "sound",
	  .args = { "--backend", "file:@/out.wav,@/in.wav" },
	  .again = true,
	  .special = true,
	  .wav = "@/in.wav",
	  .n_kept = 1,
	  .n_queues = 4,
	  .write = write_sound },
#endif
};
const size_t n_device_types = VD_ARRAY_SIZE(device_types);

/* --- daemons --------------------------------------------------------------- */

static void insert_dir(const char *from, const char *dir, char *to, size_t room)
{
	size_t len = 0;

	for (; *from; from++) {
		if (*from == '@')
			len += (size_t)snprintf(to + len, room - len, "%s",
						dir);
		else
			to[len++] = *from;
		cr_assert_lt(len, room);
	}
	to[len] = '\0';
}

void device_args(size_t type, const char *dir, struct device_args *ret)
{
	const struct device_type *device = &device_types[type];
	size_t n = 0;

	/* Not that of whoever runs the test, then. */
	setenv("PULSE_SERVER", "unix:/dev/null", 0);
	*ret = (struct device_args){ 0 };
	if (!device->sockets) {
		ret->argv[n++] = "--socket-count=2";
		ret->argv[n++] = "--socket-path";
		insert_dir("@/s", dir, ret->text[DEVICE_MAX_ARGS - 1],
			   sizeof(ret->text[0]));
		ret->argv[n++] = ret->text[DEVICE_MAX_ARGS - 1];
	}
	for (size_t i = 0; device->args[i]; i++) {
		insert_dir(device->args[i], dir, ret->text[i],
			   sizeof(ret->text[i]));
		ret->argv[n++] = ret->text[i];
	}
}

/* A second of silence: 48,000 Hz, 16 bits, two channels. */
static void write_wav(const char *name, const char *dir)
{
	static const char header[] =
		"RIFF\x24\xee\2\0WAVEfmt \x10\0\0\0\1\0\2\0"
		"\x80\xbb\0\0\0\xee\2\0\4\0\x10\0"
		"data\0\xee\2";
	static const char silence[192000];
	char path[160];
	FILE *file;

	insert_dir(name, dir, path, sizeof(path));
	file = fopen(path, "we");
	cr_assert(file);
	cr_assert_eq(fwrite(header, sizeof(header), 1, file), 1);
	cr_assert_eq(fwrite(silence, sizeof(silence), 1, file), 1);
	cr_assert_eq(fclose(file), 0);
}

void device_start(struct fixture *fixture, size_t type, bool packed)
{
	struct device_args args;
	size_t n = 0;

	fixture_init(fixture);
	if (device_types[type].wav)
		write_wav(device_types[type].wav, fixture->dir);
	device_args(type, fixture->dir, &args);
	while (args.argv[n])
		n++;
	args.argv[n++] = "--log-level=error";
	if (packed)
		args.argv[n++] = "--packed-ring=on";
	fixture_run(fixture, device_types[type].name, args.argv);
}

#define PATIENCE_MSEC 20000

void device_wait_fds(const struct fixture *fixture, size_t n)
{
	const struct timespec ts = { .tv_nsec = 2000000 };

	for (int i = 0; fixture_count_fds(fixture) > n; i++) {
		cr_assert(i < PATIENCE_MSEC / 2,
			  "%zu descriptors are open, not %zu",
			  fixture_count_fds(fixture), n);
		nanosleep(&ts, NULL);
	}
}

/* --- guests ---------------------------------------------------------------- */

void device_learn(struct guest *guest)
{
	(void)vhu_frontend_get_config(guest->frontend, 0,
				      guest->buf + CONFIG_AT, CONFIG_LEN);
}

void device_config(const struct guest *guest, void *config, size_t len)
{
	cr_assert_leq(len, CONFIG_LEN);
	memcpy(config, guest->buf + CONFIG_AT, len);
}

void device_boot(struct guest *guest, const char *path, size_t type)
{
	guest_boot(guest, path);
	device_learn(guest);
	for (unsigned int i = 1; i < device_types[type].n_queues; i++) {
		cr_assert_eq(vhu_frontend_prepare_queue(guest->frontend, i, 64),
			     0);
		cr_assert_eq(vhu_frontend_start_queue(guest->frontend, i), 0);
	}
}

struct vhu_driver_chain request_chain(size_t type, struct guest *guest,
				      struct request *request)
{
	device_types[type].write(guest, request);

	return (struct vhu_driver_chain){
		.buffers = request->buffers,
		.n_readable = request->n_readable,
		.n_writable = request->n_writable,
	};
}

/* Where answers come that have no room in the request's buffers. */
#define ANSWERS_AT 65536
#define ANSWER_ROOM 64
#define N_ANSWERS 64

static void add_room(struct guest *guest)
{
	static uint32_t n;
	const uint32_t at = ANSWERS_AT + ANSWER_ROOM * (n++ % N_ANSWERS);
	const struct vhu_driver_buffer buffer = { guest->gpa + at,
						  ANSWER_ROOM };
	const struct vhu_driver_chain chain = { .buffers = &buffer,
						.n_writable = 1,
						.token = guest->buf + at };
	struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest->frontend, 0);

	if (vhu_driver_ring_add(queue->ring, &chain) < 0)
		return;
	vhu_driver_ring_publish(queue->ring);
	cr_assert_eq(vhu_frontend_kick(guest->frontend, 0), 0);
}

void request_room(size_t type, struct guest *guest)
{
	struct vhu_driver_used used;

	if (!device_types[type].answers)
		return;
	while (vhu_driver_ring_get(vhu_frontend_queue(guest->frontend, 0)->ring,
				   &used) > 0)
		continue;
	add_room(guest);
}

/* Nobody may have waited for those before it, and it is the last one. */
static void expect_answer(size_t type, struct guest *guest)
{
	const struct device_type *device = &device_types[type];
	const struct vhu_frontend_queue *queue =
		vhu_frontend_queue(guest->frontend, 0);
	struct vhu_driver_used used = { 0 };

	do {
		while (vhu_driver_ring_get(queue->ring, &used) == 0)
			cr_assert_eq(vhu_frontend_wait(guest->frontend, 0), 0,
				     "%s does not answer", device->name);
		add_room(guest);
	} while (!used.token || !device->answers(used.token, used.len));
}

/* Where there is a status it is the last byte, or the first; and 0 is success. */
void guest_request(struct guest *guest, size_t type)
{
	struct request request;
	const struct vhu_driver_chain chain =
		request_chain(type, guest, &request);
	struct vhu_driver_used used;

	guest->buf[64] = guest->buf[128] = 0xff;
	request_room(type, guest);
	cr_assert_eq(vhu_frontend_exchange(guest->frontend,
					   device_types[type].queue, &chain,
					   &used),
		     0, "%s does not answer", device_types[type].name);
	cr_assert_eq(used.len, request.used);
	if (request.n_writable == 2)
		cr_assert_eq(guest->buf[128], 0);
	else if (request.n_writable && request.n_readable)
		cr_assert_eq(guest->buf[64], 0);
	if (device_types[type].answers)
		expect_answer(type, guest);
}
