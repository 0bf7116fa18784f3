/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * A front-end that connects once, and whose guest asks the same of its device
 * again and again until somebody ends it.  It prints a full stop for each answer,
 * and an E for one that is an error.
 *
 * "i2c": to read from the client 0x50.  "gpio": for the value of the first line,
 * which was set to 1 in the beginning.
 */

#include <endian.h>
#include <linux/virtio_gpio.h>
#include <linux/virtio_i2c.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "vhost-user/frontend.h"
#include "vhost-user/guest-memory.h"
#include "virtio-devices/util.h"

/* Machines may be busy. */
#define PATIENCE_MSEC 60000

#define PROTOCOL_FEATURES \
	(VD_BIT(VHU_PROTOCOL_F_MQ) | VD_BIT(VHU_PROTOCOL_F_REPLY_ACK) | \
	 VD_BIT(VHU_PROTOCOL_F_CONFIG))

/* Where answers are, behind requests. */
#define ANSWER_AT 64

static struct vhu_guest_memory *memory;
static struct vhu_frontend *frontend;
static uint8_t *buf;
static uint64_t gpa;

static int start(const char *path)
{
	const struct vhu_guest_range range = { 0x100000, 1U << 20 };
	int r;

	r = vhu_guest_memory_new(&range, 1, &memory);
	if (r < 0)
		return r;
	buf = vhu_guest_memory_alloc(memory, 4096, 4096, &gpa);
	r = vhu_frontend_connect(path, PATIENCE_MSEC, &frontend);
	if (r < 0)
		return r;
	r = vhu_frontend_negotiate(frontend, PROTOCOL_FEATURES);
	if (r == 0)
		r = vhu_frontend_set_features(frontend, ~0ULL);
	if (r == 0)
		r = vhu_frontend_set_memory(frontend, memory);
	if (r == 0)
		r = vhu_frontend_prepare_queue(frontend, 0, 64);
	if (r == 0)
		r = vhu_frontend_start_queue(frontend, 0);

	return r;
}

/* Read @len bytes, and have two pieces written. */
static int ask(uint32_t len, uint32_t first, uint32_t second)
{
	const struct vhu_driver_buffer buffers[] = {
		{ gpa, len },
		{ gpa + ANSWER_AT, first },
		{ gpa + ANSWER_AT + first, second },
	};
	const struct vhu_driver_chain chain = { .buffers = buffers,
						.n_readable = 1,
						.n_writable =
							1 + (second > 0) };
	struct vhu_driver_used used;

	memset(buf + ANSWER_AT, 0xff, ANSWER_AT);

	return vhu_frontend_exchange(frontend, 0, &chain, &used);
}

/* Both return 1 if the answer is as it should be, 0 if not, or -errno. */
static int ask_i2c(void)
{
	const struct virtio_i2c_out_hdr header = {
		.addr = htole16(0x50 << 1),
		.flags = htole32(VIRTIO_I2C_FLAGS_M_RD),
	};
	int r;

	memcpy(buf, &header, sizeof(header));
	r = ask(sizeof(header), 4, 1);

	return r < 0 ? r : buf[ANSWER_AT + 4] == VIRTIO_I2C_MSG_OK;
}

static int ask_gpio(uint16_t type, uint32_t value, uint8_t expected)
{
	const struct virtio_gpio_request header = {
		.type = htole16(type),
		.value = htole32(value),
	};
	int r;

	memcpy(buf, &header, sizeof(header));
	r = ask(sizeof(header), 2, 0);

	return r < 0 ? r
		     : buf[ANSWER_AT] == VIRTIO_GPIO_STATUS_OK &&
			       buf[ANSWER_AT + 1] == expected;
}

static int go_on(bool is_gpio)
{
	int r = 1;

	if (is_gpio) {
		r = ask_gpio(VIRTIO_GPIO_MSG_SET_VALUE, 1, 0);
		if (r > 0)
			r = ask_gpio(VIRTIO_GPIO_MSG_SET_DIRECTION,
				     VIRTIO_GPIO_DIRECTION_OUT, 0);
	}
	while (r >= 0) {
		r = is_gpio ? ask_gpio(VIRTIO_GPIO_MSG_GET_VALUE, 0, 1)
			    : ask_i2c();
		if (r >= 0)
			putchar(r ? '.' : 'E');
		fflush(stdout);
	}

	return r;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 3) {
		fprintf(stderr, "Usage: %s i2c|gpio SOCKET\n", argv[0]);
		return 2;
	}
	r = start(argv[2]);
	if (r == 0)
		r = go_on(strcmp(argv[1], "gpio") == 0);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));

	return 1;
}
